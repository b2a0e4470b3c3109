"""Pools of one connection each, of which the one that was used last is used first.

httpcore's pool asks every idle connection for each request, may give several requests to one that has become idle, and
waits for ever if the garbage collector closes a forgotten stream while its lock is held. A pool of one connection, used
by one request at a time, does none of this.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from sys import maxsize
from typing import Any
from weakref import WeakValueDictionary, ref

import anyio
import httpcore
import httpx
from anyio.lowlevel import current_token

from . import _fork
from ._deadline import limited


class BasePool:
    def __init__(self, make: Callable[[], Any], limits: httpx.Limits) -> None:
        self._make = make
        self._limits = limits
        self.start()
        _fork.register(self)

    def start(self) -> None:
        """Begins without connections."""
        self._idle: deque[tuple[float, Any]] = deque()
        self._leases: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._is_closed = False

    def after_fork(self) -> None:
        self.start()

    def take(self, lease: Any) -> Any:
        self._leases[id(lease)] = lease
        try:
            return self._idle.pop()[1]
        except IndexError:
            return self._make()

    def keep(self, pool: Any) -> list[Any]:
        """Keeps a pool if it has a connection, and returns the pools to close."""
        if self._is_closed:
            return [pool]
        now, surplus = time.monotonic(), []
        most, expiry = self._limits.max_keepalive_connections, self._limits.keepalive_expiry
        most, oldest = maxsize if most is None else most, 0 if expiry is None else now - expiry
        if pool.connections:
            self._idle.append((now, pool))
        with suppress(IndexError):
            while len(self._idle) > most or self._idle[0][0] < oldest:
                surplus.append(self._idle.popleft()[1])
        return surplus

    def give_up(self) -> list[Any]:
        """Keeps no pool from now on, and returns those to close: those in use, too."""
        self._is_closed = True
        in_use = [lease.pool for reference in self._leases.valuerefs() if (lease := reference()) and lease.pool]
        return [*in_use, *(self._idle.pop()[1] for _ in range(len(self._idle)))]


class Slot:
    """The right to one connection. Where one is dropped, by a signal handler that raises for example, it comes back."""

    def __init__(self, slots: "ref[SimpleQueue[Slot]]") -> None:
        self._slots = slots

    def __del__(self) -> None:
        if (slots := self._slots()) is not None:
            slots.put(type(self)(self._slots))  # the one queue that finalizers may use


class LifoPool(BasePool):
    """Takes the place of the pool of an `httpx.HTTPTransport`. `make` returns an `httpcore.ConnectionPool` of one."""

    def start(self) -> None:
        super().start()
        self._slots: SimpleQueue[Slot] = SimpleQueue()
        for _ in range(self._limits.max_connections or 0):
            self._slots.put(Slot(ref(self._slots)))

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        lease = Lease(self, self._slot(request))
        try:
            response: httpcore.Response = lease.pool.handle_request(request)
        except BaseException:
            lease.close()
            raise
        lease.stream, response.stream = response.stream, lease
        return response

    def _slot(self, request: httpcore.Request) -> Slot | None:
        if self._limits.max_connections is None:
            return None
        with suppress(Empty):
            return self._slots.get_nowait()
        try:
            return self._slots.get(timeout=limited(request.extensions.get("timeout", {}).get("pool")))
        except (Empty, TimeoutError):
            raise httpcore.PoolTimeout(f"all {self._limits.max_connections} connections are in use") from None

    def give_back(self, pool: httpcore.ConnectionPool, slot: Slot | None) -> None:
        for surplus in self.keep(pool):
            surplus.close()
        if slot:
            self._slots.put(slot)

    def close(self) -> None:
        for pool in self.give_up():
            pool.close()


class Lease:
    """What one request has until its response, whose stream this is, is closed or dropped."""

    def __init__(self, owner: LifoPool, slot: Slot | None) -> None:
        self._owner = owner
        self._slot = slot
        self.stream: Any = None
        self.pool: Any = owner.take(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.stream)

    def close(self) -> None:
        pool, self.pool = self.pool, None
        if pool:
            if self.stream:
                self.stream.close()
            self._owner.give_back(pool, self._slot)
            self._slot = None


class AsyncLifoPool(BasePool):
    """Does for an `httpx.AsyncHTTPTransport` what `LifoPool` does for a sync one, on one event loop after the other."""

    def start(self) -> None:
        super().start()
        self._loop: object = None

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        if self._loop != (loop := current_token()):
            for pool in self.give_up():  # of an event loop that has ended
                await pool.aclose()
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
        try:
            response: httpcore.Response = await lease.pool.handle_async_request(request)
        except BaseException:
            await lease.aclose()
            raise
        lease.stream, response.stream = response.stream, lease
        return response

    async def give_back(self, pool: httpcore.AsyncConnectionPool) -> None:
        for surplus in self.keep(pool):
            await surplus.aclose()

    async def aclose(self) -> None:
        for pool in self.give_up():
            await pool.aclose()


class AsyncLease:
    def __init__(self, owner: AsyncLifoPool, slots: anyio.Semaphore) -> None:
        self._owner = owner
        self._slots: anyio.Semaphore | None = slots
        self.stream: Any = None
        self.pool: Any = owner.take(self)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self.stream)

    async def aclose(self) -> None:
        pool, self.pool = self.pool, None
        try:
            if pool:
                if self.stream:
                    await self.stream.aclose()
                await self._owner.give_back(pool)
        finally:
            self._release()

    def _release(self) -> None:
        slots, self._slots = self._slots, None
        if slots:
            slots.release()

    __del__ = _release
