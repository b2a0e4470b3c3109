"""The command as a whole: what it is without its extra, its help, completion, the prompt, and the emulator."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import Result

from face_client import __version__
from face_client_cli.__main__ import main
from face_emulator import SAMPLE_IMAGE_ID, Emulator

Run = Callable[..., Result]


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2 and one line in place of a traceback."""
    monkeypatch.delitem(sys.modules, "face_client_cli._app", raising=False)
    monkeypatch.setitem(sys.modules, "typer", None)

    assert main() == 2
    assert capsys.readouterr().err == 'face-client: the command needs typer: pip install "face-client[cli]"\n'


def test_help_and_completion_import_no_client() -> None:
    """A shell starts the command at each press of the tab key."""
    code = "import face_client_cli._app, sys; print({'httpx', 'attrs', 'rich'} & set(sys.modules))"
    variables = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=variables, check=True)

    assert done.stdout == "set()\n"


@pytest.mark.parametrize("arguments", [(), ("image",), ("session",), ("session", "create")])
def test_each_line_of_help_fits(run: Run, arguments: tuple[str, ...]) -> None:
    """Names of options are whole in a terminal of 80 columns."""
    text = run(*arguments, "--help").stdout

    assert text.startswith("Usage: face-client ")
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def test_completion(run: Run) -> None:
    """A shell is offered the commands and options that begin with what was typed."""
    bash = {"_FACE_CLIENT_COMPLETE": "complete_bash", "COMP_CWORD": "3"}

    assert run(**bash, COMP_WORDS="face-client image archive --r").stdout.split() == ["--rate", "--retry-failed"]


def test_the_versions(run: Run) -> None:
    """For people and for scripts."""
    assert run("version").stdout == f"face-client {__version__}, API v1.2\n"
    assert run("--version").stdout == f"face-client {__version__}, API v1.2\n"
    assert json.loads(run("version", "--json").stdout) == {"version": __version__, "apiVersion": "v1.2"}


def test_the_emulator_has_the_options_of_face_emulator(run: Run) -> None:
    """They reach it as they are, in any order, and so does --help."""
    refused = run("emulator", "--fault", "drop", "--port=99999")

    assert refused.exit_code == 2
    assert refused.stderr == "face-client emulator: the port must be 0 to 65535, not 99999\n"
    assert "usage: face-client emulator [-h]" in run("emulator", "--help").stdout


def test_a_typed_key_is_not_shown(face_emulator: Emulator, environment: dict[str, str], tmp_path: Path) -> None:
    """Without another credential, a person is asked for the key, which neither the terminal nor a log shows."""
    code = "import sys; sys.modules['azure'] = None; from face_client_cli.__main__ import main; main()"
    file = tmp_path / "session.jpg"
    command = [sys.executable, "-c", code, "image", "get", SAMPLE_IMAGE_ID, "-o", str(file), "-v"]
    variables = {**environment, "FACE_APIKEY": "", "PYTHONPATH": os.pathsep.join(sys.path)}
    ours, its = os.openpty()
    # In a session of its own, it has no other terminal to ask at.
    with (
        os.fdopen(ours, "r+b", buffering=0) as terminal,
        subprocess.Popen(command, stdin=its, stderr=its, env=variables, start_new_session=True) as process,
    ):
        os.close(its)
        shown = b""
        while b"Key: " not in shown:
            shown += terminal.read(1)
        terminal.write(face_emulator.key.encode() + b"\n")
        assert process.wait(timeout=60) == 0
        shown += terminal.read(4096)

    first, *log, last = shown.decode().splitlines()
    assert (first, last) == ("Key: ", f"{file}: {len(face_emulator.images[SAMPLE_IMAGE_ID]):,} bytes")
    assert "HTTP Request: GET" in "".join(log)
    assert face_emulator.key not in "".join(log)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["version", "--json"]])
def test_an_output_that_cannot_be_written(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1 and one line in place of a traceback, such as on a full disk."""
    monkeypatch.setattr(sys, "argv", ["face-client", *arguments])
    full = open("/dev/full", "w", encoding="ascii")  # noqa: SIM115, PTH123  # closing it fails
    monkeypatch.setattr(sys, "stdout", full)

    assert main() == 1
    assert "face-client: [Errno 28]" in capsys.readouterr().err
    with suppress(OSError):
        full.close()
