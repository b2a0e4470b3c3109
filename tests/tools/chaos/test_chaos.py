"""The chaos run passes, and notices a client that does not keep to the rules."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import httpx
import pytest

import face_emulator
from face_client import (
    ApiError,
    DeadlineExceeded,
    IncompleteBody,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
)
from face_client_runtime import RawResponse
from tools.chaos.__main__ import main
from tools.chaos.faults import KINDS
from tools.chaos.plan import PROFILES, planned
from tools.chaos.rules import Answer, End, Form, Profile, ending
from tools.chaos.verdict import Sent, complaints_about_pace, complaints_about_requests

CALLS = ["--seed", "10", "--calls", "135"]


def test_each_call_ends_as_the_rules_say(capsys: pytest.CaptureFixture[str]) -> None:
    """Calls in each form, over http and TLS, some with faulty responses, end in the exact bytes or the right error."""
    assert main(["--seed", "3", "--calls", "400"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("python -m tools.chaos --seed 3 --calls 400\n")
    assert "\n        50  stream and save, async\n" in printed
    assert "  https\n" in printed
    assert "WRONG" not in printed


def test_one_call_of_a_run_can_be_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    """Its number is all that it takes."""
    assert main(["--seed", "3", "--only", "2"]) == 0
    assert "\n         1  stream and read\n" in capsys.readouterr().out


def test_the_seed_decides_everything() -> None:
    """The same call comes from the same seed, and another one from another seed."""
    assert planned(3, 77) == planned(3, 77)
    assert planned(3, 77).image != planned(4, 77).image


def test_every_kind_of_fault_and_every_client_comes_up() -> None:
    """A run of some thousand calls leaves out nothing that the emulator can get wrong; silence takes some more."""
    calls = [planned(7, number) for number in range(4000)]
    kinds = {fault.kind for call in calls for fault in call.faults}
    assert kinds >= KINDS.keys() - {"silence"}
    assert {(call.profile, call.scheme) for call in calls} == {
        (profile, scheme) for profile in PROFILES for scheme in ("http", "https")
    }
    injected = [fault for call in calls for fault in call.injected]
    assert {name for fault in injected for name in fault.chosen()} == {
        field.name for field in fields(face_emulator.Fault)
    } - {"operation"}
    assert any(fault.times == 2 for fault in injected)


@pytest.mark.parametrize("is_sync", [True, False])
def test_a_short_run_has_all_that_only_one_client_meets(is_sync: bool) -> None:
    """The 400 calls that are quickly made have it sync and async: the deadline, long pauses, both keys, the pace."""
    calls = [call for number in range(400) if (call := planned(7, number)) and (call.form.call is not None) is is_sync]
    kinds = {fault.kind for call in calls for fault in call.faults}
    assert kinds >= {"silence to the deadline", "503, a pause of two minutes wanted", "403, a short pause wanted"}
    assert {call.profile for call in calls} == PROFILES.keys()


IMAGE = Answer(body=b"image")
BUSY = Answer(503, retry_after=0)
HALF = Answer(body=b"im", announced=5, end=End.BROKEN)
DROPPED = Answer(end=End.DROPPED)
SILENT = Answer(end=End.SILENT)
LONG = Answer(503, retry_after=120)


@pytest.mark.parametrize(
    ("form", "answers", "requests", "told"),
    [
        (Form.WHOLE, [IMAGE], 1, b"image"),
        (Form.WHOLE, [BUSY, BUSY, BUSY, IMAGE], 4, b"image"),
        (Form.STREAM, [BUSY], 4, ServerError),
        (Form.DETAILED, [BUSY], 4, 503),
        (Form.SAVE, [LONG], 1, ServerError),
        (Form.WHOLE, [Answer(429, retry_after=1), IMAGE], 2, b"image"),
        (Form.WHOLE, [Answer(404), IMAGE], 1, NotFoundError),
        (Form.WHOLE, [HALF, IMAGE], 2, b"image"),
        (Form.STREAM, [BUSY, HALF, IMAGE], 2, IncompleteBody),
        (Form.WHOLE, [SILENT], 4, httpx.ReadTimeout),
        (Form.WHOLE, [Answer(302), IMAGE], 1, ApiError),
        (Form.STREAM, [Answer(), IMAGE], 1, ApiError),
        (Form.DETAILED, [Answer(), IMAGE], 1, 200),
    ],
)
def test_the_model_says_what_the_readme_says(form: Form, answers: list[Answer], requests: int, told: Any) -> None:
    """How many requests a call takes and what it comes to, for the plain cases that can be seen at a glance."""
    end = ending(form, Profile(), answers)
    assert end.requests == requests
    assert told in (end.body, end.status, *end.errors)


@pytest.mark.parametrize(
    ("profile", "answers", "pauses", "most"),
    [
        (Profile(), [Answer(429, retry_after=1), IMAGE], (1,), 1),
        (Profile(), [DROPPED], (0.25, 0.5, 1), 3.5),
        (Profile(), [SILENT, IMAGE], (0.25,), 5.5),
        (Profile(), [LONG], (), 0),
        (Profile(deadline=3, read_timeout=60), [BUSY, SILENT], (0.25,), 3),
    ],
)
def test_the_model_knows_how_long_it_takes(
    profile: Profile, answers: list[Answer], pauses: tuple[float, ...], most: float
) -> None:
    """The pauses are those that the server asks for, or half a second and its doubles, less half of it at the most."""
    end = ending(Form.WHOLE, profile, answers)
    assert (end.pauses, end.most) == (pauses, most)


@pytest.mark.parametrize(
    ("answers", "keys"),
    [
        ([BUSY, Answer(401), IMAGE], (0, 0, 1)),
        ([Answer(401)], (0, 1)),
        ([Answer(401), BUSY, IMAGE], (0, 1, 1)),
        ([Answer(401), DROPPED, IMAGE], (0, 1, 0)),
        ([Answer(403)], (0,)),
        ([Answer(401), Answer(403)], (0, 1)),
    ],
)
def test_the_model_knows_the_second_key(answers: list[Answer], keys: tuple[int, ...]) -> None:
    """It is tried once after a 401, which is no retry, and used from then on unless it is rejected too."""
    assert ending(Form.DETAILED, Profile(has_second_key=True), answers).keys == keys


@pytest.mark.parametrize(
    ("first", "pauses", "told"),
    [
        (Answer(429, retry_after=1), (1,), b"image"),
        (Answer(429, retry_after=30), (), DeadlineExceeded),
        (Answer(429, retry_after=120), (0,), b"image"),
        (Answer(429), (0,), b"image"),
        (Answer(503, retry_after=30), (0,), b"image"),
    ],
)
def test_the_model_knows_what_a_429_holds_up(first: Answer, pauses: tuple[float, ...], told: Any) -> None:
    """The next call of the client waits as long as the server asks for, or fails if that is beyond its deadline."""
    end = ending(Form.WHOLE, Profile(max_retries=0, deadline=3, calls_again=True), [first, IMAGE])
    assert (end.pauses, end.least, end.requests) == (pauses, sum(pauses), len(pauses) + 1)
    assert told in (end.body, *end.errors)


def test_the_model_has_one_error_for_a_deadline() -> None:
    """A server that is silent until then, and a body that drips."""
    hurried = Profile(deadline=3, read_timeout=60)
    assert ending(Form.STREAM, hurried, [SILENT]).errors == (DeadlineExceeded,)
    assert ending(Form.WHOLE, hurried, [Answer(end=End.DRIPPING)]).errors == (DeadlineExceeded,)
    assert ending(Form.WHOLE, hurried, [Answer(403)]).errors == (PermissionDeniedError,)


def test_a_key_that_the_client_does_not_have_is_noticed() -> None:
    """Such as none at all."""
    assert list(complaints_about_requests(ending(Form.WHOLE, Profile(), [IMAGE]), [Sent(0, None)])) == [
        "request 1 had no key of the client's instead of the first key"
    ]


@pytest.mark.parametrize(
    ("times", "is_too_fast"),
    [
        ([number / 20 for number in range(60)], False),
        ([5.0, *[6.0] * 20, 6.05], False),
        ([5.0, *[6.0] * 22, 9.0], True),
        ([number / 40 for number in range(60)], True),
        ([], False),
    ],
)
def test_more_requests_than_the_pace_allows_are_noticed(times: list[float], is_too_fast: bool) -> None:
    """A request may arrive late, and then it is closer to the next one, but there must not be more of them."""
    assert bool(list(complaints_about_pace(20, times))) is is_too_fast


Options = dict[str, Any]


def wrong(
    capsys: pytest.CaptureFixture[str], adjust: Callable[[Options], Options] = dict, calls: list[str] = CALLS
) -> str:
    """Makes a small run, which has to fail, and returns what it complains of."""
    assert main(calls, adjust) == 1
    _, _, shown = capsys.readouterr().out.partition("\nWRONG\n")
    assert f"Again: python -m tools.chaos {' '.join(calls)}" in shown
    return shown


def test_other_bytes_are_noticed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One bit is enough."""
    monkeypatch.setattr(RawResponse, "binary", lambda raw: bytes(byte ^ 1 for byte in raw.content))
    assert "bytes that were sent" in wrong(capsys)


