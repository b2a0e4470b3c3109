"""Signs requests in with Microsoft Entra ID, through a credential of azure-identity or one like it."""

from collections.abc import Sequence
from inspect import isawaitable, iscoroutinefunction
from typing import Any, Protocol

from face_client.document import AAD_TOKEN_SCOPES
from face_client_auth._secret import Secret
from face_client_auth._token import Token, TokenAuth


class Credential(Protocol):
    """What azure-core calls a `TokenCredential`, or an `AsyncTokenCredential` when its function is async."""

    def get_token(self, *scopes: str, **options: Any) -> Any: ...


class TokenCredentialAuth(TokenAuth):
    """Sends a Microsoft Entra ID token, which the credential gives out (the scheme `AADToken` of the reference page).

    The token is kept until it is time for another: at its `refresh_on`, or 5 minutes before its end. However many
    threads or tasks wait for it, it is asked for once. One that the service rejects is asked for once more, with the
    claims of the challenge (continuous access evaluation). How long a request for it may take, and how often it is
    tried again, is the credential's own setting.

    Args:
        credential: Anything with the `get_token` or `get_token_info` of azure-identity, sync or async. A sync one does
            not block the event loop of an async client; an async one cannot serve a sync client.
        scopes: What to ask for.

    Raises:
        TypeError: The credential has no such function; when a request is made: it is async and the client is not, or
            what it returns is no token.
    """

    def __init__(self, credential: Credential, scopes: str | Sequence[str] = AAD_TOKEN_SCOPES) -> None:
        # The newer of the two functions, which alone tells `refresh_on`.
        get_token_info = getattr(credential, "get_token_info", None)
        get_token = get_token_info or getattr(credential, "get_token", None)
        if not callable(get_token):
            kind = type(credential).__name__
            del credential  # it may be a token, and no traceback with locals shows it
            raise TypeError(f"credential must have get_token, as azure-identity's; {kind} has not")
        wanted = (scopes,) if isinstance(scopes, str) else tuple(scopes)

        def ask(claims: str | None) -> Any:
            options = {"enable_cae": True, **({"claims": claims} if claims else {})}
            return get_token(*wanted, options=options) if get_token_info else get_token(*wanted, **options)

        def fetch(claims: str | None) -> Token:
            return _token(ask(claims))

        async def fetch_async(claims: str | None) -> Token:
            return _token(await ask(claims))

        super().__init__(fetch_async if iscoroutinefunction(get_token) else fetch)


def _token(given: Any) -> Token:
    if isawaitable(given):
        raise TypeError("the credential's function returned an awaitable without being async itself")
    secret, expires_on = Secret(getattr(given, "token", None)), getattr(given, "expires_on", None)
    refresh_on = getattr(given, "refresh_on", None)
    del given  # so that no traceback with locals shows it
    if not isinstance(expires_on, int | float):
        raise TypeError("the credential's token must have expires_on, in seconds of Unix time")
    return Token.of(secret, expires_on, refresh_on)
