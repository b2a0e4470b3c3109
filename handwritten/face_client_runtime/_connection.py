"""HTTP/1.1 connections (RFC 9112) for httpcore's pool.

The sync and the async class share generators: `_call` calls a function in the sync class, and awaits it in the other.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpcore
import httpx

from ._http1 import ResponseParser, header, request_head
from ._steps import Steps, run, run_async

READ_SIZE = 64 * 1024
HEAD_READ_SIZE = 16 * 1024  # small, since the first bytes of the body are copied

RECEIVE_ERRORS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)


def as_httpx(error: Exception) -> Exception:
    """Returns the httpx error for an httpcore error, as httpx's transport does."""
    mapped: Exception = getattr(httpx, type(error).__name__)(str(error))
    return mapped


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
        self._has_just_been_used = False

    def can_handle_request(self, origin: httpcore.Origin) -> bool:
        return origin == self._origin

    def is_idle(self) -> bool:
        return self._state == "IDLE"

    is_available = is_idle

    def is_closed(self) -> bool:
        return self._state == "CLOSED"

    def has_expired(self) -> bool:
        if self._state != "IDLE" or self._has_just_been_used:
            self._has_just_been_used = False  # the pool asks after each exchange and again before the next request
            return False
        # Readable while idle: the server closed the connection, or sent a response without a request.
        is_old = time.monotonic() > self._idle_since + self._keepalive_expiry
        return is_old or bool(self.network_stream.get_extra_info("is_readable"))

    def info(self) -> str:
        return f"{str(self._origin)!r}, HTTP/1.1, {self._state}"

    def abort(self) -> None:
        """Closes the connection, from any thread. A thread or task that is receiving gets an error."""
        self._state = "CLOSED"
        if self.network_stream is not None:
            self.network_stream.abort()

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Steps:
        raise NotImplementedError

    def _trace(self, request: httpcore.Request, name: str, steps: Steps, /, **info: Any) -> Steps:
        """Reports the steps to the `trace` extension, see https://www.encode.io/httpcore/extensions/#trace."""
        trace = request.extensions.get("trace")
        return steps if trace is None else self._trace_steps(trace, name, steps, info)

    def _trace_steps(self, trace: Callable[..., Any], name: str, steps: Steps, info: dict[str, Any]) -> Steps:
        yield from self._call(trace, f"{name}.started", info)
        try:
            result = yield from steps
        except BaseException as error:
            yield from self._call(trace, f"{name}.failed", {"exception": error})
            raise
        yield from self._call(trace, f"{name}.complete", {"return_value": result})
        return result

    def exchange(self, request: Any, iterate: Callable[..., Any], next_chunk: Callable[..., Any]) -> Steps:
        """Sends the request and receives the head of the response. Returns the parser."""
        if self._state not in ("NEW", "IDLE"):
            raise httpcore.ConnectionNotAvailable
        self._state = "ACTIVE"
        timeouts = request.extensions.get("timeout", {})
        if self.network_stream is None:
            yield from self._connect(request, timeouts.get("connect"))
        parser = ResponseParser(request.method)
        try:
            # A memoryview: bytes would show the key in a traceback with locals.
            steps = self._call(self.network_stream.write, memoryview(request_head(request)), timeouts.get("write"))
            yield from self._trace(request, "http11.send_request_headers", steps, request=request)
            steps = self._send_body(request, iterate(request.stream), next_chunk, timeouts.get("write"))
            keep_alive = yield from self._trace(request, "http11.send_request_body", steps, request=request)
        except httpcore.WriteError:
            keep_alive = False  # the server may have sent an error before it closed the connection
        steps = self._receive_head(parser, timeouts.get("read"))
        yield from self._trace(request, "http11.receive_response_headers", steps, request=request)
        parser.keep_alive &= keep_alive
        return parser

    def _connect(self, request: httpcore.Request, timeout: float | None) -> Steps:
        host = self._origin.host.decode("ascii")
        info: dict[str, Any] = {"host": host, "port": self._origin.port, "timeout": timeout}
        steps = self._call(self._backend.connect_tcp, *info.values())
        self.network_stream = yield from self._trace(request, "connection.connect_tcp", steps, **info)
        if self._origin.scheme == b"https":
            context = self._ssl_context()
            context.set_alpn_protocols(["http/1.1"])
            name = request.extensions.get("sni_hostname") or host
            info = {"ssl_context": context, "server_hostname": name, "timeout": timeout}
            steps = self._call(self.network_stream.start_tls, *info.values())
            self._check_open()
            self.network_stream = yield from self._trace(request, "connection.start_tls", steps, **info)
        self._check_open()

    def _check_open(self) -> None:
        if self._state == "CLOSED":  # by another thread or task, during the handshake
            self.abort()
            raise httpcore.ConnectError("the client has been closed")

    def _send_body(self, request: httpcore.Request, chunks: Any, next_chunk: Any, timeout: float | None) -> Steps:
        """Sends the body. Returns whether the connection can be kept alive."""
        # No variable for all headers: if the body raises, a traceback with locals would show the key.
        is_chunked, left = bool(header(request, b"transfer-encoding")), int(header(request, b"content-length") or 0)
        chunk: bytes | None = b""
        while chunk is not None:
            chunk = yield from self._call(next_chunk, chunks, None)
            data = chunk or b""
            if is_chunked:
                data = b"%x\r\n%b\r\n" % (len(data), data) if data or chunk is None else b""
            elif (left := left - len(data)) < 0 or (chunk is None and left):
                raise httpcore.LocalProtocolError("the length of the request body differs from its Content-Length")
            if data:
                yield from self._call(self.network_stream.write, data, timeout)
        return b"close" not in header(request, b"connection").lower()

    def _receive_head(self, parser: ResponseParser, timeout: float | None) -> Steps:
        while parser.head is None:
            parser.feed((yield from self._call(self.network_stream.read, HEAD_READ_SIZE, timeout)))
        return parser.head

    def receive(self, parser: ResponseParser, timeout: float | None) -> Steps:
        """Returns the bytes of the body that arrive next, or no bytes at the end."""
        while not parser.chunks and not parser.is_complete:
            if parser.failure:
                raise parser.failure
            size = READ_SIZE if parser.left is None else min(READ_SIZE, parser.left)
            parser.feed((yield from self._call(self.network_stream.read, size, timeout)))
        return parser.chunks.popleft() if parser.chunks else b""

    def receive_into(self, parser: ResponseParser, buffer: memoryview, timeout: float | None) -> Steps:
        """Receives the next bytes of a body of known length into the buffer, and returns their number."""
        if parser.chunks:
            chunk = parser.chunks.popleft()
            size = min(len(chunk), len(buffer))
            buffer[:size] = chunk[:size]
            if size < len(chunk):
                parser.chunks.appendleft(chunk[size:])
        elif size := min(parser.left or 0, len(buffer)):
            with buffer[:size] as target:  # released, since the buffer cannot grow while a view exists
                size = yield from self._call(self.network_stream.readinto, target, timeout)
            parser.count(size)
        return size

    def finish(self, request: httpcore.Request, parser: ResponseParser) -> Steps:
        """Makes the connection idle if it can be kept alive, otherwise closes it."""
        parser.close()
        if self._state == "ACTIVE" and parser.is_complete and parser.keep_alive:
            self._idle_since, self._has_just_been_used = time.monotonic(), True
            self._state = "IDLE"
        elif self._state != "CLOSED":
            self.abort()
        yield from self._trace(request, "http11.response_closed", iter(()))  # type: ignore[arg-type]


