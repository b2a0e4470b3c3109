"""Faults, and the validation of their fields."""

import dataclasses
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from face_emulator.operations import OPERATIONS


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault in a response.

    `status`, `body` and `html` replace the service's response; the other fields modify it.

    Attributes:
        status: 200 to 599. Without a body, 400 and above have the service's error, others an empty body.
        error: The object below `error` in the body, instead of the service's, for example with an `innererror` or
            `details`. Its `code` is also the header `x-ms-error-code`. Requires a `status` of 400 or above.
        body: The body. By default, its media type is JSON for a status of 400 or above, otherwise octet-stream.
        html: A gateway's HTML page as the body; by default with status 200.
        headers: Headers that are added or replaced.
        content_type: The `Content-Type` header.
        retry_after: The `Retry-After` header: seconds, or an HTTP date.
        delay: Seconds before the response.
        chunk_size: The number of bytes written at a time.
        chunk_delay: Seconds between two writes.
        truncate: Close the connection after this number of bytes of the body; Content-Length is not changed.
        drop: Close the connection without a response. Can only be combined with `delay`, `operation`, `image_id`
            and `times`.
        content_length: The `Content-Length` header. If it differs from the body, the connection is closed after it.
        chunked: Send the body chunked, without Content-Length.
        operation: The operation whose requests get the fault, such as `"createLivenessSession"`; None for all requests
            below `/face/`.
        image_id: The image whose requests get the fault; None for all requests.
        times: The number of requests that get the fault; None for all requests until it is cleared.

    Raises:
        ValueError: An invalid value, or an invalid combination of fields. The message starts with the field's name.
    """

    status: int | None = None
    error: Mapping[str, Any] | None = None
    body: bytes | str | None = None
    html: bool = False
    headers: Mapping[str, str] | None = None
    content_type: str | None = None
    retry_after: int | str | None = None
    delay: float = 0.0
    chunk_size: int = 65536
    chunk_delay: float = 0.0
    truncate: int | None = None
    drop: bool = False
    content_length: int | None = None
    chunked: bool = False
    operation: str | None = None
    image_id: str | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        chosen = self.chosen()
        for name, value in chosen.items():
            accepts, wanted = FAULT_RULES[name]
            if not accepts(value):
                raise ValueError(f"{name}: must be {wanted}, not {value!r}")
        if self.drop and chosen.keys() - {"drop", "delay", "operation", "image_id", "times"}:
            raise ValueError(
                "drop: can only be combined with delay, operation, image_id and times, since there is no response"
            )
        if self.error is not None and (self.status is None or self.status < 400):
            raise ValueError("error: requires a status of 400 or above")
        if self.error is not None and (self.body is not None or self.html):
            raise ValueError("error: cannot be combined with body or html")
        if self.body is not None and self.html:
            raise ValueError("body: cannot be combined with html")
        if self.status in (204, 304) and (self.body or self.html):
            raise ValueError(f"status: {self.status} has no body")
        if self.chunked and self.content_length is not None:
            raise ValueError("chunked: cannot be combined with content_length")

    def chosen(self) -> dict[str, Any]:
        """The fields that differ from their defaults."""
        values = {each.name: (getattr(self, each.name), each.default) for each in dataclasses.fields(self)}
        return {name: value for name, (value, default) in values.items() if value != default}

    def as_json(self) -> dict[str, Any]:
        """The fields that differ from their defaults, for display; invalid UTF-8 is shown as backslash escapes."""
        shown = {name: dict(each) if isinstance(each, Mapping) else each for name, each in self.chosen().items()}
        if isinstance(self.body, bytes):
            shown["body"] = self.body.decode("utf-8", "backslashreplace")
        return shown


def _whole(low: int, high: float = math.inf) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


def _is_body(value: Any) -> bool:
    # JSON can contain lone surrogates, which UTF-8 cannot encode.
    return isinstance(value, bytes) or (isinstance(value, str) and not re.search("[\ud800-\udfff]", value))


def _is_error(value: Any) -> bool:
    if not isinstance(value, Mapping) or not _is_header_value(value.get("code")):
        return False
    try:
        return _is_body(json.dumps(dict(value), allow_nan=False, ensure_ascii=False))
    except (TypeError, ValueError):
        return False


def _is_header_value(value: Any) -> bool:
    # RFC 9110, section 5.5, without the obsolete bytes above ASCII.
    return isinstance(value, str) and re.fullmatch(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?", value) is not None


def _are_headers(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str)
        and re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name)
        and name.lower() not in ("content-length", "transfer-encoding")
        and _is_header_value(text)
        for name, text in value.items()
    )


_FLAG = (lambda value: isinstance(value, bool), "true or false")
_SECONDS = (_is_seconds, "a number of seconds, 0 or more")
_COUNT = (_whole(0), "a whole number, 0 or more")
_COUNT_FROM_1 = (_whole(1), "a whole number, 1 or more")
FAULT_RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "status": (_whole(200, 599), "a whole number from 200 to 599"),
    "error": (_is_error, "a JSON object with a code in ASCII"),
    "body": (_is_body, "text"),
    "html": _FLAG,
    "headers": (_are_headers, "header names with values in ASCII; use content_length and chunked for the length"),
    "content_type": (_is_header_value, "a header value in ASCII"),
    "retry_after": (lambda value: _whole(0)(value) or _is_header_value(value), "whole seconds or an HTTP date"),
    "delay": _SECONDS,
    "chunk_size": _COUNT_FROM_1,
    "chunk_delay": _SECONDS,
    "truncate": _COUNT,
    "drop": _FLAG,
    "content_length": _COUNT,
    "chunked": _FLAG,
    "operation": (
        lambda value: isinstance(value, str) and value in OPERATIONS,
        f"an operation: {', '.join(OPERATIONS)}",
    ),
    "image_id": (lambda value: isinstance(value, str) and value != "", "an id, as text"),
    "times": _COUNT_FROM_1,
}
