"""`face-client image get`."""

import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from face_client_cli._app import app
from face_emulator import SAMPLE_IMAGE_ID, Emulator

Run = Callable[..., Result]


def test_an_image_goes_to_a_private_file(run: Run, face_emulator: Emulator, tmp_path: Path) -> None:
    """Nothing is on stdout, and a line on stderr says what was saved."""
    file = tmp_path / "session.jpg"

    result = run("image", "get", SAMPLE_IMAGE_ID, "-o", file)

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{file}: {len(face_emulator.images[SAMPLE_IMAGE_ID]):,} bytes\n"
    assert file.read_bytes() == face_emulator.images[SAMPLE_IMAGE_ID]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_image_as_json(run: Run, face_emulator: Emulator, tmp_path: Path) -> None:
    """With --json, stdout is one object, and stderr is empty."""
    file = tmp_path / "session.jpg"

    result = run("image", "get", SAMPLE_IMAGE_ID, "-o", file, "--json")

    size = len(face_emulator.images[SAMPLE_IMAGE_ID])
    assert json.loads(result.stdout) == {"id": SAMPLE_IMAGE_ID, "file": str(file), "bytes": size}
    assert result.stderr == ""


def test_an_image_goes_to_stdout(run: Run, face_emulator: Emulator) -> None:
    """With `-o -`, stdout is the image and no more."""
    result = run("image", "get", SAMPLE_IMAGE_ID, "-o", "-")

    assert result.stdout_bytes == face_emulator.images[SAMPLE_IMAGE_ID]
    assert result.stderr == ""


def test_an_image_is_not_for_a_terminal(
    environment: dict[str, str],
    face_emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """`-o -` is refused if stdout is a terminal, before anything is sent."""
    ours, its = os.openpty()
    with os.fdopen(its, "w") as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", terminal)
        with pytest.raises(SystemExit) as exit_:
            app(["image", "get", SAMPLE_IMAGE_ID, "-o", "-"])
    os.close(ours)

    assert exit_.value.code == 2
    assert "redirect stdout" in capfd.readouterr().err
    assert face_emulator.requests == ()


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("stream", "arguments"),
    [("stdout", ["get", SAMPLE_IMAGE_ID, "-o", "-"]), ("stdin", ["archive", "-", "-d", "images"])],
)
def test_a_closed_stream(
    stream: str,
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """To name stdin or stdout where it is closed is a mistake in the call."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, stream, None)
        with pytest.raises(SystemExit) as exit_:
            app(["image", *arguments])

    assert exit_.value.code == 2
    assert f"{stream} is closed" in capfd.readouterr().err


def test_an_image_and_an_object_do_not_share_stdout(run: Run) -> None:
    """`-o -` and --json exclude each other."""
    assert run("image", "get", SAMPLE_IMAGE_ID, "-o", "-", "--json").exit_code == 2


def test_an_id_may_begin_with_a_hyphen(run: Run, face_emulator: Emulator, tmp_path: Path) -> None:
    """After `--`, such an id is no option."""
    face_emulator.images["-x"] = b"a picture"

    assert run("image", "get", "-o", tmp_path / "x", "--", "-x").exit_code == 0
    assert (tmp_path / "x").read_bytes() == b"a picture"
