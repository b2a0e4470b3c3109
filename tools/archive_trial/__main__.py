"""Trials of `archive`: python -m tools.archive_trial kills | memory | rate.

kills: 5,000 ids at an emulator with faults and a rate limit, killed ten times at random moments and resumed: each image
is equal, none is fetched again once it is finished, the manifest is complete, and no other file is left.
memory: the peak memory for 1,000 and for 100,000 ids, when they are saved and when all are there.
rate: 10 requests a second for two minutes, at an emulator that allows no more.

Exit status: 0 all is as it should be; 1 something is not, and is printed.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from face_emulator import Emulator
from tools.archive_trial.kills import KillTrial
from tools.archive_trial.processes import end, start
from tools.archive_trial.stub import stub


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


def _kills(folder: Path, count: int | None, seed: int) -> list[str]:
    return KillTrial(folder, count or 5000, seed).run(10)


def _memory(folder: Path, count: int | None, seed: int) -> list[str]:  # noqa: ARG001
    peaks = []
    for ids in (1000, count or 100_000):
        with stub() as endpoint:
            for what in ("saved", "resumed"):
                begun = time.monotonic()
                peaks.append(end(start(endpoint, "a-key", ids, folder / str(ids), 0))["peak"])
                print(f"{ids} ids {what}: {peaks[-1]} MiB, {time.monotonic() - begun:.0f} s", flush=True)
    growth = max(peaks[2] - peaks[0], peaks[3] - peaks[1])
    return [] if growth < 8 else [f"the peak grows by {growth} MiB"]


def _rate(folder: Path, count: int | None, seed: int) -> list[str]:
    images = {f"image-{i}": os.urandom(100 + seed) for i in range(count or 1200)}
    (folder / "ids.txt").write_text("\n".join(images))
    with Emulator(images=images, requests_per_second=10, keep_requests=None) as emulator:
        begun = time.monotonic()
        summary = end(start(emulator.endpoint, emulator.key, folder / "ids.txt", folder / "images", 10))
        times = [request.time for request in emulator.requests]
    most = max(sum(0 <= other - first < 60 for other in times) for first in times)
    refused = len(times) - len(images)
    print(
        f"{len(times)} requests in {time.monotonic() - begun:.0f} s, {refused} got a 429, {most} in the fullest minute"
    )
    return [] if most <= 600 and summary.get("saved") == len(images) else [f"not held: {most} in a minute, {summary}"]


if __name__ == "__main__":
    sys.exit(main())
