"""The manifest, after a kill and with other contents."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Archive

Lines = Callable[[], list[dict[str, Any]]]


@pytest.mark.parametrize("rest", [b"{", b'{"id": "Image-1", "fi', b"\0" * 100], ids=repr)
def test_a_torn_line_is_cut(
    archive: Archive, images: dict[str, bytes], folder: Path, lines: Lines, rest: bytes
) -> None:
    """What a kill or a loss of power has left of the last line is removed, and the line is written again."""
    archive(images)
    path = folder / "manifest.jsonl"
    *whole, _ = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(whole) + rest)

    assert archive(images).skipped == len(images)
    assert len(lines()) == len(images)


@pytest.mark.parametrize(
    "content",
    [b"notes", b'{"name": 1}\n', b"[]\n", b'{"id": 5, "bytes": 1}\n', b"\xff\n", b"[" * 100_000 + b"\n"],
    ids=lambda content: repr(content[:20]),
)
def test_another_file_is_left_alone(archive: Archive, folder: Path, content: bytes) -> None:
    """A file of this name that is not a manifest is an error, and is not changed."""
    folder.mkdir()
    (folder / "manifest.jsonl").write_bytes(content)

    with pytest.raises(ValueError, match=r"line 1 of .*manifest\.jsonl is not that of a manifest: move this file"):
        archive(["an-id"])

    assert (folder / "manifest.jsonl").read_bytes() == content


def test_the_last_line_of_an_id_is_valid(
    archive: Archive, images: dict[str, bytes], folder: Path, lines: Lines
) -> None:
    """Where an id has several lines, as after a kill, the last one is valid, and the only one at the end."""
    first, *_ = images
    archive([first])
    path = folder / "manifest.jsonl"
    error = {"code": "IncompleteBody", "message": "incomplete", "status": None}
    failed = json.dumps({"id": first, "error": error, "attempts": 6, "time": "2026-01-01T00:00:00.000Z"})
    path.write_text(failed + "\n" + path.read_text() + "\n".join([failed, failed]) + "\n")

    assert archive(images).errors == {"IncompleteBody": 1}
    assert lines()[0]["error"] == error
    assert sorted(line["id"] for line in lines()) == sorted(images)


def test_it_keeps_what_is_not_in_the_list(archive: Archive, images: dict[str, bytes], lines: Lines) -> None:
    """The lines of ids of other lists stay."""
    archive(["unknown", *list(images)[:10]])
    archive(["unknown", *list(images)[10:]], retry_failed=True)

    assert len(lines()) == len(images) + 1


def test_a_manifest_that_is_removed_meanwhile(
    archive: Archive, images: dict[str, bytes], folder: Path, lines: Lines
) -> None:
    """An archive does not end as if its lines were there; the next one writes them again."""

    def remove(_: object) -> None:
        (folder / "manifest.jsonl").unlink(missing_ok=True)

    with pytest.raises(FileNotFoundError, match=r"manifest\.jsonl was removed or replaced meanwhile"):
        archive(images, on_progress=remove)

    assert archive(images).skipped == len(images)
    assert len(lines()) == len(images)


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="needs a system that can refuse links")
@pytest.mark.parametrize("name", ["manifest.jsonl", "manifest.jsonl.lock"])
def test_no_link_is_followed(archive: Archive, folder: Path, tmp_path: Path, name: str) -> None:
    """A link in place of a file of the archive is an error, and nothing is written to where it leads."""
    folder.mkdir()
    (folder / name).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match=re.escape(name)):
        archive(["an-id"])

    assert not (tmp_path / "elsewhere").exists()
    (folder / name).unlink()
