"""Ids that fail, and a service that does."""

import errno
import resource
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

import face_client_archive
from face_client import AuthenticationError, Client, PermissionDeniedError
from face_client_archive import ServiceDownError
from face_client_archive._retries import DOWN, MAX_ATTEMPTS
from face_emulator import Emulator, Fault

from .conftest import Archive

Lines = Callable[[], list[dict[str, Any]]]
Asked = Callable[[], list[str]]


def test_ids_that_fail_are_recorded(archive: Archive, images: dict[str, bytes], lines: Lines) -> None:
    """Unknown ids, and those that cannot be sent, are recorded with the error, and stop nothing."""
    summary = archive(["unknown", "..", "", "\ud800", "x" * 300, *images])

    assert (summary.saved, summary.failed) == (len(images), 5)
    assert summary.errors == {"InvalidId": 4, "SessionNotFound": 1}
    failed = {line["id"]: (line["error"], line["attempts"]) for line in lines() if "error" in line}
    assert len(failed) == 5
    assert failed[".."] == (
        {
            "code": "InvalidId",
            "message": "the id must not be '..': as a path segment, that would change the URL",
            "status": None,
        },
        0,
    )
    error, attempts = failed["unknown"]
    assert (error["code"], error["status"], attempts) == ("SessionNotFound", 404, 1)
    assert error["message"].startswith("404 SessionNotFound: ")


def test_failed_ids_are_left_as_failed(archive: Archive, images: dict[str, bytes], asked: Asked, lines: Lines) -> None:
    """The next archive counts them as failed, without a request."""
    archive(["unknown", ".."])
    asked()
    before = lines()

    assert archive(["unknown", "..", "unknown"]).errors == {"SessionNotFound": 1, "InvalidId": 1}
    assert asked() == []
    assert lines() == before


def test_failed_ids_can_be_fetched_again(
    archive: Archive, images: dict[str, bytes], face_emulator: Emulator, lines: Lines
) -> None:
    """With retry_failed they are fetched again, and have one line: that of the last time."""
    archive(["late", "unknown", *images])
    face_emulator.images["late"] = b"an image"

    summary = archive(["late", "unknown", *images], retry_failed=True)

    assert (summary.saved, summary.skipped, summary.errors) == (1, len(images), {"SessionNotFound": 1})
    assert sorted(line["id"] for line in lines()) == sorted(["late", "unknown", *images])


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503},
        {"status": 408},
        {"drop": True},
        {"truncate": 10},
        {"html": True},
        {"status": 302, "headers": {"location": "https://portal.example"}},
        {"status": 429, "headers": {"retry-after-ms": "5"}},
    ],
    ids=str,
)
def test_temporary_failures_are_retried(
    archive: Archive, images: dict[str, bytes], face_emulator: Emulator, asked: Asked, fault: dict[str, Any]
) -> None:
    """An image whose request fails at first is fetched again."""
    first, *_ = images
    face_emulator.faults.add(Fault(image_id=first, times=3, **fault))

    assert archive(images).saved == len(images)
    assert asked().count(first) == 4


def test_an_id_that_always_fails_is_given_up(
    archive: Archive, images: dict[str, bytes], face_emulator: Emulator, asked: Asked, lines: Lines
) -> None:
    """After some requests an id is recorded as failed, while others are fetched."""
    first, *_ = images
    face_emulator.faults.add(Fault(image_id=first, truncate=10))

    assert archive(images).errors == {"IncompleteBody": 1}
    (line,) = (line for line in lines() if "error" in line)
    assert (line["id"], line["attempts"], line["error"]["status"]) == (first, MAX_ATTEMPTS, None)
    assert asked().count(first) == MAX_ATTEMPTS


def test_a_rate_limit_gives_up_no_id(
    archive: Archive, images: dict[str, bytes], face_emulator: Emulator, asked: Asked
) -> None:
    """A 429 says nothing about the id, however often it comes."""
    first, *_ = images
    face_emulator.faults.add(Fault(image_id=first, status=429, headers={"retry-after-ms": "1"}, times=MAX_ATTEMPTS + 2))

    assert archive(images).saved == len(images)
    assert asked().count(first) == MAX_ATTEMPTS + 3


