"""The command: `python -m tools.spec_tools lint` lints the document.

Exit status: 0 success; 1 the document has problems; 2 the command failed.
"""

import argparse
import os
import sys
from pathlib import Path

from generator.document import DocumentError, load
from tools.spec_tools import npm
from tools.spec_tools.lint import lint

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "spec" / "openapi.yaml"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.spec_tools", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("command", choices=["lint"])
    parser.parse_args(arguments)
    try:
        return _lint()
    except (DocumentError, npm.ToolError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1 if isinstance(error, DocumentError) else 2


def _lint() -> int:
    load(DOCUMENT)  # an invalid document cannot be linted
    problems = lint(DOCUMENT)[DOCUMENT]
    for problem in problems:
        print(f"{os.path.relpath(DOCUMENT)}:{problem.line}: {problem.rule}: {problem.message}")
    if problems:
        return 1
    print(f"{os.path.relpath(DOCUMENT)} is valid and keeps every rule")
    return 0


if __name__ == "__main__":
    sys.exit(main())
