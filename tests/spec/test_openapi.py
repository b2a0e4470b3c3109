"""The OpenAPI document is valid, in the form that every generator can use; what it says is in test_reference.py."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from ruamel.yaml import YAML

PATH = Path(__file__).resolve().parents[2] / "spec" / "openapi.yaml"
SCHEMAS = "#/components/schemas/"


def load(text: str) -> dict[str, Any]:
    document = YAML(typ="safe").load(text)
    assert isinstance(document, dict)
    return document


def mappings(node: Any) -> Iterator[dict[str, Any]]:
    """Each mapping of the document, but for the examples' own."""
    if isinstance(node, dict):
        yield node
        for name, each in node.items():
            if name not in ("example", "examples"):
                yield from mappings(each)
    elif isinstance(node, list):
        for each in node:
            yield from mappings(each)


def examples(node: dict[str, Any]) -> list[Any]:
    """The examples of a media type, a parameter or a header."""
    given = [node["example"]] if "example" in node else []
    return given + [each["value"] for each in node.get("examples", {}).values()]


def test_it_is_valid_openapi_3_1(document: Any) -> None:
    """The document is valid OpenAPI 3.1.0."""
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_one_changed_line_gives_valid_openapi_3_0() -> None:
    """With another version on one line, and nothing else changed, the document is valid OpenAPI 3.0.3."""
    text = PATH.read_text()
    assert text.count("\nopenapi: 3.1.0\n") == 1
    copy = load(text.replace("\nopenapi: 3.1.0\n", "\nopenapi: 3.0.3\n"))
    assert copy["openapi"] == "3.0.3"
    assert list(OpenAPIV30SpecValidator(copy).iter_errors()) == []


def test_the_copy_for_openapi_3_0_can_fail() -> None:
    """A construct that only 3.1 has is refused in the 3.0.3 copy: the test above is worth something."""
    copy = load(
        PATH.read_text().replace("openapi: 3.1.0", "openapi: 3.0.3").replace("type: object", "type: [object, 'null']")
    )
    assert list(OpenAPIV30SpecValidator(copy).iter_errors())


def test_one_version(document: Any) -> None:
    """The version of the document is the default of the server's variable, and its only value."""
    version = document["servers"][0]["variables"]["apiVersion"]
    assert version["default"] == document["info"]["version"]
    assert version["enum"] == [document["info"]["version"]]


def test_the_default_endpoint_belongs_to_nobody(document: Any) -> None:
    """A client that was not told its endpoint sends no key to a stranger: .invalid is reserved (RFC 2606)."""
    assert document["servers"][0]["variables"]["endpoint"]["default"].endswith(".invalid")


def test_everything_else_is_the_error(operations: dict[str, Any]) -> None:
    """The default response of each operation is a FaceErrorResponse in JSON, with the header x-ms-error-code."""
    for name, operation in operations.items():
        error = operation["responses"]["default"]
        assert {key: each["schema"] for key, each in error["content"].items()} == {
            "application/json": {"$ref": f"{SCHEMAS}FaceErrorResponse"}
        }, name
        assert {key: each["schema"] for key, each in error["headers"].items()} == {
            "x-ms-error-code": {"type": "string"}
        }, name


def test_each_enum_is_open(document: Any) -> None:
    """An enum has a name, and each use of it also accepts any other string: the service adds values without asking."""
    places = [document["paths"], document["components"]]
    schemas = document["components"]["schemas"]
    enums = {SCHEMAS + name: schema["enum"] for name, schema in schemas.items() if "enum" in schema}
    opened = [
        node["anyOf"][0]["$ref"] for node in mappings(places) if node.get("anyOf", [])[1:] == [{"type": "string"}]
    ]
    assert [node["enum"] for node in mappings(places) if "enum" in node] == list(enums.values())
    assert sorted(node["$ref"] for node in mappings(places) if node.get("$ref") in enums) == sorted(opened)
    assert set(opened) == set(enums)


def test_the_examples_are_valid(document: Any) -> None:
    """Each example is what its schema says, has no other properties, and only listed values of enums."""
    strict = load(PATH.read_text())
    for node in mappings(strict["components"]["schemas"]):
        if node.get("type") == "object":
            node["additionalProperties"] = False
        if "anyOf" in node:
            node.update(node.pop("anyOf")[0])
    for node in mappings(document):
        schema = {**node.get("schema", node), "components": strict["components"]}
        for example in examples(node):
            Draft202012Validator(schema).validate(example)


def test_each_body_has_an_example(operations: dict[str, Any]) -> None:
    """Whoever reads about an operation sees what is sent and what comes back."""
    for name, operation in operations.items():
        for body in (operation["body"], *operation["responses"].values()):
            assert all(examples(each) for each in body.get("content", {}).values()), name


def test_the_links_lead_somewhere(operations: dict[str, Any]) -> None:
    """A link gives an operation all of its parameters, from where the example of the response has them."""
    responses = [response for operation in operations.values() for response in operation["responses"].values()]
    for response in responses:
        for link in response.get("links", {}).values():
            assert list(link["parameters"]) == [each["name"] for each in operations[link["operationId"]]["parameters"]]
            for expression in link["parameters"].values():
                node = response["content"]["application/json"]["example"]
                for part in expression.removeprefix("$response.body#/").split("/"):
                    node = node[int(part) if isinstance(node, list) else part]
                assert isinstance(node, str), expression
