"""The retries, backoff and deadline of a call."""

import random
import re
import time
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import unquote

import httpx

from ._client import BaseClient
from ._errors import PROXY, DeadlineExceeded, error_code, proxy_status, sanitized, status_and_code
from ._headers import retry_after
from ._pace import Pace
from ._request_ids import CLIENT_REQUEST_ID, append_request_ids, request_id
from ._responses import RawResponse
from ._uploads import can_rewind

SAFE_METHODS = {"GET", "HEAD"}
RETRIED_STATUSES = {408, 429, 500, 502, 503, 504}
UNSENT_ERRORS = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)  # nothing of the request was sent
# Errors that a retry would not fix; after PoolTimeout, a retry would only add load.
PERMANENT_ERRORS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.PoolTimeout)
FIRST_PAUSE = 0.5
MAX_PAUSE = 8.0
MIN_ID = 8  # characters; a shorter one identifies nobody, and may be a part of any word
MAX_RETRY_AFTER = 60.0  # seconds; if the server asks for more, the call is not retried

Outcome = RawResponse | httpx.Response | httpx.RequestError
OutcomeT = TypeVar("OutcomeT", bound=Outcome)


class RetryState:
    """The state of one call, from its first attempt.

    Args:
        name: The name of the operation in the log.
        request: The arguments of `httpx.Client.build_request`.
        client: The client that sends the request.

    Attributes:
        deadline: The deadline, a value of `time.monotonic`, or None.
        request: The request with its client request id, which is the same for all attempts.
    """

    def __init__(self, name: str, request: Mapping[str, Any], client: BaseClient) -> None:
        self._name = name
        self._method = request["method"].upper()
        self._client = client
        self._retries_left = client.max_retries
        self._attempts = 0
        self._turn: float | None = None
        self._started = 0.0
        self.deadline = None if client.deadline is None else time.monotonic() + client.deadline
        headers = request["headers"]
        given = next((value for name, value in headers.items() if name.lower() == CLIENT_REQUEST_ID), None)
        self._client_request_id = given or client._client_request_id()
        self.request = (
            request if given else {**request, "headers": {**headers, CLIENT_REQUEST_ID: self._client_request_id}}
        )

    def time_left(self) -> float | None:
        """Seconds until the deadline, or None if there is none."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def seconds_until_turn(self) -> float:
        """Returns the seconds until the next attempt may start. Ask again then: a 429 may have postponed it.

        Raises:
            DeadlineExceeded: The next attempt would start after the deadline.
        """
        pace: Pace = self._client._shared.pace
        if self._turn is None or self._turn < pace.resume:
            deadline = float("inf") if self.deadline is None else self.deadline
            turn = pace.reserve(deadline)
            if turn >= deadline:
                wait = f"{turn - time.monotonic():.3g} s because of the client's pace or a 429"
                message = f"the next request has to wait {wait}, past the deadline of {self._client.deadline:g} s"
                raise self._log_giving_up(sanitized(DeadlineExceeded(message), self._placeholder_request()))
            self._turn = turn
        left = self._turn - time.monotonic()
        if left <= 0:
            self._turn = None
            self._started = time.monotonic()
        return left

    def give_back_turn(self) -> None:
        """Lets another call have the turn of an attempt that was cancelled or interrupted before it started."""
        if self._turn is not None:
            self._client._shared.pace.give_back(self._turn)

    def pause(self, outcome: Outcome) -> float | None:
        """Returns the seconds to wait before a retry, or None if the call is not retried."""
        self._attempts += 1
        # Jitter spreads the retries of clients that failed at the same time.
        seconds = min(FIRST_PAUSE * 2.0 ** (self._attempts - 1), MAX_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
        if not isinstance(outcome, httpx.RequestError):
            if outcome.status_code not in RETRIED_STATUSES:
                return None
            requested = retry_after(outcome.headers)
            seconds = requested or seconds  # 0 would send the request again at once, to a server that is overloaded
            if outcome.status_code == 429:
                self._client._shared.pace.slow_down(self._started)
                if requested and requested <= MAX_RETRY_AFTER:
                    self._client._shared.pace.postpone(requested)
        left = self.time_left()
        is_too_long = seconds > MAX_RETRY_AFTER or (left is not None and seconds >= left)
        if not self._retries_left or not self._is_repeatable(outcome) or _is_permanent(outcome) or is_too_long:
            self._log_giving_up(self.final_error(outcome) if isinstance(outcome, httpx.RequestError) else outcome)
            return None
        self._retries_left -= 1
        retries = self._attempts, self._client.max_retries
        reason = self._reason(outcome)
        self._client.logger.info("%s: retry %d of %d in %.2f s: %s", self._name, *retries, seconds, reason)
        return seconds

    def final_error(self, error: httpx.RequestError) -> httpx.RequestError:
        """Returns the error to raise for a call whose last attempt ended with this error."""
        if isinstance(error, httpx.TimeoutException) and self.time_left() == 0:
            message = f"no complete response within {self._client.deadline:g} s, after {self._attempt_count()}"
            error = sanitized(DeadlineExceeded(message), error.request)
        return error.with_traceback(None)

    def attempt_timeout(self) -> httpx.ReadTimeout:
        """Returns the error of an attempt that was cancelled at the deadline."""
        request = self._placeholder_request()
        request.extensions[PROXY] = self._client._shared.proxy
        return httpx.ReadTimeout("", request=request)

    def _is_repeatable(self, outcome: Outcome) -> bool:
        """Whether sending the request again cannot do something twice, and its body can be sent again."""
        if isinstance(outcome, UNSENT_ERRORS):
            return True
        if self._method not in SAFE_METHODS:
            if isinstance(outcome, httpx.RequestError):
                return False
            was_refused = outcome.status_code == 429
            asks_again = outcome.status_code == 503 and retry_after(outcome.headers) is not None
            if not was_refused and not asks_again:
                return False
        return can_rewind(self.request)

    def _placeholder_request(self) -> httpx.Request:
        headers = {CLIENT_REQUEST_ID: self._client_request_id}
        return httpx.Request(self._method, self._client.base_url, headers=headers)

    def _log_giving_up(self, outcome: OutcomeT) -> OutcomeT:
        self._client.logger.warning(
            "%s: giving up after %s: %s", self._name, self._attempt_count(), self._reason(outcome)
        )
        return outcome

    def _reason(self, outcome: Outcome) -> str:
        """Returns the cause of a failure, without the ids in the request's path."""
        if isinstance(outcome, httpx.RequestError):
            return self._without_ids(f"{type(outcome).__name__}: {outcome}", outcome.request)
        cause = self._without_ids(status_and_code(outcome.status_code, error_code(outcome)), outcome.request)
        return append_request_ids(cause, request_id(outcome.headers), self._client_request_id)

    def _without_ids(self, text: str, request: httpx.Request) -> str:
        operation_path = str(request.url).removeprefix(self._client.base_url)
        for segment in re.split("[/?#]", f"{operation_path}/{unquote(operation_path)}"):
            text = text.replace(segment, "...") if len(segment) >= MIN_ID else text
        return text

    def _attempt_count(self) -> str:
        return "1 attempt" if self._attempts == 1 else f"{self._attempts} attempts"


def _is_permanent(outcome: Outcome) -> bool:
    """Whether a retry would fail in the same way."""
    if not isinstance(outcome, httpx.RequestError):
        return False
    if isinstance(outcome, httpx.ProxyError):
        return proxy_status(outcome) not in RETRIED_STATUSES
    # httpx has no error class for an untrusted certificate.
    is_permanent = isinstance(outcome, PERMANENT_ERRORS) or "CERTIFICATE_VERIFY_FAILED" in str(outcome)
    return is_permanent or not isinstance(outcome, httpx.TransportError)
