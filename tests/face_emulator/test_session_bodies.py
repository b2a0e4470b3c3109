import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from face_emulator import Emulator

Create = Callable[..., httpx.Response]

MESSAGES = {
    "BadArgument": "JSON parsing error.",
    "InvalidRequestBody": "Incorrect request body provided. Please check the operation schema and try again.",
    "InvalidTokenLifetime": "Invalid authTokenTimeToLiveInSeconds specified. Must be within 60 to 86400.",
    "InvalidLivenessOperationMode": "Invalid livenessOperationMode specified. Must be 'Passive'.",
    "InvalidDeviceCorrelationId": "A device correlation ID is required in the request body during session create or "
    "session start. Must not be null or empty, and be no more than 64 characters.",
    "InvalidImage": "Decoding error, image format unsupported.",
}


def assert_refused(response: httpx.Response, code: str, message: str | None = None, status: int = 400) -> None:
    assert (response.status_code, response.headers["x-ms-error-code"]) == (status, code)
    assert response.json() == {"error": {"code": code, "message": message or MESSAGES[code]}}


@pytest.mark.parametrize(
    "properties",
    [
        {"livenessOperationMode": "PassiveActive"},
        {"deviceCorrelationId": "x" * 64},
        {"deviceCorrelationIdSetInClient": False},
        {"deviceCorrelationIdSetInClient": True, "deviceCorrelationId": None},
        {"authTokenTimeToLiveInSeconds": 60},
        {"authTokenTimeToLiveInSeconds": 86400},
        {"authTokenTimeToLiveInSeconds": 600.0},
        {"enableSessionImage": False},
        {"notInAnyVersion": ["unknown"], "returnVerifyImageHash": "no"},
    ],
)
def test_what_the_service_takes_is_taken(create: Create, properties: dict[str, Any]) -> None:
    """The bounds belong to the range, and unknown properties are tolerated."""
    assert create(**properties).status_code == 200


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"livenessOperationMode": None}, "InvalidLivenessOperationMode"),
        ({"livenessOperationMode": "passive"}, "InvalidLivenessOperationMode"),
        ({"livenessOperationMode": ""}, "InvalidLivenessOperationMode"),
        ({"livenessOperationMode": 1}, "InvalidRequestBody"),
        ({"deviceCorrelationId": None}, "InvalidDeviceCorrelationId"),
        ({"deviceCorrelationId": ""}, "InvalidDeviceCorrelationId"),
        ({"deviceCorrelationId": "x" * 65}, "InvalidDeviceCorrelationId"),
        ({"deviceCorrelationId": 7}, "InvalidRequestBody"),
        ({"deviceCorrelationIdSetInClient": True}, "InvalidDeviceCorrelationId"),
        ({"deviceCorrelationIdSetInClient": "true"}, "InvalidRequestBody"),
        ({"authTokenTimeToLiveInSeconds": 59}, "InvalidTokenLifetime"),
        ({"authTokenTimeToLiveInSeconds": 86401}, "InvalidTokenLifetime"),
        ({"authTokenTimeToLiveInSeconds": 60.5}, "InvalidRequestBody"),
        ({"authTokenTimeToLiveInSeconds": True}, "InvalidRequestBody"),
        ({"authTokenTimeToLiveInSeconds": "600"}, "InvalidRequestBody"),
        ({"enableSessionImage": "true"}, "InvalidRequestBody"),
        ({"enableSessionImage": 1}, "InvalidRequestBody"),
        ({"livenessModelVersion": ""}, "InvalidRequestBody"),
    ],
)
def test_what_the_service_refuses_is_refused(
    face_emulator: Emulator, create: Create, properties: dict[str, Any], code: str
) -> None:
    """Each error has the documented code and message, and there is no session."""
    assert_refused(create(**properties), code)
    assert face_emulator.session_ids == ()


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", "BadArgument", "Request body is invalid."),
        (b"{", "BadArgument", "JSON parsing error."),
        (b"\xff", "BadArgument", "JSON parsing error."),
        (b"[" * 100_000, "BadArgument", "JSON parsing error."),
        (b'{"authTokenTimeToLiveInSeconds": NaN}', "BadArgument", "JSON parsing error."),
        (b"[]", "InvalidRequestBody", None),
        (b"null", "InvalidRequestBody", None),
        (
            b'{"livenessOperationMode": "Passive", "deviceCorrelationId": "d", "enableSessionImage": null}',
            "InvalidRequestBody",
            None,
        ),
        (
            b'{"livenessOperationMode": "Passive", "deviceCorrelationId": "d", "livenessModelVersion": "\\ud800"}',
            "InvalidRequestBody",
            None,
        ),
        (b'{"livenessOperationMode": null}', "InvalidLivenessOperationMode", None),
    ],
)
def test_a_body_that_is_not_the_object_is_refused(
    http: httpx.Client, face_emulator: Emulator, key: dict[str, str], body: bytes, code: str, message: str | None
) -> None:
    """What is not JSON is told from JSON of another form."""
    url = face_emulator.endpoint + "/face/v1.2/detectLiveness-sessions"
    headers = {**key, "content-type": "application/json; charset=utf-8"}
    assert_refused(http.post(url, content=body, headers=headers), code, message)


