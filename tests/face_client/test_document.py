"""The constants and the shipped copy say what the OpenAPI document says, read here by another parser."""

import importlib.metadata
import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import face_client
from face_client import Client
from face_client import document as constants

ROOT = Path(__file__).parents[2]


def test_the_server(document: Any) -> None:
    """The server's path and the versions are those of the document."""
    (server,) = document["servers"]
    version = server["variables"]["apiVersion"]

    assert "{endpoint}" + constants.SERVER_PATH.replace("{api_version}", "{apiVersion}") == server["url"]
    assert version["default"] == constants.API_VERSION == document["info"]["version"]
    assert tuple(version["enum"]) == constants.API_VERSIONS


def test_the_server_of_a_client(document: Any) -> None:
    """A client's base URL is the document's server template, filled in."""
    (server,) = document["servers"]
    url = (
        server["url"]
        .replace("{endpoint}", "https://contoso.example")
        .replace("{apiVersion}", document["info"]["version"])
    )

    assert Client("https://contoso.example").base_url == url


def test_the_security_schemes(document: Any) -> None:
    """The header of the key, and the URLs and scopes of the sign-in flow, are those of the document."""
    schemes = document["components"]["securitySchemes"]
    flow = schemes["AADToken"]["flows"]["authorizationCode"]

    assert schemes["Ocp-Apim-Subscription-Key"]["name"] == constants.OCP_APIM_SUBSCRIPTION_KEY_HEADER
    assert flow["authorizationUrl"] == constants.AAD_TOKEN_AUTHORIZATION_URL
    assert flow["tokenUrl"] == constants.AAD_TOKEN_TOKEN_URL
    assert tuple(flow["scopes"]) == constants.AAD_TOKEN_SCOPES


def test_the_error_header(operations: dict[str, Any]) -> None:
    """The header with the error's code is the one that the document names for an error."""
    for operation in operations.values():
        assert list(operation["responses"]["default"]["headers"]) == [constants.ERROR_CODE_HEADER]


def test_the_shipped_copy(document: Any) -> None:
    """The package ships the document itself, as JSON."""
    shipped = json.loads(resources.files("face_client").joinpath("openapi.json").read_bytes())

    assert shipped == document


def test_the_version() -> None:
    """One version: of the project, of the distribution that is installed, and of the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert face_client.__version__ == project["version"] == importlib.metadata.version(project["name"])


def test_the_package_is_typed() -> None:
    """Type checkers read the package's own annotations (PEP 561)."""
    assert resources.files("face_client").joinpath("py.typed").is_file()
