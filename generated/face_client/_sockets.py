# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""HTTP/1.1 over a plain socket, which asyncio and trio alike can wait for."""

import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import anyio
import h11
import httpx
from anyio.abc import ByteStream
from anyio.streams.tls import TLSAttribute, TLSStream

from ._http1 import Origin, origin

_PIECE = 512 * 1024  # bytes that are taken from the socket at a time
_RECORD = 16 * 1024  # bytes that TLS packs together at the most (RFC 8446, section 5.1)
_LONGEST_HEAD = 100 * 1024  # as httpx has it
_ENOUGH = 1.0  # seconds for an address to answer, where there is another one to try


class SocketTransport(httpx.AsyncBaseTransport):
    """Sends one request at a time, and keeps the connection for the next one to the same server."""

    def __init__(self, tls_context: Callable[[], ssl.SSLContext]) -> None:
        self._tls_context = tls_context
        self._kept: _Connection | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        server = origin(request.url)
        connection, self._kept = self._kept, None
        if connection and (connection.server != server or connection.has_ended()):
            connection.close()
            connection = None
        exchange = _Exchange(connection or _Connection(server), request, self._keep)
        try:
            if not connection:
                await exchange.connect(self._tls_context)
            head = await exchange.ask()
        except BaseException:
            await exchange.aclose()
            raise
        extensions = {"http_version": b"HTTP/" + head.http_version, "reason_phrase": bytes(head.reason)}
        return httpx.Response(
            head.status_code, headers=head.headers.raw_items(), stream=exchange, extensions=extensions
        )

    async def aclose(self) -> None:
        if self._kept:
            self._kept.close()
            self._kept = None

    def _keep(self, connection: "_Connection") -> None:
        self._kept = connection


class _Exchange(httpx.AsyncByteStream):
    """A request and its answer, whose body this is."""

    def __init__(
        self, connection: "_Connection", request: httpx.Request, keep: Callable[["_Connection"], None]
    ) -> None:
        self._connection = connection
        self._request = request
        self._keep = keep
        self._timeouts: dict[str, Any] = request.extensions.get("timeout", {})
        self._length: int | None = None
        self._is_whole = False
        # A new one each time: what an earlier answer has left over is no part of this one.
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)

    async def connect(self, tls_context: Callable[[], ssl.SSLContext]) -> None:
        with _in_time(self._timeouts.get("connect"), httpx.ConnectTimeout, httpx.ConnectError):
            await self._connection.open(tls_context)

    async def ask(self) -> h11.Response:
        """Sends the request and returns the beginning of the answer."""
        assert isinstance(self._request.stream, httpx.AsyncByteStream)
        with _protocol_errors():
            # A server that hangs up early may have said why.
            with suppress(httpx.WriteError):
                await self._send(_beginning(self._request))
                async for chunk in self._request.stream:
                    await self._send(h11.Data(data=chunk))
                await self._send(h11.EndOfMessage())
            while not isinstance(event := await self._next_event(), h11.Response):
                pass
        headers = dict(event.headers)
        # Nothing else decides how long the body of such an answer is (RFC 9112, section 6.3).
        if self._request.method == "GET" and event.status_code == 200 and b"transfer-encoding" not in headers:
            self._length = int(headers[b"content-length"]) if b"content-length" in headers else None
        return event

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _protocol_errors():
            if self._length is None:
                while isinstance(event := await self._next_event(), h11.Data):
                    yield bytes(event.data)
                self._is_whole = self._http.their_state is h11.DONE and not self._http.trailing_data[0]
                return
            # h11 copies each byte three times; without it, an image takes a quarter less time.
            left, data = self._length, self._http.trailing_data[0]
            while left > len(data):
                if data:
                    yield data
                left -= len(data)
                data = await self._receive()
                if not data:
                    raise httpx.RemoteProtocolError("the server hung up within the body")
            self._is_whole = left == len(data)
            if left:
                yield data[:left]

    async def aclose(self) -> None:
        """Keeps the connection when all of the answer has come and nothing more."""
        if self._is_whole and self._http.our_state is h11.DONE:
            self._keep(self._connection)
        else:
            self._connection.close()

    async def _send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            with _in_time(self._timeouts.get("write"), httpx.WriteTimeout, httpx.WriteError):
                await self._connection.send(data)

    async def _next_event(self) -> Any:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = await self._receive()
            if not data and self._http.their_state is h11.SEND_RESPONSE:
                raise httpx.RemoteProtocolError("the server hung up without an answer")
            self._http.receive_data(data)
        return event

    async def _receive(self) -> bytes:
        with _in_time(self._timeouts.get("read"), httpx.ReadTimeout, httpx.ReadError):
            return await self._connection.receive()


