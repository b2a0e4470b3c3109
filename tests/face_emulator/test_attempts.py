import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from face_emulator import SAMPLE_IMAGE_ID, Emulator

Create = Callable[..., httpx.Response]
Result = Callable[[str], dict[str, Any]]


@pytest.fixture
def result(face_emulator: Emulator, http: httpx.Client, key: dict[str, str]) -> Result:
    """Get a session of either kind."""

    def get(session_id: str) -> dict[str, Any]:
        urls = [f"{face_emulator.endpoint}/face/v1.2/detectLiveness{kind}-sessions/" for kind in ("", "WithVerify")]
        [session] = [each.json() for url in urls if (each := http.get(url + session_id, headers=key)).is_success]
        return session

    return get


@pytest.mark.parametrize("outcome", ["realface", "spoofface", "uncertain"])
def test_a_decision_succeeds(face_emulator: Emulator, create: Create, result: Result, outcome: Any) -> None:
    """The attempt has a result without an image, and no error; the session takes its status."""
    session_id = create().json()["sessionId"]
    face_emulator.play_attempt(session_id, outcome)
    session = result(session_id)
    [attempt] = session["results"]["attempts"]
    assert session["status"] == "Succeeded"
    assert attempt.keys() == {"attemptId", "attemptStatus", "result"}
    assert (attempt["attemptId"], attempt["attemptStatus"]) == (1, "Succeeded")
    assert attempt["result"].keys() == {"livenessDecision", "targets", "digest"}
    assert attempt["result"]["livenessDecision"] == outcome
    assert attempt["result"]["targets"]["color"]["faceRectangle"].keys() == {"top", "left", "width", "height"}
    assert re.fullmatch("[0-9A-F]{64}", attempt["result"]["digest"])


def test_a_mask_fails_and_a_later_attempt_can_succeed(face_emulator: Emulator, create: Create, result: Result) -> None:
    """A waiting caller sees that the attempt failed; the newest attempt is the first."""
    session_id = create(enableSessionImage=True).json()["sessionId"]
    face_emulator.play_attempt(session_id, "mask")
    session = result(session_id)
    [attempt] = session["results"]["attempts"]
    assert (session["status"], attempt["attemptStatus"]) == ("Failed", "Failed")
    assert attempt.keys() == {"attemptId", "attemptStatus", "error"}
    assert attempt["error"].keys() == {"code", "message", "targets"}
    assert attempt["error"]["code"] == "FaceWithMaskDetected"
    assert attempt["error"]["message"] == "Mask detected on face image."

    face_emulator.play_attempt(session_id)
    session = result(session_id)
    assert session["status"] == "Succeeded"
    assert [each["attemptId"] for each in session["results"]["attempts"]] == [2, 1]
    assert session["results"]["attempts"][1] == attempt


def test_a_canceled_attempt_has_neither_result_nor_error(
    face_emulator: Emulator, create: Create, result: Result
) -> None:
    """The session is canceled too."""
    session_id = create().json()["sessionId"]
    face_emulator.play_attempt(session_id, "canceled")
    session = result(session_id)
    assert session["status"] == "Canceled"
    assert session["results"]["attempts"] == [{"attemptId": 1, "attemptStatus": "Canceled"}]


def test_a_started_attempt_is_running(face_emulator: Emulator, create: Create, result: Result) -> None:
    """It is among the attempts only when it has ended."""
    session_id = create().json()["sessionId"]
    face_emulator.start_attempt(session_id)
    session = result(session_id)
    assert (session["status"], session["results"]["attempts"]) == ("Running", [])
    face_emulator.play_attempt(session_id)
    assert result(session_id)["status"] == "Succeeded"


def test_the_image_of_an_attempt_is_the_portrait(
    http: httpx.Client, face_emulator: Emulator, create: Create, result: Result, key: dict[str, str]
) -> None:
    """Unless another one is given; its id is 44 characters of base64 that begin with the byte 1."""
    session_id = create(enableSessionImage=True).json()["sessionId"]
    face_emulator.play_attempt(session_id)
    [attempt] = result(session_id)["results"]["attempts"]
    image_id = attempt["result"]["sessionImageId"]
    assert re.fullmatch("[0-9A-Za-z_-]{44}", image_id)
    assert base64.urlsafe_b64decode(image_id)[0] == 1
    image = http.get(f"{face_emulator.endpoint}/face/v1.2/sessionImages/{image_id}", headers=key).content
    assert image == face_emulator.images[SAMPLE_IMAGE_ID]
    assert image_id not in face_emulator.images


