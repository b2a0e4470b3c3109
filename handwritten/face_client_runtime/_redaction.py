"""Redacts the secrets of a request: in its response, which some gateways write them to, and in its URL."""

import html
import logging
import re
from collections.abc import Collection, Iterator
from urllib.parse import quote, unquote_plus

import httpx

# An extension of a request: the names of the query parameters and cookies that contain a secret.
SECRET_PARAMETERS = "secret_parameters"  # noqa: S105

_REDACTED = b"[redacted]"
_ESCAPE = re.compile(rb"\\u00([0-9a-fA-F]{2})|\\/")  # two of JSON's ways to write a character
MIN_PART = 4  # characters; a shorter beginning of a secret is not redacted


class Secrets:
    """The values of a request's secret headers, whose names are given in lower case, and of its secret parameters."""

    __slots__ = ("_values",)

    def __init__(self, request: httpx.Request, names: frozenset[bytes]) -> None:
        values = [value.rpartition(b" ")[2] for name, value in request.headers.raw if name.lower() in names]
        values += [value.encode() for value in _secret_values(request)]
        self._values = list(filter(None, values))

    def redact_head(self, response: httpx.Response) -> None:
        """Redacts the headers, and drops the reason phrase, which clients should ignore (RFC 9112, section 4)."""
        response.extensions.pop("reason_phrase", None)
        fields = response.headers.raw
        head = b"\n".join([part for field in fields for part in field])
        if any(secret in head for secret in self._values):
            response.headers = httpx.Headers([(self._replaced(name), self._replaced(value)) for name, value in fields])

    def redacted(self, content: bytes) -> bytes:
        """Returns an error body without the secrets."""
        content = self._redacted(content)
        # Without the zeros of UTF-16 and UTF-32, which a reader of JSON detects.
        plain = content.replace(b"\0", b"")
        unescaped = _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()) if found[1] else b"/", plain)
        redacted = self._redacted(unescaped)
        return content if redacted == unescaped else redacted

    def _redacted(self, content: bytes) -> bytes:
        return self._without_beginning(self._replaced(content))

    def _without_beginning(self, content: bytes) -> bytes:
        """Redacts the beginning of a secret at the end of a body, which may have been cut there."""
        for secret in self._values:
            for size in range(len(secret) - 1, MIN_PART, -1):
                if content.endswith(secret[:size]):
                    return content[:-size] + _REDACTED
        return content

    def _replaced(self, content: bytes) -> bytes:
        for secret in self._values:
            text = secret.decode("latin-1")
            for encoded in {secret, quote(text, safe="").encode(), html.escape(text).encode()}:
                content = content.replace(encoded, _REDACTED)
        return content


def _secret_values(request: httpx.Request) -> Iterator[str]:
    """Yields the values of the secret query parameters and cookies, as they are sent and decoded."""
    names = request.extensions.get(SECRET_PARAMETERS)
    if not names:
        return
    pairs = request.url.query.decode().split("&")
    pairs += [cookie for field in request.headers.get_list("cookie") for cookie in field.split(";")]
    for pair in pairs:
        name, _, value = pair.strip().partition("=")
        if unquote_plus(name) in names:
            yield from {value, unquote_plus(value)}


def redacted_url(request: httpx.Request) -> httpx.URL:
    """Returns the URL of a request, without the values of its secret query parameters."""
    return _without(request.url, request.extensions.get(SECRET_PARAMETERS, ()))


def redact_log(names: Collection[str]) -> None:
    """Redacts the query parameters of these names where httpx logs a URL."""
    _log_filter.names |= set(names)
    if names:
        logging.getLogger("httpx").addFilter(_log_filter)


class _LogFilter(logging.Filter):
    """Filters the record of each request, which has its URL as an argument."""

    names: set[str] = set()  # noqa: RUF012

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                _without(each, self.names) if isinstance(each, httpx.URL) else each for each in record.args
            )
        return True


_log_filter = _LogFilter()


def _without(url: httpx.URL, names: Collection[str]) -> httpx.URL:
    pairs = url.query.decode().split("&")
    keys = [pair.partition("=")[0] for pair in pairs]
    if not any(unquote_plus(key) in names for key in keys):
        return url
    shown = [f"{key}=[redacted]" if unquote_plus(key) in names else pair for key, pair in zip(keys, pairs, strict=True)]
    return url.copy_with(query="&".join(shown).encode())
