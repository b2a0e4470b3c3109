"""A server on loopback that records requests, and the comparison of two of them."""

import email.policy
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tools.foreign_documents.reading import Answer
from tools.foreign_documents.values import same


@dataclass(frozen=True)
class Request:
    """A request as it arrived, with the names of its headers in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type of the body, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def path(self) -> list[str]:
        """The decoded segments of the path."""
        return [unquote(part) for part in urlsplit(self.target).path.split("/")]

    @property
    def query(self) -> list[list[str]]:
        """The names and values of the query, sorted by name."""
        return _pairs(urlsplit(self.target).query)

    @property
    def content(self) -> Any:
        """The body as JSON, or as the fields of a form, or as bytes."""
        if "json" in self.media_type:
            return json.loads(self.body)
        if self.media_type == "application/x-www-form-urlencoded":
            return _pairs(self.body.decode())
        if self.media_type == "multipart/form-data":
            head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
            return sorted(map(list, _fields(head + self.body)), key=lambda field: (field[0], str(field[1])))
        return self.body


def _pairs(query: str) -> list[list[str]]:
    return [[name, value] for name, value in sorted(parse_qsl(query, keep_blank_values=True))]


def _fields(message: bytes) -> Iterator[tuple[str, Any]]:
    for part in BytesParser(policy=email.policy.HTTP).parsebytes(message).iter_parts():
        content: Any = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        # The order of a JSON object's members does not matter.
        yield str(name), json.loads(content) if content.startswith(b"{") else content.decode(errors="surrogateescape")


def compare(sent: Request, expected: Request, headers: Iterable[str]) -> None:
    """Raises ValueError, with the first part in which the two requests differ."""
    pairs = {part: (getattr(sent, part), getattr(expected, part)) for part in _PARTS}
    pairs |= {f"header {name}": (sent.headers.get(name), expected.headers.get(name)) for name in (*headers, "cookie")}
    for part, (one, other) in pairs.items():
        if not same(one, other):
            raise ValueError(f"{part}: {one!r:.90}, not {other!r:.90}")


_PARTS = ("method", "path", "query", "media_type", "content")


class Recorder:
    """A server that keeps the requests, and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer = Answer(204)
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def __getattr__(self, name: str) -> Callable[[], None]:
                if name.startswith("do_"):  # whatever the method is
                    return self._record
                raise AttributeError(name)

            def _record(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                chunked = headers.get("transfer-encoding") == "chunked"
                body = b"".join(self._chunks()) if chunked else self.rfile.read(int(headers.get("content-length", 0)))
                recorder.requests.append(Request(self.command, self.path, headers, body))
                answer = recorder.answer
                self.send_response(answer.status)
                if answer.media_type:
                    self.send_header("Content-Type", answer.media_type)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            def _chunks(self) -> Iterator[bytes]:
                while size := int(self.rfile.readline(), 16):
                    yield self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self) -> Request:
        """Returns the only request since the last time.

        Raises:
            ValueError: There were none, or several.
        """
        if len(self.requests) != 1:
            raise ValueError(f"{len(self.requests)} requests arrived, not one")
        return self.requests.pop()
