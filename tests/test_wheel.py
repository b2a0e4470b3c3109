"""The built wheel, installed into a fresh environment and used from there."""

import re
import subprocess
import sys
import textwrap
import venv
import zipfile
from pathlib import Path

import pytest

from face_emulator import SAMPLE_IMAGE_ID, Emulator

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    *("face_client", "face_client_archive", "face_client_auth", "face_client_runtime", "face_client_sessions"),
    *("face_client_cli", "face_emulator"),
}


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    (built,) = folder.iterdir()
    return built


class Environment:
    """A fresh virtual environment; the versions in it are those of the development tools."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False, symlinks=True)
        self.bin = folder / "bin"
        pins = re.findall(r"^[\w.-]+==\S+", (ROOT / "requirements-dev.lock").read_text(), re.MULTILINE)
        self._constraints = folder / "constraints.txt"
        self._constraints.write_text("\n".join(pins))

    def install(self, *requirements: str) -> None:
        pip = (sys.executable, "-m", "pip", "--python", self.bin / "python", "--disable-pip-version-check")
        run(*pip, "install", "--quiet", "--no-compile", "--constraint", self._constraints, *requirements)

    def python(self, script: str, *arguments: str) -> str:
        return run(self.bin / "python", "-I", "-c", textwrap.dedent(script), *arguments)


@pytest.fixture(scope="module")
def plain(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """`pip install face-client`, and nothing else."""
    environment = Environment(tmp_path_factory.mktemp("plain"))
    environment.install(str(wheel))
    return environment


@pytest.fixture(scope="module")
def testing(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """`pip install face-client[emulator] pytest`."""
    environment = Environment(tmp_path_factory.mktemp("testing"))
    environment.install(f"{wheel}[emulator]", "pytest")
    return environment


def test_the_wheel_holds_the_packages_and_no_more(wheel: Path) -> None:
    """Document, markers and licence are in the wheel; tests, generator and caches are not. It has less than 250 kB."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
    assert {name.partition("/")[0] for name in names} == PACKAGES
    assert {f"{name}/py.typed" for name in PACKAGES} <= names
    assert "face_client/openapi.json" in names
    assert not [name for name in names if not name.endswith((".py", "py.typed", ".json", "portrait.jpg"))]
    assert len(licences) == 1
    assert wheel.stat().st_size < 250_000


def test_a_plain_install_is_small(plain: Environment) -> None:
    """A plain install brings httpx, attrs, httptools and what they need: no server, validator or other HTTP client."""
    listed = plain.python("import importlib.metadata as m; print(*sorted(d.name.lower() for d in m.distributions()))")
    assert set(listed.split()) <= {
        *("face-client", "aiohappyeyeballs", "attrs", "httptools", "httpx"),
        *("anyio", "certifi", "h11", "httpcore", "idna", "sniffio", "typing_extensions"),
    }


def test_a_plain_install_gets_an_image(plain: Environment, face_emulator: Emulator, tmp_path: Path) -> None:
    """The client of a plain install downloads the image, sync, async and to a file."""
    script = """
        import asyncio, sys
        from face_client_auth import connect, connect_async

        endpoint, key, image_id, path = sys.argv[1:]

        async def main():
            async with connect_async(endpoint, key) as client:
                return await client.get_session_image(image_id)

        with connect(endpoint, key) as client:
            image = client.get_session_image(image_id)
            with client.get_session_image_stream(image_id) as body:
                body.save(path)
        assert asyncio.run(main()) == image
        print(len(image))
    """
    path = tmp_path / "session.jpg"
    printed = plain.python(script, face_emulator.endpoint, face_emulator.key, SAMPLE_IMAGE_ID, str(path))
    image = face_emulator.images[SAMPLE_IMAGE_ID]
    assert int(printed) == len(image)
    assert path.read_bytes() == image


@pytest.mark.parametrize(("command", "extra"), [("face-client", "cli"), ("face-emulator", "emulator")])
def test_a_plain_install_says_what_a_command_takes(plain: Environment, command: str, extra: str) -> None:
    """The commands are there, and say which extra they need."""
    done = subprocess.run([plain.bin / command], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert f'pip install "face-client[{extra}]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_the_fixture_is_there_for_other_test_suites(testing: Environment, tmp_path: Path) -> None:
    """With the extra, a test of somebody else uses the fixture without further ado."""
    (tmp_path / "test_theirs.py").write_text(
        textwrap.dedent("""
            from face_client_auth import connect

            def test_theirs(face_emulator):
                face_emulator.images["mine"] = b"picture"
                with connect(face_emulator.endpoint, face_emulator.key) as client:
                    assert client.get_session_image("mine") == b"picture"
        """)
    )
    assert "1 passed" in run(testing.bin / "python", "-m", "pytest", "-q", "-W", "error", cwd=tmp_path)
