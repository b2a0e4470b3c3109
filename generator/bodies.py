"""The body of a request, in the media types that the document gives it."""

from collections.abc import Iterable, Iterator

from attrs import define, evolve
from jinja2 import Environment
from openapi_python_client.parser.bodies import Body
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import in_double_quote_literal

from generator.content import KINDS, Content, Entry
from generator.reading import Place, UnsupportedError

# What `isinstance` tells from each other.
_DISTINCT = (ModelProperty, FileProperty, ListProperty, NoneProperty, StringProperty)


@define
class MediaBody(Body):
    """A body, and what the document says about its media type."""

    entry: Entry


class Files:
    """Finds the files in what is JSON or text, where there can be none."""

    def __init__(self, models: Iterable[ModelProperty]) -> None:
        self._names: dict[str, str] = {}
        holders: dict[str, list[str]] = {}
        for model in models:
            for each in (leaf for prop in _properties(model) for leaf in _leaves(prop)):
                if isinstance(each, FileProperty):
                    self._names[model.class_info.name] = _name(each)
                elif isinstance(each, ModelProperty):
                    holders.setdefault(each.class_info.name, []).append(model.class_info.name)
        todo = [*self._names]
        while todo:
            inner = todo.pop()
            for outer in holders.get(inner, ()):
                if outer not in self._names:
                    self._names[outer] = self._names[inner]
                    todo.append(outer)

    def refuse(self, prop: PropertyProtocol, place: Place, where: str) -> None:
        """Raises UnsupportedError if a value contains a file."""
        for each in _leaves(prop):
            name = self._names.get(each.class_info.name) if isinstance(each, ModelProperty) else None
            if isinstance(each, FileProperty):
                name = _name(each)
            if name:
                raise UnsupportedError(place, f"{name} is a file, which cannot be in {where}; remove its format")


def with_entries(content: Content, bodies: Iterable[Body], files: Files) -> list[Body]:
    """Returns the bodies of an operation with what the document says about their media types.

    Raises:
        UnsupportedError: A body cannot be written, or not be told from another one.
    """
    found: list[MediaBody] = []
    taken: dict[str, Entry] = {}
    for body in bodies:
        entry = content.entry(body.content_type.get_untrusted_value())
        _check(body.prop, entry, files)
        found.append(MediaBody(body.content_type, body.prop, body.body_type, entry))
    for body in found if len(found) > 1 else ():
        for prop in _members(body.prop):
            name = prop.get_instance_type_string().as_unembedded_code()
            other = taken.setdefault(name, body.entry)
            if other is not body.entry or not isinstance(prop, _DISTINCT):
                message = (
                    f"a body of the type {name} cannot be told from that of another media type; remove one of them"
                )
                raise UnsupportedError(body.entry.place, message)
    return [*found]


def _check(prop: PropertyProtocol, entry: Entry, files: Files) -> None:
    members = _members(prop) if entry.kind == "form" else [prop]
    if entry.kind in ("form", "multipart") and not all(isinstance(each, ModelProperty) for each in members):
        raise UnsupportedError(entry.place, "a form must be an object with properties")
    if entry.kind in ("json", "form"):
        files.refuse(prop, entry.place, "JSON" if entry.kind == "json" else "a form of this media type")
    if entry.kind == "multipart" and isinstance(getattr(prop, "additional_properties", None), ListProperty):
        message = "additionalProperties are arrays, which cannot be written in this media type; name the properties"
        raise UnsupportedError(entry.place, message)
    for each in _properties(prop) if entry.kind == "multipart" else ():
        values = _members(each)
        parts = [part for value in values if isinstance(value, ListProperty) for part in _members(value.inner_property)]
        for item in [value for value in values if not isinstance(value, ListProperty)] + parts:
            if isinstance(item, ListProperty):
                message = f"{_name(each)} is an array of arrays, which a form cannot have"
                raise UnsupportedError(entry.place, message)
            if not isinstance(item, FileProperty):
                files.refuse(item, entry.place, "JSON")


def _members(prop: PropertyProtocol) -> list[PropertyProtocol]:
    return [*prop.inner_properties] if isinstance(prop, UnionProperty) else [prop]


def _leaves(prop: PropertyProtocol) -> Iterator[PropertyProtocol]:
    """Yields what is in unions and arrays."""
    for each in _members(prop):
        if isinstance(each, ListProperty):
            yield from _leaves(each.inner_property)
        else:
            yield each


def _properties(prop: PropertyProtocol) -> list[PropertyProtocol]:
    if not isinstance(prop, ModelProperty):
        return []
    additional = [prop.additional_properties] if prop.additional_properties else []
    return [*(prop.required_properties or ()), *(prop.optional_properties or ()), *additional]


def _name(prop: PropertyProtocol) -> str:
    return prop.name.get_untrusted_value().replace("AdditionalProperty", "additionalProperties")


def write(environment: Environment, endpoint: Endpoint) -> str:
    """Returns the statements that put the body into the arguments of the request."""
    lines: list[str] = []
    bodies = [body for body in endpoint.bodies if isinstance(body, MediaBody)]
    for index, body in enumerate(bodies):
        written = _written(environment, body)
        if len(bodies) > 1:
            types = " | ".join(prop.get_instance_type_string().as_unembedded_code() for prop in _members(body.prop))
            lines.append(f"{'elif' if index else 'if'} isinstance(body, {types}):")
        elif not body.prop.required:
            lines.append("if not isinstance(body, Unset):")
        elif isinstance(body.prop, ModelProperty):
            lines.append(f'require_model("body", body, {body.prop.class_info.name})')
        is_inner = len(bodies) > 1 or not body.prop.required
        lines += [f"    {line}" if is_inner and line else line for line in written]
    if len(bodies) > 1:
        lines.append("else:" if bodies[0].prop.required else "elif not isinstance(body, Unset):")
        lines.append('    raise TypeError(f"body has the type {type(body).__name__}, which is not documented")')
    return "\n".join(lines)


def _written(environment: Environment, body: MediaBody) -> list[str]:
    entry = body.entry
    media_type = entry.media_types[0]
    if entry.kind == "multipart":  # httpx sets the header itself, with its boundary
        files = "body.to_multipart()"
        if entry.part_types:
            types = ", ".join(f"{_literal(name)}: {_literal(given)}" for name, given in entry.part_types.items())
            files = f"form_types({files}, {{{types}}})"
        return [f'_kwargs["files"] = {files}']
    if entry.kind == "form":
        content = '_kwargs["data"] = form_data(body.to_dict())'
    elif entry.kind == "file":
        content = '_kwargs["content"] = file_content(body)'
    elif entry.kind == "text":
        content = '_kwargs["content"] = body.encode()'
    else:
        macros = environment.get_template("endpoint_macros.py.jinja").module
        # The caller of this has excluded Unset.
        content = macros.json_body(evolve(body, prop=evolve(body.prop, required=True)))  # type: ignore[attr-defined]
    is_range = "*" in media_type
    media_type = KINDS[entry.kind] if is_range else media_type
    if media_type.lower().startswith("text/") and "charset" not in media_type.lower() and entry.kind == "text":
        media_type += "; charset=utf-8"
    given = _literal(media_type)
    if entry.kind == "file" and (is_range or len(entry.media_types) > 1):
        given = f"body.mime_type or {given}"
    return [*content.strip("\n").splitlines(), "", f'headers["Content-Type"] = {given}']


def _literal(text: str) -> str:
    return f'"{in_double_quote_literal(text)}"'
