"""A connection of httpcore's pool that speaks HTTP/1.1 (RFC 9112).

What it does is written once, in generators. `_call` makes a call in the sync class, and awaits it in the async one.
"""

import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from types import coroutine
from typing import Any

import httpcore
import httpx

from ._http1 import ResponseParser, header, request_head

READ = 64 * 1024
FIRST_READ = 16 * 1024  # the beginning of the body comes with the head, and is copied

RECEIVE_ERRORS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)

Steps = Generator[Any, Any, Any]


def run(steps: Steps) -> Any:
    try:
        next(steps)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a sync step was suspended")


@coroutine
def run_async(steps: Steps) -> Steps:
    return (yield from steps)


def as_httpx(error: Exception) -> Exception:
    """The error as httpx has it, which has the same names, for what is received past httpx's transport."""
    mapped: Exception = getattr(httpx, type(error).__name__)(str(error))
    return mapped


class BaseConnection:
    """The state of a connection, and its steps."""

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
            self._has_just_been_used = False  # the pool asks as soon as it is idle, and again before the next request
            return False
        # What can be read between two exchanges is the end of the connection, or a response that nobody asked for.
        is_old = time.monotonic() > self._idle_since + self._keepalive_expiry
        return is_old or bool(self.network_stream.get_extra_info("is_readable"))

    def info(self) -> str:
        return f"{str(self._origin)!r}, HTTP/1.1, {self._state}"

    def abort(self) -> None:
        """Closes the connection. Any thread may call it: whoever is receiving gets an error."""
        self._state = "CLOSED"
        if self.network_stream is not None:
            self.network_stream.abort()

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Steps:
        raise NotImplementedError

    def _traced(self, request: httpcore.Request, name: str, steps: Steps, /, **info: Any) -> Steps:
        """Tells the `trace` extension of the steps, as httpcore does: https://www.encode.io/httpcore/extensions/#trace."""
        trace = request.extensions.get("trace")
        return steps if trace is None else self._told(trace, name, steps, info)

    def _told(self, trace: Callable[..., Any], name: str, steps: Steps, info: dict[str, Any]) -> Steps:
        yield from self._call(trace, f"{name}.started", info)
        try:
            result = yield from steps
        except BaseException as error:
            yield from self._call(trace, f"{name}.failed", {"exception": error})
            raise
        yield from self._call(trace, f"{name}.complete", {"return_value": result})
        return result

    def exchange(self, request: Any, iterate: Callable[..., Any], next_chunk: Callable[..., Any]) -> Steps:
        """Sends the request, receives the head of the response, and returns its parser."""
        if self._state not in ("NEW", "IDLE"):
            raise httpcore.ConnectionNotAvailable
        self._state = "ACTIVE"
        timeouts = request.extensions.get("timeout", {})
        if self.network_stream is None:
            yield from self._connect(request, timeouts.get("connect"))
        parser = ResponseParser(request.method)
        try:
            # As bytes, in a variable or not, it would be in the traceback of an interrupt, and the key in it.
            steps = self._call(self.network_stream.write, memoryview(request_head(request)), timeouts.get("write"))
            yield from self._traced(request, "http11.send_request_headers", steps, request=request)
            steps = self._send_body(request, iterate(request.stream), next_chunk, timeouts.get("write"))
            keep_alive = yield from self._traced(request, "http11.send_request_body", steps, request=request)
        except httpcore.WriteError:
            keep_alive = False  # the server may have said why, before it closed the connection
        steps = self._receive_head(parser, timeouts.get("read"))
        yield from self._traced(request, "http11.receive_response_headers", steps, request=request)
        parser.keep_alive &= keep_alive
        return parser

    def _connect(self, request: httpcore.Request, timeout: float | None) -> Steps:
        host = self._origin.host.decode("ascii")
        info: dict[str, Any] = {"host": host, "port": self._origin.port, "timeout": timeout}
        steps = self._call(self._backend.connect_tcp, *info.values())
        self.network_stream = yield from self._traced(request, "connection.connect_tcp", steps, **info)
        if self._origin.scheme == b"https":
            context = self._ssl_context()
            context.set_alpn_protocols(["http/1.1"])
            name = request.extensions.get("sni_hostname") or host
            info = {"ssl_context": context, "server_hostname": name, "timeout": timeout}
            steps = self._call(self.network_stream.start_tls, *info.values())
            self._check_open()
            self.network_stream = yield from self._traced(request, "connection.start_tls", steps, **info)
        self._check_open()

    def _check_open(self) -> None:
        if self._state == "CLOSED":  # meanwhile, by another thread or task
            self.abort()
            raise httpcore.ConnectError("the client has been closed")

    def _send_body(self, request: httpcore.Request, chunks: Any, next_chunk: Any, timeout: float | None) -> Steps:
        """Sends the body as the headers announce it. Returns whether another request may follow."""
        # Not all headers in a variable: where the body raises, a traceback would show the key.
        is_chunked, left = bool(header(request, b"transfer-encoding")), int(header(request, b"content-length") or 0)
        chunk: bytes | None = b""
        while chunk is not None:
            chunk = yield from self._call(next_chunk, chunks, None)
            data = chunk or b""
            if is_chunked:
                data = b"%x\r\n%b\r\n" % (len(data), data) if data or chunk is None else b""
            elif (left := left - len(data)) < 0 or (chunk is None and left):
                raise httpcore.LocalProtocolError("the body of the request is not as long as its Content-Length")
            if data:
                yield from self._call(self.network_stream.write, data, timeout)
        return b"close" not in header(request, b"connection").lower()

    def _receive_head(self, parser: ResponseParser, timeout: float | None) -> Steps:
        while parser.head is None:
            parser.feed((yield from self._call(self.network_stream.read, FIRST_READ, timeout)))
        return parser.head

    def receive(self, parser: ResponseParser, timeout: float | None) -> Steps:
        """Returns the next bytes of the body, as many as there are; none at the end."""
        while not parser.pieces and not parser.is_complete:
            if parser.failure:
                raise parser.failure
            size = READ if parser.left is None else min(READ, parser.left)
            parser.feed((yield from self._call(self.network_stream.read, size, timeout)))
        return parser.pieces.popleft() if parser.pieces else b""

    def receive_into(self, parser: ResponseParser, buffer: memoryview, timeout: float | None) -> Steps:
        """Receives the next bytes of a body of known length, as many as there are, and returns how many."""
        if parser.pieces:
            piece = parser.pieces.popleft()
            size = min(len(piece), len(buffer))
            buffer[:size] = piece[:size]
            if size < len(piece):
                parser.pieces.appendleft(piece[size:])
        elif size := min(parser.left or 0, len(buffer)):
            with buffer[:size] as room:  # a slice that lives on would keep the buffer from growing
                size = yield from self._call(self.network_stream.readinto, room, timeout)
            parser.count(size)
        return size

    def finish(self, request: httpcore.Request, parser: ResponseParser) -> Steps:
        """Keeps the connection for the next exchange if this one is complete, or else closes it."""
        parser.close()
        if self._state == "ACTIVE" and parser.is_complete and parser.keep_alive:
            self._idle_since, self._has_just_been_used = time.monotonic(), True
            self._state = "IDLE"
        elif self._state != "CLOSED":
            self.abort()
        yield from self._traced(request, "http11.response_closed", iter(()))  # type: ignore[arg-type]


