"""The whole story of a session, over a socket: from creating it to its image, and to nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal

from face_client import NotFoundError
from face_client.models import (
    CreateLivenessSessionContent,
    CreateLivenessWithVerifySessionContent,
    LivenessDecision,
    OperationState,
)
from face_client.types import File
from face_client_sessions import latest_attempt, session_image_ids
from face_emulator import SAMPLE_IMAGE_ID, Emulator

PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 2500  # the size that the official tests see
SETTINGS: dict[str, Any] = {"enable_session_image": True, "device_correlation_id": "a-device"}


@pytest.fixture
def call(form: str, portal: BlockingPortal, client: Any) -> Callable[..., Any]:
    """Calls a method of the client, as `call(method, *arguments)`."""

    def call(method: str, *arguments: Any, **more: Any) -> Any:
        if form == "sync":
            return getattr(client, method)(*arguments, **more)

        async def acall() -> Any:
            return await getattr(client, method)(*arguments, **more)

        return portal.call(acall)

    return call


@pytest.mark.parametrize("verify", ["", "_with_verify"])
def test_a_session_from_its_creation_to_its_deletion(
    call: Callable[..., Any], face_emulator: Emulator, verify: str
) -> None:
    """A session is created, runs, fails, succeeds, shows its picture, and leaves nothing behind."""
    if verify:
        reference = File(face_emulator.images[SAMPLE_IMAGE_ID])
        body: Any = CreateLivenessWithVerifySessionContent("Passive", reference, **SETTINGS)
    else:
        body = CreateLivenessSessionContent("Passive", **SETTINGS)
    get_result = f"get_liveness{verify}_session_result"

    created = call(f"create_liveness{verify}_session", body=body)
    assert created.status is OperationState.NOT_STARTED
    assert created.auth_token
    assert created.results.attempts == []

    face_emulator.start_attempt(created.session_id)
    assert call(get_result, created.session_id).status is OperationState.RUNNING

    face_emulator.play_attempt(created.session_id, "mask")
    failed = latest_attempt(call(get_result, created.session_id))
    assert failed is not None
    assert (failed.attempt_status, failed.error and failed.error.code) == ("Failed", "FaceWithMaskDetected")

    face_emulator.play_attempt(created.session_id, "realface", image=PICTURE)
    session = call(get_result, created.session_id)
    attempt = latest_attempt(session)
    assert attempt
    assert attempt.result
    assert session.status is OperationState.SUCCEEDED
    assert attempt.result.liveness_decision is LivenessDecision.REALFACE
    if verify:
        assert attempt.result.verify_result.is_identical
    (image_id,) = session_image_ids(session)
    assert call("get_session_image", image_id) == PICTURE

    assert call(f"delete_liveness{verify}_session", created.session_id) is None
    for method, argument in ((get_result, created.session_id), ("get_session_image", image_id)):
        with pytest.raises(NotFoundError) as caught:
            call(method, argument)
        assert caught.value.code == "SessionNotFound"
