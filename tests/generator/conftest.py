"""A copy of what the generator reads and writes, for tests that break it; and the client of a second document."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import uvicorn
from mypy import api as mypy
from starlette.applications import Starlette

import generator.__main__ as command
from generator.build import build

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project's generator, document and output."""
    copy = tmp_path / "project"
    copy.mkdir()
    shutil.copy(ROOT / "pyproject.toml", copy)
    for name in ("generator", "spec", "generated"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture
def main(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, str, str]]:
    """Carries out a command on the document and the output of the copy; returns its exit status and what it printed."""
    monkeypatch.setattr(command, "ROOT", project)
    monkeypatch.setattr(command, "DOCUMENT", project / "spec" / "openapi.yaml")
    monkeypatch.setattr(command, "GENERATED", project / "generated")
    monkeypatch.setattr("generator.build.TEMPLATES", project / "generator" / "templates")
    monkeypatch.setattr("generator.build.PYPROJECT", project / "pyproject.toml")

    def main(name: str) -> tuple[int, str, str]:
        status = command.main([name])
        return status, *capsys.readouterr()

    return main


@pytest.fixture(scope="session")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package that the document gives."""
    package = tmp_path_factory.mktemp("output") / "face_client"
    build(ROOT / "spec" / "openapi.yaml", package)
    return package


@pytest.fixture
def built_once(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Saves tests that do not change the document from building the same package again."""
    monkeypatch.setattr(command, "build", lambda _, package: shutil.copytree(output, package))


@pytest.fixture
def run(project: Path) -> Run:
    """Runs `python -m generator` of the copy, in a process of its own."""

    def run(*arguments: str, cwd: Path = project, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "generator", *arguments],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(project), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture(scope="session")
def mypy_cache(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of mypy: what clients import takes most of the time of a type check, and is always the same."""
    cache = getattr(pytestconfig, "cache", None)
    return cache.mkdir("mypy") if cache else tmp_path_factory.mktemp("mypy")


@pytest.fixture
def require_types(mypy_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Fails if a package is not typed strictly."""

    def require_types(package: Path) -> None:
        monkeypatch.chdir(package.parent)
        output, errors, status = mypy.run(["--strict", f"--cache-dir={mypy_cache}", "-p", package.name])
        assert status == 0, output + errors

    return require_types


@pytest.fixture(scope="session")
def zoo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds zoo_client, generated from zoo.yaml."""
    folder = tmp_path_factory.mktemp("zoo")
    build(Path(__file__).with_name("zoo.yaml"), folder / "zoo_client")
    return folder


@pytest.fixture(scope="session")
def zoo(zoo_folder: Path) -> Iterator[None]:
    """Makes zoo_client importable."""
    sys.path.insert(0, str(zoo_folder))
    yield
    sys.path.remove(str(zoo_folder))


@pytest.fixture(scope="session")
def styles_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that holds styles_client, generated from styles.yaml and importable."""
    folder = tmp_path_factory.mktemp("styles")
    build(Path(__file__).with_name("styles.yaml"), folder / "styles_client")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="session")
def serving() -> Callable[[Starlette], AbstractContextManager[str]]:
    """Serves an application on a free port inside a `with` block, whose value is the URL."""

    @contextmanager
    def serve(app: Starlette) -> Iterator[str]:
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()

    return serve
