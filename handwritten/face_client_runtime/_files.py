"""Where a body is saved: a new file, which appears when it is whole, or an open file of the caller's."""

import errno
import os
from contextlib import suppress
from functools import partial
from inspect import iscoroutinefunction
from io import FileIO, RawIOBase, TextIOBase
from pathlib import Path
from threading import RLock
from typing import IO, Any


class NewFile:
    """A private file that replaces the target when it is whole.

    Until then it has no name, so that nothing is left of it even if the process is killed (open(2), O_TMPFILE). Where
    the system has no such files, it lies beside the target as `.part-...`.
    """

    batch = 1024 * 1024

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not os.fspath(path):
            raise ValueError("the path is empty")
        self._target = Path(path).absolute()
        self._names_folder = os.fspath(path).endswith((os.sep, os.sep + "."))  # which Path drops
        self._part: Path | None = None
        self._file: Any = None
        # A cancelled task goes on before its thread has come back from the disk.
        self._lock = RLock()
        self._is_given_up = False

    def create(self) -> None:
        target, folder = self._target, self._target.parent
        with self._lock:
            if target.is_dir() or self._names_folder:
                raise IsADirectoryError(f"cannot save to {target}: it is a folder")
            if not folder.is_dir():
                raise FileNotFoundError(f"cannot save to {target}: there is no folder {folder}")
            if _is_special(target):
                raise OSError(f"cannot save to {target}: it is not a regular file; pass an open file object instead")
            if not self._is_given_up:
                self._file = self._unnamed() or self._named()

    def write(self, data: memoryview) -> None:
        with self._lock:
            while data and not self._is_given_up:
                data = data[self._file.write(data) :]

    def commit(self, rest: memoryview) -> int:
        """Writes the rest, and returns the size of the file in bytes."""
        with self._lock:
            self.write(rest)
            size = 0
            if not self._is_given_up:
                os.fsync(self._file.fileno())
                size = self._file.tell()
                # Some file systems report an error of writing only when the file is closed.
                with FileIO(os.dup(self._file.fileno())) as whole:
                    self._file.close()
                    if not self._part and not self._is_given_up:
                        self._link(whole)
                if self._part and not self._is_given_up:
                    self._part.replace(self._target)
            return size

    def discard(self) -> None:
        self._is_given_up = True
        with self._lock:
            if self._file:
                with suppress(OSError):
                    self._file.close()
            if self._part:
                self._part.unlink(missing_ok=True)

    def _unnamed(self) -> FileIO | None:
        with suppress(OSError):
            # Without O_TMPFILE, this is an error, as for any folder.
            file = FileIO(os.open(self._target.parent, os.O_RDWR | getattr(os, "O_TMPFILE", 0), 0o600), "r+")
            if Path(_in_proc(file)).exists():
                return file
            file.close()
        return None

    def _named(self) -> FileIO:
        import tempfile  # takes long, and is rarely needed

        # Only its owner can read what mkstemp makes.
        handle, name = tempfile.mkstemp(prefix=".part-", dir=self._target.parent)
        self._part = Path(name)
        return FileIO(handle, "w")

    def _link(self, whole: FileIO) -> None:
        """Gives the file the name of the target or, since a link cannot replace anything, the name of a part."""
        # The descriptor makes Python call linkat(2); link(2) would not follow the link in /proc.
        link = partial(os.link, _in_proc(whole), src_dir_fd=whole.fileno(), follow_symlinks=True)
        try:
            try:
                link(self._target)
            except FileExistsError:
                self._part = self._target.with_name(f".part-{os.urandom(8).hex()}")
                link(self._part)
        except OSError:  # a system may allow no links, as Android does
            import shutil

            with self._named() as copy:
                shutil.copyfile(_in_proc(whole), _in_proc(copy))
                os.fsync(copy.fileno())


class OpenFile:
    """An open binary file of the caller's, which stays open."""

    batch = 64 * 1024
    _is_given_up = False

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = 0

    def create(self) -> None: ...

    def write(self, data: memoryview) -> None:
        while data and not self._is_given_up:
            # A copy, since the file may keep it, and the buffer is filled again.
            written: int | None = self._file.write(bytes(data))
            if type(written) is not int and not isinstance(self._file, RawIOBase):
                written = len(data)  # not every class that writes says how much
            if not written:
                raise BlockingIOError(errno.EAGAIN, "the file takes no more for now: it is non-blocking")
            self._size += written
            data = data[written:]

    def commit(self, rest: memoryview) -> int:
        """Writes the rest, and returns how many bytes were written."""
        self.write(rest)
        return self._size

    def discard(self) -> None:
        self._is_given_up = True  # without waiting for the thread: only the event loop may be able to end its write


def sink(file: str | os.PathLike[str] | IO[bytes]) -> NewFile | OpenFile:
    """Returns what writes to the file. Raises TypeError if it is neither a path nor an open binary file."""
    if isinstance(file, str | os.PathLike):
        return NewFile(file)
    name = type(file).__name__
    if isinstance(file, TextIOBase):
        raise TypeError(f"cannot save to a {name}: open the file in binary mode")
    write = getattr(file, "write", None)
    if not callable(write) or iscoroutinefunction(write):
        raise TypeError(f"cannot save to a {name}: it is neither a path nor an open binary file")
    return OpenFile(file)


def _is_special(path: Path) -> bool:
    """Whether it is a device, a FIFO or the like, or an open file, as /dev/stdout and /proc/self/fd/1 are."""
    place = path.parent.resolve() / path.name
    if place.is_relative_to("/proc") or place.is_relative_to("/dev/fd"):
        return True
    if not place.exists():
        return False
    return not place.is_file() or (place.is_symlink() and _is_special(place.parent / place.readlink()))


def _in_proc(file: FileIO) -> str:
    return f"/proc/self/fd/{file.fileno()}"
