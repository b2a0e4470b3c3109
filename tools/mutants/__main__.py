"""Checks that the tests catch deliberate faults: each mutant is applied to a copy of the repository and tested there.

Exit status: 0 all mutants were caught; 1 some survived; 2 a mutant does not apply, or the tests fail without a mutant.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tools.mutants.faults import MUTANTS
from tools.mutants.trial import Mutant, MutantError, Trial

_TESTS = ("tests/face_client_runtime", "tests/face_client", "tests/face_client_auth", "tests/face_client_sessions")
_ROOT = Path(__file__).parents[2]


def main(arguments: list[str] | None = None, mutants: Sequence[Mutant] = MUTANTS) -> int:
    """Runs the tests against the mutants, prints a table and returns the exit status."""
    options = _parser().parse_args(arguments)
    numbers = options.only or range(1, len(mutants) + 1)
    if unknown := set(numbers) - set(range(1, len(mutants) + 1)):
        print(f"there is no mutant {min(unknown)}: they are 1 to {len(mutants)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            trial = Trial(options.root, Path(folder), options.tests, options.pytest)
            trial.check(mutants[number - 1] for number in numbers)
            if options.list:
                for number in numbers:
                    print(f"{number:>3}  {mutants[number - 1].name}")
                return 0
            if not options.unchecked:
                trial.check_tests()
            survivors = [number for number in numbers if not _is_caught(trial, number, mutants[number - 1])]
        except MutantError as error:
            print(error, file=sys.stderr)
            return 2
    print(f"{len(numbers) - len(survivors)} of {len(numbers)} were caught")
    return 1 if survivors else 0


def _is_caught(trial: Trial, number: int, mutant: Mutant) -> bool:
    start = time.monotonic()
    verdict = trial.verdict(mutant)
    word = "caught" if verdict.is_caught else "SURVIVED"
    by = f"\n       {verdict.by}" if verdict.by else ""
    print(f"{number:>3}  {word:<8}  {mutant.name} ({time.monotonic() - start:.0f} s){by}", flush=True)
    return verdict.is_caught


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutants", description=(__doc__ or "").partition("\n\n")[0], allow_abbrev=False
    )
    parser.add_argument("--only", type=int, nargs="+", metavar="N", help="these mutants, by number")
    parser.add_argument("--tests", nargs="+", default=_TESTS, metavar="PATH", help=f"default: {' '.join(_TESTS)}")
    parser.add_argument(
        "--pytest",
        action="append",
        default=[],
        metavar="ARGUMENT",
        help="for pytest, such as --pytest=-n2",
    )
    parser.add_argument("--root", type=Path, default=_ROOT, help="another clone of the repository")
    parser.add_argument("--list", action="store_true", help="only list the mutants, after checking that all apply")
    parser.add_argument("--unchecked", action="store_true", help="skip the run of the tests without a mutant")
    return parser


if __name__ == "__main__":
    sys.exit(main())
