"""The archive and the session helpers stand on the public names of the generated client and of its runtime."""

import ast
from pathlib import Path

import pytest

import face_client_archive
import face_client_sessions

FILES = [
    path
    for package in (face_client_archive, face_client_sessions)
    for path in sorted(Path(package.__file__).parent.glob("*.py"))
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_other_packages_are_used_by_their_public_names(path: Path) -> None:
    """Nothing whose name begins with an underscore is taken from the client, the runtime or a third party."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "level", 0):
            names += [*getattr(node, "module", "").split("."), *(alias.name for alias in node.names)]
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            names.append(node.attr)

    assert [name for name in names if name.startswith("_") and name not in ("__init__", "__name__")] == []
