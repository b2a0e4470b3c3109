"""Plain values for the schemas of a document, as JSON and as what a client takes."""

import datetime
import types
import typing
import uuid
from collections.abc import Mapping
from enum import Enum
from io import BytesIO
from typing import Any
from urllib.parse import unquote

TEXT = "red & blue/ü"
FORMATS = {
    "date-time": "2024-02-29T12:30:15Z",
    "date": "2024-02-29",
    "uuid": "07ef8b4d-aa09-4ffa-898d-c710796aff41",
    "byte": "cmVk",
    "uri": "https://example.com/a?b=c",
    "email": "red@example.com",
}
_DEEPEST = 4


def resolved(node: Any, document: Mapping[str, Any]) -> Any:
    """Returns what the references of a node lead to, with the keys beside a reference."""
    beside: dict[str, Any] = {}
    while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
        beside = {**{key: value for key, value in node.items() if key != "$ref"}, **beside}
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            part = unquote(part).replace("~1", "/").replace("~0", "~")
            found = found[int(part)] if isinstance(found, list) else found[part]
        node = found
    return {**node, **beside} if beside and isinstance(node, Mapping) else node


def value_of(schema: Any, document: Mapping[str, Any], text: str | None = None, depth: int = 0) -> Any:
    """Returns a value of the schema; `bytes` for a file."""
    text = text or TEXT
    schema = resolved(schema, document)
    if not isinstance(schema, Mapping):
        return text
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return next((value for value in schema["enum"] if value is not None), None)
    for choices in ("oneOf", "anyOf"):
        if schema.get(choices):
            value = _choice(schema, choices, document, text, depth)
            own = _plain(schema, document, text, depth) if "properties" in schema else value
            return {**value, **own} if isinstance(value, dict) and isinstance(own, dict) else own
    if "allOf" in schema:
        parts = [value_of(part, document, text, depth) for part in schema["allOf"]]
        own = {key: each for key, each in schema.items() if key != "allOf"}
        parts.append(value_of(own, document, text, depth) if "properties" in schema else {})
        objects = [part for part in parts if isinstance(part, dict)]
        return {key: value for part in objects for key, value in part.items()} if any(objects) else parts[0]
    return _plain(schema, document, text, depth)


def _choice(schema: Mapping[str, Any], choices: str, document: Mapping[str, Any], text: str, depth: int) -> Any:
    options = [option for option in schema[choices] if resolved(option, document).get("type") != "null"]
    value = value_of(options[0], document, text, depth)
    discriminator = schema.get("discriminator")
    if discriminator and isinstance(value, dict) and "$ref" in options[0]:
        target = options[0]["$ref"]
        names = [name for name, to in discriminator.get("mapping", {}).items() if to in (target, target.split("/")[-1])]
        value[discriminator["propertyName"]] = names[0] if names else target.split("/")[-1]
    return value


def _plain(schema: Mapping[str, Any], document: Mapping[str, Any], text: str, depth: int) -> Any:
    kinds = schema.get("type", "object" if "properties" in schema else None)
    kind = next((one for one in kinds if one != "null"), None) if isinstance(kinds, list) else kinds
    match kind:
        case "object":
            required = schema.get("required", ())
            found = {
                name: value_of(each, document, text, depth + 1)
                for name, each in schema.get("properties", {}).items()
                if depth < (_DEEPEST if name not in required else _DEEPEST * 4)
            }
            more = schema.get("additionalProperties")
            if isinstance(more, Mapping) and more and not found and depth < _DEEPEST:
                found["key"] = value_of(more, document, text, depth + 1)
            return found
        case "array":
            return [value_of(schema.get("items", {}), document, text, depth + 1)] * 2 if depth < _DEEPEST else []
        case "integer" | "number":
            number = 7 if kind == "integer" else 2.5
            return max(min(number, schema.get("maximum", number)), schema.get("minimum", number))
        case "boolean":
            return True
        case "null":
            return None
    if schema.get("format") == "binary" or "contentMediaType" in schema:
        return b"\x89PNG \x00\xff"
    return FORMATS.get(schema.get("format", ""), text)


def converted(value: Any, hint: Any) -> Any:
    """Returns the JSON value as the Python type that a client takes.

    Raises:
        TypeError: The type cannot hold the value.
    """
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        for choice in typing.get_args(hint):
            try:
                return converted(value, choice)
            except (TypeError, ValueError, KeyError, AttributeError):
                continue
    elif origin is list and isinstance(value, list):
        return [converted(item, typing.get_args(hint)[0]) for item in value]
    elif hint is Any or (origin is typing.Literal and value in typing.get_args(hint)) or hint is value is None:
        return value
    elif hint is type(None) and value is None:
        return None
    elif isinstance(hint, type):
        if hasattr(hint, "from_dict") and isinstance(value, dict):
            return hint.from_dict(value)
        if hint.__name__ == "File" and isinstance(value, bytes):
            return hint(BytesIO(value), "a.png")
        if isinstance(value, str) and hint in (datetime.datetime, datetime.date):
            return hint.fromisoformat(value)
        if (issubclass(hint, Enum) or hint is uuid.UUID) and not isinstance(value, dict | list):
            return hint(value)
        if type(value) is hint or (hint is float and type(value) is int):
            return value
    raise TypeError(f"{hint} cannot hold {value!r}")


def plain(value: Any) -> Any:
    """Returns a parsed response as JSON."""
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime.date | uuid.UUID):
        return value.isoformat() if isinstance(value, datetime.date) else str(value)
    return value.payload.read() if hasattr(value, "payload") else value


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values mean the same, also as times."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if one == other:
        return isinstance(one, bool) == isinstance(other, bool)
    try:
        return datetime.datetime.fromisoformat(one) == datetime.datetime.fromisoformat(other)
    except (TypeError, ValueError):
        return False
