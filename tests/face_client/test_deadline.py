"""The deadline of a call, and the pace that a stream has to keep."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import ApiError, Client, DeadlineExceeded
from face_client.api.liveness_session_operations import get_session_image
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[..., Any]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n"


@contextmanager
def ends_within(low: float, high: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert low <= time.monotonic() - start < high


def drip(data: bytes, connection: socket.socket) -> None:
    """Sends a byte at a time, for as long as somebody takes them, twenty seconds at the most."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in data[:400]:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def dripping_head(connection: socket.socket, _request: bytes = b"") -> None:
    drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000, connection)


def dripping_body(connection: socket.socket, _request: bytes = b"") -> None:
    connection.sendall(HEAD % 1000)
    drip(b"x" * 1000, connection)


def silence(connection: socket.socket, _request: bytes = b"") -> None:
    connection.recv(1)


@pytest.mark.parametrize("answer", [silence, dripping_head])
def test_a_call_that_gets_no_answer_ends_in_time(
    send: Call, make_client: Call, raw_server: Call, answer: Callable[[socket.socket, bytes], None]
) -> None:
    """A server that says nothing, or a byte now and then, is left at the deadline, with words that say where."""
    server = raw_server(answer)

    with ends_within(0.4, 3), pytest.raises(DeadlineExceeded) as caught:
        send(make_client(server.endpoint, deadline=0.4, max_retries=3), SAMPLE_IMAGE_ID)

    assert str(caught.value) == f"no complete response from {server.authority} within 0.4 s, in 1 try"
    assert caught.value.__context__ is None
    assert isinstance(caught.value, httpx.TimeoutException)


@pytest.mark.parametrize("form", ["sync", "asyncio", "sync_detailed", "asyncio_detailed"])
def test_a_body_that_does_not_end_ends_in_time(
    form: str, portal: BlockingPortal, make_client: Call, raw_server: Call
) -> None:
    """A body that drips keeps no call beyond its deadline."""
    client = make_client(raw_server(dripping_body).endpoint, deadline=0.4, max_retries=3)
    function = partial(getattr(get_session_image, form), SAMPLE_IMAGE_ID, client=client)

    with ends_within(0.4, 3), pytest.raises(DeadlineExceeded, match=r"within 0\.4 s"):
        portal.call(function) if "asyncio" in form else function()


def test_the_deadline_is_for_all_tries_together(call: Call, make_client: Call, face_emulator: Emulator) -> None:
    """Tries that fail one after the other have one deadline, and the last one is cut short."""
    face_emulator.faults.add(Fault(status=503, retry_after=0, delay=0.25))

    with ends_within(0.6, 3), pytest.raises(DeadlineExceeded, match=r"within 0\.6 s, in 3 tries"):
        call(make_client(face_emulator.endpoint, deadline=0.6, max_retries=9), SAMPLE_IMAGE_ID)


def test_a_call_that_needs_its_time_has_it(call: Call, make_client: Call, face_emulator: Emulator) -> None:
    """Without a deadline, a slow answer is waited for."""
    face_emulator.faults.add(Fault(delay=0.5))

    assert call(make_client(face_emulator.endpoint, deadline=None), SAMPLE_IMAGE_ID)


