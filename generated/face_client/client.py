# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any, Self

import httpx

from ._connections import async_options, sync_options
from ._urls import normalize_endpoint, path_segment
from .document import API_VERSION, SERVER_PATH
from .errors import detached
from .headers import SafeHeaders

DEFAULT_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
USER_AGENT = "face-client/0.1.0"


class Client:
    """Azure AI Face liveness session image: where the service is, how to sign in, and how long to wait.

    It serves the sync and the async calls, and has a pool of connections for each. Threads may share it, and the tasks
    of one event loop. Close it with `with`, `async with`, `close` or `aclose`.

    Args:
        endpoint: The URL of the resource, such as `https://contoso.cognitiveservices.azure.com`. Plain http is
            accepted for this machine alone.
        api_version: API Version; it is a part of every URL.
        auth: How requests are signed in. Without it, that is left to the httpx client.
        timeout: How long to wait, in seconds or as an `httpx.Timeout`: 10 s for a connection, and 60 s for each of the
            next piece of the answer, room to send and a free connection. None waits for ever.
        deadline: Seconds for a whole call, with all its tries and pauses; for a stream, until its body begins. None
            sets no end.
        stall_timeout: Seconds of waiting in which a stream has to bring 1 KiB or its end. None accepts any pace.
        max_retries: How often a GET is sent again after a 408, 429, 500, 502, 503 or 504, a failed connection or a body
            that broke off, each time after a pause: the one that the server asks for (up to 60 s), or 0.5 s, 1 s, 2 s and
            so on up to 8 s, of which chance takes up to a half.
        headers: Headers for every request, beside those that the client sends itself.
        httpx_args: Further arguments for `httpx.Client` and `httpx.AsyncClient`, such as `verify` or `proxy`.

    Raises:
        TypeError: The endpoint is not a string, or `auth` is not an `httpx.Auth`.
        ValueError: The endpoint is not one that a key may be sent to, or its meaning is not plain; a header has a
            character that cannot be sent; or a number is out of range.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        api_version: str = API_VERSION,
        auth: httpx.Auth | None = None,
        timeout: httpx.Timeout | float | None = DEFAULT_TIMEOUT,
        deadline: float | None = 120.0,
        stall_timeout: float | None = 30.0,
        max_retries: int = 3,
        headers: Mapping[str, str] | None = None,
        httpx_args: Mapping[str, Any] | None = None,
    ) -> None:
        if auth is not None and not isinstance(auth, httpx.Auth):
            kind = type(auth).__name__
            del auth  # it may be a key, and no traceback with locals shows it
            raise TypeError(f"auth must be an httpx.Auth, not {kind}")
        if "follow_redirects" in (httpx_args or {}):
            raise ValueError("follow_redirects is not supported: a redirect could take the key to another server")
        for name, seconds in (("deadline", deadline), ("stall_timeout", stall_timeout)):
            if seconds is not None and not seconds > 0:
                raise ValueError(f"{name} must be a number of seconds above 0, or None for no end: {seconds!r}")
        if max_retries < 0:
            raise ValueError(f"max_retries must be 0 or more: {max_retries!r}")
        self.deadline = deadline
        self.stall_timeout = stall_timeout
        self.max_retries = max_retries
        path = SERVER_PATH.format(
            api_version=path_segment("api_version", api_version),
        )
        self._endpoint = normalize_endpoint(endpoint, path)
        self._base_url = self._endpoint + path
        self._auth = auth
        self._how_to_send: dict[str, Any] = {
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
        self._headers = SafeHeaders({"User-Agent": USER_AGENT})
        self._headers.update(headers)
        for name, value in self._headers.items():
            if value != value.strip() or not value.isprintable():
                # Whoever found it later would quote the value, which may be a secret.
                raise ValueError(f"the header {name} holds a line break, another control character, or outer blanks")
        self._lock = Lock()
        self._is_closed = False
        self._client: httpx.Client | None = None
        self._async_client: httpx.AsyncClient | None = None

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
            if self._client is None:
                if self._is_closed:
                    raise RuntimeError("the client has been closed")
                self._client = httpx.Client(**sync_options(self._options))
            return self._client

    def set_httpx_client(self, client: httpx.Client) -> Self:
        """Uses the given `httpx.Client` for the sync calls: its transport, timeouts, proxies and hooks.

        It is closed with this client. Requests are still signed in by `auth`, and redirects are not followed.
        """
        self._client = client
        return self

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """Returns the `httpx.AsyncClient` for the async calls, which is made on first use."""
        with self._lock:
            if self._async_client is None:
                if self._is_closed:
                    raise RuntimeError("the client has been closed")
                self._async_client = httpx.AsyncClient(**async_options(self._options))
            return self._async_client

    def set_async_httpx_client(self, client: httpx.AsyncClient) -> Self:
        """Uses the given `httpx.AsyncClient` for the async calls, as `set_httpx_client` does for the sync ones."""
        self._async_client = client
        return self

    def send(self, request: Mapping[str, Any], end: float | None = None) -> httpx.Response:
        """Sends a request, whose `url` is a path below `base_url`, once, and returns the answer, which is to be closed.

        The other items of `request` are those of `httpx.Client.build_request`. The body has not been read. At `end`, a
        value of `time.monotonic`, a transport that knows the extension `deadline` waits no longer; for the others it
        shortens each of the timeouts.
        """
        client = self.get_httpx_client()
        prepared = self._prepared(client, request)
        if end is not None:
            timeouts, left = prepared.extensions["timeout"], max(0.001, end - time.monotonic())
            timeouts.update({name: left for name, seconds in timeouts.items() if seconds is None or seconds > left})
            prepared.extensions["deadline"] = end
        failure: Exception | None = None
        try:
            return client.send(prepared, **self._how_to_send)
        except (httpx.RequestError, httpx.InvalidURL, UnicodeError) as error:
            failure = error
        # Out here it has no context, whose frames would hold the key.
        raise detached(failure, prepared)

    async def asend(self, request: Mapping[str, Any]) -> httpx.Response:
        """Does what `send` does, async, where a cancelled scope can end it at any time."""
        client = self.get_async_httpx_client()
        prepared = self._prepared(client, request)
        failure: Exception | None = None
        try:
            return await client.send(prepared, **self._how_to_send)
        except (httpx.RequestError, httpx.InvalidURL, UnicodeError) as error:
            failure = error
        # Out here it has no context, whose frames would hold the key.
        raise detached(failure, prepared)

    def close(self) -> None:
        """Closes the client, and the connections of the sync calls. What was used async is closed by `aclose`."""
        self._is_closed = True
        if self._client is not None:
            self._client.close()

    async def aclose(self) -> None:
        """Closes the connections of the async and of the sync calls."""
        self.close()
        if self._async_client is not None:
            await self._async_client.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    def _prepared(self, client: httpx.Client | httpx.AsyncClient, request: Mapping[str, Any]) -> httpx.Request:
        headers = SafeHeaders(self._headers)
        headers.update(request["headers"])
        try:
            return client.build_request(**{**request, "url": self._base_url + request["url"], "headers": headers})
        except httpx.InvalidURL as error:
            raise ValueError(f"the request cannot be sent: {error}") from None
