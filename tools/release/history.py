"""The last release, from git."""

import io
import subprocess
import tarfile
from pathlib import Path

from packaging.version import InvalidVersion, Version

from tools.release.change import ReleaseError


class NoReleaseError(ReleaseError):
    """There is no release to compare with; the message says why."""


def last_release(project: Path) -> str:
    """Returns the newest tag `v<version>` in the history of the checked out commit.

    Raises:
        NoReleaseError: There is no such tag, or the clone is shallow, or this is not a git repository.
        ReleaseError: git failed.
    """
    if not (project / ".git").exists():
        raise NoReleaseError("this is no git repository")
    tags = {}
    for tag in _git(project, "tag", "--list", "v*", "--merged", "HEAD").decode().split():
        try:
            tags[Version(tag)] = tag
        except InvalidVersion:
            continue
    if tags:
        return tags[max(tags)]
    if _git(project, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise NoReleaseError("this clone is shallow, which leaves tags behind: git fetch --unshallow --tags")
    raise NoReleaseError("no tag v<version> marks a release yet")


def extract(project: Path, tag: str, folder: Path) -> None:
    """Writes the files of a tag into a folder."""
    content = _git(project, "archive", "--format=tar", tag)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")


def commit_time(project: Path) -> str | None:
    """Returns the time of the checked out commit, in seconds since 1970; None outside of a git repository."""
    return _git(project, "log", "-1", "--format=%ct").decode().strip() if (project / ".git").exists() else None


def _git(project: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=project, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise ReleaseError("git is not installed") from error
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise ReleaseError(f"git {arguments[0]} did not work: {reason}")
    return done.stdout
