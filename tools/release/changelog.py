"""Reads CHANGELOG.md, in the format of Keep a Changelog."""

import re
from collections.abc import Iterable
from pathlib import Path

from tools.release.change import Change


def section(changelog: Path, title: str) -> str:
    """Returns the text below `## title` or `## [title] - date`, up to the next such heading, or `""`."""
    return _below(changelog.read_text(encoding="utf-8"), rf"## \[?{re.escape(title)}(?:\]|(?![.\w-]))[^\n]*")


def unannounced(changelog: Path, changes: Iterable[Change]) -> list[str]:
    """Returns the names of the breaking changes that are not named below `## Unreleased`, `### Breaking`."""
    announced = _below(section(changelog, "Unreleased"), "### Breaking")
    names = dict.fromkeys(change.name for change in changes if change.is_breaking)
    return [name for name in names if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", announced)]


def _below(text: str, heading: str) -> str:
    level = heading.partition(" ")[0]
    found = re.search(rf"^{heading}$\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""
