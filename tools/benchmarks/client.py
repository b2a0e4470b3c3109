"""Measures one contestant in a new process: one form of download, one kind of measurement. Prints one line of JSON.

The exit status is 3 if a download had wrong bytes.
"""

import argparse
import asyncio
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tools.benchmarks import payload, probes
from tools.benchmarks.payload import Picture
from tools.benchmarks.server import KEY
from tools.benchmarks.serving import server_cpu

FORMS = ("get", "save", "aget", "asave")
MEASURES = ("time", "memory", "flat")
WRONG_IMAGE = 3
_SMALL = Picture(2_000)


class WrongImageError(Exception):
    """A download had wrong bytes, so that all figures of the run are invalid."""


class Downloads:
    """Downloads the same picture repeatedly with one contestant, sync.

    The length of each download is checked; the last one of a series is kept for `verify`.
    """

    loop: asyncio.AbstractEventLoop | None = None

    def __init__(self, peer: Any, saves: bool, folder: Path) -> None:
        self._peer = peer
        self._saves = saves
        self._folder = folder
        self._last: bytes | Path = b""

    def many(self, picture: Picture, count: int) -> None:
        get, save, image_id = self._peer.get, self._peer.save, picture.image_id
        path = self._folder / "0"
        for number in range(count):
            if self._saves:
                save(image_id, str(path))
                self._check_file(path, picture.size)
            else:
                self._last = b""  # so that two results are never held at once
                image = get(image_id)
                self._check(len(image), picture.size)
                if number == count - 1:
                    self._last = image
                del image

    def verify(self, picture: Picture) -> None:
        """Checks the hash of the last download.

        Raises:
            WrongImageError: It has wrong bytes.
        """
        digest = hashlib.sha256()
        for piece in self._pieces():
            digest.update(piece)
        if digest.hexdigest() != payload.sha256(picture.size):
            raise WrongImageError(f"{picture.image_id}: the bytes are not those that the server should have sent")

    def _pieces(self) -> Iterator[bytes]:
        if isinstance(self._last, bytes):
            yield self._last
            return
        with self._last.open("rb") as file:
            while piece := file.read(1 << 20):
                yield piece

    def _check_file(self, path: Path, size: int) -> None:
        self._check(path.stat().st_size, size)
        self._last = path

    @staticmethod
    def _check(received: int, size: int) -> None:
        if received != size:
            raise WrongImageError(f"{received} bytes came where {size} were asked for")


class AsyncDownloads(Downloads):
    """The async `Downloads`, with a number of concurrent tasks in one event loop."""

    def __init__(self, peer: Any, saves: bool, folder: Path, concurrency: int, runner: asyncio.Runner) -> None:
        super().__init__(peer, saves, folder)
        self._concurrency = concurrency
        self._runner = runner
        self.loop = runner.get_loop()

    def many(self, picture: Picture, count: int) -> None:
        self._runner.run(self._many(picture, count))

    async def _many(self, picture: Picture, count: int) -> None:
        numbers = iter(range(count))
        self._last = b""
        async with asyncio.TaskGroup() as group:
            for worker in range(min(self._concurrency, count)):
                group.create_task(self._work(numbers, picture, count, self._folder / str(worker)))

    async def _work(self, numbers: Iterator[int], picture: Picture, count: int, path: Path) -> None:
        get, save, image_id = self._peer.get, self._peer.save, picture.image_id
        for number in numbers:
            if self._saves:
                await save(image_id, str(path))
                self._check_file(path, picture.size)
            else:
                image = await get(image_id)
                self._check(len(image), picture.size)
                if number == count - 1:
                    self._last = image
                del image


def measure_time(downloads: Downloads, picture: Picture, count: int, warm_up: int, port: int) -> dict[str, Any]:
    """Returns wall time and CPU time of `count` downloads, in this process and in the server."""
    downloads.many(picture, warm_up)
    downloads.verify(picture)
    before, start, used = server_cpu(port), time.perf_counter(), time.process_time()
    downloads.many(picture, count)
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    spent = server_cpu(port) - before
    downloads.verify(picture)
    return {"requests": count, "seconds": seconds, "cpu": cpu, "server_cpu": spent}


