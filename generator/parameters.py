"""The parameters of operations: what openapi-python-client does not read of them, and the calls that send them."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import Property
from openapi_python_client.strings import in_double_quote_literal

from generator.reading import Place, UnsupportedError
from generator.references import resolved

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# The first one is the default.
STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
# OpenAPI: "the parameter definition SHALL be ignored".
IGNORED_HEADERS = {"accept", "content-type", "authorization"}
CLIENTS_HEADERS = {"accept-encoding", "connection", "content-length", "host", "transfer-encoding"}
PATH_NAME = re.compile(r"[a-zA-Z_-][a-zA-Z0-9_-]*")  # openapi-python-client finds no others
TOKEN = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")  # RFC 9110, section 5.6.2
JSON = re.compile(r"application/([-\w.]+\+)?json(;.*)?")
COMPOUND = {"array", "object"}


@dataclass(frozen=True)
class Serialization:
    """How a parameter is sent. `is_plain` is a single value in every case, and `default` an array or an object."""

    style: str
    explode: bool
    allow_reserved: bool
    is_json: bool
    is_plain: bool
    required: bool
    default: list[Any] | dict[str, Any] | None


@dataclass(frozen=True)
class Calls:
    """The calls of the runtime, as code, that send the parameters of an operation."""

    path: dict[str, str] = field(default_factory=dict)
    query: list[str] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    cookie: list[str] = field(default_factory=list)

    @property
    def functions(self) -> list[str]:
        """The names of the runtime's functions in the calls, except `path_segment`."""
        code = " ".join([*self.path.values(), *self.query, *self.header, *self.cookie])
        used = set(re.findall(r"\b\w+_parameter\b(?=\()", code)) | ({"query_string"} if self.query else set())
        return sorted(used)


# By the path and the method of an operation, then by the location and the name of a parameter.
Serializations = dict[tuple[str, str], dict[tuple[str, str], Serialization]]


def normalized(document: Mapping[str, Any]) -> tuple[dict[str, Any], Serializations]:
    """Returns a copy of the document whose parameters openapi-python-client reads, and how each of them is sent.

    Each operation has the parameters of its path, without references. The responses to HEAD have no content.

    Raises:
        UnsupportedError: A parameter cannot be sent as the document says, or the document does not say how.
    """
    result = copy.deepcopy(dict(document))
    result.get("components", {}).pop("parameters", None)
    paths, found = result.get("paths") or {}, {}
    result["paths"] = {}
    for path in (path for path in paths if path.startswith("/")):
        if "?" in path or "#" in path:
            raise UnsupportedError(("paths", path), "a path has no query and no fragment; use parameters")
        for name in re.findall(r"\{(.*?)\}", path):
            if not PATH_NAME.fullmatch(name):
                message = f"the name of the parameter {name!r} may only have letters, digits, - and _; rename it, as no"
                raise UnsupportedError(("paths", path), f"{message} request contains it")
        item, place = _path_item(document, paths[path], ("paths", path))
        result["paths"][path] = item
        _check_servers(document, item, place)
        shared = _parameters(document, item, place)
        item.pop("parameters", None)
        for method in (method for method in METHODS if method in item):
            operation, at = item[method], (*place, method)
            _check_servers(document, operation, at)
            own = _parameters(document, operation, at)
            parameters = own | {key: value for key, value in shared.items() if key not in own}
            operation["parameters"] = [_readable(each) for each, _ in parameters.values()]
            found[path, method] = {
                (each["in"], each["name"]): _serialization(document, each, where) for each, where in parameters.values()
            }
            if method == "head":
                operation["responses"] = {
                    status: {**resolved(document, response, at)[0], "content": {}}
                    for status, response in operation.get("responses", {}).items()
                    if isinstance(response, dict)
                }
    return result, found


