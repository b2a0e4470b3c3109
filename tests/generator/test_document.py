"""What is said about a document that is broken, and where in it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from generator.build import GenerationError, build
from generator.document import DocumentError, load, located

Document = dict[str, Any]

DOCUMENT = Path(__file__).resolve().parents[2] / "spec" / "openapi.yaml"

BROKEN = {
    "no YAML": ("operationId: getSessionImage", "operationId: [", "not valid YAML: expected"),
    "a key twice": ("openapi: 3.1.0", "info: {}", 'not valid YAML: found duplicate key "info"'),
    "a wrong place": ("in: path", "in: pth", 'paths./sessionImages/{sessionImageId}.get.parameters.0.in: "pth" is not'),
    "a dangling reference": (
        '$ref: "#/components/schemas/FaceError"',
        '$ref: "#/nowhere"',
        "the reference /nowhere cannot be resolved",
    ),
    "a wrong type": (
        "type: object",
        "type: objekt",
        "components.schemas.CreateLivenessSessionContent.type: 'objekt' is not valid",
    ),
    "a status that is a number": ('"200":', "200:", "the key 200 is read as int; put it in quotes"),
    "a date": ("value: 3d035d35-2e01-4ed4-8935-577afde9caaa", "value: 2024-11-15", "read as date; put it in quotes"),
    "another OpenAPI": ("openapi: 3.1.0", "openapi: 2.0.0", "openapi: the key 'openapi' must be 3.0.x or 3.1.x"),
}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_document_is_explained(tmp_path: Path, old: str, new: str, message: str) -> None:
    """The message is one line with the file, the number of the line, and what is wrong."""
    text = DOCUMENT.read_text()
    line = text[: text.index(old)].count("\n") + 1
    broken = tmp_path / "openapi.yaml"
    broken.write_text(text.replace(old, new, 1))
    with pytest.raises(DocumentError) as caught:
        load(broken)
    place, _, said = str(caught.value).partition(": ")
    path, _, number = place.rpartition(":")
    assert (path, "\n" in said) == (str(broken), False)
    # The reader of YAML notices some things on the lines around.
    assert abs(int(number) - line) <= 2
    assert message in said


def test_a_parameter_that_the_path_does_not_have(tmp_path: Path) -> None:
    """Where only the path is known, the line is that of the path."""
    text = DOCUMENT.read_text()
    broken = tmp_path / "openapi.yaml"
    broken.write_text(text.replace("name: sessionImageId", "name: id"))
    line = text[: text.index("  /sessionImages")].count("\n") + 1
    with pytest.raises(DocumentError, match=f"openapi.yaml:{line}: .*'sessionImageId'"):
        load(broken)


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "is a mapping"), (b"[]", "is a mapping"), (b"\xff", "cannot be read")]
)
def test_what_is_no_document(tmp_path: Path, content: bytes, message: str) -> None:
    """An empty file, a list and a file that is not UTF-8 are named as such."""
    (tmp_path / "openapi.yaml").write_bytes(content)
    with pytest.raises(DocumentError, match=message):
        load(tmp_path / "openapi.yaml")


def test_a_missing_document(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(DocumentError, match=r"openapi\.yaml: cannot be read: "):
        load(tmp_path / "openapi.yaml")


def _small(**more: Any) -> Document:
    paths = {"/x": {"get": {"operationId": "getX", "responses": {"200": {"description": "d"}}}}}
    return {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths, **more}


SMALL = json.dumps(_small(), indent=2)
YAML = """\
openapi: 3.1.0
info: {title: T, version: "1"}
x-shared: &shared
  "200": {description: d}
paths:
  /x:
    get: &get
      operationId: getX
      responses:
        <<: *shared
        "404": {description: e}
    post:
      <<: *get
      operationId: postX
