"""The deadline of the current sync call."""

import time
from contextvars import ContextVar

_end: ContextVar[float | None] = ContextVar("deadline", default=None)


class fail_at:  # noqa: N801 - a context manager, twice as fast as one made from a generator
    """In this block, our sockets time out at `end`, a value of `time.monotonic`, or at the outer block's if earlier."""

    def __init__(self, end: float | None) -> None:
        self._new = end

    def __enter__(self) -> None:
        outer = _end.get()
        self._token = _end.set(outer if self._new is None else self._new if outer is None else min(self._new, outer))

    def __exit__(self, *exception: object) -> None:
        _end.reset(self._token)


def limit_timeout(timeout: float | None) -> float | None:
    """Returns the timeout, limited to the time until the deadline. Raises TimeoutError if the deadline has passed."""
    if (end := _end.get()) is not None:
        left = end - time.monotonic()
        timeout = left if timeout is None else min(timeout, left)
    if timeout is not None and timeout <= 0:
        raise TimeoutError("timed out")
    return timeout