def calls(serializations: Serializations, endpoint: Endpoint) -> Calls:
    """Returns the calls that send the parameters of an operation."""
    names: dict[str, str] = {each.python_name: each.name.get_untrusted_value() for each in endpoint.path_parameters}
    path = re.sub(
        r"\{(.*?)\}", lambda match: f"{{{names.get(match[1], match[1])}}}", endpoint.path.get_untrusted_value()
    )
    result = Calls()
    for location, parameter in endpoint.iter_all_parameters():
        said = serializations[path, endpoint.method][str(location), parameter.name.get_untrusted_value()]
        call = _call(str(location), parameter, said)
        if location == "path":
            result.path[parameter.python_name] = call
        else:
            getattr(result, str(location)).append(call)
    return result


def _call(location: str, parameter: Property, said: Serialization) -> str:
    value = str(parameter.python_name)
    if said.default is not None and not parameter.required:
        # As the default of an argument, it would be one object for all calls.
        value = f"{said.default!r} if isinstance({value}, Unset) else {value}"
    value = f"json_parameter({value})" if said.is_json else value
    if location == "path" and said.style == "simple" and said.is_plain:
        return f'path_segment("{parameter.python_name}", {value})'
    default_style = STYLES[location][0]
    options = [f'"{in_double_quote_literal(parameter.name)}"', value]
    options += [f'style="{said.style}"'] if said.style != default_style else []
    if said.explode != (default_style == "form") and not said.is_plain:
        options += [f"explode={said.explode}"]
    options += ["allow_reserved=True"] if said.allow_reserved and location == "query" else []
    options += ["required=True"] if said.required and location != "path" else []
    return f"{location}_parameter({', '.join(options)})"


def _path_item(document: Mapping[str, Any], item: Any, place: Place) -> tuple[dict[str, Any], Place]:
    if "$ref" not in item:
        return item, place
    there, at = resolved(document, item, place)
    own = {key: value for key, value in item.items() if key != "$ref"}
    if not own.keys() <= {"summary", "description"}:
        raise UnsupportedError(place, "what a path has beside its $ref is undefined: move it to where the $ref points")
    return {**copy.deepcopy(there), **own}, at


Found = dict[tuple[str, str], tuple[dict[str, Any], Place]]


def _parameters(document: Mapping[str, Any], holder: Mapping[str, Any], place: Place) -> Found:
    """Returns the parameters of a path or an operation, by their locations and names."""
    found: Found = {}
    for index, said in enumerate(holder.get("parameters", ())):
        parameter, at = resolved(document, said, (*place, "parameters", index))
        location, name = parameter["in"], parameter["name"]
        key = location, name.lower() if location == "header" else name
        if location == "header" and key[1] in IGNORED_HEADERS:
            continue
        if key in found:
            raise UnsupportedError(at, f"there are two {location} parameters {name}; remove one")
        found[key] = parameter, at
    return found


