"""Reads pyproject.toml."""

import tomllib
from pathlib import Path
from typing import Any


def version(project: Path) -> str:
    """Returns the version of the Python package."""
    return str(_settings(project)["project"]["version"])


def packages(project: Path) -> list[Path]:
    """Returns the folders of the packages in the wheel, relative to the project."""
    return [Path(path) for path in _settings(project)["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]]


def _settings(project: Path) -> dict[str, Any]:
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
