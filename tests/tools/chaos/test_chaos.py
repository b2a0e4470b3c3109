"""The chaos run passes, and notices a client that does not keep to the rules."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import fields
from typing import Any

import httpx
import pytest

from face_client import Client, IncompleteBody, NotFoundError, ServerError, _connections
from face_emulator import Fault
from tools.chaos.__main__ import main
from tools.chaos.plan import MANNERS, planned
from tools.chaos.rules import Answer, End, Ending, Form, Manner, ending
from tools.chaos.troubles import KINDS

CALLS = ["--seed", "3", "--calls", "400"]


@pytest.mark.parametrize("over", ["sockets", "aiohttp"])
def test_each_call_ends_as_the_rules_say(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, over: str
) -> None:
    """Hundreds of calls, a tenth of whose answers are faulty, end in the exact bytes or in the error that is due."""
    if over == "sockets":
        monkeypatch.setattr(_connections, "_over_aiohttp", lambda: None)
    assert main(CALLS) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("python -m tools.chaos --seed 3 --calls 400\n")
    assert "\n        50  asyncio_stream().save\n" in printed
    assert "WRONG" not in printed


def test_one_call_of_a_run_can_be_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    """Its number is all that it takes."""
    assert main(["--seed", "3", "--only", "2"]) == 0
    assert "\n         1  stream().read\n" in capsys.readouterr().out


def test_the_seed_decides_everything() -> None:
    """The same call comes from the same seed, and another one from another seed."""
    assert planned(3, 77) == planned(3, 77)
    assert planned(3, 77).image != planned(4, 77).image


def test_every_kind_of_trouble_and_every_client_comes_up() -> None:
    """A run of some thousand calls leaves out nothing that the emulator can get wrong; silence takes some more."""
    calls = [planned(7, number) for number in range(4000)]
    kinds = {trouble.kind for call in calls for trouble in call.troubles}
    assert kinds >= KINDS.keys() - {"silence"}
    assert {call.manner for call in calls} == MANNERS.keys()
    faults = [fault for call in calls for fault in call.faults]
    assert {name for fault in faults for name in fault.chosen()} == {field.name for field in fields(Fault)}
    assert any(fault.times == 2 for fault in faults)


IMAGE = Answer(body=b"image")
BUSY = Answer(503, retry_after=0)
HALF = Answer(body=b"im", announced=5, end=End.BROKEN)


@pytest.mark.parametrize(
    ("form", "answers", "ends"),
    [
        (Form.WHOLE, [IMAGE], Ending(1, 0, 200, b"image")),
        (Form.WHOLE, [BUSY, BUSY, BUSY, IMAGE], Ending(4, 0, 200, b"image")),
        (Form.STREAM, [BUSY], Ending(4, 0, 503, errors=(ServerError,))),
        (Form.DETAILED, [BUSY], Ending(4, 0, 503)),
        (Form.SAVE, [Answer(503, retry_after=61)], Ending(1, 0, 503, errors=(ServerError,))),
        (Form.WHOLE, [Answer(429, retry_after=1), IMAGE], Ending(2, 1, 200, b"image")),
        (Form.WHOLE, [Answer(404), IMAGE], Ending(1, 0, 404, errors=(NotFoundError,))),
        (Form.WHOLE, [HALF, IMAGE], Ending(2, 0, 200, b"image")),
        (Form.STREAM, [BUSY, HALF, IMAGE], Ending(2, 0, errors=(IncompleteBody,), received=2, expected=5)),
        (Form.WHOLE, [Answer(end=End.SILENT)], Ending(4, 0, errors=(httpx.ReadTimeout,))),
    ],
)
def test_the_model_says_what_the_readme_says(form: Form, answers: list[Answer], ends: Ending) -> None:
    """How many requests a call takes and what it comes to, for the plain cases that can be seen at a glance."""
    assert ending(form, Manner(), answers) == ends


def test_the_model_knows_of_the_second_key() -> None:
    """It is tried once after a 401, and that takes no retry."""
    assert ending(Form.WHOLE, Manner(has_second_key=True), [BUSY, Answer(401), IMAGE]) == Ending(3, 0, 200, b"image")
    assert ending(Form.DETAILED, Manner(has_second_key=True), [Answer(401)]) == Ending(2, 0, 401)
    assert ending(Form.DETAILED, Manner(), [Answer(401)]) == Ending(1, 0, 401)


class FlippedSync(httpx.HTTPTransport):
    """Changes a bit of each body."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        response.stream = Flipped(response.stream)
        return response


class FlippedAsync(httpx.AsyncHTTPTransport):
    """Changes a bit of each body."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        response.stream = Flipped(response.stream)
        return response


class Flipped(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.close, self.aclose = getattr(stream, "close", None), getattr(stream, "aclose", None)

    def __iter__(self) -> Iterator[bytes]:
        return (bytes([chunk[0] ^ 1]) + chunk[1:] for chunk in self._stream)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return (bytes([chunk[0] ^ 1]) + chunk[1:] async for chunk in self._stream)


def flips_a_bit(endpoint: str, **options: Any) -> Client:
    client = Client(endpoint, **options)
    client.set_httpx_client(httpx.Client(transport=FlippedSync(), timeout=options["timeout"]))
    return client.set_async_httpx_client(httpx.AsyncClient(transport=FlippedAsync(), timeout=options["timeout"]))


def tries_too_often(endpoint: str, **options: Any) -> Client:
    return Client(endpoint, **{**options, "max_retries": 4})


def gives_up_too_early(endpoint: str, **options: Any) -> Client:
    return Client(endpoint, **{**options, "max_retries": 2})


@pytest.mark.parametrize(
    ("make_client", "said"),
    [
        (flips_a_bit, "bytes that were sent"),
        (tries_too_often, "5 requests were sent in place of 4"),
        (gives_up_too_early, "3 requests were sent in place of 4"),
    ],
)
def test_a_client_that_breaks_the_rules_is_noticed(
    capsys: pytest.CaptureFixture[str], make_client: Callable[..., Client], said: str
) -> None:
    """Other bytes, a request too many, a request too few: the status is 1, and the calls are spelt out."""
    assert main(CALLS, make_client) == 1
    _, _, wrong = capsys.readouterr().out.partition("\nWRONG\n")
    assert said in wrong
    assert "Once more: python -m tools.chaos --seed 3 --calls 400" in wrong


HANGS = """
import sys, threading
import httpx
from tools.chaos import __main__, run
from face_client import Client

class Hangs(httpx.BaseTransport, httpx.AsyncBaseTransport):
    def handle_request(self, request):
        threading.Event().wait()
    async def handle_async_request(self, request):
        await httpx_hangs()

async def httpx_hangs():
    import anyio
    with anyio.CancelScope(shield=True):
        await anyio.sleep_forever()

def hangs(endpoint, **options):
    client = Client(endpoint, **options).set_httpx_client(httpx.Client(transport=Hangs()))
    return client.set_async_httpx_client(httpx.AsyncClient(transport=Hangs()))

run._GRACE = -59.0
sys.exit(__main__.main(["--only", sys.argv[1]], hangs))
"""


@pytest.mark.parametrize(("number", "where"), [(0, "handle_request"), (1, "httpx_hangs")])
def test_a_call_that_hangs_ends_the_run(number: int, where: str) -> None:
    """It is named, and stderr says where it is, thread or task."""
    run = subprocess.run(
        [sys.executable, "-c", HANGS, str(number)],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert run.returncode == 1, run.stderr
    assert f"call {number} has not ended" in run.stdout
    assert where in run.stderr


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
