"""Measures the capacity of the server, with sockets and as little Python as possible."""

import socket
import ssl
import time
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

from tools.benchmarks.payload import Picture
from tools.benchmarks.server import KEY
from tools.benchmarks.serving import server_cpu


def capacity(
    endpoint: str, port: int, picture: Picture, count: int, concurrency: int, ca: str | None
) -> dict[str, Any]:
    """Downloads `count` pictures over `concurrency` connections; only the lengths are checked."""
    request = (
        f"GET /face/v1.2/sessionImages/{picture.image_id} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Ocp-Apim-Subscription-Key: {KEY}\r\n\r\n"
    ).encode()
    context = ssl.create_default_context(cafile=ca) if endpoint.startswith("https:") else None
    buffer = bytearray(1 << 20)
    with ExitStack() as stack:
        lines = [stack.enter_context(_line(endpoint, context)) for _ in range(concurrency)]
        _turn(lines, request, buffer, picture.size)
        before, start, used = server_cpu(port), time.perf_counter(), time.process_time()
        turns = max(1, count // concurrency)
        for _ in range(turns):
            _turn(lines, request, buffer, picture.size)
        seconds, cpu = time.perf_counter() - start, time.process_time() - used
        spent = server_cpu(port) - before
    return {"requests": turns * concurrency, "seconds": seconds, "cpu": cpu, "server_cpu": spent}


def _line(endpoint: str, context: ssl.SSLContext | None) -> socket.socket:
    parts = urlsplit(endpoint)
    line = socket.create_connection((parts.hostname, parts.port), timeout=30)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(line, server_hostname=parts.hostname) if context else line


def _turn(lines: list[socket.socket], request: bytes, buffer: bytearray, size: int) -> None:
    for line in lines:
        line.sendall(request)
    for line in lines:
        received = line.recv_into(buffer)
        head = buffer.index(b"\r\n\r\n", 0, received) + 4
        if not buffer.startswith(b"HTTP/1.1 200 "):
            raise ValueError(bytes(buffer[:head]).decode("latin-1"))
        left = size - (received - head)
        while left > 0:
            got = line.recv_into(buffer, min(left, len(buffer)))
            if not got:
                raise ValueError("the answer broke off")
            left -= got
