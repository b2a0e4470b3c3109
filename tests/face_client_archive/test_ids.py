"""Ids from a file."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from face_client_archive import read_ids


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes a file."""

    def make(content: bytes) -> Path:
        path = tmp_path / "ids"
        path.write_bytes(content)
        return path

    return make


def test_lines(write: Callable[[bytes], Path]) -> None:
    """One id in a line, with any line ends; without a byte order mark, surrounding whitespace and empty lines."""
    assert list(read_ids(write(b"\xef\xbb\xbfa\r\n b \n\n  \nc,d"))) == ["a", "b", "c,d"]


def test_a_column(write: Callable[[bytes], Path]) -> None:
    """The values of a column by its title; short rows and empty values are left out."""
    text = b'\xef\xbb\xbfimage id ,when\na,1\n"b\n",2\n\n ,3\n"c,d",4\n'

    assert list(read_ids(write(text), "image id")) == ["a", "b", "c,d"]
    assert list(read_ids(str(write(text)), "when")) == ["1", "2", "3", "4"]


def test_an_open_file_stays_open() -> None:
    """An open text file is read from where it is, and not closed."""
    file = StringIO("\ufeffa\nb\n")

    assert list(read_ids(file)) == ["a", "b"]
    assert not file.closed


def test_a_missing_column(write: Callable[[bytes], Path]) -> None:
    """The error names the file and the columns that there are."""
    with pytest.raises(ValueError, match=r"ids has no column 'id', but: 'a', 'b'"):
        list(read_ids(write(b"a,b\n1,2\n"), "id"))


@pytest.mark.parametrize(
    ("content", "column"), [(b"\xff\xfea\0", None), (b"id\n" + b"x" * 200_000, "id"), (b'id\n"a\nb\nc\n', "id")]
)
def test_another_kind_of_file(write: Callable[[bytes], Path], content: bytes, column: str | None) -> None:
    """A file in another encoding, or that is no CSV, is one clear error."""
    with pytest.raises(ValueError, match=r"ids is not (text in UTF-8|a CSV file)"):
        list(read_ids(write(content), column))