def measure_memory(downloads: Downloads, picture: Picture, idle: int) -> dict[str, Any]:
    """Returns the peak memory of one download, above the process after its imports and after a small download."""
    downloads.many(_SMALL, 1)
    downloads.verify(_SMALL)
    warm = probes.resident()
    probes.forget_peak()
    downloads.many(picture, 1)
    peak = probes.peak()
    downloads.verify(picture)
    return {"idle": idle, "above_idle": peak - idle, "above_warm": peak - warm}


def measure_flat(downloads: Downloads, picture: Picture, count: int) -> dict[str, Any]:
    """Returns the resources of the process after each tenth of many downloads, and the peak memory of all of them."""
    downloads.many(picture, 1)
    idle = probes.holdings(downloads.loop)
    probes.forget_peak()
    samples = []
    for tenth in range(10):
        downloads.many(picture, count * (tenth + 1) // 10 - count * tenth // 10)
        samples.append(probes.holdings(downloads.loop))
    peak = probes.peak()
    downloads.verify(picture)
    return {"idle": idle, "samples": samples, "peak": peak}


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    module = import_module(asked.peer)
    idle = probes.resident()
    picture = Picture(asked.size, asked.delay, asked.damaged)
    status = 0
    try:
        with ExitStack() as stack:
            # In memory if possible, since the speed of the disk is not of interest.
            folder = Path(stack.enter_context(TemporaryDirectory(dir=asked.folder or _fast_folder())))
            downloads = _downloads(stack, module, asked, folder)
            if asked.measure == "time":
                result = measure_time(downloads, picture, asked.count, asked.warm_up, asked.port)
            elif asked.measure == "memory":
                result = measure_memory(downloads, picture, idle)
            else:
                result = measure_flat(downloads, picture, asked.count)
        print(json.dumps(result))
    except* WrongImageError as errors:
        print(f"{asked.peer}: {_first(errors)}", file=sys.stderr)
        status = WRONG_IMAGE
    return status


def _first(errors: BaseExceptionGroup[WrongImageError]) -> BaseException:
    """Flattens the results of tasks."""
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


def _downloads(stack: ExitStack, module: Any, asked: argparse.Namespace, folder: Path) -> Downloads:
    saves = asked.form.endswith("save")
    if not asked.form.startswith("a"):
        return Downloads(stack.enter_context(module.Sync(asked.endpoint, KEY)), saves, folder)
    runner = stack.enter_context(asyncio.Runner())

    async def enter() -> Any:
        return await module.Async(asked.endpoint, KEY).__aenter__()

    peer = runner.run(enter())
    stack.callback(lambda: runner.run(peer.__aexit__(None, None, None)))
    return AsyncDownloads(peer, saves, folder, asked.concurrency, runner)


def _fast_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a new private folder is made in it


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.benchmarks.client", description="Measures one contestant.")
    parser.add_argument("peer", help="module with Sync or Async, such as tools.benchmarks.peers.ours")
    parser.add_argument("form", choices=FORMS, help="as bytes or to a file, sync or async")
    parser.add_argument("measure", choices=MEASURES)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--port", type=int, required=True, help="the server's http port, for its CPU time")
    parser.add_argument("--size", type=int, default=640_000, help="bytes of a picture")
    parser.add_argument("--delay", type=int, default=0, help="milliseconds before the server answers")
    parser.add_argument("--damaged", action="store_true", help="have the server send a wrong byte")
    parser.add_argument("--count", type=int, default=100, help="downloads")
    parser.add_argument("--warm-up", type=int, default=10, help="downloads before those that count")
    parser.add_argument("--concurrency", type=int, default=1, help="downloads at once, async")
    parser.add_argument("--folder", help="where files are saved; by default in memory")
    return parser


if __name__ == "__main__":
    sys.exit(main())
