"""The connection pool of async calls."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import Any

import anyio
import httpcore
import httpx
from anyio.lowlevel import current_token
from sniffio import current_async_library

from . import _fork
from ._pool import RECHECK, BasePool


class AsyncLifoPool(AbstractAsyncContextManager[Any]):
    """The async `LifoPool`, for an `httpx.AsyncHTTPTransport`. Each event loop has connections of its own.

    Event loops can use it one after another, and at once in several threads.
    """

    def __init__(self, make: Callable[[], Any], limits: httpx.Limits) -> None:
        self._make_pool = partial(LoopPool, make, limits)
        self.after_fork()
        _fork.register(self)

    def after_fork(self) -> None:
        self._loop_pools: dict[object, LoopPool] = {}

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        loop = _current_loop()
        if (pool := self._loop_pools.get(loop)) is None:
            pool = self._loop_pools[loop] = self._make_pool()
            for other in list(self._loop_pools):
                if other is not loop and not _is_running(other):
                    await self._close(other)
        return await pool.handle_async_request(request)

    async def aclose(self) -> None:
        for loop in list(self._loop_pools):
            await self._close(loop)

    async def _close(self, loop: Any) -> None:
        pool = self._loop_pools.pop(loop, None)
        if pool and loop is not _current_loop() and _is_running(loop):
            with suppress(RuntimeError):  # it has ended since
                loop.call_soon_threadsafe(lambda: loop.create_task(pool.aclose()))
        elif pool:
            await pool.aclose()

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()


def _current_loop() -> object:
    return asyncio.get_running_loop() if current_async_library() == "asyncio" else current_token()


def _is_running(loop: object) -> bool:
    return isinstance(loop, asyncio.AbstractEventLoop) and loop.is_running()


class LoopPool(BasePool):
    """The pool of one event loop."""

    def __init__(self, make: Callable[[], Any], limits: httpx.Limits) -> None:
        super().__init__(make, limits)
        self._turn = anyio.Lock(fast_acquire=True)  # first come, first served
        self._released = anyio.Event()

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        pool = None if self._turn.locked() else self.take()
        if pool is None:
            pool = await self._wait(request.extensions.get("timeout", {}).get("pool"))
        try:
            response: httpcore.Response = await pool.handle_async_request(request)
        except BaseException:
            await self.release([pool])
            raise
        response.extensions.pop("reason_phrase", None)  # from the server, and httpx logs it
        response.stream = AsyncPoolByteStream(self, pool, response.stream)
        return response

    async def _wait(self, timeout: float | None) -> Any:
        with anyio.move_on_after(timeout):
            async with self._turn:
                while (pool := self.take()) is None:
                    self._released = anyio.Event()
                    with anyio.move_on_after(RECHECK) as scope:
                        await self._released.wait()
                    if scope.cancelled_caught:
                        gc.collect(1)
                return pool
        raise self.timeout_error()

    async def release(self, surplus: list[httpcore.AsyncConnectionPool]) -> None:
        """Closes the pools, and lets a waiting call have a connection."""
        try:
            for pool in surplus:
                try:
                    with suppress(RuntimeError):  # its event loop has ended
                        await pool.aclose()
                finally:
                    self.forget(pool)
        finally:
            self._released.set()

    async def aclose(self) -> None:
        await self.release(self.shut_down())


class AsyncPoolByteStream:
    def __init__(self, owner: LoopPool, pool: httpcore.AsyncConnectionPool, inner: Any) -> None:
        self._owner = owner
        self._pool: httpcore.AsyncConnectionPool | None = pool
        self._inner = inner

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._inner)

    async def aclose(self) -> None:
        pool, self._pool = self._pool, None
        if pool:
            surplus = [pool]
            try:
                await self._inner.aclose()
                surplus = self._owner.give_back(pool)
            finally:
                await self._owner.release(surplus)
