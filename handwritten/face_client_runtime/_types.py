"""The types of optional values and uploads in openapi-python-client's templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, BinaryIO, Literal


class Unset:
    """The type of `UNSET`, the value of an omitted property or parameter."""

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"


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
