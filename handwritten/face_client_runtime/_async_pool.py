"""The connection pool of async calls."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from sys import maxsize
from typing import Any

import anyio
import httpcore
import httpx
from anyio.lowlevel import current_token
from sniffio import current_async_library

from . import _fork
from ._pool import BasePool


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
        if pool and loop is _current_loop():
            await pool.aclose()
        elif pool and _is_running(loop):
            asyncio.run_coroutine_threadsafe(pool.aclose(), loop)
        elif pool:
            for each in pool.shut_down():
                with suppress(Exception):  # the event loop has ended
                    await each.aclose()

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
        self._slots = anyio.Semaphore(limits.max_connections or maxsize, fast_acquire=True)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        try:
            self._slots.acquire_nowait()
        except anyio.WouldBlock:
            with anyio.move_on_after(request.extensions.get("timeout", {}).get("pool")) as waiting:
                await self._slots.acquire()
            if waiting.cancelled_caught:
                raise httpcore.PoolTimeout(f"all {self._limits.max_connections} connections are in use") from None
        stream = AsyncPoolByteStream(self, self._slots)
        if self._is_closed:
            await stream.aclose(reuse=False)
            raise httpcore.ConnectError("the client has been closed")
        try:
            response: httpcore.Response = await stream.pool.handle_async_request(request)
        except BaseException:
            await stream.aclose(reuse=False)
            raise
        response.extensions.pop("reason_phrase", None)  # from the server, and httpx logs it
        stream.inner, response.stream = response.stream, stream
        return response

    async def aclose(self) -> None:
        for pool in self.shut_down():
            await pool.aclose()


class AsyncPoolByteStream:
    def __init__(self, owner: LoopPool, slots: anyio.Semaphore) -> None:
        self._owner = owner
        self._slots: anyio.Semaphore | None = slots
        self._loop = asyncio.get_running_loop() if current_async_library() == "asyncio" else None
        self.inner: Any = None
        self.pool: Any = owner.acquire()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self.inner)

    async def aclose(self, reuse: bool = True) -> None:
        pool, self.pool = self.pool, None
        try:
            if self.inner:
                await self.inner.aclose()
            if pool:
                for surplus in self._owner.release(pool) if reuse else [pool]:
                    await surplus.aclose()
        finally:
            self._release()

    def _release(self) -> None:
        slots, self._slots = self._slots, None
        if slots:
            slots.release()

    def __del__(self) -> None:
        if self._slots and self._loop:
            with suppress(RuntimeError):  # the event loop has been closed
                self._loop.call_soon_threadsafe(self._release)
