"""An archive that is killed again and again, and what is there in the end."""

import hashlib
import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from face_client_archive import file_name
from face_emulator import Emulator, Fault
from tools.archive_trial.processes import end, start

_UNKNOWN_EVERY = 500  # ids
_RATE, _ALLOWED = 200, 190  # requests per second


class KillTrial:
    """An archive of a list of ids, some of them unknown, repeated or invalid.

    Args:
        folder: A folder for the list and the images.
        count: How many images there are.
        seed: What the images, faults and moments depend on.
    """

    def __init__(self, folder: Path, count: int, seed: int) -> None:
        self._chance = chance = random.Random(seed)  # noqa: S311  # the same for a seed
        self._images = {f"{_mixed(chance, i)}-{i}": chance.randbytes(3000) for i in range(count)}
        self._unknown = [f"unknown-{i}" for i in range(count // _UNKNOWN_EVERY + 1)]
        self._ids = [*self._images, *self._unknown, *list(self._images)[::100], ".."]
        chance.shuffle(self._ids)
        self._list = folder / "ids.txt"
        self._list.write_text("\n".join(self._ids))
        self._folder = folder / "images"

    def run(self, kills: int) -> list[str]:
        """Returns what is wrong."""
        wrong: list[str] = []
        emulator = Emulator(images=self._images, requests_per_second=_ALLOWED, keep_requests=None)
        for image_id in self._chance.sample(list(self._images), len(self._images) // 10):
            emulator.faults.add(_fault(self._chance, image_id))
        with emulator:
            finished: set[str] = set()
            for number in range(kills + 1):
                before = len(emulator.requests)
                summary = self._archive(emulator, is_killed=number < kills)
                asked = {unquote(request.path.rpartition("/")[2]) for request in emulator.requests[before:]}
                if again := asked & finished:
                    wrong.append(f"{len(again)} images were fetched again, such as {min(again)}")
                finished = {each for each in self._images if (self._folder / file_name(each)).exists()}
                print(f"  {len(emulator.requests)} requests, {len(finished)} images", flush=True)
        if summary.get("errors") != {"SessionNotFound": len(self._unknown), "InvalidId": 1}:
            wrong.append(f"the summary is {summary}")
        twice = sum(number > 1 for number in Counter(request.path for request in emulator.requests).values())
        print(f"{len(self._ids)} ids, {kills} kills, {len(emulator.requests)} requests, {twice} ids with more than one")
        return wrong + self._check_folder()

    def _archive(self, emulator: Emulator, is_killed: bool) -> dict[str, Any]:
        before = len(emulator.requests)
        process = start(emulator.endpoint, emulator.key, self._list, self._folder, _RATE)
        if is_killed:
            while len(emulator.requests) == before and process.poll() is None:
                time.sleep(0.01)
            time.sleep(self._chance.uniform(0, len(self._ids) / 250))
            process.kill()
        return end(process)

    def _check_folder(self) -> list[str]:
        wrong = []
        records = [json.loads(line) for line in (self._folder / "manifest.jsonl").read_text().splitlines()]
        saved = {each["id"]: each for each in records if "error" not in each}
        for image_id, image in self._images.items():
            record = saved.get(image_id, {})
            kept = (self._folder / file_name(image_id)).read_bytes() if record else b""
            if kept != image or record["sha256"] != hashlib.sha256(image).hexdigest() or record["bytes"] != len(image):
                wrong.append(f"{image_id} is not what it should be: {record}")
        errors = {each["id"] for each in records if "error" in each}
        if errors != {*self._unknown, ".."} or len(records) != len(self._images) + len(errors):
            wrong.append(f"the manifest has {len(records)} lines, {len(errors)} of them errors")
        if stray := {each.name for each in self._folder.iterdir()} - {"manifest.jsonl", *map(file_name, self._images)}:
            wrong.append(f"stray files: {stray}")
        return wrong


def _mixed(chance: random.Random, number: int) -> str:
    """A text of 20 to 39 letters of both cases and digits."""
    return "".join(chance.choice("abcdefABCDEF0123456789") for _ in range(20 + number % 20))


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
