"""Adapts the models that openapi-python-client's own template gives."""

import re
from collections.abc import Collection, Mapping

from openapi_python_client.parser.properties import AnyProperty, EnumProperty, ModelProperty, Property
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty
from openapi_python_client.strings import in_double_quote_literal

_PARSED = (DateProperty, DateTimeProperty, EnumProperty, UuidProperty)
_PLAIN = (AnyProperty, BooleanProperty, FloatProperty, IntProperty, StringProperty)  # which are not parsed
_ABSENT = {"model_property.py.jinja": "{}", "list_property.py.jinja": "[]"}


def secret_properties(document: object) -> frozenset[str]:
    """Returns the names of the properties with the format `password`, whose values must not be shown."""
    if isinstance(document, list):
        return frozenset().union(*map(secret_properties, document))
    if not isinstance(document, Mapping):
        return frozenset()
    properties = document.get("properties")
    named = {
        name
        for name, schema in (properties.items() if isinstance(properties, Mapping) else ())
        if isinstance(schema, Mapping) and schema.get("format") == "password"
    }
    return frozenset(named).union(*map(secret_properties, document.values()))


def adapted(text: str, model: ModelProperty, secrets: Collection[str]) -> str:
    """Returns the text of a model whose `from_dict` uses `received`, and whose repr does not show secrets."""
    properties = [*(model.required_properties or ()), *(model.optional_properties or ())]
    for each in properties:
        if each.name.get_untrusted_value() in secrets:
            declared = each.to_string().as_unembedded_code()
            name, _, default = declared.partition(" = ")
            hidden = f"_attrs_field({f'default={default}, ' if default else ''}repr=False)"
            text = _replaced(text, f"    {declared}\n", f"    {name} = {hidden}\n")
    for each in properties:
        text = _with_tolerance(text, each)
    known = [each for each in properties if each.required or not _accepts_null(each)]
    required = ", ".join(f"{_literal(each)}: {_absent(each)}" for each in known if each.required)
    optional = "".join(f"{_literal(each)}, " for each in known if not each.required)
    if properties:
        text = _replaced(text, "d = dict(src_dict)\n", f"d = received(src_dict, {{{required}}}, ({optional}))\n")
    if required:  # which `received` may have left out
        sent = "return {name: value for name, value in field_dict.items() if value is not UNSET}\n"
        text = _replaced(text, "return field_dict\n", sent)
    text = re.sub(r", ([\w.]+)\.to_tuple\(\)\)\)", r", form_file(\1)))", text)
    # A constant may have any type, and there is no space before what follows it.
    text = re.sub(r"\(None, ([\w.]+), \"text/plain\"\)", r"form_field(\1)", text)
    text = re.sub(r"(?<=\S)and not isinstance\(", " and not isinstance(", text)
    attrs = "from attrs import define as _attrs_define\n"
    # The formatter removes what is not used.
    names = "by_discriminator, form_field, form_file, form_parts, parsed, received"
    return _replaced(text, attrs, f"{attrs}from face_client_runtime import {names}\n")


def _absent(each: Property) -> str:
    return "None" if _accepts_null(each) else _ABSENT.get(each.template, "UNSET")


def _with_tolerance(text: str, each: Property) -> str:
    """Returns the text of a model whose required property may be UNSET, and whose union is first read strictly."""
    name = each.python_name
    if isinstance(each, UnionProperty):
        if any(isinstance(kind, _PLAIN) for kind in each.inner_properties):
            return text
        declared = rf"^( +){name}: .+\n( +)if (isinstance\(self\.{name}, (?!Unset\)))"
        guarded = rf"\1{name}: Any\n\2if isinstance(self.{name}, Unset):\n\2    {name} = UNSET\n\2elif \3"
    elif each.required and isinstance(each, _PARSED):
        declared = rf"^( +{name} = )((?:str\()?self\.{name}\b(?:\.isoformat\(|\.value)?\)?)$"
        guarded = rf"\1self.{name} if isinstance(self.{name}, Unset) else \2"
    else:
        return text
    if not _accepts_null(each):
        text = re.sub(declared, guarded, text, count=1, flags=re.MULTILINE)
    popped = rf"^( +{name} = )([\w.]+)\((d\.pop\({re.escape(_literal(each))}(?:, UNSET)?\))\)$"
    return re.sub(popped, r"\1parsed(\3, \2)", text, count=1, flags=re.MULTILINE)


def _accepts_null(each: Property) -> bool:
    inner = each.inner_properties if isinstance(each, UnionProperty) else [each]
    return any(isinstance(kind, AnyProperty | NoneProperty) for kind in inner)


def _literal(each: Property) -> str:
    return f'"{in_double_quote_literal(each.name)}"'


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"the template of a model has {text.count(old)} times {old.strip()!r}, not once")
    return text.replace(old, new)
