"""Responses, before and after parsing."""

import json
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

import httpx
from attrs import define, field, frozen

from ._error_body import decoded
from ._headers import retry_after
from ._media_types import media_type_of, nearest
from ._request_ids import request_id

T = TypeVar("T")


def _repr(value: object) -> str:
    """Returns the repr of a value, or the size of bytes, which may be a picture of a person."""
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else repr(value)


@frozen
class RawResponse:
    """A response whose body has been read, but not parsed."""

    status_code: int
    headers: httpx.Headers
    content: bytes = field(repr=_repr)
    request: httpx.Request = field(repr=False)
    matches_document: bool = True

    @property
    def text(self) -> str:
        """The body as text, decoded with the charset of the headers."""
        return httpx.Response(self.status_code, headers=self.headers, content=self.content).text

    def json(self) -> Any:
        """The body parsed as JSON. In an error body, invalid bytes are replaced by U+FFFD.

        Raises:
            ValueError: It is not JSON.
        """
        try:
            return json.loads(self.content if self.matches_document else decoded(self.content))
        except json.JSONDecodeError as error:
            message = f"not JSON: {error}"
        raise ValueError(message)  # the other error has the body as an attribute

    def binary(self) -> bytes:
        """The body as bytes.

        Raises:
            ValueError: It is empty.
        """
        if not self.content:
            raise ValueError("the body is empty")
        return self.content

    def media_type(self, *documented: str) -> str:
        """Returns the one of the documented media types that the body has.

        Raises:
            ValueError: It has none of them.
        """
        found = nearest(media_type_of(self.headers), documented)
        if found is None:
            raise ValueError(f"the body is none of {', '.join(documented)}")
        return found


@define
class Response(Generic[T]):
    """The response to a call, whatever its status.

    Attributes:
        status_code: The HTTP status.
        content: The body; only the first MiB of an error body.
        headers: The headers.
        parsed: The parsed body, or None if it is not what the document promises for the status.
    """

    status_code: int
    content: bytes = field(repr=_repr)
    headers: httpx.Headers
    parsed: T | None = field(repr=_repr)
    _error: Callable[[], Exception] | None = field(default=None, repr=False, eq=False)

    def raise_for_status(self) -> Self:
        """Returns the response if it is the documented success.

        Raises:
            ApiError: It is not; this is what the method without `_detailed` raises.
        """
        if self._error:
            raise self._error()
        return self

    @property
    def request_id(self) -> str | None:
        """The service's id for the request, which its support asks for, or None."""
        return request_id(self.headers)

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait before the next request, or None."""
        return retry_after(self.headers)
