"""Makes the calls, from many threads and many tasks at once, and watches that each of them ends."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from face_client import Client
from face_client_auth import SubscriptionKeyAuth
from tools.chaos.forms import Outcome, aoutcome, outcome
from tools.chaos.plan import PROFILES, Call, form_of, image_id, planned
from tools.chaos.servers import KEYS, Servers
from tools.chaos.stacks import print_stacks
from tools.chaos.verdict import Sent, complaints, complaints_about_requests, described

# Most of the time of a call with faults goes into pauses, which overlap when there are many calls at once.
_THREADS, _TASKS = 32, 64
_GRACE = 15.0
_LOOK_EVERY = 0.2
_SAY_EVERY = 10.0


@dataclass(frozen=True)
class Done:
    """What is kept of a call that has ended; its image and its faults can be made anew.

    Attributes:
        number: Which call.
        form: The name of its form.
        scheme: Over which protocol it went.
        kinds: The kinds of its faulty responses.
        requests: How many requests it sends by the rules.
        outcome: The outcome, in a few words.
        seconds: How long it took.
        complaints: What was wrong.
    """

    number: int
    form: str
    scheme: str
    kinds: tuple[str, ...]
    requests: int
    outcome: str
    seconds: float
    complaints: tuple[str, ...]


@dataclass
class Result:
    """What is known at the end.

    Attributes:
        done: The calls that have ended, in the order of their numbers.
        keys: How many requests the servers have seen with each key.
        others: What was wrong beside the calls that have ended.
        is_cut_short: Whether calls may still be going on.
    """

    done: list[Done]
    keys: tuple[int, ...]
    others: list[str]
    is_cut_short: bool


@dataclass(frozen=True)
class Running:
    """A call that has begun."""

    call: Call
    start: float
    task: "asyncio.Task[Any] | None"

    @property
    def is_hanging(self) -> bool:
        """Whether it should have ended long ago."""
        return time.monotonic() > self.start + self.call.ending.most + _GRACE


class Run:
    """The calls with these numbers, of the run with this seed.

    Args:
        folder: An empty folder, to save images in.
        make_client: What makes the clients, with the arguments of `Client`.
        say: Is told of the progress.
    """

    def __init__(
        self,
        seed: int,
        numbers: Sequence[int],
        folder: Path,
        make_client: Callable[..., Client] = Client,
        say: Callable[[str], None] = print,
    ) -> None:
        self._seed = seed
        self._numbers = numbers
        self._sync = iter([number for number in numbers if form_of(number).call])
        self._async = iter([number for number in numbers if form_of(number).acall])
        self._images = folder / "images"
        self._images.mkdir()
        self._make_client = make_client
        self._say = say
        self._servers = Servers(folder)
        self._clients: dict[tuple[str, str], Client] = {}
        self._running: dict[int, Running] = {}
        self._done: list[Done] = []
        self._broken: list[str] = []

    def result(self, seconds: float) -> Result:
        """Makes the calls, for so many seconds at the most."""
        with self._servers:
            self._clients = {
                (name, scheme): self._client(name, scheme)
                for name, profile in PROFILES.items()
                for scheme in ("http", "https")
                if not profile.has_second_key
            }
            threads = [threading.Thread(target=self._sync_worker, daemon=True) for _ in range(_THREADS)]
            sync_is_done = threading.Event()
            threads.append(threading.Thread(target=self._async_side, args=[sync_is_done], daemon=True))
            for thread in threads:
                thread.start()
            stopped = self._watched(threads, sync_is_done, time.monotonic() + seconds)
        return self._summary(stopped)

    def _client(self, name: str, scheme: str) -> Client:
        profile, (first, second) = PROFILES[name], KEYS
        return self._make_client(
            self._servers.endpoint(scheme),
            auth=SubscriptionKeyAuth(first, fallback=second if profile.has_second_key else None),
            timeout=httpx.Timeout(60.0, read=profile.read_timeout),
            max_retries=profile.max_retries,
            deadline=profile.deadline,
            stall_timeout=profile.stall_timeout,
            httpx_args=self._servers.httpx_args(scheme),
        )

    def _watched(self, threads: list[threading.Thread], sync_is_done: threading.Event, end: float) -> str | None:
        """Waits for the threads, and says why not, if it does not wait until their end."""
        started = said = time.monotonic()
        while any(thread.is_alive() for thread in threads):
            time.sleep(_LOOK_EVERY)
            if not any(thread.is_alive() for thread in threads[:-1]):
                sync_is_done.set()
            now = time.monotonic()
            if now > end:
                return f"the time is up: {len(self._done)} of {len(self._numbers)} calls have ended"
            for running in list(self._running.values()):
                if running.is_hanging:
                    print_stacks(running.task)
                    call = running.call
                    words = f"{now - running.start:.0f} s after it began, call {call.number} has not ended"
                    rule = f"it had to end after {call.ending.most:g} s"
                    return f"{words}, and {rule} ({call.form.name}, {call.scheme}; {call.injected})"
            if now > said + _SAY_EVERY:
                said = now
                self._say(f"{len(self._done):,} of {len(self._numbers):,} calls, {now - started:.0f} s")
        return None

    def _sync_worker(self) -> None:
        with self._nothing_unsaid():
            for number in self._sync:
                call = planned(self._seed, number)
                if form := call.form.call:
                    with self._around(call, None) as (client, ended):
                        ended(outcome(form, client, call.image_id, self._file(call)))
                    if not self._is_shared(client):
                        client.close()

    async def _async_worker(self) -> None:
        with self._nothing_unsaid():
            for number in self._async:
                call = planned(self._seed, number)
                if form := call.form.acall:
                    with self._around(call, asyncio.current_task()) as (client, ended):
                        ended(await aoutcome(form, client, call.image_id, self._file(call)))
                    if not self._is_shared(client):
                        await client.aclose()

    def _async_side(self, sync_is_done: threading.Event) -> None:
        async def work() -> None:
            async with asyncio.TaskGroup() as group:
                for _ in range(_TASKS):
                    group.create_task(self._async_worker())
            while not sync_is_done.is_set():
                await asyncio.sleep(_LOOK_EVERY)
            for client in self._clients.values():
                await client.aclose()

        with self._nothing_unsaid():
            asyncio.run(work())

    @contextmanager
    def _around(
        self, call: Call, task: "asyncio.Task[Any] | None"
    ) -> Iterator[tuple[Client, Callable[[Outcome], None]]]:
        """Has the server ready for the call, and notes what came of it."""
        # Which key a client tries first depends on its earlier calls: one with two keys is for one call.
        client = self._clients.get((call.profile, call.scheme)) or self._client(call.profile, call.scheme)
        self._servers.prepare(call)
        start = time.monotonic()
        self._running[call.number] = Running(call, start, task)

        def ended(result: Outcome) -> None:
            seconds = time.monotonic() - start
            self._done.append(
                Done(
                    call.number,
                    call.form.name,
                    call.scheme,
                    tuple(fault.kind for fault in call.faults),
                    call.ending.requests,
                    described(result),
                    seconds,
                    tuple(complaints(call.ending, result, seconds)),
                )
            )

        try:
            yield client, ended
        finally:
            del self._running[call.number]
            self._servers.forget(call)

    def _is_shared(self, client: Client) -> bool:
        return client in self._clients.values()

    def _file(self, call: Call) -> Path:
        return self._images / f"{call.image_id}.jpg"

    @contextmanager
    def _nothing_unsaid(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self._broken.append(f"the run itself failed: {error!r}")

    def _summary(self, stopped: str | None) -> Result:
        sent = self._servers.sent()
        others = [*([stopped] if stopped else []), *self._broken]
        if not stopped:
            others += [f"a file was left behind: {file.name}" for file in sorted(self._images.iterdir())]
            others += [f"a request came for {name}" for name in sent.keys() - set(map(image_id, self._numbers))]
        done = sorted(self._done.copy(), key=lambda each: each.number)
        used = [request.key for requests in sent.values() for request in requests]
        return Result(
            [self._with_requests(each, sent.get(image_id(each.number), [])) for each in done],
            tuple(used.count(key) for key in range(len(KEYS))),
            others,
            stopped is not None,
        )

    def _with_requests(self, done: Done, sent: Sequence[Sent]) -> Done:
        # The rules for a call without faults are known: most calls need not be planned again.
        if not done.kinds and len(sent) == 1 and sent[0].key == 0:
            return done
        ending = planned(self._seed, done.number).ending
        return replace(done, complaints=(*done.complaints, *complaints_about_requests(ending, sent)))
