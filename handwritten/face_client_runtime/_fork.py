"""After a fork, the child process uses no connection of its parent."""

import os
from threading import Lock
from typing import Any
from weakref import ref

_objects: set[ref[Any]] = set()
_process = os.getpid()
_lock = Lock()


def register(item: Any) -> None:
    """Registers an object, whose `after_fork` drops its connections and makes new locks: a thread may have held them.

    The callback is not a Python function, as that of a WeakSet is, in which a signal handler could raise.
    """
    _objects.add(ref(item, _objects.discard))


def check() -> None:
    """Notices a fork that Python has not: uWSGI calls C's `fork`, which does not call the hooks of Python."""
    if _process != os.getpid():
        with _lock:
            if _process != os.getpid():
                _after_fork()


def _after_fork() -> None:
    global _process, _lock
    # All are kept until the end: a pool that starts anew would otherwise free connections that are still open.
    for item in [reference() for reference in list(_objects)]:
        if item is not None:
            item.after_fork()
    _process, _lock = os.getpid(), Lock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork)
