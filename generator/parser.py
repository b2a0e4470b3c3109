"""Reads a document with openapi-python-client's parser, in which some functions are replaced by ours."""

from contextlib import ExitStack
from functools import partial
from typing import Any
from unittest.mock import patch

from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData, openapi
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.properties import EnumProperty, string
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.schema import Schema

from generator import unions
from generator.bodies import Files, with_entries
from generator.content import Content
from generator.responses import alternatives_of, response_from_data


def parsed(content: Content, config: Config) -> GeneratorData | GeneratorError:
    """Returns the parsed document, or an error. The version of openapi-python-client is pinned, so its names stay.

    Raises:
        UnsupportedError: A body or a response cannot be expressed.
    """
    replaced: list[tuple[object, str, Any]] = [
        (openapi, "response_from_data", partial(response_from_data, content)),
        (UnionProperty, "build", unions.build),
        (EnumProperty, "convert_value", unions.convert_enum_value),
        # What it escapes, `repr` escapes again.
        (string, "remove_string_escapes", str),
        # It has no header that is a date or an array.
        (PropertyProtocol, "validate_location", lambda *_: None),
        # It copies every endpoint three times, and with it the schemas, which it only reads.
        (Schema, "__deepcopy__", lambda self, _: self),
    ]
    with ExitStack() as stack:
        for owner, name, ours in replaced:
            stack.enter_context(patch.object(owner, name, ours))
        data = GeneratorData.from_dict(content.document, config=config)
    if isinstance(data, GeneratorData):
        files = Files(data.models)
        for endpoint in [each for tag in data.endpoint_collections_by_tag.values() for each in tag.endpoints]:
            endpoint.bodies = with_entries(content, endpoint.bodies, files)
            for alternative in [each for response in endpoint.responses for each in alternatives_of(response)]:
                if alternative.type != "bytes":
                    files.refuse(alternative.prop, alternative.place, "what is read as JSON or text")
    return data
