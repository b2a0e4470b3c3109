"""Retries: what is tried again, how often, after how long, and what the caller gets in the end."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from face_client import Client, IncompleteBody, NotFoundError, RateLimitError, ServerError
from face_client_runtime._retries import RetryState
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[..., Any]
PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 100
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
RETRIED = [408, 429, 500, 502, 503, 504]


@pytest.fixture
def client(make_client: Call, face_emulator: Emulator) -> Any:
    """A client of the emulator that tries again as often as it does when nobody says otherwise."""
    face_emulator.images["a"] = PICTURE
    return make_client(face_emulator.endpoint, max_retries=3)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the pauses that nobody asked for short."""
    monkeypatch.setattr("face_client_runtime._retries.FIRST_PAUSE", 0.001)


REQUEST = httpx.Request("GET", "https://contoso.invalid")


def state(method: str = "GET", max_retries: int = 3) -> RetryState:
    """The tries of a call without a deadline."""
    client = Client("https://contoso.invalid", max_retries=max_retries, deadline=None)
    return RetryState("get_session_image", {"method": method, "headers": {}}, client)


def pause(outcome: httpx.Response | httpx.RequestError, method: str = "GET") -> float | None:
    return state(method).pause(outcome)


def busy(headers: dict[str, str] | None = None, status: int = 503) -> httpx.Response:
    return httpx.Response(status, headers=headers, request=REQUEST)


def test_which_statuses_are_retried() -> None:
    """A busy or failing server is asked again; what is wrong with the request is reported at once."""
    retried = [status for status in range(200, 600) if pause(busy({"retry-after": "0"}, status)) is not None]

    assert retried == RETRIED


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH"])
def test_what_may_change_something_is_not_done_twice(method: str) -> None:
    """Other methods than GET and HEAD are retried where the service did nothing: it said so, or nothing was sent."""
    statuses = [status for status in RETRIED if pause(busy({"retry-after": "0"}, status), method) is not None]
    without_header = [status for status in RETRIED if pause(busy(status=status), method) is not None]
    failures = [httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadError, httpx.WriteError, httpx.ReadTimeout]
    errors = [kind for kind in failures if pause(kind("", request=REQUEST), method) is not None]

    assert (statuses, without_header) == ([429, 503], [429])
    assert errors == [httpx.ConnectError, httpx.ConnectTimeout]


@pytest.mark.parametrize("status", [429, 503])
def test_a_failure_that_passes(call: Call, client: Any, face_emulator: Emulator, status: int) -> None:
    """After a busy or a failing response comes another try, and its image."""
    face_emulator.faults.add(Fault(status=status, retry_after="0.01", times=2))

    assert call(client, "a") == PICTURE

    assert len(face_emulator.requests) == 3


@pytest.mark.parametrize("fault", [Fault(status=404, retry_after="0.01"), Fault(status=403), Fault(html=True)])
def test_a_failure_that_does_not_pass(error_of: Call, client: Any, face_emulator: Emulator, fault: Fault) -> None:
    """What is wrong with the request, or with the caller's rights, is reported at once, and so is a gateway's page."""
    face_emulator.faults.add(fault)

    assert error_of(client, "a").status_code == (fault.status or 200)

    assert len(face_emulator.requests) == 1


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_the_last_response_counts(detailed: Call, make_client: Call, face_emulator: Emulator, retries: int) -> None:
    """When the tries are used up, the call ends as one without retries would."""
    face_emulator.faults.add(*[Fault(status=503, retry_after="0.01", times=1)] * retries)
    face_emulator.faults.add(Fault(status=502, retry_after="0.01"))
    client = make_client(face_emulator.endpoint, max_retries=retries)

    assert detailed(client, SAMPLE_IMAGE_ID).status_code == 502

    assert len(face_emulator.requests) == 1 + retries


def test_a_failure_that_turns_into_another_one(call: Call, client: Any, face_emulator: Emulator) -> None:
    """The response to the last try is reported, not the one to the first."""
    face_emulator.faults.add(Fault(status=503, retry_after="0.01", times=1))
    face_emulator.faults.add(Fault(status=404, times=1))

    with pytest.raises(NotFoundError):
        call(client, "a")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("streamed", [False, True])
def test_a_dropped_connection_is_tried_again(
    call: Call, pieces: Call, client: Any, face_emulator: Emulator, streamed: bool
) -> None:
    """Where no response came, another connection may bring one."""
    face_emulator.faults.add(Fault(drop=True, times=3))

    assert (b"".join(pieces(client, "a")) if streamed else call(client, "a")) == PICTURE

    assert len(face_emulator.requests) == 4


@pytest.mark.usefixtures("impatient")
def test_a_silent_server_is_tried_again(call: Call, make_client: Call, face_emulator: Emulator) -> None:
    """Where nothing came within the read timeout, another try may bring a response."""
    face_emulator.images["a"] = PICTURE
    face_emulator.faults.add(Fault(delay=30, times=1))

    assert call(make_client(face_emulator.endpoint, timeout=httpx.Timeout(20, read=1), max_retries=3), "a") == PICTURE


