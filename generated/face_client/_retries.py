# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""How often a call is tried, how long it waits in between, and when it has taken too long."""

import random
import time
from typing import Protocol

import httpx

from .errors import DeadlineExceeded, retry_after

_SAFE_TO_REPEAT = {"GET", "HEAD"}
_RETRIED_STATUSES = {408, 429, 500, 502, 503, 504}
# What no second try can mend, and a pool that is busy enough.
_FINAL = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.ProxyError, httpx.PoolTimeout)
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
_MOST_PATIENCE = 60.0  # for a server that asks for a pause; the caller is told of a longer one


class Answered(Protocol):
    """An answer, read or not."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> httpx.Headers: ...


class Tries:
    """The tries of one call, which begins now."""

    def __init__(self, method: str, max_retries: int, deadline: float | None) -> None:
        self._retries_left = max_retries if method.upper() in _SAFE_TO_REPEAT else 0
        self._deadline = deadline
        self.end = None if deadline is None else time.monotonic() + deadline
        self._made = 0

    def time_left(self) -> float | None:
        """Seconds until the deadline, or None when there is none."""
        return None if self.end is None else max(0.0, self.end - time.monotonic())

    def pause(self, outcome: Answered | httpx.RequestError) -> float | None:
        """Returns the seconds to wait before the next try, or None when this outcome is the last word."""
        self._made += 1
        if not self._retries_left or not _may_pass(outcome):
            return None
        self._retries_left -= 1
        # Those who failed together do not come back together.
        pause = min(_FIRST_PAUSE * 2 ** (self._made - 1), _LONGEST_PAUSE) * random.uniform(0.5, 1)
        if not isinstance(outcome, httpx.RequestError):
            asked = retry_after(outcome.headers)
            pause = pause if asked is None else asked
        left = self.time_left()
        return None if pause > _MOST_PATIENCE or (left is not None and pause >= left) else pause

    def failure(self, error: httpx.RequestError) -> httpx.RequestError:
        """Returns what a call that ends with this error raises."""
        if isinstance(error, httpx.TimeoutException) and self.time_left() == 0:
            server = error.request.url.netloc.decode()
            tries = "try" if self._made == 1 else "tries"
            words = f"no whole answer from {server} within {self._deadline:g} s, in {self._made} {tries}"
            error = DeadlineExceeded(words, request=error.request)
        return error.with_traceback(None)


def _may_pass(outcome: Answered | httpx.RequestError) -> bool:
    """Whether it may go better the next time."""
    if not isinstance(outcome, httpx.RequestError):
        return outcome.status_code in _RETRIED_STATUSES
    # An untrusted certificate has no class of its own.
    is_final = isinstance(outcome, _FINAL) or "CERTIFICATE_VERIFY_FAILED" in str(outcome)
    return isinstance(outcome, httpx.TransportError) and not is_final