@pytest.mark.parametrize(
    ("max_retries", "said"),
    [(4, "5 requests were sent instead of 4"), (2, "3 requests were sent instead of 4")],
)
def test_another_number_of_requests_is_noticed(capsys: pytest.CaptureFixture[str], max_retries: int, said: str) -> None:
    """A request too many, a request too few."""
    assert said in wrong(capsys, lambda options: {**options, "max_retries": max_retries})


def test_a_call_that_ends_after_its_deadline_is_noticed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it ends with the right error."""
    monkeypatch.setattr("tools.chaos.verdict.SLACK", 1.0)

    def late(options: Options) -> Options:
        return {**options, "deadline": options["deadline"] + 2}

    assert re.search(r"it ended after \d+\.\d s, and had to end after 3 s", wrong(capsys, late))


def test_missing_pauses_are_noticed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that tries again at once, where the server asks for no pause, tries too soon."""
    monkeypatch.setattr("face_client_runtime._retries.FIRST_PAUSE", 0.0)
    assert "s after the one before, and had to come 0.5 s after it" in wrong(capsys)


def test_a_pace_that_is_not_kept_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    """The calls of a client that has one come in a row."""
    shown = wrong(capsys, lambda options: {**options, "requests_per_second": None}, ["--seed", "3", "--calls", "360"])
    assert re.search(
        r"the (async )?paced client, https?: requests came \d\.\d s too early, and no more than 20 may be sent", shown
    )


