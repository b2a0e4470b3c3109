"""What a connection remembers of one response decides nothing about the next."""

import socket
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from face_client import AsyncClient, Client, IncompleteBody

SIZED = b"x" * 300_000
CUT = b"half of it"


def whole_then_cut(connection: socket.socket, request: bytes) -> None:
    """Answers with a body of known length, and then with one that the end of the connection would have to end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(SIZED) + SIZED)
    if connection.recv(65536):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + CUT)


@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_cut_body_is_incomplete_on_a_connection_that_was_used_before(
    raw_server: Callable[..., Any], certificates: Any, form: str
) -> None:
    """Over TLS, a body without a length that ends without close_notify is incomplete, whatever came before it."""
    server = raw_server(whole_then_cut, certificates.server)
    options: dict[str, Any] = {"max_retries": 0, "httpx_args": {"verify": certificates.client}}

    def sync() -> None:
        with Client(server.endpoint, **options) as client:
            assert client.get_session_image("first") == SIZED
            with pytest.raises(IncompleteBody):
                client.get_session_image("second")

    async def asynchronous() -> None:
        async with AsyncClient(server.endpoint, **options) as client:
            assert await client.get_session_image("first") == SIZED
            with pytest.raises(IncompleteBody):
                await client.get_session_image("second")

    sync() if form == "sync" else anyio.run(asynchronous)
    assert server.visitors == 1
