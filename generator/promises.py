"""The documented responses of an operation, for the templates."""

from collections.abc import Iterable
from dataclasses import dataclass

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.responses import Response
from openapi_python_client.schema import Reference
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import in_double_quote_literal


@dataclass(frozen=True)
class Promise:
    """The responses to an operation.

    Attributes:
        successes: The ranges of success statuses, each as its first and its last status.
        default_succeeds: Whether the default response is a success, because no other success is documented.
        is_binary: Whether a success may be a file.
        accept: The Accept header: the media types, those of successes first.
        success_type, error_type, detailed_type: The Python types of successes, of errors and of both.
    """

    successes: tuple[tuple[int, int], ...]
    default_succeeds: bool
    is_binary: bool
    accept: str
    success_type: str
    error_type: str
    detailed_type: str


def promise(endpoint: Endpoint) -> Promise:
    """Returns the documented responses of an operation."""
    responses = endpoint.responses
    successes = [response for response in responses.patterns if _range(response)[0] // 100 == 2]
    errors = [response for response in responses.patterns if response not in successes]
    ranges = tuple(map(_range, successes)) or ((200, 299),)
    default_succeeds = not successes
    if responses.default:
        successes += [responses.default] if default_succeeds else []
        errors.append(responses.default)
    success_types = [_type_of(response) for response in successes] or ["None"]
    # An undocumented status is parsed as None.
    error_types = [_type_of(response) for response in errors] + ([] if responses.default else ["None"])
    media_types = dict.fromkeys(
        in_double_quote_literal(media_type)
        for response in (*successes, *errors)
        for media_type in _media_types(response)
    )
    return Promise(
        successes=ranges,
        default_succeeds=default_succeeds,
        is_binary="bytes" in success_types,
        accept=", ".join(media_types) or "*/*",
        success_type=_union(success_types),
        error_type=_union(error_types),
        detailed_type=_union(success_types + error_types),
    )


def _type_of(response: Response) -> str:
    """Returns the Python type of a parsed response."""
    source = response.source["return_type"]
    return source if source in ("bytes", "None") else str(response.prop.get_type_string().as_unembedded_code())


def _union(types: Iterable[str]) -> str:
    names = set(types)
    return " | ".join(sorted(names - {"None"}, key=str.lower) + (["None"] if "None" in names else []))


def _range(response: Response) -> tuple[int, int]:
    first, last = response.status_code.range or (0, 0)  # None for the default response
    return first, last


def _media_types(response: Response) -> Iterable[UntrustedString]:
    return () if isinstance(response.data, Reference) else response.data.content or ()
