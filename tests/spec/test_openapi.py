"""The OpenAPI document holds every item of the reference page, in the form that every generator can use."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from ruamel.yaml import YAML

PATH = Path(__file__).resolve().parents[2] / "spec" / "openapi.yaml"


def load(text: str) -> dict[str, Any]:
    document = YAML(typ="safe").load(text)
    assert isinstance(document, dict)
    return document


@pytest.fixture
def document() -> dict[str, Any]:
    return load(PATH.read_text())


@pytest.fixture
def operation(document: dict[str, Any]) -> dict[str, Any]:
    (path,) = document["paths"]
    assert path == "/sessionImages/{sessionImageId}"
    assert list(document["paths"][path]) == ["get"]
    operation = document["paths"][path]["get"]
    assert isinstance(operation, dict)
    return operation


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
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


def test_the_server_is_the_template_of_the_page(document: dict[str, Any]) -> None:
    """The server is `{endpoint}/face/{apiVersion}`, with v1.2 as the default and in the enum."""
    (server,) = document["servers"]
    assert server["url"] == "{endpoint}/face/{apiVersion}"
    assert server["variables"]["endpoint"]["description"] == (
        "Supported Cognitive Services endpoints (protocol and hostname, for example: "
        "https://{resource-name}.cognitiveservices.azure.com)."
    )
    assert server["variables"]["apiVersion"] == {"description": "API Version", "default": "v1.2", "enum": ["v1.2"]}
    assert document["info"]["version"] == "v1.2"


def test_the_default_endpoint_belongs_to_nobody(document: dict[str, Any]) -> None:
    """A client that was not told its endpoint sends no key to a stranger: .invalid is reserved (RFC 2606)."""
    assert document["servers"][0]["variables"]["endpoint"]["default"].endswith(".invalid")


def test_the_operation_is_that_of_the_page(operation: dict[str, Any]) -> None:
    """Group, name, description and the one parameter are those of the page; the id is a plain string."""
    assert operation["tags"] == ["Liveness Session Operations"]
    assert operation["operationId"] == "getSessionImage"
    assert operation["summary"] == "Get Session Image"
    assert operation["description"] == "Get session image stored during the liveness session."
    (parameter,) = operation["parameters"]
    examples = {example["value"] for example in parameter.pop("examples").values()}
    assert parameter == {
        "name": "sessionImageId",
        "in": "path",
        "required": True,
        "description": "The request ID of the image to be retrieved",
        "schema": {"type": "string"},
    }
    assert examples == {"3d035d35-2e01-4ed4-8935-577afde9caaa", "Ae3PVWlXAmVAnXgkAFt1QSjGUWONKzWiSr2iPh9p9G4I"}


def test_the_success_is_a_file(operation: dict[str, Any]) -> None:
    """The 200 is application/octet-stream alone, a binary string: the form that every generator returns as bytes."""
    assert list(operation["responses"]) == ["200", "default"]
    success = operation["responses"]["200"]
    assert success["description"].startswith("The request has succeeded.")
    assert success["content"] == {
        "application/octet-stream": {
            "schema": {"type": "string", "format": "binary"},
            "example": "<session-image-bytes>",
        }
    }


def test_everything_else_is_the_error(operation: dict[str, Any]) -> None:
    """The default response is a FaceErrorResponse in JSON, with the header x-ms-error-code."""
    error = operation["responses"]["default"]
    assert error["description"].startswith("An unexpected error response.")
    assert list(error["content"]) == ["application/json"]
    assert error["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/FaceErrorResponse"}
    assert {name: header["schema"] for name, header in error["headers"].items()} == {
        "x-ms-error-code": {"type": "string"}
    }


@pytest.mark.parametrize("status", ["200", "default"])
def test_both_media_types_are_told(operation: dict[str, Any], status: str) -> None:
    """The page lists two media types for each response; the descriptions say so."""
    for media_type in ("application/octet-stream", "application/json"):
        assert media_type in operation["responses"][status]["description"]


def test_both_ways_to_sign_in(document: dict[str, Any]) -> None:
    """Either the key in its header, or an OAuth 2 token by authorization code with the page's URLs and scope."""
    scope = "https://cognitiveservices.azure.com/.default"
    assert document["security"] == [{"Ocp-Apim-Subscription-Key": []}, {"AADToken": [scope]}]
    schemes = document["components"]["securitySchemes"]
    assert schemes["Ocp-Apim-Subscription-Key"] == {
        "description": "The secret key for your Azure AI Face subscription.",
        "type": "apiKey",
        "in": "header",
        "name": "Ocp-Apim-Subscription-Key",
    }
    assert schemes["AADToken"]["description"] == "The Azure Active Directory OAuth2 Flow"
    assert schemes["AADToken"]["type"] == "oauth2"
    (flow,) = schemes["AADToken"]["flows"].items()
    assert flow[0] == "authorizationCode"
    assert flow[1]["authorizationUrl"] == "https://api.example.com/oauth2/authorize"
    assert flow[1]["tokenUrl"] == "https://api.example.com/oauth2/token"
    assert list(flow[1]["scopes"]) == [scope]


def test_both_definitions(document: dict[str, Any]) -> None:
    """FaceErrorResponse and FaceError have the texts and the properties of the page."""
    schemas = document["components"]["schemas"]
    assert list(schemas) == ["FaceErrorResponse", "FaceError"]
    assert schemas["FaceErrorResponse"] == {
        "description": "A response containing error details.",
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"$ref": "#/components/schemas/FaceError"}},
    }
    assert schemas["FaceError"] == {
        "description": (
            "The error object. For comprehensive details on error codes and messages returned by the Face Service, "
            "please refer to the following link: https://aka.ms/face-error-codes-and-messages."
        ),
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": {"description": "One of a server-defined set of error codes.", "type": "string"},
            "message": {"description": "A human-readable representation of the error.", "type": "string"},
        },
    }


def test_the_examples_are_valid(document: dict[str, Any], operation: dict[str, Any]) -> None:
    """Each example of an error is what its schema says."""
    media_type = operation["responses"]["default"]["content"]["application/json"]
    validator = Draft202012Validator({**media_type["schema"], "components": document["components"]})
    examples = [example["value"] for example in media_type["examples"].values()]
    assert len(examples) == 2
    for example in examples:
        validator.validate(example)
    assert not validator.is_valid({"error": {"code": 401}})
