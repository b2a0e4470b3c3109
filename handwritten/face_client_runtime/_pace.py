"""The request rate of a client."""

import time
from heapq import heappop, heappush
from threading import Lock

from . import _fork


class Pace:
    """Spaces the requests of all threads and tasks that share it, including retries.

    Args:
        requests_per_second: The maximum rate of evenly spaced requests, or None for no limit.

    Attributes:
        resume: No request is sent before this time, a value of `time.monotonic`.
    """

    def __init__(self, requests_per_second: float | None) -> None:
        self._interval = 1 / requests_per_second if requests_per_second else 0.0
        self._next = self.resume = 0.0
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
                    self._next = turn + self._interval
            return turn

    def give_back(self, turn: float) -> None:
        """Lets another request have a reserved turn."""
        with self._lock:
            heappush(self._returned, turn)

    def postpone(self, seconds: float) -> None:
        """Delays all requests by a number of seconds, as requested by the server."""
        with self._lock:
            self.resume = max(self.resume, time.monotonic() + seconds)
