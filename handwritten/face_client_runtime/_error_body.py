"""Parses the error bodies of Azure services, and of others.

Sources: "Error condition responses" of the Microsoft REST API guidelines,
https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md#handling-errors; RFC 9457, section 3.1
(problem details); RFC 6749, section 5.2 (OAuth 2.0); JSON:API 1.1, "Error Objects"; the errors of FastAPI.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from attrs import frozen

_CODE, _MESSAGE = (re.compile(rf'"{name}"\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*")') for name in ("code", "message"))

_NAME = re.compile(r"[\w.:/-]+")


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
    omit the outer object, and then other formats are read, too. If the body is not valid JSON, the first code and the
    first message in it are returned.
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
    if isinstance(body, dict) and not isinstance(body.get("error"), dict):
        other_code, other_message = _of_other_formats(body)
        code, message = code or other_code, message or other_message
        details += [*_details(body.get("detail")), *_details(body.get("errors"))]
    return code, message, tuple(details)


def _of_other_formats(body: dict[str, Any]) -> tuple[str | None, str | None]:
    """Returns the code and the message of problem details, an OAuth error or a plain text."""
    texts = list(filter(None, (_text(body, "title"), _text(body, "detail"))))
    problem = _text(body, "type") if texts else None
    error = _text(body, "error")
    is_code = error is not None and (_NAME.fullmatch(error) is not None or "error_description" in body)
    code = error if is_code else problem if problem != "about:blank" else None
    plain = None if is_code else error
    return code, _text(body, "error_description") or ": ".join(texts) or plain


def _details(errors: Any) -> Iterator[ErrorDetail]:
    """Yields the errors of a list, or of an object with the names of fields."""
    if isinstance(errors, dict):
        for field, messages in errors.items():
            for message in messages if isinstance(messages, list) else [messages]:
                yield ErrorDetail(None, _text({"message": message}, "message"), printable(field))
    for error in errors if isinstance(errors, list) else ():
        each = error if isinstance(error, dict) else {"message": error}
        yield ErrorDetail(
            _first(each, "code", "type"), _first(each, "message", "msg", "detail", "title"), _target(each)
        )


def _target(error: dict[str, Any]) -> str | None:
    place, source = error.get("loc"), error.get("source")
    if isinstance(place, list):
        return printable(".".join(map(str, place)))
    return _first({**error, **(source if isinstance(source, dict) else {})}, "target", "field", "pointer", "parameter")


def _first(error: dict[str, Any], *names: str) -> str | None:
    return next(filter(None, (_text(error, name) for name in names)), None)


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
