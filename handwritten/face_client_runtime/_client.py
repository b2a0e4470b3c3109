"""The client of a document: where the service is, how to sign in, and how long to wait."""

import html
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from threading import Lock
from types import NoneType
from typing import Any, ClassVar, Self
from urllib.parse import quote

import httpx

from . import _fork
from ._errors import sanitized
from ._headers import SafeHeaders
from ._proxies import proxy_for
from ._urls import normalize_endpoint

DEFAULT_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_WITHOUT_SOCKETS = (NoneType, httpx.MockTransport, httpx.ASGITransport, httpx.WSGITransport)
MAX_ERROR_BODY = 64 * 1024


class BaseClient:
    """What a generated `Client` stands on.

    Attributes:
        deadline, stall_timeout, max_retries: As the arguments of the generated client.
    """

    user_agent: ClassVar[str]
    secret_headers: ClassVar[tuple[str, ...]]
    """The names of the request headers that carry a secret."""
    endpoint_example: ClassVar[str]
    """What error messages show as an endpoint."""

    def __init__(
        self,
        endpoint: str,
        path: str,
        *,
        auth: httpx.Auth | None,
        timeout: httpx.Timeout | float | None,
        deadline: float | None,
        stall_timeout: float | None,
        max_retries: int,
        headers: Mapping[str, str] | None,
        httpx_args: Mapping[str, Any] | None,
    ) -> None:
        if "follow_redirects" in (httpx_args or {}):
            raise ValueError("follow_redirects is not supported: a redirect could take the key to another server")
        for name, seconds in (("deadline", deadline), ("stall_timeout", stall_timeout)):
            if seconds is not None and not seconds > 0:
                raise ValueError(f"{name} must be a number of seconds above 0, or None for no limit: {seconds!r}")
        if max_retries < 0:
            raise ValueError(f"max_retries must be 0 or more: {max_retries!r}")
        self.deadline = deadline
        self.stall_timeout = stall_timeout
        self.max_retries = max_retries
        self._endpoint = normalize_endpoint(endpoint, path, self.endpoint_example)
        self._base_url = self._endpoint + path
        self._auth = auth
        self._send_kwargs: dict[str, Any] = {
            "stream": True,
            "auth": auth or httpx.USE_CLIENT_DEFAULT,
            "follow_redirects": False,
        }
        self._options: dict[str, Any] = {
            # What is sent to this machine in plain text goes to no proxy that the environment names.
            "trust_env": not self._endpoint.startswith("http:"),
            "timeout": timeout,
            **(httpx_args or {}),
        }
        self._headers = SafeHeaders({"User-Agent": self.user_agent}, self.secret_headers)
        self._headers.update(headers)
        for name, value in self._headers.items():
            if value != value.strip() or not value.isprintable():
                # An error later on would quote the value, which may be a secret.
                raise ValueError(f"the header {name} has a line break, another control character, or outer blanks")
        self._is_closed = False
        transports = [self._options.get("transport"), *(self._options.get("mounts") or {}).values()]
        self._proxy = None if "transport" in self._options else proxy_for(self._base_url, self._options)
        # Connections that we cannot end at a deadline, nor close in the child of a fork.
        self._is_foreign = not all(isinstance(transport, _WITHOUT_SOCKETS) for transport in transports) or (
            self._proxy is not None and self._proxy.url.scheme == "https"
        )
        self._process = os.getpid()
        self._client: httpx.Client | None = None
        self._async_client: httpx.AsyncClient | None = None
        self._lock = Lock()
        # It imports httpcore, which takes long, and must not be under way in one thread when another one forks.
        self._transport = import_module("face_client_runtime._transport")
        _fork.register(self)

    @property
    def endpoint(self) -> str:
        """The URL of the resource, as it is used."""
        return self._endpoint

    @property
    def base_url(self) -> str:
        """The URL below which all operations are."""
        return self._base_url

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r}, auth={type(self._auth).__name__ if self._auth else None})"

    def get_httpx_client(self) -> httpx.Client:
        """Returns the `httpx.Client` for the sync calls, which is made on first use."""
        with self._lock:
            self._check_usable()
            if self._client is None:
                self._client = self._transport.sync_client(self._proxy, self._options)
            return self._client

    def set_httpx_client(self, client: httpx.Client) -> Self:
        """Uses the given `httpx.Client` for the sync calls: its transport, timeouts, proxies and hooks.

        It is closed with this client. Requests are still signed in by `auth`, and redirects are not followed.
        """
        self._client, self._is_foreign = client, True
        return self

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """Returns the `httpx.AsyncClient` for the async calls, which is made on first use."""
        with self._lock:
            self._check_usable()
            if self._async_client is None:
                self._async_client = self._transport.async_client(self._proxy, self._options)
            return self._async_client

    def set_async_httpx_client(self, client: httpx.AsyncClient) -> Self:
        """Uses the given `httpx.AsyncClient` for the async calls, as `set_httpx_client` does for the sync ones."""
        self._async_client, self._is_foreign = client, True
        return self

    def send(self, request: Mapping[str, Any], time_left: float | None = None) -> httpx.Response:
        """Sends a request once, and returns the response, whose body has not been read and which is to be closed.

        Args:
            request: The arguments of `httpx.Client.build_request`; `url` is a path below `base_url`.
            time_left: Seconds to which a transport of the caller's, which does not know of deadlines, limits each wait.
        """
        client = self.get_httpx_client()
        prepared = self._prepared(client, request)
        if self._is_foreign:
            prepared.extensions["timeout"] = _shortened(client.timeout, time_left)
        failure: Exception
        try:
            return client.send(prepared, **self._send_kwargs)
        except (httpx.RequestError, httpx.InvalidURL, UnicodeError) as error:
            failure = error
        # Out here it has no context, whose frames would hold the key.
        raise sanitized(failure, prepared)

    async def asend(self, request: Mapping[str, Any]) -> httpx.Response:
        """Does what `send` does, async. A cancelled scope can end it at any time."""
        client = self.get_async_httpx_client()
        prepared = self._prepared(client, request)
        failure: Exception
        try:
            return await client.send(prepared, **self._send_kwargs)
        except (httpx.RequestError, httpx.InvalidURL, UnicodeError) as error:
            failure = error
        raise sanitized(failure, prepared)

    def end_deadline(self, request: httpx.Request) -> None:
        """Ends what `send` did for the deadline, when the body of a stream begins: the stall rule is for that."""
        if self._is_foreign:
            request.extensions["timeout"] = _shortened(self.get_httpx_client().timeout, self.stall_timeout)

    def redacted(self, request: httpx.Request, content: bytes) -> bytes:
        """Returns the first 64 KiB of an error body, without the secrets of the request.

        Some gateways repeat the request in their error page, and error bodies are logged.
        """
        kept = content[: 2 * MAX_ERROR_BODY]
        for name in self.secret_headers:
            secret = request.headers.get(name, "").rpartition(" ")[2]
            if not secret:
                continue
            with suppress(ValueError, RecursionError):
                # JSON has more than one way to write a character.
                plain = json.dumps(json.loads(kept), ensure_ascii=False)
                kept = plain.encode() if secret in plain else kept
            for written in {secret, quote(secret, safe=""), html.escape(secret)}:
                kept = kept.replace(written.encode(), b"[redacted]")
        # Cut only now: half a secret at the end would not have been found.
        return kept[:MAX_ERROR_BODY]

    def close(self) -> None:
        """Closes the client and the connections of the sync calls. Those of the async calls are closed by `aclose`."""
        self._is_closed = True
        if self._client is not None:
            self._client.close()

    async def aclose(self) -> None:
        """Closes the client and its connections, those of the sync calls too."""
        self.close()
        if self._async_client is not None:
            await self._async_client.aclose()

    def after_fork(self) -> None:
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    def _check_usable(self) -> None:
        if self._is_closed:
            raise RuntimeError("the client has been closed")
        if self._is_foreign and self._process != os.getpid():
            raise RuntimeError(
                "this client was made before os.fork(), with a transport of your own or a proxy over https, whose"
                " connections belong to the parent process: make a new client in the child"
            )

    def _prepared(self, client: httpx.Client | httpx.AsyncClient, request: Mapping[str, Any]) -> httpx.Request:
        names = {name.lower().encode() for name in request["headers"]}
        headers = [field for field in self._headers.raw if field[0].lower() not in names]
        headers += request["headers"].items()
        try:
            return client.build_request(**{**request, "url": self._base_url + request["url"], "headers": headers})
        except httpx.InvalidURL as error:
            raise ValueError(f"the request cannot be sent: {error}") from None


def _shortened(timeout: httpx.Timeout, seconds: float | None) -> dict[str, float | None]:
    """Each of the timeouts, no longer than so many seconds."""
    if seconds is None:
        return timeout.as_dict()
    limit = max(0.001, seconds)
    return {name: limit if value is None else min(value, limit) for name, value in timeout.as_dict().items()}
