"""The command: tests some or all targets, prints a table, and fails if a target fails."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tools.targets import report
from tools.targets.definitions import FOLDER, TARGETS
from tools.targets.trial import try_target

DOCUMENT = FOLDER.parents[1] / "generated" / "face_client" / "openapi.json"  # the file that the wheel ships


def main(arguments: Sequence[str] | None = None) -> int:
    """Test the named targets, or all of them."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.targets", description="Test the clients for other languages."
    )
    parser.add_argument("targets", nargs="*", metavar="target", help=f"one of {', '.join(TARGETS)} (default: all)")
    parser.add_argument(
        "--allow-missing", action="append", default=[], choices=TARGETS, metavar="TARGET",
        help="do not fail if this target is skipped because a tool is missing",
    )  # fmt: skip
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="another document")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}; there are {', '.join(TARGETS)}")

    started = time.monotonic()
    results = []
    print(report.header(), flush=True)
    for name in options.targets or TARGETS:
        result = try_target(TARGETS[name], options.document)
        print(report.row(result), flush=True)
        results.append(result)
    for result in results:
        for problem in (*result.problems, *([result.left_out] if result.left_out else [])):
            print(f"\n{result.target.name}: {problem}", file=sys.stderr)
    print(f"\n{time.monotonic() - started:.0f} s in all", flush=True)
    return report.exit_status(results, options.allow_missing)


if __name__ == "__main__":
    sys.exit(main())