def test_an_error_whose_body_drips_is_told_with_what_arrived(
    outcome: Call, make_client: Call, raw_server: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status is known, and the rest of the words are not worth the wait."""
    monkeypatch.setattr("face_client_runtime._operation.MAX_ERROR_BODY_WAIT", 0.4)

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n")
        drip(b"no such image" * 100, connection)

    with ends_within(0.4, 3):
        error = outcome(make_client(raw_server(answer).endpoint), SAMPLE_IMAGE_ID)

    assert error.status_code == 404
    assert (error.excerpt if isinstance(error, ApiError) else error.content.decode()).startswith("no s")


def _streamed(portal: BlockingPortal, asynchronous: bool, client: Client, pause: float = 0) -> bytes:
    """Reads a stream, with a pause of the caller's after each piece."""
    if not asynchronous:
        with get_session_image.stream(SAMPLE_IMAGE_ID, client=client) as body:
            return b"".join(piece for piece in body.iter_bytes() if time.sleep(pause) is None)

    async def read() -> bytes:
        async with get_session_image.asyncio_stream(SAMPLE_IMAGE_ID, client=client) as body:
            return b"".join([piece async for piece in body.iter_bytes() if time.sleep(pause) is None])

    return portal.call(read)


@pytest.fixture(params=["sync", "async"])
def streamed(request: pytest.FixtureRequest, portal: BlockingPortal) -> Callable[..., bytes]:
    """Both streams, as `streamed(client)`."""
    return partial(_streamed, portal, request.param == "async")


@pytest.mark.parametrize(
    "answer", [dripping_body, lambda connection, _request: (connection.sendall(HEAD % 9), silence(connection))]
)
def test_a_stream_that_stalls_is_given_up(streamed: Call, make_client: Call, raw_server: Call, answer: Any) -> None:
    """A stream that brings less than 1 KiB in `stall_timeout` seconds is an httpx.ReadTimeout that says so."""
    server = raw_server(answer)

    with ends_within(0.5, 3), pytest.raises(httpx.ReadTimeout) as caught:
        streamed(make_client(server.endpoint, stall_timeout=0.5))

    assert str(caught.value) == f"less than 1024 bytes came from {server.authority} in 0.5 s"


def test_the_deadline_is_over_when_the_body_of_a_stream_begins(
    streamed: Call, make_client: Call, face_emulator: Emulator
) -> None:
    """A stream may take longer than the deadline, as long as it moves."""
    face_emulator.images[SAMPLE_IMAGE_ID] = bytes(20_000)
    face_emulator.faults.add(Fault(chunk_size=2_000, chunk_delay=0.1))

    with ends_within(0.8, 5):
        image = streamed(make_client(face_emulator.endpoint, deadline=0.4, stall_timeout=0.4))

    assert image == bytes(20_000)


def test_a_caller_may_take_their_time(streamed: Call, make_client: Call, face_emulator: Emulator) -> None:
    """What the caller does between two pieces does not count as waiting for the server."""
    face_emulator.images[SAMPLE_IMAGE_ID] = bytes(400_000)

    assert streamed(make_client(face_emulator.endpoint, stall_timeout=0.1), pause=0.15) == bytes(400_000)


def test_without_a_stall_timeout_any_pace_will_do(streamed: Call, make_client: Call, face_emulator: Emulator) -> None:
    """A caller who says None has all the time in the world."""
    face_emulator.images[SAMPLE_IMAGE_ID] = b"slow"
    face_emulator.faults.add(Fault(chunk_size=1, chunk_delay=0.1))

    assert streamed(make_client(face_emulator.endpoint, stall_timeout=None)) == b"slow"


@pytest.mark.parametrize("answer", [silence, dripping_body])
def test_a_transport_of_the_callers_keeps_the_deadline_too(
    make_client: Call, raw_server: Call, answer: Callable[[socket.socket, bytes], None]
) -> None:
    """With httpx's own transport each wait is cut short, and the clock is looked at between two pieces."""
    options = {"transport": httpx.HTTPTransport()}

    with ends_within(0.4, 3), pytest.raises(DeadlineExceeded):
        get_session_image.sync(
            SAMPLE_IMAGE_ID, client=make_client(raw_server(answer).endpoint, deadline=0.4, httpx_args=options)
        )


def test_a_transport_of_the_callers_notices_a_stall_too(make_client: Call, raw_server: Call) -> None:
    """With httpx's own transport a stream that brings nothing for `stall_timeout` seconds is given up as well."""
    server = raw_server(lambda connection, _request: (connection.sendall(HEAD % 9), silence(connection)))
    options = {"transport": httpx.HTTPTransport()}

    with ends_within(0.4, 3), pytest.raises(httpx.ReadTimeout, match=r"less than 1024 bytes came from .* in 0\.4 s"):
        _streamed(None, False, make_client(server.endpoint, stall_timeout=0.4, deadline=0.2, httpx_args=options))
