"""Parses the error bodies of Azure services.

Source: "Error condition responses" of the Microsoft REST API guidelines,
https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md#handling-errors.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from attrs import frozen

_CODE, _MESSAGE = (re.compile(rf'"{name}"\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*")') for name in ("code", "message"))


@frozen
class ErrorDetail:
    """One of several errors that led to an error response.

    Attributes:
        code: The error code, or None.
        message: What went wrong, or None.
        target: The part of the request that caused the error, or None.
    """

    code: str | None
    message: str | None
    target: str | None

    def __str__(self) -> str:
        name = " ".join(filter(None, (self.code, self.target and f"({self.target})")))
        return ": ".join(filter(None, (name, self.message)))


def printable(text: str) -> str:
    """Returns the text with control characters escaped, so that a server cannot manipulate a terminal or a log."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def decoded(content: bytes) -> str:
    """Returns JSON as text; bytes that are invalid in its encoding become U+FFFD."""
    return content.decode(json.detect_encoding(content), errors="replace")


def error_details(content: bytes) -> tuple[str | None, str | None, tuple[ErrorDetail, ...]]:
    """Returns the code and the message of the innermost error, and the details of every error.

    Azure's format is `{"error": {"code": ..., "message": ..., "details": [...], "innererror": {...}}}`; some gateways
    omit the outer object. If the body is not valid JSON, the first code and the first message in it are returned.
    """
    text = decoded(content)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return _found(_CODE, text), _found(_MESSAGE, text), ()
    code = message = None
    details: list[ErrorDetail] = []
    for error in _nested(body.get("error", body) if isinstance(body, dict) else None):
        code, message = _text(error, "code") or code, _text(error, "message") or message
        given = error.get("details")
        items = given if isinstance(given, list) else []
        names = ("code", "message", "target")
        details += [ErrorDetail(*(_text(item, name) for name in names)) for item in items if isinstance(item, dict)]
    return code, message, tuple(details)


def _nested(error: Any) -> Iterator[dict[str, Any]]:
    while isinstance(error, dict):
        yield error
        error = error.get("innererror", error.get("innerError"))


def _text(error: dict[str, Any], name: str) -> str | None:
    value = error.get(name)
    is_text = isinstance(value, str) or (name == "code" and isinstance(value, int) and not isinstance(value, bool))
    return printable(str(value)) if is_text else None


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    try:
        return printable(json.loads(found[1], strict=False)) if found else None
    except ValueError:
        return None
