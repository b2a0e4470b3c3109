"""HTTP/1.1 connections (RFC 9112) for httpcore's pool."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpcore
import httpx

from ._http1 import ResponseParser, framing, request_head
from ._steps import Steps, call, run, run_async

READ_SIZE = 64 * 1024
HEAD_READ_SIZE = 16 * 1024  # small, since the first bytes of the body are copied

RECEIVE_ERRORS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)


def trace(request: httpcore.Request, name: str, steps: Steps, /, **info: Any) -> Steps:
    """Reports the steps to the `trace` extension, see https://www.encode.io/httpcore/extensions/#trace."""
    report = request.extensions.get("trace")
    return steps if report is None else _trace(report, name, steps, info)


def _trace(report: Callable[..., Any], name: str, steps: Steps, info: dict[str, Any]) -> Steps:
    yield from call(report, f"{name}.started", info)
    try:
        result = yield from steps
    except BaseException as error:
        yield from call(report, f"{name}.failed", {"exception": error})
        raise
    yield from call(report, f"{name}.complete", {"return_value": result})
    return result


class BaseConnection:
    """The state of a connection, and the steps of an exchange."""

    network_stream: Any = None
    _state = "NEW"

    def __init__(self, backend: Any, ssl_context: Any, keepalive_expiry: float | None, origin: httpcore.Origin) -> None:
        self._origin = origin
        self._backend = backend
        self._ssl_context = ssl_context
        self._keepalive_expiry = float("inf") if keepalive_expiry is None else keepalive_expiry
        self._idle_since = 0.0

    def can_handle_request(self, origin: httpcore.Origin) -> bool:
        return origin == self._origin

    def is_idle(self) -> bool:
        return self._state == "IDLE"

    is_available = is_idle

    def is_closed(self) -> bool:
        return self._state == "CLOSED"

    def has_expired(self) -> bool:
        return self._state == "IDLE" and time.monotonic() > self._idle_since + self._keepalive_expiry

    def info(self) -> str:
        return f"{str(self._origin)!r}, HTTP/1.1, {self._state}"

    def abort(self) -> None:
        """Closes the connection, from any thread. A thread or task that is receiving gets an error."""
        self._state = "CLOSED"
        if self.network_stream is not None:
            self.network_stream.abort()

    def _exchange(self, request: Any, chunks: Any, next_chunk: Callable[..., Any]) -> Steps:
        """Sends the request, and receives the head of the response. Returns its parser."""
        # Readable while idle: the server closed the connection, or sent a response without a request.
        if self._state == "IDLE" and self.network_stream.get_extra_info("is_readable"):
            self.abort()
        if self._state not in ("NEW", "IDLE"):
            raise httpcore.ConnectionNotAvailable  # the pool takes another one
        self._state = "ACTIVE"
        parser, timeouts = ResponseParser(request.method), request.extensions.get("timeout", {})
        try:
            if self.network_stream is None:
                yield from self._connect(request, timeouts.get("connect"))
            try:
                # A memoryview: bytes would show the key in a traceback with locals.
                steps = call(self.network_stream.write, memoryview(request_head(request)), timeouts.get("write"))
                yield from trace(request, "http11.send_request_headers", steps, request=request)
                steps = self._send_body(request, chunks, next_chunk, timeouts.get("write"))
                keep_alive = yield from trace(request, "http11.send_request_body", steps, request=request)
            except httpcore.WriteError:
                keep_alive = False  # the server may have sent an error before it closed the connection
            steps = self._receive_head(parser, timeouts.get("read"))
            yield from trace(request, "http11.receive_response_headers", steps, request=request)
        except BaseException:
            self.abort()
            raise
        parser.keep_alive &= keep_alive
        return parser

    def _connect(self, request: httpcore.Request, timeout: float | None) -> Steps:
        host = self._origin.host.decode("ascii")
        info: dict[str, Any] = {"host": host, "port": self._origin.port, "timeout": timeout}
        steps = call(self._backend.connect_tcp, *info.values())
        self.network_stream = yield from trace(request, "connection.connect_tcp", steps, **info)
        if self._origin.scheme == b"https":
            context = self._ssl_context()
            context.set_alpn_protocols(["http/1.1"])
            name = request.extensions.get("sni_hostname") or host
            info = {"ssl_context": context, "server_hostname": name, "timeout": timeout}
            steps = call(self.network_stream.start_tls, *info.values())
            self._check_open()
            self.network_stream = yield from trace(request, "connection.start_tls", steps, **info)
        self._check_open()

    def _check_open(self) -> None:
        if self._state == "CLOSED":  # by another thread or task, during the handshake
            raise httpcore.ConnectError("the client has been closed")

    def _send_body(self, request: httpcore.Request, chunks: Any, next_chunk: Any, timeout: float | None) -> Steps:
        """Sends the body. Returns whether the connection can be kept alive."""
        is_chunked, left, keep_alive = framing(request)
        chunk: bytes | None = b""
        while chunk is not None:
            chunk = yield from call(next_chunk, chunks, None)
            data = chunk or b""
            if is_chunked:
                data = b"%x\r\n%b\r\n" % (len(data), data) if data or chunk is None else b""
            elif (left := left - len(data)) < 0 or (chunk is None and left):
                raise httpcore.LocalProtocolError("the length of the request body differs from its Content-Length")
            if data:
                yield from call(self.network_stream.write, data, timeout)
        return keep_alive

    def _receive_head(self, parser: ResponseParser, timeout: float | None) -> Steps:
        while parser.head is None:
            parser.feed((yield from call(self.network_stream.read, HEAD_READ_SIZE, timeout)))
        return parser.head

    def finish(self, can_be_reused: bool) -> None:
        """Makes the connection idle if it can be reused, otherwise closes it."""
        if self._state == "ACTIVE" and can_be_reused:
            self._state, self._idle_since = "IDLE", time.monotonic()
        elif self._state != "CLOSED":
            self.abort()


