"""Checks and formats a generated package."""

import json
import os
import subprocess
import sys
from pathlib import Path

from ruff import find_ruff_bin  # type: ignore[import-untyped]

from generator.reading import GenerationError

LINE_LENGTH = "120"
_FAULTS = "F811,F821,F822,F823"  # names that are defined twice, or not at all
_UNUSED = "F401,F541"


class FaultError(Exception):
    """A module of the package, by its path, is wrong."""

    def __init__(self, module: str, reason: str) -> None:
        super().__init__(reason)
        self.module = module


def require_importable(package: Path) -> None:
    """Imports every module of the package, in a process of its own.

    Raises:
        FaultError: A module cannot be imported, or a variable hides what it imports.
    """
    script = Path(__file__).with_name("importing.py")
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    command = [sys.executable, "-I", "-W", "error:invalid escape", str(script), str(package.absolute()), path]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    try:
        fault = json.loads(done.stdout)
    except ValueError:
        raise GenerationError(f"the generated package cannot be imported: {_last_line(done.stderr)}") from None
    if fault:
        raise FaultError(fault["file"], fault["error"])


def tidy(package: Path) -> None:
    """Removes unused imports, and formats the package.

    Raises:
        FaultError: A module uses a name that it does not define, or defines it twice.
    """
    # What is not used is removed before the rest is sorted, and fits on fewer lines.
    check = ["check", "--fix", "--exit-zero", f"--select={_UNUSED},{_FAULTS}", "--output-format=json"]
    sort = ["check", "--fix", "--select=I", f"--config=line-length={LINE_LENGTH}"]
    common = ["--isolated", "--no-cache", "--quiet", "--no-respect-gitignore", "--target-version=py311"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RUFF_")}
    for command in (check, sort, ["format", f"--line-length={LINE_LENGTH}"]):
        ruff = [find_ruff_bin(), *command, *common, "."]
        done = subprocess.run(ruff, cwd=package, env=environment, capture_output=True, encoding="utf-8", check=False)
        for found in json.loads(done.stdout or "[]"):
            if found["code"] in _UNUSED.split(","):
                continue
            module = Path(found["filename"]).relative_to(package.resolve()).as_posix()
            raise FaultError(module, f"{found['message']} in line {found['location']['row']}")
        if done.returncode:
            raise GenerationError(f"ruff {command[0]} failed on the generated code: {_last_line(done.stderr)}")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it says nothing"])[-1]
