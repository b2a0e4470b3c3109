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


class Clock:
    """The time that a pace goes by, to be moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that does not move on its own."""
    clock = Clock()
    monkeypatch.setattr("face_client_runtime._pace.time", clock)
    return clock


def sent(pace: Pace, clock: Clock, seconds: float) -> int:
    """How many requests are sent in a time in which there are always some that wait."""
    count, end = 0, clock.now + seconds
    while (turn := pace.reserve(float("inf"))) < end:
        clock.now = max(clock.now, turn)
        count += 1
    pace.give_back(turn)
    clock.now = end
    return count


def test_a_minute_has_no_more_than_its_requests(clock: Clock) -> None:
    """At ten requests a second, no minute has more than 600, though some come a little late."""
    pace = Pace(10)
    turns = [pace.reserve(float("inf")) for _ in range(2000)]

    assert min(later - earlier for earlier, later in zip(turns, turns[600:], strict=False)) >= 61
    assert sent(Pace(10), clock, 60) >= 585


def test_a_429_lowers_the_rate(clock: Clock) -> None:
    """The rate falls to 70% and rises again by 2% of the full rate in a second."""
    pace = Pace(10)
    pace.slow_down(clock.now)

    assert 69 <= sum(sent(pace, clock, 1) for _ in range(10)) <= 81
    assert sent(pace, clock, 60) >= 570


def test_requests_that_were_sent_together_lower_the_rate_once(clock: Clock) -> None:
    """A 429 for a request that was sent before the rate was lowered says nothing about the lower rate."""
    once, twice = Pace(10), Pace(10)
    for pace in (once, twice):
        pace.slow_down(clock.now)
    once.slow_down(clock.now)
    clock.now += 0.1
    once.slow_down(clock.now - 0.1)
    twice.slow_down(clock.now)

    assert sent(twice, clock, 5) < 0.8 * sent(once, clock, 5)


def test_the_rate_is_never_too_low(clock: Clock) -> None:
    """After many 429 a tenth of the rate is left, from which it recovers in less than a minute."""
    pace = Pace(10)
    for _ in range(100):
        clock.now += 0.01
        pace.slow_down(clock.now)

    assert 4 <= sent(pace, clock, 4) <= 8
    clock.now += 50
    assert sent(pace, clock, 10) >= 97


def test_without_a_rate_there_is_none_to_lower(clock: Clock) -> None:
    """Without a pace, a 429 leaves it at the pause that the server asks for."""
    pace = Pace(None)
    pace.slow_down(clock.now)

    assert [pace.reserve(float("inf")) for _ in range(3)] == [clock.now] * 3


@pytest.mark.parametrize("is_shared", [True, False])
def test_the_service_gets_what_it_allows(clock: Clock, is_shared: bool) -> None:
    """Clients that would send twice as much as allowed get few 429, and most of what is allowed; equal parts of it."""
    paces = [Pace(10), Pace(10)] if is_shared else [Pace(20)]
    admitted: list[tuple[float, Pace]] = []
    refused = 0
    waiting = [(pace.reserve(float("inf")), pace) for pace in paces]
    while clock.now < 1600:
        turn, pace = min(waiting, key=lambda each: each[0])
        waiting.remove((turn, pace))
        clock.now = turn
        if sum(turn - time < 1 for time, _ in admitted[-10:]) < 10:
            admitted.append((turn, pace))
        else:
            refused += 1
            pace.slow_down(turn)
            pace.postpone(1)
        waiting.append((pace.reserve(float("inf")), pace))

    assert len(admitted) >= 0.7 * 10 * 600
    assert refused <= 0.05 * len(admitted)
    for each in paces:
        assert sum(pace is each for _, pace in admitted) >= 0.8 * len(admitted) / len(paces)


def test_a_429_of_a_call_lowers_the_rate(call: Call, make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """After a 429 without Retry-After, the next requests are further apart."""
    face_emulator.faults.add(Fault(status=429, times=1))
    client = make_client(face_emulator.endpoint, requests_per_second=10, max_retries=0)
    with pytest.raises(RateLimitError):
        call(client, SAMPLE_IMAGE_ID)

    at_once(call, client, 4)

    assert times(face_emulator)[4] - times(face_emulator)[1] >= 0.37