class BaseBody:
    """The body of a response. It can be read only once."""

    def __init__(self, connection: Any, request: httpcore.Request, parser: ResponseParser) -> None:
        self._connection = connection
        self._request = request
        self._parser = parser
        self._stream = connection.network_stream
        self._timeout = request.extensions.get("timeout", {}).get("read")
        self._is_closed = False
        # False if a recorder such as vcrpy has read and replaced it, or if it has to be reported to a trace.
        self.is_untouched = request.extensions.get("trace") is None

    def response(self) -> httpcore.Response:
        """Returns the response. A body of known length is also its extension `readable_in_place`."""
        version, status, headers = self._parser.head  # type: ignore[misc]
        extensions = {"http_version": version, "network_stream": self._stream}
        if self._parser.left:
            extensions["readable_in_place"] = self
        return httpcore.Response(status, headers=headers, content=self, extensions=extensions)  # type: ignore[arg-type]

    def _receive(self) -> Steps:
        """Returns the bytes that arrive next, or no bytes at the end."""
        parser = self._parser
        while not parser.chunks and not parser.is_complete:
            if parser.failure:
                raise parser.failure
            size = READ_SIZE if parser.left is None else min(READ_SIZE, parser.left)
            parser.feed((yield from call(self._stream.read, size, self._timeout)))
        return parser.chunks.popleft() if parser.chunks else b""

    def _receive_into(self, buffer: memoryview) -> Steps:
        """Receives the next bytes of a body of known length into the buffer, and returns their number."""
        if self._parser.chunks:
            chunk = self._parser.chunks.popleft()
            size = min(len(chunk), len(buffer))
            buffer[:size] = chunk[:size]
            if size < len(chunk):
                self._parser.chunks.appendleft(chunk[size:])
        elif size := min(self._parser.left or 0, len(buffer)):
            try:
                with buffer[:size] as target:  # released, since the buffer cannot grow while a view exists
                    size = yield from call(self._stream.readinto, target, self._timeout)
                self._parser.count(size)
            except RECEIVE_ERRORS as error:
                raise getattr(httpx, type(error).__name__)(str(error)) from error  # as httpx's transport does
        return size

    def _report(self, event: str, **info: Any) -> Steps:
        if report := self._request.extensions.get("trace"):
            yield from call(report, f"http11.receive_response_body.{event}", info)

    def _close(self) -> Steps:
        if not self._is_closed:
            self._is_closed, self.is_untouched = True, False
            self._parser.close()
            self._connection.finish(self._parser.is_complete and self._parser.keep_alive)
            yield from trace(self._request, "http11.response_closed", iter(()))  # type: ignore[arg-type]


class Connection(BaseConnection, httpcore.ConnectionInterface):
    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        parser = run(self._exchange(request, iter(request.stream), next))  # type: ignore[arg-type]
        return Body(self, request, parser).response()

    close = BaseConnection.abort


class Body(BaseBody):
    def __iter__(self) -> Iterator[bytes]:
        self.is_untouched = False
        run(self._report("started", request=self._request))
        try:
            while chunk := run(self._receive()):
                yield chunk
        except BaseException as error:
            run(self._report("failed", exception=error))
            raise
        run(self._report("complete", return_value=None))

    def readinto(self, buffer: memoryview) -> int:
        return int(run(self._receive_into(buffer)))

    def close(self) -> None:
        run(self._close())


class AsyncConnection(BaseConnection, httpcore.AsyncConnectionInterface):
    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        parser = await run_async(self._exchange(request, aiter(request.stream), anext))  # type: ignore[arg-type]
        return AsyncBody(self, request, parser).response()

    # The event loop keeps an unclosed connection alive.
    __del__ = BaseConnection.abort

    async def aclose(self) -> None:
        self._state = "CLOSED"
        if self.network_stream is not None:
            await self.network_stream.aclose()


class AsyncBody(BaseBody):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.is_untouched = False
        await run_async(self._report("started", request=self._request))
        try:
            while chunk := await run_async(self._receive()):
                yield chunk
        except BaseException as error:
            await run_async(self._report("failed", exception=error))
            raise
        await run_async(self._report("complete", return_value=None))

    async def readinto(self, buffer: memoryview) -> int:
        return int(await run_async(self._receive_into(buffer)))

    async def aclose(self) -> None:
        await run_async(self._close())
