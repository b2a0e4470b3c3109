"""Runs the tests of what the wheel has, but the emulator, on each other supported Python: `make test-pythons`.

Each Python has its own environment, such as `.venv-3.12`, with the locked dependencies. Interpreters are found on PATH
or with pyenv; a missing one is reported, but is not a failure. Exit status: 0 all passed; 1 some failed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements-dev.lock"
TESTS = tuple(f"tests/face_client{package}" for package in ("_runtime", "", "_archive", "_auth", "_cli", "_sessions"))


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = [line.rpartition(" ")[2] for line in project["classifiers"] if "Python :: 3." in line]
    others = [version for version in versions if version != f"3.{sys.version_info.minor}"]
    found = {version: python for version in others if (python := find(version))}
    failed = [version for version, python in found.items() if not passes(version, python)]
    for version in others:
        verdict = "not found" if version not in found else "failed" if version in failed else "passed"
        print(f"Python {version}: {verdict}")
    return 1 if failed else 0


def find(version: str) -> str | None:
    """Returns the interpreter of a version such as 3.12, or None."""
    candidates = [shutil.which(f"python{version}"), *_of_pyenv(version)]
    question = "import sys; print(sys.executable, *sys.version_info[:2])"
    for candidate in filter(None, candidates):
        done = subprocess.run([candidate, "-c", question], capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.split()[-2:] == version.split("."):
            return done.stdout.rsplit(maxsplit=2)[0]
    return None


def _of_pyenv(version: str) -> list[str]:
    if not (pyenv := shutil.which("pyenv")):
        return []
    root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=True).stdout.strip()
    folders = sorted(Path(root, "versions").glob(f"{version}.*"), reverse=True)
    return [str(folder / "bin" / "python") for folder in folders]


def passes(version: str, python: str) -> bool:
    """Runs the tests with an interpreter."""
    environment = ROOT / f".venv-{version}"
    made_of = hashlib.sha256(f"{python} {LOCK.read_text(encoding='utf-8')}".encode()).hexdigest()
    mark = environment / ".made-of"
    if not mark.exists() or mark.read_text(encoding="utf-8") != made_of:
        print(f"Setting up {environment.name} ...", flush=True)
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for command in (
            [python, "-m", "venv", "--clear", str(environment)],
            [*pip, "--require-hashes", "--requirement", str(LOCK)],
            [*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
        ):
            subprocess.run(command, check=True)
        mark.write_text(made_of, encoding="utf-8")
    print(f"Python {version}:", flush=True)
    tests = ["-m", "pytest", "-q", "-n", "auto", "--dist", "loadfile", "-p", "no:cacheprovider", *TESTS]
    variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([environment / "bin" / "python", *tests], cwd=ROOT, env=variables, check=False)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
