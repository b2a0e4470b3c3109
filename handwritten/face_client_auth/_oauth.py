"""OAuth 2 with an authorization server, through Authlib."""

import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.oauth2.client import OAuth2Client

from face_client_auth._errors import SignInError
from face_client_auth._loopback import AuthorizationResponse
from face_client_auth._secret import Secret
from face_client_auth._token import TokenResponse
from face_client_runtime import is_confidential, proxy_for

_log = logging.getLogger("face_client_auth")

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)


class TokenRequestError(SignInError):
    """The token endpoint returned an error response (RFC 6749, section 5.2)."""


class OAuthClient:
    """A client that is registered with an authorization server."""

    def __init__(
        self, client_id: str, secret: Secret | None, authorization_url: str, token_url: str, scope: str
    ) -> None:
        for name, url in (("authorization_url", authorization_url), ("token_url", token_url)):
            parts = urlsplit(url)
            if not is_confidential(parts.scheme, parts.hostname or ""):
                raise ValueError(f"{name} must begin with https://, or http:// for this machine")
        self._client_id = client_id
        self._secret = secret
        self._scope = scope
        self._token_url = token_url
        self.authorization_url = authorization_url

    def authorization_request(self, redirect_uri: str, state: Secret, claims: str | None) -> "AuthorizationRequest":
        return AuthorizationRequest(self, redirect_uri, state, claims)

    def refresh(self, previous: TokenResponse, claims: str | None) -> TokenResponse | None:
        """Exchanges the refresh token of a token response; returns None if there is none or it is not accepted."""
        if not previous.parameters.get("refresh_token"):
            return None
        options = {"claims": claims} if claims else {}
        try:
            return self.request_token(
                lambda client, url: client.refresh_token(url, previous.parameters["refresh_token"], **options),
                Secret(previous.parameters["refresh_token"]),
            )
        except TokenRequestError as error:
            _log.info("the refresh token was not accepted: %s", error)
            return None

    def request_token(
        self, request: Callable[[OAuth2Client, str], Mapping[str, Any]], *secrets: Secret
    ) -> TokenResponse:
        """Sends a token request. `secrets` are what it contains; they are redacted in an error response."""
        problem: SignInError
        try:
            response = TokenResponse(request(self.authlib_client(), self._token_url))
            response.token()
        except AuthlibBaseError as error:
            message = f"{error.error}: {error.description}" if error.description else str(error.error)
            for secret in (*secrets, *([self._secret] if self._secret else [])):
                message = message.replace(secret.reveal(), "[redacted]")
            problem = TokenRequestError(message)
        except Exception as error:
            host, reason = urlsplit(self._token_url).netloc, str(error) or type(error).__name__
            problem = SignInError(f"no token from {host}: {reason}")
        else:
            return response
        # Out here it has no context, whose frames would hold the secrets.
        raise problem

    def authlib_client(self) -> OAuth2Client:
        return OAuth2Client(
            session=_Session(),
            client_id=self._client_id,
            # Percent-encoded (RFC 6749, section 2.3.1), which Authlib leaves to its caller.
            client_secret=self._secret and quote(self._secret.reveal(), safe=""),
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            scope=self._scope,
            code_challenge_method="S256",
        )


class AuthorizationRequest:
    """An authorization request with PKCE and a state; `url` is the page on which the person signs in."""

    def __init__(self, client: OAuthClient, redirect_uri: str, state: Secret, claims: str | None) -> None:
        self._client = client
        self._redirect_uri = redirect_uri
        self._verifier = Secret(generate_token(64))
        self.url, _ = client.authlib_client().create_authorization_url(
            client.authorization_url,
            code_verifier=self._verifier.reveal(),
            redirect_uri=redirect_uri,
            state=state.reveal(),
            **({"claims": claims} if claims else {}),
        )

    def exchange(self, response: AuthorizationResponse) -> TokenResponse:
        """Exchanges the code of the authorization response for a token."""
        if "error" in response.parameters:
            description = response.parameters.get("error_description") or "no description"
            raise SignInError(f"the authorization server returned {response.parameters['error']}: {description}")
        return self._client.request_token(
            lambda client, url: client.fetch_token(
                url,
                grant_type="authorization_code",
                code=response.parameters["code"],
                code_verifier=self._verifier.reveal(),
                redirect_uri=self._redirect_uri,
            ),
            Secret(response.parameters["code"]),
            self._verifier,
        )


class _Session:
    """What Authlib's client sends requests with. (Its integration of httpx is deprecated.)"""

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> httpx.Response:
        _, headers, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        # What goes to this machine in plain text goes through no proxy of the environment.
        trust_env = url.startswith("https:")
        proxy = proxy_for(url, {"trust_env": trust_env})
        with httpx.Client(transport=httpx.HTTPTransport(proxy=proxy, trust_env=trust_env), timeout=_TIMEOUT) as client:
            return client.post(url, content=body, headers=headers)
