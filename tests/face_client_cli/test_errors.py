"""How commands end when something is wrong."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from face_client_cli._app import app
from face_client_cli._exit_codes import ExitCode
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Run = Callable[..., Result]

GET = ("image", "get", SAMPLE_IMAGE_ID, "-o", "-")


@pytest.mark.parametrize(
    ("fault", "exit_code", "said"),
    [
        (Fault(status=400), 1, "400"),
        (Fault(status=401), 3, "hint: check the key"),
        (Fault(status=403), 3, "hint: Face liveness has to be approved"),
        (Fault(status=404), 4, "hint: sessions and their images are deleted after 48 hours"),
        (Fault(status=409), 1, "409"),
        (Fault(status=429, retry_after=90), 5, "hint: run the command again in 90 s"),
        (Fault(status=503, retry_after=0), 5, "hint: run the command again later"),
        (Fault(drop=True), 5, "hint: check the endpoint and the network"),
    ],
)
def test_each_kind_of_failure_has_its_exit_status(
    run: Run, face_emulator: Emulator, fault: Fault, exit_code: int, said: str
) -> None:
    """The first line on stderr says what failed, with the id of the request, and the second one what to do."""
    face_emulator.faults.add(fault)

    result = run(*GET)

    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert said in result.stderr
    assert "request id " in result.stderr.splitlines()[0]
    assert len(result.stderr.splitlines()) <= 2


def test_an_error_as_json(run: Run, face_emulator: Emulator, tmp_path: Path) -> None:
    """With --json, it is one object with the attributes of the error."""
    result = run("image", "get", "an-unknown-id", "-o", tmp_path / "x", "--json")

    error = json.loads(result.stderr)["error"]
    assert result.stdout == ""
    assert error.pop("message").startswith("404 SessionNotFound: ")
    assert re.fullmatch("[0-9a-f-]{36}", error.pop("clientRequestId"))
    assert error == {
        "exitCode": 4,
        "hint": "sessions and their images are deleted after 48 hours at most",
        "status": 404,
        "code": "SessionNotFound",
        "requestId": face_emulator.requests[0].request_id,
        "retryAfter": None,
    }


def test_an_error_without_a_response_as_json(run: Run) -> None:
    """The object has the same keys, also if nothing was sent."""
    result = run("session", "show", "an-id", "--json", FACE_ENDPOINT=None)

    error = json.loads(result.stderr)["error"]
    assert error.pop("message") == "no endpoint: set FACE_ENDPOINT or pass --endpoint"
    assert error.pop("exitCode") == result.exit_code == 2
    assert error == dict.fromkeys(["hint", "status", "code", "requestId", "clientRequestId", "retryAfter"])


@pytest.mark.parametrize(("options", "shown"), [((), "face-client: interrupted\n"), (("--json",), '{"error": {')])
def test_an_interrupt(run: Run, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], shown: str) -> None:
    """Ctrl-C has the exit status that shells give it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("face_client.Client.get_liveness_session_result", interrupt)

    result = run("session", "show", "an-id", *options)

    assert result.exit_code == 130
    assert result.stderr.startswith(shown)


def test_no_credential(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key, azure-identity and a terminal, nobody can be signed in."""
    monkeypatch.setitem(sys.modules, "azure", None)
    monkeypatch.setitem(sys.modules, "azure.identity", None)  # another test may have imported it

    result = run(*GET, FACE_APIKEY=None)

    assert result.exit_code == 3
    assert result.stderr.startswith("face-client: no credential: set FACE_APIKEY, or pip install ")


def test_a_credential_that_gets_no_token(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line of azure-identity's message is the error, without the list of what was tried."""
    from azure.identity import CredentialUnavailableError, DefaultAzureCredential

    def fail(*_: object, **__: object) -> None:
        raise CredentialUnavailableError("no token for you\nAttempted credentials:\n\t...")

    for name in ("get_token", "get_token_info"):
        monkeypatch.setattr(DefaultAzureCredential, name, fail)

    result = run(*GET, FACE_APIKEY=None)

    assert result.exit_code == 3
    assert result.stderr == "face-client: no token for you\nhint: run `az login`, or set FACE_APIKEY\n"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"FACE_ENDPOINT": "contoso"}, "endpoint has no scheme"),
        ({"FACE_APIKEY": "a key"}, "FACE_APIKEY cannot be used"),
    ],
)
def test_a_wrong_variable_is_named(run: Run, variables: dict[str, str], said: str) -> None:
    """It is a mistake in the call, as a wrong option is."""
    result = run(*GET, **variables)

    assert result.exit_code == 2
    assert said in result.stderr


def test_an_empty_id_is_refused(run: Run) -> None:
    """The client's own check of an id is a mistake in the call too."""
    assert run("session", "show", "").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("image", "get", SAMPLE_IMAGE_ID, "-o", "missing/x.jpg"),
        ("image", "archive", "missing.txt", "-d", "images"),
        ("session", "create", "--device-correlation-id", "a-device", "--verify-image", "missing.jpg"),
    ],
)
def test_a_file_that_cannot_be_opened(
    run: Run, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The message names it."""
    monkeypatch.chdir(tmp_path)

    result = run(*arguments)

    assert result.exit_code == 1
    assert result.stderr.startswith("face-client: ")
    assert "missing" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_key_is_not_an_argument(run: Run) -> None:
    """Other users of a machine can read the arguments of a process."""
    result = run(*GET, "--key", "a-key")

    assert result.exit_code == 2
    assert "No such option: --key" in result.stderr


def test_the_traceback_of_a_bug_has_no_local_variables(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is Python's own, since Typer's can show the values of variables, such as a key."""

    def fail(*_: object, key: str = "a-secret", **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # Typer sets it
    monkeypatch.setattr("face_client_cli._connection.connect", fail)

    with pytest.raises(RuntimeError) as bug:
        app(list(GET))
    sys.excepthook(bug.type, bug.value, bug.tb)

    err = capfd.readouterr().err
    assert err.startswith("Traceback (most recent call last)")
    assert "a-secret" not in err


def test_the_page_has_all_exit_statuses() -> None:
    """docs/command-line.md lists them, with 0."""
    page = Path(__file__).resolve().parents[2] / "docs" / "command-line.md"
    listed = re.findall(r"^\| (\d+) \|", page.read_text(encoding="utf-8"), re.MULTILINE)

    assert list(map(int, listed)) == [0, *ExitCode]
