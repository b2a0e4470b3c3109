"""Reads a document that is JSON or YAML, and finds the line of a place in it."""

import json
import re
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node

Place = tuple[str | int, ...]


class GenerationError(Exception):
    """The package could not be built; the message says why. Only the target folder may have been written."""


class DocumentError(GenerationError):
    """The document is invalid. The message is one line that starts with the file and, if known, the line number."""


class UnsupportedError(Exception):
    """A part of the document cannot be generated: its place, and why."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(reason)
        self.place = place


def read(path: Path) -> Any:
    """Returns what the document holds.

    Raises:
        DocumentError: It cannot be read, or is neither JSON nor YAML.
    """
    try:
        text = _text(path)
        found = _json(text)
        return YAML(typ="safe", pure=True).load(text) if found is None else found
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = str(error.problem or error).splitlines()[0]
        raise DocumentError(f"{path}:{line}: not valid YAML: {reason}") from error
    except YAMLError as error:
        raise DocumentError(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise DocumentError(f"{path}: cannot be read: it is nested too deeply") from error
    # A ValueError: what is not UTF-8, and an integer of more digits than Python reads.
    except (OSError, ValueError) as error:
        raise DocumentError(f"{path}: cannot be read: {error}") from error


def located(path: Path, place: Place, message: str) -> str:
    """Returns the message, prefixed with the file, the line and the keys of its location."""
    text = _text(path)
    line = _yaml_line(text, place) if _json(text) is None else _json_line(text, place)
    name = f"{'.'.join(map(str, place))}: " if place else ""
    return f"{path}:{line}: {name}{message}"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


def _json(text: str) -> dict[str, Any] | None:
    """Returns the value of a JSON object, or None: JSON is YAML, but read in a hundredth of the time."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text, object_pairs_hook=_without_repeated_keys)  # type: ignore[no-any-return]
    except ValueError:  # the reader of YAML names the line
        return None


def _without_repeated_keys(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError
    return found


def _json_line(text: str, place: Place) -> int:
    start = at = _skip(text, 0)
    for key in place:
        found = next(((start, at) for name, start, at in _members(text, at) if name == key), None)
        if found is None:  # it is behind a reference
            break
        start, at = found
    return text.count("\n", 0, start) + 1


def _members(text: str, at: int) -> Iterator[tuple[str | int, int, int]]:
    """Yields the key of each member of a JSON object or array, and where the member and its value start."""
    name: str | int = -1
    is_array, decoder = text[at] == "[", json.JSONDecoder()
    at = _skip(text, at + 1)
    while text[at] not in "]}":
        start = at
        if is_array:
            name = int(name) + 1
        else:
            name, at = scanstring(text, at + 1)
            at = _skip(text, _skip(text, at) + 1)
        yield name, start, at
        at = _skip(text, decoder.raw_decode(text, at)[1])
        at = _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    return re.compile(r"\s*").match(text, at).end()  # type: ignore[union-attr]


def _yaml_line(text: str, place: Place) -> int:
    node: Any = YAML(typ="safe", pure=True).compose(text)
    line = 0
    for key in place:
        if isinstance(node, MappingNode):
            found = next((pair for pair in _pairs(node) if _is_named(pair[0], key)), None)
        else:
            found = (node.value[key],) * 2
        if found is None:  # it is behind a reference
            break
        line, node = found[0].start_mark.line, found[1]
    return line + 1


def _pairs(node: MappingNode) -> Iterator[tuple[Node, Node]]:
    """Yields the pairs of a mapping, and then those that it merges."""
    merged = [value for key, value in node.value if key.tag.endswith(":merge")]
    yield from node.value
    for one in merged:
        for each in [one] if isinstance(one, MappingNode) else one.value:
            yield from _pairs(each)


def _is_named(node: Node, key: str | int) -> bool:
    # A key that is not text, such as true or 0x10, may be written in several ways.
    return node.value == str(key) or not (str(node.tag).endswith(":str") or isinstance(key, str))
