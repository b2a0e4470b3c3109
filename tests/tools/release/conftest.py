"""A copy of the project, and the tools that compare documents."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import tools.release.__main__ as command

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def redocly(modules: Path) -> None:
    """The tool that compares documents is installed."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the commands read and write, without its git history."""
    copy = tmp_path / "project"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, copy)
    for name in ("spec", "generated", "handwritten"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture
def git() -> Callable[..., str]:
    """Runs git, whoever the user is and whatever their settings are."""

    def git(folder: Path, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "commit.gpgsign=false", *arguments],
            cwd=folder,
            env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return git


@pytest.fixture
def main(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Carries out a command on the copy; returns its exit status and what it printed."""
    monkeypatch.setattr(command, "ROOT", project)

    def main(*arguments: str) -> tuple[int, str, str]:
        status = command.main(list(arguments))
        return status, *capsys.readouterr()

    return main
