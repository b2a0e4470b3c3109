"""Says in one line, and with its place, what openapi-python-client could not read."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.schema import OpenAPI
from openapi_python_client.strings import ClassName, PythonIdentifier
from pydantic import ValidationError

from generator.reading import Place

_EFFECTS = ("reference in parsed models", "Invalid property in union")
_OPERATION = re.compile(r"parsing ([A-Z]+) (/.*) within ")
_SCHEMA = re.compile(r"schema /?(components/schemas/)?(\S+?):?$")
# Headers that say nothing, and the repr of objects.
_NOISE = re.compile(
    r"WARNING parsing .*? within \S+?(\. Endpoint will not be generated)?:|Unable to p(arse|rocess) schema \S+?:|"
    r"Unable to parse this part of your OpenAPI document:|Problem creating a \w+:|\"?<\S+ object at 0x\w+>\"?|"
    r"Failure to process schema has resulted in the removal of:.*|, response will be omitted from generated client"
)
_SAME_NAME = re.compile(
    r'Attempted to generate duplicate models with name "(.+?)"|Found conflicting enums named (\S+) with .* values\.'
)
_SAME_PROPERTY = "have the same python_name"  # before which the names are missing, being objects
_MIXED_ENUM = re.compile(r"(Enum values must all be the same type\S* )?Got \{<class .*?\}")


def explained(document: Mapping[str, Any], problems: Iterable[GeneratorError]) -> list[tuple[Place, str]]:
    """Returns the place and the reason of each problem, without those that follow from others."""
    found = list(dict.fromkeys(each for problem in problems for each in _explained(document, problem)))
    causes = [each for each in found if each[0][:1] != ("paths",) or not any(text in each[1] for text in _EFFECTS)]
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
    if same := _SAME_NAME.search(text):
        text = _same_name(document, place, same[1] or same[2])
    elif _SAME_PROPERTY in text:
        text = _same_property(document, place)
    yield place, " ".join(_NOISE.sub(" ", text).strip(" :").replace(" : ", " ").split())


def _same_name(document: Mapping[str, Any], place: Place, class_name: str) -> str:
    schemas = document.get("components", {}).get("schemas", {})
    given = {name: schema.get("title", name) for name, schema in schemas.items()}
    names = {class_name, class_name.removesuffix("Model")}
    others = [name for name in given if ClassName(given[name], "") in names and name not in place]
    other = f"the schema {others[0]}" if others else "another schema"
    return f"it gives the class {class_name}, but so does {other}; rename one of them"


def _same_property(document: Mapping[str, Any], place: Place) -> str:
    value: Any = document
    for key in place:
        value = value[key]
    names: dict[str, list[str]] = {}
    for name in value.get("properties", ()):
        names.setdefault(PythonIdentifier(name, "", skip_snake_case=True), []).append(name)
    same = next((f"the properties {' and '.join(each)}" for each in names.values() if len(each) > 1), "two properties")
    return f"{same} have the same name in Python; rename one of them"


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
