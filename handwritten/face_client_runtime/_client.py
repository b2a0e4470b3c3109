"""The base classes of generated clients: options, requests and their authentication."""

import json
import logging
from collections.abc import Callable, Mapping
from copy import copy
from functools import partial
from importlib import import_module
from types import NoneType
from typing import Any, ClassVar, Self
from urllib.parse import unquote_plus
from uuid import uuid4

import httpx

from ._certificates import check_certificates
from ._errors import PROXY, sanitized
from ._headers import SafeHeaders
from ._options import check_headers, check_httpx_args, check_max_retries, check_seconds, check_timeout
from ._pace import Pace
from ._proxies import proxy_for
from ._redaction import SECRET_PARAMETERS, Secrets, redact_log
from ._redirects import NOT_FOLLOWED, restore_location, without_redirects
from ._request_ids import CLIENT_REQUEST_ID
from ._shared import SharedState
from ._types import UNSET, Unset
from ._uploads import prepare
from ._urls import normalize_endpoint

# None for our own transport; the others have no sockets.
_SUPPORTED_TRANSPORTS = (NoneType, httpx.MockTransport, httpx.ASGITransport, httpx.WSGITransport)


class BaseClient:
    """The base class of `BaseSyncClient` and `BaseAsyncClient`."""

    user_agent: ClassVar[str]
    secret_headers: ClassVar[tuple[str, ...]]
    """The names of the request headers that contain a secret."""
    secret_parameters: ClassVar[tuple[str, ...]] = ()
    """The names of the query parameters and cookies that contain a secret."""
    endpoint_example: ClassVar[str]
    """An endpoint to show in error messages."""
    logger: ClassVar[logging.Logger]
    """The logger of retries."""

    deadline: float | None
    """Seconds for a whole call including its retries, or None for no limit."""
    stall_timeout: float | None
    """Seconds of waiting within which a stream must receive 1 KiB, or None for no limit."""
    max_retries: int
    """How often a failed request is retried."""
    requests_per_second: float | None
    """The maximum rate of requests, shared with the `with_options` copies, or None for no limit."""

    _shared: Any

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
        requests_per_second: float | None,
        headers: Mapping[str, str] | None,
        httpx_args: Mapping[str, Any] | None,
    ) -> None:
        if "follow_redirects" in (httpx_args or {}):
            raise ValueError("follow_redirects is not supported: a redirect could send the key to another server")
        check_httpx_args(httpx_args or {})
        pace = Pace(requests_per_second)
        self.requests_per_second = requests_per_second
        self._endpoint = normalize_endpoint(endpoint, path, self.endpoint_example)
        self._base_url = self._endpoint + path
        self._auth = auth
        self._send_kwargs: dict[str, Any] = {
            "stream": True,
            "auth": auth or httpx.USE_CLIENT_DEFAULT,
            "follow_redirects": False,
        }
        self._secret_names = frozenset(name.lower().encode() for name in self.secret_headers)
        self._headers = SafeHeaders({"User-Agent": self.user_agent}, self.secret_headers)
        redact_log(self.secret_parameters)
        check_timeout(timeout)
        self._timeout: Any = httpx.USE_CLIENT_DEFAULT
        self._set_options(headers, deadline, max_retries, stall_timeout)
        options: dict[str, Any] = {
            # Plain http, which is for this machine only, ignores the proxies of the environment.
            "trust_env": not self._endpoint.startswith("http:"),
            "timeout": timeout,
            **(httpx_args or {}),
        }
        proxy = None if "transport" in options else proxy_for(self._base_url, options)
        transports = [options.get("transport"), *(options.get("mounts") or {}).values()]
        owns_connections = all(isinstance(transport, _SUPPORTED_TRANSPORTS) for transport in transports) and (
            proxy is None or proxy.url.scheme != "https"
        )
        # Imported here since httpcore is slow to import, and not later since another thread may fork during an import.
        transport = import_module("face_client_runtime._transport")
        if "transport" not in options:
            check_certificates(options)
        make = partial(self._client_factory(transport), proxy, options)
        name = proxy.url.netloc.decode() if proxy and not options.get("mounts") else None
        self._shared = SharedState(make, owns_connections, pace, name)

    @property
    def endpoint(self) -> str:
        """The URL of the resource, normalized."""
        return self._endpoint

    @property
    def base_url(self) -> str:
        """The URL that the paths of all operations are appended to."""
        return self._base_url

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r}, auth={type(self._auth).__name__ if self._auth else None})"

    def with_options(
        self,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: httpx.Timeout | float | Unset | None = UNSET,
        deadline: float | Unset | None = UNSET,
        max_retries: int | Unset = UNSET,
        stall_timeout: float | Unset | None = UNSET,
    ) -> Self:
        """Returns a client with other options, for one call or more.

        It shares the connections and the pace with this client. Closing one of them closes both.

        Args:
            headers: Headers for every request, merged into those of this client.
            timeout, deadline, max_retries, stall_timeout: As for the class.

        Raises:
            TypeError: An option has the wrong type.
            ValueError: A number is out of range, or a header has an invalid character.
        """
        other = copy(self)
        other._headers = SafeHeaders(self._headers, self.secret_headers)
        if not isinstance(timeout, Unset):
            check_timeout(timeout)
            other._timeout = timeout
        other._set_options(
            headers,
            self.deadline if isinstance(deadline, Unset) else deadline,
            self.max_retries if isinstance(max_retries, Unset) else max_retries,
            self.stall_timeout if isinstance(stall_timeout, Unset) else stall_timeout,
        )
        return other

    @staticmethod
    def _client_factory(transport: Any) -> Callable[..., Any]:
        """Returns the function of the module `_transport` that creates the httpx client."""
        raise NotImplementedError

    def _set_options(
        self,
        headers: Mapping[str, str] | None,
        deadline: float | None,
        max_retries: int,
        stall_timeout: float | None,
    ) -> None:
        check_max_retries(max_retries)
        check_headers(headers or {})
        self.deadline = check_seconds("deadline", deadline)
        self.max_retries = max_retries
        self.stall_timeout = check_seconds("stall_timeout", stall_timeout)
        self._headers.update(headers)

    def _client_request_id(self) -> str:
        """Returns the id in the caller's headers, or a new one."""
        for headers in (self._headers, self._shared.client().headers):
            if CLIENT_REQUEST_ID in headers:
                return headers[CLIENT_REQUEST_ID]
        return str(uuid4())

    def _build_request(self, client: httpx.Client | httpx.AsyncClient, request: Mapping[str, Any]) -> httpx.Request:
        """Builds a request. The operation's headers override this client's, which override the httpx client's."""
        names = {name.lower().encode() for name in request["headers"]}
        headers: list[tuple[Any, Any]] = [field for field in self._headers.raw if field[0].lower() not in names]
        headers += request["headers"].items()
        arguments: dict[str, Any] = {
            **request,
            "url": self._base_url + request["url"],
            "headers": headers,
            "timeout": self._timeout,
        }
        if "json" in arguments and arguments["json"] is None:  # which httpx takes for no body
            arguments["content"] = json.dumps(arguments.pop("json"))
        try:
            built = client.build_request(**arguments)
            if client.params:  # httpx would replace the query by them
                built.url = _with_params(httpx.URL(arguments["url"]), client.params)
        except httpx.InvalidURL as error:
            raise ValueError(f"the request cannot be sent: {error}") from None
        built.extensions[NOT_FOLLOWED] = True
        built.extensions[PROXY] = self._shared.proxy
        built.extensions[SECRET_PARAMETERS] = self.secret_parameters
        prepare(built, request)
        return built

    def _process_response(self, response: httpx.Response) -> httpx.Response:
        """Restores the Location header, and redacts secrets in the headers."""
        restore_location(response)
        Secrets(response.request, self._secret_names).redact_head(response)
        return response


