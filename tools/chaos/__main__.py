"""Makes thousands of calls to the emulator, over http and https; a tenth of the responses are faulty.

Each call must end as the rules say for its faults: with the exact bytes or the documented error, and with the expected
number of requests, keys, pauses and duration. The faults depend only on the seed.

Exit status: 0 all calls ended as expected; 1 some did not, and are printed.
"""

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.chaos.report import table, wrong
from tools.chaos.run import Run

_TIME_LIMIT = 600.0


def main(arguments: list[str] | None = None, adjust: Callable[[dict[str, Any]], dict[str, Any]] = dict) -> int:
    """Runs the calls, prints the result and returns the exit status. It exits if some calls cannot be stopped.

    Args:
        arguments: The arguments of the command.
        adjust: Changes the options of each client.
    """
    asked = _parser().parse_args(arguments)
    if asked.only is None:
        numbers, again = range(asked.calls), f"--seed {asked.seed} --calls {asked.calls}"
    else:
        numbers, again = range(asked.only, asked.only + 1), f"--seed {asked.seed} --only {asked.only}"
    print(f"python -m tools.chaos {again}", flush=True)
    logging.getLogger("face_client").addHandler(logging.NullHandler())  # warnings would be printed
    # Calls that are still running may create files.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        result = Run(asked.seed, numbers, Path(folder), adjust, _say).result(asked.seconds)
    print(table(result))
    complaints = wrong(result, asked.seed)
    if complaints:
        print("\nWRONG\n" + "\n".join(complaints))
        print(f"\nAgain: python -m tools.chaos {again}; one call alone: --only NUMBER")
    sys.stdout.flush()
    if result.is_cut_short:
        os._exit(1)  # sys.exit would wait for some of the threads
    return 1 if complaints else 0


def _say(what: str) -> None:
    print(what, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.chaos", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--seed", type=int, default=7, help="the seed of the faults (default: %(default)s)")
    parser.add_argument("--calls", type=int, default=20_000, help="the number of calls (default: %(default)s)")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="make only the call with this number")
    parser.add_argument("--seconds", type=float, default=_TIME_LIMIT, help="the time limit (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
