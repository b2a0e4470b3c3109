"""Steps that are written once, in generators, and carried out by sync and async code.

Where async code waits for an awaitable, a sync function has returned its result. A coroutine that is not awaited, since
a signal handler has raised, would print a warning; a generator does not.
"""

from collections.abc import Callable, Generator
from types import coroutine
from typing import Any

Steps = Generator[Any, Any, Any]


def call(function: Callable[..., Any], *arguments: Any) -> Steps:
    """Calls a function, and awaits the result of an async one."""
    result = function(*arguments)
    return (yield from result.__await__()) if hasattr(result, "__await__") else result


def run(steps: Steps) -> Any:
    try:
        next(steps)
    except StopIteration as end:
        return end.value
    raise TypeError("an async function, such as one for `trace`, cannot be used by a sync client")


@coroutine
def run_async(steps: Steps) -> Steps:
    return (yield from steps)
