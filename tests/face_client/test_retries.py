"""Retries: what is tried again, how often, after how long, and what the caller gets in the end."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from email.utils import formatdate
from typing import Any

import httpx
import pytest
import trustme

from face_client import ApiError, Client, IncompleteBody, NotFoundError, RateLimitError, ServerError
from face_client_runtime._retries import RetryState
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[..., Any]
PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 100
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"


@pytest.fixture
def client(make_client: Call, face_emulator: Emulator) -> Client:
    """A client of the emulator that tries again as often as it does when nobody says otherwise."""
    face_emulator.images["a"] = PICTURE
    return make_client(face_emulator.endpoint, max_retries=3)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the pauses that nobody asked for short."""
    monkeypatch.setattr("face_client_runtime._retries.FIRST_PAUSE", 0.001)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_tried_again(
    call: Call, client: Client, face_emulator: Emulator, status: int
) -> None:
    """After a busy or a failing answer comes another try, and its image."""
    face_emulator.faults.add(Fault(status=status, retry_after=0, times=2))

    assert call(client, "a") == PICTURE

    assert len(face_emulator.requests) == 3


@pytest.mark.parametrize("status", [206, 302, 400, 401, 403, 404, 409, 410, 501, 505, 520])
def test_another_status_is_not(outcome: Call, client: Client, face_emulator: Emulator, status: int) -> None:
    """What is wrong with the request, or with the caller's rights, is told at once, whatever Retry-After says."""
    face_emulator.faults.add(Fault(status=status, retry_after=0))

    assert outcome(client, "a").status_code == status

    assert len(face_emulator.requests) == 1


def test_a_page_in_place_of_the_image_is_not(call: Call, client: Client, face_emulator: Emulator) -> None:
    """A 200 with a web page is what a gateway says on purpose."""
    face_emulator.faults.add(Fault(html=True))

    with pytest.raises(ApiError):
        call(client, "a")

    assert len(face_emulator.requests) == 1


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_the_last_answer_counts(outcome: Call, make_client: Call, face_emulator: Emulator, retries: int) -> None:
    """When the tries are used up, the call ends as one without retries would."""
    face_emulator.faults.add(Fault(status=503, body='{"error": {"code": "Busy", "message": "No."}}', retry_after=0))
    client = make_client(face_emulator.endpoint, max_retries=retries)

    last = outcome(client, SAMPLE_IMAGE_ID)

    assert last.status_code == 503
    assert len(face_emulator.requests) == 1 + retries


def test_it_is_the_last_answer_and_not_the_first(call: Call, client: Client, face_emulator: Emulator) -> None:
    """A failure that turns into another one is told as the other one."""
    face_emulator.faults.add(Fault(status=503, retry_after=0, times=1))
    face_emulator.faults.add(Fault(status=404, times=1))

    with pytest.raises(NotFoundError):
        call(client, "a")


@pytest.mark.usefixtures("impatient")
def test_a_dropped_connection_is_tried_again(send: Call, client: Client, face_emulator: Emulator) -> None:
    """Where no answer came, another connection may bring one."""
    face_emulator.faults.add(Fault(drop=True, times=3))

    send(client, "a")

    assert len(face_emulator.requests) == 4


@pytest.mark.usefixtures("impatient")
def test_a_silent_server_is_tried_again(call: Call, make_client: Call, face_emulator: Emulator) -> None:
    """Where nothing came within the read timeout, another try may bring an answer."""
    face_emulator.images["a"] = PICTURE
    face_emulator.faults.add(Fault(delay=2, times=1))

    assert call(make_client(face_emulator.endpoint, timeout=0.2, max_retries=1), "a") == PICTURE


