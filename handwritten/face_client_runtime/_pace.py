"""The request rate of a client."""

import time
from heapq import heappop, heappush
from threading import Lock

from . import _fork
from ._options import check_rate

SLOWDOWN = 0.7  # of the rate is left after a 429
RECOVERY = 0.02  # of the full rate is regained in a second
MIN_SHARE = 0.1  # of the full rate is left in any case
# Requests arrive less evenly than they are sent: without it, a second or minute could have one too many.
MARGIN = 1.02


class Pace:
    """Spaces the requests of all threads and tasks that share it, including retries.

    After a 429 the rate is multiplied by 0.7, and then rises by 2% of the full rate each second: additive increase and
    multiplicative decrease (RFC 5681, section 3.1), with which those who share a limit arrive at equal parts of it.

    Args:
        requests_per_second: The maximum rate of evenly spaced requests, or None for no limit.

    Attributes:
        resume: No request is sent before this time, a value of `time.monotonic`.

    Raises:
        TypeError, ValueError: The rate is not a number, or out of range.
    """

    def __init__(self, requests_per_second: float | None) -> None:
        check_rate(requests_per_second)
        self._interval = MARGIN / requests_per_second if requests_per_second else 0.0
        self._next = self.resume = 0.0
        self._lowered_share = 1.0
        self._lowered_at = float("-inf")
        self._returned: list[float] = []
        self.after_fork()
        _fork.register(self)

    def after_fork(self) -> None:
        self._lock = Lock()

    def reserve(self, deadline: float) -> float:
        """Returns the time of the next turn to send a request, which is reserved if it is before the deadline."""
        if not self._interval and self.resume <= (now := time.monotonic()):
            return now
        with self._lock:
            earliest = max(time.monotonic(), self.resume)
            while self._returned and self._returned[0] < earliest:
                heappop(self._returned)
            turn = self._returned[0] if self._returned else max(earliest, self._next)
            if turn < deadline:
                if self._returned:
                    heappop(self._returned)
                else:
                    self._next = turn + self._interval / self._share(turn)
            return turn

    def give_back(self, turn: float) -> None:
        """Lets another request have a reserved turn."""
        with self._lock:
            heappush(self._returned, turn)

    def postpone(self, seconds: float) -> None:
        """Delays all requests by a number of seconds, as requested by the server."""
        with self._lock:
            self.resume = max(self.resume, time.monotonic() + seconds)

    def slow_down(self, sent: float) -> None:
        """Lowers the rate, since the request that was sent at this time got a 429.

        Requests that were sent before the rate was last lowered do not lower it again.
        """
        with self._lock:
            if sent > self._lowered_at:
                now = time.monotonic()
                self._lowered_share, self._lowered_at = max(self._share(now) * SLOWDOWN, MIN_SHARE), now

    def _share(self, now: float) -> float:
        """The part of the full rate that may be used."""
        return min(1.0, self._lowered_share + (now - self._lowered_at) * RECOVERY)
