"""Replaces the schemas `true` and `false`, which openapi-python-client does not read."""

from typing import Any

from generator.reading import Place, UnsupportedError

_SCHEMAS = {"contains", "items", "schema", "unevaluatedItems"}
_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_MAPS = {"$defs", "patternProperties", "properties", "schemas"}
DATA = {"const", "default", "enum", "example", "examples"}


def without_boolean_schemas(value: Any, place: Place = (), is_map: bool = False) -> Any:
    """Returns a copy of a document, or a part of it, in which `true` is the empty schema, which is the same.

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
    return {} if value is True and is_schema else without_boolean_schemas(value, place, is_map)
