"""The environments of the contestants: one for the peers, and one for this project's client.

They are separate because installed packages influence the speed of others: async httpx looks for sniffio and trio. Ours
is installed from its wheel, as for users, with the requirements of the project's lock; those of the peers are in
requirements.lock in this folder. A baseline, this project's client at a revision, has its own environment.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "benchmarks"
DOCUMENT = ROOT / "spec" / "openapi.yaml"
PEERS_LOCK = ROOT / "tools" / "benchmarks" / "requirements.lock"
BASELINE_MODULE = "baseline_of_ours"


class PreparationError(Exception):
    """A program that prepares an environment failed; the message is the end of its output."""


@dataclass(frozen=True)
class Baseline:
    """This project's client at a revision."""

    revision: str
    """The short hash of the commit."""
    python: Path


@dataclass(frozen=True)
class Environments:
    """The Python of each environment."""

    peers: Path
    ours: Path
    baseline: Baseline | None = None


def prepare(revision: str | None = None) -> Environments:
    """Updates the environments, and installs the client of the working tree and of the revision."""
    peers = _environment("peers", PEERS_LOCK.read_text(encoding="utf-8"))
    _install_generated(peers)
    return Environments(peers, _client("ours", ROOT), baseline(revision) if revision else None)


def baseline(revision: str) -> Baseline:
    """Installs the client of a git revision, with the contestant of that revision, since the API may differ.

    Raises:
        PreparationError: The revision does not exist, has no contestant, or cannot be installed.
    """
    commit = run("git", "rev-parse", "--verify", "--short", f"{revision}^{{commit}}").strip()
    with tempfile.TemporaryDirectory() as temporary:
        archive, tree = Path(temporary, "tree.tar"), Path(temporary, "tree")
        run("git", "archive", f"--output={archive}", commit)
        shutil.unpack_archive(archive, tree, filter="data")
        contestant = next(tree.glob("**/benchmarks/peers/ours.py"), None)
        if not contestant:
            raise PreparationError(f"{commit} has no benchmarks/peers/ours.py")
        python = _client("baseline", tree)
        shutil.copyfile(contestant, _site(python) / f"{BASELINE_MODULE}.py")
    return Baseline(commit, python)


def closure(requirements: Iterable[str]) -> set[str]:
    """Returns the names of the requirements and of their installed dependencies."""
    names: set[str] = set()
    waiting = [(Requirement(text), "") for text in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        names.add(canonicalize_name(requirement.name))
        for needs in requires(requirement.name) or ():
            needed = Requirement(needs)
            for wanted in ("", *requirement.extras):
                if canonicalize_name(needed.name) not in names:
                    waiting.append((needed, wanted))
    return names


def locked(lock: str, names: set[str]) -> str:
    """Returns the entries of a hashed requirements file with these names."""
    entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    return "".join(entry for entry in entries if canonicalize_name(re.split(r"[=\[ ]", entry, maxsplit=1)[0]) in names)


def run(*command: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """Runs a program, by default in the project's folder, and returns its output.

    Raises:
        PreparationError: It failed.
    """
    done = subprocess.run(command, cwd=cwd or ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stdout + done.stderr).strip().splitlines()[-15:]
        raise PreparationError("\n".join([f"{Path(command[0]).name} ended with {done.returncode}:", *words]))
    return done.stdout


def pip(python: Path, *arguments: str) -> None:
    """Runs the pip of this environment for another environment, which has no pip."""
    run(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", python, *arguments)


def generate_stock(document: Path, package: Path) -> None:
    """Generates a client with openapi-python-client's own templates and formatting."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta=none", "--overwrite"]
    run(*command, f"--path={document}", f"--output-path={package}", env={**os.environ, "PATH": path})


def generate_with_java(python: Path, document: Path, library: str, package: str, folder: Path) -> None:
    """Generates a client with openapi-generator."""
    options = [f"--library={library}", f"--package-name={package}", f"--input-spec={document}", f"--output={folder}"]
    run(python.parent / "openapi-generator-cli", "generate", "--generator-name=python", *options)


def _environment(name: str, requirements: str) -> Path:
    folder = BUILD / "environments" / name
    python = folder / "bin" / "python"
    mark = folder / ".made-of"
    made_of = hashlib.sha256(f"{sys.version} {requirements}".encode()).hexdigest()
    if not mark.exists() or mark.read_text(encoding="utf-8") != made_of:
        print(f"Setting up {folder.relative_to(ROOT)} ...", file=sys.stderr, flush=True)
        # Without pip and setuptools, which would slow down every start of Python.
        venv.create(folder, clear=True, with_pip=False, symlinks=True)
        file = folder / "requirements.txt"
        file.write_text(requirements, encoding="utf-8")
        pip(python, "install", "--no-deps", "--require-hashes", "--requirement", str(file))
        mark.write_text(made_of, encoding="utf-8")
    return python


def _install_generated(python: Path) -> None:
    """Installs the clients of other generators."""
    site = _site(python)
    mark = site / ".generated-of"
    made_of = hashlib.sha256(DOCUMENT.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text(encoding="utf-8") == made_of:
        return
    print("Generating the peers' clients ...", file=sys.stderr, flush=True)
    folder = BUILD / "generated"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    generate_stock(DOCUMENT, folder / "stock_client")
    packages = [folder / "stock_client"]
    for library in ("urllib3", "asyncio"):
        generate_with_java(python, DOCUMENT, library, f"oag_{library}", folder / library)
        packages.append(folder / library / f"oag_{library}")
    for package in packages:
        shutil.copytree(package, site / package.name, dirs_exist_ok=True)
    run(python, "-m", "compileall", "-q", *(site / package.name for package in packages))
    mark.write_text(made_of, encoding="utf-8")


def _client(name: str, tree: Path) -> Path:
    """Creates an environment with the locked requirements of a client, and installs the client."""
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (tree / "requirements-dev.lock").read_text(encoding="utf-8")
    python = _environment(name, locked(lock, closure(project["dependencies"])))
    folder = BUILD / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=tree)
    (wheel,) = folder.iterdir()
    pip(python, "install", "--no-deps", "--force-reinstall", str(wheel))
    return python


def _site(python: Path) -> Path:
    return Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
