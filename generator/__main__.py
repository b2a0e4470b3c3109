"""The command: `python -m generator generate` writes generated/, `python -m generator check` compares it.

Exit status: 0 success; 1 generated/ is out of date; 2 the generation failed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from generator import tree
from generator.build import GenerationError, build

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "spec" / "openapi.yaml"
GENERATED = ROOT / "generated"
PACKAGE = "face_client"
FIX = "python -m generator generate"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m generator", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("command", choices=["generate", "check"])
    command = parser.parse_args(arguments).command
    try:
        # On the same file system as generated/, so that it can be renamed.
        with tempfile.TemporaryDirectory(prefix=".generated-", dir=ROOT) as folder:
            fresh = Path(folder) / GENERATED.name
            build(DOCUMENT, fresh / PACKAGE)
            if command == "check":
                return _report(tree.differences(GENERATED, fresh))
            changed = tree.differences(GENERATED, fresh)
            if changed:
                tree.replace(GENERATED, fresh)
    except GenerationError as error:
        print(f"error: {error}", file=sys.stderr)
        print(f"{GENERATED.name}/ was not changed.", file=sys.stderr)
        return 2
    print(f"{GENERATED.name}/: {len(changed)} files changed" if changed else f"{GENERATED.name}/ is up to date")
    return 0


def _report(differences: list[tree.Difference]) -> int:
    if not differences:
        print(f"{GENERATED.name}/ is up to date with {DOCUMENT.relative_to(ROOT)}")
        return 0
    for difference in differences:
        print(difference.diff, end="")
    print()
    for difference in differences:
        print(f"{difference.kind}: {GENERATED.name}/{difference.path}")
    print(f"\n{GENERATED.name}/ is out of date with {DOCUMENT.relative_to(ROOT)}. To fix it: {FIX}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
