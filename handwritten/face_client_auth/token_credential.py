"""Signs requests in with Microsoft Entra ID, through a credential of azure-identity or one like it."""

from collections.abc import Callable, Sequence
from inspect import Parameter, isawaitable, iscoroutinefunction, signature
from typing import Any

from face_client.document import AAD_TOKEN_SCOPES
from face_client_auth._secret import Secret
from face_client_auth._token import Token, TokenAuth
from face_client_auth.credentials import AsyncTokenProvider, TokenProvider


class TokenCredentialAuth(TokenAuth):
    """Sends an access token of Microsoft Entra ID, which the credential acquires.

    The token is cached and refreshed before it expires: at its `refresh_on`, or else 5 minutes early. Concurrent
    callers share one refresh. On a 401 the token is refreshed once and the request sent again, with the claims of the
    challenge if there are any (continuous access evaluation). Timeouts and retries of token requests are options of the
    credential; a sync call waits for them, also past its deadline.

    Args:
        credential: An object with the `get_token` or `get_token_info` of azure-core, sync or async. An async client
            calls a sync one in a worker thread; a sync client cannot use an async one. The method need not take the
            options of azure-core, such as `enable_cae` and `claims`.
        scopes: The scopes to request, by default those of the public cloud.

    Raises:
        TypeError: The credential has neither method. When a request is made: the credential is async and the client is
            not, or its result is not an access token.
    """

    def __init__(
        self, credential: TokenProvider | AsyncTokenProvider, scopes: str | Sequence[str] = AAD_TOKEN_SCOPES
    ) -> None:
        # The newer of the two methods, the only one with `refresh_on`.
        get_token_info = getattr(credential, "get_token_info", None)
        get_token = get_token_info or getattr(credential, "get_token", None)
        if not callable(get_token):
            kind = type(credential).__name__
            del credential  # it may be a token, and no traceback with locals shows it
            raise TypeError(f"credential must have a get_token or get_token_info method, {kind} has neither")
        requested = (scopes,) if isinstance(scopes, str) else tuple(scopes)
        takes = _accepts(get_token)

        def request_token(claims: str | None) -> Any:
            options = {"enable_cae": True, **({"claims": claims} if claims else {})}
            keywords = {"options": options} if get_token_info else options
            return get_token(*requested, **{name: value for name, value in keywords.items() if takes(name)})

        def fetch(claims: str | None) -> Token:
            return _token(request_token(claims))

        async def fetch_async(claims: str | None) -> Token:
            return _token(await request_token(claims))

        super().__init__(fetch_async if iscoroutinefunction(get_token) else fetch)


def _accepts(method: Callable[..., Any]) -> Callable[[str], bool]:
    """Returns what says if a method takes a keyword argument: credentials of people's own often take scopes alone."""
    try:
        parameters = signature(method).parameters
    except (TypeError, ValueError):  # it may have none, if it is not written in Python
        return lambda _: True
    takes_any = any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters.values())
    return lambda name: takes_any or name in parameters


def _token(access_token: Any) -> Token:
    if isawaitable(access_token):
        raise TypeError("the credential returned an awaitable, but its method is not an async function")
    secret, expires_on = Secret(getattr(access_token, "token", None)), getattr(access_token, "expires_on", None)
    refresh_on = getattr(access_token, "refresh_on", None)
    del access_token  # so that no traceback with locals shows it
    if not isinstance(expires_on, int | float):
        raise TypeError("the access token must have expires_on, in seconds of Unix time")
    return Token.of(secret, expires_on, refresh_on)
