"""Says in one line, and with its place, what openapi-python-client could not read."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.schema import OpenAPI
from pydantic import ValidationError

from generator.reading import Place

_OPERATION = re.compile(r"parsing ([A-Z]+) (/.*) within ")
_SCHEMA = re.compile(r"schema /?(components/schemas/)?(\S+?):?$")
# Headers that say nothing, and the repr of objects.
_NOISE = re.compile(
    r"WARNING parsing .*? within \S+?(\. Endpoint will not be generated)?:|Unable to p(arse|rocess) schema \S+?:|"
    r"Unable to parse this part of your OpenAPI document:|Problem creating a \w+:|\"?<\S+ object at 0x\w+>\"?|"
    r"Failure to process schema has resulted in the removal of:.*|, response will be omitted from generated client"
)
_MIXED_ENUM = re.compile(r"(Enum values must all be the same type\S* )?Got \{<class .*?\}")


def explained(document: Mapping[str, Any], problems: Iterable[GeneratorError]) -> list[tuple[Place, str]]:
    """Returns the place and the reason of each problem, without those that follow from others."""
    found = list(dict.fromkeys(each for problem in problems for each in _explained(document, problem)))
    causes = [each for each in found if each[0][:1] != ("paths",) or "reference in parsed models" not in each[1]]
    return causes or found


def _explained(document: Mapping[str, Any], problem: GeneratorError) -> Iterator[tuple[Place, str]]:
    header = " ".join(problem.header.split())
    if header == "Failed to parse OpenAPI document":
        yield from _invalid(document)
        return
    place: Place = ()
    if operation := _OPERATION.search(f"{header} "):
        place = ("paths", operation[2], operation[1].lower())
    elif (schema := _SCHEMA.search(header)) and schema[2] in document.get("components", {}).get("schemas", {}):
        place = ("components", "schemas", schema[2])
    text = " ".join(f"{header.rstrip(':. ')}: {problem.detail or ''}".split())
    text = _MIXED_ENUM.sub("the values of an enum must be all text or all whole numbers", text)
    yield place, " ".join(_NOISE.sub(" ", text).strip(" :").replace(" : ", " ").split())


def _invalid(document: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yields what is not as openapi-python-client's own model of OpenAPI wants it."""
    try:
        OpenAPI.model_validate(document)
    except ValidationError as error:
        for each in error.errors():
            place: Place = ()
            value: Any = document
            for key in each["loc"]:  # which has names of classes, too
                with suppress(LookupError, TypeError):
                    value = value[key]
                    place = (*place, key)
            yield place, f"cannot be read: {each['msg']}"
