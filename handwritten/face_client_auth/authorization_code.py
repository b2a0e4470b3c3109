"""Signs a person in with the browser: the OAuth 2 flow that the reference page spells out."""

import sys
import time
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from face_client.document import AAD_TOKEN_AUTHORIZATION_URL, AAD_TOKEN_SCOPES, AAD_TOKEN_TOKEN_URL
from face_client_auth._errors import SignInError
from face_client_auth._loopback import Redirection
from face_client_auth._provider import Attempt, Grant, Provider
from face_client_auth._secret import Secret
from face_client_auth._token import Token, TokenAuth


class TokenStore(Protocol):
    """Where tokens are kept, for this run of the program or longer. Who reads them can act as the person."""

    def load(self) -> Mapping[str, Any] | None:
        """Returns what was saved last, or None."""

    def save(self, tokens: Mapping[str, Any], /) -> None:
        """Keeps the provider's answer: `access_token`, `expires_at`, `refresh_token` and so on; all of it is JSON."""


class AuthorizationCodeAuth(TokenAuth):
    """Signs a person in with the browser, by the OAuth 2 authorization code flow with PKCE (RFC 6749, 7636, 8252).

    On the first request the system's browser is opened, or the URL printed where there is none, and the person comes
    back to a port of this machine. Later requests use the token, and then the refresh token where the provider gave
    one. Needs the extra `oauth`.

    Args:
        client_id: The application's id at the provider. The application is a public client there, with the redirect URI
            `http://127.0.0.1`, or `http://localhost` (see `redirect_host`).
        authorization_url: Where the person signs in. The document has a placeholder only: give your provider's.
        token_url: Where the code is turned into a token; likewise.
        scopes: What to ask for. With `offline_access` among them, Microsoft Entra ID gives a refresh token.
        client_secret: The application's secret, if it is no public client.
        redirect_host: 127.0.0.1, or localhost where the provider insists on it.
        port: The port to come back to, or 0 for a free one, as providers allow for this machine (RFC 8252, 7.3).
        timeout: How long the person may take, in seconds. A request for a token may take 30 s.
        open_browser: Shows a URL to the person, and returns False if it could not.
        store: Where tokens are kept; without it, in memory.

    Raises:
        ValueError: A URL is neither https nor of this machine.
        SignInError: When a request is made: consent was denied, the state was wrong, the port is in use, nobody came
            back in time, or the provider gave no token.
    """

    def __init__(
        self,
        client_id: str,
        *,
        authorization_url: str = AAD_TOKEN_AUTHORIZATION_URL,
        token_url: str = AAD_TOKEN_TOKEN_URL,
        scopes: str | Sequence[str] = AAD_TOKEN_SCOPES,
        client_secret: str | None = None,
        redirect_host: str = "127.0.0.1",
        port: int = 0,
        timeout: float = 300.0,
        open_browser: Callable[[str], object] = webbrowser.open,
        store: TokenStore | None = None,
    ) -> None:
        secret = None if client_secret is None else Secret(client_secret)
        del client_secret  # so that no traceback with locals shows it
        scope = scopes if isinstance(scopes, str) else " ".join(scopes)
        self._provider = Provider(client_id, secret, authorization_url, token_url, scope)
        self._redirect_host = redirect_host
        self._port = port
        self._timeout = timeout
        self._open_browser = open_browser
        self._store = store
        self._grant: Grant | None = None
        super().__init__(self._fetch_token)

    def _fetch_token(self, claims: str | None) -> Token:
        if self._grant is None and self._store and (tokens := _kept(self._store)).said:
            self._grant = tokens
            if not claims and (token := _usable(tokens)):
                return token
        grant = self._provider.refresh(self._grant, claims) if self._grant else None
        self._grant = grant = grant or self._ask_person(claims)
        if self._store:
            self._store.save(grant.said)
        return grant.token()

    def _ask_person(self, claims: str | None) -> Grant:
        problem: SignInError
        try:
            redirection = Redirection(self._redirect_host, self._port)
        except OSError as error:
            problem = SignInError(f"cannot wait for the browser on port {self._port}: {error.strerror}")
        else:
            with redirection:
                attempt = Attempt(self._provider, redirection.uri, claims)
                self._show(attempt.url)
                try:
                    grant = attempt.finish(redirection.wait(self._timeout))
                except SignInError as error:
                    redirection.tell("Not signed in", f"{error}. You can close this window.")
                    raise
                redirection.tell("Signed in", "You can close this window and go back to the program.")
                return grant
        raise problem

    def _show(self, url: str) -> None:
        try:
            opened = self._open_browser(url) is not False
        except (OSError, webbrowser.Error):
            opened = False
        if not opened:
            print(f"To sign in, open this page in a browser on this machine:\n{url}", file=sys.stderr)


def _kept(store: TokenStore) -> Grant:
    tokens: object = store.load()
    return Grant(tokens if isinstance(tokens, Mapping) else {})


def _usable(grant: Grant) -> Token | None:
    """The token of a grant that was kept, if it is one and not too old."""
    try:
        token = grant.token()
    except (TypeError, ValueError):
        return None
    return token if token.renew > time.monotonic() else None
