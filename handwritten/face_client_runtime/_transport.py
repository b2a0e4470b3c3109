"""The httpx clients that send the requests: httpx's transports and httpcore's pools, with our own connections.

A custom `transport` and custom `mounts` are not changed. HTTP/2, proxies and trio use httpcore's connections; those of
sync calls use our sockets.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

import anyio
import httpcore
import httpx
import sniffio

from ._certificates import ContextFactory, context_factory
from ._connection import AsyncConnection, Connection
from ._pool import LifoPool
from ._redirects import ClientT, without_redirects
from ._sockets import Backend

# httpx's defaults, except that as many connections are kept alive as can be open.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=5.0)


class ConnectionPool(httpcore.ConnectionPool):
    """A pool of one connection of ours. `context` is called for a TLS handshake."""

    def __init__(self, context: ContextFactory, keepalive_expiry: float | None) -> None:
        super().__init__(max_connections=1)
        self._connection = partial(Connection, Backend(), context, keepalive_expiry)

    def create_connection(self, origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        return self._connection(origin)


class AsyncConnectionPool(httpcore.AsyncConnectionPool):
    def __init__(self, context: ContextFactory, keepalive_expiry: float | None) -> None:
        from . import _asyncio  # slow to import, and only needed by async calls

        super().__init__(max_connections=1)
        self._connection = partial(AsyncConnection, _asyncio.Backend(), context, keepalive_expiry)
        self._last: AsyncConnection | None = None

    def create_connection(self, origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
        self._last = self._connection(origin)
        return self._last

    async def aclose(self) -> None:
        """Also waits for the socket of a connection that was aborted, which httpcore has removed already."""
        await super().aclose()
        if self._last:
            with anyio.CancelScope(shield=True):
                await self._last.aclose()


class Transport(httpx.HTTPTransport):
    """httpx's transport with our pool."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool


class AsyncTransport(httpx.AsyncHTTPTransport):
    def __init__(self, pool: Any) -> None:
        self._pool = pool


def sync_client(proxy: httpx.Proxy | None, options: Mapping[str, Any]) -> httpx.Client:
    """Returns an `httpx.Client`. `options` are its arguments; `proxy` overrides theirs."""
    options = dict(options)
    if "transport" not in options:
        factory = _PoolFactory(proxy, options)
        options["transport"] = Transport(LifoPool(factory.sync_pool, factory.limits))
    return _prepared(httpx.Client(**options), options)


def async_client(proxy: httpx.Proxy | None, options: Mapping[str, Any]) -> httpx.AsyncClient:
    """The async `sync_client`."""
    options = dict(options)
    if "transport" not in options:
        from ._async_pool import AsyncLifoPool

        factory = _PoolFactory(proxy, options)
        options["transport"] = AsyncTransport(AsyncLifoPool(factory.async_pool, factory.limits))
    return _prepared(httpx.AsyncClient(**options), options)


def _prepared(client: ClientT, options: Mapping[str, Any]) -> ClientT:
    if "cookies" not in options:
        # Cookies of responses are ignored, as by azure-core: no request depends on them, and threads would share them.
        client.cookies.extract_cookies = lambda *_: None  # type: ignore[method-assign]
    return without_redirects(client)


class _PoolFactory:
    """Makes pools of one connection. Takes its options out of the arguments of an httpx client."""

    def __init__(self, proxy: httpx.Proxy | None, options: dict[str, Any]) -> None:
        options.pop("proxy", None)
        trust_env = options.get("trust_env", True)
        self._proxy = proxy
        self._http1, self._http2 = options.pop("http1", True), options.pop("http2", False)
        self._has_own_connections = proxy is None and self._http1 and not self._http2
        certificates = options.pop("verify", True), options.pop("cert", None)
        self._context = context_factory(trust_env, *certificates, is_shared=not self._http2)
        self.limits: httpx.Limits = options.pop("limits", LIMITS)

    def sync_pool(self) -> httpcore.ConnectionPool:
        if self._has_own_connections:
            pool: httpcore.ConnectionPool = ConnectionPool(self._context, self.limits.keepalive_expiry)
        else:
            # An https proxy needs TLS in TLS, which Python's TLS sockets do not support.
            is_tls_in_tls = self._proxy is not None and self._proxy.url.scheme == "https"
            backend = None if is_tls_in_tls else Backend()
            pool = httpcore.ConnectionPool(**self._httpcore_options(), network_backend=backend)
        # A pool of one request at a time needs no lock, which a signal handler that raises could leave locked.
        pool._optional_thread_lock = nullcontext()  # type: ignore[assignment]
        return pool

    def async_pool(self) -> httpcore.AsyncConnectionPool:
        if self._has_own_connections and sniffio.current_async_library() == "asyncio":
            return AsyncConnectionPool(self._context, self.limits.keepalive_expiry)
        return httpcore.AsyncConnectionPool(**self._httpcore_options())

    def _httpcore_options(self) -> dict[str, Any]:
        proxy = self._proxy and httpcore.Proxy(
            str(self._proxy.url), self._proxy.raw_auth, self._proxy.headers.raw, self._proxy.ssl_context
        )
        return {
            "ssl_context": self._context(),
            "proxy": proxy,
            "max_connections": 1,
            "keepalive_expiry": self.limits.keepalive_expiry,
            "http1": self._http1,
            "http2": self._http2,
        }
