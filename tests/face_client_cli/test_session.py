"""`face-client session`, from the creation of a session to its deletion."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import Result

from face_client.models import LivenessOperationMode
from face_client_cli._session import Mode
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Run = Callable[..., Result]

CREATE = ("session", "create", "--device-correlation-id", "a-device")


@pytest.fixture
def passport(face_emulator: Emulator, tmp_path: Path) -> Path:
    """A reference image."""
    file = tmp_path / "passport.jpg"
    file.write_bytes(face_emulator.images[SAMPLE_IMAGE_ID])
    return file


@pytest.mark.parametrize("with_verify", [False, True])
def test_a_session_for_scripts(run: Run, face_emulator: Emulator, passport: Path, with_verify: bool) -> None:
    """With --json, create, wait, show and delete print the objects of the API; the token is only in the first."""
    reference = ("--verify-image", str(passport)) if with_verify else ()
    option = ("--with-verify",) if with_verify else ()

    created = json.loads(run(*CREATE, *reference, "--enable-session-image", "--json").stdout)
    session_id = created["sessionId"]
    face_emulator.play_attempt(session_id, "mask")
    face_emulator.play_attempt(session_id, "realface")
    waited = json.loads(run("session", "wait", session_id, *option, "--json").stdout)
    shown = json.loads(run("session", "show", session_id, *option, "--json").stdout)
    deleted = run("session", "delete", session_id, *option, "--json")

    assert created["authToken"]
    assert waited == shown
    assert waited["status"] == "Succeeded"
    assert "authToken" not in waited
    assert {attempt["attemptStatus"] for attempt in waited["results"]["attempts"]} == {"Succeeded", "Failed"}
    assert ("verifyReferences" in waited["results"]) is with_verify
    assert json.loads(deleted.stdout) == {"sessionId": session_id, "deleted": True}
    assert run("session", "show", session_id, *option).exit_code == 4


def test_a_session_for_people(run: Run, face_emulator: Emulator, passport: Path) -> None:
    """Without --json, there is a line for each field, and stderr says what comes next."""
    created = run(*CREATE, "--verify-image", passport, "--enable-session-image")
    (session_id,) = face_emulator.session_ids
    waiting = created.stderr.partition("face-client ")[2].split()
    face_emulator.play_attempt(session_id, match_confidence=0.92)
    shown = run(*waiting)

    assert created.stdout.startswith(f"session    {session_id}\ntoken      ey")
    assert waiting == ["session", "wait", "--with-verify", session_id]
    session, image = shown.stdout.split("image      ")
    assert session == (
        f"session    {session_id}\nstatus     Succeeded\nattempts   1\n"
        "decision   realface\nidentical  yes, confidence 0.92\n"
    )
    assert run("image", "get", image.strip(), "-o", "-").stdout_bytes == face_emulator.images[SAMPLE_IMAGE_ID]
    assert run("session", "delete", session_id, "--with-verify").stderr == f"deleted {session_id}\n"


def test_an_attempt_that_failed(run: Run, face_emulator: Emulator) -> None:
    """The error of the latest attempt is shown, and waiting for it is not an error of the command."""
    run(*CREATE)
    (session_id,) = face_emulator.session_ids
    face_emulator.play_attempt(session_id, "mask")

    result = run("session", "wait", session_id)

    assert result.exit_code == 0
    assert "error      FaceWithMaskDetected: " in result.stdout


def test_all_settings_are_sent(run: Run, face_emulator: Emulator) -> None:
    """Each option is a property of the request; what is not given is not sent."""
    run("session", "create", "--device-correlation-id-set-in-client")
    run(*CREATE, "--mode", "PassiveActive", "--ttl", "60", "--enable-session-image")

    first, second = (json.loads(request.body) for request in face_emulator.requests)
    assert first == {
        "livenessOperationMode": "Passive",
        "deviceCorrelationIdSetInClient": True,
        "enableSessionImage": False,
    }
    assert second == {
        "livenessOperationMode": "PassiveActive",
        "deviceCorrelationId": "a-device",
        "authTokenTimeToLiveInSeconds": 60,
        "enableSessionImage": True,
    }


@pytest.mark.parametrize("options", [(), ("--device-correlation-id", "x", "--device-correlation-id-set-in-client")])
def test_the_id_of_the_device_comes_from_one_place(run: Run, face_emulator: Emulator, options: tuple[str, ...]) -> None:
    """Exactly one of the two options is needed, before anything is sent."""
    result = run("session", "create", *options)

    assert result.exit_code == 2
    assert "--device-correlation-id-set-in-client" in result.stderr
    assert face_emulator.requests == ()


def test_the_modes_are_those_of_the_document() -> None:
    """The choices are written down once more, so that --help need not import the models."""
    assert list(get_args(Mode)) == list(LivenessOperationMode)


def test_waiting_ends(run: Run, face_emulator: Emulator) -> None:
    """After --timeout seconds, the exit status says to try again."""
    run(*CREATE)
    result = run("session", "wait", face_emulator.session_ids[0], "--timeout", "0.1")

    assert result.exit_code == 5
    assert "the last status of the session was NotStarted" in result.stderr


def test_what_the_service_writes_does_not_control_the_terminal(run: Run, face_emulator: Emulator) -> None:
    """Control characters are escaped."""
    body = '{"sessionId": "an-id", "authToken": "", "status": "\\u001b[2J", "results": {"attempts": []}}'
    face_emulator.faults.add(Fault(status=200, body=body, content_type="application/json"))

    assert "status     \\x1b[2J\n" in run("session", "show", "an-id").stdout
