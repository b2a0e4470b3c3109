# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""A connection over what aiohttp has for one, where it is installed: its protocol, and its parser, which is in C.

No session of aiohttp's stands above it, which would send a request anew without a word, and add headers of its own. The
protocol is no documented part of aiohttp: with a version that `is_known` does not name, connections are httpx's own.
"""

import asyncio
import re
import select
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohappyeyeballs
import aiohttp
import anyio
import httpx
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError, RawResponseMessage
from aiohttp.streams import StreamReader

from ._http1 import Framing, Origin, origin, request_head

_KNOWN = range(11, 15)  # the minor versions of aiohttp 3 over which the tests have run
_AT_ONCE = 256 * 1024  # bytes that are kept for a caller who is slow, and those that an event loop reads at a time
_LONGEST = 100 * 1024  # bytes of a header of the answer, as httpx has it for all of them
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r\n", re.IGNORECASE)


def is_known() -> bool:
    """Whether the aiohttp that is installed is one over which this module has been tested."""
    major, minor = aiohttp.__version__.split(".")[:2]
    return major == "3" and int(minor) in _KNOWN


class Connection(httpx.AsyncBaseTransport):
    """One connection to one server, opened when there is something to send, and kept for what comes next.

    It takes one request after the other, and raises what `httpx.AsyncHTTPTransport` raises.
    """

    def __init__(self, tls_context: Callable[[], ssl.SSLContext]) -> None:
        self._tls_context = tls_context
        self._kept: _Protocol | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        timeout = request.extensions.get("timeout", {})
        server = origin(request.url)
        protocol, self._kept = self._kept, None
        if protocol is not None and not protocol.is_good_for(server):
            await protocol.aclose()
            protocol = None
        if protocol is None:
            protocol = await self._connect(server, request, timeout.get("connect"))
            protocol.server = server
        try:
            protocol.expect(request.method, timeout.get("read"))
            await protocol.send(request, timeout.get("write"))
            message, body = await protocol.receive()
        except BaseException:
            protocol.abort()
            raise
        return httpx.Response(
            message.code,
            headers=message.raw_headers,
            stream=_Body(self, protocol, body),
            extensions={
                "http_version": b"HTTP/%d.%d" % message.version,
                "reason_phrase": message.reason.encode("utf-8", "surrogateescape"),
            },
        )

    async def aclose(self) -> None:
        protocol, self._kept = self._kept, None
        if protocol is not None:
            await protocol.aclose()

    def keep(self, protocol: "_Protocol") -> None:
        """Keeps an open connection for the next request."""
        self._kept = protocol

    async def _connect(self, server: Origin, request: httpx.Request, wait: float | None) -> "_Protocol":
        scheme, host, port = server
        secured: dict[str, Any] = {}
        if scheme == "https":
            context = self._tls_context()
            context.set_alpn_protocols(["http/1.1"])
            secured = {"ssl": context, "server_hostname": request.extensions.get("sni_hostname", host)}
        loop = asyncio.get_running_loop()
        try:
            with anyio.fail_after(wait):
                addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                connected = await aiohappyeyeballs.start_connection(addresses, happy_eyeballs_delay=0.25)
                _, protocol = await loop.create_connection(_Protocol, sock=connected, **secured)
        except TimeoutError as error:
            raise httpx.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        return protocol


class _Body(httpx.AsyncByteStream):
    def __init__(self, connection: Connection, protocol: "_Protocol", body: StreamReader) -> None:
        self._connection = connection
        self._protocol: _Protocol | None = protocol
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        protocol, body = self._protocol, self._body
        while protocol is not None and not body.at_eof():
            piece, _ = await body.readchunk()
            if piece:
                yield piece
        if protocol is not None and protocol.broke_off:
            raise _failure(protocol.broke_off) from protocol.broke_off

    async def aclose(self) -> None:
        protocol, self._protocol = self._protocol, None
        if protocol is None:
            return
        if self._body.is_eof() and protocol.is_open():
            self._connection.keep(protocol)
        else:
            # To read what is still to come could take longer than another connection.
            protocol.abort()


class _Protocol(ResponseHandler):
    """aiohttp's, but for the end of a body: in a bad chunk it would never come, and a reset would pass for one."""

    def __init__(self) -> None:
        self._own_loop = asyncio.get_running_loop()
        super().__init__(self._own_loop)
        self.server: Origin | None = None
        self.broke_off: BaseException | None = None
        self._awaits_head = False
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._gone = asyncio.Event()

    def is_open(self) -> bool:
        """Whether both sides are ready for another request."""
        return self.is_connected() and not self.should_close

    def is_good_for(self, server: Origin) -> bool:
        """Whether it leads to the server, and is of use."""
        if self._own_loop is not asyncio.get_running_loop() or not self.is_open():
            return False
        # What has arrived unasked is the end, of which a busy event loop has not heard yet.
        return self.server == server and not _is_readable(self.transport)

    def expect(self, method: str, wait: float | None) -> None:
        """Gets ready for the answer to a request."""
        self._awaits_head = True
        self.set_response_params(
            skip_payload=method == "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            read_timeout=wait,
            read_bufsize=_AT_ONCE,
            max_line_size=_LONGEST,
            max_field_size=_LONGEST,
        )

    async def send(self, request: httpx.Request, wait: float | None) -> None:
        """Sends a request.

        Raises:
            httpx.WriteTimeout: The server takes nothing for so many seconds.
            httpx.LocalProtocolError: The request cannot be sent as it is, or its body is not as long as the headers say.
        """
        await self._write(request_head(request), wait)
        framing = Framing(request)
        assert isinstance(request.stream, httpx.AsyncByteStream)
        async for piece in request.stream:
            await self._write(framing.framed(piece), wait)
        await self._write(framing.end(), wait)

    async def receive(self) -> tuple[RawResponseMessage, StreamReader]:
        """Returns the head of the answer, and its body, which may not have arrived yet."""
        try:
            while True:
                self.start_timeout()
                message, body = await self.read()
                if message.code == 101 or message.code >= 200:
                    return message, body
        except Exception as error:
            raise _failure(error) from error

    async def aclose(self) -> None:
        """Closes the connection, and waits until it is closed."""
        # That of a loop which has ended went with it.
        if self._own_loop is asyncio.get_running_loop() and self.transport:
            self.transport.abort()
            await self._gone.wait()

    def abort(self) -> None:
        """Closes the connection, without waiting for anything."""
        if self.transport:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._awaits_head and (end := data.find(b"\r\n\r\n") + 4) > 3:
            self._awaits_head = False
            announced = _LENGTH.search(data, 0, end)
            if not announced or len(data) - end > int(announced[1]):
                # What is wrong with the rest would hide the head that came with it, and with that the status.
                super().data_received(data[:end])
                data = data[end:]
                if not data:
                    return
        if not self.exception():
            super().data_received(data)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        body, self._payload = self._payload, None
        if body and not body.is_eof():
            self._break_off(body, exc)
        super().set_exception(exc, *cause)

    def connection_lost(self, exc: BaseException | None) -> None:
        body, self._payload = self._payload, None
        awaited = body if body and not body.is_eof() else None
        super().connection_lost(exc)
        if awaited and (exc or not awaited.is_eof()):
            self._break_off(awaited, exc or aiohttp.ServerDisconnectedError())
        # The server may have answered before it hung up.
        self._has_room.set()
        self._gone.set()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._has_room.clear()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._has_room.set()

    def _break_off(self, body: StreamReader, error: BaseException) -> None:
        # An exception of the body would hide what has arrived of it.
        self.broke_off = error
        body.feed_eof()

    async def _write(self, data: bytes, wait: float | None) -> None:
        if data and self.transport:
            self.transport.write(data)
            del data  # whoever is interrupted while they wait shows no key
            if not self._has_room.is_set():
                try:
                    with anyio.fail_after(wait):
                        await self._has_room.wait()
                except TimeoutError as error:
                    raise httpx.WriteTimeout(str(error)) from error


def _failure(error: BaseException) -> BaseException:
    """Returns what httpx raises in such a case."""
    if isinstance(error, TimeoutError):
        return httpx.ReadTimeout(str(error))
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return httpx.RemoteProtocolError("the server hung up before the end of its answer")
    if isinstance(error, HttpProcessingError):
        return httpx.RemoteProtocolError("the answer is not HTTP")
    if isinstance(error, OSError | aiohttp.ClientConnectionError):
        return httpx.ReadError(str(error))
    return error


def _is_readable(transport: asyncio.BaseTransport | None) -> bool:
    connected = transport and transport.get_extra_info("socket")
    if not connected:
        return True
    if not hasattr(select, "poll"):  # Windows, where `select` takes any socket
        return bool(select.select([connected], [], [], 0)[0])
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))
