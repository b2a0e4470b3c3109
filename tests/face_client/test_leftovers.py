"""What a server sends beyond its answer is nobody's answer."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from face_client import Client, NotFoundError
from face_client_auth import SubscriptionKeyAuth

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
ANOTHERS = HEAD + b"Content-Length: 7\r\n\r\nanother"


def keeps_answering(first: bytes, later: bytes) -> Callable[[socket.socket, bytes], None]:
    """What the first request on a connection is answered with, and those after it; the connection stays open."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(first)
        while connection.recv(65536):
            connection.sendall(later)

    return answer


@pytest.mark.parametrize("announced", [4, 0])
def test_what_comes_beyond_an_image_is_not_the_next_one(
    raw_server: Callable[..., Any],
    make_client: Callable[..., Client],
    call: Callable[[Client, str], bytes],
    announced: int,
) -> None:
    """A second answer that nobody asked for is not given to who asks next (RFC 9112, section 6.3)."""
    image = b"mine"[:announced]
    answer = HEAD + b"Content-Length: %d\r\n\r\n%b" % (announced, image)
    client = make_client(raw_server(keeps_answering(answer + ANOTHERS, answer)).endpoint)
    assert [call(client, name) for name in "abcd"] == [image] * 4


def test_what_comes_beyond_an_error_is_not_the_next_answer(
    raw_server: Callable[..., Any], make_client: Callable[..., Client], call: Callable[[Client, str], bytes]
) -> None:
    """An error's connection is closed, too, when more than the error came."""
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    client = make_client(raw_server(keeps_answering(answer + ANOTHERS, answer)).endpoint)
    for name in "abcd":
        with pytest.raises(NotFoundError):
            call(client, name)


def test_what_comes_beyond_a_rejection_is_not_the_answer_to_the_second_key(
    raw_server: Callable[..., Any], make_client: Callable[..., Client], call: Callable[[Client, str], bytes]
) -> None:
    """Within one call, too, an answer belongs to the request before it."""
    answers: Iterator[bytes] = iter([b"HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n" + ANOTHERS, HEAD + b"\r\nmine"])
    server = raw_server(lambda connection, _: connection.sendall(next(answers)))
    client = make_client(server.endpoint, auth=SubscriptionKeyAuth("a-key", fallback="another-key"))
    assert call(client, "a") == b"mine"
    assert len(server.requests) == 2


def test_a_connection_without_leftovers_is_kept(
    raw_server: Callable[..., Any], make_client: Callable[..., Client], call: Callable[[Client, str], bytes]
) -> None:
    """All is as before where the server keeps to what it announces."""
    answer = HEAD + b"Content-Length: 4\r\n\r\nmine"
    server = raw_server(keeps_answering(answer, answer))
    client = make_client(server.endpoint)
    assert [call(client, name) for name in "abcd"] == [b"mine"] * 4
    assert len(server.requests) == 1, "RawServer keeps the first request of each connection"
