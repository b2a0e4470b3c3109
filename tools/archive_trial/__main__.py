"""Trials of `archive`: python -m tools.archive_trial kills | memory | rate.

kills: 5,000 ids at an emulator with faults and a rate limit, killed ten times at random moments and resumed: each image
is equal, none is fetched again once it is finished, the manifest is complete, and no other file is left.
memory: the peak memory for 1,000 and for 100,000 ids, when they are saved and when all are there.
rate: 10 requests a second for two minutes, at an emulator that allows no more.

Exit status: 0 all is as it should be; 1 something is not, and is printed.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from face_client_archive import file_name
from face_emulator import Emulator, Fault
from tools.archive_trial.stub import stub

_ERROR_EVERY = 500  # ids


def main(arguments: list[str] | None = None) -> int:
    """Runs a trial, prints its figures and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.archive_trial", description="Trials of `archive`.")
    parser.add_argument("trial", choices=["kills", "memory", "rate"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ids", type=int, help="how many ids (5000, 100000, 1200)")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        wrong = {"kills": _kills, "memory": _memory, "rate": _rate}[asked.trial](Path(folder), asked.ids, asked.seed)
    for each in wrong:
        print("WRONG:", each)
    return 1 if wrong else 0


def _start(endpoint: str, key: str, ids: Path | int, folder: Path, rate: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tools.archive_trial.archiving", endpoint, key, str(ids), str(folder), str(rate)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  # this module and its arguments


def _end(process: subprocess.Popen[str]) -> dict[str, Any]:
    printed, _ = process.communicate()
    print(" ", printed.strip() or f"exit status {process.returncode}", flush=True)
    summary: dict[str, Any] = json.loads(printed or "{}")
    return summary


def _kills(folder: Path, count: int | None, seed: int, kills: int = 10) -> list[str]:
    chance = random.Random(seed)  # noqa: S311  # the faults are the same for a seed
    images = {
        chance.randbytes(24).hex().swapcase()[: 20 + i % 20] + f"-{i}": chance.randbytes(3000)
        for i in range(count or 5000)
    }
    unknown = [f"unknown-{i}" for i in range(len(images) // _ERROR_EVERY)]
    ids = [*images, *unknown, *list(images)[::100], ".."]
    chance.shuffle(ids)
    (folder / "ids.txt").write_text("\n".join(ids))
    target = folder / "images"
    wrong: list[str] = []
    with Emulator(images=images, requests_per_second=190, keep_requests=None) as emulator:
        for image_id in chance.sample(list(images), len(images) // 10):
            emulator.faults.add(_fault(chance, image_id))
        finished: set[str] = set()
        for number in range(kills + 1):
            before = len(emulator.requests)
            process = _start(emulator.endpoint, emulator.key, folder / "ids.txt", target, 200)
            if number < kills:
                while len(emulator.requests) == before:
                    time.sleep(0.01)
                time.sleep(chance.uniform(0, len(ids) / 250))
                process.kill()
            summary = _end(process)
            asked = {unquote(request.path.rpartition("/")[2]) for request in emulator.requests[before:]}
            if again := asked & finished:
                wrong.append(f"{len(again)} images were fetched again, such as {min(again)}")
            finished = {each for each in images if (target / file_name(each)).exists()}
            lines = (target / "manifest.jsonl").read_bytes().count(b"\n") if target.exists() else 0
            print(f"  {len(emulator.requests)} requests, {len(finished)} images, {lines} lines", flush=True)
    records = [json.loads(line) for line in (target / "manifest.jsonl").read_text().splitlines()]
    errors = [each for each in records if "error" in each]
    saved = {each["id"]: each for each in records if "error" not in each}
    for image_id, image in images.items():
        record = saved.get(image_id, {})
        kept = (target / file_name(image_id)).read_bytes() if record else b""
        if kept != image or record["sha256"] != hashlib.sha256(image).hexdigest() or record["bytes"] != len(image):
            wrong.append(f"{image_id} is not what it should be: {record}")
    if {each["id"] for each in errors} != {*unknown, ".."} or len(records) != len(images) + len(unknown) + 1:
        wrong.append(f"the manifest has {len(records)} lines, {len(errors)} of them errors")
    if stray := {each.name for each in target.iterdir()} - {"manifest.jsonl", *map(file_name, images)}:
        wrong.append(f"stray files: {stray}")
    if summary.get("errors") != {"SessionNotFound": len(unknown), "InvalidId": 1}:
        wrong.append(f"the summary is {summary}")
    twice = sum(number > 1 for number in Counter(request.path for request in emulator.requests).values())
    print(f"{len(ids)} ids, {kills} kills, {len(emulator.requests)} requests, {twice} ids with more than one")
    return wrong


def _fault(chance: random.Random, image_id: str) -> Fault:
    kinds: list[dict[str, Any]] = [
        {"status": 500},
        {"status": 503, "retry_after": 1},
        {"status": 429, "retry_after": 1},
        {"drop": True},
        {"truncate": 1000},
        {"chunked": True, "truncate": 1000},
        {"html": True, "status": 502},
        {"delay": 0.5},
    ]
    return Fault(image_id=image_id, times=chance.randint(1, 2), **chance.choice(kinds))


def _memory(folder: Path, count: int | None, seed: int) -> list[str]:  # noqa: ARG001
    peaks = []
    for ids in (1000, count or 100_000):
        with stub() as endpoint:
            for what in ("saved", "resumed"):
                start = time.monotonic()
                peaks.append(_end(_start(endpoint, "a-key", ids, folder / str(ids), 0))["peak"])
                print(f"{ids} ids {what}: {peaks[-1]} MiB, {time.monotonic() - start:.0f} s", flush=True)
    return [] if max(peaks) < min(peaks) + 8 else [f"the peaks are {peaks} MiB"]


def _rate(folder: Path, count: int | None, seed: int) -> list[str]:
    images = {f"image-{i}": os.urandom(100 + seed) for i in range(count or 1200)}
    (folder / "ids.txt").write_text("\n".join(images))
    with Emulator(images=images, requests_per_second=10, keep_requests=None) as emulator:
        start = time.monotonic()
        summary = _end(_start(emulator.endpoint, emulator.key, folder / "ids.txt", folder / "images", 10))
        times = [request.time for request in emulator.requests]
    most = max(sum(0 <= other - first < 60 for other in times) for first in times)
    refused = len(times) - len(images)
    print(
        f"{len(times)} requests in {time.monotonic() - start:.0f} s, {refused} got a 429, {most} in the fullest minute"
    )
    return [] if most <= 600 and summary.get("saved") == len(images) else [f"not held: {most} in a minute, {summary}"]


if __name__ == "__main__":
    sys.exit(main())
