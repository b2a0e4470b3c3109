"""docs/recipes.md shows the recipes as they are."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_has_the_files() -> None:
    """Under the name of a file of Python, the page has its content."""
    page = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    shown = re.findall(r"^`([\w/]+\.py)`[^\n]*:\n\n```py\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in shown] == [
        "examples/back_end/checks.py",
        "examples/back_end/test_checks.py",
        "examples/worker.py",
    ]
    for name, code in shown:
        assert code == (ROOT / name).read_text(encoding="utf-8"), name
