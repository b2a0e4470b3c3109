"""Calls the service through the client that openapi-generator's python wrote; prints what came back."""

import hashlib
import os

import urllib3
from azure_face import ApiClient, Configuration, FaceErrorResponse, LivenessSessionOperationsApi
from azure_face.exceptions import NotFoundException

endpoint = os.environ["FACE_ENDPOINT"]
image_id = os.environ["FACE_IMAGE_ID"]


def get(session_image_id: str, sign_in: Configuration) -> bytes:
    """Return the image."""
    with ApiClient(sign_in) as client:
        return LivenessSessionOperationsApi(client).get_session_image(session_image_id)


key, token = os.environ["FACE_KEY"], os.environ["FACE_TOKEN"]
no_redirects = urllib3.Retry(redirect=False)
server = {"endpoint": endpoint}
with_key = Configuration(server_variables=server, retries=no_redirects, api_key={"Ocp-Apim-Subscription-Key": key})
with_token = Configuration(server_variables=server, retries=no_redirects, access_token=token)

print(f"key={hashlib.sha256(get(image_id, with_key)).hexdigest()}")
print(f"bearer={hashlib.sha256(get(image_id, with_token)).hexdigest()}")
try:
    get(os.environ["FACE_UNKNOWN_ID"], with_key)
except NotFoundException as refused:
    answer = refused.data
    print(f"error={answer.error.code if isinstance(answer, FaceErrorResponse) else 'untyped'}")
    print(f"header={(refused.headers or {}).get('x-ms-error-code')}")
