"""What is measured: each case has contestants, and something to run for each of them in each round."""

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
# Far more than any run takes; one that hangs is a failure, and not the end of the whole.
_TIMEOUT = 300


class ContestantError(Exception):
    """A contestant could not do what was asked of it; the message has its last words."""


@dataclass(frozen=True)
class Case:
    """Contestants that do the same thing, `rounds` times each."""

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
        WrongImageError: A contestant downloaded something else than was asked for.
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
            # With everything around what was measured: where a run spends its minutes.
            yield {**record, "took": round(time.monotonic() - start, 3)}


def run_python(python: Path | str, *arguments: str, env: dict[str, str] | None = None) -> str:
    """Runs a Python that sees this package and none of the user's settings, and returns what it prints.

    Raises:
        WrongImageError: It says that a download was not what was asked for.
        ContestantError: It ended with another status than 0, or not in time.
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
    """Runs tools.benchmarks.client with the arguments, and returns what it has measured."""
    result: dict[str, Any] = json.loads(run_python(python, "-m", "tools.benchmarks.client", *arguments, env=env))
    return result


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """Returns the variables that a contestant runs with: no proxies, and no settings of Python or of the service."""
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith("_PROXY") and not name.startswith(("PYTHON", "FACE_", "AZURE_", "SSL_CERT"))
    }
    return {**mine, "PYTHONPATH": str(ROOT), **(more or {})}


def collect(cases: Sequence[Case], keep: Callable[[Record], None], say: Callable[[str], None]) -> None:
    """Runs all cases and hands each record over as soon as it is there."""
    for case in cases:
        for record in run_case(case, say):
            keep(record)
            if "failed" in record:
                print(f"{case.name}: {record['contestant']} failed: {record['failed']}", file=sys.stderr)
