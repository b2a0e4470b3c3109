"""Speaks OAuth 2 with a provider, by way of Authlib."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.oauth2.client import OAuth2Client

from face_client_auth._errors import RefusedError, SignInError
from face_client_auth._loopback import Arrival
from face_client_auth._secret import Secret
from face_client_auth._token import Token
from face_client_runtime import is_confidential

_log = logging.getLogger("face_client_auth")

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_USUAL_LIFE = 3600.0  # seconds, where a provider does not say how long its token is good


class Grant:
    """A provider's answer to a request for a token. It holds secrets, and so has no `repr` of its own."""

    __slots__ = ("said",)

    def __init__(self, said: Mapping[str, Any]) -> None:
        if not isinstance(said, Mapping):
            kind = type(said).__name__
            del said  # so that no traceback with locals shows it
            raise TypeError(f"tokens must be a mapping, not {kind}")
        self.said = dict(said)

    def token(self) -> Token:
        expires_at = self.said.get("expires_at")
        if expires_at is None:
            expires_at = time.time() + _USUAL_LIFE
        return Token.of(Secret(self.said.get("access_token")), float(expires_at))


class Provider:
    """An application's registration at a provider."""

    def __init__(
        self, client_id: str, secret: Secret | None, authorization_url: str, token_url: str, scope: str
    ) -> None:
        for name, url in (("authorization_url", authorization_url), ("token_url", token_url)):
            parts = urlsplit(url)
            if not is_confidential(parts.scheme, parts.hostname or ""):
                raise ValueError(f"{name} must begin with https://, unless it is one of this machine")
        self._client_id = client_id
        self._secret = secret
        self._scope = scope
        self._token_url = token_url
        self.authorization_url = authorization_url

    def refresh(self, grant: Grant, claims: str | None) -> Grant | None:
        """Returns a new grant for the refresh token of an old one, or None if there is none or it is not accepted."""
        if not grant.said.get("refresh_token"):
            return None
        more = {"claims": claims} if claims else {}
        try:
            return self.ask(
                lambda client, url: client.refresh_token(url, grant.said["refresh_token"], **more),
                Secret(grant.said["refresh_token"]),
            )
        except RefusedError as refusal:
            _log.info("the refresh token was not accepted: %s", refusal)
            return None

    def ask(self, request: Callable[[OAuth2Client, str], Mapping[str, Any]], *sent: Secret) -> Grant:
        """Returns what the provider grants; what goes wrong is raised without the frames that hold secrets."""
        problem: SignInError
        try:
            grant = Grant(request(self.client(), self._token_url))
            grant.token()
        except AuthlibBaseError as error:
            said = f"{error.error}: {error.description}" if error.description else str(error.error)
            for secret in (*sent, *([self._secret] if self._secret else [])):
                said = said.replace(secret.reveal(), "[redacted]")
            problem = RefusedError(said)
        except Exception as error:
            host, reason = urlsplit(self._token_url).netloc, str(error) or type(error).__name__
            problem = SignInError(f"no token from {host}: {reason}")
        else:
            return grant
        raise problem

    def client(self) -> OAuth2Client:
        return OAuth2Client(
            session=_Session(),
            client_id=self._client_id,
            # Encoded, as RFC 6749 has it (section 2.3.1), and Authlib leaves to others.
            client_secret=self._secret and quote(self._secret.reveal(), safe=""),
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            scope=self._scope,
            code_challenge_method="S256",
        )


class Attempt:
    """One person's way to the provider and back."""

    def __init__(self, provider: Provider, redirect_uri: str, claims: str | None) -> None:
        self._provider = provider
        self._redirect_uri = redirect_uri
        self._verifier = Secret(generate_token(64))
        self.url, state = provider.client().create_authorization_url(
            provider.authorization_url,
            code_verifier=self._verifier.reveal(),
            redirect_uri=redirect_uri,
            **({"claims": claims} if claims else {}),
        )
        self._state = Secret(state)

    def finish(self, arrival: Arrival) -> Grant:
        """Returns the grant for what the provider has sent back with the browser."""
        # Some providers leave out the state where they refuse, which gives nobody anything.
        if "code" not in arrival.said:
            reason = arrival.said.get("error_description") or "no more than that"
            raise SignInError(f"the provider said {arrival.said.get('error')}: {reason}")
        if not self._state.same(arrival.said.get("state", "")):
            raise SignInError("the browser came back with another state than it was sent with: not from this sign-in")
        return self._provider.ask(
            lambda client, url: client.fetch_token(
                url,
                grant_type="authorization_code",
                code=arrival.said["code"],
                code_verifier=self._verifier.reveal(),
                redirect_uri=self._redirect_uri,
            ),
            Secret(arrival.said["code"]),
            self._verifier,
        )


class _Session:
    """What Authlib's client posts with. (Its own integration of httpx is deprecated.)"""

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> httpx.Response:
        _, headers, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        # What goes to this machine in plain text goes to no proxy that the environment names.
        return httpx.post(url, content=body, headers=headers, timeout=_TIMEOUT, trust_env=url.startswith("https:"))
