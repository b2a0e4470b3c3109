# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""HTTP/1.1 over one socket (RFC 9112), with the grammar of h11 and the errors of httpx."""

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn, TypeAlias, TypeVar

import httpx

_PORTS = {"http": 80, "https": 443}
_LONGEST_HEAD = 64 * 1024
_PIECE = 64 * 1024
# The end of a head comes with the beginning of the body, and each byte that is not received in place is copied.
_FIRST = 16 * 1024

_TOKEN = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(_TOKEN + rb" [\x21-\x7e]+ HTTP/1\.1")
_VISIBLE = rb"[\x21-\x7e\x80-\xff]"
_REQUEST_FIELD = re.compile(rb"%b: (?:%b(?:[\t\x20-\x7e\x80-\xff]*%b)?)?" % (_TOKEN, _VISIBLE, _VISIBLE))
_HEAD_END = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"(HTTP/1\.[01]) ([1-9][0-9]{2})(?: ([^\0\r\n\f\v]*))?\r?\n")
_FIELD = re.compile(rb"^(" + _TOKEN + rb"):[ \t]*([^\0\r\n\f\v]*)\r?\n", re.MULTILINE)
_FOLD = re.compile(rb"\r?\n[ \t]+")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?")


Origin: TypeAlias = tuple[str, str, int]

_What = TypeVar("_What")
_Received = TypeVar("_Received", bytes, int)


class Waits:
    """How long a request may wait: in each phase as httpx has it, and never beyond its deadline.

    The deadline is what `time.monotonic` will say then. It is looked up for each wait, so that it can be moved.
    """

    def __init__(self, extensions: Mapping[str, Any]) -> None:
        self._extensions = extensions

    def seconds(self, phase: str) -> float | None:
        """Returns how long the next wait may be; None is for ever. Raises TimeoutError when there is no time left."""
        seconds: float | None = self._extensions.get("timeout", {}).get(phase)
        deadline: float | None = self._extensions.get("deadline")
        if deadline is not None:
            left = deadline - time.monotonic()
            seconds = left if seconds is None else min(seconds, left)
        # A socket would take nothing for not to wait, and call it another error.
        if seconds is not None and seconds <= 0:
            raise TimeoutError("timed out")
        return seconds


class Head(NamedTuple):
    """What comes before the body of an answer."""

    version: bytes
    status_code: int
    reason: bytes
    headers: list[tuple[bytes, bytes]]

    def values(self, name: bytes) -> list[bytes]:
        """The values of all headers of a name, and in a list of values each one."""
        found = [value for field, value in self.headers if field.lower() == name]
        return [part.strip().lower() for value in found for part in value.split(b",")]


def origin(url: httpx.URL) -> Origin:
    """Returns which server the URL is of: scheme, host and port. Raises httpx.UnsupportedProtocol for another scheme."""
    if url.scheme not in _PORTS:
        raise httpx.UnsupportedProtocol(f"the URL begins with {url.scheme!r}, not with http or https")
    return url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]


def connect(server: Origin, context: ssl.SSLContext | None, waits: Waits) -> socket.socket:
    """Returns a connection to the server, which is secured if there is a context.

    Raises:
        httpx.ConnectTimeout: The server did not take it in time.
        httpx.ConnectError: There is no such server, it refused, or its certificate is not to be trusted.
    """
    _, host, port = server
    try:
        line = _connect(host, port, waits)
        try:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is None:
                return line
            line.settimeout(waits.seconds("connect"))
            context.set_alpn_protocols(["http/1.1"])
            return context.wrap_socket(line, server_hostname=host)
        except BaseException:
            line.close()
            raise
    except TimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except (OSError, ValueError) as error:  # the second for a name that no host can have
        raise httpx.ConnectError(str(error)) from error


def _connect(host: str, port: int, waits: Waits) -> socket.socket:
    """Does what `socket.create_connection` does, which would wait for each address as long as for one."""
    failure: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(waits.seconds("connect"))
            line.connect(address)
        except OSError as error:
            line.close()
            failure = error
        except BaseException:
            line.close()
            raise
        else:
            return line
    raise failure or OSError(f"{host} has no address")


