"""The manifest: one JSON object a line, the last one of an id being valid."""

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from attrs import frozen

from ._lock import NO_FOLLOW, is_file

PART = ".part-"  # the beginning of the names of temporary files, also of those of `BinaryStream.save`


@frozen
class Entry:
    """What is known about an id.

    Attributes:
        is_new: Whether it was not in the list of ids until now.
        size: The size of its image, or None if it has none.
        code: The error code, or None if it has not failed.
    """

    is_new: bool
    size: int | None = None
    code: str | None = None


class Manifest:
    """The manifest of an archive, which is appended to, and an index of it that needs no memory.

    The index is a private temporary database of SQLite (https://sqlite.org/inmemorydb.html#temp_db), also of the ids
    that were in the list.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | NO_FOLLOW
        self._file = os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0)
        self._lines = 0
        self._index = sqlite3.connect("", isolation_level=None)
        try:
            self._index.execute("PRAGMA journal_mode = OFF")
            self._index.execute("PRAGMA cache_size = -500")  # kB, so that memory hardly grows with the number of ids
            self._index.execute(
                "CREATE TABLE ids (id BLOB PRIMARY KEY, place INTEGER, size INTEGER, code TEXT, is_listed INTEGER)"
                " WITHOUT ROWID"
            )
            self._index.execute("BEGIN")
            self._load()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._file.close()
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def look_up(self, image_id: str) -> Entry:
        """Returns what is known about an id, and notes that it was in the list of ids."""
        key = _key(image_id)
        row = self._index.execute("SELECT size, code, is_listed FROM ids WHERE id = ?", [key]).fetchone()
        self._index.execute(
            "INSERT INTO ids (id, is_listed) VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET is_listed = 1", [key]
        )
        return Entry(not row[2], row[0], row[1]) if row else Entry(True)

    def add(self, image_id: str, fields: Mapping[str, Any]) -> None:
        """Appends a line."""
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record = {"id": image_id, **fields, "time": time}
        line = json.dumps(record).encode() + b"\n"
        place = self._file.seek(0, os.SEEK_END)
        try:
            written = self._file.write(line)
            if written != len(line):  # the disk is full: the next attempt says so
                self._file.write(line[written:])
        except OSError:
            with suppress(OSError):
                self._file.truncate(place)
            raise
        self._note(record, place)

    def finish(self) -> None:
        """Removes the lines that a later one has replaced, and waits until all is on the disk."""
        if not is_file(self._file.fileno(), self.path):
            raise FileNotFoundError(f"{self.path} was removed or replaced meanwhile: the same archive again repairs it")
        if self._lines == self._index.execute("SELECT count(place) FROM ids").fetchone()[0]:
            os.fsync(self._file.fileno())
        else:
            handle, name = tempfile.mkstemp(prefix=PART, dir=self.path.parent)
            try:
                with os.fdopen(handle, "wb") as compact:
                    compact.writelines(self._valid_lines())
                    compact.flush()
                    os.fsync(handle)
                self._file.close()
                Path(name).replace(self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        sync_folder(self.path.parent)

    def _valid_lines(self) -> Iterator[bytes]:
        with self.path.open("rb") as lines:
            for (place,) in self._index.execute("SELECT place FROM ids WHERE place IS NOT NULL ORDER BY place"):
                lines.seek(place)
                yield lines.readline()

    def _load(self) -> None:
        with self.path.open("rb") as lines:
            place = 0
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n") and (line.startswith(b"\0") or line[:6] == b'{"id":'[: len(line)]):
                    self._file.truncate(place)  # what a kill or a loss of power has left of a line
                    return
                try:
                    self._note(json.loads(line), place)
                except (ValueError, LookupError, TypeError, AttributeError, RecursionError, sqlite3.Error):
                    raise ValueError(
                        f"line {number} of {self.path} is not that of a manifest: move this file, or use another folder"
                    ) from None
                place += len(line)

    def _note(self, record: Mapping[str, Any], place: int) -> None:
        self._lines += 1
        code = record["error"]["code"] if "error" in record else None
        size = None if "error" in record else record["bytes"]
        self._index.execute(
            "INSERT INTO ids (id, place, size, code) VALUES (?, ?, ?, ?) ON CONFLICT (id)"
            " DO UPDATE SET place = excluded.place, size = excluded.size, code = excluded.code",
            [_key(record["id"]), place, size, code],
        )


def sync_folder(folder: Path) -> None:
    """Waits until the names in a folder are on the disk. Windows has no way to do so."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _key(image_id: str) -> bytes:
    return image_id.encode("utf-8", "surrogatepass")
