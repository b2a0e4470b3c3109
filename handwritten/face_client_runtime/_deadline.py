"""The time at which the call of this thread has to end, whatever it waits for."""

import time
from contextvars import ContextVar

_end: ContextVar[float | None] = ContextVar("deadline", default=None)


class ends_at:  # noqa: N801 - used as a context manager, which as a generator would take twice the time
    """Ends every wait of our sockets in the block at `end`, a value of `time.monotonic`. An earlier end stays."""

    def __init__(self, end: float | None) -> None:
        self._new = end

    def __enter__(self) -> None:
        outer = _end.get()
        self._token = _end.set(outer if self._new is None else self._new if outer is None else min(self._new, outer))

    def __exit__(self, *exception: object) -> None:
        _end.reset(self._token)


def limited(timeout: float | None) -> float | None:
    """Returns the timeout, shortened to what is left until the deadline. Raises TimeoutError if nothing is left."""
    if (end := _end.get()) is not None:
        left = end - time.monotonic()
        timeout = left if timeout is None else min(timeout, left)
    if timeout is not None and timeout <= 0:
        raise TimeoutError("timed out")
    return timeout
