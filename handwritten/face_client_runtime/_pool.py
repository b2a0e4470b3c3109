"""A connection pool that reuses the most recently used connection first. Each connection has its own httpcore pool.

A single httpcore pool checks every idle connection for each request, can assign several requests to the same idle
connection, and deadlocks if the garbage collector closes an unclosed stream while the pool's lock is held.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary, ref

import httpcore
import httpx

from . import _fork
from ._deadline import limit_timeout


class BasePool:
    def __init__(self, make: Callable[[], Any], limits: httpx.Limits) -> None:
        self._make = make
        self._limits = limits
        self.reset()
        _fork.register(self)

    def reset(self) -> None:
        """Starts without connections."""
        self._idle: deque[tuple[float, Any]] = deque()
        self._pools: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._is_closed = False

    def after_fork(self) -> None:
        self.reset()

    def acquire(self) -> Any:
        try:
            return self._idle.pop()[1]
        except IndexError:
            pool = self._make()
            self._pools[id(pool)] = pool
            return pool

    def release(self, pool: Any) -> list[Any]:
        """Keeps the pool if its connection can be reused. Returns the pools to close."""
        if self._is_closed:
            return [pool]
        now, surplus = time.monotonic(), []
        max_idle, expiry = self._limits.max_keepalive_connections, self._limits.keepalive_expiry
        max_idle, oldest = len(self._idle) + 1 if max_idle is None else max_idle, 0 if expiry is None else now - expiry
        if pool.connections:
            self._idle.append((now, pool))
        with suppress(IndexError):
            while len(self._idle) > max_idle or self._idle[0][0] < oldest:
                surplus.append(self._idle.popleft()[1])
        return surplus

    def shut_down(self) -> list[Any]:
        """Marks this pool as closed, and returns the pools to close, including those in use."""
        self._is_closed = True
        pools = [pool for reference in self._pools.valuerefs() if (pool := reference()) is not None]
        self._idle.clear()
        return pools


class Slot:
    """Permission to use one connection."""


class LifoPool(BasePool, AbstractContextManager[Any]):
    """Replaces the pool of an `httpx.HTTPTransport`. `make` returns an `httpcore.ConnectionPool` of one connection."""

    def reset(self) -> None:
        super().reset()
        self._slots: SimpleQueue[Slot] = SimpleQueue()  # reentrant: safe to use in a finalizer
        self._created: list[ref[Slot]] = []
        self._create_lock = Lock()

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        stream = PoolByteStream(self, self._acquire_slot(request))
        if self._is_closed:
            stream.discard()
            raise httpcore.ConnectError("the client has been closed")
        try:
            response: httpcore.Response = stream.pool.handle_request(request)
        except BaseException:
            stream.discard()
            raise
        response.extensions.pop("reason_phrase", None)  # from the server, and httpx logs it
        stream.inner, response.stream = response.stream, stream
        return response

    def _acquire_slot(self, request: httpcore.Request) -> Slot | None:
        max_connections = self._limits.max_connections
        if max_connections is None:
            return None
        timeout = request.extensions.get("timeout", {}).get("pool")
        end = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            try:
                return self._slots.get_nowait()
            except Empty:
                pass
            with self._create_lock:
                # A slot is garbage-collected, and so replaced, if a signal handler raised before it was released.
                self._created = [reference for reference in self._created if reference()]
                if len(self._created) < max_connections:
                    self._created.append(ref(slot := Slot()))
                    return slot
            try:
                return self._slots.get(timeout=limit_timeout(min(1.0, end - time.monotonic())))
            except TimeoutError:
                raise httpcore.PoolTimeout(f"all {max_connections} connections are in use") from None
            except Empty:
                pass

    def close_all(self, pools: list[httpcore.ConnectionPool]) -> None:
        for connection in (connection for pool in pools for connection in pool.connections):
            connection.close()

    def release_slot(self, slot: Slot | None) -> None:
        if slot:
            self._slots.put(slot)

    def close(self) -> None:
        self.close_all(self.shut_down())

    def __exit__(self, *exception: object) -> None:
        self.close()


class PoolByteStream:
    """The stream of a response. Closing it releases the connection and the slot."""

    def __init__(self, owner: LifoPool, slot: Slot | None) -> None:
        self._owner = owner
        self._slot = slot
        self.inner: Any = None
        self.pool: Any = owner.acquire()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.inner)

    def close(self) -> None:
        pool, self.pool = self.pool, None
        if pool:
            try:
                self.inner.close()
                self._owner.close_all(self._owner.release(pool))
            finally:
                self._owner.release_slot(self._slot)

    def discard(self) -> None:
        """Closes the connection of a failed request, and releases the slot."""
        pool, self.pool = self.pool, None
        self._owner.close_all([pool])
        self._owner.release_slot(self._slot)
