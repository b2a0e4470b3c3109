import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from face_emulator import Emulator, Fault
from face_emulator.operations import OPERATIONS

DOCUMENT = Path(__file__).parents[2] / "spec" / "openapi.yaml"
KEY = "Ocp-Apim-Subscription-Key: emulator-key"
# Without the statuses, a server that knows no image and creates no session would pass.
CONFIG = f"""
hooks = "{Path(__file__).with_name("schemathesis_hooks.py").as_posix()}"

[[operations]]
include-method = "POST"
[operations.checks]
positive_data_acceptance.expected-statuses = [200]

[[operations]]
include-path = "/sessionImages/{{sessionImageId}}"
[operations.phases.examples.checks]
positive_data_acceptance.expected-statuses = [200]
"""

Drive = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def documented(face_emulator: Emulator) -> Emulator:
    """An emulator that has an image for each example id in the document, and plays each session."""
    face_emulator.images["Ae3PVWlXAmVAnXgkAFt1QSjGUWONKzWiSr2iPh9p9G4I"] = b"image"
    face_emulator.outcome = "realface"
    return face_emulator


@pytest.fixture
def drive(documented: Emulator, tmp_path: Path) -> Drive:
    """Let schemathesis ask the emulator what the document says can be asked; `answers` has what it answered."""

    def run(phases: str) -> "subprocess.CompletedProcess[str]":
        config = tmp_path / "schemathesis.toml"
        config.write_text(CONFIG, encoding="utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", str(DOCUMENT)]
        command += ["--no-color", "--url", documented.endpoint + "/face/v1.2", "--header", KEY]
        command += ["--seed", "1", "--max-examples", "10", "--phases", phases]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "ANSWERS": str(tmp_path / "answers")}
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment, timeout=100)

    return run


def test_the_emulator_does_what_the_document_says(documented: Emulator, drive: Drive, tmp_path: Path) -> None:
    """Examples, edge cases, random ids, missing credentials, other methods, sessions: each answer is as documented."""
    done = drive("examples,coverage,fuzzing,stateful")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {"GET", "POST", "PUT", "DELETE"} <= {request.method for request in documented.requests}
    succeeded = {
        operation
        for operation, status in map(str.split, (tmp_path / "answers").read_text(encoding="utf-8").splitlines())
        if status == ("204" if operation.startswith("delete") else "200")
    }
    assert succeeded == OPERATIONS.keys()


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (Fault(html=True, status=200), ["Undocumented Content-Type", "without authentication"]),
        (
            Fault(status=404, body='{"error": {"code": "no message"}}'),
            ["violates schema", "Schema-valid request rejected"],
        ),
    ],
)
def test_a_faulty_emulator_is_found_out(documented: Emulator, drive: Drive, fault: Fault, found: list[str]) -> None:
    """The same examples against a service that breaks a promise are a failure that names it."""
    documented.faults.add(fault)
    done = drive("examples")
    assert done.returncode == 1, done.stdout + done.stderr
    assert [words for words in found if words not in done.stdout] == []
