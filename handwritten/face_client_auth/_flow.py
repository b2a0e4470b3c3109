"""Drives a flow that may have to wait for something else than its own requests."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import suppress
from inspect import iscoroutinefunction
from typing import Any, NoReturn

import httpx
from anyio import to_thread

from face_client.document import SECRET_HEADERS
from face_client_runtime import SafeHeaders

Work = Callable[[], Any]
Steps = Generator[httpx.Request | Work, Any, None]


class SteppedAuth(httpx.Auth):
    """An auth whose flow yields requests, as any other's, and functions to call before it goes on.

    What a function returns is sent back into the flow. A function may block: an async client calls it in a thread, and
    awaits one that is async. For a sync client, an async function is an error.
    """

    def steps(self, request: httpx.Request) -> Steps:
        raise NotImplementedError

    async def wait_for(self, work: Work) -> Any:
        """Carries out work for an async client."""
        return await (work() if iscoroutinefunction(work) else to_thread.run_sync(work))

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        steps = self.steps(request)
        result: Any = None
        while (step := _next(steps, result)) is not None:
            if isinstance(step, httpx.Request):
                result = yield step
                _hide(result)
            elif iscoroutinefunction(step):
                raise TypeError(f"{self!r} signs in asynchronously, and this is a sync call: use the async one")
            else:
                result = step()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        steps = self.steps(request)
        result: Any = None
        while (step := _next(steps, result)) is not None:
            if isinstance(step, httpx.Request):
                result = yield step
                _hide(result)
            else:
                result = await self.wait_for(step)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key or a token is not pickled: make the client anew where it is needed")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _hide(answer: httpx.Response) -> None:
    """Where there is a redirect, httpx makes new requests, whose headers would be printed with the key."""
    for response in (*answer.history, answer):
        with suppress(RuntimeError):  # an answer that somebody made up has no request
            if not isinstance(response.request.headers, SafeHeaders):
                response.request.headers = SafeHeaders(response.request.headers, SECRET_HEADERS)
        if response.next_request:
            response.next_request.headers = SafeHeaders(response.next_request.headers, SECRET_HEADERS)


def _next(steps: Steps, result: Any) -> httpx.Request | Work | None:
    try:
        return steps.send(result)
    except StopIteration:
        return None
