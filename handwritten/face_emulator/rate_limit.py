"""The rate limit."""

import math
from collections import deque
from typing import Any


class RateLimit:
    """A rate limit with a sliding window of one second.

    If the rate is not a whole number, the window is longer: 0.5 means one request in two seconds.

    Args:
        requests_per_second: The rate, above 0; None for no limit.

    Raises:
        ValueError: The rate is not a number above 0.
    """

    def __init__(self, requests_per_second: float | None) -> None:
        self.requests_per_second = requests_per_second
        self._admitted: deque[float] = deque()
        self._most = 0
        self._window = 0.0
        if requests_per_second is not None:
            if not _is_rate(requests_per_second):
                raise ValueError(f"requests_per_second must be a number above 0, not {requests_per_second!r}")
            self._most = math.ceil(requests_per_second)
            self._window = self._most / requests_per_second

    def retry_after(self, now: float) -> int:
        """Count a request at `now`, a value of `time.monotonic`, if it is within the limit.

        Returns:
            0 if it is within the limit; otherwise the whole seconds until a request will be.
        """
        if self.requests_per_second is None:
            return 0
        while self._admitted and now - self._admitted[0] >= self._window:
            self._admitted.popleft()
        if len(self._admitted) < self._most:
            self._admitted.append(now)
            return 0
        return math.ceil(self._window - (now - self._admitted[0]))


def _is_rate(value: Any) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return 0 < value < math.inf and 1 / value < math.inf
