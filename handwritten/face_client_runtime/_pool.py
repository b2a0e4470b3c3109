"""A connection pool that reuses the most recently used connection first. Each connection has its own httpcore pool.

A single httpcore pool checks every idle connection for each request, can assign several requests to the same idle
connection, and deadlocks if the garbage collector closes an unclosed stream while the pool's lock is held.
"""

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from math import inf
from queue import Empty, SimpleQueue
from threading import RLock
from typing import Any
from weakref import ref

import httpcore
import httpx

from . import _fork
from ._deadline import limit_timeout

RECHECK = 1.0  # seconds after which a waiting call collects pools that were forgotten instead of given back


class BasePool:
    """Holds the idle pools, and weak references to all, so that a forgotten one makes room for another."""

    def __init__(self, make: Callable[[], Any], limits: httpx.Limits) -> None:
        self._make = make
        self._max_connections = inf if limits.max_connections is None else limits.max_connections
        self._max_idle = inf if limits.max_keepalive_connections is None else limits.max_keepalive_connections
        self._expiry = inf if limits.keepalive_expiry is None else limits.keepalive_expiry
        self.after_fork()
        _fork.register(self)

    def after_fork(self) -> None:
        self._idle: deque[tuple[float, Any]] = deque()
        self._pools: set[ref[Any]] = set()
        self._lock = RLock()
        self._is_closed = False

    def take(self) -> Any:
        """Returns the pool that was used last, or a new one, or None if there are as many as allowed."""
        if self._is_closed:
            raise httpcore.ConnectError("the client has been closed")
        with suppress(IndexError):
            return self._idle.pop()[1]
        with self._lock:
            if len(self._pools) < self._max_connections:
                pool = self._make()
                self._pools.add(ref(pool, self._pools.discard))
                return pool
        return None

    def give_back(self, pool: Any) -> list[Any]:
        """Keeps the pool if its connection can be reused. Returns the pools to close."""
        if self._is_closed or not pool.connections:
            return [pool]
        now, surplus = time.monotonic(), []
        self._idle.append((now, pool))
        with suppress(IndexError):
            while len(self._idle) > self._max_idle or self._idle[0][0] < now - self._expiry:
                surplus.append(self._idle.popleft()[1])
        return surplus

    def shut_down(self) -> list[Any]:
        """Marks this pool as closed, and returns the pools to close, including those in use."""
        self._is_closed = True
        pools = [pool for reference in list(self._pools) if (pool := reference()) is not None]
        self._idle.clear()
        return pools

    def forget(self, pool: Any) -> None:
        """Makes room for another pool, also while a traceback still refers to this one."""
        self._pools.discard(ref(pool))

    def timeout_error(self) -> httpcore.PoolTimeout:
        return httpcore.PoolTimeout(f"all {self._max_connections} connections are in use")


class LifoPool(BasePool, AbstractContextManager[Any]):
    """Replaces the pool of an `httpx.HTTPTransport`. `make` returns an `httpcore.ConnectionPool` of one connection."""

    def after_fork(self) -> None:
        super().after_fork()
        self._released: SimpleQueue[None] = SimpleQueue()  # reentrant: safe to use in a finalizer

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        pool = self._acquire(request.extensions.get("timeout", {}).get("pool"))
        try:
            response: httpcore.Response = pool.handle_request(request)
        except BaseException:
            self.release([pool])
            raise
        response.extensions.pop("reason_phrase", None)  # from the server, and httpx logs it
        response.stream = PoolByteStream(self, pool, response.stream)
        return response

    def _acquire(self, timeout: float | None) -> Any:
        with suppress(Empty):
            # So that the queue does not grow while no call waits. Whoever waits for this one finds its pool taken.
            self._released.get_nowait()
        end = inf if timeout is None else time.monotonic() + timeout
        try:
            while (pool := self.take()) is None:
                try:
                    self._released.get(timeout=limit_timeout(min(RECHECK, end - time.monotonic())))
                except Empty:
                    gc.collect(1)  # of what is young, which is fast: many calls may wait
        except TimeoutError:
            raise self.timeout_error() from None
        except httpcore.ConnectError:
            self._released.put(None)  # the next call that waits ends too
            raise
        return pool

    def release(self, surplus: list[httpcore.ConnectionPool]) -> None:
        """Closes the pools, and lets a waiting call have a connection."""
        try:
            for pool in surplus:
                for connection in pool.connections:
                    connection.close()
                self.forget(pool)
        finally:
            self._released.put(None)

    def close(self) -> None:
        self.release(self.shut_down())

    def __exit__(self, *exception: object) -> None:
        self.close()


class PoolByteStream:
    """The stream of a response. Closing it gives its pool back."""

    def __init__(self, owner: LifoPool, pool: httpcore.ConnectionPool, inner: Any) -> None:
        self._owner = owner
        self._pool: httpcore.ConnectionPool | None = pool
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._inner)

    def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool:
            surplus = [pool]
            try:
                self._inner.close()
                surplus = self._owner.give_back(pool)
            finally:
                self._owner.release(surplus)
