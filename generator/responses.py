"""Responses with several media types, for which the parser is chosen when the response is there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from attrs import define
from jinja2 import Environment
from openapi_python_client import schema as oai
from openapi_python_client.parser import responses as stock
from openapi_python_client.parser.errors import ParseError
from openapi_python_client.parser.properties import Property, Schemas
from openapi_python_client.parser.properties.schemas import get_reference_simple_name
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.responses import HTTPStatusPattern, Response
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import in_double_quote_literal

from generator.content import Content, essence
from generator.reading import Place

_stock_response_from_data = stock.response_from_data


@dataclass(frozen=True)
class Alternative:
    """The media types of a response that are parsed in the same way.

    Attributes:
        place: The place of the first in the document.
        names: The media types, as the document writes them.
        media_types: The media types without parameters, in lower case.
        type: The Python type of the parsed body.
        source: The expression with the body.
        prop: How openapi-python-client parses it.
    """

    place: Place
    names: tuple[str, ...]
    media_types: tuple[str, ...]
    type: str
    source: str
    prop: Property


@define(order=False)
class MediaResponse(Response):
    """A response whose body may have several media types."""

    alternatives: tuple[Alternative, ...]


def response_from_data(
    content: Content,
    *,
    status_code: HTTPStatusPattern,
    data: oai.Response | oai.Reference,
    schemas: Schemas,
    responses: dict[UntrustedString, oai.Response | oai.Reference],
    **more: Any,
) -> tuple[Response | ParseError, Schemas]:
    """Returns the response with all of its media types; openapi-python-client's own returns the first."""
    found = responses.get(get_reference_simple_name(data.ref)) if isinstance(data, oai.Reference) else data
    more["responses"] = responses
    if not isinstance(found, oai.Response) or not found.content:
        return _stock_response_from_data(status_code=status_code, data=data, schemas=schemas, **more)
    alternatives: list[Alternative] = []
    for key, media in found.content.items():
        entry = content.entry(key.get_untrusted_value())
        # It becomes the name of a class, if the schema has none.
        pattern = f"{status_code.pattern}_{entry.media_types[0]}" if alternatives else status_code.pattern
        response, schemas = _stock_response_from_data(
            status_code=HTTPStatusPattern(pattern=pattern, code_range=status_code.range),
            data=found.model_copy(update={"content": {key: media}}),
            schemas=schemas,
            **more,
        )
        if isinstance(response, ParseError):
            return response, schemas
        is_file = response.source["return_type"] == "bytes"
        alternative = Alternative(
            entry.place,
            entry.media_types,
            tuple(essence(entry.place, name) for name in entry.media_types),
            "bytes" if is_file else response.prop.get_type_string().as_unembedded_code(),
            "response.binary()" if is_file else response.source["attribute"],
            response.prop,
        )
        _add(alternatives, alternative)
    props = [each.prop for each in alternatives if each.type != "bytes"] or [alternatives[0].prop]
    prop = props[0]
    if len(props) > 1:  # for the imports
        prop = UnionProperty(prop.name, True, None, prop.python_name, None, None, [*props])
    return MediaResponse(status_code, prop, stock.JSON_SOURCE, found, tuple(alternatives)), schemas


def _add(alternatives: list[Alternative], new: Alternative) -> None:
    for index, each in enumerate(alternatives):
        if (each.type, each.source) == (new.type, new.source):
            names, media_types = each.names + new.names, each.media_types + new.media_types
            alternatives[index] = replace(each, names=names, media_types=media_types)
            return
    alternatives.append(new)


def alternatives_of(response: Response) -> tuple[Alternative, ...]:
    """Returns the ways to parse the body of a response: none if it has no body."""
    return response.alternatives if isinstance(response, MediaResponse) else ()


def media_types_of(responses: Iterable[Response]) -> list[str]:
    """Returns the media types of some responses, as the document writes them."""
    return [name for response in responses for each in alternatives_of(response) for name in each.names]


def parse(environment: Environment, response: Response) -> str:
    """Returns the statements that parse and return the body of a response, by its media type if it has several."""
    alternatives = alternatives_of(response)
    if not alternatives:
        return "return None"
    *others, last = alternatives
    if not others:
        return _parse(environment, last)
    every = ", ".join(_literal(name) for each in alternatives for name in each.media_types)
    lines = [f"media_type = response.media_type({every})"]
    for each in others:
        tested = [_literal(name) for name in each.media_types]
        test = f"== {tested[0]}" if len(tested) == 1 else f"in ({', '.join(tested)})"
        lines.append(f"if media_type {test}:")
        lines += [f"    {line}" if line else "" for line in _parse(environment, each).splitlines()]
    return "\n".join([*lines, _parse(environment, last)])


def _parse(environment: Environment, alternative: Alternative) -> str:
    if alternative.type == "bytes":
        return f"return {alternative.source}"
    prop, name = alternative.prop, alternative.prop.python_name
    construct = getattr(environment.get_template(f"property_templates/{prop.template}").module, "construct", None)
    if construct:
        return f"{construct(prop, alternative.source)}\nreturn {name}"
    if alternative.source == "response.text" and alternative.type == "str":
        return f"{name} = {alternative.source}\nreturn {name}"
    return f"{name} = cast({alternative.type}, {alternative.source})\nreturn {name}"


def _literal(text: str) -> str:
    return f'"{in_double_quote_literal(text)}"'
