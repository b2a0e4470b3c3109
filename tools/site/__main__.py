"""The commands of the documentation site.

build   writes it to build/site/, and fails on any warning, dead link or address elsewhere
serve   shows it, rebuilt as it is edited
audit   looks at each built page in Chromium, with axe, in light and dark

Exit status: 0 success; 1 there are problems; 2 a tool failed.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from generator.document import DocumentError, load
from tools.site.check import problems
from tools.spec_tools import npm
from tools.spec_tools.page import page

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "spec" / "openapi.yaml"
DOCS = ROOT / "docs"
SITE = ROOT / "build" / "site"
# The page that the emulator serves; the site has it too.
SERVED = ROOT / "handwritten" / "face_emulator" / "page.html"
# Zensical passes these on from mkdocstrings, and does not count them.
_UNCOUNTED = ("griffe:", "mkdocstrings:", "mkdocs_autorefs:", "ERROR")


def main(arguments: list[str] | None = None) -> int:
    summary, _, commands = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="python -m tools.site",
        description=summary,
        epilog=commands,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=["build", "serve", "audit"])
    command = parser.parse_args(arguments).command
    try:
        if command == "audit":
            from tools.site.audit import audit

            return _tell(list(audit(SITE)))
        prepare()
    except (DocumentError, npm.ToolError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if command == "serve":
        os.execv(sys.executable, _zensical("serve"))  # noqa: S606 - stopped by Ctrl-C as it is by itself
    return build()


def prepare() -> None:
    """Writes what the site and the emulator have of npm: the page to try, and what lets search work from a disk."""
    modules = npm.packages()
    content = page(load(DOCUMENT), modules).encode("utf-8")
    for path in (DOCS / "try.html", SERVED):
        path.write_bytes(content)
    worker = modules / "iframe-worker"
    licence, shim = ((worker / name).read_text(encoding="utf-8") for name in ("LICENSE", "shim/index.js"))
    (DOCS / "iframe-worker.js").write_text(f"/*\n{licence}*/\n{shim}", encoding="utf-8")


def build() -> int:
    """Builds the site from scratch, since a page that is taken from the cache shows no warnings."""
    done = subprocess.run(_zensical("build", "--clean", "--strict"), capture_output=True, encoding="utf-8", check=False)  # noqa: S603
    output = done.stdout + done.stderr
    print(output)
    uncounted = [line for line in output.splitlines() if line.startswith(_UNCOUNTED)]
    return done.returncode or _tell([*uncounted, *problems(SITE)])


def _zensical(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "zensical", *arguments, "--config-file", str(ROOT / "mkdocs.yml")]


def _tell(found: list[str]) -> int:
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
