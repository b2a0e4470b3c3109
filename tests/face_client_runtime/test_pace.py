"""The pace of a client: how many requests it sends in a second, and none while the service wants a pause."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
from anyio.from_thread import BlockingPortal

from face_client import AsyncClient, Client, DeadlineExceeded, RateLimitError, ServerError
from face_client_runtime._pace import Pace
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, str], bytes]


def times(emulator: Emulator) -> list[float]:
    """When each request came, in seconds after the first one."""
    return [request.time - emulator.requests[0].time for request in emulator.requests]


def at_once(call: Call, client: Any, count: int) -> list[bytes]:
    """Makes so many calls at once."""
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(lambda _: call(client, SAMPLE_IMAGE_ID), range(count)))


def test_calls_at_once_are_spaced_out(call: Call, make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """Eleven calls at once, at twenty requests a second, take at least half a second."""
    at_once(call, make_client(face_emulator.endpoint, requests_per_second=20), 11)

    assert max(times(face_emulator)) >= 0.45


def test_nothing_is_lost_to_the_rate_of_the_service(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator
) -> None:
    """A pace below the rate of the service gets every image at the first try."""
    face_emulator.requests_per_second = 20
    client = make_client(face_emulator.endpoint, requests_per_second=15, max_retries=0)

    assert len(at_once(call, client, 25)) == 25


def test_retries_count(call: Call, make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """A retry takes a turn like any other request."""
    face_emulator.faults.add(Fault(status=503, headers={"retry-after-ms": "1"}, times=3))

    call(make_client(face_emulator.endpoint, requests_per_second=4, max_retries=3), SAMPLE_IMAGE_ID)

    assert times(face_emulator)[3] >= 0.7


def test_copies_share_the_pace(call: Call, make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """What `with_options` returns takes its turns from the same pace."""
    client = make_client(face_emulator.endpoint, requests_per_second=4)

    for each in (client, client.with_options(deadline=60), client.with_options(max_retries=0)):
        call(each, SAMPLE_IMAGE_ID)

    assert times(face_emulator)[2] >= 0.45


def test_without_a_pace_nothing_waits(call: Call, make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """By default requests are sent as they come."""
    client = make_client(face_emulator.endpoint)
    for _ in range(20):
        call(client, SAMPLE_IMAGE_ID)

    assert max(times(face_emulator)) < 10


def test_a_429_delays_everyone(call: Call, make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """While the service wants a pause from one call, another call of the client waits, too."""
    client = make_client(face_emulator.endpoint, max_retries=0)
    face_emulator.faults.add(Fault(status=429, retry_after=1, times=1))
    with pytest.raises(RateLimitError):
        call(client, SAMPLE_IMAGE_ID)

    call(client, SAMPLE_IMAGE_ID)

    assert times(face_emulator)[1] >= 0.95


def test_a_429_delays_those_who_wait_for_their_turn(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator
) -> None:
    """A pause that the service asks for also holds for calls that have their turn already."""
    face_emulator.faults.add(Fault(status=429, retry_after=2, times=1))

    at_once(call, make_client(face_emulator.endpoint, requests_per_second=4, max_retries=1), 3)

    assert min(times(face_emulator)[1:]) >= 1.9


def test_a_503_delays_nobody_else(call: Call, make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """A pause that a 503 asks for is not for other calls, which could not wait so long here."""
    client = make_client(face_emulator.endpoint, max_retries=0, deadline=20)
    face_emulator.faults.add(Fault(status=503, retry_after=30, times=1))
    with pytest.raises(ServerError):
        call(client, SAMPLE_IMAGE_ID)

    assert call(client, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]


def test_a_long_pause_is_not_waited_for(call: Call, make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """A 429 that asks for more than a minute is raised, and delays nobody."""
    client = make_client(face_emulator.endpoint)
    face_emulator.faults.add(Fault(status=429, retry_after=61, times=1))
    with pytest.raises(RateLimitError):
        call(client, SAMPLE_IMAGE_ID)

    start = time.monotonic()
    call(client, SAMPLE_IMAGE_ID)

    assert time.monotonic() - start < 30


def test_a_turn_after_the_deadline_is_an_error_at_once(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator
) -> None:
    """A call that could not be sent in time is not sent, and takes nobody's turn."""
    client = make_client(face_emulator.endpoint, requests_per_second=0.01)
    call(client, SAMPLE_IMAGE_ID)

    start = time.monotonic()
    with pytest.raises(DeadlineExceeded, match=r"has to wait 1?\d+(\.\d)? s .* past the deadline of 50 s"):
        call(client.with_options(deadline=50), SAMPLE_IMAGE_ID)

    assert time.monotonic() - start < 30
    assert len(face_emulator.requests) == 1
    assert client._shared.pace.reserve(float("inf")) < start + 110


def test_the_turns_of_cancelled_calls_are_for_others(
    make_client: Callable[..., Any], portal: BlockingPortal, face_emulator: Emulator
) -> None:
    """Calls that were cancelled while they waited for their turn keep nobody waiting."""
    client = make_client(face_emulator.endpoint, AsyncClient, requests_per_second=2)

    async def cancel() -> None:
        await client.get_session_image(SAMPLE_IMAGE_ID)
        with anyio.move_on_after(0.2):
            async with anyio.create_task_group() as tasks:
                for _ in range(100):
                    tasks.start_soon(client.get_session_image, SAMPLE_IMAGE_ID)
        await client.with_options(deadline=20).get_session_image(SAMPLE_IMAGE_ID)

    portal.call(cancel)

    assert 0.45 <= times(face_emulator)[1] < 15


def test_the_turn_of_an_interrupted_call_is_for_others(
    make_client: Callable[..., Any], face_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync call that is interrupted while it waits for its turn keeps nobody waiting."""
    client = make_client(face_emulator.endpoint, requests_per_second=0.01)
    client.get_session_image(SAMPLE_IMAGE_ID)

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        client.with_options(deadline=None).get_session_image(SAMPLE_IMAGE_ID)

    assert client._shared.pace.reserve(float("inf")) < time.monotonic() + 110


def test_turns_that_have_passed_are_not_made_up_for() -> None:
    """Turns that were given back and that nobody took in time are gone: to use them later would be a burst."""
    pace = Pace(1000)
    turns = [pace.reserve(float("inf")) for _ in range(5)]
    for turn in turns:
        pace.give_back(turn)
    time.sleep(0.05)
    now = time.monotonic()

    assert min(pace.reserve(float("inf")) for _ in turns) >= now


def test_a_pace_survives_a_fork(make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """The lock of the pace, which another thread may hold at the time of a fork, is a new one in the child."""
    client = make_client(face_emulator.endpoint, requests_per_second=1000)
    pace = client._shared.pace
    with pace._lock:
        pace.after_fork()
        assert pace.reserve(float("inf"))
