"""Servers, security and errors of an OpenAPI document, for the templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openapi_python_client.strings import snake_case

from generator.counting import operations_of
from generator.parameters import CLIENTS_HEADERS, TOKEN
from generator.reading import Place, UnsupportedError
from generator.references import resolved
from generator.servers import server


@dataclass(frozen=True)
class Constant:
    """A constant in face_client/document.py."""

    name: str
    value: str | tuple[str, ...]
    description: str


def constants(document: Mapping[str, Any]) -> list[Constant]:
    """Returns the constants of the document, for callers and sign-in helpers."""
    place = server(document)
    found = [Constant("SERVER_PATH", place.path, "The path of the server, below the endpoint.")]
    for variable in place.variables:
        name = variable.name.upper()
        found.append(Constant(name, variable.default, f"{variable.description}: the default."))
        if variable.values:
            found.append(Constant(f"{name}S", variable.values, f"{variable.description}: the documented values."))
    for scheme, said in _security_schemes(document).items():
        found += _security(snake_case(scheme).upper(), said)
    found.append(
        Constant("SECRET_HEADERS", tuple(secret_headers(document)), "The request headers that contain a secret.")
    )
    if parameters := secret_parameters(document):
        description = "The query parameters and cookies that contain a secret."
        found.append(Constant("SECRET_PARAMETERS", tuple(parameters), description))
    servers = document.get("servers", [])
    if len(servers) > 1:
        urls = tuple(each["url"] for each in servers)
        found.append(
            Constant("SERVERS", urls, "The servers of the document: the client has the path of the first one.")
        )
    header = _error_code_header(document)
    if header:
        found.append(Constant("ERROR_CODE_HEADER", header, "The header of an error response with the error code."))
    return found


def check_security(document: Mapping[str, Any]) -> None:
    """Raises UnsupportedError if a key has a name that cannot be sent, or if a security scheme is not defined."""
    schemes = _security_schemes(document)
    for name, scheme in schemes.items():
        place: Place = ("components", "securitySchemes", name, "name")
        location, key = (scheme["in"], scheme["name"]) if scheme["type"] == "apiKey" else ("query", "")
        if location != "query" and not TOKEN.fullmatch(key):
            raise UnsupportedError(
                place, f"{key!r} cannot be the name of a {location} (RFC 9110, section 5.6.2); correct it"
            )
        if location == "header" and key.lower() in CLIENTS_HEADERS | {"accept", "content-type"}:
            raise UnsupportedError(place, f"the client itself sends the header {key}; a key must have another one")
    holders: list[tuple[Place, Mapping[str, Any]]] = [((), document)]
    holders += [(place, operation) for place, operation, _ in operations_of(document)]
    for holder, said in holders:
        for index, requirement in enumerate(said.get("security", ())):
            for name in requirement:
                if name not in schemes:
                    message = f"components.securitySchemes has no {name}; define it there, or remove it here"
                    raise UnsupportedError((*holder, "security", index, name), message)


def _security_schemes(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    schemes = document.get("components", {}).get("securitySchemes", {})
    return {name: resolved(document, scheme)[0] for name, scheme in schemes.items()}


def _security(name: str, scheme: Mapping[str, Any]) -> list[Constant]:
    description = scheme.get("description", name).rstrip(".")
    if scheme["type"] == "apiKey":
        suffix, kind = {"query": ("PARAMETER", "query parameter")}.get(
            scheme["in"], (scheme["in"].upper(), scheme["in"])
        )
        return [Constant(f"{name}_{suffix}", scheme["name"], f"{description}: the name of its {kind}.")]
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
    cookies = ["Cookie"] if _keys(document, "cookie") else []
    return sorted({"Authorization", *_keys(document, "header"), *cookies})


def secret_parameters(document: Mapping[str, Any]) -> list[str]:
    """Returns the query parameters and cookies that contain a secret."""
    return sorted({*_keys(document, "query"), *_keys(document, "cookie")})


def _keys(document: Mapping[str, Any], location: str) -> list[str]:
    schemes = _security_schemes(document).values()
    return [scheme["name"] for scheme in schemes if scheme["type"] == "apiKey" and scheme["in"] == location]
