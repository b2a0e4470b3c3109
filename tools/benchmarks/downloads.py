"""The cases of downloads: sequential, concurrent, memory, and growth of the cost."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tools.benchmarks.capacity import capacity
from tools.benchmarks.cases import Case, Job, measure
from tools.benchmarks.contestants import AT, CAPACITY, JAVA, OURS, REFERENCE, STOCK, Contestant
from tools.benchmarks.payload import Picture
from tools.benchmarks.serving import Serving

KB, MB = 1_000, 1_000_000
IMAGE = 640 * KB
"""About what a session image has."""
LARGE = 200 * MB
AT_ONCE = 32


@dataclass(frozen=True)
class Field:
    """The environment of all download cases."""

    sync: list[Contestant]
    asynchronous: list[Contestant]
    server: Serving
    authorities: Path
    """The certificates that everyone trusts, those of the world and the server's own: a PEM file."""
    disk: Path
    quick: bool

    def timed(
        self, who: Sequence[Contestant], form: str, picture: Picture, count: int, *, at_once: int = 1, tls: bool = False
    ) -> dict[str, Job]:
        """Returns jobs that time downloads."""
        options = (f"--count={count}", f"--concurrency={at_once}", f"--warm-up={max(3, at_once)}")
        return {one.label: self.job(one, form, "time", picture, *options, tls=tls) for one in who}

    def capacity(self, picture: Picture, count: int, *, at_once: int = 1, tls: bool = False) -> dict[str, Job]:
        """Returns the job that measures the capacity of the server."""
        ca = str(self.authorities) if tls else None
        run = partial(capacity, self.server.endpoint(tls), self.server.port, picture, count, at_once, ca)
        return {CAPACITY: run}

    def held(self, who: Sequence[Contestant], form: str, what: str, picture: Picture, *options: str) -> dict[str, Job]:
        """Returns jobs that measure memory, of one or of many downloads."""
        return {one.label: self.job(one, form, what, picture, *options) for one in who}

    def job(self, one: Contestant, form: str, what: str, picture: Picture, *options: str, tls: bool = False) -> Job:
        """One run of tools.benchmarks.client."""
        arguments = [one.module, form, what, f"--endpoint={self.server.endpoint(tls)}", f"--port={self.server.port}"]
        arguments += [f"--size={picture.size}", f"--delay={picture.delay_ms}", *options]
        # In the environment, so that each contestant creates its TLS context in its usual way.
        trust = {"SSL_CERT_FILE": str(self.authorities), "REQUESTS_CA_BUNDLE": str(self.authorities)} if tls else None
        return partial(measure, one.python, *arguments, env=trust)


def one_at_a_time(field: Field) -> Iterator[Case]:
    """Sync: as bytes and to a file, large and small, in the clear and over TLS."""
    count, few = (40, 1) if field.quick else (200, 3)
    for tls in (False, True):
        jobs = field.timed(field.sync, "get", Picture(IMAGE), count, tls=tls)
        jobs |= field.capacity(Picture(IMAGE), count, tls=tls)
        yield _case("sync", f"640 kB, {_scheme(tls)}", jobs, _rounds(field, tls), size=IMAGE)
    for tls in (False,) if field.quick else (False, True):
        jobs = field.timed(field.sync, "get", Picture(2 * KB), 4 * count, tls=tls)
        jobs |= field.capacity(Picture(2 * KB), 4 * count, tls=tls)
        yield _case("sync", f"2 kB, {_scheme(tls)}", jobs, _rounds(field, tls), size=2 * KB)
    yield _case("sync", "640 kB to a file in memory", field.timed(field.sync, "save", Picture(IMAGE), count), few)
    if not field.quick:
        on_disk = {
            one.label: field.job(one, "save", "time", Picture(IMAGE), f"--count={count}", f"--folder={field.disk}")
            for one in field.sync
        }
        yield _case("sync", "640 kB to a file on disk", on_disk, few)


def many_at_once(field: Field) -> Iterator[Case]:
    """Async: 32 tasks, as bytes and to files, large and small, in the clear and over TLS."""
    count = 2 * AT_ONCE if field.quick else 10 * AT_ONCE
    for tls in (False, True):
        jobs = field.timed(field.asynchronous, "aget", Picture(IMAGE), count, at_once=AT_ONCE, tls=tls)
        jobs |= field.capacity(Picture(IMAGE), count, at_once=AT_ONCE, tls=tls)
        yield _case("async", f"640 kB, {_scheme(tls)}", jobs, _rounds(field, tls), size=IMAGE)
    if field.quick:
        return
    small = Picture(2 * KB)
    jobs = field.timed(field.asynchronous, "aget", small, 4 * count, at_once=AT_ONCE)
    yield _case(
        "async", "2 kB, http", jobs | field.capacity(small, 4 * count, at_once=AT_ONCE), _rounds(field), size=2 * KB
    )
    saved = field.timed(field.asynchronous, "asave", Picture(IMAGE), count, at_once=AT_ONCE)
    yield _case("async", "640 kB to files in memory", saved, 3)


