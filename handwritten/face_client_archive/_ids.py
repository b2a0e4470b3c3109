"""The ids in a file."""

import csv
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


def read_ids(file: str | os.PathLike[str] | TextIO, column: str | None = None) -> Iterator[str]:
    """Yields the ids in a file, without surrounding whitespace. Empty ones are left out, and so is a byte order mark.

    The file is read while the ids are consumed, so that it can be of any size, or a pipe.

    Args:
        file: The path of a text file in UTF-8, or a text file that is open for reading, which stays open.
        column: The name of the column of a CSV file with a header. None for a file with one id in each line.

    Raises:
        OSError: The file cannot be read.
        ValueError: The file is not text in UTF-8, no CSV file, such as one with an open quote, or has no such column.
    """
    name = str(file if isinstance(file, str | os.PathLike) else getattr(file, "name", "the file"))
    with _opened(file) as lines:
        try:
            for text in _without_mark(lines) if column is None else _in_column(lines, column, name):
                if stripped := text.strip():
                    yield stripped
        except UnicodeDecodeError as error:
            raise ValueError(f"{name} is not text in UTF-8: save it with this encoding ({error.reason})") from None
        except csv.Error as error:
            raise ValueError(f"{name} is not a CSV file: {error}") from None


@contextmanager
def _opened(file: str | os.PathLike[str] | TextIO) -> Iterator[TextIO]:
    if isinstance(file, str | os.PathLike):
        with Path(file).open(encoding="utf-8-sig", newline="") as lines:
            yield lines
    else:
        yield file


def _without_mark(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line if number else line.removeprefix("\ufeff")


def _in_column(lines: Iterable[str], column: str, name: str) -> Iterator[str]:
    rows = csv.reader(_without_mark(lines), strict=True)
    header = [title.strip() for title in next(rows, [])]
    if column not in header:
        raise ValueError(f"{name} has no column {column!r}, but: {', '.join(map(repr, header)) or 'nothing'}")
    place = header.index(column)
    for row in rows:
        yield from row[place : place + 1]
