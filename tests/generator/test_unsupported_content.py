"""Bodies, responses and discriminators that cannot be expressed are refused with their place."""

import re
from pathlib import Path

import pytest

from generator.build import GenerationError, build

BODY = "paths./x.post.requestBody.content."
RESPONSE = "paths./x.post.responses.200.content."
HEAD = """openapi: 3.1.0
info: {title: X, version: "1"}
paths:
  /x:
    post:
      operationId: x
"""
OBJECT = "{type: object, properties: {a: {type: object}, b: {type: string}, c: {type: array, items: {type: string}}}}"
FILE = "{type: string, format: binary}"
COMPONENTS = f"""components:
  schemas:
    Cat: {OBJECT}
    Dog: {OBJECT}
    Upload: {{type: object, properties: {{file: {FILE}}}}}
"""


def _body(content: str) -> str:
    return f"      requestBody:\n        content: {content}\n      responses: {{default: {{description: x}}}}\n"


def _form(kind: str, encoding: str) -> str:
    media_type = {"form": "application/x-www-form-urlencoded", "multipart": "multipart/form-data"}[kind]
    return _body(f"{{{media_type}: {{schema: {OBJECT}, encoding: {encoding}}}}}")


def _response(content: str, status: str = "200") -> str:
    return f'      responses: {{"{status}": {{description: x, content: {content}}}}}\n'


UNSUPPORTED = {
    "a body of XML": (
        _body("{application/xml: {schema: {type: object}}}"),
        f"{BODY}application/xml: bodies of this media type cannot be written; remove it",
    ),
    "a body of another multipart": (
        _body("{multipart/mixed: {}}"),
        f"{BODY}multipart/mixed: bodies of this media type cannot be written; remove it",
    ),
    "two bodies of one type": (
        _body("{application/json: {schema: {type: string, maxLength: 9}}, text/csv: {schema: {type: string}}}"),
        f"{BODY}text/csv: a body of the type str cannot be told from that of another media type; remove one of them",
    ),
    "a body of any type beside another": (
        _body("{application/json: {}, application/octet-stream: {}}"),
        f"{BODY}application/json: a body of the type Any cannot be told from that of another media type; "
        "remove one of them",
    ),
    "a form that is no object": (
        _body("{application/x-www-form-urlencoded: {schema: {type: array, items: {type: string}}}}"),
        f"{BODY}application/x-www-form-urlencoded: a form must be an object with properties",
    ),
    "a multipart form of a choice": (
        _body("{multipart/form-data: {schema: {oneOf: [{$ref: '#/components/schemas/Cat'}, {type: object}]}}}"),
        f"{BODY}multipart/form-data: a form must be an object with properties",
    ),
    "an array of arrays in a form": (
        _body(
            "{multipart/form-data: {schema: {type: object, properties: "
            "{a: {type: array, items: {type: array, items: {type: string}}}}}}}"
        ),
        f"{BODY}multipart/form-data: a is an array of arrays, which a form cannot have",
    ),
    "additional properties of a form that are arrays": (
        _body(
            "{multipart/form-data: {schema: {type: object, "
            "additionalProperties: {type: array, items: {type: string}}}}}"
        ),
        f"{BODY}multipart/form-data: additionalProperties are arrays, which cannot be written in this media type; "
        "name the properties",
    ),
    "a file in an additional part of JSON": (
        _body(
            "{multipart/form-data: {schema: {type: object, "
            "additionalProperties: {$ref: '#/components/schemas/Upload'}}}}"
        ),
        f"{BODY}multipart/form-data: file is a file, which cannot be in JSON; remove its format",
    ),
    "a file in the additional properties of JSON": (
        _body(f"{{application/json: {{schema: {{type: object, additionalProperties: {FILE}}}}}}}"),
        f"{BODY}application/json: additionalProperties is a file, which cannot be in JSON; remove its format",
    ),
    "a file in JSON": (
        _body("{application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Upload'}}}}"),
        f"{BODY}application/json: file is a file, which cannot be in JSON; remove its format",
    ),
    "a file in a part of JSON": (
        _body("{multipart/form-data: {schema: {properties: {a: {$ref: '#/components/schemas/Upload'}}}}}"),
        f"{BODY}multipart/form-data: file is a file, which cannot be in JSON; remove its format",
    ),
    "a file in a response of JSON": (
        _response("{application/json: {schema: {$ref: '#/components/schemas/Upload'}}}"),
        f"{RESPONSE}application/json: file is a file, which cannot be in what is read as JSON or text; "
        "remove its format",
    ),
    "the style of an object": (
        _form("form", "{a: {style: deepObject}}"),
        f"{BODY}application/x-www-form-urlencoded.encoding.a: style cannot be expressed here; remove it",
    ),
    "an array that is not exploded": (
        _form("form", "{c: {style: form, explode: false}}"),
        f"{BODY}application/x-www-form-urlencoded.encoding.c: explode and style cannot be expressed here; remove it",
    ),
    "the headers of a part": (
        _form("multipart", "{b: {headers: {X-A: {schema: {type: string}}}}}"),
        f"{BODY}multipart/form-data.encoding.b: headers cannot be expressed here; remove it",
    ),
    "an object that is not JSON": (
        _form("multipart", "{a: {contentType: application/xml}}"),
        f"{BODY}multipart/form-data.encoding.a: this property cannot be written as application/xml; remove contentType",
    ),
    "a text that is JSON": (
        _form("multipart", "{c: {contentType: application/json}}"),
        f"{BODY}multipart/form-data.encoding.c: this property cannot be written as application/json; "
        "remove contentType",
    ),
    "the encoding of nothing": (
        _form("multipart", "{d: {contentType: text/plain}}"),
        f"{BODY}multipart/form-data.encoding.d: the schema has no property of this name",
    ),
    "a stream of events": (
        _response("{application/json: {}, text/event-stream: {schema: {type: string}}}"),
        f"{RESPONSE}text/event-stream: a stream of events is not supported; remove it",
    ),
    "a stream of events by default": (
        _response("{text/event-stream: {}}", "default"),
        "paths./x.post.responses.default.content.text/event-stream: a stream of events is not supported; remove it",
    ),
    "two media types that differ in a parameter": (
        _response("{application/json: {}, application/json;v=2: {schema: {type: string}}}"),
        f"{RESPONSE}application/json;v=2: only its parameters tell it from another media type; remove one of them",
    ),
    "a discriminator for a schema that is not there": (
        _response(
            "{application/json: {schema: {oneOf: [{$ref: '#/components/schemas/Cat'}, {type: object}], discriminator: "
            "{propertyName: b, mapping: {dog: '#/components/schemas/Dog'}}}}}"
        ),
        f"{RESPONSE}application/json.schema.discriminator.mapping.dog: #/components/schemas/Dog is none of the schemas "
        "of the union; add it there, or remove it here",
    ),
}


