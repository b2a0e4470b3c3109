from types import MappingProxyType

import httpx
import pytest

from face_emulator import Emulator, Fault


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (401, "401", "Access denied"),
        (403, "InvalidRequest", "Invalid request has been sent."),
        (404, "404", "Resource not found"),
        (429, "429", "Rate limit is exceeded."),
        (500, "Unspecified", "Internal server error"),
        (503, "503", "Service Unavailable"),
        (520, "520", "Undocumented status"),
    ],
)
def test_errors_are_worded_as_the_service_words_them(
    http: httpx.Client, face_emulator: Emulator, url: str, status: int, code: str, message: str
) -> None:
    """A status without a body of choice comes with its documented code and message, where there are any."""
    face_emulator.faults.add(Fault(status=status))
    response = http.get(url)
    assert response.status_code == status
    assert response.headers["x-ms-error-code"] == code == response.json()["error"]["code"]
    assert message in response.json()["error"]["message"]


def test_a_missing_approval_is_an_inner_error(http: httpx.Client, face_emulator: Emulator, url: str) -> None:
    """A 403 says what is missing inside of an InvalidRequest, as on the wire."""
    face_emulator.faults.add(Fault(status=403))
    inner = http.get(url).json()["error"]["innererror"]
    assert inner == {
        "code": "UnsupportedFeature",
        "message": "Feature is not supported, missing approval for one or more of the following features: "
        "Identification, Verification.",
    }


def test_an_error_of_choice_replaces_the_documented_one(http: httpx.Client, face_emulator: Emulator, url: str) -> None:
    """It is the whole of what is below `error`, and its code is in the header."""
    error = {"code": "A", "innererror": {"code": "B"}, "details": [{"code": "C", "message": "ü", "target": "d"}]}
    face_emulator.faults.add(Fault(status=403, error=MappingProxyType(error)))
    response = http.get(url)
    assert response.json() == {"error": error}
    assert response.headers["x-ms-error-code"] == "A"
    assert response.headers["content-type"] == "application/json"
