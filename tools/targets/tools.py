"""Finds the tools of the targets, or installs them below build/targets/ from hashed lock files."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from tools import nodejs
from tools.targets.commands import CommandError, run
from tools.targets.definitions import FOLDER, INSTALL_PYTHON_TOOLS, Target

BUILD = FOLDER.parents[1] / "build" / "targets"
_ENVIRONMENT = BUILD / "tools"
JARS = {"jakarta-annotation-api.jar": "libjakarta-annotation-api-java", "httpmime.jar": "libhttpmime-java"}


class MissingToolError(Exception):
    """A target cannot be tested on this machine; the message says why."""


def provide(target: Target, folder: Path) -> dict[str, str]:
    """Find or install the tools of a target, and return the environment variables for its commands.

    Raises:
        MissingToolError: A tool is missing and cannot be installed.
    """
    variables = {"PATH": search_path(), **target.variables}
    absent = [program for program in target.needs if shutil.which(program, path=variables["PATH"]) is None]
    if absent:
        raise MissingToolError(f"no {' and no '.join(absent)} on this machine")
    try:
        _install_python_tools(variables)
        if target.install and _is_new(folder / "package-lock.json", folder / "node_modules"):
            run(target.install, folder, variables)
            _remember(folder / "package-lock.json", folder / "node_modules")
        if target.name == "java":
            variables["CLASSPATH"] = os.pathsep.join(map(str, ("classes", _generator_jar(), *map(_debian_jar, JARS))))
    except CommandError as exc:
        raise MissingToolError(f"its tools cannot be installed: {exc}") from exc
    return variables


def search_path() -> str:
    """Return the PATH with the tools of the lock files first: openapi-generator, and the Node.js of pyright."""
    return os.pathsep.join([str(_ENVIRONMENT / "bin"), nodejs.search_path()])


def _install_python_tools(variables: dict[str, str]) -> None:
    if _is_new(FOLDER / "requirements.lock", _ENVIRONMENT):
        run(f"'{sys.executable}' -m venv --clear '{_ENVIRONMENT}'", FOLDER, {})
        run(INSTALL_PYTHON_TOOLS, FOLDER, {**variables, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
        _remember(FOLDER / "requirements.lock", _ENVIRONMENT)


def _generator_jar() -> Path:
    """Return openapi-generator's jar, which contains Jackson, the JSON library of the Java client."""
    return next(_ENVIRONMENT.glob("lib/python*/site-packages/openapi_generator_cli/openapi-generator.jar"))


def _debian_jar(name: str) -> Path:
    """Return a jar from the system, or else from Debian's package, below the build folder."""
    installed = Path("/usr/share/java") / name
    folder = BUILD / "debian"
    unpacked = folder / "usr" / "share" / "java" / name
    if installed.exists():
        return installed
    if not unpacked.exists():
        if shutil.which("apt-get") is None:
            raise MissingToolError(f"no {installed} on this machine, and no apt-get to fetch it with")
        folder.mkdir(parents=True, exist_ok=True)
        run(f"apt-get download -qq {JARS[name]}", folder, {})
        run(f"dpkg-deb --extract {next(folder.glob(f'{JARS[name]}_*.deb'))} .", folder, {})
    return unpacked


def _is_new(lock: Path, installed: Path) -> bool:
    """Whether the installation is out of date with the lock file, or incomplete."""
    note = installed / ".installed-from"
    return not note.exists() or note.read_text() != _digest(lock)


def _remember(lock: Path, installed: Path) -> None:
    (installed / ".installed-from").write_text(_digest(lock))


def _digest(lock: Path) -> str:
    # With the Python version: a virtual environment is only for one.
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.version.split()[0]}"
