"""The sync and the async form of each helper behind one signature, and sessions of the emulator."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal

import face_client_sessions
from face_client import Client
from face_client.models import CreateLivenessSessionContent, CreateLivenessWithVerifySessionContent
from face_client.types import File
from face_emulator import Emulator, Fault


@pytest.fixture
def call(form: str, portal: BlockingPortal) -> Callable[..., Any]:
    """Calls a helper by the name of its sync form, as `call("wait_for_result", client, session_id)`."""

    def run(name: str, *arguments: Any, **options: Any) -> Any:
        if form == "sync":
            return getattr(face_client_sessions, name)(*arguments, **options)
        return portal.call(partial(getattr(face_client_sessions, f"{name}_async"), *arguments, **options))

    return run


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the pauses short that the service has not asked for."""
    monkeypatch.setattr("face_client_sessions._waiting.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("face_client_sessions._waiting.LAST_REQUEST", 0.05)


@pytest.fixture
def create(face_emulator: Emulator, make_client: Callable[..., Any]) -> Callable[..., str]:
    """Creates a session and returns its id, as `create("realface", with_verify=False, enable_session_image=True)`."""
    client = make_client(face_emulator.endpoint, Client)

    def make(*outcomes: Any, with_verify: bool = False, enable_session_image: bool = True) -> str:
        options = {"livenessOperationMode": "Passive", "enableSessionImage": enable_session_image}
        if with_verify:
            body = CreateLivenessWithVerifySessionContent(
                liveness_operation_mode="Passive",
                enable_session_image=enable_session_image,
                verify_image=File(b"\xff\xd8\xff" + bytes(2000), "face.jpg"),
                device_correlation_id="a-device",
            )
            session_id = client.create_liveness_with_verify_session(body=body).session_id
        else:
            content = CreateLivenessSessionContent.from_dict({**options, "deviceCorrelationId": "a-device"})
            session_id = client.create_liveness_session(body=content).session_id
        for outcome in outcomes:
            face_emulator.play_attempt(session_id, outcome)
        return str(session_id)

    return make


@pytest.fixture
def running(face_emulator: Emulator) -> Callable[..., None]:
    """Lets the session be in another status for some requests, as `running(times=2, status="Running", headers={})`."""

    def add(times: int | None = None, status: str = "Running", headers: dict[str, str] | None = None) -> None:
        results: dict[str, Any] = {"attempts": [], "verifyReferences": []}
        body = json.dumps({"sessionId": "an-id", "authToken": "", "status": status, "results": results})
        for kind in ("Liveness", "LivenessWithVerify"):
            face_emulator.faults.add(
                Fault(
                    status=200,
                    body=body,
                    content_type="application/json",
                    headers=headers,
                    operation=f"get{kind}SessionResult",
                    times=times,
                )
            )

    return add
