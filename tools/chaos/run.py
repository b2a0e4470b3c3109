"""Carries the calls out, from many threads and many tasks at once, and watches that each of them ends."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from face_client import Client
from face_client_auth import SubscriptionKeyAuth
from face_emulator import Emulator
from tools.chaos.forms import Came, acarried_out, carried_out
from tools.chaos.plan import MANNERS, Call, form_of, image_id, planned
from tools.chaos.stacks import print_stacks
from tools.chaos.verdict import complaint, described

# Most of the time of a call in trouble goes into pauses, which many at once hide.
_THREADS, _TASKS = 32, 64
_SILENCE = 5.0
_GRACE = 15.0
_LOOK_EVERY = 0.2
_SAY_EVERY = 10.0


@dataclass(frozen=True)
class Done:
    """What is kept of a call that has ended; its image and its faults can be made anew.

    Attributes:
        number: Which call.
        form: The name of its form.
        kinds: The kinds of its faulty answers.
        requests: How many requests it takes by the rules.
        outcome: What came, in a few words.
        seconds: How long it took.
        complaints: What was wrong.
    """

    number: int
    form: str
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
        counted: How many requests the emulator has seen.
        others: What was wrong beside the calls that have ended.
        is_cut_short: Whether calls may still be going on.
    """

    done: list[Done]
    counted: int
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
        """Whether it should have ended by now, its deadline being past."""
        return time.monotonic() > self.start + MANNERS[self.call.manner].deadline + _GRACE


class Run:
    """The calls with these numbers, of the run with this seed.

    Args:
        folder: An empty folder, to save images in.
        make_client: What makes the clients, with the arguments of `Client`.
        say: What is told of the progress.
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
        self._folder = folder
        self._make_client = make_client
        self._say = say
        self._emulator = Emulator(keep_requests=None)
        self._clients: dict[str, Client] = {}
        self._running: dict[int, Running] = {}
        self._done: list[Done] = []
        self._broken: list[str] = []

    def result(self, seconds: float) -> Result:
        """Carries the calls out, for so many seconds at the most."""
        with self._emulator:
            self._clients = {name: self._client(name) for name in MANNERS}
            threads = [threading.Thread(target=self._sync_worker, daemon=True) for _ in range(_THREADS)]
            sync_is_done = threading.Event()
            threads.append(threading.Thread(target=self._async_side, args=[sync_is_done], daemon=True))
            for thread in threads:
                thread.start()
            stopped = self._watched(threads, sync_is_done, time.monotonic() + seconds)
        return self._summary(stopped)

    def _client(self, name: str) -> Client:
        manner, key = MANNERS[name], self._emulator.key
        return self._make_client(
            self._emulator.endpoint,
            auth=SubscriptionKeyAuth(key, fallback=key if manner.has_second_key else None),
            timeout=httpx.Timeout(60.0, read=60.0 if manner.waits_for_deadline else _SILENCE),
            max_retries=manner.max_retries,
            deadline=manner.deadline,
            stall_timeout=2.0,
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
                    words = f"{now - running.start:.0f} s after it began, call {running.call.number} has not ended"
                    return f"{words} ({running.call.form.name}; {[trouble.fault for trouble in running.call.troubles]})"
            if now > said + _SAY_EVERY:
                said = now
                self._say(f"{len(self._done):,} of {len(self._numbers):,} calls, {now - started:.0f} s")
        return None

    def _sync_worker(self) -> None:
        with self._nothing_unsaid():
            for number in self._sync:
                call = planned(self._seed, number)
                if form := call.form.call:
                    with self._around(call, None) as ended:
                        ended(carried_out(form, self._clients[call.manner], call.image_id, self._file(call)))

    async def _async_worker(self) -> None:
        with self._nothing_unsaid():
            for number in self._async:
                call = planned(self._seed, number)
                if form := call.form.acall:
                    with self._around(call, asyncio.current_task()) as ended:
                        ended(await acarried_out(form, self._clients[call.manner], call.image_id, self._file(call)))

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
    def _around(self, call: Call, task: "asyncio.Task[Any] | None") -> Iterator[Callable[[Came], None]]:
        """Has the emulator ready for the call, and takes down what came of it."""
        self._emulator.images[call.image_id] = call.image
        self._emulator.faults.add(*call.faults)
        start = time.monotonic()
        self._running[call.number] = Running(call, start, task)

        def ended(came: Came) -> None:
            seconds = time.monotonic() - start
            kinds = tuple(trouble.kind for trouble in call.troubles)
            wrong = complaint(call.ending, came, seconds)
            complaints = (wrong,) if wrong else ()
            self._done.append(
                Done(call.number, call.form.name, kinds, call.ending.requests, described(came), seconds, complaints)
            )

        try:
            yield ended
        finally:
            del self._running[call.number]
            del self._emulator.images[call.image_id]

    def _file(self, call: Call) -> Path:
        return self._folder / f"{call.image_id}.jpg"

    @contextmanager
    def _nothing_unsaid(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self._broken.append(f"the run itself failed: {error!r}")

    def _summary(self, stopped: str | None) -> Result:
        counts = Counter(request.path.rpartition("/")[2] for request in self._emulator.requests)
        others = [*([stopped] if stopped else []), *self._broken]
        if not stopped:
            others += [f"a file was left behind: {file.name}" for file in sorted(self._folder.iterdir())]
            others += [f"a request came for {name}" for name in counts.keys() - set(map(image_id, self._numbers))]
        done = [_counted(done, counts[image_id(done.number)]) for done in list(self._done)]
        return Result(sorted(done, key=lambda each: each.number), counts.total(), others, stopped is not None)


def _counted(done: Done, requests: int) -> Done:
    if requests == done.requests:
        return done
    wrong = f"{requests} requests were sent in place of {done.requests}"
    return replace(done, complaints=(*done.complaints, wrong))
