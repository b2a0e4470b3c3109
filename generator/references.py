"""Follows the references of a document."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from generator.reading import Place, UnsupportedError

_COMPONENT = re.compile("#/components/[^/]+/[^/]+")


class CircularReferenceError(UnsupportedError):
    """A reference leads to itself."""


def resolved(document: Mapping[str, Any], value: Any, place: Place = ()) -> tuple[Any, Place]:
    """Returns the value, or what it refers to through other references, and the place of that.

    Raises:
        CircularReferenceError: It refers to itself.
        UnsupportedError: It refers to nothing in this file.
    """
    start, seen = place, set()
    while isinstance(value, Mapping) and isinstance(reference := value.get("$ref"), str):
        if reference in seen:
            raise CircularReferenceError(start, f"the reference {reference} leads to itself")
        seen.add(reference)
        try:
            value, place = _target(document, reference)
        except (LookupError, TypeError, ValueError):
            raise UnsupportedError(start, f"the reference {reference} cannot be resolved in this file") from None
    return value, place


def _target(document: Mapping[str, Any], reference: str) -> tuple[Any, Place]:
    root, *parts = reference.split("/")
    value: Any = {"#": document}[root]
    place: Place = ()
    for part in parts:
        text = unquote(part).replace("~1", "/").replace("~0", "~")
        key = int(text) if isinstance(value, list) else text
        value, place = value[key], (*place, key)
    return value, place


def inlined(value: Any, document: Mapping[str, Any], place: Place = (), inside: tuple[str, ...] = ()) -> Any:
    """Returns a copy in which no reference leads into a path or a part of a component.

    openapi-python-client only follows references to whole components. A path behind a reference is left as it is.

    Args:
        value: The document, or a part of it.
        document: The document.
        place: The place of the part.
        inside: The references that it was found behind.

    Raises:
        UnsupportedError: What such a reference leads to contains the same reference.
    """
    if isinstance(value, list):
        return [inlined(each, document, (*place, index), inside) for index, each in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str) and place[:-1] != ("paths",) and not _COMPONENT.fullmatch(reference):
        if reference in inside:
            message = f"{reference} contains itself; move it to components/schemas, and refer to it there"
            raise UnsupportedError(place, message)
        # Data, such as an example, may have a key of this name, too.
        with suppress(LookupError, TypeError, ValueError):
            return inlined(_target(document, reference)[0], document, place, (*inside, reference))
    # The callbacks of an operation, which are not generated, may be its own path.
    unused = {"callbacks"} if "responses" in value else ()
    return {
        key: each if key in unused else inlined(each, document, (*place, key), inside) for key, each in value.items()
    }
