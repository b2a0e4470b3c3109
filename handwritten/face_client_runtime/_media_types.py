"""Media types, and which of the documented ones a response has."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

import httpx


def media_type_of(headers: httpx.Headers) -> str:
    """Returns the media type of a response without parameters, in lower case, or an empty text."""
    return str(headers.get("content-type", "")).partition(";")[0].strip().lower()


def is_documented(media_type: str, documented: Iterable[str]) -> bool:
    """Whether a media type is one of the documented ones, or in a documented range such as `text/*`."""
    return any(fnmatchcase(media_type, each) for each in documented)


def nearest(media_type: str, documented: Iterable[str]) -> str | None:
    """Returns the documented media type of a response: the same, or a range with it, or one of the same syntax.

    What is neither JSON nor text is a file, and so is JSON or text if nothing else is documented than files. An HTML
    page, which a proxy may have sent, is only what is documented to be one. Without a media type, it is the first, or a
    file. Returns None if there is no such type.
    """
    tests: tuple[Callable[[str], bool], ...] = (
        lambda each: each == media_type,
        lambda each: fnmatchcase(media_type, each),
        lambda each: _syntax(each) == _syntax(media_type),
        lambda each: _syntax(each) == "file" and _syntax(media_type) != "html",
        lambda _: not media_type,
    )
    return next((each for test in tests for each in documented if test(each)), None)


def _syntax(media_type: str) -> str:
    if media_type in ("application/json", "text/json") or media_type.endswith("+json"):
        return "json"
    if media_type in ("text/html", "application/xhtml+xml"):
        return "html"
    return "text" if media_type.startswith("text/") else "file"
