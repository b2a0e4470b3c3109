"""The pool of async calls."""

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
    """Does for an `httpx.AsyncHTTPTransport` what `LifoPool` does for a sync one, on one event loop after the other."""

    def start(self) -> None:
        super().start()
        self._loop: object = None

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        if self._loop != (loop := current_token()):
            await self.aclose()  # what belongs to an event loop that has ended
            self.start()
            self._loop, self._slots = loop, anyio.Semaphore(self._limits.max_connections or maxsize, fast_acquire=True)
        try:
            self._slots.acquire_nowait()
        except anyio.WouldBlock:
            with anyio.move_on_after(request.extensions.get("timeout", {}).get("pool")) as waiting:
                await self._slots.acquire()
            if waiting.cancelled_caught:
                raise httpcore.PoolTimeout(f"all {self._limits.max_connections} connections are in use") from None
        lease = AsyncLease(self, self._slots)
        if self._is_closed:
            await lease.aclose(keep=False)
            raise httpcore.ConnectError("the client has been closed")
        try:
            response: httpcore.Response = await lease.pool.handle_async_request(request)
        except BaseException:
            await lease.aclose(keep=False)
            raise
        lease.stream, response.stream = response.stream, lease
        return response

    async def aclose(self) -> None:
        is_elsewhere = self._loop != current_token()
        for pool in self.give_up():
            with suppress(Exception) if is_elsewhere else nullcontext():
                await pool.aclose()

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()


class AsyncLease:
    def __init__(self, owner: AsyncLifoPool, slots: anyio.Semaphore) -> None:
        self._owner = owner
        self._slots: anyio.Semaphore | None = slots
        self._loop = asyncio.get_running_loop() if current_async_library() == "asyncio" else None
        self.stream: Any = None
        self.pool: Any = owner.take()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self.stream)

    async def aclose(self, keep: bool = True) -> None:
        pool, self.pool = self.pool, None
        try:
            if self.stream:
                await self.stream.aclose()
            if pool:
                for surplus in self._owner.keep(pool) if keep else [pool]:
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
