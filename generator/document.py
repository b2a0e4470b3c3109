"""Loads and validates an OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from jsonschema.exceptions import ValidationError
from openapi_python_client.strings import in_double_quote_literal
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from referencing.exceptions import Unresolvable

from generator.reading import DocumentError, Place, UnsupportedError, located, read
from generator.references import CircularReferenceError, resolved

__all__ = ["DocumentError", "load", "located"]


def load(path: Path) -> dict[str, Any]:
    """Returns the document.

    Raises:
        DocumentError: It cannot be read, is not YAML, or is not a valid OpenAPI 3.0 or 3.1 document.
    """
    document = read(path)
    try:
        problem = _problem(document)
    except RecursionError as error:
        raise DocumentError(f"{path}: it is nested too deeply, or contains itself") from error
    if problem:
        raise DocumentError(located(path, *problem))
    return dict(document)


def _problem(document: object) -> tuple[Place, str] | None:
    if not isinstance(document, dict):
        return (), "an OpenAPI document is a mapping with the keys openapi, info and paths"
    for place, value in _walk(document):
        # The document is shipped as JSON, which has no dates and no numeric keys.
        reason = _unsendable(value, place)
        if reason:
            return place, reason
        other = [key for key in value if not isinstance(key, str)] if isinstance(value, Mapping) else []
        if other:
            return (*place, other[0]), f"the key {other[0]} is read as {type(other[0]).__name__}; put it in quotes"
        if value is not None and not isinstance(value, str | int | float | Mapping | list):
            return place, f"{value} is read as {type(value).__name__}; put it in quotes"
        if isinstance(value, Mapping) and "$ref" in value and _is_circular(document, value):
            return place, f"the reference {value['$ref']} leads to itself"
    version = str(document.get("openapi"))
    if not version.startswith(("3.0.", "3.1.")):
        return ("openapi",) if "openapi" in document else (), "the key 'openapi' must be 3.0.x or 3.1.x"
    validator = OpenAPIV30SpecValidator if version.startswith("3.0.") else OpenAPIV31SpecValidator
    try:
        error = next(iter(validator(document).iter_errors()), None)
    except Unresolvable as unresolvable:
        same = (unresolvable.ref, f"#{unresolvable.ref}")
        place = next((place for place, value in _walk(document) if value in same), ())
        return place, f"the reference {unresolvable.ref} cannot be resolved"
    if error:
        return _explain(document, error)
    if not any(path.startswith("/") for path in document.get("paths", {})):
        return ("paths",) if "paths" in document else (), "the document has no paths: there is nothing to generate"
    return None


def _unsendable(value: object, place: Place) -> str | None:
    """Returns why a value could not be shipped as JSON, or not be a name in the code, or None."""
    if isinstance(value, float) and not isfinite(value):
        return f"{value} is no number in JSON; put it in quotes"
    if not isinstance(value, str) or value.isprintable():
        return None
    if any("\ud800" <= character <= "\udfff" for character in value):
        return "a half of a surrogate pair is no character; write the character itself"
    is_name = place[-1:] in (("name",), ("const",)) or place[-2:-1] == ("enum",)
    if is_name and in_double_quote_literal(value) != json.dumps(value, ensure_ascii=False)[1:-1]:
        return f"{value!r} has a character that openapi-python-client would leave out"
    return None


def _is_circular(document: Mapping[str, Any], value: object) -> bool:
    try:
        resolved(document, value)
    except UnsupportedError as error:
        return isinstance(error, CircularReferenceError)
    return False


def _explain(document: Mapping[str, Any], error: ValidationError) -> tuple[Place, str]:
    # The validator reads the key "200" as a number.
    said, message = tuple(map(str, error.absolute_path)), error.message.splitlines()[0]
    place = next((place for place, _ in _walk(document) if tuple(map(str, place)) == said), ())
    if place:
        return place, message
    # The place of an error in a schema is relative to the schema; an error about a parameter only names the path.
    found = [at for at, value in _walk(document) if value is error.instance]
    found += [("paths", path) for path in document.get("paths", ()) if repr(path) in message]
    return found[0] if found else (), message


def _walk(value: object, place: Place = ()) -> Iterator[tuple[Place, object]]:
    yield place, value
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, (*place, index))