def _with_params(url: httpx.URL, params: httpx.QueryParams) -> httpx.URL:
    """Adds the parameters of an httpx client to the query, as it is. The query's own override them."""
    own = [unquote_plus(pair.partition("=")[0]) for pair in url.query.decode().split("&")]
    others = httpx.QueryParams([(name, value) for name, value in params.multi_items() if name not in own])
    return url.copy_with(query="&".join(filter(None, [str(others), url.query.decode()])).encode())


class BaseSyncClient(BaseClient):
    """The base class of a generated `Client`."""

    _shared: SharedState[httpx.Client]

    @staticmethod
    def _client_factory(transport: Any) -> Callable[..., httpx.Client]:
        maker: Callable[..., httpx.Client] = transport.sync_client
        return maker

    def get_httpx_client(self) -> httpx.Client:
        """Returns the `httpx.Client`, which is created on first use."""
        return self._shared.client()

    def set_httpx_client(self, client: httpx.Client) -> Self:
        """Uses the given `httpx.Client`: its transport, timeouts, proxies and hooks.

        It is closed with this client. `auth` still authenticates the requests, and redirects are not followed.
        """
        if not isinstance(client, httpx.Client):
            raise TypeError(f"client must be an httpx.Client, not {type(client).__name__}")
        self._shared.replace(without_redirects(client))
        return self

    def close(self) -> None:
        """Closes the client and its connections."""
        if client := self._shared.close():
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _send(self, request: Mapping[str, Any], time_left: float | None = None) -> httpx.Response:
        """Sends a request once. Returns the unread response; the caller closes it.

        Args:
            request: The arguments of `httpx.Client.build_request`; `url` is a path below `base_url`.
            time_left: Seconds until the deadline, the maximum of each timeout of a custom transport.
        """
        client = self._shared.client()
        built = self._build_request(client, request)
        if not self._shared.owns_connections:
            self._limit_timeouts(built, time_left)
        failure: Exception
        try:
            response = client.send(built, **self._send_kwargs)
            try:
                return self._process_response(response)
            except BaseException:
                response.close()
                raise
        except httpx.RequestError as error:
            failure = error
        # Raised outside of the except block: the context's traceback contains the key.
        raise sanitized(failure, built)

    def _apply_stall_timeout(self, request: httpx.Request) -> None:
        """Replaces the deadline by the stall timeout, for the body of a stream."""
        if not self._shared.owns_connections:
            self._limit_timeouts(request, self.stall_timeout)

    def _limit_timeouts(self, request: httpx.Request, seconds: float | None) -> None:
        """Limits each timeout of a request to a number of seconds."""
        timeout = self._shared.client().timeout if self._timeout is httpx.USE_CLIENT_DEFAULT else self._timeout
        timeouts = httpx.Timeout(timeout).as_dict()
        if seconds is not None:
            maximum = max(0.001, seconds)
            timeouts = {name: maximum if value is None else min(value, maximum) for name, value in timeouts.items()}
        request.extensions["timeout"] = timeouts


