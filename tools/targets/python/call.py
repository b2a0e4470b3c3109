"""Calls the service through the client that openapi-generator's python wrote; prints what came back."""

import hashlib
import os
from pathlib import Path

import urllib3
from azure_face import (
    ApiClient,
    Configuration,
    CreateLivenessSessionContent,
    FaceErrorResponse,
    LivenessOperationMode,
    LivenessSessionOperationsApi,
)
from azure_face import CreateLivenessSessionContentLivenessModelVersion as ModelVersion
from azure_face import CreateLivenessSessionContentLivenessOperationMode as Mode
from azure_face.exceptions import NotFoundException

endpoint = os.environ["FACE_ENDPOINT"]
image_id = os.environ["FACE_IMAGE_ID"]


def get(session_image_id: str, sign_in: Configuration) -> bytes:
    """Return the image."""
    with ApiClient(sign_in) as client:
        return LivenessSessionOperationsApi(client).get_session_image(session_image_id)


def sha256(image: bytes) -> str:
    """Return the digest of an image."""
    return hashlib.sha256(image).hexdigest()


key, token = os.environ["FACE_KEY"], os.environ["FACE_TOKEN"]
no_redirects = urllib3.Retry(redirect=False)
server = {"endpoint": endpoint}
with_key = Configuration(server_variables=server, retries=no_redirects, api_key={"Ocp-Apim-Subscription-Key": key})
with_token = Configuration(server_variables=server, retries=no_redirects, access_token=token)

print(f"key={sha256(get(image_id, with_key))}")
print(f"bearer={sha256(get(image_id, with_token))}")
try:
    get(os.environ["FACE_UNKNOWN_ID"], with_key)
except NotFoundException as refused:
    answer = refused.data
    print(f"error={answer.error.code if isinstance(answer, FaceErrorResponse) else 'untyped'}")
    print(f"header={(refused.headers or {}).get('x-ms-error-code')}")

face = LivenessSessionOperationsApi(ApiClient(with_key))
created = face.create_liveness_session(
    CreateLivenessSessionContent(
        livenessOperationMode=Mode(LivenessOperationMode.PASSIVE),
        enableSessionImage=True,
        livenessModelVersion=ModelVersion("2025-05-20"),
        deviceCorrelationId="device",
    )
)
session = face.get_liveness_session_result(created.session_id)
result = max(session.results.attempts, key=lambda attempt: attempt.attempt_id).result
if not (result and result.session_image_id and result.liveness_decision and session.model_version):
    raise SystemExit("the result is incomplete")
image = face.get_session_image(result.session_image_id)
face.delete_liveness_session(created.session_id)
for name, value in (
    ("status", session.status.actual_instance),
    ("model", session.model_version.actual_instance),
    ("decision", result.liveness_decision.actual_instance),
):
    print(f"{name}={getattr(value, 'value', value)}")  # a member of an enum, or text
print(f"image={sha256(image)}")

photo = ("face.jpg", Path(os.environ["FACE_REFERENCE"]).read_bytes())
verified = face.create_liveness_with_verify_session(
    "Passive", photo, device_correlation_id_set_in_client=True, enable_session_image=True
)
face.delete_liveness_with_verify_session(verified.session_id)
print(f"reference={verified.results.verify_references[0].reference_type.actual_instance}")
try:
    face.create_liveness_with_verify_session("Passive", photo, verify_confidence_threshold=0.75)
except TypeError:
    print("threshold=TypeError")
