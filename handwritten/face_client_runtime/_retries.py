"""How often a call is tried, how long it waits in between, and when it has taken too long."""

import random
import time
from typing import Protocol

import httpx

from ._errors import DeadlineExceeded, retry_after

SAFE_METHODS = {"GET", "HEAD"}
RETRIED_STATUSES = {408, 429, 500, 502, 503, 504}
# Errors that no second try can mend, and a pool that is busy enough.
FINAL_ERRORS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.ProxyError, httpx.PoolTimeout)
FIRST_PAUSE = 0.5
MAX_PAUSE = 8.0
MAX_RETRY_AFTER = 60.0  # a longer pause that the server asks for is reported to the caller, not waited for


class HasStatus(Protocol):
    """A response, read or not."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> httpx.Headers: ...


class RetryState:
    """The tries of one call, which begins now.

    Attributes:
        end: The deadline, as a value of `time.monotonic`, or None.
    """

    def __init__(self, method: str, max_retries: int, deadline: float | None) -> None:
        self._retries_left = max_retries if method.upper() in SAFE_METHODS else 0
        self._deadline = deadline
        self._tries = 0
        self.end = None if deadline is None else time.monotonic() + deadline

    def time_left(self) -> float | None:
        """Seconds until the deadline, or None if there is none."""
        return None if self.end is None else max(0.0, self.end - time.monotonic())

    def pause(self, outcome: HasStatus | httpx.RequestError) -> float | None:
        """Returns the seconds to wait before the next try, or None if there is to be no other one."""
        self._tries += 1
        if not self._retries_left or not _is_transient(outcome):
            return None
        self._retries_left -= 1
        # Jitter keeps clients that failed together from coming back together.
        pause = min(FIRST_PAUSE * 2 ** (self._tries - 1), MAX_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
        if not isinstance(outcome, httpx.RequestError):
            asked = retry_after(outcome.headers)
            pause = pause if asked is None else asked
        left = self.time_left()
        return None if pause > MAX_RETRY_AFTER or (left is not None and pause >= left) else pause

    def failure(self, error: httpx.RequestError) -> httpx.RequestError:
        """Returns what a call that ends with this error raises."""
        if isinstance(error, httpx.TimeoutException) and self.time_left() == 0:
            server = error.request.url.netloc.decode()
            tries = "try" if self._tries == 1 else "tries"
            message = f"no complete response from {server} within {self._deadline:g} s, in {self._tries} {tries}"
            error = DeadlineExceeded(message, request=error.request)
        return error.with_traceback(None)


def _is_transient(outcome: HasStatus | httpx.RequestError) -> bool:
    """Whether another try may end otherwise."""
    if not isinstance(outcome, httpx.RequestError):
        return outcome.status_code in RETRIED_STATUSES
    # An untrusted certificate has no class of its own.
    is_final = isinstance(outcome, FINAL_ERRORS) or "CERTIFICATE_VERIFY_FAILED" in str(outcome)
    return isinstance(outcome, httpx.TransportError) and not is_final
