// Calls the service through the client that openapi-generator's rust wrote; prints what came back.
use azure_face::apis::configuration::{ApiKey, Configuration};
use azure_face::apis::liveness_session_operations_api::*;
use azure_face::apis::Error;
use azure_face::models::CreateLivenessSessionContent;
use std::env::var;

type AnyError = Box<dyn std::error::Error>;

fn connect() -> Result<Configuration, AnyError> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    Ok(Configuration { base_path: format!("{}/face/v1.2", var("FACE_ENDPOINT")?), client, ..Default::default() })
}

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let id = var("FACE_IMAGE_ID")?;
    let with_key = Configuration { api_key: Some(ApiKey { prefix: None, key: var("FACE_KEY")? }), ..connect()? };
    let with_token = Configuration { oauth_access_token: Some(var("FACE_TOKEN")?), ..connect()? };
    for face in [&with_key, &with_token] {
        let image = get_session_image(face, &id).await?.error_for_status()?.bytes().await?;
        println!("{} bytes", image.len());
    }
    if let Err(Error::ResponseError(refused)) = get_session_image(&with_key, &var("FACE_UNKNOWN_ID")?).await {
        if let Some(GetSessionImageError::DefaultResponse(answer)) = refused.entity {
            println!("{} {}", refused.status, answer.error.code);
        }
    }
    let mut content = CreateLivenessSessionContent::new("Passive".into());
    content.enable_session_image = Some(true);
    content.device_correlation_id = Some("device".into());
    let created = create_liveness_session(&with_key, content).await?;
    let session = get_liveness_session_result(&with_key, &created.session_id).await?;
    let attempt = session.results.attempts.iter().max_by_key(|attempt| attempt.attempt_id).ok_or("no attempt")?;
    let result = attempt.result.as_ref().ok_or("no result")?;
    let image_id = result.session_image_id.as_ref().ok_or("no image")?;
    println!("{} {:?}", session.status, result.liveness_decision);
    println!("{} bytes", get_session_image(&with_key, image_id).await?.error_for_status()?.bytes().await?.len());
    delete_liveness_session(&with_key, &created.session_id).await?;
    let photo = var("FACE_REFERENCE")?.into();
    let verified = create_liveness_with_verify_session(
        &with_key, "Passive", photo, Some(true), Some(true), None, None, Some(0.75), None, None,
    ).await?;
    println!("{}", verified.results.verify_references[0].reference_type);
    delete_liveness_with_verify_session(&with_key, &verified.session_id).await?;
    Ok(())
}