class BaseAsyncClient(BaseClient):
    """The base class of a generated `AsyncClient`."""

    _shared: SharedState[httpx.AsyncClient]

    @staticmethod
    def _client_factory(transport: Any) -> Callable[..., httpx.AsyncClient]:
        maker: Callable[..., httpx.AsyncClient] = transport.async_client
        return maker

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """Returns the `httpx.AsyncClient`, which is created on first use."""
        return self._shared.client()

    def set_async_httpx_client(self, client: httpx.AsyncClient) -> Self:
        """Uses the given `httpx.AsyncClient`: its transport, timeouts, proxies and hooks.

        It is closed with this client. `auth` still authenticates the requests, and redirects are not followed.
        """
        if not isinstance(client, httpx.AsyncClient):
            raise TypeError(f"client must be an httpx.AsyncClient, not {type(client).__name__}")
        self._shared.replace(without_redirects(client))
        return self

    async def aclose(self) -> None:
        """Closes the client and its connections."""
        if client := self._shared.close():
            await client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    async def _send(self, request: Mapping[str, Any]) -> httpx.Response:
        """The async `_send`. It can be cancelled at any time."""
        client = self._shared.client()
        built = self._build_request(client, request)
        failure: Exception
        try:
            return self._process_response(await client.send(built, **self._send_kwargs))
        except httpx.RequestError as error:
            failure = error
        raise sanitized(failure, built)