@pytest.mark.parametrize(
    ("path", "wanted", "sent"),
    [
        ("detectLiveness-sessions", "application/json", None),
        ("detectLiveness-sessions", "application/json", "text/plain"),
        ("detectLivenessWithVerify-sessions", "multipart/form-data", "application/json"),
        ("detectLivenessWithVerify-sessions", "multipart/form-data", "application/x-www-form-urlencoded"),
    ],
)
def test_another_content_type_is_refused(
    http: httpx.Client, face_emulator: Emulator, key: dict[str, str], path: str, wanted: str, sent: str | None
) -> None:
    """The error says which one is wanted."""
    headers = {**key, "content-type": sent} if sent else key
    response = http.post(f"{face_emulator.endpoint}/face/v1.2/{path}", content=b"{}", headers=headers)
    message = f"Unsupported media type. The Content-Type must be {wanted}."
    assert_refused(response, "UnsupportedMediaType", message, status=415)


@pytest.mark.parametrize(
    "parts",
    [
        {"deviceCorrelationIdSetInClient": "true", "deviceCorrelationId": None},
        {"authTokenTimeToLiveInSeconds": "60", "enableSessionImage": "false"},
        {"verifyConfidenceThreshold": "0"},
        {"verifyConfidenceThreshold": "1.0"},
        {"deviceCorrelationId": "true", "notInAnyVersion": "unknown"},
    ],
)
def test_parts_are_read_as_what_they_mean(create_with_verify: Create, parts: dict[str, str | None]) -> None:
    """Booleans and numbers as in JSON, text as it is, unknown parts not at all."""
    assert create_with_verify(**parts).status_code == 200


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"livenessOperationMode": None}, "InvalidLivenessOperationMode"),
        ({"livenessOperationMode": "Active"}, "InvalidLivenessOperationMode"),
        ({"deviceCorrelationId": None}, "InvalidDeviceCorrelationId"),
        ({"deviceCorrelationIdSetInClient": "True"}, "InvalidRequestBody"),
        ({"enableSessionImage": "1"}, "InvalidRequestBody"),
        ({"returnVerifyImageHash": ""}, "InvalidRequestBody"),
        ({"returnVerifyImageHash": "null"}, "InvalidRequestBody"),
        ({"authTokenTimeToLiveInSeconds": "59"}, "InvalidTokenLifetime"),
        ({"authTokenTimeToLiveInSeconds": "1_000"}, "InvalidRequestBody"),
        ({"verifyConfidenceThreshold": "-0.1"}, "InvalidRequestBody"),
        ({"verifyConfidenceThreshold": "1.1"}, "InvalidRequestBody"),
        ({"verifyConfidenceThreshold": "NaN"}, "InvalidRequestBody"),
    ],
)
def test_parts_that_the_service_refuses_are_refused(
    face_emulator: Emulator, create_with_verify: Create, parts: dict[str, str | None], code: str
) -> None:
    """With the errors of the JSON form."""
    assert_refused(create_with_verify(**parts), code)
    assert face_emulator.session_ids == ()


JPEG = b"\xff\xd8\xff"


