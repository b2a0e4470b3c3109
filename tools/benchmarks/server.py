"""The server: sends prepared responses over http and https, with a thread for each connection.

It is a separate process that listens on loopback and prints its two ports as one line of JSON. It stops when its
standard input is closed, also by the end of the parent process, or after a maximum time or number of requests.
"""

import argparse
import json
import os
import select
import socket
import ssl
import sys
import threading
import time
from contextlib import suppress
from typing import NamedTuple

from tools.benchmarks.payload import Picture, picture, pieces

KEY = "benchmark-key"
_KEY_HEADER = f"\r\nocp-apim-subscription-key: {KEY}\r\n".encode()
# The path of v1.2, and that of the preview that the official SDK calls.
_PATHS = ("/face/v1.2/sessionImages/", "/face/v1.2-preview.1/session/sessionImages/")
_STATISTICS = b"/statistics"
_LONGEST_HEAD = 65536
_HEADERS = "apim-request-id: 4dd6ce1b-62d6-4d2c-9e2b-d6f3a4f6d2a7\r\nx-content-type-options: nosniff\r\n"


class _Answer(NamedTuple):
    """The buffers of a response, to be sent after the delay."""

    buffers: tuple[bytes | memoryview, ...]
    delay: float = 0


def _head(status: str, media_type: str, length: int) -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n{_HEADERS}"
        "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n\r\n"
    ).encode()


def _answer_with(asked: Picture) -> _Answer:
    head = _head("200 OK", "application/octet-stream", asked.size)
    buffers: list[bytes | memoryview] = list(pieces(asked.size))
    if asked.is_damaged:
        buffers[-1] = bytes(buffers[-1][:-1]) + bytes([buffers[-1][-1] ^ 1])
    # In one segment with the beginning of the body, as by good servers.
    buffers[:1] = [head + b"".join(buffers[:1])]
    return _Answer(tuple(buffers), asked.delay_ms / 1000)


def _refusal(status: str, code: str) -> _Answer:
    body = json.dumps({"error": {"code": code, "message": f"The benchmark's server says {code}."}}).encode()
    return _Answer((_head(status, "application/json", len(body)) + body,))


class Server:
    """Listens on two ports of loopback, and counts requests."""

    def __init__(self, certificate: str | None = None, most_requests: int = 5_000_000) -> None:
        self._answers: dict[bytes, _Answer] = {}
        self._lock = threading.Lock()
        self._requests = 0
        self._most_requests = most_requests
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._context.load_cert_chain(certificate)
        self.is_used_up = threading.Event()
        self.port = self._listen(None)
        self.tls_port = self._listen(self._context) if self._context else None

    def _listen(self, context: ssl.SSLContext | None) -> int:
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        threading.Thread(target=self._accept, args=(listener, context), daemon=True).start()
        port: int = listener.getsockname()[1]
        return port

    def _accept(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection, context), daemon=True).start()

    def _serve(self, connection: socket.socket, context: ssl.SSLContext | None) -> None:
        # A client can disconnect at any time, even during a handshake.
        with suppress(OSError), context.wrap_socket(connection, server_side=True) if context else connection as line:
            received = b""
            while not self.is_used_up.is_set():
                head, end, rest = received.partition(b"\r\n\r\n")
                if end:
                    received = rest
                    self._reply(line, head + b"\r\n")
                    continue
                chunk = line.recv(_LONGEST_HEAD)
                if not chunk or len(received) > _LONGEST_HEAD:
                    return
                received += chunk

    def _reply(self, line: socket.socket, head: bytes) -> None:
        target = head.split(b" ", 2)[1]
        if target == _STATISTICS:
            line.sendall(self._statistics())
            return
        answer = self._answers.get(target) or self._prepare(target)
        # A contestant without a key is not measured.
        if _KEY_HEADER not in head.lower():
            answer = _refusal("401 Unauthorized", "401")
        if answer.delay:
            time.sleep(answer.delay)
        for buffer in answer.buffers:
            line.sendall(buffer)
        with self._lock:
            self._requests += 1
            if self._requests >= self._most_requests:
                self.is_used_up.set()

    def _prepare(self, target: bytes) -> _Answer:
        for path in _PATHS:
            asked = picture(target.decode("latin-1").removeprefix(path))
            if asked:
                return self._answers.setdefault(target, _answer_with(asked))
        return _refusal("404 Not Found", "SessionNotFound")

    def _statistics(self) -> bytes:
        body = json.dumps({"requests": self._requests, "cpu": time.process_time()}).encode()
        return _head("200 OK", "application/json", len(body)) + body


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.benchmarks.server", description="The benchmarks' server.")
    parser.add_argument("--certificate", help="PEM file with key and certificate; required for https")
    parser.add_argument("--seconds", type=float, default=3600, help="stop after this time (default %(default)s)")
    parser.add_argument("--requests", type=int, default=5_000_000, help="maximum number (default %(default)s)")
    arguments = parser.parse_args()
    server = Server(arguments.certificate, arguments.requests)
    print(json.dumps({"pid": os.getpid(), "port": server.port, "tls_port": server.tls_port}), flush=True)
    end = time.monotonic() + arguments.seconds
    while time.monotonic() < end and not server.is_used_up.is_set():
        readable, _, _ = select.select([sys.stdin], [], [], 0.2)
        if readable and not sys.stdin.read(1):
            break


if __name__ == "__main__":
    main()
