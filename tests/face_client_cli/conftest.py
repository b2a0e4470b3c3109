"""The command in this process, signed in at the emulator."""

import os
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from face_client_cli._app import app
from face_emulator import Emulator

Run = Callable[..., Result]


@pytest.fixture
def environment(face_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of a person who uses the emulator, which this process has too."""
    variables = {"FACE_ENDPOINT": face_emulator.endpoint, "FACE_APIKEY": face_emulator.key}
    monkeypatch.delenv("FACE_KEY", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **variables}


@pytest.fixture
def run(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command, as `run("image", "get", image_id, "-o", file, FACE_APIKEY="a-key")`, with short pauses."""
    monkeypatch.setattr("face_client_runtime._retries.FIRST_PAUSE", 0.001)

    def invoke(*arguments: object, stdin: str | None = None, **variables: str | None) -> Result:
        return CliRunner().invoke(app, [str(each) for each in arguments], stdin, variables, prog_name="face-client")

    return invoke
