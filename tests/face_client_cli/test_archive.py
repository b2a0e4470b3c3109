"""`face-client image archive`. What an archive does is tested with `face_client_archive`."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from typer.testing import Result

from face_client import Client
from face_client_archive import archive
from face_client_cli._app import app
from face_emulator import Emulator, Fault

Run = Callable[..., Result]

WriteIds = Callable[..., Path]


@pytest.fixture
def write_ids(face_emulator: Emulator, tmp_path: Path) -> WriteIds:
    """Writes a list of ids, whose images there are, and returns its path: `write_ids(3, "missing")`."""

    def write(count: int, *missing: str) -> Path:
        ids = [f"id-{number}" for number in range(count)]
        face_emulator.images.update({image_id: image_id.encode() for image_id in ids})
        file = tmp_path / "ids.txt"
        file.write_text("\n".join([*ids, *missing]))
        return file

    return write


def _manifest(folder: Path) -> list[str]:
    """The ids in the manifest, sorted."""
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return sorted(json.loads(line)["id"] for line in lines)


def test_an_archive_for_people(run: Run, write_ids: WriteIds, tmp_path: Path) -> None:
    """The summary is on stdout, and stderr says what to do about failures, which make the exit status 1."""
    result = run("image", "archive", write_ids(2, "missing"), "-d", tmp_path / "images", "--rate", 1000)

    assert result.exit_code == 1
    assert result.stdout == (
        "saved      2\nskipped    0\nfailed     1\n- SessionNotFound 1\n"
        f"manifest   {tmp_path / 'images' / 'manifest.jsonl'}\n"
    )
    assert result.stderr == "hint: the manifest has the error of each id; --retry-failed tries these ids again\n"


def test_an_archive_for_scripts(run: Run, face_emulator: Emulator, write_ids: WriteIds, tmp_path: Path) -> None:
    """With --json, the summary is an object; what failed is tried again when asked for."""
    arguments = ("image", "archive", write_ids(2, "late"), "-d", tmp_path / "images", "--rate", 1000, "--json")

    first = run(*arguments)
    face_emulator.images["late"] = b"a picture"
    second = run(*arguments)
    third = run(*arguments, "--retry-failed")

    manifest = str(tmp_path / "images" / "manifest.jsonl")
    failed = {"failed": 1, "errors": {"SessionNotFound": 1}, "manifest": manifest}
    assert json.loads(first.stdout) == {"saved": 2, "skipped": 0, **failed}
    assert json.loads(second.stdout) == {"saved": 0, "skipped": 2, **failed}
    assert json.loads(third.stdout) == {"saved": 1, "skipped": 2, "failed": 0, "errors": {}, "manifest": manifest}
    assert [each.exit_code for each in (first, second, third)] == [1, 1, 0]
    assert (first.stderr, third.stderr) == ("", "")


@pytest.mark.parametrize("source", ["file", "-"])
def test_ids_from_a_column(run: Run, write_ids: WriteIds, tmp_path: Path, source: str) -> None:
    """A CSV file has the ids, or standard input."""
    write_ids(2)
    table = "name,id\nAda,id-0\nBob,id-1\n"
    (tmp_path / "file").write_text(table)
    ids = tmp_path / "file" if source == "file" else source
    folder = tmp_path / "images"

    result = run("image", "archive", ids, "--column", "id", "-d", folder, "--rate", 1000, stdin=table)

    assert result.exit_code == 0
    assert _manifest(folder) == ["id-0", "id-1"]


def test_a_wrong_column_is_a_mistake_in_the_call(
    run: Run, face_emulator: Emulator, write_ids: WriteIds, tmp_path: Path
) -> None:
    """Nothing is sent, and no folder is made."""
    result = run("image", "archive", write_ids(2), "--column", "id", "-d", tmp_path / "images")

    assert result.exit_code == 2
    assert "no column 'id'" in result.stderr
    assert face_emulator.requests == ()
    assert not (tmp_path / "images").exists()


def test_the_rate_is_ten_by_default(run: Run, write_ids: WriteIds, tmp_path: Path) -> None:
    """Six requests take half a second at the service's usual limit."""
    start = time.monotonic()
    run("image", "archive", write_ids(6), "-d", tmp_path / "images")

    assert time.monotonic() - start >= 0.5


def test_a_wrong_key_ends_an_archive(run: Run, write_ids: WriteIds, tmp_path: Path) -> None:
    """It is not an error of each id."""
    result = run("image", "archive", write_ids(2), "-d", tmp_path / "images", FACE_APIKEY="another-key")

    assert (result.exit_code, result.stdout) == (3, "")


def test_the_service_does_not_answer(
    run: Run, face_emulator: Emulator, write_ids: WriteIds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who sees no progress is told why, and when it goes on."""
    for pause in ("FIRST_PAUSE", "MAX_PAUSE"):
        monkeypatch.setattr(f"face_client_archive._retries.{pause}", 0.05)
    face_emulator.faults.add(Fault(status=503, times=24))

    result = run("image", "archive", write_ids(12), "-d", tmp_path / "images", "--rate", 1000)

    assert result.exit_code == 0
    waiting, again = result.stderr.splitlines()
    assert waiting.startswith("archive: waiting until the service answers: ServerError")
    assert again.startswith("archive: the service answers again")


def test_a_folder_in_use(
    run: Run, client: Client, face_emulator: Emulator, write_ids: WriteIds, tmp_path: Path
) -> None:
    """An error with one line, while another archive is at work."""
    results = []
    command = ("image", "archive", write_ids(2), "-d", tmp_path / "images")

    archive(client, ["id-0"], tmp_path / "images", on_progress=lambda _: results.append(run(*command)))

    assert [result.exit_code for result in results] == [1]
    assert len(results[0].stderr.splitlines()) == 1
    assert len(face_emulator.requests) == 1


def test_an_interrupt(
    run: Run, face_emulator: Emulator, write_ids: WriteIds, tmp_path: Path, environment: dict[str, str]
) -> None:
    """Ctrl-C ends the process with 130 and a line that says how to go on, and the next run does that."""
    folder = tmp_path / "images"
    arguments = ("image", "archive", str(write_ids(100)), "-d", str(folder))
    command = [sys.executable, "-m", "face_client_cli", *arguments]
    variables = {**environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=variables,
        # A shell ignores SIGINT in what it runs in the background, and so would its children.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as process:
        end = time.monotonic() + 60
        while len(face_emulator.requests) < 3 and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    interrupted = _manifest(folder)
    assert (process.returncode, out) == (130, "")
    assert err == "face-client: interrupted: the same command again goes on with the rest\n"
    assert 3 <= len(interrupted) < 100
    assert json.loads(run(*arguments, "--rate", 10000, "--json").stdout)["skipped"] == len(interrupted)
    assert len(face_emulator.requests) == len(_manifest(folder)) == 100


@pytest.mark.usefixtures("environment")
def test_standard_input_is_utf_8_in_any_locale(
    face_emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a file is, also with a byte order mark, which PowerShell writes."""
    face_emulator.images["Zo\xeb"] = b"a picture"
    with monkeypatch.context() as patch, TextIOWrapper(BytesIO("\ufeffZo\xeb\r\n".encode()), "cp1252") as stdin:
        patch.setattr(sys, "stdin", stdin)
        app(["image", "archive", "-", "-d", str(tmp_path / "images")], standalone_mode=False)

    assert _manifest(tmp_path / "images") == ["Zo\xeb"]
