# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""The body of a binary answer, read as it arrives."""

import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from io import BytesIO
from pathlib import Path
from threading import Lock

import anyio
import httpx
from anyio import to_thread

from ._decoding import Decoder
from .errors import IncompleteImage, detached

_BATCH = 1024 * 1024
_JOINED = 1024 * 1024
_BELIEVED = 16 * 1024 * 1024
_PROGRESS = 1024


class _Body:
    """What both forms know of an answer whose body has not been read yet."""

    def __init__(self, response: httpx.Response, stall_timeout: float | None = None) -> None:
        self._response = response
        self._stall_timeout = stall_timeout
        self._patience = stall_timeout
        self._progress = 0
        self._decoder = Decoder(response)

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> httpx.Headers:
        """The headers of the answer."""
        return self._response.headers

    @cached_property
    def content_length(self) -> int | None:
        """How many bytes the server has announced, or None."""
        value = self.headers.get("content-length", "")
        return int(value) if value.isascii() and value.isdigit() else None

    @cached_property
    def _announced(self) -> int:
        """How many bytes the whole body will have, or 0 where nobody knows."""
        return 0 if "content-encoding" in self.headers else self.content_length or 0

    def _buffer(self) -> BytesIO:
        """A buffer with room for the body, since one that grows is copied, which takes longer than the network does.

        The size may be a lie, so no more than the first 16 MiB of it are believed.
        """
        buffer = BytesIO()
        if self._announced:
            _extend(buffer, min(self._announced, _BELIEVED))
            buffer.seek(0)
        return buffer

    def _wait(self) -> float:
        """Begins to wait for a piece, and returns when."""
        now = time.monotonic()
        if self._patience is not None:
            self._response.request.extensions["deadline"] = now + self._patience
        return now

    def _count(self, size: int, start: float) -> None:
        """Counts a piece and the time it took; a caller who takes their time is not counted.

        Raises:
            httpx.ReadTimeout: The body has all but come to a halt, or its time is up.
        """
        now = time.monotonic()
        if self._patience is not None:
            self._progress += size
            self._patience -= now - start
            if self._progress >= _PROGRESS:
                self._progress, self._patience = 0, self._stall_timeout
                return
        if now > self._response.request.extensions.get("deadline", now):
            raise httpx.ReadTimeout("")

    def _check(self, error: httpx.RequestError | None, received: int) -> None:
        """Raises what reading to the end has raised, or IncompleteImage when it ended early."""
        expected = self.content_length
        if error is None and expected in (None, received):
            if self._decoder.is_complete:
                return
            expected = None  # of half a gzip too, the announced length may be the one that arrived
        request = self._response.request
        if error is not None:
            error = detached(error, request)  # also where it is replaced: the frame that caught it still shows it
        if error is None or isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
            error = detached(IncompleteImage(received, expected), request)
        if isinstance(error, httpx.ReadTimeout) and self._patience is not None:
            if time.monotonic() >= request.extensions["deadline"]:
                server = request.url.netloc.decode()
                error.args = (f"less than {_PROGRESS} bytes came from {server} in {self._stall_timeout:g} s",)
        raise error


class BinaryStream(_Body):
    """The body of a binary answer, read as it arrives; it can be read once."""

    def iter_bytes(self) -> Iterator[bytes]:
        """Yields the body in pieces, as they arrive.

        Raises:
            ApiError: The body is not in the encoding that the headers name.
            IncompleteImage: The body ended before all of it had arrived; what was yielded is not the whole.
            httpx.TransportError: The connection failed in another way, such as httpx.ReadTimeout, which is also raised
                when less than 1 KiB comes in `stall_timeout` seconds.
        """
        if self._response.is_stream_consumed:
            yield from self._response.iter_bytes()  # a hook of the caller's has read it
            return
        error: httpx.RequestError | None = None
        try:
            start = self._wait()
            for data in self._response.iter_raw():
                self._count(len(data), start)
                yield from self._decoder.decode(data)
                start = self._wait()
        except httpx.RequestError as caught:
            error = caught
        self._check(error, self._response.num_bytes_downloaded)

    def read(self) -> bytes:
        """Returns the whole body. Raises what `iter_bytes` raises."""
        buffer = self._buffer()
        if readinto := self._taken():
            received = 0
            while received < self._announced:
                if received:
                    _extend(buffer, min(self._announced, 2 * received))
                with buffer.getbuffer() as room:
                    self._fill(room[received:], readinto, received)
                    received = len(room)
        else:
            for piece in self.iter_bytes():
                buffer.write(piece)
        return buffer.getvalue()

    def _taken(self) -> Callable[[memoryview], int] | None:
        """Takes over the body, if the transport can receive it where it is to stay; httpx hands on pieces, to be copied."""
        response = self._response
        readinto: Callable[[memoryview], int] | None = response.extensions.get("readinto")
        if not self._announced or not readinto or response.is_stream_consumed or response.is_closed:
            return None
        response.is_stream_consumed = True
        return readinto

    def _fill(self, room: memoryview, readinto: Callable[[memoryview], int], before: int) -> None:
        """Receives the next bytes of the body, as many as there is room for; so many came before."""
        filled = 0
        error: httpx.RequestError | None = None
        try:
            while filled < len(room):
                start = self._wait()
                size = readinto(room[filled:])
                filled += size
                self._count(size, start)
        except httpx.RequestError as caught:
            error = caught
        if error:
            self._check(error, before + filled)

    def save(self, path: str | os.PathLike[str]) -> int:
        """Writes the whole body to a file that only its owner can read, and returns its size in bytes.

        The file appears when all of it is on the disk. After any failure, what was there before is still there and
        nothing else is. A symbolic link is replaced, not followed.

        Raises:
            OSError: The file cannot be written.
            ApiError, IncompleteImage, httpx.TransportError: As `iter_bytes`.
        """
        file = _NewFile(path)
        with file.or_nothing():
            file.create()
            if readinto := self._taken():
                room = memoryview(bytearray(min(self._announced, _BATCH)))
                for received in range(0, self._announced, len(room)):
                    piece = room[: self._announced - received]
                    self._fill(piece, readinto, received)
                    file.write(piece)
            else:
                for data in self.iter_bytes():
                    file.write(data)
            return file.commit()


