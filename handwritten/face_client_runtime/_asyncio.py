"""The sockets of async calls on asyncio and uvloop. A body is received into its final buffer, without copies."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohappyeyeballs
import httpcore

from . import _fork
from ._sockets import ATTEMPT_DELAY

BUFFER = 64 * 1024


class Backend:
    async def connect_tcp(self, host: str, port: int, timeout: float | None) -> "Stream":
        loop = asyncio.get_running_loop()
        async with _map_errors(timeout, httpcore.ConnectTimeout, httpcore.ConnectError):
            try:
                addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
            except OSError:
                addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            sock = await aiohappyeyeballs.start_connection(addresses, happy_eyeballs_delay=ATTEMPT_DELAY, interleave=1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return (await loop.create_connection(lambda: Stream(sock), sock=sock))[1]


class Stream(asyncio.BufferedProtocol, httpcore.AsyncNetworkStream):
    """A connection. Only one task may read at a time."""

    requires_close_notify = True  # otherwise an attacker could truncate a response unnoticed

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._buffer = memoryview(bytearray(BUFFER))
        self._filled = 0
        self._target: memoryview | None = None  # a reader's own buffer for the next bytes
        self._received = 0
        self._reader: asyncio.Future[None] | None = None
        self._end: Exception | None = None  # EOFError for a regular end
        self._can_write, self._is_lost = asyncio.Event(), asyncio.Event()
        self._can_write.set()
        _fork.register(self)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self._filled:
            self._received = 0
            await self._wait(timeout)
        data = bytes(self._buffer[: min(max_bytes, self._filled)])
        self._consume(len(data))
        return data

    async def readinto(self, buffer: memoryview, timeout: float | None = None) -> int:
        if self._filled:
            size = min(len(buffer), self._filled)
            buffer[:size] = self._buffer[:size]
            self._consume(size)
            return size
        self._target, self._received = buffer, 0
        try:
            await self._wait(timeout)
        finally:
            self._target = None
        return self._received

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._transport.write(buffer)
        if not self._can_write.is_set():
            async with _map_errors(timeout, httpcore.WriteTimeout, httpcore.WriteError):
                await self._can_write.wait()
        if self._end is not None or self._transport.is_closing():
            raise httpcore.WriteError("the server has closed the connection")

    async def aclose(self) -> None:
        self.abort()
        if self._loop is asyncio.get_running_loop():
            await self._is_lost.wait()

    def after_fork(self) -> None:
        self._end = self._end or ConnectionError("the connection belongs to the parent process")
        self._sock.close()

    def abort(self) -> None:
        """Closes the connection, from any thread, even if the event loop is closed."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._transport.abort)
            return
        self._sock.close()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        async with _map_errors(timeout, httpcore.ConnectTimeout, httpcore.ConnectError):
            self._is_lost.set()  # asyncio does not call connection_lost during the handshake
            handshake = self._loop.start_tls(self._transport, self, ssl_context, server_hostname=server_hostname)
            if (transport := await handshake) is None:
                raise OSError("the connection has been closed")
            self._transport = transport
            self._is_lost.clear()
            return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._is_readable()
        return self._transport.get_extra_info({"client_addr": "sockname", "server_addr": "peername"}.get(info, info))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def get_buffer(self, _size_hint: int) -> memoryview:
        return self._buffer[self._filled :] if self._target is None else self._target

    def buffer_updated(self, size: int) -> None:
        if self._target is not None:
            self._target, self._received = None, size
        else:
            self._filled += size
            if self._filled == BUFFER:
                self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        ssl_object = self._transport.get_extra_info("ssl_object")
        try:
            is_end = ssl_object is None or not ssl_object.read(1)
        except ssl.SSLError:
            is_end = False  # no close_notify: an attacker could have truncated the response
        self._end = self._end or (EOFError() if is_end else ConnectionError("the TLS connection was cut off"))
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        if error and self._target is None and not self._transport.get_extra_info("ssl_object"):
            with suppress(OSError):  # a write failed; the server may have sent a response before
                self._filled += self._sock.recv_into(self._buffer[self._filled :])
        self._end = self._end or error or ConnectionError("the connection has been closed")
        self._is_lost.set()
        self._can_write.set()
        self._wake()

    def pause_writing(self) -> None:
        self._can_write.clear()

    def resume_writing(self) -> None:
        self._can_write.set()

    async def _wait(self, timeout: float | None) -> None:
        """Waits for data or the end of the connection."""
        if self._end is None:
            self._reader = self._loop.create_future()
            timed_out = httpcore.ReadTimeout("timed out")
            timer = None if timeout is None else self._loop.call_later(timeout, self._wake, timed_out)
            try:
                await self._reader
            finally:
                self._reader = None
                if timer:
                    timer.cancel()
        if not self._filled and not self._received and isinstance(self._end, OSError):
            raise httpcore.ReadError(str(self._end)) from self._end

    def _wake(self, error: Exception | None = None) -> None:
        if self._reader and not self._reader.done():
            self._reader.set_exception(error) if error else self._reader.set_result(None)

    def _consume(self, size: int) -> None:
        if self._filled == BUFFER and self._end is None:
            self._transport.resume_reading()
        self._filled -= size
        self._buffer[: self._filled] = self._buffer[size : size + self._filled]

    def _is_readable(self) -> bool:
        if self._filled or self._end is not None or self._loop is not asyncio.get_running_loop():
            return True
        try:
            self._sock.recv(1, socket.MSG_PEEK)  # data that the event loop has not read yet
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True


@asynccontextmanager
async def _map_errors(
    timeout: float | None, timeout_error: type[Exception], network_error: type[Exception]
) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(timeout):
            yield
    except TimeoutError as error:
        raise timeout_error(str(error)) from error
    except (OSError, UnicodeError) as error:  # UnicodeError: not a valid host name
        raise network_error(str(error)) from error