@pytest.mark.usefixtures("impatient")
def test_a_refused_connection_is_tried_again(call: Call, make_client: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that begins to listen between two tries is found."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with ExitStack() as stack:
        pause = RetryState.pause

        def start_and_pause(tries: RetryState, outcome: Any) -> float | None:
            if isinstance(outcome, httpx.ConnectError):
                stack.enter_context(Emulator(port=port, images={"a": PICTURE}))
            return pause(tries, outcome)

        monkeypatch.setattr(RetryState, "pause", start_and_pause)

        assert call(make_client(f"http://127.0.0.1:{port}", max_retries=1), "a") == PICTURE


@pytest.fixture
def half_then_whole(raw_server: Call) -> Iterator[Any]:
    """A server whose first body breaks off, and whose other bodies have other bytes."""
    count = iter(range(100))

    def answer(connection: Any, _request: bytes) -> None:
        number = next(count)
        body = bytes([number]) * 200_000
        connection.sendall(HEAD % len(body) + body[: 150_000 if number == 0 else None])

    return raw_server(answer)


@pytest.mark.usefixtures("impatient")
def test_a_body_that_broke_off_is_asked_for_again(
    send: Call, request: pytest.FixtureRequest, make_client: Call, half_then_whole: Any
) -> None:
    """The new body is read from its beginning; of a stream, which was handed over already, the caller is told."""
    client = make_client(half_then_whole.endpoint, max_retries=3)

    if "stream" in request.node.name:
        with pytest.raises(IncompleteBody, match="150000 of 200000 bytes"):
            send(client, "a")
    else:
        got = send(client, "a")
        assert getattr(got, "content", got) == b"\1" * 200_000
    assert len(half_then_whole.requests) == (1 if "stream" in request.node.name else 2)


@pytest.mark.usefixtures("impatient")
def test_an_incomplete_image_after_the_last_try(make_client: Call, call: Call, face_emulator: Emulator) -> None:
    """A body that breaks off each time is an IncompleteBody in the end."""
    face_emulator.images["a"] = PICTURE
    face_emulator.faults.add(Fault(truncate=100))

    with pytest.raises(IncompleteBody, match=f"100 of {len(PICTURE)} bytes") as caught:
        call(make_client(face_emulator.endpoint, max_retries=2), "a")

    assert (caught.value.received, caught.value.expected) == (100, len(PICTURE))
    assert caught.value.__context__ is None


def _answered(headers: dict[str, str]) -> httpx.Response:
    return httpx.Response(503, headers=headers)


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "0"}, 0, 0),
        ({"Retry-After": "0.25"}, 0.25, 0.25),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0, 0),
        ({"Retry-After": "{in 9 seconds}"}, 7, 9),
        ({"retry-after-ms": "1500"}, 1.5, 1.5),
        ({"x-ms-retry-after-ms": "20"}, 0.02, 0.02),
        ({"retry-after-ms": "1500", "Retry-After": "9"}, 1.5, 1.5),
        ({"retry-after-ms": "soon", "Retry-After": "9"}, 9, 9),
        ({"Retry-After": "soon"}, 0.25, 0.5),
        ({"Retry-After": "-5"}, 0.25, 0.5),
        ({"Retry-After": "nan"}, 0.25, 0.5),
        ({"retry-after-ms": "inf"}, 0.25, 0.5),
        ({}, 0.25, 0.5),
    ],
)
def test_the_server_says_how_long_to_wait(headers: dict[str, str], low: float, high: float) -> None:
    """Seconds, a date or milliseconds are honoured; what makes no sense counts as not said."""
    in_9_seconds = formatdate(time.time() + 9, usegmt=True)
    given = {name: value.replace("{in 9 seconds}", in_9_seconds) for name, value in headers.items()}

    pause = RetryState("GET", 3, None).pause(_answered(given))

    assert pause is not None
    assert low <= pause <= high


@pytest.mark.parametrize("asked", ["61", "3600", "9" * 300, "Wed, 21 Oct 2999 07:28:00 GMT"])
@pytest.mark.parametrize("deadline", [120.0, None])
def test_an_hour_of_patience_is_the_callers_to_have(
    outcome: Call, make_client: Call, face_emulator: Emulator, asked: str, deadline: float | None
) -> None:
    """A pause of more than a minute is not waited for: the caller is told at once, and for how long."""
    face_emulator.faults.add(Fault(status=429, retry_after=asked))

    start = time.monotonic()
    refused = outcome(make_client(face_emulator.endpoint, deadline=deadline, max_retries=3), SAMPLE_IMAGE_ID)

    assert refused.status_code == 429
    assert not isinstance(refused, RateLimitError) or refused.retry_after > 60
    assert time.monotonic() - start < 5
    assert len(face_emulator.requests) == 1


