"""The types that openapi-python-client's templates use for optional values, uploads and responses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, BinaryIO, Generic, Literal, TypeVar

import httpx


class Unset:
    """The type of `UNSET`, an optional property or parameter that is not there."""

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Unset = Unset()

# What `httpx.Client(files=)` accepts.
FileContent = IO[bytes] | bytes | str
FileTypes = (
    # (filename, file (or bytes), content_type)
    tuple[str | None, FileContent, str | None]
    # (filename, file (or bytes), content_type, headers)
    | tuple[str | None, FileContent, str | None, Mapping[str, str]]
)
RequestFiles = list[tuple[str, FileTypes]]


@dataclass(slots=True)
class File:
    """A file to upload."""

    payload: BinaryIO
    file_name: str | None = None
    mime_type: str | None = None

    def to_tuple(self) -> FileTypes:
        """Returns what httpx accepts for multipart/form-data."""
        return self.file_name, self.payload, self.mime_type


T = TypeVar("T")


@dataclass(slots=True)
class Response(Generic[T]):
    """The response to a call, whatever its status.

    Attributes:
        status_code: The HTTP status.
        content: The body; of an error, the first 64 KiB.
        headers: The headers.
        parsed: The body as the document promises it for the status, or None if it is something else.
    """

    status_code: int
    content: bytes
    headers: httpx.Headers
    parsed: T | None
