"""File names for ids, and back."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from face_client_archive import file_name, image_id

TOKEN = "Ae3PVWlXAmVAnXgkAFt1QSjGUWONKzWiSr2iPh9p9G4I"
ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20) | st.text(
    "aAbB1.%-/\\: éÉ~conulCONUL", min_size=1, max_size=20
)
examples = settings(max_examples=100, deadline=None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("3d035d35-2e01-4ed4-8935-577afde9caaa", "3d035d35-2e01-4ed4-8935-577afde9caaa.jpg"),
        (TOKEN, f"{TOKEN}.3257ed96dd.jpg"),
        ("a/../b", "a%2F%2E%2E%2Fb.jpg"),
        ("..", "%2E%2E.jpg"),
        ("con", "%63on.jpg"),
        ("COM1", "%43OM1.3.jpg"),
        ("nul.txt", "nul%2Etxt.jpg"),
        ("-rf", "%2Drf.jpg"),
        ("é ", "%C3%A9%20.jpg"),
    ],
)
def test_names(text: str, name: str) -> None:
    """An id can be recognised in its name."""
    assert file_name(text) == name


@given(ids)
@examples
def test_a_name_gives_its_id(text: str) -> None:
    """The name of an id gives the id, also if a file system has changed the case of its letters."""
    name = file_name(text)

    assert image_id(name) == image_id(name.lower()) == image_id(name.upper()) == text


@given(ids)
@examples
def test_names_are_safe(text: str) -> None:
    """A name has only characters, and a beginning and an end, that Linux, macOS and Windows allow and keep."""
    name = file_name(text)

    assert re.fullmatch(r"[A-Za-z0-9%_~][A-Za-z0-9%_~-]*(\.[0-9a-f]+)?\.jpg", name)
    assert unicodedata.normalize("NFD", name) == name
    assert not re.match(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])\.", name, re.IGNORECASE)


@given(ids, ids)
@examples
def test_different_ids_have_different_names(one: str, other: str) -> None:
    """Two ids have the same name, but for its case, only if they are the same."""
    other = other if other.lower() == one.lower() else one.swapcase()

    assert (file_name(one).casefold() == file_name(other).casefold()) == (one == other)


@pytest.mark.parametrize("text", ["", "\ud800", "x" * 252, "é" * 42])
def test_ids_without_a_name(text: str) -> None:
    """An empty id, one that is not text, and one with too long a name have none."""
    with pytest.raises(ValueError, match=r"the id is empty|lone surrogate|longer than 255 bytes"):
        file_name(text)


def test_the_longest_name() -> None:
    """A name may have 255 bytes."""
    assert len(file_name("x" * 251)) == 255


@pytest.mark.parametrize(
    "name", ["", ".jpg", "a", "a.png", "a.0.jpg", "a.4.jpg", "a.x.jpg", "%41.jpg", "%ff.jpg", "a b.jpg"]
)
def test_other_files_have_no_id(name: str) -> None:
    """What `file_name` does not make is not the name of an id."""
    with pytest.raises(ValueError, match="is not the file name of an id"):
        image_id(name)
