"""Makes the calls, in many threads and tasks, and detects calls that hang."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

import httpx

from face_client import AsyncClient, Client
from face_client_auth import SubscriptionKeyAuth
from tools.chaos.forms import Outcome, aoutcome, outcome
from tools.chaos.plan import PROFILES, Call, form_of, image_id, planned
from tools.chaos.servers import KEYS, Servers
from tools.chaos.stacks import print_stacks
from tools.chaos.verdict import Sent, complaints, complaints_about_pace, complaints_about_requests, described

# Faulty calls mostly pause, so that many of them can overlap.
_THREADS, _TASKS = 32, 64
_GRACE = 15.0
_LOOK_EVERY = 0.2
_SAY_EVERY = 10.0

ClientT = TypeVar("ClientT", Client, AsyncClient)


@dataclass(frozen=True)
class Done:
    """A call that has ended.

    Attributes:
        number: Its number.
        form: The name of its form.
        profile: The name of the client's profile.
        scheme: http or https.
        kinds: The kinds of its faulty responses.
        requests: The expected number of requests.
        outcome: A short description of the outcome.
        seconds: Its duration.
        complaints: What was wrong.
    """

    number: int
    form: str
    profile: str
    scheme: str
    kinds: tuple[str, ...]
    requests: int
    outcome: str
    seconds: float
    complaints: tuple[str, ...]


@dataclass
class Result:
    """The result of a run.

    Attributes:
        done: The calls that have ended, in the order of their numbers.
        keys: The number of requests that the servers received with each key.
        others: Complaints that are not about a call that has ended.
        is_cut_short: Whether calls may still be running.
    """

    done: list[Done]
    keys: tuple[int, ...]
    others: list[str]
    is_cut_short: bool


@dataclass(frozen=True)
class Running:
    """A call that is running."""

    call: Call
    start: float
    task: "asyncio.Task[Any] | None"

    @property
    def is_hanging(self) -> bool:
        """Whether it is long overdue."""
        return time.monotonic() > self.start + self.call.ending.most + _GRACE


class Run:
    """Makes the calls with these numbers.

    Args:
        seed: The seed of the plan.
        numbers: The numbers of the calls.
        folder: An empty folder for images.
        adjust: Changes the options of each client.
        say: Prints the progress.
    """

    def __init__(
        self,
        seed: int,
        numbers: Sequence[int],
        folder: Path,
        adjust: Callable[[dict[str, Any]], dict[str, Any]] = dict,
        say: Callable[[str], None] = print,
    ) -> None:
        self._seed = seed
        self._numbers = numbers
        self._sync = iter([number for number in numbers if form_of(number).call])
        self._async = iter([number for number in numbers if form_of(number).acall])
        self._images = folder / "images"
        self._images.mkdir()
        self._adjust = adjust
        self._say = say
        self._servers = Servers(folder)
        self._clients: dict[tuple[str, str], Client] = {}
        self._async_clients: dict[tuple[str, str], AsyncClient] = {}
        self._running: dict[int, Running] = {}
        self._done: list[Done] = []
        self._broken: list[str] = []

    def result(self, seconds: float) -> Result:
        """Makes the calls, and stops after a number of seconds."""
        with self._servers:
            shared = [name for name, profile in PROFILES.items() if profile.is_shared]
            for name, scheme in product(shared, ("http", "https")):
                self._clients[name, scheme] = self._made(Client, name, scheme)
                self._async_clients[name, scheme] = self._made(AsyncClient, name, scheme)
            threads = [threading.Thread(target=self._sync_worker, daemon=True) for _ in range(_THREADS)]
            threads.append(threading.Thread(target=self._async_side, daemon=True))
            for thread in threads:
                thread.start()
            stopped = self._watched(threads, time.monotonic() + seconds)
            if not stopped:
                for client in self._clients.values():
                    client.close()
        return self._summary(stopped)

    def _made(self, kind: type[ClientT], name: str, scheme: str) -> ClientT:
        profile, (first, second) = PROFILES[name], KEYS
        options = {
            "auth": SubscriptionKeyAuth(first, fallback=second if profile.has_second_key else None),
            "timeout": httpx.Timeout(60.0, read=profile.read_timeout),
            "max_retries": profile.max_retries,
            "deadline": profile.deadline,
            "stall_timeout": profile.stall_timeout,
            "requests_per_second": profile.requests_per_second,
            "httpx_args": self._servers.httpx_args(scheme),
        }
        return kind(self._servers.endpoint(scheme), **self._adjust(options))

    def _watched(self, threads: list[threading.Thread], end: float) -> str | None:
        """Waits for the threads. Returns the reason if it stops before their end."""
        started = said = time.monotonic()
        while any(thread.is_alive() for thread in threads):
            time.sleep(_LOOK_EVERY)
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
                shared = self._clients.get((call.profile, call.scheme))
                if form := call.form.call:
                    made = nullcontext(shared) if shared else self._made(Client, call.profile, call.scheme)
                    with made as client, self._around(call, None) as ended:
                        for _ in range(call.times):
                            result = outcome(form, client, call.image_id, self._file(call))
                        ended(result)

    async def _async_worker(self) -> None:
        with self._nothing_unsaid():
            for number in self._async:
                call = planned(self._seed, number)
                shared = self._async_clients.get((call.profile, call.scheme))
                if form := call.form.acall:
                    made = nullcontext(shared) if shared else self._made(AsyncClient, call.profile, call.scheme)
                    async with made as client:
                        with self._around(call, asyncio.current_task()) as ended:
                            for _ in range(call.times):
                                result = await aoutcome(form, client, call.image_id, self._file(call))
                            ended(result)

    def _async_side(self) -> None:
        async def work() -> None:
            async with asyncio.TaskGroup() as group:
                for _ in range(_TASKS):
                    group.create_task(self._async_worker())
            for client in self._async_clients.values():
                await client.aclose()

        with self._nothing_unsaid():
            asyncio.run(work())

    @contextmanager
    def _around(self, call: Call, task: "asyncio.Task[Any] | None") -> Iterator[Callable[[Outcome], None]]:
        """Prepares the server for the call, and records the outcome."""
        self._servers.prepare(call)
        start = time.monotonic()
        self._running[call.number] = Running(call, start, task)

        def ended(result: Outcome) -> None:
            seconds = time.monotonic() - start
            self._done.append(
                Done(
                    call.number,
                    call.form.name,
                    call.profile,
                    call.scheme,
                    tuple(fault.kind for fault in call.faults),
                    call.ending.requests,
                    described(result),
                    seconds,
                    tuple(complaints(call.ending, result, seconds)),
                )
            )

        try:
            yield ended
        finally:
            del self._running[call.number]
            self._servers.forget(call)

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
        others += self._complaints_about_pace(done, sent)
        used = [request.key for requests in sent.values() for request in requests]
        return Result(
            [self._with_requests(each, sent.get(image_id(each.number), [])) for each in done],
            tuple(used.count(key) for key in range(len(KEYS))),
            others,
            stopped is not None,
        )

    def _complaints_about_pace(self, done: Sequence[Done], sent: Mapping[str, Sequence[Sent]]) -> Iterator[str]:
        times = defaultdict[tuple[str, str, bool], list[float]](list)  # by client
        for each in done:
            of_client = times[each.profile, each.scheme, bool(form_of(each.number).acall)]
            of_client += [request.time for request in sent.get(image_id(each.number), [])]
        for (name, scheme, is_async), of_client in times.items():
            if rate := PROFILES[name].requests_per_second:
                client = f"the {'async ' * is_async}{name} client, {scheme}"
                yield from (f"{client}: {complaint}" for complaint in complaints_about_pace(rate, of_client))

    def _with_requests(self, done: Done, sent: Sequence[Sent]) -> Done:
        # Most calls have no faults, and need not be planned again.
        if not done.kinds and len(sent) == 1 and sent[0].key == 0:
            return done
        ending = planned(self._seed, done.number).ending
        return replace(done, complaints=(*done.complaints, *complaints_about_requests(ending, sent)))
