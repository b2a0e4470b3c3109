"""Compares two folders of generated files, and puts a fresh one in the place of the old."""

import difflib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Difference:
    """One file that is not the same in both folders: `changed`, `missing` or `extra` (seen from the committed one)."""

    kind: str
    path: str
    diff: str


def differences(committed: Path, fresh: Path) -> list[Difference]:
    """Returns what differs between the committed folder and the fresh one, file by file, both ways."""
    old, new = _files(committed), _files(fresh)
    found = []
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        if before == after:
            continue
        kind = "missing" if before is None else "extra" if after is None else "changed"
        found.append(Difference(kind, path, _diff(path, before, after)))
    return found


def replace(committed: Path, fresh: Path) -> None:
    """Puts the fresh folder in the place of the committed one; when that is interrupted, the old one is put back."""
    if not committed.exists():
        fresh.rename(committed)
        return
    old = fresh.with_name(f"{fresh.name}.old")
    committed.rename(old)
    try:
        fresh.rename(committed)
    except BaseException:
        old.rename(committed)
        raise
    shutil.rmtree(old)


def _files(folder: Path) -> dict[str, bytes]:
    """The content of each file below the folder, whether git tracks it or not; Python's own caches do not count."""
    files = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        linked = [name for name in folders if Path(parent, name).is_symlink()]
        for name in names + linked:
            path = Path(parent, name)
            # A link is never generated: its target stands for its content, so that it differs from any file.
            content = f"link to {path.readlink()}".encode() if path.is_symlink() else path.read_bytes()
            files[path.relative_to(folder).as_posix()] = content
    return files


def _diff(path: str, before: bytes | None, after: bytes | None) -> str:
    diff = difflib.unified_diff(
        _lines(before),
        _lines(after),
        "/dev/null" if before is None else f"committed/{path}",
        "/dev/null" if after is None else f"fresh/{path}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in diff)


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode(errors="replace").splitlines(keepends=True)
