"""Replaces the schemas that openapi-python-client does not read."""

from typing import Any

from generator.reading import Place, UnsupportedError

_SCHEMAS = {"contains", "items", "schema", "unevaluatedItems"}
_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_MAPS = {"$defs", "patternProperties", "properties", "schemas"}
_FILES = {"binary", "file"}
DATA = {"const", "default", "enum", "example", "examples"}


def readable_schemas(value: Any, place: Place = (), is_map: bool = False) -> Any:
    """Returns a copy of a document, or a part of it, with schemas that mean the same.

    `true` is the empty schema. In many documents of Azure, an object with the format `binary` or `file` is a file.

    Raises:
        UnsupportedError: A schema is `false`, which allows nothing.
    """
    if isinstance(value, list):
        are_schemas = place[-1:] and place[-1] in _LISTS
        return [_copy(each, (*place, index), bool(are_schemas), False) for index, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    return {
        key: each
        if key in DATA and not is_map
        else _copy(each, (*place, key), is_map or key in _SCHEMAS, key in _MAPS and not is_map)
        for key, each in value.items()
    }


def _copy(value: Any, place: Place, is_schema: bool, is_map: bool) -> Any:
    if value is False and is_schema:
        raise UnsupportedError(place, "the schema false allows no value; remove it")
    if value is True and is_schema:
        return {}
    copy = readable_schemas(value, place, is_map)
    if is_schema and isinstance(copy, dict) and copy.get("type") == "object" and copy.get("format") in _FILES:
        return {**copy, "type": "string", "format": "binary"}
    return copy
