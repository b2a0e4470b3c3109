"""What counts as announced in a changelog."""

from pathlib import Path

import pytest

from tools.release.change import Change
from tools.release.changelog import section, unannounced

CHANGELOG = """\
# Changelog

## Unreleased

### Breaking

- `stream` is `streamed` now, and `/images/{id}` took the place of `/photos/{id}`.

### Added

- `connect`

## [0.2.0] - 2026-01-01

### Breaking

- `Client`

## 0.1.0

First.

## 0.0.1
"""


@pytest.fixture
def changelog(tmp_path: Path) -> Path:
    """A changelog."""
    path = tmp_path / "CHANGELOG.md"
    path.write_text(CHANGELOG)
    return path


@pytest.mark.parametrize(
    ("name", "is_announced"),
    [
        ("stream", True),
        ("/photos/{id}", True),
        ("strea", False),
        ("connect", False),
        ("Client", False),
    ],
)
def test_what_is_announced(changelog: Path, name: str, is_announced: bool) -> None:
    """A breaking change is announced where its name is a word below `### Breaking` of `## Unreleased`."""
    assert unannounced(changelog, [Change("text", name, is_breaking=True)]) == ([] if is_announced else [name])


def test_what_need_not_be_announced(changelog: Path) -> None:
    """A change that breaks nothing need not be announced, and a name is missed once."""
    changes = [Change("a", "one"), Change("b", "two", is_breaking=True), Change("c", "two", is_breaking=True)]
    assert unannounced(changelog, changes) == ["two"]


@pytest.mark.parametrize(
    ("title", "first"),
    [("0.2.0", "### Breaking"), ("0.1.0", "First."), ("0.0.1", ""), ("0.3.0", ""), ("0.1", ""), ("0.1.0rc1", "")],
)
def test_sections(changelog: Path, title: str, first: str) -> None:
    """The section of a version is found by exactly that version, with or without brackets and date."""
    assert section(changelog, title).partition("\n")[0] == first


def test_no_section_at_all(tmp_path: Path) -> None:
    """A changelog without `## Unreleased` announces nothing."""
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n")
    assert unannounced(tmp_path / "CHANGELOG.md", [Change("a", "one", is_breaking=True)]) == ["one"]
