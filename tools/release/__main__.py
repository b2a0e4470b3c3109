"""The command: `python -m tools.release bump VERSION | changes | dist`.

Exit status: 0 success; 1 the changelog does not announce a breaking change; 2 failure, and nothing was written.
"""

import argparse
import sys
from pathlib import Path

from tools.release import changelog, history, report
from tools.release.bump import bump
from tools.release.change import ReleaseError
from tools.release.dist import check, digest, dist

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.release")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("bump", help="change the API version, and report the changes for callers")
    command.add_argument("version", help="such as v1.3-preview.1")
    commands.add_parser("changes", help="report the changes since the last release; fail if one is not announced")
    command = commands.add_parser("dist", help="build sdist and wheel into dist/")
    command.add_argument("--tag", default="", help="fail if this is not the tag of the version")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "bump":
            print(bump(ROOT, chosen.version))
            print("\nNext: read `git diff`, and commit the document and its output together.")
            return 0
        return _changes() if chosen.command == "changes" else _dist(chosen.tag)
    except ReleaseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _changes() -> int:
    try:
        tag = history.last_release(ROOT)
    except history.NoReleaseError as error:
        print(f"Nothing to compare with: {error}.")
        return 0
    in_document, in_python = report.since_release(ROOT, tag)
    print(f"Since {tag}.\n{report.render(in_document, in_python)}")
    missing = changelog.unannounced(ROOT / "CHANGELOG.md", [*in_document, *in_python])
    if not missing:
        return 0
    print("\nCHANGELOG.md does not announce all of that. Name below `## Unreleased`, `### Breaking`:")
    for name in missing:
        print(f"- `{name}`")
    return 1


def _dist(tag: str) -> int:
    if tag:
        check(ROOT, tag)
    for built in dist(ROOT, ROOT / "dist"):
        print(f"{digest(built)}  {built.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
