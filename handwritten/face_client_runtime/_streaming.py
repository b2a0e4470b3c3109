"""The body of a binary response, read as it arrives."""

import os
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from functools import cached_property, partial
from io import BytesIO
from traceback import clear_frames
from typing import IO, Any

import anyio
import httpx
from anyio import to_thread

from ._deadline import fail_at, limit_timeout
from ._decoding import Decoder
from ._errors import ApiError, IncompleteBody, sanitized
from ._files import sink
from ._request_ids import request_id
from ._steps import Steps, call, run, run_async

MAX_PREALLOCATION = 16 * 1024 * 1024
MIN_STALL_BYTES = 1024


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
    def __init__(
        self,
        response: httpx.Response,
        stall_timeout: float | None = None,
        empty_error: Callable[[], ApiError] | None = None,
    ) -> None:
        self._response = response
        self._empty_error = empty_error
        self._was_read = response.is_stream_consumed  # by a hook, which leaves the decoded body
        self._fields = {name.lower(): value.decode("ascii", "replace") for name, value in response.headers.raw}
        self._stall = _StallRule(stall_timeout)
        # Another transport may not end its waits in time.
        self._has_timeouts_of_its_own = "readable_in_place" not in response.extensions
        decoder = Decoder(response, self._fields.get(b"content-encoding", ""))
        self._decoder = Decoder(response, "") if self._was_read else decoder

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> httpx.Headers:
        """The headers of the response."""
        return self._response.headers

    @property
    def request_id(self) -> str | None:
        """The service's id of the request, for its support, or None."""
        return request_id(self.headers)

    @cached_property
    def content_length(self) -> int | None:
        """How many bytes the server has announced, or None."""
        value = self._fields.get(b"content-length", "")
        return int(value) if value.isascii() and value.isdigit() else None

    @cached_property
    def _length(self) -> int:
        """How many bytes the decoded body will have, or 0 if that is unknown."""
        return self.content_length or 0 if self._decoder.is_identity else 0

    def _read(self) -> Steps:
        buffer, received = _buffer(self._length), 0
        if readinto := self._take_readinto():
            while received < self._length:
                _extend(buffer, min(self._length, 2 * received))
                # A view that outlives its block, in a traceback for example, would keep the buffer from growing.
                with buffer.getbuffer() as view, view[received:] as room:
                    yield from self._fill(room, readinto, received)
                    received = len(view)
        else:
            receive = self._receiver()
            while (decoded := (yield from self._receive(receive))) is not None:
                buffer.writelines(decoded)
            buffer.truncate()
        return buffer.getvalue()

    def _save(self, file: Any) -> Steps:
        target = sink(file)
        try:
            yield from self._in_thread(target.create)
            if readinto := self._take_readinto():
                batch = memoryview(bytearray(min(self._length, target.batch)))
                for received in range(0, self._length, len(batch)):
                    if received:
                        yield from self._in_thread(target.write, batch)
                    batch = batch[: self._length - received]
                    yield from self._fill(batch, readinto, received)
            else:
                receive, buffer = self._receiver(), BytesIO()
                while (decoded := (yield from self._receive(receive))) is not None:
                    for piece in decoded:
                        buffer.write(piece)
                        del piece  # a traceback would show it
                        # Another thread for each small piece would cost more than the writing.
                        if buffer.tell() >= target.batch:
                            # Not `getbuffer`, which Python 3.12 crashes on where the garbage collector frees it.
                            yield from self._in_thread(target.write, memoryview(buffer.getvalue()))
                            buffer = BytesIO()
                batch = memoryview(buffer.getvalue())
            return (yield from self._in_thread(target.commit, batch))
        except BaseException:
            target.discard()
            raise

    def _receiver(self) -> Callable[[], Any]:
        """Returns what receives the next bytes of the body, or None at its end."""
        raise NotImplementedError

    def _receive(self, receive: Callable[[], Any]) -> Generator[Any, Any, Iterator[bytes] | None]:
        """Receives the next bytes of the body, and returns what they are, decoded, or None at its end."""
        error: httpx.RequestError | None = None
        try:
            data = yield from self._wait(receive)
            if data is not None:
                return self._decoder.decode(data)
        except httpx.RequestError as caught:
            error = caught
        except BaseException as caught:
            clear_frames(caught.__traceback__)  # a traceback would show the bytes that are in them
            raise
        self._check(error, self._response.num_bytes_downloaded)
        return None

    def _fill(self, room: memoryview, readinto: Callable[[memoryview], Any], before: int) -> Steps:
        """Receives as many bytes of the body as there is room for; `before` is how many came before."""
        filled = 0
        error: httpx.RequestError | None = None
        try:
            while filled < len(room):
                with room[filled:] as rest:
                    filled += yield from self._wait(partial(readinto, rest))
        except httpx.RequestError as caught:
            error = caught
        if error:
            self._check(error, before + filled)

    def _wait(self, receive: Callable[[], Any]) -> Steps:
        """Receives something, within the time that the stall rule gives."""
        raise NotImplementedError

    def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Steps:
        """Calls a function that waits for a disk, without blocking an event loop."""
        raise NotImplementedError

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
        expected = None if self._was_read else self.content_length
        if error is None and expected in (None, received):
            if self._decoder.is_complete and not self._may_be_cut():
                if self._decoder.is_empty and self._empty_error:
                    raise self._empty_error()
                return
            expected = None  # half of a gzip may be as long as announced
        request = self._response.request
        if error is not None:
            message = None
            if isinstance(error, httpx.ReadTimeout) and self._stall.left is not None and self._stall.left <= 0:
                server = request.url.netloc.decode()
                message = f"less than {MIN_STALL_BYTES} bytes from {server} in {self._stall.seconds:g} s"
            error = sanitized(error, request, message)  # even if replaced: the frame that caught it still shows it
        if error is None or isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
            error = sanitized(IncompleteBody(received, expected), request)
        raise error

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
            ApiError: The body does not have the encoding that the headers name, or is empty and must not be.
            IncompleteBody: The body ended before all of it had arrived; what was yielded is not all of it.
            httpx.TransportError: The connection failed in another way, such as httpx.ReadTimeout, which is also raised
                if less than 1 KiB comes in `stall_timeout` seconds.
        """
        receive = self._receiver()
        while (decoded := run(self._receive(receive))) is not None:
            yield from decoded

    def read(self) -> bytes:
        """Returns the whole body. Raises what `iter_bytes` raises."""
        body: bytes = run(self._read())
        return body

    def save(self, file: str | os.PathLike[str] | IO[bytes]) -> int:
        """Writes the whole body to a file, and returns its size in bytes.

        At a path, a file that only its owner can read appears when all of it is on the disk. After any failure, what
        was there before is still there and nothing else is. A symbolic link is replaced, not followed. If the process
        is killed, nothing is left either on most file systems of Linux, unless it is in the very instant of replacing a
        file: then the whole body may be left beside it as `.part-...`.

        An open file is written to as the body arrives, and is neither flushed nor closed. After any failure, what it
        has been given is not the whole body.

        Args:
            file: A path, or a file that is open in binary mode: anything with a `write` that takes bytes.

        Raises:
            OSError: The file cannot be written, or the path is that of a folder, a device, a FIFO, a socket or an open
                file, such as /dev/stdout: these are not replaced, but you can open them and pass the file.
            TypeError, ValueError: It is neither a path nor an open binary file, or the path is empty.
            ApiError, IncompleteBody, httpx.TransportError: As `iter_bytes`.
        """
        size: int = run(self._save(file))
        return size

    def _receiver(self) -> Callable[[], Any]:
        return partial(next, self._response.iter_bytes() if self._was_read else self._response.iter_raw(), None)

    def _wait(self, receive: Callable[[], Any]) -> Steps:
        if self._stall.left is None and not self._has_timeouts_of_its_own:
            return receive()  # the deadline of the call is enough
        start = time.monotonic()
        with fail_at(self._stall.end(start)):
            try:
                received = receive()
                limit_timeout(None)
            except (TimeoutError, httpx.TimeoutException) as error:
                self._stall.count(0, start)
                raise httpx.ReadTimeout(str(error)) from None
        self._stall.count(_size(received), start)
        return received
        yield

    def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Steps:
        return call(function, *arguments)


class AsyncBinaryStream(_BaseStream):
    """The body of a binary response, read as it arrives; it can be read once."""

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """Yields the body in pieces, as they arrive.

        Raises:
            ApiError: The body does not have the encoding that the headers name, or is empty and must not be.
            IncompleteBody: The body ended before all of it had arrived; what was yielded is not all of it.
            httpx.TransportError: The connection failed in another way, such as httpx.ReadTimeout, which is also raised
                if less than 1 KiB comes in `stall_timeout` seconds.
        """
        receive = self._receiver()
        while (decoded := await run_async(self._receive(receive))) is not None:
            for piece in decoded:
                yield piece
                del piece  # a traceback would show it

    async def read(self) -> bytes:
        """Returns the whole body. Raises what `iter_bytes` raises."""
        body: bytes = await run_async(self._read())
        return body

    async def save(self, file: str | os.PathLike[str] | IO[bytes]) -> int:
        """Writes the whole body to a file, and returns its size in bytes. The event loop is not blocked.

        At a path, a file that only its owner can read appears when all of it is on the disk. After any failure,
        cancellation too, what was there before is still there and nothing else is. A symbolic link is replaced, not
        followed. If the process is killed, nothing is left either on most file systems of Linux, unless it is in the
        very instant of replacing a file: then the whole body may be left beside it as `.part-...`.

        An open file is written to as the body arrives, in a worker thread, and is neither flushed nor closed. After any
        failure, what it has been given is not the whole body. After `asyncio.Task.cancel`, one write may still go on.

        Args:
            file: A path, or a file that is open in binary mode: anything with a `write` that takes bytes.

        Raises:
            OSError: The file cannot be written, or the path is that of a folder, a device, a FIFO, a socket or an open
                file, such as /dev/stdout: these are not replaced, but you can open them and pass the file.
            TypeError, ValueError: It is neither a path nor an open binary file, or the path is empty.
            ApiError, IncompleteBody, httpx.TransportError: As `iter_bytes`.
        """
        size: int = await run_async(self._save(file))
        return size

    def _receiver(self) -> Callable[[], Any]:
        return partial(anext, self._response.aiter_bytes() if self._was_read else self._response.aiter_raw(), None)

    def _wait(self, receive: Callable[[], Any]) -> Steps:
        if self._stall.left is None:
            return (yield from call(receive))
        start = time.monotonic()
        with anyio.move_on_after(self._stall.left) as scope:
            received = yield from call(receive)
        if scope.cancelled_caught:
            self._stall.left = 0.0
            raise httpx.ReadTimeout("")
        self._stall.count(_size(received), start)
        return received

    def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Steps:
        return call(to_thread.run_sync, function, *arguments)


def _size(received: int | bytes | None) -> int:
    return received if isinstance(received, int) else len(received or b"")


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
