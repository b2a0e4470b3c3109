"""What a clone of the repository looks like."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_a_clone_has_the_committed_bytes(tmp_path: Path) -> None:
    """With core.autocrlf, which is usual on Windows, line ends stay LF, and pictures as they are."""
    files = {".gitattributes": (ROOT / ".gitattributes").read_bytes()}
    files |= dict.fromkeys(["run", "page.py", "plot.svg", "openapi.json"], b"one\ntwo\n")
    files |= dict.fromkeys(["face.jpg", "face.png"], b"one\ntwo\r\n")
    source, clone = tmp_path / "source", tmp_path / "clone"
    source.mkdir()
    for name, data in files.items():
        (source / name).write_bytes(data)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.autocrlf=false"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *command], cwd=source, check=True)
    subprocess.run(["git", "clone", "-q", "-c", "core.autocrlf=true", source, clone], check=True)
    assert {name: (clone / name).read_bytes() for name in files} == files
