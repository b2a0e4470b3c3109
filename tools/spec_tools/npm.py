"""The npm packages that package-lock.json pins, installed below build/."""

import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTALLED = HERE.parents[1] / "build" / "spec_tools"
PINS = ("package.json", "package-lock.json", ".npmrc")


class ToolError(Exception):
    """Something did not work, and the message says what."""


class ToolMissingError(ToolError):
    """A program that this machine does not have; the message says which."""


def program(name: str) -> str:
    """Returns where a program is.

    Raises:
        ToolMissingError: It is not on the PATH.
    """
    found = shutil.which(name)
    if found is None:
        raise ToolMissingError(f"{name} is not installed: it comes with Node.js, 20.19 or 22.12 or newer")
    return found


def packages() -> Path:
    """Returns the folder node_modules with exactly what the lock file names, installed now if it is not there yet.

    Raises:
        ToolMissingError: There is no npm.
        ToolError: npm could not install them; the message is npm's own.
    """
    modules = INSTALLED / "node_modules"
    if all(_same(HERE / name, INSTALLED / name) for name in PINS):
        return modules
    npm = program("npm")
    INSTALLED.parent.mkdir(exist_ok=True)
    # Elsewhere at first, so that what has the lock file beside it is whole.
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
