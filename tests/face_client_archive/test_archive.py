"""One archive: what is saved, reported and refused."""

import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import face_client_archive
from face_client import Client
from face_client_archive import Progress, file_name
from face_client_archive._archive import _pace
from face_emulator import Emulator, Fault

from .conftest import Archive


def test_each_image_is_saved_and_recorded(
    archive: Archive, images: dict[str, bytes], folder: Path, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    """Each image has its file, and a line with its size, hash, media type and time."""
    summary = archive(images)

    assert (summary.saved, summary.skipped, summary.failed, summary.errors) == (len(images), 0, 0, {})
    assert summary.manifest == folder / "manifest.jsonl"
    for line in lines():
        image = images.pop(line["id"])
        age = datetime.now().astimezone() - datetime.fromisoformat(line.pop("time"))
        assert timedelta() <= age < timedelta(minutes=1)
        assert line == {
            "id": line["id"],
            "file": file_name(line["id"]),
            "bytes": len(image),
            "sha256": hashlib.sha256(image).hexdigest(),
            "media_type": "application/octet-stream",
        }
        assert (folder / line["file"]).read_bytes() == image
    assert not images


def test_what_is_saved_is_private(archive: Archive, images: dict[str, bytes], folder: Path) -> None:
    """Only the owner can read the folder, the images and the manifest."""
    archive(images)

    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_each_new_folder_is_private_whatever_the_umask(client: Client, tmp_path: Path) -> None:
    """Only the owner can read the parents that are created; a folder that was there keeps its mode."""
    folder = tmp_path / "there" / "a" / "b"
    before = os.umask(0)
    try:
        (tmp_path / "there").mkdir()
        face_client_archive.archive(client, [], folder)
    finally:
        os.umask(before)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent, tmp_path / "there")}
    assert modes == {"b": 0o700, "a": 0o700, "there": 0o777}


def test_an_id_is_fetched_once(archive: Archive, images: dict[str, bytes], asked: Callable[[], list[str]]) -> None:
    """An id that is in the list more than once is fetched once, and counts as skipped from then on."""
    summary = archive([*images, *images, *images])

    assert (summary.saved, summary.skipped) == (len(images), 2 * len(images))
    assert sorted(asked()) == sorted(images)


def test_ids_that_differ_by_case_are_two_files(archive: Archive, face_emulator: Emulator, folder: Path) -> None:
    """Two ids that differ by case only have two files, whose names differ by more."""
    face_emulator.images.update({"image": b"lower", "IMAGE": b"upper"})

    archive(["image", "IMAGE"])

    assert {path.name.lower(): path.read_bytes() for path in folder.glob("*.jpg")} == {
        "image.jpg": b"lower",
        "image.1f.jpg": b"upper",
    }


def test_ids_are_consumed_as_they_are_needed(archive: Archive, images: dict[str, bytes], folder: Path) -> None:
    """No more ids are taken from an iterator than can be in flight."""
    ahead = []

    def ids() -> Iterator[str]:
        for number, image_id in enumerate(images):
            ahead.append(number - sum(1 for _ in folder.glob("*.jpg")))
            yield image_id

    assert archive(ids(), max_in_flight=3).saved == len(images)
    assert max(ahead) <= 3


@pytest.mark.parametrize("has_length", [True, False])
def test_progress(archive: Archive, images: dict[str, bytes], face_emulator: Emulator, has_length: bool) -> None:
    """After each id, the calling thread reports how many there were, and of how many if that is known."""
    face_emulator.faults.add(Fault(times=5), Fault(status=503, times=3))
    reports: list[tuple[int, Progress]] = []
    ids = [*images, "unknown", *images]

    archive(ids if has_length else iter(ids), on_progress=lambda each: reports.append((threading.get_ident(), each)))

    assert {thread for thread, _ in reports} == {threading.get_ident()}
    progress = [each for _, each in reports]
    assert [each.saved + each.skipped + each.failed for each in progress] == list(range(1, len(ids) + 1))
    assert {each.total for each in progress} == {len(ids) if has_length else None}
    assert sorted(each.elapsed for each in progress) == [each.elapsed for each in progress]
    last = progress[-1]
    assert (last.saved, last.skipped, last.failed) == (len(images), len(images), 1)
    assert last.bytes == sum(map(len, images.values()))


