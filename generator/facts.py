"""Servers, security and errors of an OpenAPI document, for the templates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openapi_python_client.strings import snake_case


@dataclass(frozen=True)
class Variable:
    """A variable of the server's path, such as the version of the API."""

    name: str
    default: str
    values: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Server:
    """The first server of the document.

    Attributes:
        origin: Its URL without the path, or None if each caller has an endpoint of their own.
        path: The path, with the names of its variables in braces.
        variables: The variables of the path.
        example: An endpoint to show in error messages.
    """

    origin: str | None
    path: str
    variables: tuple[Variable, ...]
    example: str


@dataclass(frozen=True)
class Constant:
    """A constant in face_client/document.py."""

    name: str
    value: str | tuple[str, ...]
    description: str


def server(document: Mapping[str, Any]) -> Server:
    """Splits the URL of the first server into its origin and its path, with variable names in snake case.

    A URL that starts with a variable, such as `{endpoint}/face/{apiVersion}`, has no origin.
    """
    first = document.get("servers", [{"url": "/"}])[0]
    url = re.sub(r"\{(.*?)\}", lambda match: f"{{{snake_case(match[1])}}}", first["url"]).rstrip("/")
    origin, path = re.fullmatch(r"(\{\w+\}|https?://[^/]+|)(.*)", url).groups()  # type: ignore[union-attr]
    variables = tuple(
        Variable(snake_case(name), said["default"], tuple(said.get("enum", ())), said.get("description", name))
        for name, said in first.get("variables", {}).items()
        if f"{{{snake_case(name)}}}" in path
    )
    shown = re.search(
        r"https://[\w{}.-]+\w", f"{url} {first.get('variables', {}).get(origin.strip('{}'), {}).get('description', '')}"
    )
    example = re.sub(r"\{.*?\}", "contoso", shown[0]) if shown else "https://contoso.example.com"
    return Server(origin if origin.startswith("http") else None, path, variables, example)


def constants(document: Mapping[str, Any]) -> list[Constant]:
    """Returns the constants of the document, for callers and sign-in helpers."""
    place = server(document)
    found = [Constant("SERVER_PATH", place.path, "The path of the server, below the endpoint.")]
    for variable in place.variables:
        name = variable.name.upper()
        found.append(Constant(name, variable.default, f"{variable.description}: the default."))
        if variable.values:
            found.append(Constant(f"{name}S", variable.values, f"{variable.description}: the documented values."))
    for scheme, said in document.get("components", {}).get("securitySchemes", {}).items():
        found += _security(snake_case(scheme).upper(), said)
    found.append(
        Constant("SECRET_HEADERS", tuple(secret_headers(document)), "The request headers that contain a secret.")
    )
    header = _error_code_header(document)
    if header:
        found.append(Constant("ERROR_CODE_HEADER", header, "The header of an error response with the error code."))
    return found


def _security(name: str, scheme: Mapping[str, Any]) -> list[Constant]:
    description = scheme.get("description", name).rstrip(".")
    if scheme["type"] == "apiKey" and scheme["in"] == "header":
        return [Constant(f"{name}_HEADER", scheme["name"], f"{description}: the name of its header.")]
    flow = scheme.get("flows", {}).get("authorizationCode")
    if not flow:
        return []
    return [
        Constant(f"{name}_AUTHORIZATION_URL", flow["authorizationUrl"], f"{description}: the URL for sign-in."),
        Constant(f"{name}_TOKEN_URL", flow["tokenUrl"], f"{description}: the URL that exchanges a code for a token."),
        Constant(f"{name}_SCOPES", tuple(flow["scopes"]), f"{description}: the scopes to request."),
    ]


def _error_code_header(document: Mapping[str, Any]) -> str | None:
    for methods in document["paths"].values():
        for operation in methods.values():
            responses = operation.get("responses", {}) if isinstance(operation, Mapping) else {}
            for response in responses.values():
                for header in response.get("headers", {}):
                    if header.lower().endswith("-error-code"):
                        return str(header)
    return None


def secret_headers(document: Mapping[str, Any]) -> list[str]:
    """Returns the request headers that contain a secret."""
    schemes = document.get("components", {}).get("securitySchemes", {}).values()
    keys = [scheme["name"] for scheme in schemes if scheme["type"] == "apiKey" and scheme["in"] == "header"]
    return sorted({"Authorization", *keys})