def test_a_match_is_shown_with_the_hash_that_was_asked_for(
    face_emulator: Emulator, create_with_verify: Create, result: Result, verify_image: bytes
) -> None:
    """The hash is the SHA-256 of the upload in upper case; there is none by default."""
    asked, default = (
        create_with_verify(returnVerifyImageHash=wanted).json()["sessionId"] for wanted in ("true", "false")
    )
    for session_id in (asked, default):
        face_emulator.play_attempt(session_id)
    verified = result(asked)["results"]["attempts"][0]["result"]
    assert verified["verifyResult"] == {"matchConfidence": 0.92, "isIdentical": True}
    assert verified["verifyImageHash"] == hashlib.sha256(verify_image).hexdigest().upper()
    assert "verifyImageHash" not in result(default)["results"]["attempts"][0]["result"]


@pytest.mark.parametrize(
    ("threshold", "match", "is_identical"),
    [
        (None, {}, True),
        (None, {"is_identical": False}, False),
        ("0.95", {}, True),
        ("0.01", {"is_identical": False}, False),
        ("0.7", {"match_confidence": 0.69}, False),
        ("0.7", {"match_confidence": 0.7}, True),
        (None, {"match_confidence": 0.5}, True),
        (None, {"match_confidence": 0.49}, False),
    ],
)
def test_identical_is_what_reaches_the_threshold(
    face_emulator: Emulator,
    create_with_verify: Create,
    result: Result,
    threshold: str | None,
    match: dict[str, Any],
    is_identical: bool,
) -> None:
    """The match confidence is on the right side of the session's threshold, or decides by itself."""
    session_id = create_with_verify(verifyConfidenceThreshold=threshold).json()["sessionId"]
    face_emulator.play_attempt(session_id, **match)
    verified = result(session_id)["results"]["attempts"][0]["result"]["verifyResult"]
    assert verified["isIdentical"] is is_identical
    assert (verified["matchConfidence"] >= float(threshold or 0.5)) is is_identical
    assert verified["matchConfidence"] == match.get("match_confidence", verified["matchConfidence"])


def test_a_session_without_verify_has_no_match(face_emulator: Emulator, create: Create, result: Result) -> None:
    """Nor one with verify, if the attempt ended without a decision."""
    session_id = create().json()["sessionId"]
    face_emulator.play_attempt(session_id, match_confidence=0.5)
    assert "verifyResult" not in result(session_id)["results"]["attempts"][0]["result"]


def test_each_session_can_be_played_by_itself(face_emulator: Emulator, create: Create, result: Result) -> None:
    """It is created as not started, and is over when it is asked for."""
    assert face_emulator.outcome is None
    face_emulator.outcome = "spoofface"
    created = create().json()
    assert (created["status"], created["results"]["attempts"]) == ("NotStarted", [])
    assert result(created["sessionId"])["results"]["attempts"][0]["result"]["livenessDecision"] == "spoofface"
    face_emulator.outcome = None
    assert result(create().json()["sessionId"])["status"] == "NotStarted"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (
            {"outcome": "realFace"},
            "outcome: must be one of realface, spoofface, uncertain, mask, canceled, not 'realFa",
        ),
        ({"match_confidence": 1.1}, "match_confidence: must be a number from 0 to 1, not 1.1"),
        ({"match_confidence": float("nan")}, "match_confidence"),
        ({"match_confidence": True}, "match_confidence"),
        ({"is_identical": "yes"}, "is_identical: must be true or false, not 'yes'"),
    ],
)
def test_an_attempt_that_cannot_be_is_refused(
    face_emulator: Emulator, create: Create, result: Result, arguments: dict[str, Any], named: str
) -> None:
    """The argument is named, and the session stays as it was."""
    session_id = create().json()["sessionId"]
    with pytest.raises(ValueError, match=named):
        face_emulator.play_attempt(session_id, **arguments)
    assert result(session_id)["status"] == "NotStarted"


def test_an_unknown_outcome_of_all_sessions_is_refused(face_emulator: Emulator) -> None:
    """When the emulator is made and when the outcome is set."""
    wrong: Any = "smile"
    with pytest.raises(ValueError, match="'smile'"):
        Emulator(outcome=wrong)
    with pytest.raises(ValueError, match="'smile'"):
        face_emulator.outcome = wrong
