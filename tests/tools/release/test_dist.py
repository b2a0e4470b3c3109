"""What is published: `python -m tools.release dist`."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.metadata import Metadata

from tools.release.change import ReleaseError
from tools.release.dist import check, digest

Main = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).resolve().parents[3]


def build(project: Path, umask: int, **environment: str) -> dict[str, str]:
    """Builds in a folder of a repository; returns the names and the hashes that were printed."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.release", "dist"],
        cwd=project,
        env={**os.environ, **environment},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = {name: found for found, name in (line.split() for line in done.stdout.splitlines())}
    assert printed == {f"dist/{path.name}": digest(path) for path in (project / "dist").iterdir()}
    return printed


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two folders that hold the same commit: one made by hand, one cloned, with other times and permissions."""
    one = tmp_path_factory.mktemp("one") / "project"
    other = tmp_path_factory.mktemp("other") / "a longer name"
    left_out = (".git", ".venv", ".*_cache", ".hypothesis", ".generated-*", "__pycache__", "build", "dist", "*.pyc")
    shutil.copytree(ROOT, one, ignore=shutil.ignore_patterns(*left_out))
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "commit.gpgsign=false"]
    dates = {"GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"}
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "First"]):
        subprocess.run([*git, *arguments], cwd=one, env={**os.environ, **dates}, check=True)
    subprocess.run([*git, "clone", "-q", str(one), str(other)], cwd=one, umask=0o077, check=True)
    for path in other.rglob("*.py"):
        os.utime(path, (1e9, 1e9))
    return one, other


@pytest.fixture(scope="module")
def built(folders: tuple[Path, Path]) -> Path:
    """The folder with the sdist and the wheel of the first of them."""
    build(folders[0], 0o022)
    return folders[0] / "dist"


@pytest.fixture(scope="module")
def sdist(built: Path) -> dict[str, tarfile.TarInfo]:
    """The files of the sdist, below its one folder."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        return {member.name.partition("/")[2]: member for member in archive.getmembers()}


def test_the_same_bytes(folders: tuple[Path, Path], built: Path) -> None:
    """Two folders, umasks, time zones, locales, hash seeds and dates of files give the same bytes."""
    expected = {f"dist/{path.name}": digest(path) for path in built.iterdir()}
    assert len(expected) == 2
    surroundings = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    assert build(folders[1], 0o077, **surroundings) == expected


def test_the_date_is_that_of_the_commit(sdist: dict[str, tarfile.TarInfo]) -> None:
    """The files in the sdist have the time of the commit."""
    assert {member.mtime for member in sdist.values()} == {1767323045}


def test_the_wheel_from_the_sdist(built: Path, tmp_path: Path) -> None:
    """The sdist is enough to build the wheel, and it is the same wheel."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767323045"}
    subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True)
    (wheel,) = built.glob("*.whl")
    assert digest(source / "dist" / wheel.name) == digest(wheel)


def test_what_the_sdist_holds(sdist: dict[str, tarfile.TarInfo]) -> None:
    """The sdist holds the document, the packages, the changelog and the licence; no tests, tools or caches."""
    assert {name.partition("/")[0] for name in sdist} == {
        *("generated", "handwritten", "spec"),
        *("CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml", ".gitignore"),
    }
    assert {"spec/openapi.yaml", "generated/face_client/openapi.json", "generated/face_client/py.typed"} <= set(sdist)
    assert not [name for name in sdist if "__pycache__" in name or "/test" in name]


def test_what_the_wheel_holds(built: Path) -> None:
    """The wheel holds the packages with document, markers and licence, and nothing else."""
    with zipfile.ZipFile(next(built.glob("*.whl"))) as archive:
        names = set(archive.namelist())
    assert {"face_client/openapi.json", "face_client/py.typed", "face_client_auth/py.typed"} <= names
    assert [name for name in names if name.endswith(".dist-info/licenses/LICENSE")]
    assert not [name for name in names if not name.startswith("face_")]
    assert not [name for name in names if "/test" in name]


def test_the_metadata(built: Path) -> None:
    """What a package index reads is valid, and the same in the sdist and the wheel."""
    with zipfile.ZipFile(next(built.glob("*.whl"))) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        in_wheel = archive.read(name)
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        (member,) = (member for member in archive.getmembers() if member.name.endswith("/PKG-INFO"))
        stream = archive.extractfile(member)
        assert stream
        assert stream.read() == in_wheel
    metadata = Metadata.from_email(in_wheel, validate=True)
    assert metadata.name == "face-client"
    assert metadata.license_expression == "MIT"
    assert metadata.description_content_type == "text/markdown"


def test_what_lay_there_is_replaced(project: Path, main: Main) -> None:
    """An older build that lies in dist/ is not published with the new one."""
    (project / "dist").mkdir()
    (project / "dist" / "face_client-0.0.1.tar.gz").touch()
    assert main("dist")[0] == 0
    assert sorted(path.suffix for path in (project / "dist").iterdir()) == [".gz", ".whl"]
    assert not (project / "dist" / "face_client-0.0.1.tar.gz").exists()


def test_what_cannot_be_built(project: Path, main: Main) -> None:
    """Where it cannot be built, exit 2, and an older build stays."""
    (project / "dist").mkdir()
    (project / "dist" / "face_client-0.0.1.tar.gz").touch()
    (project / "README.md").unlink()
    status, _, err = main("dist")
    assert status == 2
    assert err.startswith("error: hatchling could not build:\n")
    assert [path.name for path in (project / "dist").iterdir()] == ["face_client-0.0.1.tar.gz"]


@pytest.mark.parametrize("tag", ["v0.2.0", "0.1.0", "v0.1", "v0.1.0rc1"])
def test_another_tag(project: Path, tag: str) -> None:
    """A tag that is not that of the version is refused."""
    (project / "CHANGELOG.md").write_text("## 0.1.0\n\nFirst.\n")
    check(project, "v0.1.0")
    with pytest.raises(ReleaseError, match=f"the tag is {tag}, and pyproject.toml says 0.1.0: the tag must be v0.1.0"):
        check(project, tag)


def test_a_version_without_an_entry(project: Path, main: Main) -> None:
    """A version that the changelog does not tell of is refused before anything is built."""
    (project / "CHANGELOG.md").write_text("## Unreleased\n\nMuch.\n\n## 0.1.0\n\n## 0.0.9\n\nLess.\n")
    said = "error: CHANGELOG.md says nothing below a heading '## 0.1.0'\n"
    assert main("dist", "--tag", "v0.1.0") == (2, "", said)
    assert not (project / "dist").exists()
