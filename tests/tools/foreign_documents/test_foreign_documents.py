"""The trial of foreign documents finds what is wrong, and the page about the generator names its documents."""

import base64
import hashlib
import io
import json
import re
import sys
import tarfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tools.foreign_documents.__main__ as command
from tools.foreign_documents import documents, report
from tools.foreign_documents.calls import call_operations
from tools.foreign_documents.documents import Document, fetched, rebuilt
from tools.foreign_documents.recorder import Request, compare
from tools.foreign_documents.trial import OURS, Outcome, try_document
from tools.foreign_documents.values import converted, value_of

Call = Callable[..., str | None]

RIGHT = Outcome(operations=1, called=1)
THINGS = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "version": "1"},
    "servers": [{"url": "https://things.example.com/v1"}],
    "paths": {
        "/things/{id}": {
            "get": {
                "operationId": "getThing",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "is new", "in": "query", "schema": {"type": "boolean"}},
                ],
                "responses": {
                    "200": {"description": "OK", "content": {"application/json": {"schema": {"type": "string"}}}},
                    "4XX": {"description": "No", "content": {"application/json": {"schema": {"type": "integer"}}}},
                },
            }
        }
    },
}
CLIENT = """
class Client:
    def __init__(self, base_url, timeout):
        self.base_url = base_url

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass
"""
CALL = """
import json, urllib.error, urllib.parse, urllib.request
from types import SimpleNamespace

def sync_detailed(id: str, *, client: object, {argument}: bool):
    url = client.base_url + "/things/" + urllib.parse.quote(id, safe="")
    try:
        response = urllib.request.urlopen(url + "?is+new=" + {text})
    except urllib.error.HTTPError as error:
        response = error
    with response:
        return SimpleNamespace(parsed={parsed})

async def asyncio_detailed(id: str, *, client: object, {argument}: bool):
    return {asynchronous}
"""
RIGHT_CALL = {
    "argument": "is_new",
    "text": "json.dumps(is_new)",
    "parsed": "json.load(response)",
    "asynchronous": "sync_detailed(id, client=client, is_new=is_new)",
}


@pytest.fixture
def things(tmp_path: Path) -> Document:
    """A document with one operation."""
    path = tmp_path / "things.json"
    path.write_text(json.dumps(THINGS))
    return Document("things", path, "given")


@pytest.fixture
def outcomes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Outcome]:
    """What the generators make of any document."""
    found = {"ours": RIGHT, "stock": RIGHT}
    monkeypatch.setattr(
        command, "tried", lambda documents, names: ({name: found[name] for name in names} for _ in documents)
    )
    return found


