"""Images of the emulator, a client, and an archive that does not wait for long."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

import face_client_archive
from face_client import Client
from face_client_archive import ArchiveSummary
from face_emulator import Emulator

Archive = Callable[..., ArchiveSummary]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the pauses short that the service has not asked for."""
    monkeypatch.setattr("face_client_archive._retries.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("face_client_archive._retries.MAX_PAUSE", 0.02)


@pytest.fixture
def client(make_client: Callable[..., Any], face_emulator: Emulator) -> Client:
    """A client of the emulator, with its usual retries."""
    made: Client = make_client(face_emulator.endpoint, Client, max_retries=3)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that is not there yet. At the end, it has images and a manifest and nothing else."""
    yield tmp_path / "images"
    names = {path.name for path in (tmp_path / "images").iterdir()}
    assert {name for name in names if not name.endswith(".jpg")} <= {"manifest.jsonl"}


@pytest.fixture
def archive(client: Client, folder: Path) -> Archive:
    """`archive` without a rate, as `archive(ids, ...)`."""

    def run(ids: Any, **options: Any) -> ArchiveSummary:
        options = {"requests_per_second": None, **options}
        return face_client_archive.archive(client, ids, folder, **options)

    return run


@pytest.fixture
def images(face_emulator: Emulator) -> dict[str, bytes]:
    """Thirty images of the emulator by their ids."""
    made = {f"Image-{number}": f"The image {number}".encode() * 100 for number in range(30)}
    face_emulator.images.update(made)
    return made


@pytest.fixture
def asked(face_emulator: Emulator) -> Callable[[], list[str]]:
    """Returns the ids that were requested since the last call."""
    seen = 0

    def ask() -> list[str]:
        nonlocal seen
        new = [unquote(request.path.rpartition("/")[2]) for request in face_emulator.requests[seen:]]
        seen += len(new)
        return new

    return ask


@pytest.fixture
def lines(folder: Path) -> Callable[[], list[dict[str, Any]]]:
    """Returns the lines of the manifest."""
    return partial(_lines, folder / "manifest.jsonl")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