class AsyncBinaryStream(_Body):
    """The body of a binary answer, read as it arrives; it can be read once."""

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """Yields the body in pieces, as they arrive.

        Raises:
            ApiError: The body is not in the encoding that the headers name.
            IncompleteImage: The body ended before all of it had arrived; what was yielded is not the whole.
            httpx.TransportError: The connection failed in another way, such as httpx.ReadTimeout, which is also raised
                when less than 1 KiB comes in `stall_timeout` seconds.
        """
        if self._response.is_stream_consumed:
            async for piece in self._response.aiter_bytes():  # a hook of the caller's has read it
                yield piece
            return
        error: httpx.RequestError | None = None
        pieces = self._response.aiter_raw()
        try:
            while (data := await self._next(pieces)) is not None:
                for piece in self._decoder.decode(data):
                    yield piece
        except httpx.RequestError as caught:
            error = caught
        self._check(error, self._response.num_bytes_downloaded)

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        if self._patience is None:
            return await anext(pieces, None)
        start, piece = self._wait(), None
        with anyio.move_on_after(self._patience) as scope:
            piece = await anext(pieces, None)
        if scope.cancelled_caught:
            raise httpx.ReadTimeout("")
        if piece is not None:
            self._count(len(piece), start)
        return piece

    async def read(self) -> bytes:
        """Returns the whole body. Raises what `iter_bytes` raises."""
        if (self.content_length or _JOINED) < _JOINED:
            # A buffer lies idle while others are served, and is out of the processor's cache when it is filled.
            return b"".join([piece async for piece in self.iter_bytes()])
        buffer = self._buffer()
        async for piece in self.iter_bytes():
            buffer.write(piece)
        return buffer.getvalue()

    async def save(self, path: str | os.PathLike[str]) -> int:
        """Writes the whole body to a file that only its owner can read, and returns its size in bytes.

        The file appears when all of it is on the disk. After any failure, cancellation too, what was there before
        is still there and nothing else is. A symbolic link is replaced, not followed. The event loop is not blocked.

        Raises:
            OSError: The file cannot be written.
            ApiError, IncompleteImage, httpx.TransportError: As `iter_bytes`.
        """
        file = _NewFile(path)
        with file.or_nothing():
            await to_thread.run_sync(file.create)
            batch = bytearray()
            async for chunk in self.iter_bytes():
                batch += chunk
                # Another thread for each small piece would cost more than the writing.
                if len(batch) >= _BATCH:
                    await to_thread.run_sync(file.write, bytes(batch))
                    batch.clear()
            await to_thread.run_sync(file.write, bytes(batch))
            return await to_thread.run_sync(file.commit)


def _extend(buffer: BytesIO, size: int) -> None:
    buffer.seek(size - 1)
    buffer.write(b"\0")


class _NewFile:
    """A private file beside the target, which takes the target's place when it is whole."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._target = Path(path).absolute()
        self._part: Path | None = None
        # A task that is cancelled goes on before its thread has come back from the disk.
        self._lock = Lock()
        self._is_given_up = False

    def create(self) -> None:
        with self._lock:
            if self._target.is_dir():
                raise IsADirectoryError(f"cannot save to {self._target}: it is a folder")
            if not self._target.parent.is_dir():
                raise FileNotFoundError(f"cannot save to {self._target}: there is no folder {self._target.parent}")
            if not self._is_given_up:
                # mkstemp gives the file to its owner alone.
                handle, name = tempfile.mkstemp(prefix=".part-", dir=self._target.parent)
                self._part = Path(name)
                self._file = os.fdopen(handle, "wb")

    def write(self, data: bytes | memoryview) -> None:
        with self._lock:
            if not self._is_given_up:
                self._file.write(data)

    def commit(self) -> int:
        with self._lock:
            size = 0
            if self._part and not self._is_given_up:
                self._file.flush()
                os.fsync(self._file.fileno())
                size = self._file.tell()
                self._file.close()
                if not self._is_given_up:
                    self._part.replace(self._target)
            return size

    @contextmanager
    def or_nothing(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._is_given_up = True
            with self._lock:
                if self._part:
                    # A full disk fails again when the rest of the buffer is written on closing.
                    with suppress(OSError):
                        self._file.close()
                    self._part.unlink(missing_ok=True)
            raise
