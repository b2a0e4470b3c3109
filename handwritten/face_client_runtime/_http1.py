"""The messages of HTTP/1.1 (RFC 9112): requests are checked and written, responses are parsed by llhttp."""

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
    """Returns the request line and the headers. Raises LocalProtocolError if one of them could pass for two."""
    line = b"%b %b" % (request.method, request.url.target)
    if not _REQUEST_LINE.fullmatch(line) or not all(_FIELD.fullmatch(b"%b: %b" % field) for field in request.headers):
        raise httpcore.LocalProtocolError("the method, the URL or a header has a character that is not allowed there")
    return b"\r\n".join([line + b" HTTP/1.1", *(b"%b: %b" % field for field in request.headers), b"", b""])


def header(request: httpcore.Request, name: bytes) -> bytes:
    """Returns the value of a header, or nothing."""
    return next((value for field, value in request.headers if field.lower() == name), b"")


class ResponseParser:
    """Parses one response. Of a body of known length, only what comes with the head: `left` is how much follows."""

    def __init__(self, method: bytes) -> None:
        self._is_head = method == b"HEAD"
        self._parser: Any = HttpResponseParser(self)
        self._size = 0
        self._beginning = b""
        self._reason = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._is_framed = False
        self.head: tuple[bytes, int, bytes, list[tuple[bytes, bytes]]] | None = None
        self.left: int | None = None
        self.pieces: deque[bytes] = deque()
        self.failure: Exception | None = None  # what the rest of the body is
        self.is_complete = False
        self.keep_alive = False

    def feed(self, data: bytes) -> None:
        """Takes what the server has sent. Raises RemoteProtocolError if that is not a response of HTTP/1.x."""
        if not data or self._parser is None:
            self.count(len(data))
            return self.pieces.append(data)
        self._size += len(data)
        if self.head is None and not self._begins_as_http(data):
            raise httpcore.RemoteProtocolError("malformed response: it does not begin with HTTP/")
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if isinstance(error, HttpParserCallbackError) and error.__context__:
                raise error.__context__ from None
            reason = "it changes the protocol" if isinstance(error, HttpParserUpgrade) else error
            if self.head is None:
                raise httpcore.RemoteProtocolError(f"malformed response: {reason}") from None
            if not self.is_complete:
                self.failure = httpcore.RemoteProtocolError(f"malformed response: {reason}")
            self.keep_alive = False  # what follows a complete response is nobody's
        if self._size > MAX_HEAD and not self.is_complete:
            raise httpcore.RemoteProtocolError(f"malformed response: headers of more than {MAX_HEAD} bytes")
        if self.left is not None:
            self.close()
        return None

    def _begins_as_http(self, data: bytes) -> bool:
        """llhttp takes RTSP and ICE as well."""
        self._beginning = (self._beginning + data)[:5]
        return b"HTTP/".startswith(self._beginning)

    def count(self, size: int) -> None:
        """Counts bytes of the body; none is the end of the connection. Raises RemoteProtocolError if it comes early."""
        if not size and self.head is None:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        if not size and self._is_framed:
            raise httpcore.RemoteProtocolError("the connection was closed before the end of the body")
        self.left = (self.left or 0) - size
        self.is_complete = self.left == 0

    def close(self) -> None:
        self._parser = None  # it refers back to this object

    def on_message_begin(self) -> None:
        self._reason, self._headers = b"", []
        if self.is_complete:
            self.keep_alive = False  # a second response, which nobody asked for

    def on_status(self, reason: bytes) -> None:
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head is None:  # trailers are dropped
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        status, version = self._parser.get_status_code(), self._parser.get_http_version()
        if self.is_complete or 100 <= status < 200:
            return
        headers = [(name.lower(), value) for name, value in self._headers]
        encodings = [value.lower() for name, value in headers if name == b"transfer-encoding"]
        lengths = [int(value) for name, value in headers if name == b"content-length"]
        if version not in ("1.0", "1.1"):
            raise httpcore.RemoteProtocolError("malformed response: the version is not HTTP/1.x")
        if encodings not in ([], [b"chunked"]):
            raise httpcore.RemoteProtocolError("malformed response: a Transfer-Encoding other than chunked")
        self._is_framed = bool(encodings or lengths)
        self.keep_alive = self._parser.should_keep_alive()
        self.left = 0 if self._is_head or status in (204, 304) else lengths[0] if lengths else None
        self.is_complete = self.left == 0
        self.head = (b"HTTP/" + version.encode(), status, self._reason, self._headers)

    def on_body(self, data: bytes) -> None:
        self._size = 0
        if self.is_complete:
            self.keep_alive = False
            return
        self.pieces.append(data)
        if self.left is not None:
            self.count(len(data))

    def on_message_complete(self) -> None:
        self.is_complete = self.head is not None
