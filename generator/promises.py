"""The documented responses of an operation, for the templates."""

from collections.abc import Iterable
from dataclasses import dataclass

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.responses import Response
from openapi_python_client.strings import in_double_quote_literal

from generator.responses import alternatives_of, media_types_of


@dataclass(frozen=True)
class Promise:
    """The responses to an operation.

    Attributes:
        successes: The ranges of success statuses, each as its first and its last status.
        default_succeeds: Whether the default response is a success, because no other success is documented.
        is_binary: Whether a success may be a file.
        text_types: The documented media types of successes that may be text, if another is a file.
        accept: The Accept header: the media types, those of successes first.
        success_type, error_type, detailed_type: The Python types of successes, of errors and of both.
    """

    successes: tuple[tuple[int, int], ...]
    default_succeeds: bool
    is_binary: bool
    text_types: tuple[str, ...]
    accept: str
    success_type: str
    error_type: str
    detailed_type: str


@dataclass(frozen=True)
class ErrorBody:
    """The type of the parsed bodies of errors, and the imports that it needs."""

    imports: list[str]
    type: str


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
    success_types = [name for response in successes for name in _types(response)] or ["None"]
    # An undocumented status is parsed as None.
    error_types = [name for response in errors for name in _types(response)] + ([] if responses.default else ["None"])
    media_types = dict.fromkeys(map(in_double_quote_literal, media_types_of([*successes, *errors])))
    is_binary = "bytes" in success_types
    texts = [each for response in successes for way in alternatives_of(response) for each in way.media_types]
    return Promise(
        successes=ranges,
        default_succeeds=default_succeeds,
        is_binary=is_binary,
        text_types=tuple(each for each in dict.fromkeys(texts) if is_binary and each.startswith(("text/", "*/"))),
        accept=", ".join(media_types) or "*/*",
        success_type=_union(success_types),
        error_type=_union(error_types),
        detailed_type=_union(success_types + error_types),
    )


def error_body(endpoints: Iterable[Endpoint]) -> ErrorBody:
    """Returns the type of the parsed bodies of errors."""
    imports, types = set(), set()
    for endpoint in endpoints:
        for response in endpoint.responses:
            if response.is_default() or _range(response)[0] >= 300:
                types |= {*_types(response)} - {"None"}
                imports |= response.prop.get_imports(prefix=".") | response.prop.get_lazy_imports(prefix=".")
    return ErrorBody(sorted(imports), " | ".join(sorted(types or {"Any"})))


def _types(response: Response) -> list[str]:
    """Returns the Python types of a parsed response, one for each media type."""
    return [each.type for each in alternatives_of(response)] or ["None"]


def _union(types: Iterable[str]) -> str:
    names = set(types)
    return " | ".join(sorted(names - {"None"}, key=str.lower) + (["None"] if "None" in names else []))


def _range(response: Response) -> tuple[int, int]:
    first, last = response.status_code.range or (0, 0)  # None for the default response
    return first, last