"""
READ = {
    "JSON": SMALL,
    "JSON with tabs": SMALL.replace("  ", "\t"),
    "JSON with a byte order mark": f"\ufeff{SMALL}",
    "JSON in one line": json.dumps(_small()),
    "almost JSON": SMALL.replace('"d"', '"d",'),
    "YAML with anchors": YAML,
    "YAML with a byte order mark": f"\ufeff{YAML}",
    "YAML with CRLF": YAML.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_each_way_to_write_a_document(tmp_path: Path, text: str) -> None:
    """JSON and YAML are read, whatever the file is called, and whatever editor wrote it."""
    (tmp_path / "openapi.txt").write_bytes(text.encode())
    assert load(tmp_path / "openapi.txt")["paths"]["/x"]["get"]["responses"]["200"] == {"description": "d"}


def test_json_gives_the_values_that_yaml_gives(tmp_path: Path) -> None:
    """A JSON document has the same values, in the same order, as when it is read as YAML; a pair is one character."""
    values = [1, -1, 1.5, 1e3, 10**30, True, False, None, "", "1", "yes", "2024-11-15", 'a\tb\n"\\', "\u65e5", [], {}]
    document = _small(**{"x-values": values, "x-é": {"z": 1, "a": 2}})
    (tmp_path / "a.json").write_text(json.dumps(document, indent=1, ensure_ascii=False))
    (tmp_path / "b.yaml").write_text(f"# YAML\n{json.dumps(document, ensure_ascii=False)}")
    (tmp_path / "c.json").write_text(json.dumps(_small(**{"x-emoji": "\U0001f600"})))

    assert json.dumps(load(tmp_path / "a.json")) == json.dumps(load(tmp_path / "b.yaml")) == json.dumps(document)
    assert load(tmp_path / "c.json")["x-emoji"] == "\U0001f600"


def test_json_is_not_read_as_yaml(tmp_path: Path) -> None:
    """The reader of YAML, which is a hundred times slower, does not see a JSON document."""
    (tmp_path / "a.yaml").write_text(SMALL)
    with patch("generator.reading.YAML", side_effect=AssertionError):
        load(tmp_path / "a.yaml")


@pytest.mark.parametrize("kind", ["JSON", "YAML"])
def test_the_line_of_every_place(tmp_path: Path, kind: str) -> None:
    """Each place is found on its line, in JSON and in YAML, behind all that could be taken for brackets and keys."""
    odd = {'a"b': [1, [2, {"k": "}],{"}], {}, []], "c\\": {"": "\n", "é": '\\"'}, "get": {"get": ["get"]}}
    text = json.dumps(odd, indent=1)
    (tmp_path / "a").write_text(text if kind == "JSON" else f"# YAML\n{text}")
    for place, line in [
        ((), 1),
        (('a"b',), 2),
        (('a"b', 1), 4),
        (('a"b', 1, 1, "k"), 7),
        (('a"b', 3), 11),
        (("c\\", "é"), 15),
        (("get", "get", 0), 19),
        (("get", "none"), 17),
    ]:
        number = line if kind == "JSON" or not place else line + 1
        assert located(tmp_path / "a", place, "x").startswith(f"{tmp_path / 'a'}:{number}: "), place


def _at(reference: str, **components: Any) -> Document:
    """A document with a reference instead of a schema."""
    content = {"application/json": {"schema": {"$ref": reference}}}
    document = _small(components=components)
    document["paths"]["/x"]["get"]["responses"]["200"]["content"] = content
    return document


REFUSED = {
    "half of a surrogate pair": (SMALL.replace('"d"', '"\\ud83d"'), 13, "a half of a surrogate pair is no character"),
    "an integer of 5000 digits": (SMALL.replace('"d"', "9" * 5000), None, "cannot be read: Exceeds the limit"),
    "NaN": (SMALL.replace('"d"', "NaN"), 13, "nan is no number in JSON; put it in quotes"),
    "a number that is too large": (SMALL.replace('"d"', "1e999"), 13, "inf is no number in JSON"),
    "NaN in YAML": (YAML + "x-a: .nan\n", 15, "x-a: nan is no number in JSON"),
    "a key twice": (SMALL.replace('"title"', '"version"'), 5, 'not valid YAML: found duplicate key "version"'),
    "tabs in YAML": (YAML.replace("  ", "\t"), 4, "not valid YAML: found character"),
    "no end": (SMALL[:-5], 18, "not valid YAML: expected"),
    "a comment in JSON": (f"// a\n{SMALL}", 3, "not valid YAML: mapping values are not allowed here"),
    "two documents": (f"{YAML}---\na: 1\n", 15, "not valid YAML: but found another document"),
    "an object of Python": (f"{YAML}x: !!python/name:os.system\n", 15, "not valid YAML: could not determine"),
    "a null character": (f"{YAML}x: \0\n", None, "not valid YAML: unacceptable character #x0000"),
    "a page": ("<!DOCTYPE html><html></html>", 1, "an OpenAPI document is a mapping"),
    "null": ("null", 1, "an OpenAPI document is a mapping"),
    "depth": ('{"a":' * 5000, None, "cannot be read: it is nested too deeply"),
    "an anchor in itself": (f"{YAML}x-a: &a\n  b: *a\n", None, "it is nested too deeply, or contains itself"),
    "the wrong type, behind a number": (SMALL.replace('"d"', "1"), 13, '200.description: 1 is not of type "string"'),
    "the wrong type, behind an anchor": (YAML.replace("description: d", "description: 1"), 4, "200.description: 1 is"),
    "OpenAPI 3.2": (SMALL.replace("3.1.0", "3.2.0"), 2, "openapi: the key 'openapi' must be 3.0.x or 3.1.x"),
    "Swagger": (SMALL.replace('"openapi": "3.1.0"', '"swagger": "2.0"'), 1, "the key 'openapi' must be"),
    "no paths": (json.dumps({key: each for key, each in _small(webhooks={}).items() if key != "paths"}), 1, "no paths"),
    "empty paths": (json.dumps(_small(paths={}), indent=2), 7, "paths: the document has no paths"),
    "a schema that is itself": (
        json.dumps(_at("#/components/schemas/A", schemas={"A": {"$ref": "#/components/schemas/A"}}), indent=2),
        16,
        "200.content.application/json.schema: the reference #/components/schemas/A leads to itself",
    ),
    "a reference to another file": (
        json.dumps(_at("other.yaml#/A"), indent=2),
        17,
        "schema.$ref: the reference other.yaml#/A cannot be resolved",
    ),
}


@pytest.fixture
def _usual_depth() -> Iterator[None]:
    """Python's default recursion limit, which Hypothesis may have raised in this process."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.usefixtures("_usual_depth")
