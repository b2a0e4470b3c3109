import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from face_emulator import SAMPLE_IMAGE_ID, Emulator

VERIFY_IMAGE = b"\xff\xd8\xff" + bytes(1021)  # the smallest that is accepted


@pytest.fixture
def verify_image() -> bytes:
    """The image of `create_with_verify`."""
    return VERIFY_IMAGE


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """A client without TLS: loading certificates would take longer than most tests."""
    with httpx.Client(verify=False) as client:
        yield client


@pytest.fixture
def sample_path() -> str:
    """The path of the bundled image."""
    return f"/face/v1.2/sessionImages/{SAMPLE_IMAGE_ID}"


@pytest.fixture
def url(face_emulator: Emulator, sample_path: str) -> str:
    """Where the bundled image is."""
    return face_emulator.endpoint + sample_path


@pytest.fixture
def key() -> dict[str, str]:
    """The header that lets a request in."""
    return {"Ocp-Apim-Subscription-Key": "emulator-key"}


@pytest.fixture
def create(http: httpx.Client, face_emulator: Emulator, key: dict[str, str]) -> Callable[..., httpx.Response]:
    """Create a session with these properties instead of the usual ones; None leaves one out."""

    def send(**properties: Any) -> httpx.Response:
        body = {"livenessOperationMode": "Passive", "deviceCorrelationId": "a device", **properties}
        body = {name: value for name, value in body.items() if value is not None}
        return http.post(face_emulator.endpoint + "/face/v1.2/detectLiveness-sessions", json=body, headers=key)

    return send


@pytest.fixture
def create_with_verify(
    http: httpx.Client, face_emulator: Emulator, key: dict[str, str]
) -> Callable[..., httpx.Response]:
    """The same for a session with verify, whose parts are text; `files` replaces the image."""

    def send(files: Any = None, **parts: str | None) -> httpx.Response:
        data = {"livenessOperationMode": "Passive", "deviceCorrelationId": "a device", **parts}
        data = {name: text for name, text in data.items() if text is not None}
        url = face_emulator.endpoint + "/face/v1.2/detectLivenessWithVerify-sessions"
        return http.post(url, data=data, files=files or {"verifyImage": ("a", VERIFY_IMAGE)}, headers=key)

    return send


@pytest.fixture
def get(http: httpx.Client, face_emulator: Emulator, key: dict[str, str]) -> Callable[[str], httpx.Response]:
    """Get what is at a path below the version."""
    return lambda path: http.get(f"{face_emulator.endpoint}/face/v1.2/{path}", headers=key)


@pytest.fixture
def exchange(face_emulator: Emulator) -> Callable[..., bytes]:
    """Send lines as they are and give back everything that comes until the server closes; httpx would tidy them up."""

    def send(*lines: str, body: bytes = b"") -> bytes:
        host, _, port = face_emulator.endpoint.rpartition("/")[2].partition(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    return send


@pytest.fixture
def command() -> Callable[..., contextlib.AbstractContextManager[tuple["subprocess.Popen[str]", str, str]]]:
    """Run `face-emulator` with the arguments: the process, its endpoint, and what it printed."""

    @contextlib.contextmanager
    def run(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", str, str]]:
        process = subprocess.Popen(
            [sys.executable, "-m", "face_emulator", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        with process:
            assert process.stdout is not None
            printed = ""
            while "Stop:" not in printed and (line := process.stdout.readline()):
                printed += line
            found = re.search(r"http://127\.0\.0\.1:\d+", printed)
            try:
                yield process, found[0] if found else "", printed
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)

    return run
