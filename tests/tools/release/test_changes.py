"""`python -m tools.release changes`, in a git repository made of a copy of the project."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.release.history import NoReleaseError, last_release

Main = Callable[..., tuple[int, str, str]]
Git = Callable[..., str]


@pytest.fixture
def repository(project: Path, git: Git) -> Path:
    """The copy, committed and not released."""
    git(project, "init", "--quiet", "--initial-branch=main")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message=First")
    return project


@pytest.fixture
def released(repository: Path, git: Git) -> Path:
    """The copy, released as v0.1.0, with the changelog of the next version open."""
    git(repository, "tag", "v0.1.0")
    (repository / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n## 0.1.0\n\nFirst.\n")
    return repository


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_no_repository(main: Main) -> None:
    """In a folder that is no git repository there is nothing to compare with, which is said and no error."""
    assert main("changes") == (0, "Nothing to compare with: this is no git repository.\n", "")


def test_no_release(repository: Path, main: Main, git: Git) -> None:
    """Before the first release there is nothing to compare with, whatever other tags there are."""
    git(repository, "tag", "very-good")
    git(repository, "tag", "v-next")
    assert main("changes") == (0, "Nothing to compare with: no tag v<version> marks a release yet.\n", "")


def test_a_shallow_clone(released: Path, git: Git, tmp_path: Path) -> None:
    """A clone without history says what to do about it."""
    git(released, "commit", "--quiet", "--allow-empty", "--message=Second")
    git(tmp_path, "clone", "--quiet", "--depth=1", released.as_uri(), "shallow")
    with pytest.raises(NoReleaseError, match="git fetch --unshallow --tags"):
        last_release(tmp_path / "shallow")


def test_the_newest_release(repository: Path, git: Git) -> None:
    """The newest version counts, not the last in the alphabet, and not one of another branch."""
    for tag in ("v0.9.0", "v0.10.0", "v0.10.0rc1", "v0.2.0"):
        git(repository, "tag", tag)
    git(repository, "switch", "--quiet", "--create", "other")
    git(repository, "commit", "--quiet", "--allow-empty", "--message=Other")
    git(repository, "tag", "v1.0.0")
    git(repository, "switch", "--quiet", "main")
    assert last_release(repository) == "v0.10.0"


def test_nothing_changed(redocly: None, released: Path, main: Main) -> None:
    """Where nothing changed since the release, the report says so."""
    assert main("changes") == (
        0,
        "Since v0.1.0.\n"
        "In the document:\n"
        "  nothing\n"
        "In the Python packages:\n"
        "  nothing that callers use is gone or takes other arguments\n"
        "Not breaking for callers of the Python client.\n",
        "",
    )


REPORT = """\
Since v0.1.0.
In the document:
  BREAKING  /images/{sessionImageId}: Path `/sessionImages/{sessionImageId}` was renamed to `/images/{sessionImageId}`
In the Python packages:
  BREAKING  face_client.api.liveness_session_operations.get_session_image.stream: public object was removed
  BREAKING  face_client_auth.bearer.BearerTokenAuth: public object was removed
BREAKING for callers of the Python client, 3 of these.
"""
MISSING = """
CHANGELOG.md does not announce all of that. Name below `## Unreleased`, `### Breaking`:
- `/images/{sessionImageId}`
- `stream`
- `BearerTokenAuth`
"""
ANNOUNCED = """\
### Breaking

- The path is `/images/{sessionImageId}` now.
- `stream` is `streamed` now, and `BearerTokenAuth` is `BearerAuth`.

"""


def test_breaking_changes(redocly: None, released: Path, main: Main) -> None:
    """Breaking changes of any package are exit 1 until the changelog names what the report says is missing."""
    replace(released / "spec/openapi.yaml", "/sessionImages/", "/images/")
    module = "generated/face_client/api/liveness_session_operations/get_session_image.py"
    replace(released / module, "def stream(", "def streamed(")
    replace(released / "handwritten/face_client_auth/bearer.py", "class BearerTokenAuth", "class BearerAuth")
    assert main("changes") == (1, REPORT + MISSING, "")
    replace(released / "CHANGELOG.md", "## 0.1.0", f"{ANNOUNCED}## 0.1.0")
    assert main("changes") == (0, REPORT, "")


def test_without_node(released: Path, main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be compared, exit 2 and one line that says why."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    status, out, err = main("changes")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "is not installed: it comes with Node.js" in err