class BaseBody:
    """The body of a response. It can be read only once."""

    def __init__(self, connection: Any, request: httpcore.Request, parser: ResponseParser) -> None:
        self._connection = connection
        self._request = request
        self._parser = parser
        self._timeout = request.extensions.get("timeout", {}).get("read")
        self._is_closed = False
        # False if a recorder such as vcrpy has read and replaced it, or if it has to be reported to a trace.
        self.is_untouched = request.extensions.get("trace") is None

    def response(self) -> httpcore.Response:
        """Returns the response. A body of known length is also its extension `readable_in_place`."""
        version, status, headers = self._parser.head  # type: ignore[misc]
        extensions = {"http_version": version, "network_stream": self._connection.network_stream}
        if self._parser.left:
            extensions["readable_in_place"] = self
        return httpcore.Response(status, headers=headers, content=self, extensions=extensions)  # type: ignore[arg-type]

    def _next(self) -> Steps:
        return self._connection.receive(self._parser, self._timeout)  # type: ignore[no-any-return]

    def _report(self, event: str, **info: Any) -> Steps:
        if trace := self._request.extensions.get("trace"):
            yield from self._connection._call(trace, f"http11.receive_response_body.{event}", info)

    def _readinto(self, buffer: memoryview) -> Steps:
        return self._connection.receive_into(self._parser, buffer, self._timeout)  # type: ignore[no-any-return]

    def _close(self) -> Steps:
        if not self._is_closed:
            self._is_closed, self.is_untouched = True, False
            yield from self._connection.finish(self._request, self._parser)


class Connection(BaseConnection, httpcore.ConnectionInterface):
    def _call(self, function: Callable[..., Any], *arguments: Any) -> Steps:
        return function(*arguments)
        yield

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        try:
            body = Body(self, request, run(self.exchange(request, iter, next)))
            return body.response()
        except BaseException as error:
            if not isinstance(error, httpcore.ConnectionNotAvailable):
                self.abort()
            raise

    def close(self) -> None:
        self.abort()


class Body(BaseBody):
    def __iter__(self) -> Iterator[bytes]:
        self.is_untouched = False
        run(self._report("started", request=self._request))
        try:
            while chunk := run(self._next()):
                yield chunk
        except BaseException as error:
            run(self._report("failed", exception=error))
            raise
        run(self._report("complete", return_value=None))

    def readinto(self, buffer: memoryview) -> int:
        try:
            return int(run(self._readinto(buffer)))
        except RECEIVE_ERRORS as error:
            raise as_httpx(error) from error

    def close(self) -> None:
        run(self._close())


class AsyncConnection(BaseConnection, httpcore.AsyncConnectionInterface):
    def _call(self, function: Callable[..., Any], *arguments: Any) -> Steps:
        return (yield from function(*arguments).__await__())

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        try:
            parser = await run_async(self.exchange(request, aiter, anext))
            body = AsyncBody(self, request, parser)
            return body.response()
        except BaseException as error:
            if not isinstance(error, httpcore.ConnectionNotAvailable):
                self.abort()
            raise

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
            while chunk := await run_async(self._next()):
                yield chunk
        except BaseException as error:
            await run_async(self._report("failed", exception=error))
            raise
        await run_async(self._report("complete", return_value=None))

    async def readinto(self, buffer: memoryview) -> int:
        try:
            return int(await run_async(self._readinto(buffer)))
        except RECEIVE_ERRORS as error:
            raise as_httpx(error) from error

    async def aclose(self) -> None:
        await run_async(self._close())
