"""examples/scaling.py, in a process of its own, as a reader runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "scaling.py"
# Starting each worker anew would take twice the time.
START = {"DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD": "forkserver"}
MAX_IN_FLIGHT = 16


def test_a_killed_worker_loses_nothing() -> None:
    """Every image is saved, at most those in flight are fetched again, and all workers together keep to the rate."""
    done = subprocess.run(
        [sys.executable, EXAMPLE], env=os.environ | START, check=True, stdout=subprocess.PIPE, text=True
    )

    numbers = {line.split()[0]: list(map(int, re.findall(r"\b\d+", line))) for line in done.stdout.splitlines()}
    _, before = numbers["killed"]
    assert 0 < before < 200
    saved, saved_before, failed = numbers["archives"]
    assert (saved + saved_before, failed) == (200, 0)
    images, of_all, _ = numbers["images"]
    assert images == of_all == 200
    requests, again = numbers["requests"]
    assert again == 0
    assert requests <= 200 + MAX_IN_FLIGHT
    rate, _, allowed = numbers["rate"]
    assert rate <= allowed
