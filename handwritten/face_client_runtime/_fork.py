"""In the child of a fork, nothing of ours uses what its parent has open."""

import os
from typing import Any
from weakref import WeakSet

_objects: WeakSet[Any] = WeakSet()
register = (
    _objects.add
)  # for objects whose `after_fork` lets go of what the parent has open; a lock may be held for ever


def _after_fork() -> None:
    for item in list(_objects):
        item.after_fork()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork)
