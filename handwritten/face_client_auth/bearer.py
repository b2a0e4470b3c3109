"""Signs requests in with a token that the caller provides."""

from collections.abc import Awaitable, Callable

import httpx

from face_client_auth._flow import BaseAuth, Steps
from face_client_auth._secret import SecretSource


class BearerTokenAuth(BaseAuth):
    """Sends a token in the header `Authorization: Bearer ...` (RFC 6750, section 2.1).

    Args:
        token: The token without "Bearer", or a function that returns it. A function is called for each request. An
            async client awaits an async function, and runs another one in a worker thread; a sync client cannot use an
            async one.

    Raises:
        TypeError: The token is not a string, or a sync client has an async function. What a function returns is checked
            when a request is made.
        ValueError: The token is empty or has a character that no token has; the message does not repeat it.
    """

    def __init__(self, token: str | Callable[[], str | Awaitable[str]]) -> None:
        try:
            self._token = SecretSource(token, "token")
            self.is_async = self._token.is_async
        finally:
            del token  # so that no traceback with locals shows it

    def steps(self, request: httpx.Request) -> Steps:
        token = yield from self._token.fetch()
        token.set_header(request, "Authorization", "Bearer ")
        yield request
