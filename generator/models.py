"""Adapts the models that openapi-python-client's own template gives."""

import re
from collections.abc import Collection, Mapping

from openapi_python_client.parser.properties import AnyProperty, ModelProperty, Property
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import in_double_quote_literal

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
    if not properties:
        return text
    known = [each for each in properties if not _accepts_null(each)]
    required = ", ".join(f"{_literal(each)}: {_ABSENT.get(each.template, 'UNSET')}" for each in known if each.required)
    optional = "".join(f"{_literal(each)}, " for each in known if not each.required)
    text = _replaced(text, "d = dict(src_dict)\n", f"d = received(src_dict, {{{required}}}, ({optional}))\n")
    if required:  # which `received` may have left out
        sent = "return {name: value for name, value in field_dict.items() if value is not UNSET}\n"
        text = _replaced(text, "return field_dict\n", sent)
    text = re.sub(r", ([\w.]+)\.to_tuple\(\)\)\)", r", form_file(\1)))", text)
    attrs = "from attrs import define as _attrs_define\n"
    # The formatter removes what is not used.
    return _replaced(text, attrs, f"{attrs}from face_client_runtime import form_field, form_file, received\n")


def _accepts_null(each: Property) -> bool:
    inner = each.inner_properties if isinstance(each, UnionProperty) else [each]
    return any(isinstance(kind, AnyProperty | NoneProperty) for kind in inner)


def _literal(each: Property) -> str:
    return f'"{in_double_quote_literal(each.name)}"'


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"the template of a model has {text.count(old)} times {old.strip()!r}, not once")
    return text.replace(old, new)