def memory(field: Field) -> Iterator[Case]:
    """Peaks in fresh processes, and whether anything grows over many downloads."""
    rounds = 1 if field.quick else 2
    forms: list[tuple[str, str, list[Contestant]]] = [
        ("get", "200 MB as bytes", field.sync),
        ("save", "200 MB to a file", field.sync),
        ("aget", "200 MB as bytes, async", field.asynchronous),
        ("asave", "200 MB to a file, async", field.asynchronous),
    ]
    for form, name, who in forms:
        others = () if form.startswith("a") else (REFERENCE, STOCK, JAVA)
        jobs = field.held(_ours_and(who, *others) if field.quick else who, form, "memory", Picture(LARGE))
        yield _case("memory", name, jobs, rounds, form=form, size=LARGE, measure="peak")
    many = 500 if field.quick else 10_000
    flat = [("get", field.sync, many, "one at a time"), ("aget", field.asynchronous, many, "32 at once")]
    for form, who, count, how in flat:
        jobs = field.held(_ours_and(who), form, "flat", Picture(2 * KB), f"--count={count}", f"--concurrency={AT_ONCE}")
        yield _case("memory", f"{count:,} downloads of 2 kB, {how}", jobs, 1, form=form, measure="flat")
    if field.quick:
        return
    for form, name, who in forms:
        others = (REFERENCE, STOCK, JAVA) if form == "get" else ()
        jobs = field.held(_ours_and(who, *others), form, "flat", Picture(LARGE), "--count=25")
        yield _case("memory", f"25 times {name}", jobs, 1, form=form, measure="flat")
    few = _ours_and(field.sync, REFERENCE, STOCK, JAVA)
    for form, how in (("get", "as bytes"), ("save", "to a file")):
        for size in (2 * MB, 20 * MB, 65 * MB):
            jobs = field.held(few, form, "memory", Picture(size))
            yield _case("memory", f"{size // MB} MB {how}", jobs, 1, form=form, size=size, measure="peak")


def growth(field: Field) -> Iterator[Case]:
    """How the cost grows with the size of a picture, with the number of tasks, and with the distance to the server."""
    rounds = 1 if field.quick else 2
    sizes = (2 * KB, 200 * KB, 20 * MB) if field.quick else (2 * KB, 20 * KB, 200 * KB, 2 * MB, 20 * MB, LARGE)
    sync = _ours_and(field.sync, REFERENCE, STOCK, "urllib3")
    for size in sizes:
        count = max(2, min(200, 40 * MB // size))
        jobs = field.timed(sync, "get", Picture(size), count)
        yield _case("growth", f"{_size(size)}, one at a time", jobs, rounds, by="size", x=size, size=size)
    asynchronous = _ours_and(field.asynchronous, REFERENCE, STOCK, "aiohttp")
    for at_once in (1, 32) if field.quick else (1, 4, 16, 64, 256):
        count = 64 if field.quick else 256
        jobs = field.timed(asynchronous, "aget", Picture(IMAGE), count, at_once=at_once)
        yield _case("growth", f"640 kB, {at_once} at once", jobs, rounds, by="concurrency", x=at_once, size=IMAGE)
    for delay in (0, 50) if field.quick else (0, 1, 10, 50):
        count = 8 if field.quick else 30
        jobs = field.timed(sync, "get", Picture(IMAGE, delay), count)
        yield _case("growth", f"640 kB after {delay} ms, one at a time", jobs, 1, by="latency", x=delay, size=IMAGE)
        if not field.quick:
            jobs = field.timed(asynchronous, "aget", Picture(IMAGE, delay), 256, at_once=AT_ONCE)
            name = f"640 kB after {delay} ms, {AT_ONCE} at once"
            yield _case("growth", name, jobs, 1, by="latency, async", x=delay, size=IMAGE)


def _case(section: str, name: str, jobs: dict[str, Job], rounds: int, **facts: Any) -> Case:
    return Case(section, name, jobs, rounds, facts)


def _rounds(field: Field, tls: bool = False) -> int:
    if field.quick:
        return 2 if tls else 3
    return 5


def _ours_and(who: Sequence[Contestant], *labels: str) -> list[Contestant]:
    """Returns this project's client, its baseline if there is one, and those with the labels."""
    return [one for one in who if one.label in (OURS, *labels) or one.label.startswith(AT)]


def _scheme(tls: bool) -> str:
    return "TLS" if tls else "http"


def _size(size: int) -> str:
    return f"{size // MB} MB" if size >= MB else f"{size // KB} kB"


SECTIONS: dict[str, Callable[[Field], Iterator[Case]]] = {
    "sync": one_at_a_time,
    "async": many_at_once,
    "memory": memory,
    "growth": growth,
}