def _readable(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the parameter with a schema, and its description in it: openapi-python-client only reads them there."""
    schema = copy.deepcopy(_schema(parameter))
    if "description" in parameter and isinstance(schema, dict) and "$ref" not in schema:
        schema.setdefault("description", parameter["description"])
    default = schema.get("default") if isinstance(schema, dict) else None
    if isinstance(default, list | dict):  # openapi-python-client has none of these
        del schema["default"]
        schema["description"] = f"{schema.get('description', '')} Default: {json.dumps(default)}.".strip()
    kept = {key: parameter[key] for key in ("name", "in", "required", "deprecated") if key in parameter}
    return {**kept, "schema": schema}


def _schema(parameter: Mapping[str, Any]) -> Any:
    content = parameter.get("content")
    return next(iter(content.values())).get("schema", {}) if content else parameter.get("schema", {})


def _serialization(document: Mapping[str, Any], parameter: Mapping[str, Any], place: Place) -> Serialization:
    location, name, required = parameter["in"], parameter["name"], parameter.get("required", False)
    if location in ("header", "cookie") and not TOKEN.fullmatch(name):
        raise UnsupportedError(place, f"{name} cannot be the name of a {location}")
    if location == "header" and name.lower() in CLIENTS_HEADERS:
        raise UnsupportedError(place, f"the client itself sends the header {name}; remove the parameter")
    content = parameter.get("content", {})
    default = resolved(document, _schema(parameter), place)[0].get("default")
    default = default if isinstance(default, list | dict) else None
    if content:
        other = next((media_type for media_type in content if not JSON.fullmatch(media_type)), None)
        if other or len(content) > 1:
            raise UnsupportedError(
                place, f"the content of a parameter must be application/json, not {', '.join(content)}"
            )
        return Serialization(STYLES[location][0], False, False, True, True, required, default)
    if "schema" not in parameter:
        raise UnsupportedError(place, "a parameter must have a schema or a content")
    style = parameter.get("style", STYLES[location][0])
    explode = parameter.get("explode", style == "form")
    kinds = _kinds(document, parameter["schema"], place)
    reason = _undefined(location, style, explode, kinds) or _undefined_inside(document, parameter["schema"], place)
    if reason:
        raise UnsupportedError(place, reason)
    reserved = parameter.get("allowReserved", False)
    return Serialization(style, explode, reserved, False, kinds == {"plain"}, required, default)


def _undefined(location: str, style: str, explode: bool, kinds: set[str]) -> str | None:
    """Returns why the style table does not define a parameter, or None."""
    if style not in STYLES[location]:
        return f"a {location} parameter has no style {style}; use {' or '.join(STYLES[location])}"
    if style == "deepObject" and (kinds != {"object"} or not explode):
        return "the style deepObject is only defined for an object with explode: true"
    if style in ("spaceDelimited", "pipeDelimited") and (not kinds or not kinds <= COMPOUND or explode):
        return f"the style {style} is only defined for an array or an object with explode: false"
    if location == "cookie" and explode and kinds & COMPOUND:
        return "an array or an object in a cookie is only defined with explode: false"
    return "binary data in a parameter is not defined; use a string" if "binary" in kinds else None


def _undefined_inside(document: Mapping[str, Any], schema: Any, place: Place) -> str | None:
    """Returns why the values within an array or an object cannot be sent, or None."""
    for each in _alternatives(document, schema, place):
        extra = each.get("additionalProperties")
        for inner in (each.get("items"), extra, *(each.get("properties") or {}).values()):
            if _kinds(document, inner, place) & {*COMPOUND, "binary"}:
                return "a parameter with nested values is not defined; use content: application/json"
    return None


def _kinds(document: Mapping[str, Any], schema: Any, place: Place) -> set[str]:
    """Returns the kinds of values that a schema allows: plain, binary, array, object. Empty if it does not say."""
    kinds: set[str] = set()
    for each in _alternatives(document, schema, place):
        types = each.get("type") or []
        types = types if isinstance(types, list) else [types]
        if not types and ("properties" in each or isinstance(each.get("additionalProperties"), Mapping)):
            types = ["object"]
        if not types and "items" in each:
            types = ["array"]
        if not types:
            values = each.get("enum", [each["const"]] if "const" in each else [])
            types = ["array" if isinstance(v, list) else "object" if isinstance(v, dict) else "string" for v in values]
        plain = "binary" if each.get("format") == "binary" else "plain"
        kinds |= {kind if kind in COMPOUND else plain for kind in types if kind != "null"}
    return kinds


def _alternatives(
    document: Mapping[str, Any], schema: Any, place: Place, seen: tuple[int, ...] = ()
) -> Iterator[Mapping[str, Any]]:
    """Yields the schema and those that it is made of, without references."""
    schema, place = resolved(document, schema, place)
    if not isinstance(schema, Mapping) or id(schema) in seen:
        return
    yield schema
    for key in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(key) or ():
            yield from _alternatives(document, each, place, (*seen, id(schema)))


def _check_servers(document: Mapping[str, Any], holder: Mapping[str, Any], place: Place) -> None:
    if holder.get("servers") and holder["servers"] != document.get("servers"):
        message = "servers of their own are not supported: a client sends all its requests, and the key, to one server"
        raise UnsupportedError((*place, "servers"), f"{message}; remove them, or make another document")
