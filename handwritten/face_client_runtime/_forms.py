"""Values of any type in the bodies of forms."""

import json
from collections.abc import Mapping
from datetime import date
from types import NoneType
from typing import Any
from uuid import UUID

from ._types import File, FileTypes, RequestFiles, form_file

OCTET_STREAM = "application/octet-stream"
_JSON_TYPES = (str, int, float, bool, list, dict, NoneType)


def form_data(body: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of application/x-www-form-urlencoded: an array is repeated, and null is left out.

    An object is JSON, as OpenAPI 3.0.4 and 3.1.1 say it, under "Support for x-www-form-urlencoded Request Bodies".
    """
    return {
        name: [_text(item) for item in value] if isinstance(value, list) else _text(value)
        for name, value in body.items()
        if value is not None
    }


def form_field(value: Any) -> FileTypes:
    """Returns a value as a part of multipart/form-data: text as it is, a file as a file, anything else as JSON."""
    if isinstance(value, File):
        return form_file(value)
    if hasattr(value, "to_dict"):
        return None, _text(value).encode(), "application/json"
    return None, _text(value).encode(), "text/plain; charset=utf-8"


def form_parts(name: str, value: Any) -> RequestFiles:
    """Returns a value as parts of multipart/form-data: one for each item of an array, and none for null."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [(name, form_field(item)) for item in items]


def form_types(files: RequestFiles, media_types: Mapping[str, str]) -> RequestFiles:
    """Returns the parts of a form with other media types, unless a file has one that its caller gave it."""
    found: RequestFiles = []
    for name, (filename, content, media_type, *_) in files:
        is_given = filename is not None and media_type != OCTET_STREAM
        found.append((name, (filename, content, media_type if is_given else media_types.get(name, media_type))))
    return found


def _text(value: Any) -> str:
    """Returns text as it is, and anything else as JSON."""
    plain = value if isinstance(value, _JSON_TYPES) else _plain(value)
    return str(plain) if isinstance(plain, str) else json.dumps(plain, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # or a date-time
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if hasattr(value, "to_dict"):
        return value.to_dict()
    raise TypeError(f"a form cannot hold {type(value).__name__}")
