"""From a session to its image, and to a file before the session is deleted."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import AsyncClient, DeadlineExceeded, IncompleteBody, NotFoundError, ServerError
from face_client_sessions import NoSessionImageError, NotDeletedError, latest_attempt, save_image_and_delete_async
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Function = Callable[..., Any]


def _deletions(emulator: Emulator) -> list[str]:
    return [request.path for request in emulator.requests if request.method == "DELETE"]


@pytest.fixture
def image(face_emulator: Emulator) -> bytes:
    """The image of each attempt that ends in a decision."""
    return face_emulator.images[SAMPLE_IMAGE_ID]


@pytest.mark.parametrize("with_verify", [False, True])
def test_the_image_of_a_session(
    with_verify: bool, call: Function, client: Any, create: Function, running: Function, image: bytes
) -> None:
    """It is there when the session has ended."""
    session_id = create("realface", with_verify=with_verify)
    running(times=1)

    assert call("wait_for_image", client, session_id, with_verify=with_verify) == image


def test_the_latest_image(call: Function, client: Any, create: Function, face_emulator: Emulator) -> None:
    """It is that of the latest attempt that has one."""
    session_id = create("spoofface")
    face_emulator.play_attempt(session_id, image=b"the second attempt")
    face_emulator.play_attempt(session_id, "mask")

    assert call("wait_for_image", client, session_id) == b"the second attempt"


@pytest.mark.parametrize(("outcome", "enabled"), [("realface", False), ("canceled", True)])
def test_a_session_without_an_image(outcome: str, enabled: bool, call: Function, client: Any, create: Function) -> None:
    """The error says what to do, and has the session; its message has no id."""
    session_id = create(outcome, enable_session_image=enabled)

    with pytest.raises(NoSessionImageError, match="enable_session_image=True") as caught:
        call("wait_for_image", client, session_id)

    assert latest_attempt(caught.value.session) is not None
    assert str(caught.value.session.status) in str(caught.value)
    assert session_id not in repr(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).session.session_id == session_id


def test_the_deadline_includes_the_image(
    call: Function, client: Any, create: Function, face_emulator: Emulator
) -> None:
    """An image that does not come is not waited for beyond the deadline."""
    session_id = create("realface")
    face_emulator.faults.add(Fault(delay=30, operation="getSessionImage"))

    with pytest.raises(DeadlineExceeded, match=r"deadline of 2 s exceeded.*was Succeeded"):
        call("wait_for_image", client, session_id, deadline=2)


@pytest.mark.parametrize("with_verify", [False, True])
def test_the_image_is_saved_and_the_session_deleted(
    with_verify: bool, call: Function, client: Any, create: Function, tmp_path: Path, image: bytes
) -> None:
    """The result is returned, since the service no longer has it."""
    session_id = create("realface", with_verify=with_verify)

    session = call("save_image_and_delete", client, session_id, tmp_path / "image.jpg", with_verify=with_verify)

    assert (tmp_path / "image.jpg").read_bytes() == image
    assert session.session_id == session_id
    assert latest_attempt(session).result.liveness_decision == "realface"
    with pytest.raises(NotFoundError):
        call("wait_for_result", client, session_id, with_verify=with_verify)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(truncate=1000), IncompleteBody),
        (Fault(status=500), ServerError),
        (Fault(status=404), NotFoundError),
    ],
    ids=["truncated", "server error", "no image"],
)
def test_an_image_that_is_not_saved_keeps_its_session(
    fault: Any,
    error: type[Exception],
    call: Function,
    client: Any,
    create: Function,
    face_emulator: Emulator,
    tmp_path: Path,
) -> None:
    """Without the whole image on the disk, nothing is deleted, and there is no file."""
    session_id = create("realface")
    face_emulator.faults.add(fault.__class__(**{**fault.chosen(), "operation": "getSessionImage"}))

    with pytest.raises(error):
        call("save_image_and_delete", client, session_id, tmp_path / "image.jpg")

    assert _deletions(face_emulator) == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_keeps_the_session(
    call: Function, client: Any, create: Function, face_emulator: Emulator, tmp_path: Path
) -> None:
    """A missing folder is an OSError, and another call with another path goes on."""
    session_id = create("realface")

    with pytest.raises(FileNotFoundError):
        call("save_image_and_delete", client, session_id, tmp_path / "missing" / "image.jpg")

    assert _deletions(face_emulator) == []
    assert call("save_image_and_delete", client, session_id, tmp_path / "image.jpg").session_id == session_id


def test_a_session_without_an_image_is_not_deleted(
    call: Function, client: Any, create: Function, face_emulator: Emulator, tmp_path: Path
) -> None:
    """The caller decides what to do with it."""
    with pytest.raises(NoSessionImageError):
        call("save_image_and_delete", client, create("mask"), tmp_path / "image.jpg")

    assert _deletions(face_emulator) == []


def test_a_session_that_somebody_else_has_deleted(
    call: Function, client: Any, create: Function, face_emulator: Emulator, tmp_path: Path, image: bytes
) -> None:
    """SessionNotFound for the deletion counts as deleted."""
    session_id = create("realface")
    error = {"code": "SessionNotFound", "message": "It is gone."}
    face_emulator.faults.add(Fault(status=404, error=error, operation="deleteLivenessSession"))

    assert call("save_image_and_delete", client, session_id, tmp_path / "image.jpg").status == "Succeeded"
    assert (tmp_path / "image.jpg").read_bytes() == image


@pytest.mark.parametrize(
    ("fault", "cause"),
    [({"status": 500}, ServerError), ({"status": 404}, NotFoundError), ({"drop": True}, httpx.RemoteProtocolError)],
    ids=str,
)
def test_a_deletion_that_fails(
    call: Function,
    client: Any,
    create: Function,
    face_emulator: Emulator,
    tmp_path: Path,
    image: bytes,
    fault: dict[str, Any],
    cause: type[Exception],
) -> None:
    """The image stays where it was saved, and the error has the result, which the service may no longer have."""
    session_id = create("realface")
    face_emulator.faults.add(Fault(**fault, operation="deleteLivenessSession"))

    with pytest.raises(NotDeletedError, match="delete the session again") as caught:
        call("save_image_and_delete", client, session_id, tmp_path / "image.jpg")

    assert isinstance(caught.value.__cause__, cause)
    assert caught.value.session.session_id == session_id
    attempt = latest_attempt(caught.value.session)
    assert attempt
    assert attempt.result
    assert attempt.result.liveness_decision == "realface"
    assert (tmp_path / "image.jpg").read_bytes() == image


@pytest.mark.parametrize(
    ("name", "error"), [("", IsADirectoryError), (".", IsADirectoryError), ("no/f", FileNotFoundError)]
)
def test_a_wrong_path_is_refused_at_once(
    call: Function,
    client: Any,
    face_emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    error: type[Exception],
) -> None:
    """Nobody waits ten minutes to learn that there is no such folder."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(error, match="cannot save to"):
        call("save_image_and_delete", client, "an-id", name)

    assert face_emulator.requests == ()


def test_an_open_file_is_refused(call: Function, client: Any, face_emulator: Emulator, tmp_path: Path) -> None:
    """What was written to it may not be on the disk when the session is deleted."""
    with (tmp_path / "image.jpg").open("wb") as file, pytest.raises(TypeError, match="PathLike"):
        call("save_image_and_delete", client, "an-id", file)

    assert face_emulator.requests == ()


def test_a_cancelled_call_deletes_nothing(
    make_client: Function, create: Function, face_emulator: Emulator, tmp_path: Path, portal: BlockingPortal
) -> None:
    """A task that is cancelled while the image arrives leaves the session, and no file."""
    session_id = create("realface")
    client = make_client(face_emulator.endpoint, AsyncClient)
    face_emulator.faults.add(Fault(chunk_size=10, chunk_delay=0.1, operation="getSessionImage"))

    async def save() -> bool:
        with anyio.move_on_after(0.5) as scope:
            await save_image_and_delete_async(client, session_id, tmp_path / "image.jpg")
        return scope.cancelled_caught

    assert portal.call(save)
    assert _deletions(face_emulator) == []
    assert list(tmp_path.iterdir()) == []
