"""Steps that are written once, in generators, and carried out by sync and async code.

Where the async class waits for an awaitable, the sync one returns without suspending.
"""

from collections.abc import Generator
from types import coroutine
from typing import Any

Steps = Generator[Any, Any, Any]


def run(steps: Steps) -> Any:
    try:
        next(steps)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a sync step was suspended")


@coroutine
def run_async(steps: Steps) -> Steps:
    return (yield from steps)
