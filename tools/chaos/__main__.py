"""Makes thousands of calls to the emulator, over http and over TLS; a tenth of its responses are faulty.

Each call has to end in the exact bytes or in the documented error that the rules give for its faults, after as many
requests as they say, with the right key, the right pauses, and in time. The seed alone decides which call meets what.

Exit status: 0 all of it was so; 1 something was not, and is shown.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from face_client import Client
from tools.chaos.report import table, wrong
from tools.chaos.run import Run

_TIME_LIMIT = 600.0


def main(arguments: list[str] | None = None, make_client: Callable[..., Client] = Client) -> int:
    """Runs, prints and returns the exit status; does not return when calls go on that cannot be stopped."""
    asked = _parser().parse_args(arguments)
    if asked.only is None:
        numbers, again = range(asked.calls), f"--seed {asked.seed} --calls {asked.calls}"
    else:
        numbers, again = range(asked.only, asked.only + 1), f"--seed {asked.seed} --only {asked.only}"
    print(f"python -m tools.chaos {again}", flush=True)
    # Where calls still go on, files still come.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        result = Run(asked.seed, numbers, Path(folder), make_client, _say).result(asked.seconds)
    print(table(result))
    complaints = wrong(result, asked.seed)
    if complaints:
        print("\nWRONG\n" + "\n".join(complaints))
        print(f"\nAgain: python -m tools.chaos {again}; one call alone: --only NUMBER")
    sys.stdout.flush()
    if result.is_cut_short:
        os._exit(1)  # the interpreter would wait for some of the threads
    return 1 if complaints else 0


def _say(what: str) -> None:
    print(what, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.chaos", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--seed", type=int, default=7, help="decides which fault a call meets (default: %(default)s)")
    parser.add_argument("--calls", type=int, default=20_000, help="how many (default: %(default)s)")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="this one call of them")
    parser.add_argument(
        "--seconds", type=float, default=_TIME_LIMIT, help="stop then, wherever it is (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