@pytest.mark.parametrize("start", [JPEG, b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM"])
def test_images_of_four_formats_are_taken(create_with_verify: Create, start: bytes) -> None:
    """JPEG, PNG, GIF and BMP, of 6 MB at most."""
    image = start.ljust(6 * 1024 * 1024, b".")
    assert create_with_verify({"verifyImage": ("any name", image)}).status_code == 200


@pytest.mark.parametrize(
    ("files", "code", "message"),
    [
        ({"another": ("a.jpg", JPEG.ljust(1024))}, "InvalidRequestBody", None),
        ({"verifyImage": (None, JPEG.ljust(1024))}, "InvalidRequestBody", None),
        ({"verifyImage": ("", JPEG.ljust(1024))}, "InvalidRequestBody", None),
        ({"verifyImage": ("a.jpg", JPEG.ljust(1023))}, "InvalidImageSize", "Image size is too small."),
        ({"verifyImage": ("a.jpg", JPEG.ljust(6 * 1024 * 1024 + 1))}, "InvalidImageSize", "Image size is too big."),
        ({"verifyImage": ("a.webp", b"RIFF".ljust(1024))}, "InvalidImage", None),
        (
            [("verifyImage", ("a.jpg", JPEG.ljust(1024))), ("enableSessionImage", ("b", b"true"))],
            "InvalidRequestBody",
            None,
        ),
    ],
)
def test_an_image_that_the_service_refuses_is_refused(
    face_emulator: Emulator, create_with_verify: Create, files: Any, code: str, message: str | None
) -> None:
    """It is missing, has no filename, or its size or format is wrong; a text part must not be a file."""
    assert_refused(create_with_verify(files), code, message)
    assert face_emulator.session_ids == ()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--a--\r\n"),
        ("multipart/form-data; boundary=a", b"no boundary"),
        ("multipart/form-data; boundary=a", b"--a\r\n\r\nno name\r\n--a--\r\n"),
        (
            "multipart/form-data; boundary=a",
            b'--a\r\nContent-Disposition: form-data; name="b"; filename="c"\r\n\r\nhalf',
        ),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(
    http: httpx.Client, face_emulator: Emulator, key: dict[str, str], content_type: str, body: bytes
) -> None:
    """It has no boundary, or not the one it should have, or a part without a name, or no end."""
    url = face_emulator.endpoint + "/face/v1.2/detectLivenessWithVerify-sessions"
    response = http.post(url, content=body, headers={**key, "content-type": content_type})
    assert_refused(response, "BadArgument", "Request body is invalid.")


def test_half_a_request_creates_nothing(http: httpx.Client, face_emulator: Emulator) -> None:
    """What a client that goes away has sent is not a request."""
    with socket.create_connection(("127.0.0.1", httpx.URL(face_emulator.endpoint).port)) as connection:
        connection.sendall(
            b"POST /face/v1.2/detectLiveness-sessions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n"
            b"content-type: application/json\r\nocp-apim-subscription-key: emulator-key\r\n\r\n"
            b'{"livenessOperationMode": "Passive", "deviceCorrelationId": "a"}'
        )
    http.get(face_emulator.endpoint + "/_emulator/health")
    assert face_emulator.session_ids == ()


@pytest.mark.parametrize("path", ["detectLiveness-sessions", "detectLivenessWithVerify-sessions"])
def test_a_body_that_is_too_large_is_refused(
    http: httpx.Client, face_emulator: Emulator, key: dict[str, str], path: str
) -> None:
    """Above 16 MiB, it is a 413 in the service's error format; credentials are checked before."""
    url = f"{face_emulator.endpoint}/face/v1.2/{path}"
    body = bytes(16 * 1024 * 1024 + 1)
    kind = "application/json" if path == "detectLiveness-sessions" else "multipart/form-data; boundary=a"
    assert http.post(url, content=body, headers={"content-type": kind}).status_code == 401
    response = http.post(url, content=body, headers={**key, "content-type": kind})
    assert (response.status_code, response.json()["error"]["code"]) == (413, "413")
    assert [len(request.body) for request in face_emulator.requests] == [16 * 1024 * 1024] * 2
