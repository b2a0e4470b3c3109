"""Writes a file that appears only when it is whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock


class NewFile:
    """A private file beside the target, which replaces the target when it is whole."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._target = Path(path).absolute()
        self._part: Path | None = None
        # A cancelled task goes on before its thread has come back from the disk.
        self._lock = Lock()
        self._is_given_up = False

    def create(self) -> None:
        with self._lock:
            if self._target.is_dir():
                raise IsADirectoryError(f"cannot save to {self._target}: it is a folder")
            if not self._target.parent.is_dir():
                raise FileNotFoundError(f"cannot save to {self._target}: there is no folder {self._target.parent}")
            if not self._is_given_up:
                import tempfile  # takes long, and most calls save nothing

                # Only its owner can read what mkstemp makes.
                handle, name = tempfile.mkstemp(prefix=".part-", dir=self._target.parent)
                self._part = Path(name)
                self._file = os.fdopen(handle, "wb")

    def write(self, data: bytes | bytearray | memoryview) -> None:
        with self._lock:
            if not self._is_given_up:
                self._file.write(data)

    def commit(self) -> int:
        """Returns the size of the file, in bytes."""
        with self._lock:
            size = 0
            if self._part and not self._is_given_up:
                self._file.flush()
                os.fsync(self._file.fileno())
                size = self._file.tell()
                self._file.close()
                if not self._is_given_up:
                    self._part.replace(self._target)
            return size

    @contextmanager
    def or_nothing(self) -> Iterator[None]:
        """Removes what was written if the block raises."""
        try:
            yield
        except BaseException:
            self._is_given_up = True
            with self._lock:
                if self._part:
                    # A full disk fails again when the rest of the buffer is written on closing.
                    with suppress(OSError):
                        self._file.close()
                    self._part.unlink(missing_ok=True)
            raise
