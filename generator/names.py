"""The Python names of what a document names: none of them takes the place of another."""

import inspect
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from typing import Any

from openapi_python_client.config import ClassOverride, Config
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ModelProperty, Property
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import ClassName, PythonIdentifier, snake_case

from face_client_runtime import BaseSyncClient
from generator.reading import Place, UnsupportedError
from generator.schemas import DATA

# What the modules import or define beside the models; a test compares it with them.
CLASSES = frozenset(
    re.findall(
        r"\w+",
        """
        AbstractAsyncContextManager AbstractContextManager Any ApiError AsyncBinaryStream AsyncClient
        AuthenticationError BadRequestError BaseAsyncClient BaseSyncClient BinaryIO BinaryStream BytesIO Client
        ConflictError DeadlineExceeded ErrorBody File FileTypes Final Generator IncompleteBody IntEnum Literal Mapping
        NotFoundError Operation PermissionDeniedError RateLimitError RawResponse RequestFiles Response ServerError
        StrEnum T TextIO TypeAlias TypeVar UNSET UUID Unset
        """,
    )
)
# The variables of the functions, and what these call; a test compares them with the functions.
PARAMETERS = frozenset(
    re.findall(
        r"\w+",
        """
        body by_discriminator cast client cookie_parameter cookies file_content form_data form_file form_types
        header_parameter headers httpx json_parameter logging params path_parameter path_segment query_parameter
        query_string require_model
        """,
    )
)
PROPERTIES = frozenset(
    re.findall(
        r"\w+",
        """
        additional_keys additional_properties by_discriminator cast cls d field_dict files form_field form_file
        form_parts from_dict json parsed prop prop_dict prop_name received src_dict to_dict to_multipart types
        """,
    )
)
# What `__init__` of the clients has beside the variables of the server, and the module `document` beside theirs.
ARGUMENTS = {*inspect.signature(BaseSyncClient.__init__).parameters, "auth", "httpx", "kind", "path_segment"}
CONSTANTS = {"DOCUMENT_SHA256", "ERROR_CODE_HEADER", "GENERATOR", "SECRET_HEADERS", "SECRET_PARAMETERS", "SERVERS"}
CONSTANTS |= {"DEFAULT_DEADLINE", "DEFAULT_MAX_RETRIES", "DEFAULT_STALL_TIMEOUT", "DEFAULT_TIMEOUT", "SERVER_PATH"}


class ClassOverrides(dict[str, ClassOverride]):
    """The settings of openapi-python-client for the names of classes and modules, which it asks for each class."""

    def get(self, name: str, default: object = None) -> ClassOverride:  # noqa: ARG002
        """Returns a class name that the modules do not need, and a module name that no other class has."""
        if name not in self:
            is_reserved = name in CLASSES or PythonIdentifier(name, "") in PROPERTIES
            new = ClassName(f"{name}Model" if is_reserved else name, "")
            module = PythonIdentifier(new, "")
            taken = {other.module_name for other in self.values()}
            names = (module, *(f"{module}_{number}" for number in range(2, len(taken) + 3)))
            free = next(each for each in names if each not in taken)
            self[name] = ClassOverride.model_validate({"class_name": new, "module_name": free})
        return self[name]


def variable_name(name: str) -> str:
    """Returns the name of the argument for a variable of the server."""
    result = str(PythonIdentifier(name, "variable_"))
    while result in ARGUMENTS or result.upper() in CONSTANTS:
        result += "_"
    return result


def require_distinct(constants: Iterable[str], schemes: Iterable[str]) -> None:
    """Checks the names of the constants of the document.

    Raises:
        UnsupportedError: One of them stands for two things, or is no name in Python.
    """
    counts = Counter(constants)
    for name in counts:
        if counts[name] > 1 or not name.isidentifier():
            scheme = next((each for each in schemes if name.startswith(f"{snake_case(each).upper()}_")), None)
            place: Place = ("components", "securitySchemes", scheme) if scheme else ("servers",)
            what = "which is no name in Python" if counts[name] == 1 else "as something else does"
            raise UnsupportedError(place, f"it gives the constant {name}, {what}; rename it")


