"""`python -m generator generate | check`, run in a copy of the project."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
Main = Callable[[str], tuple[int, str, str]]
MODULE = "face_client/api/liveness_session_operations/get_session_image.py"


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_committed_output_is_what_the_document_gives(run: Run) -> None:
    """`check` on the project as it is exits 0."""
    result = run("check")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.usefixtures("built_once")
def test_a_changed_line_is_drift(project: Path, main: Main) -> None:
    """A line edited by hand makes `check` exit 1, show the line, name the file and say how to mend it."""
    module = project / "generated" / MODULE
    module.write_text(module.read_text().replace("application/octet-stream", "image/jpeg"))
    status, out, _ = main("check")
    assert status == 1
    assert '-    headers["Accept"] = "image/jpeg, application/json"' in out
    assert '+    headers["Accept"] = "application/octet-stream, application/json"' in out
    assert f"changed: generated/{MODULE}" in out
    assert out.splitlines()[-1].endswith("To fix it: python -m generator generate")


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize("name", ["face_client/extra.py", "stray.txt", "face_client/models/.hidden", "other/module.py"])
def test_an_added_file_is_drift(project: Path, main: Main, name: str) -> None:
    """A file that is not generated makes `check` exit 1 and name it, wherever below generated/ and git or not."""
    path = project / "generated" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")
    status, out, _ = main("check")
    assert status == 1
    assert f"extra: generated/{name}" in out


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize("name", [MODULE, "face_client/py.typed", "face_client/openapi.json"])
def test_a_removed_file_is_drift(project: Path, main: Main, name: str) -> None:
    """A file that is missing makes `check` exit 1 and name it, an empty one too."""
    (project / "generated" / name).unlink()
    status, out, _ = main("check")
    assert status == 1
    assert f"missing: generated/{name}" in out


@pytest.mark.usefixtures("built_once")
def test_a_link_in_the_place_of_a_file_is_drift(project: Path, main: Main) -> None:
    """A symbolic link to a file of the same content is not the file."""
    module = project / "generated" / MODULE
    module.rename(project / "elsewhere.py")
    module.symlink_to(project / "elsewhere.py")
    assert f"changed: generated/{MODULE}" in main("check")[1]


@pytest.mark.usefixtures("built_once")
def test_a_removed_output_is_drift(project: Path, main: Main) -> None:
    """Without generated/, `check` names every file and `generate` brings them back."""
    before = snapshot(project / "generated")
    shutil.rmtree(project / "generated")
    assert main("check")[1].count("missing: ") == len(before)
    assert main("generate")[0] == 0
    assert snapshot(project / "generated") == before


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("Get Session Image", "Fetch Session Image", MODULE),
        ("operationId: getSessionImage", "operationId: fetchSessionImage", MODULE),
        ("x-ms-error-code:", "x-other-error-code:", "face_client/document.py"),
        ("version: &apiVersion v", "version: &apiVersion w", "face_client/document.py"),
        ("      in: header", "      in: query", "face_client/document.py"),
        ("/.default: Every", "/other: Every", "face_client/document.py"),
        ("external", "x-external", "face_client/openapi.json"),
    ],
)
def test_a_changed_document_is_drift(project: Path, main: Main, old: str, new: str, name: str) -> None:
    """A change to the document without its regeneration makes `check` exit 1 and name what it changes."""
    document = project / "spec" / "openapi.yaml"
    assert old in document.read_text()
    document.write_text(document.read_text().replace(old, new))
    status, out, err = main("check")
    assert status == 1, err
    assert re.search(rf"^(changed|extra): generated/{name}$", out, re.MULTILINE)


def test_a_changed_template_is_drift(project: Path, main: Main) -> None:
    """A change to a template without the regeneration makes `check` exit 1."""
    template = project / "generator" / "templates" / "client.py.jinja"
    template.write_text(template.read_text().replace("Threads can share it", "Threads may share it"))
    assert "changed: generated/face_client/client.py" in main("check")[1]


def test_a_new_package_version_is_drift(project: Path, main: Main) -> None:
    """The version in pyproject.toml is the one that the client tells servers."""
    settings = project / "pyproject.toml"
    settings.write_text(re.sub(r'^version = ".*"', 'version = "9.8.7"', settings.read_text(), flags=re.MULTILINE))
    assert '+    user_agent = "face-client/9.8.7"' in main("check")[1]


@pytest.mark.usefixtures("built_once")
def test_generate_mends_every_drift(project: Path, main: Main) -> None:
    """`generate` restores changed and missing files, removes the stale ones, and leaves nothing else behind."""
    generated = project / "generated"
    before = snapshot(generated)
    (generated / MODULE).write_text("broken")
    (generated / "face_client" / "py.typed").unlink()
    (generated / "face_client" / "stale.py").write_text("stale")
    assert main("generate") == (0, "generated/: 3 files changed\n", "")
    assert snapshot(generated) == before
    assert sorted(path.name for path in project.iterdir()) == ["generated", "generator", "pyproject.toml", "spec"]
    assert main("generate") == (0, "generated/ is up to date\n", "")


@pytest.mark.parametrize("command", ["generate", "check"])
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("in: path", "in: pth", "get.parameters.0.in: "),
        ("application/octet-stream:\n", "octets:\n", "content.octets: this is not a media type"),
    ],
    ids=["not valid", "not expressible"],
)
def test_what_cannot_be_generated(project: Path, main: Main, command: str, old: str, new: str, message: str) -> None:
    """What cannot be generated gives exit 2, one message with its place and no traceback, and the output stays."""
    document = project / "spec" / "openapi.yaml"
    assert old in document.read_text()
    document.write_text(document.read_text().replace(old, new))
    before = snapshot(project / "generated")
    status, out, err = main(command)
    assert (status, out) == (2, "")
    first, *_, last = err.splitlines()
    assert first.startswith(f"error: {document}")
    assert message in err
    assert "Traceback" not in err
    assert last == "generated/ was not changed."
    assert snapshot(project / "generated") == before


def test_the_pinned_versions_or_none(project: Path, main: Main) -> None:
    """Another version of the generator or the formatter than the pinned one could give other bytes: exit 2."""
    settings = project / "pyproject.toml"
    settings.write_text(re.sub(r"ruff==[\d.]+", "ruff==0.0.1", settings.read_text()))
    status, _, err = main("check")
    assert status == 2
    assert "ruff 0.0.1 is required for reproducible output" in err


SURROUNDINGS: dict[str, dict[str, str]] = {
    "C locale, far east": {
        **{"PYTHONHASHSEED": "0", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        "TZ": "Pacific/Kiritimati",
    },
    "POSIX locale, west, formatter settings": {
        **{"PYTHONHASHSEED": "4242", "LC_ALL": "POSIX", "TZ": "America/Los_Angeles"},
        **{"RUFF_OUTPUT_FORMAT": "json", "RUFF_CACHE_DIR": "/dev/null", "RUFF_NO_CACHE": "false"},
    },
}


@pytest.mark.parametrize(
    ("environment", "folder"), [*zip(SURROUNDINGS.values(), ("/", "generated"), strict=True)], ids=SURROUNDINGS
)
def test_the_same_bytes_in_any_surroundings(project: Path, run: Run, environment: dict[str, str], folder: str) -> None:
    """The output does not depend on hash seed, locale, time zone, working directory or settings of the formatter.

    Nor on lint settings that lie in the working directory or above.
    """
    (project.parent / "ruff.toml").write_text("line-length = 40\nindent-width = 2\n")
    result = run("check", cwd=project / folder, **environment)
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_interruption_leaves_the_old_output_whole(project: Path, run: Run) -> None:
    """Killed at any moment, `generate` leaves the old output, or the new one, and never a mixture."""
    old = snapshot(project / "generated")
    document = project / "spec" / "openapi.yaml"
    document.write_text(document.read_text().replace("Get Session Image", "Fetch Session Image"))
    environment = {**os.environ, "PYTHONPATH": str(project)}
    command = [sys.executable, "-m", "generator", "generate"]
    started = time.monotonic()
    subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True)
    duration = time.monotonic() - started
    new = snapshot(project / "generated")
    assert new != old
    for step in range(4):
        document.write_text(document.read_text().replace("Fetch Session Image", "Get Session Image"))
        before = snapshot(project / "generated")
        process = subprocess.Popen(command, cwd=project, env=environment, stderr=subprocess.DEVNULL)
        time.sleep(duration * (step + 1) / 4)
        process.send_signal(signal.SIGINT if step % 2 else signal.SIGTERM)
        process.wait(timeout=30)
        assert snapshot(project / "generated") in (before, old, new)