@pytest.mark.parametrize(("text", "line", "message"), REFUSED.values(), ids=REFUSED)
def test_a_document_that_is_refused(tmp_path: Path, text: str, line: int | None, message: str) -> None:
    """What cannot be read, or must not be, is refused in one line, with its number if it is known."""
    path = tmp_path / "openapi.json"
    path.write_bytes(text.encode("utf-8"))
    with pytest.raises(DocumentError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("kind", ["parameters", "responses", "requestBodies", "pathItems", "securitySchemes"])
def test_a_part_that_refers_to_itself(tmp_path: Path, kind: str) -> None:
    """A parameter, a response, a body, a path or a scheme that refers to itself is refused, used or not."""
    document = _small(components={kind: {"A": {"$ref": f"#/components/{kind}/A"}}})
    (tmp_path / "a.json").write_text(json.dumps(document, indent=2))
    with pytest.raises(DocumentError, match=rf":21: components\.{kind}\.A: the reference .* leads to itself"):
        load(tmp_path / "a.json")


def test_a_folder(tmp_path: Path) -> None:
    """A folder is no document."""
    with pytest.raises(DocumentError, match=r"cannot be read: .*Is a directory"):
        load(tmp_path)


BUILDS = {
    "true as a schema": _small(
        components={
            "schemas": {
                "M": {
                    "type": "object",
                    "properties": {"a": True, "items": True, "l": {"type": "array", "items": True}},
                    "additionalProperties": True,
                    "example": {"items": True},
                },
                "N": True,
            }
        }
    ),
    "a scheme by reference": _small(
        components={
            "securitySchemes": {
                "a": {"$ref": "#/components/securitySchemes/b"},
                "b": {"type": "apiKey", "in": "header", "name": "X-B"},
            }
        }
    ),
    "webhooks beside paths": _small(webhooks={"a": {"post": {"responses": {"200": {"description": "d"}}}}}),
    "a schema within itself": _at(
        "#/components/schemas/A",
        schemas={"A": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}}},
    ),
    "text that could end a docstring": _small(info={"title": 'a """ \\ {{ x }} {% y %}\0', "version": '1"\n'}),
}


@pytest.mark.parametrize("document", BUILDS.values(), ids=BUILDS)
def test_what_once_ended_in_a_traceback(tmp_path: Path, document: Document) -> None:
    """What is right, if rare, is generated."""
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    build(tmp_path / "openapi.json", tmp_path / "package")


def test_the_schema_false(tmp_path: Path) -> None:
    """A schema that allows nothing is refused."""
    schemas = {"M": {"type": "object", "properties": {"a": False}, "additionalProperties": False}}
    (tmp_path / "a.json").write_text(json.dumps(_small(components={"schemas": schemas}), indent=2))
    with pytest.raises(
        GenerationError, match=r":24: components\.schemas\.M\.properties\.a: the schema false allows no"
    ):
        build(tmp_path / "a.json", tmp_path / "package")
