import os
import subprocess
import sys
from pathlib import Path

import pytest

from face_emulator import Emulator, Fault

DOCUMENT = Path(__file__).parents[2] / "spec" / "openapi.yaml"
KEY = "Ocp-Apim-Subscription-Key: emulator-key"
# Without this, a server that knows no image at all would pass.
CONFIG = """
[phases.examples.checks]
positive_data_acceptance.expected-statuses = [200]
"""


def drive(face: Emulator, folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Let schemathesis ask the emulator what the document says can be asked."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(config),
        "run",
        str(DOCUMENT),
        "--no-color",
    ]
    command += ["--url", face.endpoint + "/face/v1.2", "--seed", "1", "--max-examples", "10", *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=60)


@pytest.fixture
def documented(face_emulator: Emulator) -> Emulator:
    """An emulator that has an image for each example id in the document."""
    face_emulator.images["Ae3PVWlXAmVAnXgkAFt1QSjGUWONKzWiSr2iPh9p9G4I"] = b"image"
    return face_emulator


def test_the_emulator_does_what_the_document_says(documented: Emulator, tmp_path: Path) -> None:
    """Examples, edge cases, random ids, missing credentials and other methods: each answer is as documented."""
    done = drive(documented, tmp_path, "--header", KEY, "--phases", "examples,coverage,fuzzing")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {"GET", "POST", "DELETE"} <= {request.method for request in documented.requests}


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
def test_a_faulty_emulator_is_found_out(documented: Emulator, tmp_path: Path, fault: Fault, found: list[str]) -> None:
    """The same examples against a service that breaks a promise are a failure that names it."""
    documented.faults.add(fault)
    done = drive(documented, tmp_path, "--header", KEY, "--phases", "examples")
    assert done.returncode == 1, done.stdout + done.stderr
    assert [words for words in found if words not in done.stdout] == []
