import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from face_emulator import SAMPLE_IMAGE_ID
from face_emulator.__main__ import main


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(
    http: httpx.Client, command: Callable[..., Any], sample_path: str, stop: signal.Signals
) -> None:
    """Ctrl-C and SIGTERM end it with 0 and not a word, even while a client hangs."""
    with command("--key", "it's", "--token", "t", "--fault", "delay=3600,times=1") as (process, endpoint, printed):
        with pytest.raises(httpx.ReadTimeout):
            http.get(endpoint + sample_path, timeout=httpx.Timeout(30, read=0.1))
        for headers in ({"ocp-apim-subscription-key": "it's"}, {"authorization": "Bearer t"}):
            assert http.get(endpoint + sample_path, headers=headers).status_code == 200
        process.send_signal(stop)
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0
    assert SAMPLE_IMAGE_ID in printed
    assert "Ctrl-C" in printed
    image, session, attempt = [shlex.split(line)[2:] for line in printed.splitlines() if "curl " in line]
    header = ["-H", "Ocp-Apim-Subscription-Key: it's"]
    assert image == [*header, endpoint + sample_path, "-o", "session.jpg"]
    assert session[:2] == header
    assert session[-1] == endpoint + "/face/v1.2/detectLiveness-sessions"
    assert attempt[-1] == endpoint + "/_emulator/sessions/SESSION_ID/attempts"


def test_it_serves_a_folder(
    http: httpx.Client, command: Callable[..., Any], tmp_path: Path, key: dict[str, str]
) -> None:
    """--images makes a folder's files available."""
    (tmp_path / "mine.png").write_bytes(b"image")
    with command("--images", str(tmp_path)) as (_, endpoint, _):
        assert http.get(f"{endpoint}/face/v1.2/sessionImages/mine", headers=key).content == b"image"


def test_it_limits_the_rate(http: httpx.Client, command: Callable[..., Any], sample_path: str) -> None:
    """--requests-per-second takes any number."""
    with command("--requests-per-second", "0.01") as (_, endpoint, _):
        assert [http.get(endpoint + sample_path).status_code for _ in range(2)] == [401, 429]


def test_the_session_that_it_prints_can_be_played(
    http: httpx.Client, command: Callable[..., Any], key: dict[str, str]
) -> None:
    """The printed bodies are taken as they are, and the result has an image."""
    with command() as (_, endpoint, printed):
        _, start, play = [shlex.split(line)[2:] for line in printed.splitlines() if "curl " in line]
        headers = {"content-type": "application/json", **key}
        session = http.post(start[-1], content=start[start.index("-d") + 1], headers=headers).json()["sessionId"]
        url = play[-1].replace("SESSION_ID", session)
        assert http.post(url, content=play[play.index("-d") + 1], headers=headers).status_code == 204
        result = http.get(f"{endpoint}/face/v1.2/detectLiveness-sessions/{session}", headers=key).json()
        assert result["results"]["attempts"][0]["result"]["sessionImageId"]


def test_it_plays_each_session(http: httpx.Client, command: Callable[..., Any], key: dict[str, str]) -> None:
    """--outcome makes the attempt."""
    body = {"livenessOperationMode": "Passive", "deviceCorrelationIdSetInClient": True}
    with command("--outcome", "mask") as (_, endpoint, _):
        url = endpoint + "/face/v1.2/detectLiveness-sessions"
        session = http.post(url, json=body, headers=key).json()
        assert http.get(f"{url}/{session['sessionId']}", headers=key).json()["status"] == "Failed"


def test_it_serves_https(
    http: httpx.Client, command: Callable[..., Any], certificates: Any, sample_path: str, key: dict[str, str]
) -> None:
    """--certfile and --keyfile, on any --host, with a warning if that lets other machines in."""
    file = str(certificates.file)
    with command("--host", "0.0.0.0", "--certfile", file, "--keyfile", file) as (process, _, printed):
        assert process.stderr.readline().startswith("face-emulator: other machines can reach this port")
        endpoint = printed.split()[1]
        assert endpoint.startswith("https://127.0.0.1:")
        assert f"--cacert {file}" in printed
        with httpx.Client(verify=certificates.client) as client:
            assert client.get(endpoint + sample_path, headers=key).status_code == 200


@pytest.fixture
def signal_handlers() -> Iterator[None]:
    """Put the handlers back that `main` replaces."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signal_handlers")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--images", "missing"], "missing"),
        (["--fault", "colour=red"], "colour"),
        (["--fault", "drop", "--fault", "status=99"], "--fault status=99: status: must be"),
        (["--fault", "{"], "--fault {: "),
        (["--key", ""], "key"),
        (["--port", "65536"], "port"),
        (["--host", "192.0.2.1"], "assign"),
        (["--certfile", "missing.pem"], "missing.pem"),
        (["--keyfile", "missing.pem"], "keyfile"),
        (["--requests-per-second", "0"], "requests_per_second must be a number above 0, not 0.0"),
    ],
)
def test_what_cannot_start_says_why_in_one_line(
    arguments: list[str], said: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Exit status 2, one line on stderr, nothing on stdout."""
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("face-emulator: ")
    assert err.count("\n") == 1
    assert said in err


def test_a_port_in_use_says_so() -> None:
    """The same for a port that somebody else has."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        arguments = [sys.executable, "-m", "face_emulator", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(arguments, capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert done.returncode == 2
    assert done.stdout == ""
    assert "in use" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_the_extra_it_says_what_to_install() -> None:
    """Exit status 2 and one line in place of a traceback."""
    code = """
import sys
sys.modules["starlette"] = sys.modules["uvicorn"] = None
from face_emulator.__main__ import main
sys.exit(main(["--port", "0"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert done.returncode == 2
    assert 'pip install "face-client[emulator]"' in done.stderr
    assert done.stderr.count("\n") == 1
