"""The files in the body of a request, or the file that is its body."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from io import BytesIO, UnsupportedOperation
from pathlib import Path
from typing import IO, Any

import httpx
from anyio import to_thread

CHUNK_SIZE = 64 * 1024
_SENT_ONCE = "sent_once"
_BODIES = {"files", "content"}


def open_files(request: Mapping[str, Any]) -> AbstractContextManager[Mapping[str, Any]]:
    """Gives the arguments of `httpx.Client.build_request` with its paths as open files, which are closed at the end.

    Raises:
        OSError: A file cannot be opened, or is not a regular file.
    """
    return _open_files(request) if request.keys() & _BODIES else nullcontext(request)


@contextmanager
def _open_files(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    with ExitStack() as stack:
        if "files" in request:
            parts = [
                (name, (filename, _opened(file, stack), *rest)) for name, (filename, file, *rest) in request["files"]
            ]
            request = {**request, "files": parts}
            if not parts:  # which httpx takes for no body
                headers = {**request["headers"], "Content-Type": "multipart/form-data; boundary=none"}
                request = {**request, "headers": headers, "content": b"--none--\r\n"}
        if "content" in request:
            content = _opened(request["content"], stack)
            request = {**request, "content": content.getvalue() if isinstance(content, BytesIO) else content}
        yield request


def can_rewind(request: Mapping[str, Any]) -> bool:
    """Whether the body can be sent again. httpx rewinds a file before it reads it."""
    return all(file.can_rewind for file in _readers(request))


def prepare(request: httpx.Request, arguments: Mapping[str, Any]) -> None:
    """Prepares a request for its files: it says if it can be sent once, and an async client reads them in a thread."""
    if not arguments.keys() & _BODIES:
        return
    if not can_rewind(arguments):
        request.extensions[_SENT_ONCE] = True
    if any(_readers(arguments)):
        content = arguments.get("content")  # which httpx would not rewind
        request.stream = _InThread(content if isinstance(content, _Reader) else request.stream)


def can_resend(request: httpx.Request) -> bool:
    """Whether the body of a request can be sent again, for example with another key."""
    return _SENT_ONCE not in request.extensions


def _readers(request: Mapping[str, Any]) -> Iterator["_Reader"]:
    files = [file for _, (_, file, *_) in request.get("files", ())]
    return (file for file in (*files, request.get("content")) if isinstance(file, _Reader))


def _opened(file: Any, stack: ExitStack) -> Any:
    if isinstance(file, Path):
        if file.exists() and not file.is_file() and not file.is_dir():
            raise OSError(f"cannot upload {file}: it is not a regular file; pass an open file object instead")
        file = stack.enter_context(file.open("rb"))
    return _Reader(file) if hasattr(file, "read") and not isinstance(file, BytesIO) else file


class _Reader:
    """A file of any kind, as httpx reads it. Its length is asked for by seeking: a descriptor can tell another one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.can_rewind = hasattr(file, "seekable") and file.seekable()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if not self.can_rewind:
            raise UnsupportedOperation
        try:
            return self._file.seek(offset, whence)
        except ValueError as error:  # of a gzip.GzipFile, which cannot seek from its end
            raise UnsupportedOperation from error

    def tell(self) -> int:
        if not self.can_rewind:
            raise UnsupportedOperation
        return self._file.tell()

    def __iter__(self) -> Iterator[bytes]:
        """Yields the file as the body of a request, from its beginning if it can be rewound."""
        if self.can_rewind:
            self.seek(0)
        while chunk := self.read(CHUNK_SIZE):
            yield chunk

    def read(self, size: int) -> bytes:
        chunk = self._file.read(size)
        if not isinstance(chunk, bytes | bytearray | memoryview):
            raise TypeError(f"a file to upload must be open in binary mode; this one gives {type(chunk).__name__}")
        return bytes(chunk)


class _InThread(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = iter(self._stream)
        # A pipe may have nothing to read for long.
        while (chunk := await to_thread.run_sync(next, chunks, None, abandon_on_cancel=True)) is not None:
            yield chunk
