"""Reads the bodies of the create requests."""

import dataclasses
import hashlib
import json
from typing import Any, Never

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from face_emulator.session_options import FIELDS, VERIFY_FIELDS, InvalidBodyError, check_image, session_options
from face_emulator.sessions import SessionOptions, Verify


async def read_json(request: Request) -> SessionOptions:
    """Read the body of Create Liveness Session.

    Raises:
        InvalidBodyError: The service refuses it.
    """
    _require_type(request, "application/json")
    body = await request.body()
    if not body:
        raise InvalidBodyError("BadArgument", "Request body is invalid.")
    try:
        values = _parse(body)
    except (ValueError, RecursionError):
        raise InvalidBodyError("BadArgument", "JSON parsing error.") from None
    if not isinstance(values, dict):
        raise InvalidBodyError("InvalidRequestBody")
    return session_options(values, FIELDS)


async def read_multipart(request: Request) -> SessionOptions:
    """Read the body of Create Liveness With Verify Session.

    Raises:
        InvalidBodyError: The service refuses it.
    """
    _require_type(request, "multipart/form-data")
    # Starlette does not close the file of a form without an end.
    _, parameters = parse_options_header(request.headers["content-type"])
    if b"--%s--" % parameters.get(b"boundary", b"") not in await request.body():
        raise InvalidBodyError("BadArgument", "Request body is invalid.")
    parser = MultiPartParser(request.headers, request.stream(), max_files=100, max_fields=100)
    parser.spool_max_size = 2**30  # keeps the face in memory: it is not written to a file
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError):  # older versions of Starlette raise the latter
        raise InvalidBodyError("BadArgument", "Request body is invalid.") from None
    try:
        values = {name: _value(part, VERIFY_FIELDS[name]) for name, part in form.items() if name in VERIFY_FIELDS}
        options = session_options(values, VERIFY_FIELDS)
        file = form.get("verifyImage")
        if not isinstance(file, UploadFile) or not file.filename:
            raise InvalidBodyError("InvalidRequestBody")
        image = await file.read()
    finally:
        await form.close()
    check_image(image)
    verify = Verify(
        image_hash=hashlib.sha256(image).hexdigest().upper(),
        return_hash=values.get("returnVerifyImageHash", False),
        threshold=values.get("verifyConfidenceThreshold"),
    )
    return dataclasses.replace(options, verify=verify)


def _require_type(request: Request, media_type: str) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        message = f"Unsupported media type. The Content-Type must be {media_type}."
        raise InvalidBodyError("UnsupportedMediaType", message, status=415)


def _value(part: UploadFile | str, kind: type) -> Any:
    """Returns the value of a text part. Booleans and numbers are written as in JSON."""
    try:
        value = part if kind is str else _parse(part)
    except (TypeError, ValueError, RecursionError):
        value = None
    if value is None:
        raise InvalidBodyError("InvalidRequestBody")
    return value


def _parse(text: Any) -> Any:
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is not JSON")
