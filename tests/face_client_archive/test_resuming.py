"""Archives that end early, and those that go on."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import face_client_archive
from face_client import Client
from face_client_archive import FolderInUseError, Progress, file_name
from face_client_auth import connect
from face_emulator import Emulator, Fault

from .conftest import Archive


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Lets SIGINT raise KeyboardInterrupt; a shell ignores it in what it runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_what_is_finished_is_not_fetched_again(
    archive: Archive, images: dict[str, bytes], asked: Callable[[], list[str]]
) -> None:
    """A second archive fetches what is new in the list, and nothing else."""
    archive(list(images)[:20])
    assert len(asked()) == 20

    summary = archive(images)

    assert (summary.saved, summary.skipped) == (10, 20)
    assert sorted(asked()) == sorted(list(images)[20:])


def test_images_that_are_gone_or_changed_are_fetched_again(
    archive: Archive, images: dict[str, bytes], folder: Path, asked: Callable[[], list[str]]
) -> None:
    """A file that is no longer there, or has another size, is fetched again."""
    gone, cut, *_ = images
    archive(images)
    (folder / file_name(gone)).unlink()
    (folder / file_name(cut)).write_bytes(b"")
    asked()

    assert archive(images).saved == 2
    assert sorted(asked()) == sorted([gone, cut])
    assert (folder / file_name(cut)).read_bytes() == images[cut]


def test_images_without_a_line_are_not_fetched_again(
    archive: Archive, images: dict[str, bytes], folder: Path, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    """A file that was saved right before a kill is recorded by the next archive; its media type is not known."""
    archive(images)
    before = lines()
    (folder / "manifest.jsonl").unlink()

    assert archive(images).skipped == len(images)

    def known(line: dict[str, Any]) -> tuple[Any, ...]:
        return line["id"], line["file"], line["bytes"], line["sha256"]

    assert sorted(map(known, lines())) == sorted(map(known, before))
    assert {line["media_type"] for line in lines()} == {None}


def test_parts_of_files_are_removed(archive: Archive, images: dict[str, bytes], folder: Path) -> None:
    """What a killed archive has left of a file, where files have a name from the beginning, is removed."""
    folder.mkdir()
    (folder / ".part-x").write_bytes(b"a part")

    archive(images)

    assert not (folder / ".part-x").exists()


def test_a_killed_archive_goes_on(
    images: dict[str, bytes], face_emulator: Emulator, archive: Archive, folder: Path, asked: Callable[[], list[str]]
) -> None:
    """After a kill, every file is whole, no finished one is fetched again, and no other file is left."""
    face_emulator.faults.add(Fault(delay=0.02, chunk_size=1, chunk_delay=0.001, times=10))
    process = multiprocessing.get_context("spawn").Process(
        target=_archive, args=(face_emulator.endpoint, face_emulator.key, list(images), folder)
    )
    process.start()
    _wait_until(lambda: folder.exists() and sum(1 for _ in folder.glob("*.jpg")) >= 3)
    process.kill()
    process.join()
    process.close()
    finished = [image_id for image_id in images if (folder / file_name(image_id)).exists()]
    assert asked()
    assert len(finished) < len(images)

    summary = archive(images)

    assert (summary.saved, summary.skipped) == (len(images) - len(finished), len(finished))
    assert not set(asked()) & set(finished)
    assert {image_id: (folder / file_name(image_id)).read_bytes() for image_id in images} == images


def _archive(endpoint: str, key: str, ids: list[str], folder: Path) -> None:
    with connect(endpoint, key) as client:
        face_client_archive.archive(client, ids, folder, requests_per_second=50)


def _wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_one_archive_at_a_time(client: Client, images: dict[str, bytes], folder: Path) -> None:
    """While an archive is at work in a folder, another one is refused; it does no harm."""
    begun, release = threading.Event(), threading.Event()

    def hold(_: Progress) -> None:
        begun.set()
        release.wait(30)

    options: dict[str, Any] = {"requests_per_second": None, "on_progress": hold}
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(face_client_archive.archive, client, images, folder, **options)
        begun.wait(30)
        with pytest.raises(
            FolderInUseError, match=r"another archive is at work: it has locked .*manifest\.jsonl\.lock"
        ):
            face_client_archive.archive(client, images, folder)
        release.set()
        assert first.result().saved == len(images)
    assert face_client_archive.archive(client, images, folder).skipped == len(images)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_records_what_is_in_flight(
    archive: Archive,
    images: dict[str, bytes],
    face_emulator: Emulator,
    asked: Callable[[], list[str]],
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """After Ctrl-C, no more ids are fetched, and each that was is saved and recorded."""
    face_emulator.faults.add(Fault(delay=0.1))

    def send_interrupt() -> None:
        _wait_until(lambda: bool(face_emulator.requests))
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=send_interrupt)
    thread.start()

    with pytest.raises(KeyboardInterrupt):
        archive(images, max_in_flight=5)

    thread.join()
    requested = asked()
    assert sorted(requested) == sorted(line["id"] for line in lines())
    assert 0 < len(requested) < len(images)


@pytest.mark.usefixtures("interruptible")
def test_a_second_interrupt_ends_it_at_once(
    archive: Archive, client: Client, images: dict[str, bytes], face_emulator: Emulator, folder: Path
) -> None:
    """Another Ctrl-C closes the client: nobody waits for what is in flight, and no part of a file is left."""
    face_emulator.faults.add(Fault(times=2), Fault(chunk_size=1, chunk_delay=0.1))
    start = time.monotonic()
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))

    def interrupt(_: Progress) -> None:
        timer.start()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive(images, max_in_flight=6, on_progress=interrupt)

    timer.join()
    assert time.monotonic() - start < 30
    _wait_until(lambda: "face-client-archive" not in {thread.name for thread in threading.enumerate()})
    assert 1 <= sum(1 for _ in folder.glob("*.jpg")) <= 2
    with pytest.raises(RuntimeError, match="the client has been closed"):
        client.get_session_image("an-id")


def test_an_error_of_the_list_is_raised(
    archive: Archive,
    images: dict[str, bytes],
    asked: Callable[[], list[str]],
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """If the iterator of the ids fails, what is in flight is recorded before."""

    def ids() -> Any:
        yield from list(images)[:3]
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        archive(ids())

    assert sorted(asked()) == sorted(line["id"] for line in lines()) == sorted(list(images)[:3])


@pytest.mark.skipif(sys.platform == "win32", reason="has no FIFOs, and links only for administrators")
def test_a_link_is_not_an_image(archive: Archive, images: dict[str, bytes], folder: Path, tmp_path: Path) -> None:
    """A link with the name of an image is replaced, and what it leads to is neither recorded nor changed."""
    linked, *_ = images
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"another file")
    folder.mkdir()
    (folder / file_name(linked)).symlink_to(elsewhere)

    assert archive(images).saved == len(images)
    assert (folder / file_name(linked)).read_bytes() == images[linked]
    assert elsewhere.read_bytes() == b"another file"


@pytest.mark.skipif(sys.platform == "win32", reason="has no FIFOs")
def test_a_fifo_is_not_an_image(archive: Archive, images: dict[str, bytes], folder: Path) -> None:
    """A FIFO with the name of an image is an error, and not read, which would never end."""
    planted, *_ = images
    folder.mkdir()
    os.mkfifo(folder / file_name(planted))

    with pytest.raises(OSError, match="it is not a regular file"):
        archive(images)