@pytest.mark.usefixtures("impatient")
def test_a_refused_connection_is_tried_again(call: Call, make_client: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that begins to listen between two tries is found."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with ExitStack() as stack:
        real = RetryState.pause

        def start_and_pause(state: RetryState, outcome: Any) -> float | None:
            if isinstance(outcome, httpx.ConnectError):
                stack.enter_context(Emulator(port=port, images={"a": PICTURE}))
            return real(state, outcome)

        monkeypatch.setattr(RetryState, "pause", start_and_pause)

        assert call(make_client(f"http://127.0.0.1:{port}", max_retries=1), "a") == PICTURE


@pytest.fixture
def half_then_whole(raw_server: Call) -> Any:
    """A server whose first body breaks off, and whose other bodies have other bytes."""
    count = iter(range(100))

    def answer(connection: Any, _request: bytes) -> None:
        number = next(count)
        body = bytes([number]) * 200_000
        connection.sendall(HEAD % len(body) + body[: 150_000 if number == 0 else None])

    return raw_server(answer)


@pytest.mark.usefixtures("impatient")
def test_a_body_that_broke_off_is_asked_for_again(call: Call, make_client: Call, half_then_whole: Any) -> None:
    """The new body is read from its beginning."""
    assert call(make_client(half_then_whole.endpoint, max_retries=3), "a") == b"\1" * 200_000

    assert len(half_then_whole.requests) == 2


@pytest.mark.usefixtures("impatient")
def test_a_stream_that_broke_off_is_not_asked_for_again(pieces: Call, make_client: Call, half_then_whole: Any) -> None:
    """Its beginning has been handed out already, so the caller is told."""
    with pytest.raises(IncompleteBody, match="150000 of 200000 bytes"):
        pieces(make_client(half_then_whole.endpoint, max_retries=3), "a")

    assert len(half_then_whole.requests) == 1


@pytest.mark.usefixtures("impatient")
def test_an_incomplete_body_after_the_last_try(call: Call, make_client: Call, face_emulator: Emulator) -> None:
    """A body that breaks off each time is an IncompleteBody in the end."""
    face_emulator.images["a"] = PICTURE
    face_emulator.faults.add(Fault(truncate=100))

    with pytest.raises(IncompleteBody, match=f"100 of {len(PICTURE)} bytes") as caught:
        call(make_client(face_emulator.endpoint, max_retries=2), "a")

    assert (caught.value.received, caught.value.expected) == (100, len(PICTURE))
    assert caught.value.__context__ is None
    assert len(face_emulator.requests) == 3


def test_the_server_says_how_long_to_wait() -> None:
    """Seconds, a date or milliseconds are honoured; a value that is zero, past or invalid counts as missing."""
    for headers, low, high in [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "0"}, 0.25, 0.5),
        ({"retry-after-ms": "0"}, 0.25, 0.5),
        ({"Retry-After": "0.25"}, 0.25, 0.25),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.25, 0.5),
        ({"Date": "Wed, 21 Oct 2015 07:28:00 GMT", "Retry-After": "Wed, 21 Oct 2015 07:28:02 GMT"}, 2, 2),
        ({"Date": "Wed, 21 Oct 2099 07:28:00 GMT", "Retry-After": "Wed, 21 Oct 2099 07:28:02 GMT"}, 2, 2),
        ({"Date": "Wed, 21 Oct 2099 07:28:00 GMT", "Retry-After": "{in 30 seconds}"}, 0.25, 0.5),
        ({"Date": "soon", "Retry-After": "{in 30 seconds}"}, 20, 30),
        ({"Retry-After": "{in 30 seconds}"}, 20, 30),
        ({"retry-after-ms": "1500"}, 1.5, 1.5),
        ({"x-ms-retry-after-ms": "20"}, 0.02, 0.02),
        ({"retry-after-ms": "1500", "Retry-After": "9"}, 1.5, 1.5),
        ({"retry-after-ms": "soon", "Retry-After": "9"}, 9, 9),
        ({"Retry-After": "60"}, 60, 60),
        ({"Retry-After": "soon"}, 0.25, 0.5),
        ({"Retry-After": "-5"}, 0.25, 0.5),
        ({"retry-after-ms": "inf"}, 0.25, 0.5),
        ({}, 0.25, 0.5),
    ]:
        in_30_seconds = formatdate(time.time() + 30, usegmt=True)

        seconds = pause(
            busy({name: value.replace("{in 30 seconds}", in_30_seconds) for name, value in headers.items()})
        )

        assert seconds is not None
        assert low <= seconds <= high


