"""The version of the API: that of the document, or another that the caller names."""

import pytest

from face_client import Client, NotFoundError
from face_client.document import API_VERSION, API_VERSIONS
from face_client_auth import SubscriptionKeyAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator


def test_the_version_of_the_document_is_known() -> None:
    """The default is among the versions that the document knows."""
    assert API_VERSION in API_VERSIONS


@pytest.mark.parametrize("version", ["v9.9", "2030-01-01"])
def test_an_unknown_version_is_allowed(face_emulator: Emulator, version: str) -> None:
    """A version that the document does not know is asked for all the same: whether it exists, the service says."""
    assert version not in API_VERSIONS
    with (
        Client(face_emulator.endpoint, api_version=version, auth=SubscriptionKeyAuth(face_emulator.key)) as client,
        pytest.raises(NotFoundError),
    ):
        client.get_session_image(SAMPLE_IMAGE_ID)
    assert face_emulator.requests[-1].path == f"/face/{version}/sessionImages/{SAMPLE_IMAGE_ID}"
