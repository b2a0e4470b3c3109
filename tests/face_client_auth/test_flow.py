"""Flows that wait for something else than their own requests."""

import threading
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import anyio
import httpx
import pytest

from face_client_auth._flow import BaseAuth, Steps


class Recipe(BaseAuth):
    """Yields what it is told, and keeps what is sent back."""

    def __init__(self, *plan: Any) -> None:
        self._plan = plan
        self.results: list[Any] = []

    def steps(self, request: httpx.Request) -> Steps:
        for step in self._plan:
            self.results.append((yield request if step == "request" else step))


def _request() -> httpx.Request:
    return httpx.Request("GET", "https://contoso.example")


def _drive(flow: Generator[httpx.Request, httpx.Response, None], response: httpx.Response) -> int:
    """Answers each request of a sync flow, and returns how many there were."""
    sent = 0
    try:
        next(flow)
        while True:
            sent += 1
            flow.send(response)
    except StopIteration:
        return sent


async def _adrive(auth: BaseAuth, response: httpx.Response) -> int:
    """Answers each request of an async flow, and returns how many there were."""
    flow = auth.async_auth_flow(_request())
    sent = 0
    try:
        await anext(flow)
        while True:
            sent += 1
            await flow.asend(response)
    except StopAsyncIteration:
        return sent


def test_requests_are_sent_and_functions_called_in_order() -> None:
    """A response goes back into the flow for each request, and for each function what it returned."""
    response = httpx.Response(200)
    auth = Recipe(lambda: 1, "request", lambda: None, lambda: 2, "request", lambda: 3)

    assert _drive(auth.sync_auth_flow(_request()), response) == 2

    assert auth.results == [1, response, None, 2, response, 3]


@pytest.mark.anyio
async def test_an_async_client_does_the_same() -> None:
    """Async, functions of both kinds may take turns with requests."""
    response = httpx.Response(200)

    async def later(value: int) -> int:
        await anyio.sleep(0)
        return value

    auth = Recipe(lambda: 1, "request", partial(later, 2), "request", lambda: 3)

    assert await _adrive(auth, response) == 2

    assert auth.results == [1, response, 2, response, 3]


@pytest.mark.anyio
async def test_an_async_client_calls_functions_in_a_thread_and_awaits_async_ones() -> None:
    """What may block runs in another thread, and what is async on the event loop."""

    async def on_the_loop() -> threading.Thread:
        return threading.current_thread()

    auth = Recipe(threading.current_thread, on_the_loop)

    await _adrive(auth, httpx.Response(200))

    blocking, awaited = auth.results
    assert blocking is not threading.current_thread()
    assert awaited is threading.current_thread()


def test_a_sync_client_calls_functions_in_its_own_thread() -> None:
    """Sync, nothing is handed to another thread."""
    auth = Recipe(threading.current_thread)

    _drive(auth.sync_auth_flow(_request()), httpx.Response(200))

    assert auth.results == [threading.current_thread()]


@pytest.mark.parametrize("wrap", [lambda function: function, partial], ids=["plain", "partial"])
def test_an_async_function_is_an_error_for_a_sync_client(wrap: Callable[[Any], Any]) -> None:
    """The error names the helper and says what to do, and the function is not called."""
    called: list[str] = []

    async def work() -> None:
        called.append("work")

    with pytest.raises(
        TypeError, match=r"^Recipe\(\) is async and cannot be used by a sync client: use connect_async$"
    ):
        next(Recipe(wrap(work), "request").sync_auth_flow(_request()))

    assert called == []


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt(), StopIteration("odd")])
def test_an_error_of_a_function_ends_a_sync_flow(error: BaseException) -> None:
    """What a function raises arrives, and nothing is sent; a StopIteration is no quiet end."""

    def fail() -> None:
        raise error

    flow = Recipe(fail, "request").sync_auth_flow(_request())

    with pytest.raises((type(error), RuntimeError)) as caught:
        next(flow)
    assert error in (caught.value, caught.value.__cause__)
    assert not isinstance(caught.value, StopIteration)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["blocking", "async"])
@pytest.mark.parametrize("error", [ValueError("broken"), StopIteration("odd")])
async def test_an_error_of_a_function_ends_an_async_flow(kind: str, error: Exception) -> None:
    """The same, async: what a function raises arrives, and nothing is sent."""

    def fail() -> None:
        raise error

    async def fail_later() -> None:
        raise error

    flow = Recipe(fail if kind == "blocking" else fail_later, "request").async_auth_flow(_request())

    with pytest.raises((type(error), RuntimeError)) as caught:
        await anext(flow)
    assert error in (caught.value, caught.value.__cause__)


def test_repr_shows_the_class_alone() -> None:
    """Whatever a helper holds, its repr is its name."""
    assert repr(Recipe("s3cret")) == "Recipe()"


def test_a_helper_without_steps_is_an_error() -> None:
    """The steps are what a helper must have."""
    with pytest.raises(NotImplementedError):
        next(BaseAuth().sync_auth_flow(_request()))
