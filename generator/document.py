"""Reads and validates an OpenAPI document."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema.exceptions import ValidationError
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from referencing.exceptions import Unresolvable
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Place = tuple[str | int, ...]


class DocumentError(Exception):
    """The document is invalid. The message is one line that starts with the file and, if known, the line number."""


def load(path: Path) -> dict[str, Any]:
    """Returns the document.

    Raises:
        DocumentError: It cannot be read, is not YAML, or is not a valid OpenAPI 3.0 or 3.1 document.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = YAML(typ="safe", pure=True).load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path}: cannot be read: {error}") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = str(error.problem or error).splitlines()[0]
        raise DocumentError(f"{path}:{line}: not valid YAML: {reason}") from error
    except YAMLError as error:
        raise DocumentError(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from error

    problem = _problem(document)
    if problem:
        raise DocumentError(located(path, *problem))
    return dict(document)


def located(path: Path, place: Place, message: str) -> str:
    """Returns the message, prefixed with the file, the line and the keys of its location."""
    line = _line(path.read_text(encoding="utf-8"), place)
    name = f"{'.'.join(map(str, place))}: " if place else ""
    return f"{path}:{line}: {name}{message}"


def _problem(document: object) -> tuple[Place, str] | None:
    if not isinstance(document, dict):
        return (), "an OpenAPI document is a mapping with the keys openapi, info and paths"
    for place, value in _walk(document):
        # The document is shipped as JSON, which has no dates and no numeric keys.
        other = [key for key in value if not isinstance(key, str)] if isinstance(value, Mapping) else []
        if other:
            return (*place, other[0]), f"the key {other[0]} is read as {type(other[0]).__name__}; put it in quotes"
        if value is not None and not isinstance(value, str | int | float | Mapping | list):
            return place, f"{value} is read as {type(value).__name__}; put it in quotes"
    version = str(document.get("openapi"))
    if not version.startswith(("3.0.", "3.1.")):
        return ("openapi",) if "openapi" in document else (), "the key 'openapi' must be 3.0.x or 3.1.x"
    validator = OpenAPIV30SpecValidator if version.startswith("3.0.") else OpenAPIV31SpecValidator
    try:
        error = next(iter(validator(document).iter_errors()), None)
    except Unresolvable as unresolvable:
        place = next((place for place, value in _walk(document) if value == f"#{unresolvable.ref}"), ())
        return place, f"the reference {unresolvable.ref} cannot be resolved"
    return _explain(document, error) if error else None


def _explain(document: Mapping[str, Any], error: ValidationError) -> tuple[Place, str]:
    place, message = tuple(error.absolute_path), error.message.splitlines()[0]
    if place in dict(_walk(document)) and place:
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


def _line(text: str, place: Place) -> int:
    """Returns the line number, from 1, on which the value at that place starts."""
    node: Any = YAML(typ="rt", pure=True).load(text)
    line = 0
    for key in place:
        is_list = isinstance(node, list)
        line = (node.lc.item if is_list else node.lc.key)(key)[0]
        node = node[key]
    return line + 1
