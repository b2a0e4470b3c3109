"""The httpx clients below ours: their transports are httpx's, and the connections below those are ours.

A caller's `transport` and `mounts` stay as they are. Over HTTP/2, a proxy or an event loop other than asyncio's, the
connections are httpcore's, on our sockets where the call is sync.
"""

import os
import ssl
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import cache, partial
from http.cookiejar import CookieJar
from typing import Any

import httpcore
import httpx
import sniffio

from ._connection import AsyncConnection, Connection
from ._pool import LifoPool
from ._sockets import Backend

# As httpx's, but that no connection is closed while others wait for one.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=5.0)

Context = Callable[[], ssl.SSLContext]


class NoCookies(CookieJar):
    """Keeps no cookies of a server, as azure-core does: each request is signed in by itself."""

    def extract_cookies(self, *_: Any) -> None: ...


class ConnectionPool(httpcore.ConnectionPool):
    """A pool of one of our connections. The context is made when there is a request over https."""

    def __init__(self, context: Context, keepalive_expiry: float | None) -> None:
        super().__init__(_empty(), max_connections=1)
        self._connection = partial(Connection, Backend(), context, keepalive_expiry)

    def create_connection(self, origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        return self._connection(origin)


class AsyncConnectionPool(httpcore.AsyncConnectionPool):
    def __init__(self, context: Context, keepalive_expiry: float | None) -> None:
        from . import _asyncio  # takes long to import, and only async calls need it

        super().__init__(_empty(), max_connections=1)
        self._connection = partial(AsyncConnection, _asyncio.Backend(), context, keepalive_expiry)

    def create_connection(self, origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
        return self._connection(origin)


class Transport(httpx.HTTPTransport):
    """httpx's transport with a pool of ours, in the place of the one that its constructor makes."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool


class AsyncTransport(httpx.AsyncHTTPTransport):
    def __init__(self, pool: Any) -> None:
        self._pool = pool


def sync_client(proxy: httpx.Proxy | None, options: Mapping[str, Any]) -> httpx.Client:
    """Returns an `httpx.Client`. `options` are its arguments; `proxy` takes the place of theirs."""
    options = {"cookies": NoCookies(), **options}
    if "transport" not in options:
        chosen = _Chosen(proxy, options)
        options["transport"] = Transport(LifoPool(chosen.sync_pool, chosen.limits))
    return httpx.Client(**options)


def async_client(proxy: httpx.Proxy | None, options: Mapping[str, Any]) -> httpx.AsyncClient:
    """Does what `sync_client` does, async."""
    options = {"cookies": NoCookies(), **options}
    if "transport" not in options:
        from ._async_pool import AsyncLifoPool

        chosen = _Chosen(proxy, options)
        options["transport"] = AsyncTransport(AsyncLifoPool(chosen.async_pool, chosen.limits))
    return httpx.AsyncClient(**options)


class _Chosen:
    """How connections are made, taken out of the arguments of an httpx client."""

    def __init__(self, proxy: httpx.Proxy | None, options: dict[str, Any]) -> None:
        options.pop("proxy", None)
        trust_env = options.get("trust_env", True)
        self._proxy = proxy
        self._http1, self._http2 = options.pop("http1", True), options.pop("http2", False)
        self._context = _context(trust_env, options.pop("verify", True), options.pop("cert", None), self._http2)
        self.limits: httpx.Limits = options.pop("limits", LIMITS)

    def sync_pool(self) -> httpcore.ConnectionPool:
        pool = self._sync_pool()
        # One request at a time needs no lock, and one that an interrupt has left locked would be waited for, for ever.
        pool._optional_thread_lock = nullcontext()  # type: ignore[assignment]
        return pool

    def _sync_pool(self) -> httpcore.ConnectionPool:
        if self._is_ours():
            return ConnectionPool(self._context, self.limits.keepalive_expiry)
        # Python's TLS sockets cannot be wrapped once more, as a proxy over https needs it.
        is_double = self._proxy is not None and self._proxy.url.scheme == "https"
        return httpcore.ConnectionPool(**self._stock(), network_backend=None if is_double else Backend())

    def async_pool(self) -> httpcore.AsyncConnectionPool:
        if self._is_ours() and sniffio.current_async_library() == "asyncio":
            return AsyncConnectionPool(self._context, self.limits.keepalive_expiry)
        return httpcore.AsyncConnectionPool(**self._stock())

    def _is_ours(self) -> bool:
        return self._proxy is None and self._http1 and not self._http2

    def _stock(self) -> dict[str, Any]:
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


def _context(trust_env: bool, verify: Any, cert: Any, http2: bool) -> Context:
    if verify is True and cert is None and not http2:
        names = ("SSL_CERT_FILE", "SSL_CERT_DIR") if trust_env else ()
        return partial(_shared_context, trust_env, *map(os.environ.get, names))
    context = httpx.create_ssl_context(verify, cert, trust_env)
    return lambda: context


@cache
def _shared_context(trust_env: bool, *_environment: str | None) -> ssl.SSLContext:
    """Made once, since it takes longer than most calls. HTTP/2 has one of its own, in which httpx makes changes."""
    return httpx.create_ssl_context(trust_env=trust_env)


@cache
def _empty() -> ssl.SSLContext:
    """A context that trusts nobody, for a pool of httpx's that is not used."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
