import httpx
import pytest

from face_emulator import Emulator, Fault


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (401, "401", "Access denied"),
        (403, "UnsupportedFeature", "missing approval"),
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
