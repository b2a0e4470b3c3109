"""The types of optional values and uploads in openapi-python-client's templates."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO, TextIOBase
from pathlib import Path
from typing import IO, Literal


class Unset:
    """The type of `UNSET`, the value of an omitted property or parameter."""

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        return "UNSET"  # a copy, also through pickle, is the same object


UNSET: Unset = Unset()

_MEDIA_TYPE = re.compile(r"[\x20-\x7e]*")

# What `httpx.Client(files=)` accepts, and a path.
FileContent = IO[bytes] | bytes | str | Path
FileTypes = (
    # (filename, file (or bytes), content_type)
    tuple[str | None, FileContent, str | None]
    # (filename, file (or bytes), content_type, headers)
    | tuple[str | None, FileContent, str | None, Mapping[str, str]]
)
RequestFiles = list[tuple[str, FileTypes]]


@dataclass(slots=True)
class File:
    """A file to upload. It is read while it is sent.

    Args:
        payload: Bytes, the path of a regular file, or a file that is open in binary mode. An open file is sent from its
            beginning if it can be rewound, otherwise from where it is, and it is not closed.
        file_name: The filename of its part in a form; by default the name of the file, or `file` if it has none.
        mime_type: The media type of its part in a form; by default `application/octet-stream`.
    """

    payload: bytes | str | os.PathLike[str] | IO[bytes] = field(repr=False)
    file_name: str | None = None
    mime_type: str | None = None

    def to_tuple(self) -> FileTypes:
        """Returns the file as a part of multipart/form-data.

        Raises:
            TypeError: The payload is neither bytes, a path nor a file that is open in binary mode.
            ValueError: The media type has a character that would end its header.
        """
        if not _MEDIA_TYPE.fullmatch(self.mime_type or ""):
            raise ValueError("the mime_type of a File contains an invalid character")
        payload = getattr(self.payload, "file", self.payload)  # of a tempfile.NamedTemporaryFile
        if isinstance(payload, bytes | bytearray | memoryview):
            payload = BytesIO(payload)  # whose repr does not show the bytes
        elif isinstance(payload, str | os.PathLike):
            payload = Path(payload)
        elif isinstance(payload, TextIOBase) or not hasattr(payload, "read"):
            kind = type(payload).__name__
            raise TypeError(f"the payload of a File must be bytes, a path or a file open in binary mode, not {kind}")
        path = getattr(payload, "name", None)
        name = Path(path).name if isinstance(path, str) else "file"
        return self.file_name or name, payload, self.mime_type or "application/octet-stream"


def form_file(file: File) -> FileTypes:
    """Returns a file as a part of multipart/form-data.

    Raises:
        TypeError: It is not a `File`.
    """
    if not isinstance(file, File):
        raise TypeError(f"a file to upload must be a File, such as File(path), not {type(file).__name__}")
    return file.to_tuple()


def file_content(file: File) -> FileContent:
    """Returns a file as the body of a request. Raises what `form_file` raises."""
    return form_file(file)[1]
