"""Installs the npm packages of package-lock.json below build/."""

import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTALLED = HERE.parents[1] / "build" / "spec_tools"
PINS = ("package.json", "package-lock.json", ".npmrc")


class ToolError(Exception):
    """A tool failed; the message says why."""


class ToolMissingError(ToolError):
    """A program is not installed; the message says which."""


def program(name: str) -> str:
    """Returns the path of a program.

    Raises:
        ToolMissingError: It is not on the PATH.
    """
    found = shutil.which(name)
    if found is None:
        raise ToolMissingError(f"{name} is not installed: it comes with Node.js, 20.19 or 22.12 or newer")
    return found


def packages() -> Path:
    """Returns the folder node_modules with the locked packages, which are installed if necessary.

    Raises:
        ToolMissingError: npm is not installed.
        ToolError: npm failed to install them; the message is npm's.
    """
    modules = INSTALLED / "node_modules"
    if all(_same(HERE / name, INSTALLED / name) for name in PINS):
        return modules
    npm = program("npm")
    INSTALLED.parent.mkdir(exist_ok=True)
    # In a temporary folder first, so that a folder with the lock file is complete.
    with tempfile.TemporaryDirectory(prefix=".spec_tools-", dir=INSTALLED.parent) as temporary:
        fresh = Path(temporary) / "fresh"
        fresh.mkdir()
        for name in PINS:
            shutil.copy(HERE / name, fresh)
        done = subprocess.run([npm, "ci"], cwd=fresh, capture_output=True, text=True, check=False)  # noqa: S603 - as is
        if done.returncode:
            raise ToolError(
                f"npm could not install what tools/{HERE.name}/package-lock.json names:\n{done.stderr.strip()}"
            )
        if INSTALLED.exists():
            INSTALLED.rename(Path(temporary) / "stale")
        fresh.rename(INSTALLED)
    return modules


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()
