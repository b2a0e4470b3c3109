"""One fault: its fields and the rules for them."""

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fault:
    """One way in which answers go wrong.

    With `status`, `body` or `html` the answer is made up; without, it is the one that the service would have given. The
    other fields say how that answer is damaged on its way.

    Attributes:
        status: 200 to 599. Without a body, 400 and above come with an error as the service words it, others empty.
        body: The body of choice; unless `content_type` says, it is JSON from status 400 upwards, else octet-stream.
        html: A gateway's HTML page as the body; status 200 unless `status` says.
        headers: Added to the answer, in place of any of the same name.
        content_type: In place of the answer's own.
        retry_after: The `Retry-After` header: seconds, or an HTTP date.
        delay: Seconds before the answer.
        chunk_size: Bytes written at a time.
        chunk_delay: Seconds between two writes.
        truncate: Close the connection after this many bytes of the body; Content-Length still promises all of them.
        drop: Close the connection in place of an answer. Goes with `delay`, `image_id` and `times` only.
        content_length: What Content-Length says, whatever is sent; if that is a lie, the connection closes afterwards.
        chunked: No Content-Length: the body in chunked transfer coding.
        image_id: The image that it is meant for: requests for others pass it by. None for whatever is asked for.
        times: How many requests it applies to; None for all until it is cleared.

    Raises:
        ValueError: A value that cannot be, or fields that exclude each other. The message starts with the field's name.
    """

    status: int | None = None
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
    image_id: str | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        chosen = self.chosen()
        for name, value in chosen.items():
            accepts, wanted = FAULT_RULES[name]
            if not accepts(value):
                raise ValueError(f"{name}: must be {wanted}, not {value!r}")
        if self.drop and chosen.keys() - {"drop", "delay", "image_id", "times"}:
            raise ValueError("drop: goes with delay, image_id and times only, since nothing is answered")
        if self.body is not None and self.html:
            raise ValueError("body: cannot go with html")
        if self.status in (204, 304) and (self.body or self.html):
            raise ValueError(f"status: {self.status} has no body")
        if self.chunked and self.content_length is not None:
            raise ValueError("chunked: cannot go with content_length")

    def chosen(self) -> dict[str, Any]:
        """The fields that differ from their defaults."""
        values = {each.name: (getattr(self, each.name), each.default) for each in dataclasses.fields(self)}
        return {name: value for name, (value, default) in values.items() if value != default}

    def as_json(self) -> dict[str, Any]:
        """The chosen fields for display; bytes that are not UTF-8 show as backslash escapes."""
        shown = self.chosen()
        if isinstance(self.body, bytes):
            shown["body"] = self.body.decode("utf-8", "backslashreplace")
        return shown


def _whole(low: int, high: float = math.inf) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


def _is_body(value: Any) -> bool:
    # The second half leaves out lone surrogates, which JSON can spell and UTF-8 cannot.
    return isinstance(value, bytes) or (isinstance(value, str) and not re.search("[\ud800-\udfff]", value))


def _is_header_value(value: Any) -> bool:
    # RFC 9110, section 5.5, less the obsolete bytes above ASCII.
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
    "body": (_is_body, "text"),
    "html": _FLAG,
    "headers": (_are_headers, "names with values in ASCII (for the body's length see content_length and chunked)"),
    "content_type": (_is_header_value, "a header value in ASCII"),
    "retry_after": (lambda value: _whole(0)(value) or _is_header_value(value), "whole seconds or an HTTP date"),
    "delay": _SECONDS,
    "chunk_size": _COUNT_FROM_1,
    "chunk_delay": _SECONDS,
    "truncate": _COUNT,
    "drop": _FLAG,
    "content_length": _COUNT,
    "chunked": _FLAG,
    "image_id": (lambda value: isinstance(value, str) and value != "", "an id, as text"),
    "times": _COUNT_FROM_1,
}
