"""Tests of the back end: the Face service and the storage are local servers, so no account and no network is needed."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from moto.server import ThreadedMotoServer

from checks import app
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault


@pytest.fixture(scope="session")
def bucket() -> Iterator[str]:
    """The URL of an empty bucket that anybody can read."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    url = "http://{}:{}/pictures".format(*server.get_host_and_port())
    httpx.put(url, headers={"x-amz-acl": "public-read"}).raise_for_status()
    yield url
    server.stop()


@pytest.fixture
def back_end(bucket: str, face_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The app, with the variables that it reads."""
    monkeypatch.setenv("FACE_ENDPOINT", face_emulator.endpoint)
    monkeypatch.setenv("FACE_APIKEY", face_emulator.key)
    monkeypatch.setenv("STORE_URL", "s3://pictures")
    monkeypatch.setenv("AWS_ENDPOINT", bucket.removesuffix("/pictures"))
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    with TestClient(app) as client:
        yield client


@pytest.fixture
def session_id(back_end: TestClient) -> str:
    """A check that a device has started."""
    created = back_end.post("/checks", json={"device_id": "a-device"})
    assert created.status_code == 201
    assert created.json()["token"]
    return str(created.json()["session_id"])


@pytest.mark.parametrize(("outcome", "passed"), [("realface", True), ("spoofface", False)])
def test_a_check(
    back_end: TestClient, session_id: str, face_emulator: Emulator, bucket: str, outcome: Any, passed: bool
) -> None:
    """The image is stored with the decision, and the session is deleted."""
    face_emulator.play_attempt(session_id, outcome)  # what the person does with the device
    assert back_end.post(f"/checks/{session_id}/finish").json() == {"passed": passed}
    stored = httpx.get(f"{bucket}/{session_id}.jpg")
    assert stored.content == face_emulator.images[SAMPLE_IMAGE_ID]
    assert stored.headers["x-amz-meta-decision"] == outcome
    assert face_emulator.session_ids == ()


def test_another_attempt(back_end: TestClient, session_id: str, face_emulator: Emulator) -> None:
    """After an attempt that failed, the session is still there for the next one."""
    face_emulator.play_attempt(session_id, "mask")
    assert back_end.post(f"/checks/{session_id}/finish").status_code == 409
    face_emulator.play_attempt(session_id, "realface")
    assert back_end.post(f"/checks/{session_id}/finish").json() == {"passed": True}
    assert back_end.post(f"/checks/{session_id}/finish").status_code == 404


@pytest.mark.parametrize(("fault", "status"), [(401, 502), (429, 503), (404, 404), (400, 502)])
def test_errors(back_end: TestClient, session_id: str, face_emulator: Emulator, fault: int, status: int) -> None:
    """The service's errors become answers that a device can use, and no image or session is lost."""
    face_emulator.play_attempt(session_id)
    face_emulator.faults.add(Fault(status=fault, retry_after=120, operation="getSessionImage"))
    answer = back_end.post(f"/checks/{session_id}/finish")
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "120")
    assert face_emulator.session_ids == (session_id,)
