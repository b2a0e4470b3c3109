"""The OpenAPI document says what reference.toml says, which is written by hand a second time: no more and no less."""

import difflib
import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

PATH = Path(__file__).with_name("reference.toml")
TYPE_AND_TEXTS = {"$ref", "anyOf", "type", "format", "items", "description", "example"}
Tables = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    """The tables."""
    return tomllib.loads(PATH.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schemas(document: Any) -> Any:
    """The schemas of the document by their names."""
    return document["components"]["schemas"]


def type_of(schema: Any) -> str:
    """The type of a schema, as the tables write it."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        enum, text = schema["anyOf"]
        assert text == {"type": "string"}
        return type_of(enum)
    if schema["type"] == "array":
        return f"[{type_of(schema['items'])}]"
    return " ".join(schema[name] for name in ("type", "format") if name in schema)


def bodies(content: Any) -> list[str]:
    """The media types and types of a body."""
    return [f"{media_type} {type_of(each['schema'])}" for media_type, each in content.get("content", {}).items()]


def row(schema: Any, required: bool) -> dict[str, Any]:
    """A property or parameter: its type, whether it is required, and each other keyword but the texts."""
    rest = {name: value for name, value in schema.items() if name not in TYPE_AND_TEXTS}
    return {"type": type_of(schema)} | ({"required": True} if required else {}) | rest


def lines(tables: Tables) -> list[str]:
    """One line for each row; within a table, the order counts."""
    return [
        f"{name} {key} {json.dumps(value, sort_keys=True)}"
        for name, table in sorted(tables.items())
        for key, value in table.items()
    ]


def assert_same(found: Tables, reference: Tables) -> None:
    """Names each row that is only in the document (+) or only in reference.toml (-)."""
    differences = [line for line in difflib.ndiff(lines(reference), lines(found)) if line[0] in "+-"]
    assert differences == [], "\n".join(["the document (+) is not what reference.toml says (-)", *differences])


def test_the_operations(operations: dict[str, Any], reference: dict[str, Any]) -> None:
    """Each operation has the method, path, parameters, body and one success of its table."""
    found = {}
    for name, operation in operations.items():
        (success,) = [status for status in operation["responses"] if status != "default"]
        rows = {
            "request": operation["request"],
            "parameters": {
                each["name"]: {"in": each["in"], **row(each["schema"], each.get("required", False))}
                for each in operation["parameters"]
            },
            "body": " ".join(bodies(operation["body"])),
            "success": " ".join([success, *bodies(operation["responses"][success])]),
        }
        found[name] = {key: value for key, value in rows.items() if value}
    assert_same(found, reference["operations"])


def test_the_models(schemas: Any, reference: dict[str, Any]) -> None:
    """Each model has the properties of its table, in that order."""
    found = {
        name: {key: row(each, key in schema.get("required", [])) for key, each in schema["properties"].items()}
        for name, schema in schemas.items()
        if schema["type"] == "object"
    }
    assert_same(found, reference["models"])


def test_the_enums(schemas: Any, reference: dict[str, Any]) -> None:
    """Each enum has the values of its table. A schema that is no model is an enum."""
    found = {name: {"values": schema["enum"]} for name, schema in schemas.items() if schema["type"] != "object"}
    assert_same(found, {name: {"values": values} for name, values in reference["enums"].items()})


def test_the_places(resolve: Callable[[Any], Any], reference: dict[str, Any]) -> None:
    """The server, the security and the texts are those of the page."""
    found = {place: resolve({"$ref": f"#{place}"}) for place in reference["places"]}
    assert_same({"places": found}, {"places": reference["places"]})