def rename(operations: Iterable[Endpoint], models: Iterable[ModelProperty], config: Config) -> None:
    """Renames the parameters and properties that have the name of something else in their functions."""
    for endpoint in operations:
        parameters = [parameter for _, parameter in endpoint.iter_all_parameters()]
        old = [f"{{{each.python_name}}}" for each in endpoint.path_parameters]
        derived = {f"json_{each.python_name}" for each in parameters}.union(*map(_derived, parameters))
        _rename(parameters, PARAMETERS | derived, config)
        path = endpoint.path.get_untrusted_value()
        for name, each in zip(old, endpoint.path_parameters, strict=True):
            path = path.replace(name, f"{{{each.python_name}}}")
        endpoint.path = UntrustedString(path)
    for model in models:
        properties = [*(model.required_properties or ()), *(model.optional_properties or ())]
        additional = [model.additional_properties] if model.additional_properties else []
        # The variable for the model itself has the name of its module.
        reserved = PROPERTIES.union({str(model.class_info.module_name)}, *map(_derived, [*properties, *additional]))
        _rename(properties, reserved, config)


def _rename(properties: Iterable[Property], reserved: Set[str], config: Config) -> None:
    used = {str(each.python_name) for each in properties}
    for each in properties:
        name = str(each.python_name)
        while name in reserved or (name in used and name != each.python_name):
            name += "_"
        if name != each.python_name:
            used.add(name)
            each.set_python_name(UntrustedString(name), config, skip_snake_case=True)


def _derived(whole: PropertyProtocol) -> set[str]:
    """Returns the variables for the parts of a list or a union."""
    inner: list[PropertyProtocol] = [whole.inner_property] if isinstance(whole, ListProperty) else []
    inner += whole.inner_properties if isinstance(whole, UnionProperty) else []
    names = {f"{each.python_name}{suffix}" for each in inner for suffix in ("", "_data", "_element")}
    return names.union(*(_derived(each) for each in inner))


def drop_repeated_titles(document: dict[str, Any]) -> None:
    """Removes the titles that would be the names of two classes, in place: the classes get the names that they would
    have without.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    components = document.get("components", {})
    for name, schema in components.get("schemas", {}).items():
        if isinstance(schema, dict) and (_is_model(schema) or "enum" in schema):
            found.setdefault(ClassName(schema.get("title", name), ""), []).append(schema)
    known = [id(each) for same in found.values() for each in same]
    todo: list[Any] = [document["paths"], components]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo += value
        elif isinstance(value, dict):
            todo += [item for key, item in value.items() if key not in DATA]
            if isinstance(value.get("title"), str) and _is_model(value) and id(value) not in known:
                found.setdefault(ClassName(value["title"], ""), []).append(value)
    for same in found.values():
        shared = "enum" in same[0] and all(each.get("enum") == same[0]["enum"] for each in same)
        for each in same if len(same) > 1 and not shared else ():
            each.pop("title", None)


def _is_model(schema: Mapping[str, Any]) -> bool:
    return "properties" in schema or "allOf" in schema or schema.get("type") == "object"


def name_enums(value: Any) -> None:
    """Gives each value of the enums in a document a name of its own, in place."""
    if isinstance(value, list):
        for item in value:
            name_enums(item)
    elif isinstance(value, dict):
        for item in value.values():
            name_enums(item)
        values = value.get("enum")
        values = [each for each in values if each is not None] if isinstance(values, list) else []
        if values and {type(each) for each in values} <= {str, int}:
            value["x-enum-varnames"] = _enum_names(values, value.get("x-enum-varnames"))


def _enum_names(values: list[str | int], given: object) -> list[str]:
    """Returns the names that openapi-python-client makes, but distinct; it would lose a value, or fail."""
    if not (isinstance(given, list) and len(given) == len(values) and all(isinstance(each, str) for each in given)):
        given = [_enum_name(at, each) for at, each in enumerate(values)]
    names: list[str] = []
    for at, each in enumerate(given):
        name = snake_case(each).upper()
        name = name if name.isidentifier() else f"VALUE_{at}"
        names.append(name if name not in names else f"{name}_{at}")
    return names


def _enum_name(at: int, value: str | int) -> str:
    if isinstance(value, int):
        return f"VALUE_{value}" if value >= 0 else f"VALUE_NEGATIVE_{-value}"
    return value.upper() if value[:1].isalpha() else f"VALUE_{at}"
