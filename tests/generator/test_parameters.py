"""Parameters that the specification does not define, or that cannot be sent, are refused with their place."""

from pathlib import Path

import pytest

from generator.build import GenerationError, build
from generator.document import UnsupportedError
from generator.parameters import normalized

NESTED = "a parameter with nested values is not defined; use content: application/json"
DEEP = "the style deepObject is only defined for an object with explode: true"
DELIMITED = "the style {} is only defined for an array or an object with explode: false"
COOKIE = "an array or an object in a cookie is only defined with explode: false"
LIST = "{type: array, items: {type: string}}"

REFUSED = {
    "an object in an array": ("in: query, schema: {type: array, items: {type: object}}", NESTED),
    "an array in an array": ("in: query, schema: {type: array, items: {type: array, items: {}}}", NESTED),
    "an array in an object": (f"in: query, schema: {{type: object, properties: {{a: {LIST}}}}}", NESTED),
    "a reference to an object": ('in: query, schema: {type: array, items: {$ref: "#/components/schemas/A"}}', NESTED),
    "an alternative": (
        "in: query, schema: {oneOf: [{type: string}, {type: array, items: {type: object}}]}",
        NESTED,
    ),
    "objects by key": ("in: query, schema: {type: object, additionalProperties: {type: object}}", NESTED),
    "nested deepObject": (
        "in: query, style: deepObject, explode: true, schema: {type: object, properties: {a: {type: object}}}",
        NESTED,
    ),
    "deepObject without explode": ("in: query, style: deepObject, schema: {type: object}", DEEP),
    "deepObject of an array": (f"in: query, style: deepObject, explode: true, schema: {LIST}", DEEP),
    "pipes and explode": (
        f"in: query, style: pipeDelimited, explode: true, schema: {LIST}",
        DELIMITED.format("pipeDelimited"),
    ),
    "spaces in text": (
        "in: query, style: spaceDelimited, schema: {type: string}",
        DELIMITED.format("spaceDelimited"),
    ),
    "several cookies": (f"in: cookie, schema: {LIST}", COOKIE),
    "a name that is no cookie": ("in: cookie, schema: {type: string}", "the name of a cookie"),
    "binary data": (
        "in: query, schema: {type: string, format: binary}",
        "binary data in a parameter is not defined; use a string",
    ),
    "content that is not JSON": (
        "in: query, content: {text/plain: {schema: {type: string}}}",
        "the content of a parameter must be application/json, not text/plain",
    ),
    "a document elsewhere": ('$ref: "other.yaml#/a"', "the reference other.yaml#/a cannot be resolved"),
}
DOCUMENT = """\
openapi: 3.0.3
info: {{title: T, version: "1"}}
paths:
  /a:
    get:
      parameters:
        - {{ {} }}
      responses: {{"204": {{description: Done.}}}}
components:
  schemas:
    A: {{type: object}}
"""


def _refused(folder: Path, text: str) -> str:
    (folder / "openapi.yaml").write_text(text)
    with pytest.raises(GenerationError) as caught:
        build(folder / "openapi.yaml", folder / "client")
    assert not (folder / "client").exists()
    return str(caught.value).removeprefix(f"{folder}/openapi.yaml:")


@pytest.mark.parametrize(("parameter", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_parameter_that_is_not_defined(tmp_path: Path, parameter: str, reason: str) -> None:
    """The message is one line with the line and the place of the parameter, and what to do."""
    name = '"a b"' if "name of a" in reason else "a"
    parameter = parameter if '$ref: "other' in parameter else f"name: {name}, {parameter}"
    message = _refused(tmp_path, DOCUMENT.format(parameter))
    assert message.startswith("7: paths./a.get.parameters.0")
    assert reason in message
    assert "\n" not in message


PATHS = {
    "a header of the client": (
        "  /a:\n    get:\n      parameters: [{name: Content-Length, in: header, schema: {type: integer}}]\n",
        "6: paths./a.get.parameters.0: the client itself sends the header Content-Length; remove the parameter",
    ),
    "a header twice": (
        "  /a:\n    get:\n      parameters:\n        - {name: X-A, in: header, schema: {}}\n"
        "        - {name: x-a, in: header, schema: {}}\n",
        "8: paths./a.get.parameters.1: there are two header parameters x-a; remove one",
    ),
    "a query in the path": ("  /a?b=c:\n    get:\n", "4: paths./a?b=c: a path has no query and no fragment"),
    "a dot in the name of a path parameter": (
        "  /a/{a.b}:\n    get:\n      parameters: [{name: a.b, in: path, required: true, schema: {type: string}}]\n",
        "4: paths./a/{a.b}: the name of the parameter 'a.b' may only have letters, digits, - and _; rename it",
    ),
    "more than a reference": (
        '  /a:\n    $ref: "#/paths/~1b"\n    parameters: []\n  /b:\n    get:\n',
        "4: paths./a: what a path has beside its $ref is undefined",
    ),
    "a server of a path": (
        "  /a:\n    servers: [{url: https://other.example}]\n    get:\n",
        "5: paths./a.servers: servers of their own are not supported",
    ),
    "a server of an operation": (
        "  /a:\n    get:\n      servers: [{url: https://other.example}]\n",
        "6: paths./a.get.servers: servers of their own are not supported",
    ),
}


@pytest.mark.parametrize(("paths", "message"), PATHS.values(), ids=PATHS)
def test_a_path_that_is_not_defined(tmp_path: Path, paths: str, message: str) -> None:
    """What is wrong with a path, its server or the names of its parameters is said with its place."""
    head = 'openapi: 3.0.3\ninfo: {title: T, version: "1"}\npaths:\n'
    assert _refused(tmp_path, head + paths + '      responses: {"204": {description: Done.}}\n').startswith(message)


def test_a_reference_in_a_circle() -> None:
    """A parameter that only refers to itself is refused."""
    a, b = {"$ref": "#/components/parameters/B"}, {"$ref": "#/components/parameters/A"}
    document = {"paths": {"/a": {"parameters": [a]}}, "components": {"parameters": {"A": a, "B": b}}}
    with pytest.raises(UnsupportedError, match="the reference #/components/parameters/B leads to itself"):
        normalized(document)


def test_the_place_behind_a_reference(tmp_path: Path) -> None:
    """The place of a parameter is where it is written."""
    text = DOCUMENT.format('$ref: "#/components/parameters/P"')
    text += "  parameters:\n    P: {name: p, in: query, schema: {type: array, items: {type: object}}}\n"
    assert _refused(tmp_path, text) == f"13: components.parameters.P: {NESTED}"
