"""What is generated and what is written by hand stay apart, and neither grows unnoticed.

A maximum is lowered when the code shrinks. To raise one, say in the commit what is worth the lines.
"""

import ast
import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "generator" / "templates"
GENERATED = ROOT / "generated" / "face_client"
HANDWRITTEN = ROOT / "handwritten"
RUNTIME = HANDWRITTEN / "face_client_runtime"
TRANSPORT = ("_http1", "_connection", "_sockets", "_asyncio", "_deadline", "_fork", "_pool", "_async_pool")
TRANSPORT += ("_transport", "_certificates", "_proxies", "_steps")

MAX_TEMPLATE_LINES = 449
MAX_GENERATED_LINES_PER_ITEM = 49
MAX_TRANSPORT_LINES = 1_436

FIRST_LINE = "# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand."
# What this service is about. The runtime is for the client of any document.
TOPICS = re.compile(r"face|image|session|liveness|azure ai", re.IGNORECASE)


def _files(folder: Path, pattern: str = "*") -> list[Path]:
    """The files below a folder, without what Python and the operating system put there."""
    found = [path for path in folder.rglob(pattern) if path.is_file() and "__pycache__" not in path.parts]
    assert found, f"nothing in {folder} is named {pattern}"
    return found


def _lines(*paths: Path) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def test_the_templates_stay_small() -> None:
    """What no document decides belongs into the runtime, where it is linted and typed."""
    assert _lines(*_files(TEMPLATES)) <= MAX_TEMPLATE_LINES


@pytest.mark.parametrize("template", _files(TEMPLATES), ids=lambda path: path.name)
def test_each_template_prints_something_of_the_document(template: Path) -> None:
    """A template without an expression is a Python file in the wrong room."""
    text = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.search(r"\{\{|\{%", text)


def test_the_generated_package_stays_small(document: Any, operations: dict[str, Any]) -> None:
    """A user can read the whole of it: so many lines of Python for each operation, schema and property, on average."""
    schemas = document["components"]["schemas"].values()
    items = len(operations) + sum(1 + len(schema.get("properties", {})) for schema in schemas)
    assert _lines(*_files(GENERATED, "*.py")) <= MAX_GENERATED_LINES_PER_ITEM * items


def test_what_is_generated_says_so() -> None:
    """The first line tells whoever opens the file that an edit would be lost."""
    for path in _files(GENERATED, "*.py"):
        assert path.read_text(encoding="utf-8").splitlines()[0] == FIRST_LINE, path


def test_what_is_written_by_hand_does_not_say_that_it_is_generated() -> None:
    """Nobody is kept from editing a file that only an editor changes."""
    for path in _files(HANDWRITTEN, "*.py"):
        text = path.read_text(encoding="utf-8")
        assert FIRST_LINE not in text, path
        assert not re.match(r"#.*\bgenerated\b", text.partition("\n")[0], re.IGNORECASE), path


def test_the_transport_stays_small() -> None:
    """The connections below httpx are few lines, which one person can review."""
    assert _lines(*(RUNTIME / f"{name}.py" for name in TRANSPORT)) <= MAX_TRANSPORT_LINES


def test_the_runtime_imports_nothing_of_ours() -> None:
    """It stands below any generated client, and so on none of this repository's packages."""
    ours = {path.name for folder in (ROOT / "generated", HANDWRITTEN, ROOT) for path in folder.iterdir()}
    third_parties = set()
    for path in _files(RUNTIME, "*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert node.level == 1, f"{path} imports from beyond its package"
                continue
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            third_parties |= {name.partition(".")[0] for name in names}
    assert not (third_parties - sys.stdlib_module_names) & (ours - {RUNTIME.name})


@pytest.mark.parametrize("path", _files(RUNTIME), ids=lambda path: path.name)
def test_the_runtime_knows_no_faces_and_no_images(path: Path) -> None:
    """Neither its code nor its comments speak of what one service is about, but for the package's own name."""
    text = path.read_text(encoding="utf-8").replace(RUNTIME.name, "")
    text = re.sub(r"interface", "", text, flags=re.IGNORECASE)
    assert TOPICS.findall(path.name + text) == []
