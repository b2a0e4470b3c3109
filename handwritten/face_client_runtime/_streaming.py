"""The body of a binary response, read as it arrives."""

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import cached_property
from io import BytesIO
from typing import Any, TypeVar

import anyio
import httpx
from anyio import to_thread

from ._deadline import ends_at, limited
from ._decoding import Decoder
from ._errors import IncompleteBody, sanitized
from ._files import NewFile

MAX_PREALLOCATION = 16 * 1024 * 1024
MIN_STALL_BYTES = 1024
BATCH = 1024 * 1024

T = TypeVar("T")


class _StallRule:
    """Ends a body that brings less than 1 KiB in `seconds` of waiting; None accepts any pace."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.left = seconds
        self._received = 0

    def end(self, start: float) -> float | None:
        return None if self.left is None else start + self.left

    def count(self, size: int, start: float) -> None:
        """Counts what a wait that began at `start` has brought. Raises httpx.ReadTimeout if it took too long."""
        if self.left is None:
            return
        self._received += size
        self.left -= time.monotonic() - start
        if self._received >= MIN_STALL_BYTES:
            self._received, self.left = 0, self.seconds
        elif self.left <= 0:
            raise httpx.ReadTimeout("")


class _BaseStream:
    def __init__(self, response: httpx.Response, stall_timeout: float | None = None) -> None:
        self._response = response
        self._fields = {name.lower(): value.decode("ascii", "replace") for name, value in response.headers.raw}
        self._stall = _StallRule(stall_timeout)
        self._is_foreign = (
            "readable_in_place" not in response.extensions
        )  # such a transport may not end its waits in time
        self._decoder = Decoder(response, self._fields.get(b"content-encoding", ""))

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> httpx.Headers:
        """The headers of the response."""
        return self._response.headers

    @cached_property
    def content_length(self) -> int | None:
        """How many bytes the server has announced, or None."""
        value = self._fields.get(b"content-length", "")
        return int(value) if value.isascii() and value.isdigit() else None

    @cached_property
    def _length(self) -> int:
        """How many bytes the decoded body will have, or 0 if that is unknown."""
        return self.content_length or 0 if self._decoder.is_identity else 0

    def _take_readinto(self) -> Callable[[memoryview], Any] | None:
        """Takes over a body of known length that our connection can receive in place."""
        response = self._response
        body = response.extensions.get("readable_in_place")
        if not self._length or not body or not body.is_untouched or response.is_stream_consumed:
            return None
        response.is_stream_consumed = True
        readinto: Callable[[memoryview], Any] = body.readinto
        return readinto

    def _check(self, error: httpx.RequestError | None, received: int) -> None:
        """Raises what reading to the end has raised, or IncompleteBody if the body may have been cut off."""
        expected = self.content_length
        if error is None and expected in (None, received):
            if self._decoder.is_complete and not self._may_be_cut():
                return
            expected = None  # half of a gzip may be as long as announced
        request = self._response.request
        if error is not None:
            error = sanitized(error, request)  # also if it is replaced: the frame that caught it still shows it
        if error is None or isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
            error = sanitized(IncompleteBody(received, expected), request)
        if isinstance(error, httpx.ReadTimeout) and self._stall.left is not None and self._stall.left <= 0:
            server = request.url.netloc.decode()
            error.args = (f"less than {MIN_STALL_BYTES} bytes came from {server} in {self._stall.seconds:g} s",)
        raise error

    def _check_read_by_hook(self) -> None:
        """Raises IncompleteBody where httpx, reading the body for a hook, takes a cut connection for its end."""
        if self._may_be_cut():
            raise sanitized(IncompleteBody(self._response.num_bytes_downloaded, None), self._response.request)

    def _may_be_cut(self) -> bool:
        """Whether the end of the connection was taken for the end of the body, over TLS and without close_notify."""
        response = self._response
        stream = response.extensions.get("network_stream")
        is_framed = b"content-length" in self._fields or b"transfer-encoding" in self._fields
        is_known = stream is None or getattr(stream, "requires_close_notify", False)
        return not is_framed and not is_known and response.url.scheme == "https" and response.http_version < "HTTP/2"


class BinaryStream(_BaseStream):
    """The body of a binary response, read as it arrives; it can be read once."""

    def iter_bytes(self) -> Iterator[bytes]:
        """Yields the body in pieces, as they arrive.

        Raises:
            ApiError: The body does not have the encoding that the headers name.
            IncompleteBody: The body ended before all of it had arrived; what was yielded is not all of it.
            httpx.TransportError: The connection failed in another way, such as httpx.ReadTimeout, which is also raised
                if less than 1 KiB comes in `stall_timeout` seconds.
        """
        if self._response.is_stream_consumed:
            self._check_read_by_hook()
            yield from self._response.iter_bytes()
            return
        error: httpx.RequestError | None = None
        pieces = self._response.iter_raw()
        try:
            while (data := self._wait(lambda: next(pieces, None), _size)) is not None:
                yield from self._decoder.decode(data)
        except httpx.RequestError as caught:
            error = caught
        self._check(error, self._response.num_bytes_downloaded)

    def read(self) -> bytes:
        """Returns the whole body. Raises what `iter_bytes` raises."""
        buffer, received = _buffer(self._length), 0
        if readinto := self._take_readinto():
            while received < self._length:
                _extend(buffer, min(self._length, 2 * received))
                # A view that outlives its block, in a traceback for example, would keep the buffer from growing.
                with buffer.getbuffer() as view, view[received:] as room:
                    self._fill(room, readinto, received)
                    received = len(view)
        else:
            for piece in self.iter_bytes():
                buffer.write(piece)
            buffer.truncate()
        return buffer.getvalue()

    def save(self, path: str | os.PathLike[str]) -> int:
        """Writes the whole body to a file that only its owner can read, and returns its size in bytes.

        The file appears when all of it is on the disk. After any failure, what was there before is still there and
        nothing else is. A symbolic link is replaced, not followed.

        Raises:
            OSError: The file cannot be written.
            ApiError, IncompleteBody, httpx.TransportError: As `iter_bytes`.
        """
        file = NewFile(path)
        with file.or_nothing():
            file.create()
            if readinto := self._take_readinto():
                batch = memoryview(bytearray(min(self._length, BATCH)))
                for received in range(0, self._length, len(batch)):
                    room = batch[: self._length - received]
                    self._fill(room, readinto, received)
                    file.write(room)
            else:
                for data in self.iter_bytes():
                    file.write(data)
            return file.commit()

    def _wait(self, receive: Callable[[], T], size: Callable[[T], int]) -> T:
        """Receives something, within the time that the stall rule gives."""
        if self._stall.left is None and not self._is_foreign:
            return receive()  # the deadline of the call is enough
        start = time.monotonic()
        with ends_at(self._stall.end(start)):
            try:
                received = receive()
                limited(None)
            except (TimeoutError, httpx.TimeoutException) as error:
                self._stall.count(0, start)
                raise httpx.ReadTimeout(str(error)) from None
        self._stall.count(size(received), start)
        return received

    def _fill(self, room: memoryview, readinto: Callable[[memoryview], int], before: int) -> None:
        """Receives as many bytes of the body as there is room for; `before` is how many came before."""
        filled = 0
        error: httpx.RequestError | None = None
        try:
            while filled < len(room):
                with room[filled:] as rest:
                    filled += self._wait(lambda: readinto(rest), int)
        except httpx.RequestError as caught:
            error = caught
        if error:
            self._check(error, before + filled)


class AsyncBinaryStream(_BaseStream):
    """The body of a binary response, read as it arrives; it can be read once."""

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """Yields the body in pieces, as they arrive.

        Raises:
            ApiError: The body does not have the encoding that the headers name.
            IncompleteBody: The body ended before all of it had arrived; what was yielded is not all of it.
            httpx.TransportError: The connection failed in another way, such as httpx.ReadTimeout, which is also raised
                if less than 1 KiB comes in `stall_timeout` seconds.
        """
        if self._response.is_stream_consumed:
            self._check_read_by_hook()
            async for piece in self._response.aiter_bytes():
                yield piece
            return
        error: httpx.RequestError | None = None
        pieces = self._response.aiter_raw()
        try:
            while (data := await self._wait(lambda: anext(pieces, None), _size)) is not None:
                for piece in self._decoder.decode(data):
                    yield piece
        except httpx.RequestError as caught:
            error = caught
        self._check(error, self._response.num_bytes_downloaded)

    async def read(self) -> bytes:
        """Returns the whole body. Raises what `iter_bytes` raises."""
        buffer, received = _buffer(self._length), 0
        if readinto := self._take_readinto():
            while received < self._length:
                _extend(buffer, min(self._length, 2 * received))
                with buffer.getbuffer() as view, view[received:] as room:
                    await self._fill(room, readinto, received)
                    received = len(view)
        else:
            async for piece in self.iter_bytes():
                buffer.write(piece)
            buffer.truncate()
        return buffer.getvalue()

    async def save(self, path: str | os.PathLike[str]) -> int:
        """Writes the whole body to a file that only its owner can read, and returns its size in bytes.

        The file appears when all of it is on the disk. After any failure, cancellation too, what was there before
        is still there and nothing else is. A symbolic link is replaced, not followed. The event loop is not blocked.

        Raises:
            OSError: The file cannot be written.
            ApiError, IncompleteBody, httpx.TransportError: As `iter_bytes`.
        """
        file = NewFile(path)
        with file.or_nothing():
            await to_thread.run_sync(file.create)
            if readinto := self._take_readinto():
                batch = memoryview(bytearray(min(self._length, BATCH)))
                for received in range(0, self._length, len(batch)):
                    room = batch[: self._length - received]
                    await self._fill(room, readinto, received)
                    await to_thread.run_sync(file.write, room)
            else:
                pieces = bytearray()
                async for piece in self.iter_bytes():
                    pieces += piece
                    # Another thread for each small piece would cost more than the writing.
                    if len(pieces) >= BATCH:
                        await to_thread.run_sync(file.write, bytes(pieces))
                        pieces.clear()
                await to_thread.run_sync(file.write, bytes(pieces))
            return await to_thread.run_sync(file.commit)

    async def _wait(self, receive: Callable[[], Awaitable[T]], size: Callable[[T], int]) -> T:
        """Receives something, within the time that the stall rule gives."""
        if self._stall.left is None:
            return await receive()
        start = time.monotonic()
        with anyio.move_on_after(self._stall.left) as scope:
            received = await receive()
        if scope.cancelled_caught:
            self._stall.left = 0.0
            raise httpx.ReadTimeout("")
        self._stall.count(size(received), start)
        return received

    async def _fill(self, room: memoryview, readinto: Callable[[memoryview], Awaitable[int]], before: int) -> None:
        """Receives as many bytes of the body as there is room for; `before` is how many came before."""
        filled = 0
        error: httpx.RequestError | None = None
        try:
            while filled < len(room):
                with room[filled:] as rest:
                    filled += await self._wait(lambda: readinto(rest), int)
        except httpx.RequestError as caught:
            error = caught
        if error:
            self._check(error, before + filled)


def _size(data: bytes | None) -> int:
    return len(data or b"")


def _buffer(length: int) -> BytesIO:
    """A buffer with room for the body: to grow it takes longer than to receive. The length may be a lie, though."""
    buffer = BytesIO()
    _extend(buffer, min(length, MAX_PREALLOCATION))
    return buffer


def _extend(buffer: BytesIO, size: int) -> None:
    if size > len(buffer.getbuffer()):
        buffer.seek(size - 1)
        buffer.write(b"\0")
        buffer.seek(0)
