"""Signs requests in with a token that the caller has."""

from collections.abc import Callable

import httpx

from face_client_auth._flow import SteppedAuth, Steps
from face_client_auth._secret import Secret, Source


class BearerTokenAuth(SteppedAuth):
    """Sends a token in the header `Authorization: Bearer ...` (RFC 6750, section 2.1), as it is.

    Args:
        token: The token without "Bearer", or a function that returns it. A function is called for each request; an
            async client calls it in a thread.

    Raises:
        TypeError: The token is not a string. What a function returns is checked when a request is made.
        ValueError: The token is empty or has a character that no token has; the message does not repeat it.
    """

    def __init__(self, token: str | Callable[[], str]) -> None:
        source = Source(token)
        del token  # so that no traceback with locals shows it
        self._token = source.check("token")

    def steps(self, request: httpx.Request) -> Steps:
        token: Secret = (yield self._token.fetch) if self._token.is_function else self._token.fetch()
        token.sign(request, "Authorization", "Bearer ")
        yield request