def test_a_pause_beyond_the_deadline_is_not_begun(call: Call, make_client: Call, face_emulator: Emulator) -> None:
    """When the server wants more time than is left, its answer is raised, and the time is not waited out."""
    face_emulator.faults.add(Fault(status=503, retry_after=10))

    start = time.monotonic()
    with pytest.raises(ServerError) as caught:
        call(make_client(face_emulator.endpoint, deadline=9, max_retries=3), SAMPLE_IMAGE_ID)

    assert caught.value.retry_after == 10
    assert time.monotonic() - start < 5


def test_a_pause_is_waited_for(call: Call, client: Client, face_emulator: Emulator) -> None:
    """The next try comes no sooner than the server has asked for."""
    face_emulator.faults.add(Fault(status=503, headers={"retry-after-ms": "300"}, times=1))

    start = time.monotonic()
    assert call(client, "a") == PICTURE

    assert time.monotonic() - start >= 0.3


def test_the_pauses_grow_and_differ() -> None:
    """If the server does not say, the pauses are 0.5, 1, 2 and so on up to 8 s, of which chance takes up to a half."""
    calls = [RetryState("GET", 7, None) for _ in range(200)]

    for longest in (0.5, 1, 2, 4, 8, 8, 8):
        pauses = [tries.pause(_answered({})) or 0 for tries in calls]
        assert all(longest / 2 <= pause <= longest for pause in pauses)
        assert max(pauses) - min(pauses) > longest / 4

    assert {tries.pause(_answered({})) for tries in calls} == {None}


@pytest.mark.parametrize(
    ("method", "is_repeated"),
    [
        ("get", True),
        ("GET", True),
        ("head", True),
        ("post", False),
        ("put", False),
        ("patch", False),
        ("delete", False),
    ],
)
def test_only_what_changes_nothing_is_sent_twice(method: str, is_repeated: bool) -> None:
    """Another document may have operations whose repetition does harm."""
    assert (RetryState(method, 3, None).pause(_answered({})) is not None) is is_repeated


@pytest.fixture
def untrusted() -> Iterator[tuple[str, list[socket.socket]]]:
    """A server whose certificate is its own, and the connections that it has accepted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    accepted: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            accepted.append(connection)
            with suppress(OSError), context.wrap_socket(connection, server_side=True) as line:
                line.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", accepted
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_an_untrusted_certificate_is_not_tried_again(
    call: Call, make_client: Call, untrusted: tuple[str, list[socket.socket]]
) -> None:
    """Who the server is does not change with another try: one handshake, and a message that says why."""
    endpoint, accepted = untrusted

    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        call(make_client(endpoint, max_retries=3), SAMPLE_IMAGE_ID)

    assert len(accepted) == 1


@pytest.mark.usefixtures("impatient")
def test_the_proxy_of_the_environment_is_asked_each_time(
    call: Call, make_client: Call, raw_server: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With retries on, an https endpoint is still reached through the environment's proxy, at each try."""
    proxy = raw_server(b"")
    monkeypatch.setenv("HTTPS_PROXY", proxy.endpoint)
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(httpx.TransportError):
        call(make_client("https://contoso.invalid", max_retries=2), SAMPLE_IMAGE_ID)

    assert [request.split(b"\r\n")[0] for request in proxy.requests] == [b"CONNECT contoso.invalid:443 HTTP/1.1"] * 3


@pytest.mark.parametrize(
    "error",
    [
        httpx.UnsupportedProtocol("Request URL is missing an 'http://' or 'https://' protocol."),
        httpx.LocalProtocolError("Illegal header value"),
        httpx.ProxyError("407 Proxy Authentication Required"),
        httpx.PoolTimeout("no free connection"),
        httpx.DecodingError("incorrect header check"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_no_try_can_mend_is_final(error: httpx.RequestError) -> None:
    """A missing scheme, a request that cannot be sent, a proxy that refuses: another try would end the same way."""
    assert RetryState("GET", 3, None).pause(error) is None
