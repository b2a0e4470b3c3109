import base64
import json
import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from face_emulator import SAMPLE_IMAGE_ID, AttemptRefusedError, Emulator

Create = Callable[..., httpx.Response]
Get = Callable[[str], httpx.Response]

NOT_FOUND = {
    "error": {
        "code": "SessionNotFound",
        "message": "Session ID is not found. The session ID is expired or does not exist.",
    }
}
REFERENCES = [
    {
        "referenceType": "image",
        "faceRectangle": {"top": 316, "left": 131, "width": 498, "height": 677},
        "qualityForRecognition": "high",
    }
]


def test_a_created_session_has_not_started(create: Create) -> None:
    """It has a UUID, a token that looks like a JWT, the newest model, and no attempts."""
    response = create()
    assert response.status_code == 200
    session = response.json()
    assert str(uuid.UUID(session.pop("sessionId"))) == response.json()["sessionId"]
    header, claims, signature = session.pop("authToken").split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "ES256"
    lifetime = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert lifetime["exp"] - lifetime["iat"] == 600
    assert signature
    assert session == {"status": "NotStarted", "modelVersion": "2024-11-15", "results": {"attempts": []}}


def test_a_session_with_verify_has_its_reference(create_with_verify: Create) -> None:
    """The answer to a form is a session too, with what was found in the image."""
    session = create_with_verify().json()
    assert (session["status"], session["modelVersion"]) == ("NotStarted", "2024-11-15")
    assert session["results"] == {"attempts": [], "verifyReferences": REFERENCES}


def test_the_model_of_a_session_is_the_requested_one(create: Create, create_with_verify: Create) -> None:
    """Also one that the document does not list."""
    for response in (create(livenessModelVersion="2025-05-20"), create_with_verify(livenessModelVersion="2025-05-20")):
        assert response.json()["modelVersion"] == "2025-05-20"


@pytest.mark.parametrize("version", ["v1.2", "v1.3-preview.1"])
@pytest.mark.parametrize("kind", ["detectLiveness-sessions", "detectLivenessWithVerify-sessions"])
def test_a_session_lives_from_creation_to_deletion(
    http: httpx.Client, face_emulator: Emulator, key: dict[str, str], verify_image: bytes, version: str, kind: str
) -> None:
    """Create, attempt, result, image, delete: after it, neither the session nor its image is there."""
    base = f"{face_emulator.endpoint}/face/{version}"
    body = {"livenessOperationMode": "PassiveActive", "deviceCorrelationId": "a device", "enableSessionImage": True}
    if kind == "detectLiveness-sessions":
        created = http.post(f"{base}/{kind}", json=body, headers=key)
    else:
        parts = {**body, "enableSessionImage": "true"}
        created = http.post(f"{base}/{kind}", data=parts, files={"verifyImage": ("a.jpg", verify_image)}, headers=key)
    session = f"{base}/{kind}/{created.json()['sessionId']}"
    assert http.get(session, headers=key).json() == {**created.json(), "authToken": ""}

    face_emulator.play_attempt(created.json()["sessionId"], image=b"the face")
    result = http.get(session, headers=key).json()
    assert (result["status"], result["authToken"]) == ("Succeeded", "")
    [attempt] = result["results"]["attempts"]
    image = f"{base}/sessionImages/{attempt['result']['sessionImageId']}"
    assert http.get(image, headers=key).content == b"the face"

    deleted = http.delete(session, headers=key)
    assert (deleted.status_code, deleted.content, "content-type" in deleted.headers) == (204, b"", False)
    for gone in (http.get(session, headers=key), http.delete(session, headers=key)):
        assert (gone.status_code, gone.headers["x-ms-error-code"], gone.json()) == (404, "SessionNotFound", NOT_FOUND)
    assert http.get(image, headers=key).status_code == 404


def test_a_session_is_not_found_among_those_of_the_other_kind(
    http: httpx.Client, face_emulator: Emulator, key: dict[str, str], create: Create, create_with_verify: Create
) -> None:
    """Neither to get nor to delete it."""
    plain, verifying = (response.json()["sessionId"] for response in (create(), create_with_verify()))
    for path in (f"detectLiveness-sessions/{verifying}", f"detectLivenessWithVerify-sessions/{plain}"):
        for method in ("GET", "DELETE"):
            response = http.request(method, f"{face_emulator.endpoint}/face/v1.2/{path}", headers=key)
            assert (response.status_code, response.json()) == (404, NOT_FOUND)
    assert face_emulator.session_ids == (plain, verifying)


