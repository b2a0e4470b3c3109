"""The package stands on the public names of the generated client and of its runtime."""

import ast
from pathlib import Path

import pytest

import face_client_archive

FILES = sorted(Path(face_client_archive.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_other_packages_are_used_by_their_public_names(path: Path) -> None:
    """Nothing whose name begins with an underscore is taken from the client, the runtime or a third party."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "level", 0):
            names += [*getattr(node, "module", "").split("."), *(alias.name for alias in node.names)]
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            names.append(node.attr)

    assert [name for name in names if name.startswith("_") and not name.endswith("__")] == []
