"""Schemas with a discriminator that others extend by `allOf`, which openapi-python-client reads as the parent alone."""

from collections.abc import Iterator, Mapping
from typing import Any

from generator.reading import Place, UnsupportedError

PREFIX = "#/components/schemas/"
_UNIONS = ("oneOf", "anyOf")


def with_children(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the document, in which a reference to such a parent is a union of its children and the parent itself.

    A value of the discriminator that names no child is the parent.

    Raises:
        UnsupportedError: A child has another discriminator, or is not there.
    """
    schemas: Mapping[str, Any] = document.get("components", {}).get("schemas", {})
    families = {
        PREFIX + name: _family(name, schemas)
        for name, schema in schemas.items()
        if isinstance(schema, Mapping) and "discriminator" in schema and not any(key in schema for key in _UNIONS)
    }
    known = {reference: family for reference, family in families.items() if family}
    replaced: Mapping[str, Any] = _replaced(document, known, ()) if known else document
    return replaced


def _family(name: str, schemas: Mapping[str, Any]) -> dict[str, Any] | None:
    said = schemas[name]["discriminator"]
    # A target may be a bare name.
    mapping = {value: PREFIX + target.removeprefix(PREFIX) for value, target in said.get("mapping", {}).items()}
    for value, target in mapping.items():
        if target.removeprefix(PREFIX) not in schemas:
            place: Place = ("components", "schemas", name, "discriminator", "mapping", value)
            raise UnsupportedError(place, f"{target} is not there; add it, or remove it here")
    names = dict.fromkeys([*_children(name, schemas), *(target.removeprefix(PREFIX) for target in mapping.values())])
    children = [each for each in names if each != name]
    for each in children:
        own = schemas.get(each, {}).get("discriminator", said)
        if own["propertyName"] != said["propertyName"]:
            message = f"{name}, which it extends, has another discriminator: use one of them, or oneOf"
            raise UnsupportedError(("components", "schemas", each, "discriminator"), message)
    if not children:
        return None
    references = [PREFIX + each for each in children]
    chosen = {value: target for value, target in mapping.items() if target in references}
    discriminator = {"propertyName": said["propertyName"], "mapping": chosen}
    union = {"oneOf": [{"$ref": each} for each in references], "discriminator": discriminator}
    return {"anyOf": [union, {"$ref": PREFIX + name}]}


def _children(name: str, schemas: Mapping[str, Any]) -> Iterator[str]:
    """Yields the names of the schemas that extend another one, directly or not."""
    todo, seen = [name], {name}
    while todo:
        reference = {"$ref": PREFIX + todo.pop()}
        for each, schema in schemas.items():
            if each not in seen and isinstance(schema, Mapping) and reference in schema.get("allOf", ()):
                seen.add(each)
                todo.append(each)
                yield each


def _extends_one(schema: Mapping[str, Any], families: Mapping[str, Any]) -> bool:
    parents = schema.get("allOf") if "properties" not in schema else None
    return isinstance(parents, list) and len(parents) == 1 and parents[0].get("$ref") in families


def _replaced(value: Any, families: Mapping[str, Any], place: Place) -> Any:
    if not isinstance(value, Mapping):
        return value
    if value.get("$ref") in families:
        return families[value["$ref"]]
    is_component = place[:-1] == ("components", "schemas")
    if _extends_one(value, families):
        if not is_component:  # in OpenAPI 3.0, a reference gets a description like this
            return {key: each for key, each in value.items() if key != "allOf"} | families[value["allOf"][0]["$ref"]]
        value = {**value, "allOf": [*value["allOf"], {"type": "object"}]}  # or else it has the class of its parent
    kept = {"allOf", *(_UNIONS if "discriminator" in value else ())}
    return {
        key: [
            item if key in kept and "$ref" in item else _replaced(item, families, (*place, key, index))
            for index, item in enumerate(each)
        ]
        if isinstance(each, list)
        else _replaced(each, families, (*place, key))
        for key, each in value.items()
    }
