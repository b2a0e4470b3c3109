"""Where a call is that does not end."""

import faulthandler
import sys
import traceback
from asyncio import Task
from types import FrameType
from typing import Any


def print_stacks(task: "Task[Any] | None") -> None:
    """Prints what every thread is doing, and what the task is waiting for, on stderr."""
    faulthandler.dump_traceback(sys.stderr)
    if task:
        print("\nThe task, outermost first:", file=sys.stderr)
        for frame in _frames(task):
            print("".join(traceback.format_stack(frame, limit=1)), end="", file=sys.stderr)


def _frames(task: "Task[Any]") -> list[FrameType]:
    """Task.get_stack() has the outermost frame alone of a task that waits."""
    frames = []
    waits_for: Any = task.get_coro()
    while waits_for is not None:
        frame = getattr(waits_for, "cr_frame", None) or getattr(waits_for, "ag_frame", None)
        if frame:
            frames.append(frame)
        waits_for = getattr(waits_for, "cr_await", None) or getattr(waits_for, "ag_await", None)
    return frames
