"""The documents: rebuilt by hand in this repository, or fetched from packages that documents.toml locks."""

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.nodejs import search_path

ROOT = Path(__file__).resolve().parents[2]
LOCK = Path(__file__).with_name("documents.toml")
REBUILT = ROOT / "tests" / "generator" / "foreign"
BUILD = ROOT / "build" / "foreign_documents"
_LONGEST = 120  # seconds for a package


class FetchError(Exception):
    """A document cannot be fetched; the message says why."""


@dataclass(frozen=True)
class Document:
    """A document, and where it comes from."""

    name: str
    path: Path
    source: str


def rebuilt() -> list[Document]:
    """Returns the documents of this repository."""
    return [Document(path.stem, path, "rebuilt by hand") for path in sorted(REBUILT.glob("*.yaml"))]


def fetched() -> tuple[list[Document], list[str]]:
    """Returns the documents of the locked packages, and a line for each package that cannot be fetched.

    npm fetches those that are not there. Nothing of a package is run, and none but the locked one is read.
    """
    found: list[Document] = []
    problems: list[str] = []
    for package in tomllib.loads(LOCK.read_text(encoding="utf-8"))["package"]:
        wanted = f"{package['name']}@{package['version']}"
        paths = {name: BUILD / "documents" / wanted.replace("/", "_") / f"{name}.json" for name in package["documents"]}
        try:
            if not all(path.exists() for path in paths.values()):
                _fetch(wanted, package, paths)
        except FetchError as error:
            problems.append(f"{wanted} ({', '.join(paths)}): {error}")
        else:
            found += [Document(name, path, wanted) for name, path in paths.items()]
    return found, problems


def _fetch(wanted: str, package: dict[str, Any], paths: dict[str, Path]) -> None:
    programs = search_path()
    npm = shutil.which("npm", path=programs)
    if npm is None:
        raise FetchError("npm is not installed: it comes with Node.js")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--ignore-scripts", wanted]
        try:
            done = subprocess.run(  # noqa: S603 - as is
                command, cwd=folder, env={**os.environ, "PATH": programs}, capture_output=True, text=True, check=False,
                timeout=_LONGEST,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise FetchError(f"npm could not fetch it within {_LONGEST} s") from None
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            raise FetchError(f"npm could not fetch it: {' '.join(done.stderr.split())[:300]}")
        digest = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
        if f"sha512-{digest}" != package["integrity"]:
            raise FetchError(f"it is not the locked package: its hash is sha512-{digest}")
        with tarfile.open(archives[0]) as archive:
            for name, path in paths.items():
                content = archive.extractfile(f"package/{package['documents'][name]}")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read() if content else b"")
