"""The benchmark cases: each has contestants, and a job to run for each of them in each round."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.benchmarks.client import WRONG_IMAGE, WrongImageError
from tools.benchmarks.rounds import order

ROOT = Path(__file__).resolve().parents[2]
Record = dict[str, Any]
Job = Callable[[], dict[str, Any]]
# Much longer than any run. A run that hangs counts as failed.
_TIMEOUT = 300


class ContestantError(Exception):
    """A contestant failed; the message is the end of its output."""


@dataclass(frozen=True)
class Case:
    """Contestants with the same job, which each runs `rounds` times."""

    section: str
    name: str
    jobs: dict[str, Job]
    rounds: int
    facts: dict[str, Any]
    """What the report and the plots need to know of it, such as the size of a picture."""


def run_case(case: Case, say: Callable[[str], None] = lambda _: None) -> Iterator[Record]:
    """Runs a case, round by round, and yields a record for each run.

    A contestant that fails has the failure in its record.

    Raises:
        WrongImageError: A contestant downloaded wrong bytes.
    """
    for number in range(case.rounds):
        for label in order(list(case.jobs), number):
            say(f"{case.section}: {case.name}, round {number + 1} of {case.rounds}, {label}")
            record = {"section": case.section, "case": case.name, "round": number, "contestant": label, **case.facts}
            start = time.monotonic()
            try:
                record |= case.jobs[label]()
            except ContestantError as error:
                record["failed"] = str(error)
            # Including the overhead.
            yield {**record, "took": round(time.monotonic() - start, 3)}


def run_python(python: Path | str, *arguments: str, env: dict[str, str] | None = None) -> str:
    """Runs a Python with this package and without the user's settings, and returns its output.

    Raises:
        WrongImageError: A download had wrong bytes.
        ContestantError: It failed or timed out.
    """
    command = [str(python), "-P", *arguments]
    try:
        done = subprocess.run(
            command, env=environment(env), capture_output=True, text=True, check=False, timeout=_TIMEOUT
        )
    except subprocess.TimeoutExpired:
        raise ContestantError(f"it had not ended after {_TIMEOUT} seconds") from None
    words = done.stderr.strip().splitlines()[-1:]
    if done.returncode == WRONG_IMAGE:
        raise WrongImageError(*words)
    if done.returncode:
        raise ContestantError(*words)
    return done.stdout


def measure(python: Path | str, *arguments: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    """Runs tools.benchmarks.client with the arguments, and returns its measurements."""
    result: dict[str, Any] = json.loads(run_python(python, "-m", "tools.benchmarks.client", *arguments, env=env))
    return result


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """Returns the environment variables of a contestant, without proxies and settings of Python or of the service."""
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith("_PROXY") and not name.startswith(("PYTHON", "FACE_", "AZURE_", "SSL_CERT"))
    }
    return {**mine, "PYTHONPATH": str(ROOT), **(more or {})}


def collect(cases: Sequence[Case], keep: Callable[[Record], None], say: Callable[[str], None]) -> None:
    """Runs all cases, and yields each record at once."""
    for case in cases:
        for record in run_case(case, say):
            keep(record)
            if "failed" in record:
                print(f"{case.name}: {record['contestant']} failed: {record['failed']}", file=sys.stderr)