def test_sessions_and_their_images_are_gone_after_48_hours(face_emulator: Emulator, create: Create, get: Get) -> None:
    """Since creation, whatever happened in between; other images stay."""
    session_id = create(enableSessionImage=True).json()["sessionId"]
    face_emulator.play_attempt(session_id)
    session = f"detectLiveness-sessions/{session_id}"
    image = "sessionImages/" + get(session).json()["results"]["attempts"][0]["result"]["sessionImageId"]
    face_emulator.advance(48 * 3600 - 60)
    later = create().json()["sessionId"]
    assert (get(session).status_code, get(image).status_code) == (200, 200)
    face_emulator.advance(60)
    assert (get(session).json(), get(image).status_code) == (NOT_FOUND, 404)
    assert face_emulator.session_ids == (later,)
    assert get(f"sessionImages/{SAMPLE_IMAGE_ID}").status_code == 200


@pytest.mark.parametrize(("chosen", "lifetime"), [({}, 600), ({"authTokenTimeToLiveInSeconds": 86400}, 86400)])
def test_no_attempt_is_made_after_the_token_has_expired(
    face_emulator: Emulator, create: Create, chosen: dict[str, int], lifetime: int
) -> None:
    """The lifetime is the requested one; the session itself stays."""
    session_id = create(**chosen).json()["sessionId"]
    face_emulator.advance(lifetime - 30)
    face_emulator.play_attempt(session_id)
    face_emulator.advance(30)
    for attempt in (face_emulator.start_attempt, face_emulator.play_attempt):
        with pytest.raises(AttemptRefusedError, match="token of the session has expired"):
            attempt(session_id)
    assert face_emulator.session_ids == (session_id,)


def test_no_attempt_is_made_in_a_session_that_is_not_there(face_emulator: Emulator) -> None:
    """The error names the session."""
    for attempt in (face_emulator.start_attempt, face_emulator.play_attempt):
        with pytest.raises(LookupError, match="no session 'x'"):
            attempt("x")


def test_the_oldest_sessions_go_first_with_their_images(http: httpx.Client, key: dict[str, str]) -> None:
    """As many are kept as wanted."""
    body = {"livenessOperationMode": "Passive", "deviceCorrelationIdSetInClient": True, "enableSessionImage": True}
    with Emulator(keep_sessions=2, outcome="realface") as face:
        base = face.endpoint + "/face/v1.2/"
        images = []
        for _ in range(3):
            session = http.post(base + "detectLiveness-sessions", json=body, headers=key).json()["sessionId"]
            result = http.get(f"{base}detectLiveness-sessions/{session}", headers=key).json()["results"]["attempts"][0]
            images.append(base + "sessionImages/" + result["result"]["sessionImageId"])
        assert len(face.session_ids) == 2
        assert [http.get(image, headers=key).status_code for image in images] == [404, 200, 200]
    with pytest.raises(ValueError, match="keep_sessions must be 1 or more, not 0"):
        Emulator(keep_sessions=0)


def test_a_session_has_ten_attempts_at_most(face_emulator: Emulator, create: Create) -> None:
    """So its result stays small."""
    session_id = create().json()["sessionId"]
    for _ in range(10):
        face_emulator.play_attempt(session_id)
    with pytest.raises(AttemptRefusedError, match="10 attempts"):
        face_emulator.play_attempt(session_id)


def test_threads_can_play_while_the_server_runs(face_emulator: Emulator, create: Create, get: Get) -> None:
    """Each attempt has its own number and is in the result."""
    session_id = create().json()["sessionId"]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: face_emulator.play_attempt(session_id), range(10)))
    attempts = get(f"detectLiveness-sessions/{session_id}").json()["results"]["attempts"]
    assert [attempt["attemptId"] for attempt in attempts] == list(range(10, 0, -1))


def test_sessions_stay_when_it_is_started_again(http: httpx.Client, key: dict[str, str]) -> None:
    """As its images do."""
    face = Emulator()
    body = {"livenessOperationMode": "Passive", "deviceCorrelationIdSetInClient": True}
    with face:
        url = face.endpoint + "/face/v1.2/detectLiveness-sessions"
        session_id = http.post(url, json=body, headers=key).json()["sessionId"]
    with face:
        url = face.endpoint + "/face/v1.2/detectLiveness-sessions/"
        assert http.get(url + session_id, headers=key).json()["sessionId"] == session_id


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e10, True, "60", None])
def test_the_clock_only_moves_forward(face_emulator: Emulator, seconds: float) -> None:
    """Anything else is refused, with its value."""
    with pytest.raises(ValueError, match=re.escape(f"0 to 1e+09, not {seconds!r}")):
        face_emulator.advance(seconds)
