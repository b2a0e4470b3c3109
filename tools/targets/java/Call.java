// Calls the service through the client that openapi-generator's java, library native, wrote; prints what came back.
import java.io.File;
import java.math.BigInteger;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.JSON;
import org.openapitools.client.api.LivenessSessionOperationsApi;
import org.openapitools.client.model.CreateLivenessSessionContent;
import org.openapitools.client.model.CreateLivenessSessionContentLivenessModelVersion;
import org.openapitools.client.model.CreateLivenessSessionContentLivenessOperationMode;
import org.openapitools.client.model.FaceErrorResponse;
import org.openapitools.client.model.LivenessOperationMode;
import org.openapitools.client.model.LivenessSessionAttempt;

public class Call {
  static LivenessSessionOperationsApi connect(String header, String value) {
    var client = new ApiClient();
    client.updateBaseUri(System.getenv("FACE_ENDPOINT") + "/face/v1.2");
    client.setRequestInterceptor(request -> request.header(header, value));
    return new LivenessSessionOperationsApi(client);
  }

  static byte[] get(String sessionImageId, LivenessSessionOperationsApi face) throws Exception {
    var file = face.getSessionImage(sessionImageId);
    try {
      return Files.readAllBytes(file.toPath());
    } finally {
      file.delete(); // else the picture stays in the folder for temporary files until the program ends
    }
  }

  static String sha256(byte[] image) throws Exception {
    return String.format("%064x", new BigInteger(1, MessageDigest.getInstance("SHA-256").digest(image)));
  }

  static void playSession(LivenessSessionOperationsApi face) throws Exception {
    var created = face.createLivenessSession(new CreateLivenessSessionContent()
        .livenessOperationMode(new CreateLivenessSessionContentLivenessOperationMode(LivenessOperationMode.PASSIVE))
        .enableSessionImage(true)
        .livenessModelVersion(new CreateLivenessSessionContentLivenessModelVersion("2025-05-20"))
        .deviceCorrelationId("device"));
    var session = face.getLivenessSessionResult(created.getSessionId());
    var attempts = session.getResults().getAttempts();
    var result = Collections.max(attempts, Comparator.comparing(LivenessSessionAttempt::getAttemptId)).getResult();
    var image = get(result.getSessionImageId(), face);
    face.deleteLivenessSession(created.getSessionId());
    System.out.println("status=" + session.getStatus().getActualInstance());
    System.out.println("model=" + session.getModelVersion().getActualInstance());
    System.out.println("decision=" + result.getLivenessDecision().getActualInstance());
    System.out.println("image=" + sha256(image));
  }

  static void playSessionWithVerify(LivenessSessionOperationsApi face) throws Exception {
    var photo = new File(System.getenv("FACE_REFERENCE"));
    var verified = face.createLivenessWithVerifySession("Passive", photo, true, true, null, null, 0.75f, null, null);
    face.deleteLivenessWithVerifySession(verified.getSessionId());
    var reference = verified.getResults().getVerifyReferences().get(0);
    System.out.println("reference=" + reference.getReferenceType().getActualInstance());
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> env = System.getenv();
    var face = connect("Ocp-Apim-Subscription-Key", env.get("FACE_KEY"));
    System.out.println("key=" + sha256(get(env.get("FACE_IMAGE_ID"), face)));
    var withToken = connect("Authorization", "Bearer " + env.get("FACE_TOKEN"));
    System.out.println("bearer=" + sha256(get(env.get("FACE_IMAGE_ID"), withToken)));
    try {
      get(env.get("FACE_UNKNOWN_ID"), face);
    } catch (ApiException refused) {
      var answer = JSON.getDefault().getMapper().readValue(refused.getResponseBody(), FaceErrorResponse.class);
      System.out.println("error=" + answer.getError().getCode());
      System.out.println("header=" + refused.getResponseHeaders().firstValue("x-ms-error-code").orElse(""));
    }
    playSession(face);
    playSessionWithVerify(face);
  }
}
