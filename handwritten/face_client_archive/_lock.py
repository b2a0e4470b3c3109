"""One archive at a time."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ._errors import FolderInUseError

NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)  # a link could lead to any file of its user
_BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Locks a file, which exists until the end of the block. The system removes the lock if the process is killed.

    Raises:
        FolderInUseError: Another process or thread has the lock.
        OSError: The file cannot be created or locked.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | NO_FOLLOW, 0o600)
        try:
            _lock(handle)
            # Whoever had the lock may have removed the file since it was opened here.
            if is_file(handle, path):
                break
        except OSError as error:
            os.close(handle)
            if error.errno in _BUSY:
                raise FolderInUseError(f"another archive is at work: it has locked {path}") from None
            raise
        os.close(handle)
    try:
        yield
    finally:
        if sys.platform == "win32":  # where an open file cannot be removed
            os.close(handle)
        with suppress(OSError):
            path.unlink()
        if sys.platform != "win32":
            os.close(handle)


def is_file(handle: int, path: Path) -> bool:
    """Whether an open file is still the one at a path."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
