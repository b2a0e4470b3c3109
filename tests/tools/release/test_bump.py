"""`python -m tools.release bump`, in a copy of the project."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from face_client.document import API_VERSION
from generator import tree
from generator.build import build
from tools.release.bump import bump
from tools.release.change import ReleaseError

ROOT = Path(__file__).resolve().parents[3]
# None that the service has, so that it is new whatever the document describes.
NEXT = "v9.9-preview.9"
LINE = f"&apiVersion {API_VERSION}"
Main = Callable[..., tuple[int, str, str]]

USE = """
import sys
import face_client
from face_client.api.liveness_session_operations import get_session_image
from face_client_auth import SubscriptionKeyAuth, connect

endpoint, *api_version = sys.argv[1:]
with connect(endpoint, SubscriptionKeyAuth("k"), **({"api_version": api_version[0]} if api_version else {})) as client:
    print(face_client.__file__, get_session_image.sync("an-id", client=client))
"""


def snapshot(project: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_the_next_version(redocly: None, project: Path, main: Main, raw_server: Callable[..., Any]) -> None:
    """The service's next version changes one line of the document, and its client sends requests to the new path."""
    before = (project / "spec" / "openapi.yaml").read_text()
    status, out, err = main("bump", NEXT)
    assert (status, err) == (0, "")
    assert out.splitlines()[:5] == [
        "In the document:",
        f"  version: {API_VERSION} -> {NEXT}; requests go to /face/{NEXT}/..., "
        f'and with Client(..., api_version="{API_VERSION}") as before',
        "In the Python packages:",
        "  nothing that callers use is gone or takes other arguments",
        "Not breaking for callers of the Python client.",
    ]
    assert (project / "spec" / "openapi.yaml").read_text() == before.replace(LINE, f"&apiVersion {NEXT}")
    build(project / "spec" / "openapi.yaml", project / "fresh" / "face_client")
    assert tree.differences(project / "generated", project / "fresh") == []

    server = raw_server(b"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: 5\r\n\r\nimage")
    for arguments, version in (([], NEXT), ([API_VERSION], API_VERSION)):
        used = subprocess.run(
            [sys.executable, "-c", USE, server.endpoint, *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(project / "generated"), str(ROOT / "handwritten")])},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert used.stdout.split() == [str(project / "generated/face_client/__init__.py"), "b'image'"], used.stderr
        assert server.requests[-1].startswith(f"GET /face/{version}/sessionImages/an-id ".encode())


def test_there_and_back(redocly: None, project: Path) -> None:
    """The line keeps its comment and the document its line endings: the way back gives the very files that were."""
    document = project / "spec" / "openapi.yaml"
    text = document.read_text().replace(LINE, f"{LINE}  # a comment").replace("\n", "\r\n")
    document.write_bytes(text.encode())
    before = snapshot(project)
    bump(project, NEXT)
    assert document.read_bytes() == text.replace(f"{LINE}  #", f"&apiVersion {NEXT}  #").encode()
    bump(project, API_VERSION)
    assert snapshot(project) == before


NONSENSE = [
    "",
    "1.3",
    "v1",
    "v1.3 ",
    "v1.3\n",
    "V1.3",
    "latest",
    "v1.3/../v1.2",
    "v1.3 # x",
    "*apiVersion",
    "v1.3-preview",
]


def test_what_is_no_version(project: Path) -> None:
    """What is no version of the Face API is refused, and nothing is changed."""
    before = snapshot(project)
    for version in (*NONSENSE, "v\u0661.3"):
        with pytest.raises(
            ReleaseError, match=rf"^{re.escape(repr(version))} is no version of the API, such as v1\.2 or"
        ):
            bump(project, version)
    assert snapshot(project) == before


def test_nonsense_is_one_line(project: Path, main: Main) -> None:
    """The command refuses nonsense with one line and exit 2."""
    assert main("bump", "latest") == (
        2,
        "",
        "error: 'latest' is no version of the API, such as v1.2 or v1.3-preview.1\n",
    )


def test_the_version_that_it_is(project: Path) -> None:
    """The version of the document is no new one."""
    with pytest.raises(ReleaseError, match=rf"openapi\.yaml: the version is {re.escape(API_VERSION)} already"):
        bump(project, API_VERSION)


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [("version: &apiVersion", "version:", 0), ("info:", "  version: &apiVersion v1.1\ninfo:", 2)],
)
def test_a_document_without_that_line(project: Path, old: str, new: str, count: int) -> None:
    """Where the one line with the version cannot be told, nothing is changed."""
    document = project / "spec" / "openapi.yaml"
    document.write_text(document.read_text().replace(old, new))
    before = snapshot(project)
    with pytest.raises(ReleaseError, match=f"one line must begin with '  version: &apiVersion ', and {count} do"):
        bump(project, NEXT)
    assert snapshot(project) == before


def test_what_cannot_be_generated(project: Path) -> None:
    """Where the client cannot be generated, the message names the document, and nothing is changed."""
    document = project / "spec" / "openapi.yaml"
    document.write_text(document.read_text().replace("application/octet-stream:\n", "text/event-stream:\n"))
    before = snapshot(project)
    with pytest.raises(ReleaseError, match=f"^{re.escape(str(document))}:.*a stream of events is not supported"):
        bump(project, NEXT)
    assert snapshot(project) == before


def test_what_cannot_be_compared(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the tools to compare with are missing, nothing is changed."""
    before = snapshot(project)
    monkeypatch.setenv("PATH", str(project))
    with pytest.raises(ReleaseError, match="is not installed"):
        bump(project, NEXT)
    assert snapshot(project) == before


def test_an_interruption_at_the_worst_moment(redocly: None, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted between the document and its output, both are as they were."""

    def interrupt(*_: Path) -> None:
        raise KeyboardInterrupt

    before = snapshot(project)
    monkeypatch.setattr(tree, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        bump(project, NEXT)
    assert snapshot(project) == before
