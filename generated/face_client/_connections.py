# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""How connections are secured, and who gets which."""

import ssl
import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any
from urllib.request import getproxies

import httpx
import sniffio

from ._direct import DirectTransport

_CHOSEN = {"transport", "mounts", "proxy", "limits", "cert", "http1", "http2"}


def sync_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the options for an `httpx.Client`. What the caller or the environment has chosen stays."""
    if _is_chosen(options):
        return _stock_options(options)
    return {**options, "transport": DirectTransport(_context_of(options))}


def async_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the options for an `httpx.AsyncClient`. What the caller or the environment has chosen stays."""
    if _is_chosen(options):
        return _stock_options(options)
    # Not before it is needed, as `import face_client` is to be quick.
    from ._last_used_first import LastUsedFirst

    return {**options, "transport": LastUsedFirst(partial(_async_connection, _context_of(options)))}


def _async_connection(tls_context: Callable[[], ssl.SSLContext]) -> httpx.AsyncBaseTransport:
    """Over aiohttp where it is installed and the event loop is asyncio's, and else over sockets."""
    is_asyncio = sniffio.current_async_library() == "asyncio"
    if is_asyncio and (over_aiohttp := _over_aiohttp()):
        return over_aiohttp(tls_context)
    if is_asyncio and sys.platform == "win32":
        # The event loop that asyncio has there cannot wait for a socket.
        return httpx.AsyncHTTPTransport(verify=tls_context(), limits=httpx.Limits(max_connections=1))
    from ._sockets import SocketTransport

    return SocketTransport(tls_context)


@cache
def _over_aiohttp() -> Callable[[Callable[[], ssl.SSLContext]], httpx.AsyncBaseTransport] | None:
    try:
        from ._aiohttp import Connection, is_known
    except ImportError:
        return None
    return Connection if is_known() else None


def _is_chosen(options: Mapping[str, Any]) -> bool:
    """Whether the caller or the environment has chosen how connections are made."""
    is_context = isinstance(options.get("verify"), ssl.SSLContext)
    names = options.keys() & (_CHOSEN if is_context else _CHOSEN | {"verify"})
    return bool(names or (options["trust_env"] and getproxies().keys() - {"no"}))


def _stock_options(options: Mapping[str, Any]) -> dict[str, Any]:
    # httpx changes the context for HTTP/2, which connections that share it could not speak.
    if options.keys() & {"verify", "cert", "http2"}:
        return dict(options)
    return {**options, "verify": _tls_context()}


def _context_of(options: Mapping[str, Any]) -> Callable[[], ssl.SSLContext]:
    """What returns the context for https, when there is a request for it."""
    return (lambda: options["verify"]) if "verify" in options else _tls_context


@cache
def _tls_context() -> ssl.SSLContext:
    """Made once, since it takes longer than most calls do."""
    return httpx.create_ssl_context()
