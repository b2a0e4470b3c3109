import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault
from face_emulator.fault_spec import fault_from_text
from face_emulator.images import bundled_image

IMAGE = bundled_image()
Outcome = httpx.Response | httpx.HTTPError


def closes(outcome: Outcome) -> str:
    assert isinstance(outcome, httpx.RemoteProtocolError), outcome
    return str(outcome)


def answers(outcome: Outcome, status: int = 200, content: bytes | None = IMAGE, **headers: str | None) -> bool:
    assert isinstance(outcome, httpx.Response), outcome
    assert outcome.status_code == status
    assert content is None or outcome.content == content
    for name, value in headers.items():
        assert outcome.headers.get(name.replace("_", "-")) == value
    return True


KINDS: list[tuple[str, Callable[[Outcome], Any]]] = [
    ("status=503,retry-after=1", lambda o: answers(o, 503, None, retry_after="1", x_ms_error_code="503")),
    (
        '{"status": 400, "error": {"code": "A", "innererror": {"code": "B"}}}',
        lambda o: answers(o, 400, b'{"error":{"code":"A","innererror":{"code":"B"}}}', x_ms_error_code="A"),
    ),
    ("status=520", lambda o: answers(o, 520, None, content_type="application/json")),
    ("status=204", lambda o: answers(o, 204, b"", content_length=None)),
    ("status=206,body=part", lambda o: answers(o, 206, b"part", content_type="application/octet-stream")),
    ("status=200", lambda o: answers(o, 200, b"", content_type=None)),
    ('{"status": 302, "headers": {"Location": "/else"}}', lambda o: answers(o, 302, b"", location="/else")),
    ("status=400,body=not JSON", lambda o: answers(o, 400, b"not JSON", content_type="application/json")),
    ("status=400,body=,content-type=text/plain", lambda o: answers(o, 400, b"", content_type="text/plain")),
    ("body=another", lambda o: answers(o, 200, b"another", content_type="application/octet-stream")),
    ("html,status=502", lambda o: answers(o, 502, None, content_type="text/html; charset=utf-8", x_ms_error_code=None)),
    ("html", lambda o: answers(o, 200, None, content_type="text/html; charset=utf-8")),
    ("content-type=image/jpeg", lambda o: answers(o, content_type="image/jpeg")),
    ('{"headers": {"Content-Type": "a/b", "x-c": "d"}}', lambda o: answers(o, content_type="a/b", x_c="d")),
    ("chunked", lambda o: answers(o, content_length=None, transfer_encoding="chunked")),
    ("chunk-size=100000,chunk-delay=0.001", lambda o: answers(o, content_length=str(len(IMAGE)))),
    ("delay=0.01", answers),
    ("drop", lambda o: closes(o).startswith("Server disconnected")),
    ("drop,delay=0.01", lambda o: closes(o).startswith("Server disconnected")),
    ("truncate=1000", lambda o: f"received 1000 bytes, expected {len(IMAGE)}" in closes(o)),
    ("truncate=0", lambda o: "received 0 bytes" in closes(o)),
    ("truncate=9999999", answers),
    ("truncate=1000,chunked", lambda o: "incomplete chunked read" in closes(o)),
    ("truncate=2,status=500", lambda o: "received 2 bytes" in closes(o)),
    ("content-length=10", lambda o: answers(o, 200, IMAGE[:10], content_length="10")),
    ("content-length=9999999", lambda o: f"received {len(IMAGE)} bytes, expected 9999999" in closes(o)),
]
SPECS = [spec.replace("{", '{"times": 1, ', 1) if "{" in spec else spec + ",times=1" for spec, _ in KINDS]


@contextmanager
def set_in_python(command: Any) -> Iterator[str]:
    with Emulator() as face:
        face.faults.add(*map(fault_from_text, SPECS))
        yield face.endpoint


@contextmanager
def set_over_http(command: Any) -> Iterator[str]:
    with Emulator() as face:
        httpx.post(face.endpoint + "/_emulator/faults", json=[fault_from_text(spec).as_json() for spec in SPECS])
        yield face.endpoint


@contextmanager
def set_on_the_command_line(command: Any) -> Iterator[str]:
    with command(*(argument for spec in SPECS for argument in ("--fault", spec))) as (process, endpoint, _):
        yield endpoint
        process.terminate()
        assert process.communicate(timeout=60)[1] == ""


def ask(url: str) -> Outcome:
    # On a connection of its own: bytes beyond a Content-Length would be taken for the next answer.
    try:
        return httpx.get(url, headers={"ocp-apim-subscription-key": "emulator-key"}, verify=False)
    except httpx.HTTPError as exc:
        return exc


