"""Prints the stacks of a call that hangs."""

import faulthandler
import sys
import traceback
from asyncio import Task
from types import FrameType
from typing import Any


def print_stacks(task: "Task[Any] | None") -> None:
    """Prints the stacks of all threads and of the task to stderr."""
    faulthandler.dump_traceback(sys.stderr)
    if task:
        print("\nThe task, outermost first:", file=sys.stderr)
        for frame in _frames(task):
            print("".join(traceback.format_stack(frame, limit=1)), end="", file=sys.stderr)


def _frames(task: "Task[Any]") -> list[FrameType]:
    """Returns all frames of a task; for a suspended task, Task.get_stack() returns only the outermost one."""
    frames = []
    waits_for: Any = task.get_coro()
    while waits_for is not None:
        frame = getattr(waits_for, "cr_frame", None) or getattr(waits_for, "ag_frame", None)
        if frame:
            frames.append(frame)
        waits_for = getattr(waits_for, "cr_await", None) or getattr(waits_for, "ag_await", None)
    return frames