@pytest.mark.parametrize(("operation", "message"), UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_what_cannot_be_expressed(tmp_path: Path, operation: str, message: str) -> None:
    """It is an error of one line, with the file, the line and the place."""
    document = tmp_path / "x.yaml"
    document.write_text(HEAD + operation + COMPONENTS)
    with pytest.raises(GenerationError) as caught:
        build(document, tmp_path / "x_client")
    prefix, _, rest = str(caught.value).partition(": ")
    assert rest == message
    assert prefix in (f"{document}:{line}" for line in range(7, 10))
    assert not (tmp_path / "x_client").exists()


@pytest.mark.parametrize(
    ("pet", "message"),
    [
        (
            "propertyName: kind",
            "Hound.discriminator: Pet, which it extends, has another discriminator: use one of them",
        ),
        (
            "propertyName: breed, mapping: {cat: Lynx}",
            "Pet.discriminator.mapping.cat: #/components/schemas/Lynx is not there; add it, or remove it here",
        ),
    ],
    ids=["two discriminators", "a child that is not there"],
)
def test_a_parent_whose_children_are_not_clear(tmp_path: Path, pet: str, message: str) -> None:
    """A discriminator that does not choose one of the classes is refused with its place."""
    document = tmp_path / "x.yaml"
    schemas = (
        f"    Pet: {{type: object, discriminator: {{{pet}}}}}\n"
        "    Hound:\n      allOf: [{$ref: '#/components/schemas/Pet'}, {type: object}]\n"
        "      discriminator: {propertyName: breed}\n"
    )
    document.write_text(HEAD + _response("{application/json: {}}") + COMPONENTS + schemas)
    with pytest.raises(GenerationError, match=re.escape(f": components.schemas.{message}")):
        build(document, tmp_path / "x_client")


def test_a_body_behind_a_reference(tmp_path: Path) -> None:
    """The place is where the body is described."""
    document = tmp_path / "x.yaml"
    reference = (
        "      requestBody: {$ref: '#/components/requestBodies/Xml'}\n      responses: {default: {description: x}}\n"
    )
    body = "  requestBodies: {Xml: {content: {application/xml: {schema: {type: object}}}}}\n"
    document.write_text(HEAD + reference + COMPONENTS + body)
    with pytest.raises(
        GenerationError, match=r"x\.yaml:14: components\.requestBodies\.Xml\.content\.application/xml: "
    ):
        build(document, tmp_path / "x_client")