@pytest.mark.parametrize("way", [set_in_python, set_over_http, set_on_the_command_line])
def test_every_kind_of_fault_each_way(
    way: Any, command: Any, sample_path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Each fault does what it says once, however it was set, and nothing is logged."""
    with way(command) as endpoint:
        for spec, happens in KINDS:
            outcome = ask(endpoint + sample_path)
            assert happens(outcome), f"{spec}: {outcome!r}"
            assert isinstance(outcome, httpx.HTTPError) or outcome.headers["apim-request-id"]
        assert answers(ask(endpoint + sample_path))
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_fault_without_a_status_keeps_the_services_own_answer(
    http: httpx.Client, face_emulator: Emulator, url: str
) -> None:
    """Credentials and ids are looked at as ever."""
    face_emulator.faults.add(Fault(retry_after=1))
    response = http.get(url)
    assert (response.status_code, response.headers["retry-after"]) == (401, "1")


def test_a_delay_holds_the_answer_back(
    http: httpx.Client, face_emulator: Emulator, url: str, key: dict[str, str]
) -> None:
    """Nothing comes before the delay is over."""
    face_emulator.faults.add(Fault(delay=3600, times=1), Fault(delay=0.1))
    with pytest.raises(httpx.ReadTimeout):
        http.get(url, headers=key, timeout=httpx.Timeout(30, read=0.1))
    started = time.monotonic()
    assert http.get(url, headers=key).content == IMAGE
    assert time.monotonic() - started >= 0.1


def test_a_chunk_delay_holds_the_rest_back(face_emulator: Emulator, url: str, key: dict[str, str]) -> None:
    """The first chunk comes at once, each further one after the delay."""
    face_emulator.faults.add(
        Fault(body=b"x" * 30, chunk_size=10, chunk_delay=3600, times=1),
        Fault(body=b"x" * 30, chunk_size=10, chunk_delay=0.05),
    )
    timeout = httpx.Timeout(30, read=0.1)
    with httpx.stream("GET", url, headers=key, timeout=timeout, verify=False) as response:
        chunks = response.iter_raw()
        assert len(next(chunks)) == 10
        with pytest.raises(httpx.ReadTimeout):
            next(chunks)
    started = time.monotonic()
    with httpx.stream("GET", url, headers=key, verify=False) as response:
        assert b"".join(response.iter_raw()) == b"x" * 30
    assert time.monotonic() - started >= 0.1


def test_surplus_bytes_really_go_over_the_wire(
    face_emulator: Emulator, exchange: Callable[..., bytes], sample_path: str
) -> None:
    """A Content-Length that is too small is followed by all of the body."""
    face_emulator.faults.add(Fault(body=b"0123456789", content_length=4))
    head, _, body = exchange(f"GET {sample_path} HTTP/1.1", "host: localhost").partition(b"\r\n\r\n")
    assert b"content-length: 4" in head
    assert body == b"0123456789"


def test_what_real_clients_send_is_tolerated(
    face_emulator: Emulator, exchange: Callable[..., bytes], sample_path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """JSON wanted, a body and its type on a GET, an upgrade to HTTP/2 offered: none of it matters, nor is it logged."""
    answer = exchange(
        f"GET {sample_path} HTTP/1.1",
        "host: localhost",
        "accept: application/json",
        "content-type: application/json",
        "content-length: 2",
        "upgrade: h2c",
        "http2-settings: AAMAAABkAARAAAAAAAIAAAAA",
        "connection: Upgrade, HTTP2-Settings, close",
        "OCP-APIM-SUBSCRIPTION-KEY: emulator-key",
        body=b"{}",
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(IMAGE)
    assert caplog.records == []


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_old_clients_are_served(face_emulator: Emulator, exchange: Callable[..., bytes], version: str) -> None:
    """HTTP/1.0 gets the image, too, chunked or not."""
    face_emulator.images["x"] = b"image"
    face_emulator.faults.add(Fault(), Fault(chunked=True))
    target = "/face/v1.2/sessionImages/x"
    for _ in range(2):
        answer = exchange(
            f"GET {target} HTTP/{version}",
            "host: localhost",
            "ocp-apim-subscription-key: emulator-key",
            "connection: close",
        )
        assert b"image" in answer


def test_connections_are_kept_alive(face_emulator: Emulator, url: str, key: dict[str, str]) -> None:
    """A body that came with a GET does not get in the way of the next request."""
    with httpx.Client(headers=key) as client:
        ports = set()
        for _ in range(3):
            response = client.request("GET", url, content=b"x" * 100_000)
            assert response.status_code == 200
            ports.add(response.extensions["network_stream"].get_extra_info("client_addr"))
    assert len(ports) == 1
    assert {request.path.rpartition("/")[2] for request in face_emulator.requests} == {SAMPLE_IMAGE_ID}