@pytest.mark.parametrize("offset", [-300, 300])
def test_a_server_with_another_clock(error_of: Call, make_client: Call, raw_server: Call, offset: int) -> None:
    """A date in Retry-After is compared with the Date of the same response, not with the clock of this machine."""
    date, later = (formatdate(time.time() + offset + seconds, usegmt=True) for seconds in (0, 2))
    server = raw_server(f"HTTP/1.1 429 Busy\r\nDate: {date}\r\nRetry-After: {later}\r\n\r\n".encode())

    assert 1 <= error_of(make_client(server.endpoint)).retry_after <= 3


def test_a_pause_of_more_than_a_minute_is_not_waited_for() -> None:
    """The caller is told at once, whatever the deadline."""
    for asked in ["61", "9" * 300, "Wed, 21 Oct 2999 07:28:00 GMT"]:
        assert pause(busy({"Retry-After": asked}, 429)) is None


def test_the_caller_is_told_how_long_to_wait(error_of: Call, client: Any, face_emulator: Emulator) -> None:
    """The error of a pause that is too long says how long it is."""
    face_emulator.faults.add(Fault(status=429, retry_after=3600))

    error = error_of(client, "a")

    assert isinstance(error, RateLimitError)
    assert error.retry_after == 3600
    assert len(face_emulator.requests) == 1


def test_a_pause_that_ends_after_the_deadline(call: Call, make_client: Call, face_emulator: Emulator) -> None:
    """A pause that would outlast the deadline is not waited for: the caller gets the response."""
    face_emulator.faults.add(Fault(status=503, retry_after=50))

    start = time.monotonic()
    with pytest.raises(ServerError) as caught:
        call(make_client(face_emulator.endpoint, deadline=40, max_retries=3), SAMPLE_IMAGE_ID)

    assert caught.value.retry_after == 50
    assert time.monotonic() - start < 20


def test_a_pause_is_waited_for(call: Call, client: Any, face_emulator: Emulator) -> None:
    """The next try comes no sooner than the server has asked for."""
    face_emulator.faults.add(Fault(status=503, headers={"retry-after-ms": "300"}, times=1))

    start = time.monotonic()
    assert call(client, "a") == PICTURE

    assert time.monotonic() - start >= 0.3


def test_the_pauses_grow_and_differ() -> None:
    """If the server does not say, the pauses are 0.5, 1, 2 and so on up to 8 s, with up to 50% jitter."""
    states = [state(max_retries=7) for _ in range(200)]

    for longest in (0.5, 1, 2, 4, 8, 8, 8):
        pauses = [each.pause(busy()) or 0 for each in states]
        assert all(longest / 2 <= each <= longest for each in pauses)
        assert max(pauses) - min(pauses) > longest / 4

    assert {each.pause(busy()) for each in states} == {None}


def test_only_what_changes_nothing_is_sent_twice() -> None:
    """Another document may have operations whose repetition does harm."""
    for method in ["get", "GET", "head", "post", "put", "patch", "delete"]:
        assert (pause(busy(), method) is not None) is (method.lower() in ("get", "head"))


def test_an_untrusted_certificate_is_not_tried_again(
    call: Call, make_client: Call, raw_server: Call, certificates: Any
) -> None:
    """Who the server is does not change with another try: one handshake, and a message that says why."""
    server = raw_server(b"", certificates.server)

    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        call(make_client(server.endpoint, max_retries=3), SAMPLE_IMAGE_ID)

    assert server.visitors == 1


@pytest.mark.usefixtures("impatient", "direct")
def test_the_proxy_of_the_environment_is_asked_each_time(
    call: Call, make_client: Call, raw_server: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An https endpoint is reached through the environment's proxy at each try."""
    proxy = raw_server(b"")
    monkeypatch.setenv("HTTPS_PROXY", proxy.endpoint)

    with pytest.raises(httpx.TransportError):
        call(make_client("https://contoso.invalid", max_retries=2), SAMPLE_IMAGE_ID)

    assert [request.split(b"\r\n")[0] for request in proxy.requests] == [b"CONNECT contoso.invalid:443 HTTP/1.1"] * 3


def test_what_no_try_can_mend_is_final() -> None:
    """A missing scheme, a request that cannot be sent, a proxy that refuses: another try would end the same way."""
    for error in [
        httpx.UnsupportedProtocol("Request URL is missing an 'http://' or 'https://' protocol.", request=REQUEST),
        httpx.LocalProtocolError("Illegal header value", request=REQUEST),
        httpx.ProxyError("407 Proxy Authentication Required", request=REQUEST),
        httpx.PoolTimeout("no free connection", request=REQUEST),
        httpx.DecodingError("incorrect header check", request=REQUEST),
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", request=REQUEST),
    ]:
        assert pause(error) is None


def test_what_another_try_may_mend_is_not() -> None:
    """A connection that fails or breaks off is tried again."""
    for error in [
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.ReadError,
        httpx.ReadTimeout,
        httpx.RemoteProtocolError,
    ]:
        assert pause(error("broken", request=REQUEST)) is not None
