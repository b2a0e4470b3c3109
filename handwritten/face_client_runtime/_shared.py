"""State that is shared by a client and its `with_options` copies."""

import os
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

import httpx

from . import _fork
from ._pace import Pace

ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)


class SharedState(Generic[ClientT]):
    """The httpx client, which is created on first use, and the pace.

    Attributes:
        owns_connections: Whether all sockets are ours. Others ignore the deadline of a sync call, and are not closed in
            the child of a fork.
        proxy: The host and port of the proxy, for error messages.
    """

    def __init__(self, make: Callable[[], ClientT], owns_connections: bool, pace: Pace, proxy: str | None) -> None:
        self._make: Callable[[], ClientT] = make
        self.owns_connections = owns_connections
        self.pace = pace
        self.proxy = proxy
        self._client: ClientT | None = None
        self._is_closed = False
        self._process = os.getpid()
        self.after_fork()
        _fork.register(self)

    def after_fork(self) -> None:
        self._lock = Lock()

    def client(self) -> ClientT:
        """Returns the httpx client."""
        _fork.check()
        if self._is_closed:
            raise RuntimeError("the client has been closed")
        if not self.owns_connections and self._process != os.getpid():
            raise RuntimeError(
                "this client was created before os.fork(), with a custom transport or an https proxy, whose connections"
                " belong to the parent process: create a new client in the child process"
            )
        if self._client is None:
            with self._lock:
                if self._client is None:
                    self._client = self._make()
        return self._client

    def replace(self, client: ClientT) -> None:
        """Uses a custom httpx client."""
        self._client, self.owns_connections, self.proxy = client, False, None

    def close(self) -> ClientT | None:
        """Marks the client as closed. Returns the httpx client to close, if it was created."""
        self._is_closed = True
        return self._client