@pytest.mark.parametrize(("status", "error"), [(401, AuthenticationError), (403, PermissionDeniedError)])
def test_a_wrong_key_ends_the_archive(
    archive: Archive,
    images: dict[str, bytes],
    face_emulator: Emulator,
    asked: Asked,
    lines: Lines,
    status: int,
    error: type[Exception],
) -> None:
    """Nothing further can succeed; no id is recorded as failed."""
    face_emulator.faults.add(Fault(times=3), Fault(status=status))

    with pytest.raises(error):
        archive(images, max_in_flight=2)

    assert len(asked()) <= 6
    assert sum("error" in line for line in lines()) == 0
    face_emulator.faults.clear()
    assert archive(images).saved == len(images) - 3


def test_an_outage_is_waited_for(
    archive: Archive, images: dict[str, bytes], face_emulator: Emulator, asked: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    """While nothing succeeds, one request after the other is tried, and no id is given up; then the archive goes on."""
    outage = 3 * DOWN
    face_emulator.faults.add(Fault(times=5), Fault(status=503, delay=0.02, times=outage))

    summary = archive(images, max_in_flight=4)

    assert (summary.saved, summary.failed) == (len(images), 0)
    assert len(asked()) == len(images) + outage
    times = [request.time for request in face_emulator.requests[outage - 5 : outage + 5]]
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.02
    messages = [each.message for each in caplog.records if each.message.startswith("archive: ")]
    assert messages[0] == "archive: waiting until the service answers: ServerError"
    assert messages[-1] == "archive: the service answers again"


def test_failures_between_successes_are_no_outage(
    archive: Archive, images: dict[str, bytes], face_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """However many ids fail at first, the service is not down if others are answered between them."""
    face_emulator.faults.add(*(Fault(image_id=each, status=503, times=1) for each in list(images)[1::2]))

    assert archive(images, max_in_flight=1).saved == len(images)
    assert not [each for each in caplog.records if each.message.startswith("archive: ")]


def test_an_outage_that_does_not_end_ends_the_archive(
    archive: Archive, images: dict[str, bytes], face_emulator: Emulator, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says what happened; what was saved is recorded, and no id as failed."""
    monkeypatch.setattr("face_client_archive._retries.PATIENCE", 0.1)
    face_emulator.faults.add(Fault(times=5), Fault(drop=True))

    with pytest.raises(
        ServiceDownError, match=r"nothing but failures for 0 s: .* the same archive again goes on"
    ) as info:
        archive(images, max_in_flight=4)

    assert isinstance(info.value.__cause__, httpx.TransportError)
    assert len({request.path for request in face_emulator.requests}) < len(images)
    assert len(lines()) == 5
    assert not any("error" in line for line in lines())
    face_emulator.faults.clear()
    assert archive(images).saved == len(images) - 5


def test_a_service_that_was_never_there_is_not_waited_for(
    make_client: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If there is no response from the start, the archive ends soon, also if it has few ids."""
    monkeypatch.setattr("face_client_archive._retries.FIRST_PATIENCE", 0.1)
    client = make_client("http://127.0.0.1:9", Client)

    with pytest.raises(ServiceDownError, match="nothing but failures"):
        face_client_archive.archive(client, ["an-id"], folder)


def test_the_last_id_is_not_asked_for_without_end(
    archive: Archive, face_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where fewer ids are left than tell that the service is down, nothing but 429 does so, too."""
    monkeypatch.setattr("face_client_archive._retries.PATIENCE", 0.1)
    face_emulator.faults.add(Fault(status=429, times=100))

    with pytest.raises(ServiceDownError, match="nothing but failures"):
        archive(["an-id"])


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file can be larger than 1000 bytes, as if the disk was full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.usefixtures("small_files")
def test_an_image_that_cannot_be_written_ends_the_archive(
    archive: Archive, images: dict[str, bytes], lines: Lines
) -> None:
    """An error of the disk is raised, and no id is recorded as failed."""
    with pytest.raises(OSError, match="File too large") as info:
        archive(images)

    assert info.value.errno == errno.EFBIG
    assert lines() == []


@pytest.mark.usefixtures("small_files")
def test_a_line_that_cannot_be_written_ends_the_archive(
    archive: Archive, face_emulator: Emulator, lines: Lines
) -> None:
    """The manifest has no part of a line, and the next archive records what is missing, without a request."""
    face_emulator.images.update({f"image-{number}": b"small" for number in range(9)})
    ids = [f"image-{number}" for number in range(9)]

    with pytest.raises(OSError, match="File too large"):
        archive(ids, max_in_flight=1)

    assert 0 < len(lines()) < 9
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    assert archive(ids).failed == 0
    assert len(lines()) == 9
