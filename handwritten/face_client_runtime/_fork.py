"""In the child of a fork, nothing of ours uses what its parent has open."""

import os
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    def after_fork(self) -> None:
        """Lets go of what the parent has open, without a word to the other side. Locks may be held for ever."""


_objects: WeakSet[Forkable] = WeakSet()
register = _objects.add


def _after_fork() -> None:
    for item in list(_objects):
        item.after_fork()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork)
