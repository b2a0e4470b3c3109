# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""Connections: how they are secured, and who gets which."""

import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import cache, partial
from typing import Any
from urllib.request import getproxies

import anyio
import httpx

from ._direct import DirectTransport

_MOST = 100  # connections at a time, as httpx has it
_IDLE = 5.0  # seconds until an unused connection is closed, as httpx has it
_CHOSEN = {"transport", "mounts", "proxy", "limits", "cert", "http1", "http2"}


@cache
def _tls_context() -> ssl.SSLContext:
    """Made once, since it takes longer than most calls do."""
    return httpx.create_ssl_context()


def sync_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the options for an `httpx.Client`. What the caller or the environment has chosen stays."""
    verify = options.get("verify")
    if _is_chosen(options) or ("verify" in options and not isinstance(verify, ssl.SSLContext)):
        return _stock_options(options)
    return {**options, "transport": DirectTransport((lambda: verify) if verify else _tls_context)}


def async_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the options for an `httpx.AsyncClient`. What the caller or the environment has chosen stays."""
    if "verify" in options or _is_chosen(options):
        return _stock_options(options)
    make = partial(httpx.AsyncHTTPTransport, verify=_tls_context(), limits=httpx.Limits(max_connections=1))
    return {**options, "transport": LastUsedFirst(make)}


def _is_chosen(options: Mapping[str, Any]) -> bool:
    """Whether the caller or the environment has chosen how connections are made; certificates are another matter."""
    return bool(options.keys() & _CHOSEN or (options["trust_env"] and getproxies().keys() - {"no"}))


def _stock_options(options: Mapping[str, Any]) -> dict[str, Any]:
    # httpx changes the context for HTTP/2, which connections that share it could not speak.
    if options.keys() & {"verify", "cert", "http2"}:
        return dict(options)
    return {**options, "verify": _tls_context()}


class LastUsedFirst(httpx.AsyncBaseTransport):
    """Shares out transports of one connection each, which `make` makes.

    The one that was used last comes first, so that no more stay open than are needed.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self._make = make
        self._idle: list[tuple[float, httpx.AsyncBaseTransport]] = []
        self._places = anyio.Semaphore(_MOST)
        self._is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        wait = request.extensions.get("timeout", {}).get("pool")
        with anyio.move_on_after(wait) as waiting:
            await self._places.acquire()
        if waiting.cancelled_caught:
            raise httpx.PoolTimeout(f"all {_MOST} connections were busy for {wait:g} s", request=request)
        transport = self._idle.pop()[1] if self._idle else self._make()
        try:
            await self._close_unused()
            response = await transport.handle_async_request(request)
        except BaseException:
            # httpx has closed the connection; the next one to come opens another.
            await self._give_back(transport)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Body(response.stream, partial(self._give_back, transport))
        return response

    async def aclose(self) -> None:
        self._is_closed = True
        while self._idle:
            await self._idle.pop()[1].aclose()

    async def _give_back(self, transport: httpx.AsyncBaseTransport) -> None:
        self._places.release()
        if self._is_closed:
            await transport.aclose()
        else:
            self._idle.append((time.monotonic(), transport))

    async def _close_unused(self) -> None:
        while self._idle and self._idle[0][0] < time.monotonic() - _IDLE:
            await self._idle.pop(0)[1].aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, done: Callable[[], Awaitable[None]]) -> None:
        self._stream = stream
        self._done: Callable[[], Awaitable[None]] | None = done

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk

    async def aclose(self) -> None:
        done, self._done = self._done, None
        try:
            await self._stream.aclose()
        finally:
            if done:
                await done()
