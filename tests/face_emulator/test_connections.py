import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault


def test_fifty_clients_at_once(face_emulator: Emulator, url: str, key: dict[str, str]) -> None:
    """All of them wait at the same time, and each gets the whole image."""
    face_emulator.faults.add(Fault(delay=0.3))
    at_once = threading.Barrier(50)

    def fetch(_: int) -> bytes:
        with httpx.Client(headers=key, verify=False) as client:  # fifty TLS contexts would take longer than the rest
            at_once.wait()
            return client.get(url, timeout=30).content

    with ThreadPoolExecutor(50) as pool:
        started = time.monotonic()
        bodies = list(pool.map(fetch, range(50)))
    assert bodies == [face_emulator.images[SAMPLE_IMAGE_ID]] * 50
    assert len(face_emulator.requests) == 50
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "fault",
    [
        Fault(),
        Fault(delay=3600),
        Fault(drop=True, delay=3600),
        Fault(chunk_size=1000, chunk_delay=3600),
        Fault(truncate=600_000),
    ],
)
def test_stopping_does_not_wait_for_open_connections(
    sample_path: str, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """Hung, slow, idle and never-reading clients are cut off at once, and no thread is left."""
    threads = set(threading.enumerate())
    with Emulator() as face:
        face.images[SAMPLE_IMAGE_ID] *= 100  # more than the buffers on the way hold
        face.faults.add(fault)
        address = ("127.0.0.1", int(face.endpoint.rpartition(":")[2]))
        clients = [socket.create_connection(address) for _ in range(3)]
        request = f"GET {sample_path} HTTP/1.1\r\nhost: localhost\r\nocp-apim-subscription-key: emulator-key\r\n"
        clients[0].sendall(f"{request}\r\n".encode())
        clients[1].sendall(f"{request}upgrade: h2c\r\nconnection: upgrade\r\n\r\n".encode())
        clients[2].sendall(request.encode())
        while len(face.requests) < 2:
            time.sleep(0.01)
        started = time.monotonic()
    assert time.monotonic() - started < 30
    assert set(threading.enumerate()) <= threads
    for client in clients:
        client.close()
    assert caplog.records == []


def test_a_client_that_leaves_ends_the_wait(
    http: httpx.Client, face_emulator: Emulator, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Giving up during a delay leaves nothing behind and no noise."""
    face_emulator.faults.add(Fault(delay=3600, times=1))
    with pytest.raises(httpx.ReadTimeout):
        http.get(url, timeout=httpx.Timeout(30, read=0.1))
    assert http.get(url).status_code == 401
    assert caplog.records == []


def test_garbage_is_refused_without_noise(
    http: httpx.Client, face_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """What is not HTTP gets a 400, and the next client is served."""
    with socket.create_connection(("127.0.0.1", int(face_emulator.endpoint.rpartition(":")[2]))) as client:
        client.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert http.get(face_emulator.endpoint + "/nowhere").status_code == 404
    assert caplog.records == []


def test_https_with_a_certificate(tmp_path: Path, sample_path: str, key: dict[str, str]) -> None:
    """With a certificate the endpoint is https, and faults work there, too."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    command += " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    with Emulator(certfile=tmp_path / "cert.pem", keyfile=tmp_path / "key.pem") as face:
        assert face.endpoint.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=tmp_path / "cert.pem")
        with httpx.Client(verify=context, headers=key) as client:
            assert client.get(face.endpoint + sample_path).status_code == 200
            face.faults.add(Fault(drop=True, times=1), Fault(truncate=10, times=1), Fault(delay=3600))
            for said in ("Server disconnected", "received 10 bytes"):
                with pytest.raises(httpx.RemoteProtocolError, match=said):
                    client.get(face.endpoint + sample_path)
            with pytest.raises(httpx.ReadTimeout):
                client.get(face.endpoint + sample_path, timeout=httpx.Timeout(30, read=0.2))


def test_a_bad_certificate_is_an_error_in_the_callers_thread(tmp_path: Path) -> None:
    """A file that is missing raises on entering."""
    with pytest.raises(FileNotFoundError), Emulator(certfile=tmp_path / "missing.pem"):
        pass
