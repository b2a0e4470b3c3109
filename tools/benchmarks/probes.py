"""Measurements of this process by the operating system."""

import asyncio
import os
import resource
import sys
import threading
from contextlib import suppress
from pathlib import Path

_STATUS = Path("/proc/self/status")
_FDS = Path("/proc/self/fd") if Path("/proc/self/fd").exists() else Path("/dev/fd")


def resident() -> int:
    """Returns the bytes of memory in use now, or the peak where that is not available."""
    return _of_status("VmRSS") or _largest()


def peak() -> int:
    """Returns the peak memory in bytes since `forget_peak`, or since the start."""
    # Preferred to ru_maxrss, which a new program on Linux inherits from the process that started it.
    return _of_status("VmHWM") or _largest()


def forget_peak() -> None:
    """Resets `peak`, if the system supports that."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def holdings(loop: asyncio.AbstractEventLoop | None) -> dict[str, int]:
    """Returns the numbers that a leak would increase."""
    return {
        "resident": resident(),
        "fds": len(os.listdir(_FDS)),  # noqa: PTH208 - Path objects would change the measurement
        "threads": threading.active_count(),
        "tasks": len(asyncio.all_tasks(loop)) if loop else 0,
    }


def _of_status(name: str) -> int:
    if not _STATUS.exists():
        return 0
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0


def _largest() -> int:
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024
