"""The constants and the shipped copy say what the OpenAPI document says, read here by another parser."""

import importlib.metadata
import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import face_client
from face_client import Client, document

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def spec() -> Any:
    """The document as plain data."""
    return YAML(typ="safe").load(ROOT / "spec" / "openapi.yaml")


def test_the_server(spec: Any) -> None:
    """The server's path and the versions are those of the document."""
    (server,) = spec["servers"]
    version = server["variables"]["apiVersion"]

    assert "{endpoint}" + document.SERVER_PATH.replace("{api_version}", "{apiVersion}") == server["url"]
    assert version["default"] == document.API_VERSION == spec["info"]["version"]
    assert tuple(version["enum"]) == document.API_VERSIONS


def test_the_server_of_a_client(spec: Any) -> None:
    """A client's base URL is the document's server template, filled in."""
    (server,) = spec["servers"]
    url = (
        server["url"].replace("{endpoint}", "https://contoso.example").replace("{apiVersion}", spec["info"]["version"])
    )

    assert Client("https://contoso.example").base_url == url


def test_the_security_schemes(spec: Any) -> None:
    """The header of the key, and the URLs and scopes of the sign-in flow, are those of the document."""
    schemes = spec["components"]["securitySchemes"]
    flow = schemes["AADToken"]["flows"]["authorizationCode"]

    assert schemes["Ocp-Apim-Subscription-Key"]["name"] == document.OCP_APIM_SUBSCRIPTION_KEY_HEADER
    assert flow["authorizationUrl"] == document.AAD_TOKEN_AUTHORIZATION_URL
    assert flow["tokenUrl"] == document.AAD_TOKEN_TOKEN_URL
    assert tuple(flow["scopes"]) == document.AAD_TOKEN_SCOPES


def test_the_error_header(spec: Any) -> None:
    """The header with the error's code is the one that the document names for an error."""
    headers = spec["paths"]["/sessionImages/{sessionImageId}"]["get"]["responses"]["default"]["headers"]

    assert list(headers) == [document.ERROR_CODE_HEADER]


def test_the_shipped_copy(spec: Any) -> None:
    """The package ships the document itself, as JSON."""
    shipped = json.loads(resources.files("face_client").joinpath("openapi.json").read_bytes())

    assert shipped == spec


def test_the_version() -> None:
    """One version: of the project, of the distribution that is installed, and of the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert face_client.__version__ == project["version"] == importlib.metadata.version(project["name"])


def test_the_package_is_typed() -> None:
    """Type checkers read the package's own annotations (PEP 561)."""
    assert resources.files("face_client").joinpath("py.typed").is_file()