def _beginning(request: httpx.Request) -> h11.Request:
    # In no variable of those who wait for the answer: when that is interrupted, a traceback would show the key.
    return h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)


class _Connection:
    """Bytes to and from a server, in the clear or over TLS."""

    def __init__(self, server: Origin) -> None:
        self.server = server
        self._socket: socket.socket | None = None
        self._tls: ssl.SSLObject | None = None

    async def open(self, tls_context: Callable[[], ssl.SSLContext]) -> None:
        scheme, host, port = self.server
        self._socket = await _dial(host, port)
        self._stream: ByteStream = _SocketStream(self._socket)
        if scheme == "https":
            context = tls_context()
            context.set_alpn_protocols(["http/1.1"])
            # Without the closing handshake, which hardly any server waits for.
            self._stream = tls = await TLSStream.wrap(
                self._stream, hostname=host, ssl_context=context, server_side=False, standard_compatible=False
            )
            self._tls = tls.extra(TLSAttribute.ssl_object)

    async def send(self, data: bytes) -> None:
        await self._stream.send(data)

    async def receive(self) -> bytes:
        """Returns what has arrived, or nothing at the end."""
        try:
            data = await self._stream.receive(_RECORD if self._tls else _PIECE)
        except anyio.EndOfStream:
            return b""
        if not self._tls:
            return data
        # The records that came with the first one are there without waiting; what is wrong with one, the next call finds.
        records = [data]
        with suppress(ssl.SSLError):
            while record := self._tls.read(_RECORD):
                records.append(record)
        return b"".join(records)

    def has_ended(self) -> bool:
        """Whether an unused connection is of no use any more: closed, or with an answer that nobody asked for."""
        assert self._socket
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

    def close(self) -> None:
        if self._socket:
            self._socket.close()


class _SocketStream(ByteStream):
    """What `TLSStream` needs of a socket."""

    def __init__(self, line: socket.socket) -> None:
        self._socket = line

    async def receive(self, max_bytes: int = _PIECE) -> bytes:
        while True:
            # First of all, so that other tasks have their turn however fast the server is.
            await anyio.wait_readable(self._socket)
            with suppress(BlockingIOError):
                data = self._socket.recv(max_bytes)
                if not data:
                    raise anyio.EndOfStream
                return data

    async def send(self, item: bytes) -> None:
        rest = memoryview(item)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                await anyio.wait_writable(self._socket)

    async def send_eof(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    async def aclose(self) -> None:
        self._socket.close()


async def _dial(host: str, port: int) -> socket.socket:
    addresses = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure = OSError(f"no address of {host} answered")
    for number, (family, kind, protocol, _, address) in enumerate(addresses, 1):
        line = socket.socket(family, kind, protocol)
        try:
            line.setblocking(False)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with anyio.move_on_after(_ENOUGH if number < len(addresses) else None):
                with suppress(BlockingIOError):
                    line.connect(address)
                await anyio.wait_writable(line)
                code = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not code:
                    return line
                failure = OSError(code, os.strerror(code))
        except OSError as error:
            failure = error
        except BaseException:
            line.close()
            raise
        line.close()
    raise failure


@contextmanager
def _in_time(
    seconds: float | None, late: type[httpx.TimeoutException], broken: type[httpx.NetworkError]
) -> Iterator[None]:
    try:
        with anyio.fail_after(seconds):
            yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except (OSError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
        raise broken(str(error.__cause__ or error) or "the server hung up") from error


@contextmanager
def _protocol_errors() -> Iterator[None]:
    try:
        yield
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from error
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
