"""The deadline of a call, and the pace that a stream has to keep."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from face_client import DeadlineExceeded
from face_client_runtime import _operation
from face_client_runtime._deadline import fail_at, limit_timeout
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[..., Any]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n"


@contextmanager
def ends_soon() -> Iterator[None]:
    """A busy machine may take its time, and a wait that nothing ends takes sixty seconds and more."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 10


def drip(connection: socket.socket, data: bytes, first: bytes = b"") -> None:
    """Sends the same bytes over and over, for as long as somebody takes them, thirty seconds at the most."""
    connection.sendall(first)
    for _ in range(600):
        connection.sendall(data)
        time.sleep(0.05)


SLOW: dict[str, Callable[[socket.socket, bytes], object]] = {
    "silence": lambda connection, _: connection.recv(1),
    "header": lambda connection, _: drip(connection, b"x", b"HTTP/1.1 200 OK\r\nX-Long: "),
    "interim": lambda connection, _: drip(connection, b"HTTP/1.1 100 Continue\r\n\r\n"),
}
SLOW_BODIES: dict[str, Callable[[socket.socket, bytes], object]] = {
    "length": lambda connection, _: drip(connection, b"x", HEAD % 1000),
    "until the end": lambda connection, _: drip(connection, b"x", b"HTTP/1.1 200 OK\r\n\r\n"),
    "chunk": lambda connection, _: drip(connection, b"0", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "stall": lambda connection, _: (connection.sendall(HEAD % 9), connection.recv(1)),
}


@pytest.mark.parametrize("answer", [*SLOW.values(), *SLOW_BODIES.values()], ids=[*SLOW, *SLOW_BODIES])
def test_a_slow_server_is_left_at_the_deadline(call: Call, make_client: Call, raw_server: Call, answer: Any) -> None:
    """A server that is silent, or sends a byte now and then, is left at the deadline, with words that say where."""
    server = raw_server(answer)

    with ends_soon(), pytest.raises(DeadlineExceeded) as caught:
        call(make_client(server.endpoint, deadline=0.4, max_retries=3), SAMPLE_IMAGE_ID)

    says = f"{server.authority}: no complete response within 0.4 s, after 1 attempt (client request id "
    assert str(caught.value).startswith(says)
    assert caught.value.__context__ is None
    assert isinstance(caught.value, httpx.TimeoutException)


@pytest.mark.parametrize("place", ["headers", "httpx_args"])
def test_the_error_of_a_deadline_shows_the_id_that_was_sent(
    call: Call, make_client: Call, raw_server: Call, place: str
) -> None:
    """Where the caller has an id of their own for the request, that is the one to look for."""
    headers = {"x-ms-client-request-id": "mine"}
    options = {"headers": headers} if place == "headers" else {"httpx_args": {"headers": headers}}
    server = raw_server(SLOW["silence"])

    with pytest.raises(DeadlineExceeded, match=r" \(client request id mine\)$"):
        call(make_client(server.endpoint, deadline=0.4, **options), SAMPLE_IMAGE_ID)

    assert b"x-ms-client-request-id: mine" in server.requests[0]


@pytest.mark.parametrize("answer", [SLOW["silence"], SLOW["header"]], ids=["silence", "header"])
def test_a_stream_begins_before_the_deadline(pieces: Call, make_client: Call, raw_server: Call, answer: Any) -> None:
    """The deadline is for a stream too, until its body begins."""
    with ends_soon(), pytest.raises(DeadlineExceeded, match=r"within 0\.4 s, after 1 attempt"):
        pieces(make_client(raw_server(answer).endpoint, deadline=0.4))


def test_connecting_has_the_deadline(call: Call, make_client: Call) -> None:
    """A server that never begins the TLS handshake is left at the deadline."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = make_client(f"https://127.0.0.1:{listener.getsockname()[1]}", deadline=0.4, timeout=60)
        with ends_soon(), pytest.raises(DeadlineExceeded):
            call(client, SAMPLE_IMAGE_ID)


def test_resolving_has_the_deadline(call: Call, make_client: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that takes longer does not keep a call beyond its deadline."""
    answered, left = threading.Event(), threading.Event()

    def slow(*_arguments: Any, flags: int = 0, **_options: Any) -> list[Any]:
        if not flags & socket.AI_NUMERICHOST:
            answered.wait(30)
            left.set()
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    try:
        with ends_soon(), pytest.raises(DeadlineExceeded):
            call(make_client("https://contoso.example", deadline=0.4, timeout=60), SAMPLE_IMAGE_ID)
    finally:
        answered.set()
        assert left.wait(20)


def test_waiting_for_a_connection_has_the_deadline(
    call: Call, make_client: Call, raw_server: Call, one_connection: dict[str, Any]
) -> None:
    """A call that waits for another one's connection is left at its deadline."""
    reached, done = threading.Event(), threading.Event()
    server = raw_server(lambda *_: (reached.set(), done.wait(30)))
    client = make_client(server.endpoint, **{**one_connection, "timeout": 60})
    failures: list[Exception] = []

    def first() -> None:
        try:
            call(client, SAMPLE_IMAGE_ID)
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    assert reached.wait(20)
    client.deadline = 0.4
    with ends_soon(), pytest.raises(DeadlineExceeded):
        call(client, SAMPLE_IMAGE_ID)
    done.set()
    thread.join(20)
    assert [type(error) for error in failures] == [httpx.RemoteProtocolError]


@pytest.mark.parametrize("options", [{"proxy": True}, {"transport": True}], ids=["proxy", "transport"])
def test_other_connections_have_the_deadline(
    call: Call, form: str, make_client: Call, raw_server: Call, options: dict[str, Any]
) -> None:
    """Over a proxy, and over a transport of httpx's that the caller made, silence ends at the deadline too."""
    server = raw_server(SLOW["silence"])
    transport = httpx.HTTPTransport() if form == "sync" else httpx.AsyncHTTPTransport()
    chosen = {"proxy": server.endpoint} if "proxy" in options else {"transport": transport}
    endpoint = "https://contoso.example" if "proxy" in options else server.endpoint

    with ends_soon(), pytest.raises(DeadlineExceeded):
        call(make_client(endpoint, deadline=0.4, timeout=60, httpx_args=chosen), SAMPLE_IMAGE_ID)


def test_a_body_over_a_transport_of_the_callers_has_the_deadline(
    call: Call, form: str, make_client: Call, raw_server: Call
) -> None:
    """With a transport of httpx's own, the clock is looked at between two pieces."""
    transport = httpx.HTTPTransport() if form == "sync" else httpx.AsyncHTTPTransport()
    client = make_client(raw_server(SLOW_BODIES["length"]).endpoint, deadline=0.4, httpx_args={"transport": transport})

    with ends_soon(), pytest.raises(DeadlineExceeded):
        call(client, SAMPLE_IMAGE_ID)


def test_the_deadline_is_for_all_tries_together(call: Call, make_client: Call, face_emulator: Emulator) -> None:
    """Tries that fail one after the other have one deadline, and the last one is cut short."""
    face_emulator.faults.add(Fault(status=503, retry_after="0.01", times=2))
    face_emulator.faults.add(Fault(delay=30))

    with ends_soon(), pytest.raises(DeadlineExceeded, match=r"within 1 s, after 3 attempts"):
        call(make_client(face_emulator.endpoint, deadline=1, max_retries=9), SAMPLE_IMAGE_ID)


def test_a_call_that_needs_its_time_has_it(call: Call, make_client: Call, face_emulator: Emulator) -> None:
    """Without a deadline, a slow answer is waited for."""
    face_emulator.faults.add(Fault(delay=0.3))

    assert call(make_client(face_emulator.endpoint, deadline=None), SAMPLE_IMAGE_ID)


def test_an_error_whose_body_does_not_end(
    detailed: Call, make_client: Call, raw_server: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status is known, and the rest of the words are not worth the wait: not five seconds, nor the deadline."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        drip(connection, b"x", b"HTTP/1.1 404 Not Found\r\nContent-Length: 90000\r\n\r\nno such")

    server = raw_server(answer)
    with ends_soon():
        by_the_deadline = detailed(make_client(server.endpoint, deadline=1), SAMPLE_IMAGE_ID)
    monkeypatch.setattr(_operation, "MAX_ERROR_BODY_WAIT", _operation.MAX_ERROR_BODY_WAIT / 10)
    with ends_soon():
        by_the_wait = detailed(make_client(server.endpoint), SAMPLE_IMAGE_ID)

    for response in (by_the_deadline, by_the_wait):
        assert response.status_code == 404
        assert response.content.startswith(b"no such")
        assert len(response.content) < 1000


# Streams


@pytest.mark.parametrize("answer", [SLOW_BODIES["length"], SLOW_BODIES["stall"]], ids=["drip", "stall"])
def test_a_stream_that_stalls_is_given_up(pieces: Call, make_client: Call, raw_server: Call, answer: Any) -> None:
    """A stream that brings less than 1 KiB in `stall_timeout` seconds is an httpx.ReadTimeout that says so."""
    server = raw_server(answer)

    with ends_soon(), pytest.raises(httpx.ReadTimeout) as caught:
        pieces(make_client(server.endpoint, stall_timeout=0.5))

    says = f"less than 1024 bytes from {server.authority} in 0.5 s (client request id "
    assert str(caught.value).startswith(says)


def test_a_slow_stream_is_not_given_up(pieces: Call, make_client: Call, raw_server: Call) -> None:
    """A stream that brings more than 1 KiB in each `stall_timeout` may take several times that long."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HEAD % 22_000)
        for _ in range(20):
            time.sleep(0.12)
            connection.sendall(bytes(1100))

    received = pieces(make_client(raw_server(answer).endpoint, stall_timeout=1))

    assert b"".join(received) == bytes(22_000)


def test_a_save_that_stalls_is_given_up(save: Call, make_client: Call, raw_server: Call, tmp_path: Any) -> None:
    """The pace is for `save` too."""
    with ends_soon(), pytest.raises(httpx.ReadTimeout, match=r"less than 1024 bytes"):
        save(make_client(raw_server(SLOW_BODIES["length"]).endpoint, stall_timeout=0.5), "id", tmp_path / "image")


def test_a_stall_over_a_transport_of_the_callers(pieces: Call, form: str, make_client: Call, raw_server: Call) -> None:
    """With a transport of httpx's own, a stream that brings nothing is given up as well."""
    transport = httpx.HTTPTransport() if form == "sync" else httpx.AsyncHTTPTransport()
    client = make_client(
        raw_server(SLOW_BODIES["stall"]).endpoint,
        stall_timeout=0.4,
        deadline=20,
        httpx_args={"transport": transport},
    )

    with ends_soon(), pytest.raises(httpx.ReadTimeout, match=r"less than 1024 bytes from .* in 0\.4 s"):
        pieces(client)


@pytest.mark.parametrize(
    ("stall_timeout", "own"), [(5, False), (None, False), (5, True)], ids=["ours", "at any pace", "the caller's"]
)
def test_a_stream_may_outlast_the_deadline(
    pieces: Call, form: str, make_client: Call, raw_server: Call, stall_timeout: float | None, own: bool
) -> None:
    """The deadline is over when the body of a stream begins."""
    go_on = threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HEAD % 10 + b"01234")
        assert go_on.wait(20)
        time.sleep(0.05)
        connection.sendall(b"56789")

    transport = httpx.HTTPTransport() if form == "sync" else httpx.AsyncHTTPTransport()
    client = make_client(
        raw_server(answer).endpoint,
        deadline=1,
        stall_timeout=stall_timeout,
        httpx_args={"transport": transport} if own else None,
    )
    begun = time.monotonic()

    def outlast(_piece: bytes) -> None:
        if not go_on.is_set():
            time.sleep(max(0, begun + 1.1 - time.monotonic()))
            go_on.set()

    assert b"".join(pieces(client, each=outlast)) == b"0123456789"


def test_a_caller_may_take_their_time(pieces: Call, make_client: Call, face_emulator: Emulator) -> None:
    """What the caller does between two pieces does not count as waiting for the server."""
    face_emulator.images[SAMPLE_IMAGE_ID] = bytes(400_000)
    client = make_client(face_emulator.endpoint, stall_timeout=1)
    pauses = iter([1.2])

    received = pieces(client, SAMPLE_IMAGE_ID, each=lambda _: time.sleep(next(pauses, 0)))

    assert b"".join(received) == bytes(400_000)


def test_a_block_within_a_block_ends_no_later() -> None:
    """Of two deadlines the earlier one counts, and a timeout that ends before it."""
    now = time.monotonic()
    with fail_at(now + 50):
        with fail_at(now + 90):
            assert 40 < (limit_timeout(None) or 0) <= 50
        with fail_at(now + 20):
            assert 10 < (limit_timeout(60) or 0) <= 20
            assert limit_timeout(5) == 5
        with fail_at(None):
            assert 40 < (limit_timeout(None) or 0) <= 50
    assert limit_timeout(None) is None
    with fail_at(now), pytest.raises(TimeoutError):
        limit_timeout(None)
