"""Builds sdist and wheel reproducibly: the same commit gives the same bytes."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.release import changelog, history
from tools.release.change import ReleaseError
from tools.release.project import version


def check(project: Path, tag: str) -> None:
    """Checks that a tag may be published.

    Raises:
        ReleaseError: It does not match the version in pyproject.toml, or the changelog has no entry for the version.
    """
    wanted = version(project)
    if tag != f"v{wanted}":
        raise ReleaseError(f"the tag is {tag}, and pyproject.toml says {wanted}: the tag must be v{wanted}")
    if not changelog.section(project / "CHANGELOG.md", wanted):
        raise ReleaseError(f"CHANGELOG.md says nothing below a heading '## {wanted}'")


def dist(project: Path, folder: Path) -> list[Path]:
    """Builds the sdist and the wheel into a folder, replaces the old ones there, and returns their paths.

    Raises:
        ReleaseError: The build failed. The folder was not changed.
    """
    environment = dict(os.environ)
    time = history.commit_time(project)
    if time:
        environment["SOURCE_DATE_EPOCH"] = time  # hatchling's default is a constant
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".", dir=folder) as temporary:
        command = [sys.executable, "-m", "hatchling", "build", "--directory", temporary]
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ReleaseError(f"hatchling could not build:\n{done.stdout}{done.stderr}".rstrip())
        for pattern in ("*.whl", "*.tar.gz"):
            for stale in folder.glob(pattern):
                stale.unlink()
        return [built.replace(folder / built.name) for built in sorted(Path(temporary).iterdir())]


def digest(path: Path) -> str:
    """Returns the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