@pytest.fixture
def call(things: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Calls the operation with a client written by hand, and returns what is wrong."""

    def call(**wrong: str) -> str | None:
        folder = tmp_path / "thing_client"
        (folder / "api" / "default").mkdir(parents=True)
        (folder / "__init__.py").write_text(CLIENT)
        (folder / "api" / "default" / "get_thing.py").write_text(CALL.format(**RIGHT_CALL | wrong))
        return call_operations(things.path, "thing_client", is_ours=False)["GET /things/{id}"]

    sys.path.insert(0, str(tmp_path))
    yield call
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "thing_client"]:
        del sys.modules[name]


def test_a_right_call_is_right(call: Call) -> None:
    """The client and schemathesis send the same."""
    assert call() is None


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"text": "str(is_new)"}, r"query: .*'True'.*, not .*'true'"),
        ({"parsed": "None"}, r"the response 'red .* became None"),
        ({"parsed": "json.load(response) if response.status == 200 else None"}, r"the response 7 became None"),
        ({"argument": "old", "text": "'true'"}, r"no argument for the query parameter is new"),
        ({"asynchronous": "sync_detailed('other', client=client, is_new=is_new)"}, r"path: .*'other'"),
    ],
    ids=["request", "response", "error", "argument", "async"],
)
def test_a_wrong_call_is_found(call: Call, wrong: dict[str, str], problem: str) -> None:
    """What is wrong is said in one line."""
    assert re.search(problem, call(**wrong) or "")


def test_a_refusal_is_one_line_without_the_folder(
    things: Document, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """So that the page is the same wherever the command runs."""
    monkeypatch.setattr("tools.foreign_documents.trial.BUILD", tmp_path / "build")
    things.path.write_text("openapi: 3.0.3\n")
    refusal = str(try_document(things, OURS).refusal)
    assert refusal.startswith("things.json:1: ")
    assert "\n" not in refusal


def test_the_table_has_a_row_for_each_document(
    things: Document, outcomes: dict[str, Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours beside stock, and below it what is refused or wrong."""
    outcomes["ours"] = Outcome(refusal="things.json:1: no")
    outcomes["stock"] = Outcome(operations=0, called=2, types="a.py:1: error", wrong={"GET /a": "query: 1, not 2"})
    assert command.main([str(things.path)]) == 0
    out = capsys.readouterr().out
    assert "| things | 1 | no |  |  |  | 0 of 1 | yes | no | 1 of 2 |" in out
    assert "- things: things.json:1: no\n" in out
    assert "- things: `GET /a`: query: 1, not 2\n" in out


@pytest.mark.parametrize("broken", [Outcome(types="a.py:1: error"), Outcome(imports="SyntaxError")])
def test_it_fails_if_ours_takes_a_document_and_breaks(
    things: Document, outcomes: dict[str, Outcome], broken: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refusal is no failure, and neither is what the stock generator does."""
    outcomes["stock"] = broken
    assert command.main([str(things.path)]) == 0
    outcomes["ours"] = broken
    assert command.main([str(things.path)]) == 1
    assert "taken, but broken: things" in capsys.readouterr().err


def test_an_unknown_document_is_an_error(
    outcomes: dict[str, Outcome], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names those that are known."""
    monkeypatch.setattr(command, "fetched", lambda: ([], []))
    assert command.main(["nothing"]) == 2
    assert "no such file or document: nothing; there are museum, " in capsys.readouterr().err


def test_the_page_gets_the_table(things: Document, tmp_path: Path) -> None:
    """Only what is between the marks is written."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n{command.BEGIN}old\n{command.END}after\n")
    command.write_docs(page, [(things, 1, {"ours": RIGHT, "stock": RIGHT})])
    text = page.read_text()
    header = report.header(("ours", "stock"))
    assert text.startswith(f"before\n{command.BEGIN}\n{header}\n| things | 1 | yes | yes | yes | all of 1 |")
    assert text.endswith(f"{command.END}after\n")
    assert "old" not in text


@pytest.fixture
def page(things: Document, outcomes: dict[str, Outcome], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A page with the results of the only known document, which cannot be called as it should."""
    outcomes["ours"] = Outcome(operations=1, called=1, wrong={"GET /a": "query: 1, not 2"})
    page = tmp_path / "page.md"
    page.write_text(f"| security | keys |\n{command.BEGIN}{command.END}")
    command.write_docs(page, [(things, 1, {"ours": outcomes["ours"], "stock": RIGHT})])
    monkeypatch.setattr(command, "PAGE", page)
    monkeypatch.setattr(command, "rebuilt", lambda: [things])
    monkeypatch.setattr(command, "fetched", lambda: ([], []))
    return page


@pytest.mark.usefixtures("page")
def test_the_page_is_checked_against_ours(outcomes: dict[str, Outcome], capsys: pytest.CaptureFixture[str]) -> None:
    """What the stock generator does is as it was written, and not tried again."""
    del outcomes["stock"]
    assert command.main(["--check-docs"]) == 0
    outcomes["ours"] = RIGHT
    assert command.main(["--check-docs"]) == 1
    assert "page.md: - - things: `GET /a`: query: 1, not 2\n" in capsys.readouterr().err


def test_what_cannot_be_fetched_is_said(
    page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are tried, and the page is neither written nor compared with what is not there."""
    before = page.read_text()
    monkeypatch.setattr(command, "fetched", lambda: ([], ["a@1 (b, c): no network"]))
    for option in ("--check-docs", "--write-docs"):
        assert command.main([option]) == 2
        out, err = capsys.readouterr()
        assert "| things | 1 | yes |" in out
        assert err == "error: cannot be fetched: a@1 (b, c): no network\n"
    assert page.read_text() == before


def test_the_page_names_the_documents_that_there_are() -> None:
    """The table in the documentation is of the locked packages and of the rebuilt documents."""
    packages = tomllib.loads(documents.LOCK.read_text())["package"]
    known = [document.name for document in rebuilt()] + [name for each in packages for name in each["documents"]]
    rows = re.findall(r"^\| ([\w-]+) \| \d+ \|", command.PAGE.read_text(), re.MULTILINE)
    assert rows == known


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An npm whose packages have one document, and the lock of one of them."""
    archive = tmp_path / "archive.tgz"
    with tarfile.open(archive, "w:gz") as file:
        member = tarfile.TarInfo("package/a/things.json")
        member.size = 2
        file.addfile(member, io.BytesIO(b"{}"))
    program = tmp_path / "npm"
    program.write_text(f'#!/bin/sh\ncp "{archive}" package.tgz\n')
    program.chmod(0o755)
    lock = tmp_path / "documents.toml"
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    lock.write_text(
        f'[[package]]\nname = "@some/one"\nversion = "1.0.0"\nintegrity = "sha512-{digest}"\n'
        'documents = {things = "a/things.json"}\n'
    )
    monkeypatch.setattr(documents, "LOCK", lock)
    monkeypatch.setattr(documents, "BUILD", tmp_path / "build")
    monkeypatch.setattr("shutil.which", lambda _, **_more: str(program))
    return program


def test_a_locked_package_is_fetched_once(npm: Path) -> None:
    """The document is read from the archive, and kept below build/."""
    (document,), problems = fetched()
    npm.unlink()
    assert fetched() == ([document], [])
    assert (document.name, document.source, document.path.read_text()) == ("things", "@some/one@1.0.0", "{}")
    assert problems == []


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("echo x > package.tgz", "it is not the locked package"),
        ("echo no >&2; exit 1", "npm could not fetch it: no"),
        ("exec sleep 60", "npm could not fetch it within 0.1 s"),
    ],
)
def test_another_package_is_refused(npm: Path, script: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that is not the locked one, or no package at all, or none in time."""
    monkeypatch.setattr(documents, "_LONGEST", 0.1)
    npm.write_text(f"#!/bin/sh\n{script}\n")
    found, (message,) = fetched()
    assert found == []
    assert message.startswith(f"@some/one@1.0.0 (things): {problem}")


def test_values_follow_references_and_choices() -> None:
    """A value has what its schema names, and the discriminator of the chosen schema."""
    document = {
        "components": {
            "schemas": {
                "Cat": {"type": "object", "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}},
                "Pet": {
                    "oneOf": [{"$ref": "#/components/schemas/Cat"}],
                    "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
                },
            }
        }
    }
    schema = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
    assert value_of(schema, document) == [{"kind": "cat", "lives": 7}] * 2


def test_a_value_becomes_what_the_client_takes() -> None:
    """The first type of a union that can hold it."""
    assert converted([1, None], list[str | int | None]) == [1, None]
    with pytest.raises(TypeError, match="cannot hold"):
        converted("a", int | bool)


def test_requests_are_compared_by_meaning() -> None:
    """The order of a query and of JSON does not matter, nor how a time is written; anything else does."""
    headers = {"content-type": "application/json"}
    one = Request("PUT", "/a%20b?x=1&y=2024-02-29T12%3A30%3A15Z", headers, b'{"a": 1, "b": true}')
    compare(one, Request("PUT", "/a b?y=2024-02-29T12:30:15%2B00:00&x=1", headers, b'{"b":true,"a":1}'), [])
    with pytest.raises(ValueError, match="content: "):
        compare(one, Request("PUT", one.target, headers, b'{"a": 1, "b": 1}'), [])
