"""The models of an error's body, and the errors that the package has."""

import copy
import pickle

import pytest

import face_client
import face_client_runtime
from face_client.models import FaceError, FaceErrorResponse, LivenessSessionAttempt
from face_client.types import UNSET, File, Response


def test_an_error_body_is_read_and_written() -> None:
    """A model is what it was made of, with the properties that the document does not list."""
    body = {"error": {"code": "Busy", "message": "Wait.", "innererror": {"x": 1}}, "more": [1]}

    parsed = FaceErrorResponse.from_dict(body)

    assert isinstance(parsed.error, FaceError)
    assert (parsed.error.code, parsed.error.message) == ("Busy", "Wait.")
    assert parsed.error["innererror"] == {"x": 1}
    assert parsed.additional_properties == {"more": [1]}
    assert parsed.to_dict() == body


@pytest.mark.parametrize("body", [{}, {"error": {}}, {"error": {"code": "Busy"}}])
def test_an_error_body_without_what_is_required(body: dict[str, object]) -> None:
    """What the document requires has to be there."""
    with pytest.raises(KeyError):
        FaceErrorResponse.from_dict(body)


def test_the_errors_are_those_of_the_runtime() -> None:
    """Whoever catches the errors of the runtime catches those of the package."""
    names = [name for name in face_client.__all__ if name.endswith(("Error", "Body", "Exceeded"))]

    assert len(names) == 10
    for name in names:
        kind, below = getattr(face_client, name), getattr(face_client_runtime, name)
        assert kind is below or issubclass(kind, below)


def test_the_types_are_those_of_the_runtime() -> None:
    """The types that the stock templates use come from the runtime."""
    assert UNSET is face_client_runtime.UNSET
    assert File is face_client_runtime.File
    assert Response is face_client_runtime.Response
    assert not UNSET


def test_there_is_one_unset() -> None:
    """What is not set is not set in a copy either, nor after pickle."""
    attempt = LivenessSessionAttempt(1, "Running")

    for copied in (copy.deepcopy(attempt), pickle.loads(pickle.dumps(attempt))):
        assert copied == attempt
        assert copied.result is UNSET
