"""Pools of one connection each; the most recently used one comes first.

httpcore's pool asks every idle connection for each request, may give several requests to one that has become idle, and
waits for ever if the garbage collector closes a forgotten stream while its lock is held. A pool of one connection, used
by one request at a time, does none of this.
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
        self._pools: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._is_closed = False

    def after_fork(self) -> None:
        self.start()

    def take(self) -> Any:
        try:
            return self._idle.pop()[1]
        except IndexError:
            pool = self._make()
            self._pools[id(pool)] = pool
            return pool

    def keep(self, pool: Any) -> list[Any]:
        """Keeps a pool if it has a connection, and returns the pools to close."""
        if self._is_closed:
            return [pool]
        now, surplus = time.monotonic(), []
        most, expiry = self._limits.max_keepalive_connections, self._limits.keepalive_expiry
        most, oldest = len(self._idle) + 1 if most is None else most, 0 if expiry is None else now - expiry
        if pool.connections:
            self._idle.append((now, pool))
        with suppress(IndexError):
            while len(self._idle) > most or self._idle[0][0] < oldest:
                surplus.append(self._idle.popleft()[1])
        return surplus

    def give_up(self) -> list[Any]:
        """Keeps no pool from now on, and returns those to close: those in use, too."""
        self._is_closed = True
        pools = [pool for reference in self._pools.valuerefs() if (pool := reference()) is not None]
        self._idle.clear()
        return pools


class Slot:
    """The right to one connection."""


class LifoPool(BasePool, AbstractContextManager[Any]):
    """Takes the place of the pool of an `httpx.HTTPTransport`. `make` returns an `httpcore.ConnectionPool` of one."""

    def start(self) -> None:
        super().start()
        self._slots: SimpleQueue[Slot] = SimpleQueue()  # the one queue that finalizers may use at any instant
        self._existing: list[ref[Slot]] = []
        self._creating = Lock()

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        lease = Lease(self, self._slot(request))
        if self._is_closed:
            lease.drop()
            raise httpcore.ConnectError("the client has been closed")
        try:
            response: httpcore.Response = lease.pool.handle_request(request)
        except BaseException:
            lease.drop()
            raise
        lease.stream, response.stream = response.stream, lease
        return response

    def _slot(self, request: httpcore.Request) -> Slot | None:
        most = self._limits.max_connections
        if most is None:
            return None
        timeout = request.extensions.get("timeout", {}).get("pool")
        end = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            try:
                return self._slots.get_nowait()
            except Empty:
                pass
            with self._creating:
                # A slot that is lost, since a signal handler has raised wherever it was, no longer exists.
                self._existing = [reference for reference in self._existing if reference()]
                if len(self._existing) < most:
                    self._existing.append(ref(slot := Slot()))
                    return slot
            try:
                return self._slots.get(timeout=limited(min(1.0, end - time.monotonic())))
            except TimeoutError:
                raise httpcore.PoolTimeout(f"all {most} connections are in use") from None
            except Empty:
                pass

    def close_all(self, pools: list[httpcore.ConnectionPool]) -> None:
        for connection in (connection for pool in pools for connection in pool.connections):
            connection.close()

    def give_back(self, slot: Slot | None) -> None:
        if slot:
            self._slots.put(slot)

    def close(self) -> None:
        self.close_all(self.give_up())

    def __exit__(self, *exception: object) -> None:
        self.close()


class Lease:
    """What one request has until its response, whose stream this is, is closed or dropped."""

    def __init__(self, owner: LifoPool, slot: Slot | None) -> None:
        self._owner = owner
        self._slot = slot
        self.stream: Any = None
        self.pool: Any = owner.take()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.stream)

    def close(self) -> None:
        pool, self.pool = self.pool, None
        if pool:
            try:
                self.stream.close()
                self._owner.close_all(self._owner.keep(pool))
            finally:
                self._owner.give_back(self._slot)

    def drop(self) -> None:
        """Gives up the pool of a request that has failed, whatever state it is in."""
        pool, self.pool = self.pool, None
        self._owner.close_all([pool])
        self._owner.give_back(self._slot)
