"""What a caller of the old packages would miss in the new ones."""

import shutil
from pathlib import Path

import pytest

from tools.release.change import Change, ReleaseError
from tools.release.python_api import compare

PACKAGE = Path(__file__).resolve().parents[3] / "generated" / "face_client"
OPERATION = "api/liveness_session_operations/get_session_image.py"
DETAILED = "get_session_image_detailed"
MODULE = "face_client.api.liveness_session_operations.get_session_image"

EDITS = {
    "a function": (
        OPERATION,
        "def stream(",
        "def streamed(",
        [(f"{MODULE}.stream: public object was removed", "stream")],
    ),
    "a method of the client": (
        "client.py",
        "def get_session_image_detailed(",
        "def get_session_image_response(",
        [
            (f"face_client.client.{kind}.get_session_image_detailed: public object was removed", DETAILED)
            for kind in ("AsyncClient", "Client")
        ],
    ),
    "a method of a model": (
        "models/face_error.py",
        "def to_dict(",
        "def as_dict(",
        [("face_client.models.face_error.FaceError.to_dict: public object was removed", "to_dict")],
    ),
    "an argument": (
        "client.py",
        "api_version: str =",
        "version: str =",
        [
            ("face_client.client.AsyncClient.__init__(api_version): parameter was removed", "api_version"),
            ("face_client.client.Client.__init__(api_version): parameter was removed", "api_version"),
        ],
    ),
    "a constant": (
        "document.py",
        "API_VERSIONS:",
        "KNOWN_VERSIONS:",
        [("face_client.document.API_VERSIONS: public object was removed", "API_VERSIONS")],
    ),
    "the value of a constant": ("document.py", '"/face/', '"/vision/', []),
    "what is private": (OPERATION, "def _parse_error(", "def _read_error(", []),
}


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of the package, to be changed."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "face_client", ignore=shutil.ignore_patterns("__pycache__")))


@pytest.mark.parametrize(("name", "old", "new", "expected"), EDITS.values(), ids=EDITS)
def test_what_is_gone(changed: Path, name: str, old: str, new: str, expected: list[tuple[str, str]]) -> None:
    """A public name or argument that is gone is breaking; a value or a private name is not."""
    text = (changed / name).read_text()
    assert old in text
    (changed / name).write_text(text.replace(old, new))
    assert compare(PACKAGE, changed) == [Change(text, name, is_breaking=True) for text, name in expected]


def test_what_is_new(changed: Path) -> None:
    """What was added is not missed, and seen from the other side it is."""
    (changed / "more.py").write_text("def more() -> None: ...\n")
    assert compare(PACKAGE, changed) == []
    assert [change.name for change in compare(changed, PACKAGE)] == ["more"]


def test_a_package_that_is_gone(tmp_path: Path) -> None:
    """A package that is gone is one breaking change."""
    assert compare(PACKAGE, tmp_path / "face_client") == [
        Change("face_client: the package was removed", "face_client", is_breaking=True)
    ]


def test_what_is_no_package(changed: Path) -> None:
    """Code that is no Python is an error that names the folder."""
    (changed / "__init__.py").write_text("def\n")
    with pytest.raises(ReleaseError, match="face_client: cannot be read as a Python package"):
        compare(PACKAGE, changed)
