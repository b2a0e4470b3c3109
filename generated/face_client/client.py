# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from collections.abc import Mapping
from typing import Any

import httpx
from face_client_runtime import DEFAULT_TIMEOUT, BaseClient, path_segment

from .document import API_VERSION, SECRET_HEADERS, SERVER_PATH


class Client(BaseClient):
    """Azure AI Face liveness session image: where the service is, how to sign in, and how long to wait.

    It is for the sync and the async calls, and has a pool of connections for each. Threads may share it, and the tasks
    of one event loop. Close it with `with`, `async with`, `close` or `aclose`.

    Args:
        endpoint: The URL of the resource, such as `https://contoso.cognitiveservices.azure.com`.
            Plain http is accepted for this machine only.
        api_version: API Version; it is a part of every URL.
        auth: How requests are signed in. Without it, that is left to the httpx client.
        timeout: How long to wait, in seconds or as an `httpx.Timeout`: 10 s for a connection, and 60 s each for the
            next piece of the response, for room to send and for a free connection. None waits for ever.
        deadline: Seconds for a whole call, with all its tries and pauses; for a stream, until its body begins. None
            sets no limit.
        stall_timeout: Seconds of waiting in which a stream has to bring 1 KiB or its end. None accepts any pace.
        max_retries: How often a GET is sent again after a 408, 429, 500, 502, 503 or 504, a failed connection or a body
            that broke off, each time after a pause: the one that the server asks for (up to 60 s), or 0.5 s, 1 s, 2 s
            and so on up to 8 s, with up to 50% jitter.
        headers: Headers for every request, beside those that the client sends itself.
        httpx_args: Further arguments for `httpx.Client` and `httpx.AsyncClient`, such as `verify` or `proxy`.

    Raises:
        TypeError: The endpoint is not a string, or `auth` is not an `httpx.Auth`.
        ValueError: The endpoint is not one that a key may be sent to, or is ambiguous; a header has a character that
            cannot be sent; or a number is out of range.
    """

    user_agent = "face-client/0.1.0"
    secret_headers = SECRET_HEADERS
    endpoint_example = "https://contoso.cognitiveservices.azure.com"

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
        super().__init__(
            endpoint,
            SERVER_PATH.format(
                api_version=path_segment("api_version", api_version),
            ),
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            stall_timeout=stall_timeout,
            max_retries=max_retries,
            headers=headers,
            httpx_args=httpx_args,
        )
