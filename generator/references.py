"""Follows the references of a document."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from generator.reading import UnsupportedError


class CircularReferenceError(UnsupportedError):
    """A reference leads to itself."""


def resolved(document: Mapping[str, Any], value: Any) -> Any:
    """Returns the value, or what it refers to, through other references.

    Raises:
        CircularReferenceError: It refers to itself.
        UnsupportedError: It refers to nothing in this file.
    """
    seen: set[str] = set()
    while isinstance(value, Mapping) and isinstance(reference := value.get("$ref"), str):
        if reference in seen:
            raise CircularReferenceError((), f"the reference {reference} leads to itself")
        seen.add(reference)
        value = _at(document, reference)
    return value


def _at(document: Mapping[str, Any], reference: str) -> Any:
    start, *parts = reference.split("/")
    try:
        value: Any = {"#": document}[start]
        for part in parts:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            value = value[int(key) if isinstance(value, list) else key]
    except (LookupError, TypeError, ValueError):
        raise UnsupportedError((), f"the reference {reference} cannot be resolved in this file") from None
    return value