class BaseBody:
    """The body of a response, which can be read once."""

    def __init__(self, connection: Any, request: httpcore.Request, parser: ResponseParser) -> None:
        self._connection = connection
        self._request = request
        self._parser = parser
        self._timeout = request.extensions.get("timeout", {}).get("read")
        self._is_closed = False
        self.is_untouched = True  # a recorder may have read it, and put something else in its place

    def response(self) -> httpcore.Response:
        """Returns the response. This body, if its length is known, is the extension `readable_in_place`."""
        version, status, reason, headers = self._parser.head  # type: ignore[misc]
        extensions = {
            "http_version": version,
            "reason_phrase": reason,
            "network_stream": self._connection.network_stream,
        }
        if self._parser.left is not None:
            extensions["readable_in_place"] = self
        return httpcore.Response(status, headers=headers, content=self, extensions=extensions)  # type: ignore[arg-type]

    def _next(self) -> Steps:
        return self._connection.receive(self._parser, self._timeout)  # type: ignore[no-any-return]

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
        while piece := run(self._next()):
            yield piece

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

    # The event loop would keep a forgotten connection for ever.
    __del__ = BaseConnection.abort

    async def aclose(self) -> None:
        self._state = "CLOSED"
        if self.network_stream is not None:
            await self.network_stream.aclose()


class AsyncBody(BaseBody):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.is_untouched = False
        while piece := await run_async(self._next()):
            yield piece

    async def readinto(self, buffer: memoryview) -> int:
        try:
            return int(await run_async(self._readinto(buffer)))
        except RECEIVE_ERRORS as error:
            raise as_httpx(error) from error

    async def aclose(self) -> None:
        await run_async(self._close())
