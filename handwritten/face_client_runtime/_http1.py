"""HTTP/1.1 messages (RFC 9112): validation of requests, and parsing of responses with llhttp."""

import re
from collections import deque
from typing import Any

import httpcore
from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpResponseParser

MAX_HEAD = 100 * 1024  # bytes of headers or trailers, as in httpcore

_TOKEN = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(_TOKEN + rb" [\x21-\x7e]+")
_FIELD = re.compile(_TOKEN + rb": (?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")


def request_head(request: httpcore.Request) -> bytes:
    """Returns the request line and the headers. Raises LocalProtocolError for an invalid character."""
    line = b"%b %b" % (request.method, request.url.target)
    if not _REQUEST_LINE.fullmatch(line) or not all(map(_FIELD.fullmatch, map(b": ".join, request.headers))):
        raise httpcore.LocalProtocolError("the method, the URL or a header has an invalid character")
    return b"\r\n".join([line + b" HTTP/1.1", *map(b": ".join, request.headers), b"", b""])


def framing(request: httpcore.Request) -> tuple[bool, int, bool]:
    """Returns whether the body is chunked, its Content-Length, and whether the connection can be kept alive."""
    # No others: if sending the body raises, a traceback with locals would show the key.
    names = b"transfer-encoding", b"content-length", b"connection"
    values = {name: value for field, value in request.headers if (name := field.lower()) in names}
    encoding, length, connection = (values.get(name, b"") for name in names)
    return bool(encoding), int(length or 0), b"close" not in connection.lower()


class ResponseParser:
    """Parses one response. If the length of the body is known, `left` is the number of bytes to receive unparsed."""

    def __init__(self, method: bytes) -> None:
        self._is_head = method == b"HEAD"
        self._parser: Any = HttpResponseParser(self)
        self._size = 0
        self._beginning = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._is_framed = False
        self.head: tuple[bytes, int, list[tuple[bytes, bytes]]] | None = None
        self.left: int | None = None
        self.chunks: deque[bytes] = deque()
        self.failure: Exception | None = None  # to be raised after the chunks
        self.is_complete = False
        self.keep_alive = False

    def feed(self, data: bytes) -> None:
        """Parses data from the server. Raises RemoteProtocolError if it is not an HTTP/1.x response."""
        if not data or self._parser is None:
            self.count(len(data))
            return self.chunks.append(data)
        self._size += len(data)
        self._beginning = (self._beginning + data[:5])[:5]
        if not b"HTTP/".startswith(self._beginning):  # llhttp also accepts RTSP and ICE
            raise httpcore.RemoteProtocolError("malformed response: it does not start with HTTP/")
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if isinstance(error, HttpParserCallbackError) and error.__context__:
                raise error.__context__ from None
            reason = "protocol upgrade" if isinstance(error, HttpParserUpgrade) else error
            if self.head is None:
                raise httpcore.RemoteProtocolError(f"malformed response: {reason}") from None
            if not self.is_complete:
                self.failure = httpcore.RemoteProtocolError(f"malformed response: {reason}")
            self.keep_alive = False  # invalid data after a complete response
        if self._size > MAX_HEAD and not self.is_complete:
            raise httpcore.RemoteProtocolError(f"malformed response: the headers exceed {MAX_HEAD} bytes")
        if self.left is not None:
            self.close()
        return None

    def count(self, size: int) -> None:
        """Counts received bytes of the body; 0 means end of file. Raises RemoteProtocolError if it is incomplete."""
        if not size and self.head is None:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        if not size and self._is_framed:
            raise httpcore.RemoteProtocolError("the connection was closed before the end of the body")
        self.left = (self.left or 0) - size
        self.is_complete = self.left == 0

    def close(self) -> None:
        self._parser = None  # it refers back to this object

    def on_message_begin(self) -> None:
        self._headers = []
        if self.is_complete:
            self.keep_alive = False  # a second response to one request

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head is None:  # trailers are dropped
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        status, version = self._parser.get_status_code(), self._parser.get_http_version()
        if self.is_complete or 100 <= status < 200:
            return
        headers = [(name.lower(), value) for name, value in self._headers]
        # Not a tab, which llhttp takes for a part of the name, so that the chunks would be the body.
        encodings = [value.lower().rstrip(b" ") for name, value in headers if name == b"transfer-encoding"]
        lengths = [int(value) for name, value in headers if name == b"content-length"]
        if version not in ("1.0", "1.1"):
            raise httpcore.RemoteProtocolError("malformed response: the version is not HTTP/1.x")
        if encodings not in ([], [b"chunked"]):
            raise httpcore.RemoteProtocolError("malformed response: unsupported Transfer-Encoding")
        self._is_framed = bool(encodings or lengths)
        self.keep_alive = self._parser.should_keep_alive()
        self.left = 0 if self._is_head or status in (204, 304) else lengths[0] if lengths else None
        self.is_complete = self.left == 0
        fields = [(name, value.rstrip(b" \t")) for name, value in self._headers]  # RFC 9110, section 5.5
        self.head = (b"HTTP/" + version.encode(), status, fields)

    def on_body(self, data: bytes) -> None:
        self._size = 0
        if self.is_complete:
            self.keep_alive = False
            return
        self.chunks.append(data)
        if self.left is not None:
            self.count(len(data))

    def on_message_complete(self) -> None:
        self.is_complete = self.head is not None
