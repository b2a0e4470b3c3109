"""The base of all auth classes: an `httpx.Auth` whose flow may also call functions that block."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import suppress
from inspect import iscoroutinefunction
from typing import Any, NoReturn

import httpx
from anyio import to_thread

from face_client.document import SECRET_HEADERS
from face_client_runtime import SafeHeaders, can_resend

Function = Callable[[], Any]
Steps = Generator[httpx.Request | Function, Any, None]


class BaseAuth(httpx.Auth):
    """An auth whose flow yields requests, as in httpx, and functions, whose results are sent back into the flow.

    An async client awaits an async function, and runs any other in a worker thread, since it may block. A sync client
    refuses an async function.

    Attributes:
        is_async: Whether only an async client can use it, as far as is known.
    """

    is_async = False

    def steps(self, request: httpx.Request) -> Steps:
        raise NotImplementedError

    async def call(self, function: Function) -> Any:
        """Calls a function of the flow for an async client, which does not wait for it past the deadline of a call."""
        if iscoroutinefunction(function):
            return await function()
        return await to_thread.run_sync(function, abandon_on_cancel=True)

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        steps = self.steps(request)
        result: Any = None
        response: httpx.Response | None = None
        while (step := _next(steps, result)) is not None:
            if isinstance(step, httpx.Request):
                if response is not None:
                    if not can_resend(step):
                        return  # the last response counts
                    _take_stream(response).close()
                result = response = yield step
                _redact_redirects(response)
            elif iscoroutinefunction(step):
                raise TypeError(f"{self!r} is async and cannot be used by a sync client: use connect_async")
            else:
                result = step()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        steps = self.steps(request)
        result: Any = None
        response: httpx.Response | None = None
        while (step := _next(steps, result)) is not None:
            if isinstance(step, httpx.Request):
                if response is not None:
                    if not can_resend(step):
                        return  # the last response counts
                    await _take_stream(response).aclose()
                result = response = yield step
                _redact_redirects(response)
            else:
                result = await self.call(step)

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys and tokens cannot be pickled: create the client where it is used")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _take_stream(response: httpx.Response) -> Any:
    """Leaves httpx, which reads a response before the next request, no body: it may be large, slow or broken."""
    nothing = httpx.ByteStream(b"")
    if response.is_closed:
        return nothing
    stream, response.stream = response.stream, nothing
    response.headers.pop("content-encoding", None)
    return stream


def _redact_redirects(response: httpx.Response) -> None:
    """Keeps the key out of the `repr` of the requests that httpx creates to follow redirects."""
    for each in (*response.history, response):
        with suppress(RuntimeError):  # a mocked response may have no request
            if not isinstance(each.request.headers, SafeHeaders):
                each.request.headers = SafeHeaders(each.request.headers, SECRET_HEADERS)
        if each.next_request:
            each.next_request.headers = SafeHeaders(each.next_request.headers, SECRET_HEADERS)


def _next(steps: Steps, result: Any) -> httpx.Request | Function | None:
    try:
        return steps.send(result)
    except StopIteration:
        return None
