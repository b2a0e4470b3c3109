"""The connection pool of async calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from sys import maxsize
from typing import Any

import anyio
import httpcore
from anyio.lowlevel import current_token
from sniffio import current_async_library

from ._pool import BasePool


class AsyncLifoPool(BasePool, AbstractAsyncContextManager[Any]):
    """The async `LifoPool`, for an `httpx.AsyncHTTPTransport`. In a new event loop, it starts with no connections."""

    def reset(self) -> None:
        super().reset()
        self._loop: object = None

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        if self._loop != (loop := current_token()):
            await self.aclose()  # the connections of another event loop
            self.reset()
            self._loop, self._slots = loop, anyio.Semaphore(self._limits.max_connections or maxsize, fast_acquire=True)
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
        is_other_loop = self._loop != current_token()
        for pool in self.shut_down():
            with suppress(Exception) if is_other_loop else nullcontext():
                await pool.aclose()

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()


class AsyncPoolByteStream:
    def __init__(self, owner: AsyncLifoPool, slots: anyio.Semaphore) -> None:
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
