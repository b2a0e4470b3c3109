"""Sessions as the service answers them, and what is sent to create one."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from traceback import StackSummary, walk_tb
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal

from face_client import ApiError
from face_client.document import API_VERSION
from face_client.models import (
    CreateLivenessSessionContent,
    LivenessDecision,
    LivenessModel,
    LivenessSession,
    OperationState,
    QualityForRecognition,
)
from face_client.types import UNSET

EXAMPLES: dict[str, Any] = json.loads(Path(__file__).with_name("official_examples.json").read_text())
PASSIVE = CreateLivenessSessionContent("Passive", enable_session_image=True)

Call = Callable[..., Any]


@pytest.fixture
def answer(form: str, portal: BlockingPortal, make_client: Call, raw_server: Call) -> Call:
    """What a method returns for a body of the service, as `answer(body, method, **arguments)`."""

    def answer(sent: Any, method: str = "get_liveness_session_result", **arguments: Any) -> Any:
        text = json.dumps(sent).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(text)
        client = make_client(raw_server(head + text).endpoint)
        send = getattr(client, method)
        arguments = arguments or {"session_id": "a"}
        if form == "sync":
            return send(**arguments)

        async def asend() -> Any:
            return await send(**arguments)

        return portal.call(asend)

    return answer


def changed(**results: Any) -> dict[str, Any]:
    """The official example of a result, with other values in its first attempt."""
    body = deepcopy(EXAMPLES["result"])
    body["results"]["attempts"][0].update(results)
    return dict(body)


def test_the_official_example_of_creation(answer: Call) -> None:
    """A new session has its id, its token and no attempts."""
    session = answer(EXAMPLES["created"], "create_liveness_session", body=PASSIVE)

    assert session.session_id == "b12e033e-bda7-4b83-a211-e721c661f30e"
    assert session.auth_token == "eyJhbGciOiJFUzI1NiIsIm"
    assert session.status is OperationState.NOT_STARTED
    assert session.model_version is LivenessModel.V2024_11_15
    assert session.results.attempts == []
    assert session.to_dict() == EXAMPLES["created"]


def test_the_official_example_of_a_result(answer: Call) -> None:
    """An attempt has a result or an error; the other one is not set."""
    session = answer(EXAMPLES["result"])

    succeeded, failed = session.results.attempts
    assert succeeded.result.liveness_decision is LivenessDecision.REALFACE
    assert succeeded.result.session_image_id == "Ae3PVWlXAmVAnXgkAFt1QSjGUWONKzWiSr2iPh9p9G4I"
    assert succeeded.result.targets.color.face_rectangle.height == 724
    assert succeeded.error is UNSET
    assert (failed.error.code, failed.result) == ("FaceWithMaskDetected", UNSET)
    assert session.to_dict() == EXAMPLES["result"]


def test_the_official_examples_with_verify(answer: Call) -> None:
    """The reference and the comparison are there, and a reference type that is not documented is itself."""
    session = answer(EXAMPLES["result with verify"], "get_liveness_with_verify_session_result")

    (reference,) = session.results.verify_references
    assert (reference.reference_type, reference.quality_for_recognition) == ("image", QualityForRecognition.HIGH)
    result = session.results.attempts[0].result
    assert (result.verify_result.is_identical, result.verify_result.match_confidence) == (False, 0.08871888)
    assert session.to_dict() == EXAMPLES["result with verify"]
    created = answer(EXAMPLES["created with verify"], "get_liveness_with_verify_session_result")
    assert created.to_dict() == EXAMPLES["created with verify"]


def test_a_value_that_is_not_documented(answer: Call) -> None:
    """The service adds values without asking: each enum takes them as they are, and they can be compared."""
    body = changed(attemptStatus="Paused", result={"livenessDecision": "realFace", "targets": {}, "digest": ""})
    body.update(status="Expired", modelVersion="2025-05-20")

    session = answer(body)

    attempt = session.results.attempts[0]
    assert (session.status, session.model_version) == ("Expired", "2025-05-20")
    assert (attempt.attempt_status, attempt.result.liveness_decision) == ("Paused", "realFace")
    assert attempt.result.liveness_decision != LivenessDecision.REALFACE
    assert session.to_dict()["modelVersion"] == "2025-05-20"


@pytest.mark.parametrize(("result", "error"), [(True, None), (None, True), (None, None), (True, True)])
def test_null_is_not_there(answer: Call, result: bool | None, error: bool | None) -> None:
    """`null` for an optional property is as if it was not sent; an attempt may have both, or neither."""
    first, second = EXAMPLES["result"]["results"]["attempts"]
    body = changed(result=result and first["result"], error=error and second["error"])

    attempt = answer(body).results.attempts[0]

    assert (attempt.result is UNSET, attempt.error is UNSET) == (result is None, error is None)
    assert None not in attempt.to_dict().values()


def test_a_property_of_the_future_survives(answer: Call) -> None:
    """What the document does not list is kept, null too."""
    session = answer({**EXAMPLES["result"], "ofTheFuture": True, "nullOfTheFuture": None})

    assert session["ofTheFuture"] is True
    assert session.to_dict() == {**EXAMPLES["result"], **session.additional_properties}
    assert session.additional_properties == {"ofTheFuture": True, "nullOfTheFuture": None}


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({"sessionId": "a"}, {"sessionId": "a", "results": {"attempts": []}}),
        ({"sessionId": "a", "results": None}, {"sessionId": "a", "results": {"attempts": []}}),
        ({"sessionId": "a", "results": {"more": 1}}, {"sessionId": "a", "results": {"attempts": [], "more": 1}}),
        (
            {"sessionId": "a", "results": {"attempts": [{"attemptId": 1}]}},
            {"sessionId": "a", "results": {"attempts": [{"attemptId": 1}]}},
        ),
    ],
)
def test_a_missing_property_does_not_lose_the_others(answer: Call, body: Any, kept: Any) -> None:
    """What is required and not there is not set; a list or an object is empty."""
    session = answer(body)

    assert session.status is UNSET
    assert session.to_dict() == kept


@pytest.mark.parametrize("body", [{}, {"status_code": 200}, [], "ok", None, 7, {"results": 7}])
def test_what_is_no_session(answer: Call, body: Any) -> None:
    """A JSON body with nothing of a session is an error with the status, also in the detailed form."""
    with pytest.raises(ApiError) as caught:
        answer(body)
    assert caught.value.status_code == 200

    response = answer(body, "get_liveness_session_result_detailed")
    assert (response.status_code, response.parsed) == (200, None)
    with pytest.raises(ApiError):
        response.raise_for_status()


def test_raise_for_status_returns_a_success(answer: Call) -> None:
    """As in httpx, it can be chained."""
    response = answer(EXAMPLES["result"], "get_liveness_session_result_detailed")

    assert response.raise_for_status() is response
    assert response.parsed == LivenessSession.from_dict(EXAMPLES["result"])


def test_from_dict_is_strict() -> None:
    """Whoever parses a session without a call is told what is missing."""
    with pytest.raises(KeyError, match="authToken"):
        LivenessSession.from_dict({"sessionId": "a"})


def test_the_token_is_not_shown(answer: Call) -> None:
    """The token of a device is a secret, which no log shows by accident."""
    session = answer(EXAMPLES["created"])

    assert session.auth_token.startswith("eyJ")
    assert "eyJ" not in repr(session)
    assert "eyJ" not in repr(answer(EXAMPLES["created"], "get_liveness_session_result_detailed"))


@pytest.mark.parametrize("results", ["text", {"attempts": [7]}, None])
def test_the_token_is_not_in_an_error(answer: Call, results: Any) -> None:
    """An error of a body that cannot be read does not show its values, also in a traceback with locals."""
    body = {"authToken": "eyJ-the-token", "results": results} if results else [{"authToken": "eyJ-the-token"}]

    with pytest.raises(ApiError) as caught:
        answer(body, "create_liveness_session", body=PASSIVE)

    error: BaseException | None = caught.value
    while error:
        frames = StackSummary.extract(walk_tb(error.__traceback__), capture_locals=True)
        ours = [frame for frame in frames if frame.filename != __file__]
        assert "eyJ-the-token" not in f"{error!r} {error.args} {[frame.locals for frame in ours]}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("body", [{}, None, LivenessSession, "Passive"])
def test_what_is_no_settings(make_client: Call, raw_server: Call, body: Any) -> None:
    """A dictionary, or the model of another operation, is refused with what the body has to be."""
    server = raw_server(b"")

    with pytest.raises(TypeError, match=r"body must be a CreateLivenessSessionContent, not .*from_dict"):
        make_client(server.endpoint).create_liveness_session(body=body)

    assert not server.visitors


@pytest.mark.parametrize("mode", ["Passive", "PassiveActive", "Future"])
def test_a_session_is_created_from_json(make_client: Call, raw_server: Call, mode: str) -> None:
    """What is set is sent, and a setting may be text that the document does not list."""
    server = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    content = CreateLivenessSessionContent(mode, device_correlation_id="7", auth_token_time_to_live_in_seconds=60)
    content["settingOfTheFuture"] = "u"

    with pytest.raises(ApiError):
        make_client(server.endpoint).create_liveness_session(body=content)

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(f"POST /face/{API_VERSION}/detectLiveness-sessions HTTP/1.1".encode())
    assert json.loads(body) == {
        "livenessOperationMode": mode,
        "deviceCorrelationId": "7",
        "authTokenTimeToLiveInSeconds": 60,
        "settingOfTheFuture": "u",
    }
