"""Signs a person in with the browser, by the OAuth 2 authorization code flow."""

import sys
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from face_client.document import AAD_TOKEN_SCOPES
from face_client_auth._errors import SignInError
from face_client_auth._loopback import LoopbackServer
from face_client_auth._secret import Secret
from face_client_auth._token import Token, TokenAuth, TokenResponse


class TokenStore(Protocol):
    """Keeps the last token response, in memory or longer. Whoever can read it can act as the person."""

    def load(self) -> Mapping[str, Any] | None:
        """Returns what was saved last, or None."""

    def save(self, tokens: Mapping[str, Any], /) -> None:
        """Saves a token response: `access_token`, `expires_at`, `refresh_token` and others, as JSON values."""


class AuthorizationCodeAuth(TokenAuth):
    """Signs a person in with the browser, by the authorization code flow with PKCE (RFC 6749, 7636, 8252).

    The first request opens the system's browser, or prints the URL if there is none, and waits until the browser is
    redirected back to a port of this machine. Later requests use the access token, and then the refresh token if the
    authorization server issued one. If the service rejects the token of a sign-in, there is no second one until that
    token expires, except for the claims of a challenge. Needs the extra `oauth`.

    Args:
        client_id: The client id of the application. It is registered as a public client with the redirect URI
            `http://127.0.0.1` or `http://localhost` (see `redirect_host`).
        authorization_url: The authorization endpoint, such as
            `https://login.microsoftonline.com/<tenant>/oauth2/v2.0/authorize`.
        token_url: The token endpoint, such as `https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token`.
        scopes: The scopes to request. Microsoft Entra ID issues a refresh token if `offline_access` is among them.
        client_secret: The client secret, for a confidential client.
        redirect_host: The host of the redirect URI: 127.0.0.1 or localhost.
        port: The port of the redirect URI, or 0 for a free one, which authorization servers allow (RFC 8252, 7.3).
        timeout: Seconds that the person may take. A token request may take 30 s more. An async call ends at its
            deadline, and a later one uses the token of a sign-in that the person has completed since.
        open_browser: Opens a URL, and returns False if it cannot.
        store: Keeps the tokens for longer than this object exists.

    Raises:
        ModuleNotFoundError: Authlib is not installed.
        ValueError: A URL is neither https nor of this machine.
        SignInError: When a request is made: the person denied consent or did not finish in time, the port is in use, or
            the authorization server issued no token.
    """

    def __init__(
        self,
        client_id: str,
        *,
        authorization_url: str,
        token_url: str,
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
        try:
            from face_client_auth._oauth import OAuthClient
        except ModuleNotFoundError as error:
            message = f'AuthorizationCodeAuth needs {error.name}: pip install "face-client[oauth]"'
            raise ModuleNotFoundError(message, name=error.name) from None
        scope = scopes if isinstance(scopes, str) else " ".join(scopes)
        self._client = OAuthClient(client_id, secret, authorization_url, token_url, scope)
        self._redirect_host = redirect_host
        self._port = port
        self._timeout = timeout
        self._open_browser = open_browser
        self._store = store
        self._response: TokenResponse | None = None
        self._claims: str | None = None  # of the last sign-in
        super().__init__(self._fetch_token)

    def _fetch_token(self, claims: str | None) -> Token:
        if self._response is None and self._store and (stored := TokenResponse(self._store.load())).parameters:
            self._response = stored
            if not claims and (token := _valid_token(stored)):
                return token
        response = self._client.refresh(self._response, claims) if self._response else None
        if response is None:
            token, asks_for_more = self._token, claims and not self._claims
            if token and not (token.is_due or self._was_accepted or asks_for_more):
                return token  # a service that has accepted nothing since the last sign-in would reject the next one too
            response = self._authorize(claims)
            self._was_accepted, self._claims = False, claims
        self._response = response
        if self._store:
            self._store.save(response.parameters)
        return response.token()

    def _authorize(self, claims: str | None) -> TokenResponse:
        try:
            server = LoopbackServer(self._redirect_host, self._port)
        except OSError as error:
            raise SignInError(f"cannot listen on port {self._port}: {error.strerror}") from None
        with server:
            request = self._client.authorization_request(server.redirect_uri, server.state, claims)
            self._show(request.url)
            try:
                response = request.exchange(server.wait(self._timeout))
            except SignInError as error:
                server.show("Not signed in", f"{error}. You can close this window.")
                raise
            server.show("Signed in", "You can close this window and return to the program.")
            return response

    def _show(self, url: str) -> None:
        try:
            opened = self._open_browser(url) is not False
        except (OSError, webbrowser.Error):
            opened = False
        if not opened:
            print(f"To sign in, open this page in a browser on this machine:\n{url}", file=sys.stderr)


def _valid_token(stored: TokenResponse) -> Token | None:
    """Returns the stored access token, or None if there is none or it is about to expire."""
    try:
        token = stored.token()
    except (TypeError, ValueError):
        return None
    return None if token.is_due else token
