"""A clock that tests can move."""

import threading
import time
from typing import Any

_MOST = 1e9


class Clock:
    """The time of the service: it runs as usual, and can be moved forward."""

    def __init__(self) -> None:
        # The system's clock can be set back; the monotonic clock cannot.
        self._start = time.time() - time.monotonic()
        self._lock = threading.Lock()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._start + time.monotonic()

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Raises:
            ValueError: Not a number from 0 to 1e9.
        """
        if not _is_duration(seconds):
            raise ValueError(f"advance: must be a number of seconds from 0 to {_MOST:g}, not {seconds!r}")
        with self._lock:
            self._start += seconds


def _is_duration(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST
