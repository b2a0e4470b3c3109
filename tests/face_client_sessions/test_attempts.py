"""The latest attempt and the images of a session, whatever the order in which the service lists the attempts."""

from typing import Any

import pytest

from face_client.models import LivenessSession, LivenessWithVerifySession
from face_client.types import UNSET
from face_client_sessions import latest_attempt, session_image_ids

TARGETS = {"color": {"faceRectangle": {"top": 1, "left": 2, "width": 3, "height": 4}}}


def _attempt(attempt_id: int, image_id: str | None = None, **others: Any) -> dict[str, Any]:
    result = {"targets": TARGETS, "digest": "D", **({} if image_id is None else {"sessionImageId": image_id})}
    return {"attemptId": attempt_id, "attemptStatus": "Succeeded", "result": result, **others}


def _session(*attempts: dict[str, Any]) -> LivenessSession:
    body = {"sessionId": "s", "authToken": "", "status": "Succeeded", "results": {"attempts": list(attempts)}}
    return LivenessSession.from_dict(body)


@pytest.mark.parametrize("ids", [(3, 2, 1), (1, 2, 3), (2, 3, 1)])
def test_the_latest_attempt_has_the_highest_id(ids: tuple[int, ...]) -> None:
    """The service's examples list the newest attempt first, its tutorial reads the last one."""
    latest = latest_attempt(_session(*map(_attempt, ids)))

    assert latest is not None
    assert latest.attempt_id == 3


def test_the_latest_attempt_of_a_session_with_verify() -> None:
    """It has the result of the comparison."""
    verified = _attempt(2)
    verified["result"]["verifyResult"] = {"matchConfidence": 0.9, "isIdentical": True}
    results = {"attempts": [_attempt(1), verified], "verifyReferences": []}
    session = LivenessWithVerifySession.from_dict(_session().to_dict() | {"results": results})

    latest = latest_attempt(session)

    assert latest is not None
    assert latest.result
    assert latest.result.verify_result
    assert latest.result.verify_result.is_identical


def test_a_session_without_attempts_has_no_latest_one() -> None:
    """Before the device has made an attempt, there is neither an attempt nor an image."""
    assert latest_attempt(_session()) is None
    assert session_image_ids(_session()) == []


def test_an_attempt_without_an_id_is_earlier_than_the_others() -> None:
    """A missing id is no error."""
    session = _session(_attempt(1, "first"), _attempt(2, "second"))
    for missing in (UNSET, None, ""):
        nameless: Any = session.results.attempts[1]
        nameless.attempt_id = missing

        assert latest_attempt(session) is session.results.attempts[0]
        assert session_image_ids(session) == ["first", "second"]


def test_the_ids_of_the_images_begin_with_the_latest_attempt() -> None:
    """Each id is there once; an attempt without a result, or with an empty id, has none."""
    failed = {"attemptId": 3, "attemptStatus": "Failed"}
    session = _session(_attempt(1, "a"), _attempt(4, "b"), failed, _attempt(2, "a"), _attempt(5), _attempt(6, ""))

    assert session_image_ids(session) == ["b", "a"]
