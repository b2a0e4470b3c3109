"""Unions with a discriminator, which openapi-python-client ignores."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, evolve, fields
from openapi_python_client import schema as oai
from openapi_python_client.parser.errors import PropertyError
from openapi_python_client.parser.properties import EnumProperty, ModelProperty, Schemas
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol, Value
from openapi_python_client.parser.properties.schemas import parse_reference_path
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.schema.ref import Ref
from openapi_python_client.strings import in_double_quote_literal

from generator.parents import PREFIX
from generator.reading import Place, UnsupportedError

Table = Mapping[str, str]

_stock_build = UnionProperty.build
_stock_convert_enum_value = EnumProperty.convert_value


@define
class DiscriminatedUnion(UnionProperty):
    """A union in which the value of a property names the model.

    Attributes:
        discriminators: The names of such properties, each with the class for each value.
    """

    discriminators: tuple[tuple[str, Table], ...]


def build(*, data: oai.Schema, schemas: Schemas, **more: Any) -> tuple[UnionProperty | PropertyError, Schemas]:
    """Returns the union of a schema; openapi-python-client's own ignores discriminators, and the types of defaults."""
    if isinstance(data.default, list | dict):  # which a string would take as its text
        data = data.model_copy(update={"default": None})
    union, schemas = _stock_build(data=data, schemas=schemas, **more)
    if not isinstance(union, UnionProperty):
        return union, schemas
    same = [each for each in union.inner_properties if _json_type(each) == type(data.default).__name__]
    defaults = [each.convert_value(data.default) for each in same]
    union.default = next((each for each in defaults if not isinstance(each, PropertyError)), union.default)
    discriminators = tuple(_discriminators(data, schemas))
    if discriminators:
        given = {field.name: getattr(union, field.name) for field in fields(UnionProperty)}
        union = DiscriminatedUnion(**given, discriminators=discriminators)
    return union, schemas


def _discriminators(data: oai.Schema, schemas: Schemas) -> Iterator[tuple[str, Table]]:
    members = [*data.anyOf, *data.oneOf]
    if data.discriminator:
        # A schema is named by its own name, and by those that are mapped to it.
        names = {
            each.ref.get_untrusted_value().removeprefix(PREFIX): each
            for each in members
            if isinstance(each, oai.Reference)
        }
        targets = {name: name for name in names}
        for value, target in (data.discriminator.mapping or {}).items():
            targets[value.get_untrusted_value()] = target.get_untrusted_value().removeprefix(PREFIX)
        models = {value: _find(target, schemas) for value, target in targets.items()}
        table = {value: model.class_info.name for value, model in models.items() if isinstance(model, ModelProperty)}
        yield data.discriminator.propertyName.get_untrusted_value(), table
    for each in members:
        if isinstance(each, oai.Schema):
            yield from _discriminators(each, schemas)
        elif isinstance(
            inner := _find(each.ref.get_untrusted_value().removeprefix(PREFIX), schemas), DiscriminatedUnion
        ):
            yield from inner.discriminators


def _json_type(prop: PropertyProtocol) -> str:
    return prop.get_type_string(json=True).as_unembedded_code()


def convert_enum_value(enum: EnumProperty, value: Any) -> Value | PropertyError | None:
    """Returns a default of an enum, whose values openapi-python-client has escaped."""
    is_text = isinstance(value, str) and value not in enum.values.values()
    return _stock_convert_enum_value(enum, in_double_quote_literal(value) if is_text else value)


def _find(name: str, schemas: Schemas) -> object:
    path = parse_reference_path(Ref(PREFIX + name))
    return schemas.classes_by_reference.get(path)  # type: ignore[arg-type]


def construct(stock: Callable[[UnionProperty, str], str], union: UnionProperty, source: str) -> str:
    """Returns the statements that parse a union.

    Args:
        stock: Returns those of openapi-python-client, which tries one member after the other.
        union: The union.
        source: The expression with the value.
    """
    if not isinstance(union, DiscriminatedUnion):
        return stock(union, source)
    classes = {name for _, table in union.discriminators for name in table.values()}
    rest = [each for each in union.inner_properties if each.get_type_string().as_unembedded_code() not in classes]
    name, type_ = union.python_name, union.get_type_string().as_unembedded_code()
    lines = [f"def _parse_{name}(data: object) -> {type_}:"]
    for index, (key, table) in enumerate(union.discriminators):
        models = " | ".join(sorted({*table.values()}))
        known = ", ".join(f"{_literal(value)}: {model}.from_dict" for value, model in table.items())
        found = f"{name}_{index}"
        lines += [
            f"    {found}: {models} | None = by_discriminator(data, {_literal(key)}, {{{known}}})",
            f"    if {found} is not None:",
            f"        return {found}",
        ]
    if any(not isinstance(each, NoneProperty) for each in rest):
        # A value that names none of the models may still be another member.
        others = stock(evolve(union, inner_properties=rest), source).lstrip().partition("\n")[2]
        return "\n".join([*lines, others])
    if rest:
        lines += ["    if data is None:", "        return data"]
    if not union.required:
        lines += ["    if isinstance(data, Unset):", "        return data"]
    keys = " or ".join(dict.fromkeys(key for key, _ in union.discriminators))
    lines += [f"    raise ValueError({_literal(f'{keys} names none of the documented models')})", ""]
    return "\n".join([*lines, f"{name} = _parse_{name}({source})"])


def check(document: Mapping[str, Any]) -> None:
    """Raises UnsupportedError if a discriminator maps a value to a schema that is not in the union."""
    schemas = document.get("components", {}).get("schemas", {})
    todo: list[tuple[Place, Any]] = [((), document)]
    while todo:
        place, value = todo.pop()
        if isinstance(value, list):
            todo += [((*place, index), item) for index, item in enumerate(value)]
        if not isinstance(value, Mapping):
            continue
        todo += [((*place, key), item) for key, item in value.items()]
        said = value.get("discriminator")
        mapping = said.get("mapping") if isinstance(said, Mapping) and ("oneOf" in value or "anyOf" in value) else None
        members = _members(value, schemas) if mapping else set()
        for key, target in (mapping or {}).items():
            if target.removeprefix(PREFIX) not in members:
                message = f"{target} is none of the schemas of the union; add it there, or remove it here"
                raise UnsupportedError((*place, "discriminator", "mapping", key), message)


def _members(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> set[str]:
    """Returns the names of the schemas in a union, and in the unions within it."""
    names: set[str] = set()
    todo = [schema]
    while todo:
        union = todo.pop()
        for each in (*union.get("oneOf", ()), *union.get("anyOf", ())):
            name = each.get("$ref", "").removeprefix(PREFIX)
            if name not in names:
                names |= {name} - {""}
                todo.append(schemas.get(name, each))
    return names


def _literal(text: str) -> str:
    return f'"{in_double_quote_literal(text)}"'