def test_a_429_that_holds_nothing_up_is_noticed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next call must not be made at once."""
    number = next(number for number in range(999) if "429, a second wanted" in kinds_of(number))
    monkeypatch.setattr("face_client_runtime._pace.Pace.postpone", lambda *_: None)
    shown = wrong(capsys, calls=["--seed", "3", "--only", str(number)])
    assert "s after the one before, and had to come 1 s after it" in shown


def kinds_of(number: int) -> list[str]:
    """Returns the kinds of the faults that a call meets."""
    return [fault.kind for fault in planned(3, number).faults]


class TriesBothKeys(httpx.Auth):
    """Tries the second key for a 403 too."""

    statuses: tuple[int, ...] = (401, 403)
    second = 1

    def __init__(self, key: str, fallback: str | None) -> None:
        self._keys = [key, fallback or key]

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["Ocp-Apim-Subscription-Key"] = self._keys[0]
        response = yield request
        if response.status_code in self.statuses and self._keys[0] != self._keys[1]:
            request.headers["Ocp-Apim-Subscription-Key"] = self._keys[self.second]
            yield request


class TriesOneKeyTwice(TriesBothKeys):
    """Sends the key that was rejected once more."""

    statuses = (401,)
    second = 0


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        (TriesBothKeys, "status 200 was returned instead of 403; 3 requests were sent instead of 2"),
        (TriesOneKeyTwice, "had the first key instead of the second key"),
    ],
)
def test_the_wrong_key_is_noticed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, auth: type[httpx.Auth], said: str
) -> None:
    """The second key is for a 401 and not for a 403, and it is the other one."""
    monkeypatch.setattr("tools.chaos.run.SubscriptionKeyAuth", auth)
    assert said in wrong(capsys)


HANGS = """
import sys, threading
import httpx
from tools.chaos import __main__, run
from face_client_runtime import _retries

class Hangs(httpx.BaseTransport, httpx.AsyncBaseTransport):
    def handle_request(self, request):
        threading.Event().wait()
    async def handle_async_request(self, request):
        await httpx_hangs()

async def httpx_hangs():
    import anyio
    with anyio.CancelScope(shield=True):
        await anyio.sleep_forever()

def hangs(options):
    return {**options, "httpx_args": {"transport": Hangs()}}

def no_deadline(options):
    return {**options, "deadline": None}

def waits(options):
    _retries.MAX_RETRY_AFTER = 1000
    return options

run._GRACE = 2.0
sys.exit(__main__.main(sys.argv[2:], globals()[sys.argv[1]]))
"""


def cut_short(adjust: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Makes a run that has to be cut short, in a process that can be left with what hangs."""
    run = subprocess.run(
        [sys.executable, "-c", HANGS, adjust, *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert run.returncode == 1, run.stderr
    return run


@pytest.mark.parametrize(("number", "where"), [(0, "handle_request"), (1, "httpx_hangs")])
def test_a_call_that_hangs_ends_the_run(number: int, where: str) -> None:
    """It is named, and stderr says where it is, thread or task."""
    run = cut_short("hangs", "--only", str(number))
    assert f"call {number} has not ended, and it had to end after 0 s" in run.stdout
    assert where in run.stderr


def test_a_deadline_that_is_ignored_is_noticed() -> None:
    """The server that is silent is waited for no longer than that."""
    run = cut_short("no_deadline", "--seed", "3", "--only", "26")
    assert "has not ended, and it had to end after 3 s" in run.stdout


def test_a_pause_of_two_minutes_that_is_waited_for_is_noticed() -> None:
    """It would fit into the deadline of the client, and is reported at once all the same."""
    run = cut_short("waits", "--seed", "10", "--only", "80")
    assert "has not ended, and it had to end after 1.5 s" in run.stdout
    assert "retry_after='120'" in run.stdout


def test_the_time_is_limited() -> None:
    """A run that takes too long stops, says so, and has failed."""
    run = subprocess.run(
        [sys.executable, "-m", "tools.chaos", "--calls", "20000", "--seconds", "0.5"],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert run.returncode == 1, run.stderr
    assert "the time is up: " in run.stdout
