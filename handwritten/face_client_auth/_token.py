"""Keeps a token that somebody else gives out, and has it renewed in time, once for all who wait."""

import base64
import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from inspect import iscoroutinefunction
from threading import Lock
from typing import Any

import anyio
import httpx
from anyio.lowlevel import RunVar

from face_client_auth._flow import SteppedAuth, Steps, Work
from face_client_auth._secret import Secret

_log = logging.getLogger("face_client_auth")

_EARLY = 300.0  # seconds before the end of a token in which a new one is asked for, as azure-core does
_PAUSE = 30.0  # seconds until the next try, where a new one could not be had and the old one is still good


@dataclass(frozen=True)
class Token:
    """A token, and the times of the monotonic clock from which it should be renewed and must not be used."""

    secret: Secret
    renew: float
    end: float

    @classmethod
    def of(cls, secret: Secret, expires_on: float, refresh_on: float | None = None) -> "Token":
        """Makes a token from times of the wall clock, which may be set to another time later."""
        now, here = time.time(), time.monotonic()
        left = expires_on - now
        renew = left - min(_EARLY, left / 2) if refresh_on is None else min(refresh_on - now, left)
        return cls(secret.check("the token"), here + renew, here + left)


Fetch = Callable[[str | None], Token] | Callable[[str | None], Awaitable[Token]]


class TokenAuth(SteppedAuth):
    """Sends a token, and has a new one fetched before it ends, and once more when it is rejected.

    `fetch` takes the claims of a challenge (continuous access evaluation) or None, and may be async.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch: Callable[[str | None], Any] = fetch
        self._token: Token | None = None
        self._lock = Lock()
        # A lock for each event loop, so that tasks which wait for a thread do not use up the threads.
        self._turns: RunVar[anyio.Lock] = RunVar("face_client_auth")

    def steps(self, request: httpx.Request) -> Steps:
        token = self._token
        if token is None or _is_due(token):
            token = yield self._renewal()
        token.secret.sign(request, "Authorization", "Bearer ")
        response = yield request
        if response.status_code == 401:
            token = yield self._renewal(token.secret, _claims(response.headers))
            token.secret.sign(request, "Authorization", "Bearer ")
            yield request

    async def wait_for(self, work: Work) -> Any:
        try:
            turn = self._turns.get()
        except LookupError:
            turn = anyio.Lock()
            self._turns.set(turn)
        async with turn:
            return await super().wait_for(work)

    def _renewal(self, rejected: Secret | None = None, claims: str | None = None) -> Work:
        renew = self._renew_async if iscoroutinefunction(self._fetch) else self._renew
        return partial(renew, rejected, claims)

    def _renew(self, rejected: Secret | None, claims: str | None) -> Token:
        with self._lock:
            token = self._brought(rejected)
            if token is None:
                try:
                    token = self._fetch(claims)
                except Exception as error:
                    token = self._make_do(rejected, error)
            self._token = token
            return token

    async def _renew_async(self, rejected: Secret | None, claims: str | None) -> Token:
        token = self._brought(rejected)
        if token is None:
            try:
                token = await self._fetch(claims)
            except Exception as error:
                token = self._make_do(rejected, error)
        self._token = token
        return token

    def _brought(self, rejected: Secret | None) -> Token | None:
        """The token that somebody else who waited has brought, if so."""
        token = self._token
        if token is None or (token.secret is rejected if rejected else _is_due(token)):
            return None
        return token

    def _make_do(self, rejected: Secret | None, error: Exception) -> Token:
        """Keeps the old token for a while if it is still good, and drops it and raises the error otherwise."""
        old, self._token = self._token, None
        now = time.monotonic()
        if old is None or rejected or old.end <= now:
            raise error
        _log.warning("no new token (%s), and the old one is used for %.0f s yet", type(error).__name__, old.end - now)
        return replace(old, renew=now + _PAUSE)


def _is_due(token: Token) -> bool:
    return token.renew <= time.monotonic()


def _claims(headers: httpx.Headers) -> str | None:
    """The claims that a challenge asks for, decoded, or None.

    Source: "Claims challenges and claims requests" of the Microsoft identity platform.
    """
    for challenge in headers.get_list("www-authenticate"):
        found = re.search(r'\bclaims="([^"]+)"', challenge)
        if found and "insufficient_claims" in challenge:
            try:
                return base64.urlsafe_b64decode(found[1] + "==").decode()
            except ValueError:
                _log.warning("the claims of a challenge cannot be read")
    return None
