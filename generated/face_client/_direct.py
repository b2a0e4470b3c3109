# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""The connections of the sync calls."""

import os
import ssl
import time
from collections.abc import Callable
from functools import partial
from threading import Lock, Semaphore
from typing import Any
from weakref import WeakSet

import httpx

from ._http1 import Connection, Origin, Waits, connect, origin

_MOST = 100  # connections at a time, as httpx has it
_IDLE = 5.0  # seconds until an unused connection is closed, as httpx has it


class DirectTransport(httpx.BaseTransport):
    """Sends requests over plain sockets and HTTP/1.1; threads may share it.

    Of httpx's request extensions it knows `timeout`. Another one, `deadline`, is a time of `time.monotonic` that no
    wait goes beyond, however little the server sends at a time; then there is the error of the timeout in whose place
    it came. An answer whose size is known has the extension `readinto`, which receives the next bytes of the body, as
    they were sent, into a memoryview, and returns how many; 0 is the end.

    The connection that was used last comes first, so that no more stay open than are needed.

    Args:
        tls_context: Makes or returns the context for https, when there is a request for it.
    """

    def __init__(self, tls_context: Callable[[], ssl.SSLContext]) -> None:
        self._tls_context = tls_context
        self._is_closed = False
        self._start()
        _transports.add(self)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        connection = self._take(origin(request.url), Waits(request.extensions))
        try:
            head, body = connection.exchange(request)
            extensions: dict[str, Any] = {"http_version": head.version, "reason_phrase": head.reason}
            if body.is_sized:
                extensions["readinto"] = body.readinto
            return httpx.Response(head.status_code, headers=head.headers, stream=body, extensions=extensions)
        except BaseException:
            connection.done(is_whole=False)
            raise

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            while self._idle:
                self._idle.pop()[2].close()
            for connection in self._busy:
                connection.hang_up()

    def _start(self) -> None:
        self._lock = Lock()
        self._places = Semaphore(_MOST)
        self._idle: list[tuple[float, Origin, Connection]] = []
        self._busy: set[Connection] = set()

    def start_over(self) -> None:
        """Begins anew in the child of a fork, which would otherwise talk over the connections of its parent."""
        idle = self._idle
        self._start()
        for _, _, connection in idle:
            connection.close()

    def _take(self, server: Origin, waits: Waits) -> Connection:
        try:
            has_place = self._places.acquire(timeout=waits.seconds("pool"))
        except TimeoutError:
            has_place = False
        if not has_place:
            raise httpx.PoolTimeout(f"all {_MOST} connections are busy")
        try:
            return self._take_idle(server) or self._open(server, waits)
        except BaseException:
            self._places.release()
            raise

    def _take_idle(self, server: Origin) -> Connection | None:
        with self._lock:
            while self._idle and self._idle[0][0] < time.monotonic() - _IDLE:
                self._idle.pop(0)[2].close()
            for index in reversed(range(len(self._idle))):
                if self._idle[index][1] == server:
                    connection = self._idle.pop(index)[2]
                    if connection.is_quiet():
                        self._busy.add(connection)
                        return connection
                    connection.close()
        return None

    def _open(self, server: Origin, waits: Waits) -> Connection:
        line = connect(server, self._tls_context() if server[0] == "https" else None, waits)
        connection = Connection(line, partial(self._give_back, server))
        with self._lock:
            self._busy.add(connection)
            if self._idle and len(self._idle) + len(self._busy) > _MOST:
                self._idle.pop(0)[2].close()
        return connection

    def _give_back(self, server: Origin, connection: Connection) -> None:
        with self._lock:
            is_known = connection in self._busy  # not after a fork
            self._busy.discard(connection)
            if is_known and connection.may_go_on and not self._is_closed:
                self._idle.append((time.monotonic(), server, connection))
            else:
                connection.close()
        if is_known:
            self._places.release()


_transports: WeakSet[DirectTransport] = WeakSet()


def _after_fork() -> None:
    for transport in _transports:
        transport.start_over()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_after_fork)
