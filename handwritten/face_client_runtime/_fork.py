"""After `os.fork()`, the child process uses no connection of its parent."""

import os
from typing import Any
from weakref import WeakSet

_objects: WeakSet[Any] = WeakSet()
# Registers an object, whose `after_fork` drops its connections and makes new locks: another thread may have held them.
register = _objects.add


def _after_fork() -> None:
    for item in list(_objects):
        item.after_fork()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork)
