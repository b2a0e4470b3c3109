"""The time at which the call of this thread has to end, whatever it waits for."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_end: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def ends_at(end: float | None) -> Iterator[None]:
    """Ends every wait of our sockets in the block at `end`, a value of `time.monotonic`. An earlier end stays."""
    outer = _end.get()
    token = _end.set(outer if end is None else end if outer is None else min(end, outer))
    try:
        yield
    finally:
        _end.reset(token)


def limited(timeout: float | None) -> float | None:
    """Returns the timeout, shortened to what is left until the deadline. Raises TimeoutError if nothing is left."""
    if (end := _end.get()) is not None:
        left = end - time.monotonic()
        timeout = left if timeout is None else min(timeout, left)
    if timeout is not None and timeout <= 0:
        raise TimeoutError("timed out")
    return timeout
