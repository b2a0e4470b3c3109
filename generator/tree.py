"""Compares and replaces folders of generated files."""

import difflib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Difference:
    """A file that differs: `changed`, `missing` from the committed folder, or `extra` in it."""

    kind: str
    path: str
    diff: str


def differences(committed: Path, fresh: Path) -> list[Difference]:
    """Returns the files that differ between the committed and the fresh folder."""
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
    """Replaces the committed folder by the fresh one. The committed one is restored if that fails."""
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
    """Returns the content of all files below the folder, except `__pycache__`."""
    files = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        linked = [name for name in folders if Path(parent, name).is_symlink()]
        for name in names + linked:
            path = Path(parent, name)
            # A link is never generated, so it must differ from any file.
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
