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
from typing import Any

import pytest

import tools.foreign_documents.__main__ as command
from tools.foreign_documents import calls, documents, report
from tools.foreign_documents.documents import Document, FetchError, fetched, rebuilt
from tools.foreign_documents.recorder import Request, compare
from tools.foreign_documents.trial import OURS, Outcome, try_document
from tools.foreign_documents.values import converted, value_of

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
                    "200": {"description": "OK", "content": {"application/json": {"schema": {"type": "string"}}}}
                },
            }
        }
    },
}
CLIENT = """
import json, urllib.parse, urllib.request
from types import SimpleNamespace

class Client:
    def __init__(self, base_url, timeout):
        self.base_url = base_url
"""
CALL = """
import json, urllib.parse, urllib.request
from types import SimpleNamespace

def sync_detailed(id: str, *, client: object, {argument}: bool):
    url = client.base_url + "/things/" + urllib.parse.quote(id, safe="")
    with urllib.request.urlopen(url + "?is+new=" + {text}) as response:
        return SimpleNamespace(parsed={parsed})
"""


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
    monkeypatch.setattr(command, "try_document", lambda _, generator: found[generator])
    return found


@pytest.fixture
def call(things: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., str | None]]:
    """Calls the operation with a client written by hand, and returns what is wrong."""

    def call(argument: str = "is_new", text: str = "json.dumps(is_new)", parsed: str = "json.load(response)") -> Any:
        folder = tmp_path / "thing_client"
        (folder / "api" / "default").mkdir(parents=True)
        (folder / "__init__.py").write_text(CLIENT)
        (folder / "api" / "default" / "get_thing.py").write_text(
            CALL.format(argument=argument, text=text, parsed=parsed)
        )
        calls.main(str(things.path), "thing_client", "stock")
        operation, problem = json.loads(capsys.readouterr().out)
        assert operation == "GET /things/{id}"
        return problem

    sys.path.insert(0, str(tmp_path))
    yield call
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "thing_client"]:
        del sys.modules[name]


def test_a_right_call_is_right(call: Callable[..., str | None]) -> None:
    """The client and schemathesis send the same."""
    assert call() is None


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"text": "str(is_new)"}, r"query: .*'True'.*, not .*'true'"),
        ({"parsed": "None"}, r"the response .* became None"),
        ({"argument": "old", "text": "'true'"}, r"no argument for the query parameter is new"),
    ],
    ids=["request", "response", "argument"],
)
def test_a_wrong_call_is_found(call: Callable[..., str | None], wrong: dict[str, str], problem: str) -> None:
    """What is wrong is said in one line."""
    assert re.search(problem, call(**wrong) or "")


def test_our_client_is_generated_and_called(things: Document, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From the document to the comparison, each step in a process of its own."""
    monkeypatch.setattr("tools.foreign_documents.trial.BUILD", tmp_path / "build")
    assert try_document(things, OURS) == RIGHT


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
    monkeypatch.setattr(command, "fetched", list)
    assert command.main(["nothing"]) == 2
    assert "no such file or document: nothing; there are museum, " in capsys.readouterr().err


def test_the_page_gets_the_table(things: Document, tmp_path: Path) -> None:
    """Only what is between the marks is written."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n{command.BEGIN}old\n{command.END}after\n")
    command.write_docs(page, [(things, 1, {"ours": RIGHT, "stock": RIGHT})])
    text = page.read_text()
    assert text.startswith(f"before\n{command.BEGIN}\n{report.HEADER}\n| things | 1 | yes | yes | yes | all of 1 |")
    assert text.endswith(f"{command.END}after\n")
    assert "old" not in text


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
    monkeypatch.setattr("shutil.which", lambda _: str(program))
    return program


def test_a_locked_package_is_fetched_once(npm: Path) -> None:
    """The document is read from the archive, and kept below build/."""
    (document,) = fetched()
    npm.unlink()
    assert [*fetched()] == [document]
    assert (document.name, document.source, document.path.read_text()) == ("things", "@some/one@1.0.0", "{}")


@pytest.mark.parametrize(
    ("script", "message"), [("echo x > package.tgz", "not the locked package"), ("echo no >&2; exit 1", "no")]
)
def test_another_package_is_refused(npm: Path, script: str, message: str) -> None:
    """A hash that is not the locked one, or no package at all."""
    npm.write_text(f"#!/bin/sh\n{script}\n")
    with pytest.raises(FetchError, match=message):
        list(fetched())


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
