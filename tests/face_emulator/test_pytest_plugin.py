import subprocess
import sys
from pathlib import Path

import httpx

import face_emulator as package
from face_emulator import Emulator


def test_the_fixture_is_a_running_emulator(
    http: httpx.Client, face_emulator: Emulator, url: str, key: dict[str, str]
) -> None:
    """A test that asks for it gets one that is up, with the default credentials."""
    assert http.get(url, headers=key).status_code == 200
    assert (face_emulator.key, face_emulator.token) == ("emulator-key", "emulator-token")


def test_each_test_gets_a_new_one(face_emulator: Emulator) -> None:
    """Nothing of another test's requests is left."""
    assert face_emulator.requests == ()


def test_the_plugin_needs_nothing_but_pytest() -> None:
    """Every pytest run of every plain install imports it, so it brings in no server, no client and no event loop."""
    code = """
import sys, pytest
sys.modules["starlette"] = sys.modules["uvicorn"] = sys.modules["anyio"] = sys.modules["httpx"] = None
before = set(sys.modules)
import face_emulator.pytest_plugin
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    environment = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert not {"asyncio", "ssl", "http", "urllib", "email", "face_client"} & set(done.stdout.split())


def test_a_run_without_the_extra_passes(tmp_path: Path) -> None:
    """Tests that do not ask for the emulator never notice the plugin."""
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n", encoding="utf-8")
    code = """
import sys
sys.modules["starlette"] = sys.modules["uvicorn"] = None
import pytest
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-p", "face_emulator.pytest_plugin"]))
"""
    environment = {"PYTHONPATH": ":".join(sys.path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_public_names() -> None:
    """What the package promises."""
    assert sorted(package.__all__) == [
        "AttemptRefusedError",
        "Emulator",
        "Fault",
        "RecordedRequest",
        "SAMPLE_IMAGE_ID",
    ]
    assert (Path(package.__file__).parent / "py.typed").exists()
