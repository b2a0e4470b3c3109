"""Compares the operations to generate with those of the document: none of their parts may be missing."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from openapi_python_client.parser.openapi import Endpoint

from generator.parameters import METHODS
from generator.reading import Place, UnsupportedError
from generator.references import resolved

# "the parameter definition SHALL be ignored" (OpenAPI 3.1, Parameter Object)
_IGNORED = {("header", name) for name in ("accept", "content-type", "authorization")}


def operations_of(document: Mapping[str, Any]) -> Iterator[tuple[Place, dict[str, Any], Mapping[str, Any]]]:
    """Yields the place of each operation, the operation, and the path that it belongs to."""
    for path, said in document["paths"].items():
        if path.startswith("/"):
            item = {**resolved(document, said)[0], **said}
            for method in METHODS:
                if method in item:
                    yield ("paths", path, method), item[method], item


def by_place(document: Mapping[str, Any], endpoints: Iterable[Endpoint]) -> dict[Place, Endpoint]:
    """Returns the endpoints by the places of their operations.

    Raises:
        UnsupportedError: Two paths differ only in the names of their parameters.
    """
    paths: dict[str, str] = {}
    for path in document["paths"]:
        other = paths.setdefault(_without_names(path), path)
        if other != path:
            raise UnsupportedError(("paths", path), f"it is the same path as {other}; merge them")
    return {("paths", paths[_without_names(each.path.get_untrusted_value())], each.method): each for each in endpoints}


def _without_names(path: str) -> str:
    """Returns the path without the names of its parameters, which openapi-python-client changes."""
    return re.sub(r"\{.*?\}", "{}", path)


def require_all(document: Mapping[str, Any], endpoints: Mapping[Place, Endpoint]) -> None:
    """Compares the document with the endpoints. `Content` accounts for the media types of bodies and responses.

    Raises:
        UnsupportedError: An operation, a parameter, a response or a request body is missing.
    """
    for place, operation, item in operations_of(document):
        endpoint = endpoints.get(place)
        if endpoint is None:
            raise UnsupportedError(place, "the operation would be left out")
        for key in _parameters(document, item, operation) - _generated_parameters(endpoint):
            raise UnsupportedError(place, f"the {key[0]} parameter {key[1]} would be left out")
        statuses = {str(response.status_code.pattern) for response in endpoint.responses}
        for status in operation.get("responses", {}):
            if status not in statuses and not status.startswith("x-"):
                raise UnsupportedError((*place, "responses", status), "the response would be left out")
        if operation.get("requestBody") and not endpoint.bodies:
            raise UnsupportedError((*place, "requestBody"), "the body would be left out")


def _parameters(document: Mapping[str, Any], *holders: Mapping[str, Any]) -> set[tuple[str, str]]:
    found = [resolved(document, each)[0] for holder in holders for each in holder.get("parameters", ())]
    return {(each["in"], _comparable(each["in"], each["name"])) for each in found} - _IGNORED


def _generated_parameters(endpoint: Endpoint) -> set[tuple[str, str]]:
    return {
        (str(location), _comparable(location, parameter.name.get_untrusted_value()))
        for location, parameter in endpoint.iter_all_parameters()
    }


def _comparable(location: str, name: str) -> str:
    return name.lower() if location == "header" else name