class Connection:
    """A connection, over which requests go one after the other.

    When the body of an answer is closed, `release` is called with the connection.
    """

    def __init__(self, line: socket.socket, release: Callable[["Connection"], None]) -> None:
        self._line = line
        self._release = release
        self._received = bytearray()
        self._waits = Waits({})
        self.may_go_on = True

    def is_quiet(self) -> bool:
        """Whether it can be used again: all was read, and the server has neither hung up nor sent anything since.

        What came unasked would be taken for the next answer.
        """
        if not self.may_go_on or self._received:
            return False
        self._line.settimeout(0)
        try:
            self._line.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            pass
        return False

    def close(self) -> None:
        self._line.close()

    def hang_up(self) -> None:
        """Ends it while another thread uses it, which is the one to close it.

        Closed here, its number could be another file's before that thread has noticed.
        """
        with suppress(OSError):
            # An SSLSocket's own method would have that thread go on without decrypting.
            socket.socket.shutdown(self._line, socket.SHUT_RDWR)

    def exchange(self, request: httpx.Request) -> tuple[Head, "Body"]:
        """Sends a request, and returns the head of the answer and its body, which has not been received.

        Raises:
            httpx.LocalProtocolError: The request cannot be sent as it is.
            httpx.RemoteProtocolError: The answer is not HTTP/1, or the server hung up before its head was there.
            httpx.NetworkError, httpx.TimeoutException: The connection failed.
        """
        self._waits = Waits(request.extensions)
        try:
            self._send(request)
        except httpx.WriteError:
            # A server that does not want all of a request may have said why before it hung up.
            self.may_go_on = False
        head = self._receive_head()
        if head.version == b"HTTP/1.0" or b"close" in head.values(b"connection"):
            self.may_go_on = False
        return head, self._body(request.method, head)

    def done(self, is_whole: bool) -> None:
        """Gives the connection back. Without the whole body, the rest of it would be taken for the next answer."""
        self.may_go_on = self.may_go_on and is_whole
        self._release(self)

    def some(self, most: int) -> bytes:
        """Returns what there is of the next bytes, and at least one."""
        if self._received:
            return self._take(most)
        return self._receive(self._line.recv, most) or _broken_off()

    def some_into(self, buffer: memoryview) -> int:
        """Receives what there is of the next bytes, and at least one. Returns how many those were."""
        if not self._received:
            received = self._receive(self._line.recv_into, buffer) or _broken_off()
            return received + self._records_into(buffer[received:])
        piece = self._take(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def _records_into(self, buffer: memoryview) -> int:
        """Receives what is there without waiting: of TLS, each call brings a record of 16 KiB at the most."""
        received = 0
        if isinstance(self._line, ssl.SSLSocket):
            self._line.settimeout(0)
            with suppress(OSError):  # whatever it is, the next one to wait will find it
                while received < len(buffer) and (size := self._line.recv_into(buffer[received:])):
                    received += size
        return received

    def _send(self, request: httpx.Request) -> None:
        framing = Framing(request)
        if framing.is_last:
            self.may_go_on = False
        self._write(request_head(request))
        assert isinstance(request.stream, httpx.SyncByteStream)
        for piece in request.stream:
            self._write(framing.framed(piece))
        self._write(framing.end())

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                self._line.settimeout(self._waits.seconds("write"))
                rest = rest[self._line.send(rest) :]
        except TimeoutError as error:
            raise httpx.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpx.WriteError(str(error)) from error

    def _receive(self, receive: Callable[[_What], _Received], what: _What) -> _Received:
        try:
            self._line.settimeout(self._waits.seconds("read"))
            return receive(what)
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error

    def _receive_head(self) -> Head:
        limit = _LONGEST_HEAD
        while True:
            while not (end := _HEAD_END.search(self._received)):
                if len(self._received) > limit:
                    raise httpx.RemoteProtocolError(f"the head of the answer is longer than {_LONGEST_HEAD} bytes")
                piece = self._receive(self._line.recv, _FIRST)
                if not piece:
                    raise httpx.RemoteProtocolError("the server hung up without an answer")
                self._received += piece
            head = _head(self._take(end.end()))
            if head.status_code >= 200:
                return head
            if head.status_code == 101:
                raise httpx.RemoteProtocolError("the server changes the protocol, which nobody asked for")
            limit -= end.end()  # interim answers could go on for ever

    def _body(self, method: str, head: Head) -> "Body":
        """RFC 9112, section 6.3."""
        if method == "HEAD" or head.status_code in (204, 304):
            return Body(self, 0)
        encodings, lengths = head.values(b"transfer-encoding"), head.values(b"content-length")
        if encodings:
            if encodings != [b"chunked"]:
                raise httpx.RemoteProtocolError("the answer has a Transfer-Encoding other than chunked")
            if lengths:
                self.may_go_on = False  # where this answer ends, others may see it otherwise (section 6.1)
            return Body(self, None, self._chunks())
        if lengths:
            if len(set(lengths)) > 1 or not lengths[0].isdigit() or len(lengths[0]) > 20:
                raise httpx.RemoteProtocolError("the answer has an invalid Content-Length, or more than one")
            return Body(self, int(lengths[0]))
        self.may_go_on = False
        return Body(self, None, self._until_the_end())

    def _chunks(self) -> Iterator[bytes]:
        """RFC 9112, section 7.1."""
        while size := self._chunk_size():
            while size:
                piece = self.some(min(size, _PIECE))
                size -= len(piece)
                yield piece
            if self._text():
                raise httpx.RemoteProtocolError("a chunk of the answer is longer than it says")
        trailers = b""
        while trailer := self._text():
            trailers += trailer + b"\r\n"
            if len(trailers) > _LONGEST_HEAD:
                raise httpx.RemoteProtocolError(f"the trailers of the answer are longer than {_LONGEST_HEAD} bytes")
        _fields(trailers + b"\r\n")  # what is none could be the beginning of another answer

    def _chunk_size(self) -> int:
        found = _CHUNK.fullmatch(self._text())
        if not found:
            raise httpx.RemoteProtocolError("a chunk of the answer does not say how long it is")
        return int(found[1], 16)

    def _text(self) -> bytes:
        """Returns the next line."""
        while (end := self._received.find(b"\r\n")) < 0:
            if len(self._received) > _LONGEST_HEAD:
                raise httpx.RemoteProtocolError(f"the answer has a line that is longer than {_LONGEST_HEAD} bytes")
            self._received += self._receive(self._line.recv, _FIRST) or _broken_off()
        return self._take(end + 2)[:-2]

    def _until_the_end(self) -> Iterator[bytes]:
        if self._received:
            yield self._take(len(self._received))
        while piece := self._receive(self._line.recv, _PIECE):
            yield piece

    def _take(self, most: int) -> bytes:
        taken = bytes(self._received[:most])
        del self._received[:most]
        return taken


class Body(httpx.SyncByteStream):
    """The body of an answer: the next `left` bytes, or else what is cut into pieces by other rules."""

    def __init__(self, connection: Connection, left: int | None, pieces: Iterator[bytes] = iter(())) -> None:
        self._connection = connection
        self._left = left
        self._pieces = pieces
        self._is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        if self._left is None:
            yield from self._pieces
            self._left = 0
        while self._left:
            piece = self._connection.some(min(self._left, _PIECE))
            self._left -= len(piece)
            yield piece

    @property
    def is_sized(self) -> bool:
        return self._left is not None

    def readinto(self, buffer: memoryview) -> int:
        """Receives what there is of a body of known size, and returns how many bytes; 0 is the end."""
        assert self._left is not None
        received = self._connection.some_into(buffer[: self._left]) if self._left else 0
        self._left -= received
        return received

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._connection.done(self._left == 0)


class Framing:
    """How the body of a request goes over the wire: as long as its headers say, or in chunks (RFC 9112, section 6)."""

    def __init__(self, request: httpx.Request) -> None:
        headers = {name.lower(): value for name, value in request.headers.raw}
        length = headers.get(b"content-length", b"0")
        self._left = int(length) if length.isdigit() else -1
        self._is_chunked = b"transfer-encoding" in headers
        self.is_last = b"close" in headers.get(b"connection", b"").lower()

    def framed(self, piece: bytes) -> bytes:
        """Returns what is sent for a piece. Raises httpx.LocalProtocolError when it is more than was announced."""
        if self._is_chunked:
            return b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
        self._left -= len(piece)
        if self._left < 0:
            raise httpx.LocalProtocolError("Too much data for declared Content-Length")
        return piece

    def end(self) -> bytes:
        """Returns what is sent at the end. Raises httpx.LocalProtocolError when less came than was announced."""
        if self._left and not self._is_chunked:
            raise httpx.LocalProtocolError("Too little data for declared Content-Length")
        return b"0\r\n\r\n" if self._is_chunked else b""


def request_head(request: httpx.Request) -> bytes:
    """Returns all of a request that comes before its body.

    Raises:
        httpx.LocalProtocolError: It holds what could end a line, or the request, before its end.
    """
    start = b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)
    # The host comes first (RFC 9110, section 7.2).
    headers = sorted(request.headers.raw, key=lambda field: field[0].lower() != b"host")
    fields = [b"%b: %b" % field for field in headers]
    # Each by itself: in a whole head, a value with a line break would pass for two headers.
    if not _REQUEST_LINE.fullmatch(start) or not all(map(_REQUEST_FIELD.fullmatch, fields)):
        raise httpx.LocalProtocolError("the request has a character that no method, URL or header may have")
    return b"\r\n".join([start, *fields, b"", b""])


def _head(received: bytes) -> Head:
    start = _STATUS_LINE.match(received)
    if not start:
        raise httpx.RemoteProtocolError("the answer does not begin as one of HTTP/1")
    return Head(start[1], int(start[2]), start[3] or b"", _fields(received[start.end() :]))


def _fields(received: bytes) -> list[tuple[bytes, bytes]]:
    lines = _FOLD.sub(b" ", received)
    fields = [(name, value.rstrip(b" \t")) for name, value in _FIELD.findall(lines)]
    if len(fields) != lines.count(b"\n") - 1:  # the last one is empty
        raise httpx.RemoteProtocolError("the answer has a header that is none")
    return fields


def _broken_off() -> NoReturn:
    raise httpx.RemoteProtocolError("the server hung up before the end of the body")
