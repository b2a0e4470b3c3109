"""After a fork, the child process uses no connection of its parent."""

import os
from threading import Lock
from typing import Any
from weakref import WeakSet

_objects: WeakSet[Any] = WeakSet()
# Registers an object, whose `after_fork` drops its connections and makes new locks: another thread may have held them.
register = _objects.add


_process = os.getpid()
_lock = Lock()


def check() -> None:
    """Notices a fork that Python has not: uWSGI calls C's `fork`, which does not call the hooks of Python."""
    if _process != os.getpid():
        with _lock:
            if _process != os.getpid():
                _after_fork()


def _after_fork() -> None:
    global _process, _lock
    for item in list(_objects):
        item.after_fork()
    _process, _lock = os.getpid(), Lock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork)
