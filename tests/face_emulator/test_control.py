from collections.abc import Callable
from typing import Any

import httpx
import pytest

from face_emulator import Emulator

Create = Callable[..., httpx.Response]
Get = Callable[[str], httpx.Response]


@pytest.fixture
def control(http: httpx.Client, face_emulator: Emulator) -> Callable[[str, Any], httpx.Response]:
    """Post JSON to a path below /_emulator/."""
    return lambda path, body: http.post(f"{face_emulator.endpoint}/_emulator/{path}", json=body)


def test_a_call_plays_an_attempt(control: Create, create_with_verify: Create, get: Get) -> None:
    """With the fields of `play_attempt`, and without credentials."""
    session_id = create_with_verify().json()["sessionId"]
    played = control(
        f"sessions/{session_id}/attempts", {"outcome": "uncertain", "is_identical": True, "match_confidence": 0.25}
    )
    assert (played.status_code, played.content) == (204, b"")
    [attempt] = get(f"detectLivenessWithVerify-sessions/{session_id}").json()["results"]["attempts"]
    assert attempt["result"]["livenessDecision"] == "uncertain"
    assert attempt["result"]["verifyResult"] == {"matchConfidence": 0.25, "isIdentical": False}


def test_a_call_plays_a_real_face_by_default(control: Create, create: Create, get: Get) -> None:
    """An empty object is enough."""
    session_id = create().json()["sessionId"]
    assert control(f"sessions/{session_id}/attempts", {}).status_code == 204
    [attempt] = get(f"detectLiveness-sessions/{session_id}").json()["results"]["attempts"]
    assert attempt["result"]["livenessDecision"] == "realface"


def test_a_call_starts_an_attempt(control: Create, create: Create, get: Get) -> None:
    """The session is running then."""
    session_id = create().json()["sessionId"]
    assert control(f"sessions/{session_id}/start", {}).status_code == 204
    assert get(f"detectLiveness-sessions/{session_id}").json()["status"] == "Running"


def test_a_call_moves_the_clock(control: Create, create: Create, get: Get) -> None:
    """48 hours later, the session is gone."""
    session_id = create().json()["sessionId"]
    assert control("clock", {"advance": 172800}).status_code == 204
    assert get(f"detectLiveness-sessions/{session_id}").status_code == 404


def test_an_attempt_that_is_refused_is_a_409(control: Create, create: Create) -> None:
    """It says why; a session that is not there is a 404."""
    session_id = create().json()["sessionId"]
    control("clock", {"advance": 600})
    for path in ("attempts", "start"):
        refused = control(f"sessions/{session_id}/{path}", {})
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "409")
        assert "token of the session has expired" in refused.json()["error"]["message"]
        unknown = control(f"sessions/unknown/{path}", {})
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "SessionNotFound")


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("sessions/{}/attempts", {"outcome": "smile"}, "outcome"),
        ("sessions/{}/attempts", {"outcome": []}, "outcome"),
        ("sessions/{}/attempts", {"outcome": "mask", "colour": 1}, "'colour': unknown field"),
        ("sessions/{}/attempts", {"match_confidence": "1"}, "match_confidence"),
        ("sessions/{}/attempts", [], "JSON object"),
        ("sessions/{}/start", {"outcome": "mask"}, "'outcome': unknown field"),
        ("clock", {}, "advance"),
        ("clock", {"advance": -1}, "advance"),
        ("clock", {"advance": 1, "back": 1}, "'back': unknown field"),
    ],
)
def test_a_call_names_what_is_wrong(
    control: Create, create: Create, get: Get, path: str, body: Any, named: str
) -> None:
    """It is a 400, and nothing has changed."""
    session_id = create().json()["sessionId"]
    refused = control(path.format(session_id), body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "400")
    assert named in refused.json()["error"]["message"]
    assert get(f"detectLiveness-sessions/{session_id}").json()["status"] == "NotStarted"


@pytest.mark.parametrize("path", ["sessions/{}/attempts", "sessions/{}/start", "clock"])
def test_calls_take_json_only(http: httpx.Client, face_emulator: Emulator, create: Create, path: str) -> None:
    """A web page of another origin cannot play the device: what it can send is a 415."""
    url = f"{face_emulator.endpoint}/_emulator/{path.format(create().json()['sessionId'])}"
    for headers in ({}, {"content-type": "text/plain"}):
        assert http.post(url, content=b"{}", headers=headers).status_code == 415
    assert http.options(url).status_code == 405


def test_health_needs_nothing_and_leaves_no_trace(http: httpx.Client) -> None:
    """No credentials, no rate limit, no record."""
    with Emulator(requests_per_second=0.01) as face:
        for _ in range(3):
            response = http.get(face.endpoint + "/_emulator/health")
            assert (response.status_code, response.json()) == (200, {"status": "ok"})
        assert http.get(face.endpoint + "/face/x").status_code == 404
        assert [request.path for request in face.requests] == ["/face/x"]
