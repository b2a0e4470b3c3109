"""Validates what a create request asks for, with the service's errors."""

import re
from collections.abc import Mapping
from typing import Any

from face_emulator.sessions import SessionOptions

FIELDS: Mapping[str, type] = {
    "livenessOperationMode": str,
    "deviceCorrelationIdSetInClient": bool,
    "enableSessionImage": bool,
    "livenessModelVersion": str,
    "deviceCorrelationId": str,
    "authTokenTimeToLiveInSeconds": int,
}
VERIFY_FIELDS: Mapping[str, type] = {**FIELDS, "returnVerifyImageHash": bool, "verifyConfidenceThreshold": float}

_IMAGE_FORMATS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM")

# https://aka.ms/face-error-codes-and-messages
_MESSAGES: Mapping[str, str] = {
    "InvalidRequestBody": "Incorrect request body provided. Please check the operation schema and try again.",
    "InvalidTokenLifetime": "Invalid authTokenTimeToLiveInSeconds specified. Must be within 60 to 86400.",
    "InvalidLivenessOperationMode": "Invalid livenessOperationMode specified. Must be 'Passive'.",
    "InvalidDeviceCorrelationId": "A device correlation ID is required in the request body during session create or "
    "session start. Must not be null or empty, and be no more than 64 characters.",
    "InvalidImage": "Decoding error, image format unsupported.",
}


class InvalidBodyError(Exception):
    """The service refuses the body with this error."""

    def __init__(self, code: str, message: str | None = None, status: int = 400) -> None:
        super().__init__(code)
        self.error = {"code": code, "message": message or _MESSAGES[code]}
        self.status = status


def session_options(values: Mapping[str, Any], fields: Mapping[str, type]) -> SessionOptions:
    """Validate the properties of a create request. Unknown properties are ignored.

    The two whose errors speak of null may be None, which is the same as absent.

    Raises:
        InvalidBodyError: The service refuses them.
    """
    given = {name: values[name] for name in fields if name in values}
    for name in ("livenessOperationMode", "deviceCorrelationId"):
        if given.get(name) is None:
            given.pop(name, None)
    if not all(_is_of_type(value, fields[name]) for name, value in given.items()):
        raise InvalidBodyError("InvalidRequestBody")
    if given.get("livenessOperationMode") not in ("Passive", "PassiveActive"):
        raise InvalidBodyError("InvalidLivenessOperationMode")
    model = given.get("livenessModelVersion")
    if model is not None and not re.fullmatch(r"[0-9A-Za-z.-]{1,64}", model):
        raise InvalidBodyError("InvalidRequestBody")
    correlation_id = given.get("deviceCorrelationId")
    if given.get("deviceCorrelationIdSetInClient"):
        is_valid = correlation_id is None
    else:
        is_valid = correlation_id is not None and 1 <= len(correlation_id) <= 64
    if not is_valid:
        raise InvalidBodyError("InvalidDeviceCorrelationId")
    lifetime = given.get("authTokenTimeToLiveInSeconds", 600)
    if not 60 <= lifetime <= 86400:
        raise InvalidBodyError("InvalidTokenLifetime")
    if not 0 <= given.get("verifyConfidenceThreshold", 0) <= 1:
        raise InvalidBodyError("InvalidRequestBody")
    return SessionOptions(
        model_version=model,
        token_lifetime=int(lifetime),
        enable_session_image=given.get("enableSessionImage", False),
    )


def check_image(image: bytes) -> None:
    """Check the size and the format of a verify image.

    Raises:
        InvalidBodyError: The service refuses it.
    """
    if len(image) < 1024:
        raise InvalidBodyError("InvalidImageSize", "Image size is too small.")
    if len(image) > 6 * 1024 * 1024:
        raise InvalidBodyError("InvalidImageSize", "Image size is too big.")
    if not image.startswith(_IMAGE_FORMATS):
        raise InvalidBodyError("InvalidImage")


def _is_of_type(value: Any, kind: type) -> bool:
    if kind in (bool, str):
        return isinstance(value, kind)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return kind is float or isinstance(value, int) or value.is_integer()