def test_requests_are_made_at_the_same_time(
    archive: Archive, images: dict[str, bytes], face_emulator: Emulator
) -> None:
    """As many requests are made at the same time as are allowed."""
    face_emulator.faults.add(Fault(delay=0.5, times=8))

    archive(list(images)[:8], max_in_flight=8)

    times = [request.time for request in face_emulator.requests]
    assert times[7] - times[0] < 3.5  # one after the other


@pytest.mark.parametrize("slower", ["archive", "client"])
def test_the_rate_is_held(
    slower: str,
    make_client: Callable[..., Any],
    images: dict[str, bytes],
    face_emulator: Emulator,
    folder: Path,
) -> None:
    """The requests are spaced out by the lower one of the rates of the archive and of its client."""
    rates = (40, 1000) if slower == "archive" else (1000, 40)
    client = make_client(face_emulator.endpoint, Client, requests_per_second=rates[1])

    start = time.monotonic()
    face_client_archive.archive(client, list(images)[:11], folder, requests_per_second=rates[0])

    assert time.monotonic() - start >= 10 / 40


def test_calls_do_not_wait_for_the_pace_of_the_client(make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """The archive waits instead, so that the deadline of a call is not for its turn."""
    pace = _pace(make_client(face_emulator.endpoint, Client, requests_per_second=2), 1000)

    first, second = pace.reserve(float("inf")), pace.reserve(float("inf"))

    assert second - first >= 0.5


def test_nothing_is_lost_to_the_rate_of_the_service(
    archive: Archive, images: dict[str, bytes], face_emulator: Emulator
) -> None:
    """A service that allows less gets every image asked for again, later."""
    face_emulator.requests_per_second = 25

    summary = archive(images, requests_per_second=1000)

    assert (summary.saved, summary.failed) == (len(images), 0)


def test_no_thread_is_left(archive: Archive, images: dict[str, bytes]) -> None:
    """All threads of an archive have ended when it has."""
    seen: set[str] = set()

    archive(images, on_progress=lambda _: seen.update(thread.name for thread in threading.enumerate()))

    assert "face-client-archive" in seen
    assert "face-client-archive" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (("an-id",), {}, TypeError, "ids must be an iterable of ids, not str"),
        ((5,), {}, TypeError, "ids must be an iterable of ids, not int"),
        (([b"an-id"],), {}, TypeError, "an id must be a string, not bytes"),
        (([],), {"max_in_flight": 0}, ValueError, "max_in_flight must be a whole number, 1 or more: 0"),
        (([],), {"requests_per_second": 0}, ValueError, "requests_per_second must be 0.001 to 1000000"),
        (([],), {"requests_per_second": "10"}, TypeError, "requests_per_second must be a number or None"),
    ],
)
def test_invalid_arguments(
    client: Client, tmp_path: Path, arguments: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    """An invalid argument is one clear error."""
    with pytest.raises(error, match=message):
        face_client_archive.archive(client, *arguments, tmp_path, **options)


def test_an_async_client_is_refused(make_client: Callable[..., Any], face_emulator: Emulator, tmp_path: Path) -> None:
    """The client must be a sync one."""
    with pytest.raises(TypeError, match=r"the client must be a face_client\.Client, not str"):
        face_client_archive.archive("https://contoso.cognitiveservices.azure.com", [], tmp_path)  # type: ignore[arg-type]


def test_the_folder_must_be_a_folder(client: Client, tmp_path: Path) -> None:
    """A file in its place, and an empty path, are errors."""
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        face_client_archive.archive(client, [], tmp_path / "file")
    with pytest.raises(ValueError, match="the folder is empty"):
        face_client_archive.archive(client, [], "")
