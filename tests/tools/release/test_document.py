"""What is said about each change of the document: texts and judgements that another version of Redocly has to keep."""

import os
import textwrap
from pathlib import Path

import pytest

from tools.release.change import Change, ReleaseError
from tools.release.document import compare
from tools.spec_tools import lint

SPEC = Path(__file__).with_name("openapi.yaml")
TEXT = SPEC.read_text()
GET = "/sessionImages/{sessionImageId} get"
KEY = "Ocp-Apim-Subscription-Key"
SCOPE = "https://cognitiveservices.azure.com/.default"

# The old text, the new one, and what is reported; breaking changes are in capitals, as in the report.
GOLDEN = {
    "the version": (
        "&apiVersion v1.2",
        "&apiVersion v1.3-preview.1",
        [
            "version: v1.2 -> v1.3-preview.1; requests go to /face/v1.3-preview.1/..., "
            'and with Client(..., api_version="v1.2") as before'
        ],
    ),
    "the media type of the image": (
        "application/octet-stream:\n",
        "image/jpeg:\n",
        [
            f"BREAKING {GET} responses 200 content application/octet-stream: "
            "Media type `application/octet-stream` was removed",
            f"{GET} responses 200 content image/jpeg: added",
        ],
    ),
    "the media type of the errors": (
        "            application/json:\n",
        "            application/problem+json:\n",
        [
            f"BREAKING {GET} responses default content application/problem+json: "
            "Media type `application/json` became `application/problem+json`"
        ],
    ),
    "a way to sign in that is gone": (
        f"security:\n  - {KEY}: []\n",
        "security:\n",
        [f"BREAKING security 0: Security requirement `{KEY}` is no longer accepted"],
    ),
    "one more way to sign in": (
        f"security:\n  - {KEY}: []\n",
        f"security:\n  - {{}}\n  - {KEY}: []\n",
        ["security 0: added"],
    ),
    "the header of the key": (
        f"name: {KEY}",
        "name: Api-Key",
        [
            f"BREAKING securitySchemes {KEY}: `name` of security scheme `{KEY}` changed from '{KEY}' to 'Api-Key'",
        ],
    ),
    "the scope of the token": (
        SCOPE,
        "https://face.example/.default",
        [
            "BREAKING security 1: Security scheme `AADToken` requires new scopes: 'https://face.example/.default'",
        ],
    ),
    "the path of the server": (
        "{endpoint}/face/",
        "{endpoint}/vision/",
        [
            "BREAKING servers: the client uses {endpoint}/vision/{apiVersion} in place of {endpoint}/face/{apiVersion}",
            "BREAKING servers 0: Server `{endpoint}/face/{apiVersion}` became `{endpoint}/vision/{apiVersion}`",
        ],
    ),
    "another server before it": (
        "servers:\n",
        "servers:\n  - url: https://face.example/v1.2\n",
        [
            "BREAKING servers: the client uses https://face.example/v1.2 in place of {endpoint}/face/{apiVersion}",
            "servers 0: added",
        ],
    ),
    "another server after it": (
        "security:\n",
        "  - url: https://face.example/v1.2\nsecurity:\n",
        ["servers 1: added"],
    ),
    "the default of the endpoint": (
        "resource-name.invalid",
        "other-name.invalid",
        [
            "servers 0 variables endpoint: default modified: "
            '"https://resource-name.invalid" -> "https://other-name.invalid"'
        ],
    ),
    "a parameter that callers must give": (
        "      responses:\n",
        "        - {name: size, in: query, required: true, schema: {type: string}}\n      responses:\n",
        [f"BREAKING {GET} parameters 1: Required `size` query parameter was added"],
    ),
    "a parameter that they may give": (
        "      responses:\n",
        "        - {name: size, in: query, schema: {type: string}}\n      responses:\n",
        [f"{GET} parameters 1: added"],
    ),
}


def written(folder: Path, text: str) -> tuple[Path, Path]:
    old, new = folder / "old.yaml", folder / "new.yaml"
    old.write_text(TEXT)
    new.write_text(text)
    return old, new


def texts(changes: list[Change]) -> list[str]:
    return [f"BREAKING {change.text}" if change.is_breaking else change.text for change in changes]


@pytest.mark.parametrize(("old", "new", "expected"), GOLDEN.values(), ids=GOLDEN)
def test_golden(redocly: None, tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    """Each change of version, media type, security or server is reported, and judged as callers feel it."""
    assert old in TEXT
    assert texts(compare(*written(tmp_path, TEXT.replace(old, new)))) == expected


def test_a_version_among_other_changes(redocly: None, tmp_path: Path) -> None:
    """What changes together with the version is reported beside it, another known version too."""
    text = TEXT.replace("&apiVersion v1.2", "&apiVersion v2.0").replace("Get Session Image", "Get it")
    text = text.replace("          - *apiVersion\n", "          - *apiVersion\n          - v1.2\n")
    version, summary, known = texts(compare(*written(tmp_path, text)))
    assert version.startswith("version: v1.2 -> v2.0; requests go to /face/v2.0/...")
    assert known == 'servers 0 variables apiVersion: enum modified: ["v1.2"] -> ["v2.0", "v1.2"]'
    assert summary == f'{GET}: summary modified: "Get Session Image" -> "Get it"'


def test_a_document_that_is_not_valid(tmp_path: Path) -> None:
    """A document that is not valid is an error that names it and the line."""
    with pytest.raises(ReleaseError, match=r"new\.yaml:\d+: paths\."):
        compare(*written(tmp_path, TEXT.replace("in: path", "in: pth")))


def test_nothing_is_asked_of_the_network(redocly: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To compare two documents, no connection is opened and no name looked up; with telemetry on, both would be."""
    (tmp_path / "log.cjs").write_text(
        textwrap.dedent("""
            const fs = require("fs"), net = require("net"), dns = require("dns");
            const refuse = () => { fs.appendFileSync(process.env.NETWORK_LOG, "x"); throw new Error("no network"); };
            net.Socket.prototype.connect = refuse;
            dns.lookup = refuse;
        """)
    )
    monkeypatch.setenv("NODE_OPTIONS", f"--require={tmp_path / 'log.cjs'}")
    monkeypatch.setenv("NETWORK_LOG", str(tmp_path / "log"))
    assert compare(SPEC, SPEC) == []
    assert not (tmp_path / "log").exists()
    monkeypatch.setitem(lint.QUIET, "REDOCLY_TELEMETRY", "on")
    assert compare(SPEC, SPEC) == []
    assert (tmp_path / "log").exists()


def test_settings_that_lie_about_are_not_used(redocly: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A redocly.yaml in the working directory turns no rule off."""
    (tmp_path / "redocly.yaml").write_text("rules: {}\n")
    monkeypatch.chdir(tmp_path)
    changes = compare(*written(tmp_path, TEXT.replace(f"name: {KEY}", "name: Api-Key")))
    assert [change.is_breaking for change in changes] == [True]


def test_without_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Node.js, the error says so."""
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(ReleaseError, match=r"the documents cannot be compared: n\w+ is not installed"):
        compare(SPEC, SPEC)
