"""Caches an access token, and refreshes it before it expires; concurrent callers share one refresh."""

import base64
import logging
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from inspect import iscoroutinefunction
from threading import Lock
from typing import Any

import anyio
import httpx
from anyio.lowlevel import RunVar

from face_client_auth._flow import BaseAuth, Function, Steps
from face_client_auth._secret import Secret

_log = logging.getLogger("face_client_auth")

REFRESH_OFFSET = 300.0  # seconds before a token expires in which it is refreshed, as in azure-core
RETRY_DELAY = 30.0  # seconds after a failed refresh until the next one, while the token is still valid
DEFAULT_LIFETIME = 3600.0  # seconds, if a token response has no `expires_in`


@dataclass(frozen=True)
class Token:
    """An access token, with times of the monotonic clock."""

    secret: Secret
    refresh_at: float
    expires_at: float

    @classmethod
    def of(cls, secret: Secret, expires_on: float, refresh_on: float | None = None) -> "Token":
        """Converts times of the wall clock, which may be changed later."""
        now, here = time.time(), time.monotonic()
        lifetime = expires_on - now
        refresh_in = lifetime - min(REFRESH_OFFSET, lifetime / 2) if refresh_on is None else refresh_on - now
        return cls(secret.check("the token"), here + min(refresh_in, lifetime), here + lifetime)

    @property
    def is_due(self) -> bool:
        return not self.refresh_at > time.monotonic()  # true for NaN, which a token store may contain


class TokenResponse:
    """A token response (RFC 6749, section 5.1). It has no `repr` of its own, which would show the tokens."""

    __slots__ = ("parameters",)

    def __init__(self, parameters: object) -> None:
        self.parameters: dict[str, Any] = dict(parameters) if isinstance(parameters, Mapping) else {}

    def token(self) -> Token:
        """Returns the access token.

        Raises:
            TypeError, ValueError: There is none.
        """
        expires_at = self.parameters.get("expires_at")
        if expires_at is None:
            expires_at = time.time() + DEFAULT_LIFETIME
        return Token.of(Secret(self.parameters.get("access_token")), float(expires_at))


Fetch = Callable[[str | None], Token] | Callable[[str | None], Awaitable[Token]]


class TokenAuth(BaseAuth):
    """Sends a token, which is refreshed before it expires, and on a 401.

    Args:
        fetch: Returns a new token, given the claims of a challenge (continuous access evaluation) or None. It may be
            async.
    """

    def __init__(self, fetch: Fetch) -> None:
        self.is_async = iscoroutinefunction(fetch)
        self._fetch: Callable[[str | None], Any] = fetch
        self._token: Token | None = None
        self._failure: Exception | None = None  # of the last refresh, for the callers that were waiting for it
        self._was_accepted = True  # a token by the service, since the last sign-in of a person
        self._locks: dict[int, Lock] = {}
        # One lock per event loop, so that waiting tasks do not occupy worker threads.
        self._async_lock: RunVar[anyio.Lock] = RunVar("face_client_auth")

    def steps(self, request: httpx.Request) -> Steps:
        token = self._token
        if token is None or token.is_due:
            token = yield self._refresh_step()
        token.secret.set_header(request, "Authorization", "Bearer ")
        response = yield request
        if response.status_code == 401:
            rejected = token.secret
            token = yield self._refresh_step(rejected, _claims(response.headers))
            if token.secret is rejected:
                return
            token.secret.set_header(request, "Authorization", "Bearer ")
            response = yield request
        self._was_accepted |= response.is_success

    async def call(self, function: Function) -> Any:
        try:
            lock = self._async_lock.get()
        except LookupError:
            lock = anyio.Lock()
            self._async_lock.set(lock)
        async with lock:
            # A caller that gave up at its deadline has left a thread behind, which other threads should not queue for.
            while self._lock.locked():
                await anyio.sleep(0.05)
            return await super().call(function)

    @property
    def _lock(self) -> Lock:
        """The lock of this process: nobody releases one that another thread of the parent held at a fork."""
        return self._locks.setdefault(os.getpid(), Lock())

    def _refresh_step(self, rejected: Secret | None = None, claims: str | None = None) -> Function:
        return partial(self._refresh_async if self.is_async else self._refresh, rejected, claims, self._failure)

    def _refresh(self, rejected: Secret | None, claims: str | None, known: Exception | None) -> Token | None:
        with self._lock:
            if self._needs_refresh(rejected, known):
                with self._fallback(rejected):
                    self._token = self._fetch(claims)
            return self._token

    async def _refresh_async(
        self, rejected: Secret | None, claims: str | None, known: Exception | None
    ) -> Token | None:
        if self._needs_refresh(rejected, known):
            with self._fallback(rejected):
                self._token = await self._fetch(claims)
        return self._token

    def _needs_refresh(self, rejected: Secret | None, known: Exception | None) -> bool:
        """False if another caller has refreshed the token in the meantime.

        Raises:
            Exception: Another caller has tried to in the meantime, and this was the error.
        """
        token = self._token
        needed = token is None or (token.secret is rejected if rejected else token.is_due)
        if needed and self._failure not in (None, known):
            raise self._failure
        return needed

    @contextmanager
    def _fallback(self, rejected: Secret | None) -> Iterator[None]:
        """If a refresh fails, keeps the current token as long as it is valid."""
        try:
            yield
        except Exception as error:
            token, self._token = self._token, None
            now = time.monotonic()
            if token is None or rejected or token.expires_at <= now:
                self._failure = error
                raise
            self._token = replace(token, refresh_at=now + RETRY_DELAY)
            left = token.expires_at - now
            _log.warning("token refresh failed (%s), current token valid for %.0f s", type(error).__name__, left)


def _claims(headers: httpx.Headers) -> str | None:
    """Returns the decoded claims of a challenge, or None.

    Source: "Claims challenges and claims requests" of the Microsoft identity platform.
    """
    for challenge in headers.get_list("www-authenticate"):
        match = re.search(r'\bclaims="([^"]+)"', challenge)
        if match and "insufficient_claims" in challenge:
            try:
                return base64.urlsafe_b64decode(match[1] + "==").decode()
            except ValueError:
                _log.warning("the claims of a challenge cannot be decoded")
    return None
