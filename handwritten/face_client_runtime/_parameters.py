"""Parameters as text, by the style table of OpenAPI: https://spec.openapis.org/oas/v3.1.1#style-values.

The styles are those of RFC 6570. What these leave undefined, or could not be read back, raises an error.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import UUID

from ._types import Unset

# With allowReserved. Not `#`, `[` and `]`, which no query may have, nor `&` and `+`, which have a meaning in a form.
_RESERVED = "!$'()*,/:;=?@"
_TRIPLET = re.compile("(%[0-9A-Fa-f]{2})")
_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}

Encode = Callable[[str], str]
Pair = Callable[[str, str], str]
Text = str | list[str] | dict[str, str]


def path_parameter(name: str, value: object, style: str = "simple", explode: bool = False) -> str:
    """Returns the value as a part of a path, in the style `simple`, `label` or `matrix`.

    Raises:
        TypeError: A value is neither text, a number, a boolean, a date nor a UUID.
        ValueError: The value is empty, or would change the path, or cannot be expressed.
    """
    text = _text_of(name, value)
    if text is None:
        raise ValueError(f"{name} must not be empty")
    prefix, separator = {"simple": ("", ","), "label": (".", "."), "matrix": (";", ";")}[style]
    named = _matrix_pair if style == "matrix" else _value_alone
    path = prefix + _expanded(name, text, explode, partial(_encoded, name), separator, ",", named)
    if path in ("", ".", ".."):
        raise ValueError(f"{name} must not be {path!r}: as a path segment, that would change the URL")
    return path


def query_string(*parameters: str) -> str:
    """Returns the query of a URL, with its question mark, or nothing if all parameters are empty."""
    query = "&".join(filter(None, parameters))
    return f"?{query}" if query else ""


def query_parameter(
    name: str,
    value: object,
    style: str = "form",
    explode: bool = True,
    allow_reserved: bool = False,
    required: bool = False,
) -> str:
    """Returns `name=value`, in the style `form`, `spaceDelimited`, `pipeDelimited` or `deepObject`.

    It is empty if the value is undefined: unset, None, or without items.

    Raises:
        TypeError: A value is neither text, a number, a boolean, a date nor a UUID.
        ValueError: The value is required and undefined, or cannot be expressed.
    """
    text = _text_of(name, value, required)
    if text is None:
        return ""
    key = _encoded(name, name)
    delimiter = _DELIMITERS.get(style, ",")
    # A comma within an item is not one between items.
    safe = _RESERVED if isinstance(text, str) or explode else _RESERVED.replace(",", "")
    encode = partial(_encoded, name, safe=safe) if allow_reserved else partial(_encoded, name)
    if style == "deepObject":
        if not isinstance(text, dict):
            raise TypeError(f"{name} must be an object in the style deepObject")
        return "&".join(f"{key}%5B{_encoded(name, each)}%5D={encode(item)}" for each, item in text.items())
    return _expanded(key, text, explode, encode, "&", delimiter, _form_pair)


def header_parameter(name: str, value: object, explode: bool = False, required: bool = False) -> dict[str, str]:
    """Returns the header in the style `simple`, or nothing if the value is undefined.

    Raises:
        TypeError: A value is neither text, a number, a boolean, a date nor a UUID.
        ValueError: The value is required and undefined, or has a character that a header cannot have.
    """
    text = _text_of(name, value, required)
    if text is None:
        return {}
    return {name: _expanded(name, text, explode, partial(_printable, name), ",", ",", _value_alone)}


def cookie_parameter(name: str, value: object, explode: bool = True, required: bool = False) -> dict[str, str]:
    """Returns the cookie in the style `form`, or nothing if the value is undefined.

    Raises:
        TypeError: A value is neither text, a number, a boolean, a date nor a UUID.
        ValueError: The value is required and undefined, or is an array or an object that would be several cookies.
    """
    text = _text_of(name, value, required)
    if text is None:
        return {}
    if explode and not isinstance(text, str):
        raise ValueError(f"{name} must not be an array or an object: a cookie has one value")
    return {name: _expanded(name, text, False, partial(_encoded, name), ",", ",", _value_alone)}


def json_parameter(value: object) -> str | Unset:
    """Returns the value as JSON, which is then sent as text.

    Raises:
        TypeError: JSON does not have such a value.
        ValueError: A number is infinite or not a number.
    """
    if isinstance(value, Unset):
        return value
    return json.dumps(value, default=_plain, separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        return value.to_dict()
    return _text("the value", value)


def _text_of(name: str, value: Any, required: bool = False) -> Text | None:
    """Returns the value as text, or None if it is undefined (RFC 6570, section 2.3)."""
    value = value.to_dict() if hasattr(value, "to_dict") else value
    text: Text | None
    if isinstance(value, Mapping):
        text = {str(key): _text(name, item) for key, item in value.items() if not _is_undefined(item)} or None
    elif isinstance(value, list | tuple):
        text = [_text(name, item) for item in value if not _is_undefined(item)] or None
    else:
        text = None if _is_undefined(value) else _text(name, value)
    if text is None and required:
        raise ValueError(f"{name} is required, and must not be empty")
    return text


def _is_undefined(value: object) -> bool:
    return value is None or isinstance(value, Unset)


def _text(name: str, value: object) -> str:
    value = value.value if isinstance(value, Enum) else value
    if isinstance(value, str | UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return json.dumps(value, allow_nan=False)
    raise TypeError(f"{name} must be text, a number, a boolean, a date or a UUID, not {type(value).__name__}")


def _expanded(name: str, text: Text, explode: bool, encode: Encode, separator: str, delimiter: str, named: Pair) -> str:
    """Expands a variable (RFC 6570, section 3.2.1): if exploded, its items are named, otherwise the whole is."""
    if isinstance(text, str):
        return named(name, encode(text))
    joint = separator if explode else delimiter
    keys = [encode(key) for key in text] if isinstance(text, dict) else []
    values = [encode(item) for item in (text.values() if isinstance(text, dict) else text)]
    if any(joint in part for part in (*keys, *values)) or (explode and any("=" in key for key in keys)):
        raise ValueError(f"{name} has an item that contains {joint!r} or '=', which separate the items")
    if not keys:
        return separator.join(named(name, item) for item in values) if explode else named(name, delimiter.join(values))
    pairs = zip(keys, values, strict=True)
    if not explode:
        return named(name, delimiter.join(part for pair in pairs for part in pair))
    return separator.join(_matrix_pair(*pair) if named is _matrix_pair else _form_pair(*pair) for pair in pairs)


def _value_alone(_name: str, text: str) -> str:
    return text


def _form_pair(name: str, text: str) -> str:
    return f"{name}={text}"


def _matrix_pair(name: str, text: str) -> str:
    return f"{name}={text}" if text else name


def _encoded(name: str, text: str, safe: str = "") -> str:
    """Percent-encodes text. With `safe` characters, what is percent-encoded already stays (RFC 6570, section 3.2.3)."""
    parts = _TRIPLET.split(text) if safe else [text]
    try:
        return "".join(part if index % 2 else quote(part, safe=safe) for index, part in enumerate(parts))
    except UnicodeEncodeError:
        raise ValueError(f"{name} contains an invalid character: a lone surrogate") from None


def _printable(name: str, text: str) -> str:
    if not text.isascii() or not text.isprintable() or text != text.strip():
        raise ValueError(f"{name} has a character that is not ASCII, a control character or surrounding whitespace")
    return text
