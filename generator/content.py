"""Request bodies and responses by media type. openapi-python-client reads only some media types."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Literal

from generator.parameters import METHODS
from generator.reading import Place, UnsupportedError
from generator.references import resolved

Kind = Literal["json", "multipart", "form", "file", "text"]

# The kinds, each with a media type that openapi-python-client reads in the same way. If one schema has several media
# types, the first of them in this order is sent.
KINDS: dict[Kind, str] = {
    "json": "application/json",
    "multipart": "multipart/form-data",
    "form": "application/x-www-form-urlencoded",
    "file": "application/octet-stream",
    "text": "text/plain",
}
_BINARY = {"type": "string", "format": "binary"}
_TEXT = {"type": "string"}


@dataclass(frozen=True)
class Entry:
    """A media type of a body or a response.

    Attributes:
        place: Its place in the document.
        media_types: The media type as the document writes it, and for files, others with the same schema.
        kind: How it is sent or read.
        part_types: The media types of the parts of a form, for those with another one than the default.
    """

    place: Place
    media_types: tuple[str, ...]
    kind: Kind
    part_types: Mapping[str, str] = field(default_factory=dict)


class Content:
    """The document as openapi-python-client can read it.

    Attributes:
        document: A copy, in which each media type is one that openapi-python-client reads in the same way, with the
            number of its entry as a parameter.

    Raises:
        UnsupportedError: A body or a response cannot be expressed.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document: dict[str, Any] = copy.deepcopy(dict(document))
        self._original = document
        self._entries: list[Entry] = []
        succeeds: dict[Place, bool] = {}
        bodies: dict[Place, None] = {}
        for operation in self._operations():
            if "requestBody" in _at(document, operation):
                bodies[self._resolved((*operation, "requestBody"))] = None
            statuses = _at(document, operation).get("responses", {})
            # Without a documented success, `default` is one.
            successes = [status for status in statuses if status.startswith("2")] or ["default"]
            for status in statuses:
                place = self._resolved((*operation, "responses", status))
                succeeds[place] = succeeds.get(place, False) or status in successes
        for place in bodies:
            self._replace(place, self._bodies(place), text=KINDS["file"])  # the body of a request is never text there
        for place in succeeds:
            self._replace(place, self._responses(place, succeeds[place]), text=KINDS["text"])

    def entry(self, key: str) -> Entry:
        """Returns the entry of a media type in `document`."""
        return self._entries[int(key.rpartition("=")[2])]

    def _replace(self, place: Place, entries: list[tuple[Entry, Any]], text: str) -> None:
        content = {}
        for entry, schema in entries:
            media_type = text if entry.kind == "text" else KINDS[entry.kind]
            content[f"{media_type}; entry={len(self._entries)}"] = {"schema": copy.deepcopy(schema)}
            self._entries.append(entry)
        if entries:
            _at(self.document, place)["content"] = content

    def _responses(self, place: Place, succeeds: bool) -> list[tuple[Entry, Any]]:
        entries: dict[str, tuple[Entry, Any]] = {}
        others: dict[str, Any] = {}
        for name, media in (_at(self._original, place) or {}).get("content", {}).items():
            at = (*place, "content", name)
            media_type, said = essence(at, name), media.get("schema")
            schema = said if isinstance(said, Mapping) else {}
            if succeeds and media_type == "text/event-stream":
                raise UnsupportedError(at, "a stream of events is not supported; remove it")
            if media_type in entries:
                raise UnsupportedError(at, "only its parameters tell it from another media type; remove one of them")
            target = self._schema((*at, "schema"))
            kind: Kind = "file"
            if not _is_binary(target):
                kind = "json" if _is_json(media_type) else "text" if media_type.startswith("text/") else "file"
            if kind == "file" or (kind == "text" and target.get("type") != "string"):
                others[media_type] = schema if target and target.get("type") != "string" else None
                schema = _BINARY if kind == "file" else _TEXT
            entries[media_type] = Entry(at, (name,), kind), schema
        # What can also be had as JSON, such as an object as XML, is not asked for.
        models = [schema for entry, schema in entries.values() if entry.kind == "json"]
        return [each for media_type, each in entries.items() if others.get(media_type) not in models]

    def _bodies(self, place: Place) -> list[tuple[Entry, Any]]:
        entries: list[tuple[Entry, Any]] = []
        unsupported: list[tuple[Place, Any]] = []
        for name, media in (_at(self._original, place) or {}).get("content", {}).items():
            at = (*place, "content", name)
            kind = self._sent_as(at, essence(at, name))
            said = _at(self.document, (*at, "schema"))
            schema = said if isinstance(said, Mapping) else {}
            if kind is None:
                unsupported.append((at, schema))
                continue
            encodings = media.get("encoding", {}) if kind in ("form", "multipart") else {}
            types = {part: self._part_type((*at, "encoding", part), kind, part) for part in encodings}
            part_types = {part: media_type for part, media_type in types.items() if media_type}
            if kind in ("file", "text"):
                schema = _BINARY if kind == "file" else _TEXT
            entries.append((Entry(at, (name,), kind, part_types), schema))
        for at, schema in unsupported:
            if not any(schema == sent for _, sent in entries):
                raise UnsupportedError(at, "bodies of this media type cannot be written; remove it")
        entries.sort(key=lambda each: list(KINDS).index(each[0].kind))
        chosen: list[tuple[Entry, Any]] = []
        for entry, schema in entries:
            # Bodies of an object that is described here have a class for each media type, which tells them apart.
            is_shared = "$ref" in schema or not ("properties" in schema or schema.get("type") == "object")
            same = [index for index, each in enumerate(chosen) if is_shared and each[1] == schema]
            if not same:
                chosen.append((entry, schema))
            elif entry.kind == "file":
                first = chosen[same[0]][0]
                chosen[same[0]] = replace(first, media_types=first.media_types + entry.media_types), schema
        return chosen

    def _sent_as(self, at: Place, media_type: str) -> Kind | None:
        for kind in ("multipart", "form"):
            if media_type == KINDS[kind]:
                self._mark_files(self._resolved((*at, "schema")))
                return kind
        target = self._schema((*at, "schema"))
        if _is_binary(target):
            return "file"
        if _is_json(media_type):
            return "json"
        if target.get("type") == "string" or (not target and media_type.startswith("text/")):
            return "text"
        if not target and not media_type.startswith("multipart/"):
            return "file"
        return "json" if fnmatchcase(KINDS["json"], media_type) else None

    def _mark_files(self, place: Place) -> None:
        """Gives files in a form the format of OpenAPI 3.0, which openapi-python-client reads."""
        for name in (_at(self.document, place) or {}).get("properties", ()):
            for at in ((*place, "properties", name), (*place, "properties", name, "items")):
                if _is_file(self._schema(at)):
                    _at(self.document, self._resolved(at)).update(_BINARY)

    def _part_type(self, at: Place, kind: Kind, name: str) -> str | None:
        """Returns the media type that the encoding of a form gives to a part, or None if it is the default."""
        encoding = _at(self._original, at)
        schema = self._properties((*at[:-2], "schema")).get(name)
        if schema is None:
            raise UnsupportedError(at, "the schema has no property of this name")
        target = self._schema(schema)
        if target.get("type") == "array":
            target = self._schema((*self._resolved(schema), "items"))
        is_object = target.get("type") == "object" or "properties" in target or "allOf" in target
        refused = {key for key in ("style", "explode", "allowReserved", "headers") if encoding.get(key) is not None}
        if kind == "form":
            refused -= {"headers"}  # which are for multipart alone
            if not is_object and (encoding.get("style", "form"), encoding.get("explode", True)) == ("form", True):
                refused -= {"style", "explode"}  # the default
        if refused:
            raise UnsupportedError(at, f"{' and '.join(sorted(refused))} cannot be expressed here; remove it")
        given: str = encoding.get("contentType", "")
        media_type = given.partition(";")[0].strip().lower()
        if kind == "multipart" and _is_file(target):
            return given if given and "," not in given and "*" not in given else None  # or else each file's own
        default = KINDS["json"] if is_object else KINDS["text"]
        if media_type in ("", default):
            return None
        if kind == "multipart" and media_type.startswith("text/") and not is_object:
            return given if "charset" in given.lower() else f"{given}; charset=utf-8"
        if kind == "multipart" and _is_json(media_type) and (is_object or _is_number(target)):
            return given
        raise UnsupportedError(at, f"this property cannot be written as {given}; remove contentType")

    def _properties(self, place: Place) -> dict[str, Place]:
        """Returns the places of the properties of a schema."""
        place = self._resolved(place)
        said = self._schema(place)
        found: dict[str, Place] = {}
        for index in range(len(said.get("allOf", ()))):
            found |= self._properties((*place, "allOf", index))
        return found | {name: (*place, "properties", name) for name in said.get("properties", ())}

    def _operations(self) -> Iterator[Place]:
        for path in self._original.get("paths", ()):
            item = self._resolved(("paths", path))
            yield from ((*item, method) for method in _at(self._original, item) if method in METHODS)

    def _schema(self, place: Place) -> Mapping[str, Any]:
        """Returns the schema at a place, or {} if there is none."""
        schema = _at(self._original, self._resolved(place))
        return schema if isinstance(schema, Mapping) else {}

    def _resolved(self, place: Place) -> Place:
        """Returns the place that the references at a place lead to."""
        return resolved(self._original, _at(self._original, place), place)[1]


def essence(place: Place, media_type: str) -> str:
    """Returns the media type without parameters, in lower case."""
    name = media_type.partition(";")[0].strip().lower()
    if len(name.split("/")) != 2:
        raise UnsupportedError(place, "this is not a media type, such as application/json")
    return name


def _at(document: Any, place: Place) -> Any:
    """Returns the value at a place, or None."""
    for key in place:
        try:
            document = document[key]
        except (LookupError, TypeError):
            return None
    return document


def _is_json(media_type: str) -> bool:
    return media_type in ("application/json", "text/json") or media_type.endswith("+json")


def _is_binary(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "string" and schema.get("format") == "binary"


def _is_number(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") in ("integer", "number", "boolean")


def _is_file(schema: Mapping[str, Any]) -> bool:
    """Whether a property of a form is a file: in OpenAPI 3.1, it can have a media type and no encoding."""
    media_type = str(schema.get("contentMediaType", KINDS["text"]))
    is_marked = "contentEncoding" not in schema and not _is_json(media_type) and not media_type.startswith("text/")
    return _is_binary(schema) or (is_marked and schema.get("type", "string") == "string")
