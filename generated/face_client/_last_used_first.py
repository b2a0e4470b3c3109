# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""The connections of the async calls."""

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import anyio
import httpx

_MOST = 100  # connections at a time, as httpx has it
_IDLE = 5.0  # seconds until an unused connection is closed, as httpx has it


class LastUsedFirst(httpx.AsyncBaseTransport):
    """Shares out transports of one connection each, which `make` makes.

    The one that was used last comes first, so that no more stay open than are needed.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self._make = make
        self._start()

    def _start(self) -> None:
        self._process = os.getpid()
        self._idle: list[tuple[float, httpx.AsyncBaseTransport]] = []
        self._places = anyio.Semaphore(_MOST, fast_acquire=True)
        self._is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._process != os.getpid():
            # After a fork, what is open belongs to the parent; to close the child's copies does it no harm.
            await self.aclose()
            self._start()
        await self._close_unused()
        wait = request.extensions.get("timeout", {}).get("pool")
        with anyio.move_on_after(wait) as waiting:
            await self._places.acquire()
        if waiting.cancelled_caught:
            raise httpx.PoolTimeout(f"all {_MOST} connections were busy for {wait:g} s", request=request)
        transport = self._idle.pop()[1] if self._idle else self._make()
        try:
            response = await transport.handle_async_request(request)
        except BaseException:
            # The transport has closed its connection; the next one to come opens another.
            await self._give_back(transport)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Body(response.stream, partial(self._give_back, transport))
        return response

    async def aclose(self) -> None:
        self._is_closed = True
        while self._idle:
            await self._idle.pop()[1].aclose()

    async def _give_back(self, transport: httpx.AsyncBaseTransport) -> None:
        self._places.release()
        if self._is_closed:
            await transport.aclose()
        else:
            self._idle.append((time.monotonic(), transport))

    async def _close_unused(self) -> None:
        while self._idle and self._idle[0][0] < time.monotonic() - _IDLE:
            await self._idle.pop(0)[1].aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, done: Callable[[], Awaitable[None]]) -> None:
        self._stream = stream
        self._done: Callable[[], Awaitable[None]] | None = done

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        done, self._done = self._done, None
        if done:
            try:
                await self._stream.aclose()
            finally:
                await done()
