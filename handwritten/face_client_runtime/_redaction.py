"""Redacts the secrets of a request in its response: some gateways send the request back."""

import html
import re
from urllib.parse import quote

import httpx

_REDACTED = b"[redacted]"
_ESCAPE = re.compile(rb"\\u00([0-9a-fA-F]{2})|\\/")  # two of JSON's ways to write a character
MIN_PART = 4  # characters; a shorter beginning of a secret is not redacted


class Secrets:
    """The values of a request's secret headers, whose names are given in lower case."""

    __slots__ = ("_values",)

    def __init__(self, request: httpx.Request, names: frozenset[bytes]) -> None:
        values = [value.rpartition(b" ")[2] for name, value in request.headers.raw if name.lower() in names]
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
