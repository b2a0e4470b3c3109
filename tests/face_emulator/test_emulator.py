import asyncio
import logging
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import httpx
import pytest

from face_emulator import Emulator, Fault


def test_it_is_up_when_entered_and_gone_when_left(http: httpx.Client, sample_path: str, key: dict[str, str]) -> None:
    """No waiting before the first request; nothing listens after the last."""
    with Emulator() as face:
        endpoint = face.endpoint
        assert http.get(endpoint + sample_path, headers=key).status_code == 200
    with pytest.raises(httpx.ConnectError):
        http.get(endpoint + sample_path)


def test_starting_and_stopping_is_fast() -> None:
    """Each takes less than a tenth of a second."""
    with Emulator():
        pass  # the first start in a process imports Starlette and uvicorn
    started = time.monotonic()
    with Emulator():
        assert time.monotonic() - started < 0.1
        started = time.monotonic()
    assert time.monotonic() - started < 0.1


def test_it_can_be_started_again(http: httpx.Client, key: dict[str, str]) -> None:
    """Images, faults and requests stay; running twice at a time does not work."""
    face = Emulator()
    with face:
        face.images["x"] = b"image"
        face.faults.add(Fault(status=503, times=1))
        with pytest.raises(RuntimeError, match="already running"):
            face.__enter__()
    assert repr(face) == "<Emulator stopped>"
    with pytest.raises(RuntimeError, match="only while it is running"):
        _ = face.endpoint
    with face:
        url = face.endpoint + "/face/v1.2/sessionImages/x"
        assert [http.get(url, headers=key).status_code for _ in range(2)] == [503, 200]
    assert len(face.requests) == 2


def test_two_run_side_by_side(http: httpx.Client) -> None:
    """Each has its own port, key and faults."""
    with Emulator(key="a") as one, Emulator(key="b") as two:
        one.faults.add(Fault(status=503))
        assert http.get(one.endpoint + "/face/x").status_code == 503
        assert http.get(two.endpoint + "/face/x").status_code == 404


def test_a_port_in_use_is_an_oserror_in_the_callers_thread() -> None:
    """It is raised on entering, and leaves no thread."""
    threads = threading.enumerate()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Emulator(port=taken.getsockname()[1]).__enter__()
    assert threading.enumerate() == threads


def test_a_chosen_port_is_free_again_after_leaving(http: httpx.Client) -> None:
    """The same port can be taken at once, connections or not."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for _ in range(3):
        with Emulator(port=port) as face:
            assert face.endpoint == f"http://127.0.0.1:{port}"
            assert http.get(face.endpoint + "/face").status_code == 404


@pytest.mark.parametrize(
    ("host", "connects_to"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("0.0.0.0", "127.0.0.1"),
        ("::1", "[::1]"),
        ("::", "[::1]"),
    ],
)
def test_the_endpoint_can_be_connected_to(http: httpx.Client, host: str, connects_to: str) -> None:
    """Whatever address it listens on."""
    if ":" in host and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with Emulator(host=host) as face:
        assert face.endpoint.rpartition(":")[0] == f"http://{connects_to}"
        assert http.get(face.endpoint + "/_emulator/health").status_code == 200


def test_a_host_of_another_machine_is_an_oserror() -> None:
    """It is raised on entering."""
    with pytest.raises(OSError, match="assign"):
        Emulator(host="192.0.2.1").__enter__()


def test_a_key_file_without_a_certificate_is_refused() -> None:
    """It would be plain http without a word."""
    with pytest.raises(ValueError, match="keyfile"):
        Emulator(keyfile="key.pem")


def test_it_works_within_a_running_event_loop(sample_path: str, key: dict[str, str]) -> None:
    """It has a loop of its own in a thread of its own."""

    async def fetch() -> int:
        with Emulator() as face:
            async with httpx.AsyncClient(headers=key) as client:
                return (await client.get(face.endpoint + sample_path)).status_code

    assert asyncio.run(fetch()) == 200


def test_an_empty_credential_is_refused() -> None:
    """An emulator that lets everybody in would hide a missing header."""
    with pytest.raises(ValueError, match="empty"):
        Emulator(key="")
    with pytest.raises(ValueError, match="empty"):
        Emulator(token="")


def test_the_callers_logging_stays_as_it_was(http: httpx.Client) -> None:
    """uvicorn's loggers keep their handlers and levels."""
    loggers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")]
    before = [(logger.level, list(logger.handlers), logger.propagate, logger.disabled) for logger in loggers]
    with Emulator() as face:
        http.get(face.endpoint)
    assert before == [(logger.level, list(logger.handlers), logger.propagate, logger.disabled) for logger in loggers]


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "python_multipart"])
def test_without_the_extra_starting_says_what_to_install(missing: str) -> None:
    """A plain install can make an Emulator, and is told what it lacks when it starts one."""
    code = f"""
import sys
sys.modules["{missing}"] = None
from face_emulator import Emulator
try:
    Emulator().__enter__()
except ModuleNotFoundError as exc:
    print(exc)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert 'pip install "face-client[emulator]"' in done.stdout
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


@pytest.mark.parametrize("image", ["text", b""])
def test_an_image_of_an_attempt_is_bytes(face_emulator: Emulator, image: Any) -> None:
    """What a client could not get as an image is refused, with the name of the argument."""
    with pytest.raises(ValueError, match=r"image: must be bytes, and not empty"):
        face_emulator.play_attempt("an-id", image=image)


def test_an_empty_host_is_refused() -> None:
    """It would listen on all interfaces, as a variable of a shell that is not set."""
    with pytest.raises(ValueError, match="host must not be empty"):
        Emulator(host="")
