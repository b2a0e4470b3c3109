"""The command: `python -m tools.spec_tools page` writes the page, `python -m tools.spec_tools lint` lints the document.

Exit status: 0 success; 1 the document has problems; 2 the command failed.
"""

import argparse
import os
import sys
from pathlib import Path

from generator.document import DocumentError, load
from tools.spec_tools import npm
from tools.spec_tools.lint import lint
from tools.spec_tools.page import page

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "spec" / "openapi.yaml"
PAGE = ROOT / "build" / "docs" / "index.html"
# The page that the emulator serves.
SERVED = ROOT / "handwritten" / "face_emulator" / "page.html"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.spec_tools", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("command", choices=["page", "lint"])
    command = parser.parse_args(arguments).command
    try:
        return _write_page() if command == "page" else _lint()
    except (DocumentError, npm.ToolError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1 if isinstance(error, DocumentError) else 2


def _write_page() -> int:
    content = page(load(DOCUMENT), npm.packages()).encode("utf-8")
    for path in (PAGE, SERVED):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    print(f"{os.path.relpath(PAGE)}: {len(content) / 1e6:.1f} MB; face-emulator serves it at /")
    return 0


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
