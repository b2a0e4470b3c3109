"""Signs requests in with a token that the caller has."""

from collections.abc import Callable, Generator

import httpx

from face_client_auth._secrets import checked


class BearerTokenAuth(httpx.Auth):
    """Sends a token in the header `Authorization: Bearer ...` (RFC 6750, section 2.1).

    Args:
        token: The token without "Bearer", or a function that returns it and is called once for each request.

    Raises:
        TypeError: The token is not a string. A function is called, and its result checked, when a request is made.
        ValueError: The token is empty or has a character that no token has; the message does not repeat it.
    """

    def __init__(self, token: str | Callable[[], str]) -> None:
        self._token = token if callable(token) else checked("token", token)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = checked("token", self._token()) if callable(self._token) else self._token
        request.headers["Authorization"] = f"Bearer {token}"
        yield request
