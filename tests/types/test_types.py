"""Type checkers accept the right uses of the public API, and find an error in each wrong one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FILES = [f"{kind}{subject}.py" for kind in ("right", "wrong") for subject in ("", "_connect", "_sessions", "_streams")]
Errors = dict[tuple[str, int], str]


def _run(*command: str) -> str:
    files = [str(HERE / name) for name in FILES]
    # From the root, where mypy's settings are.
    done = subprocess.run(
        [sys.executable, "-m", *command, *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr  # 0 would be no error at all, and 2 that it could not be run
    return done.stdout


def _mypy() -> Errors:
    found = map(json.loads, _run("mypy", "--strict", "--output=json").splitlines())
    return {(Path(each["file"]).name, each["line"]): each["message"] for each in found if each["severity"] == "error"}


def _pyright() -> Errors:
    report = json.loads(_run("pyright", "--outputjson", "--pythonpath", sys.executable))
    assert report["summary"]["filesAnalyzed"] == len(FILES)
    found: list[dict[str, Any]] = report["generalDiagnostics"]
    return {(Path(each["file"]).name, each["range"]["start"]["line"] + 1): each["message"] for each in found}


@pytest.fixture(scope="module", params=[_mypy, _pyright], ids=["mypy", "pyright"])
def errors(request: pytest.FixtureRequest) -> Errors:
    """What a type checker, as strict as it can be, says about the lines of the files."""
    found: Errors = request.param()
    return found


@pytest.mark.parametrize("name", FILES)
def test_errors_are_found_where_they_are(name: str, errors: Errors) -> None:
    """There is an error in each line that is marked as wrong, and in no other one."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("  # wrong")}
    found = {number: message for (file, number), message in errors.items() if file == name}

    assert {number: message for number, message in found.items() if number not in wrong} == {}
    assert {number: lines[number - 1] for number in wrong - found.keys()} == {}
    assert bool(wrong) == name.startswith("wrong")
