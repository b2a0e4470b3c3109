"""Connections over real sockets: what they send, how they fail, and when they are used again."""

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import anyio
import httpcore
import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client_runtime._sockets import Stream
from face_client_runtime._transport import async_client, sync_client

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
UNTIL_THE_END = b"HTTP/1.1 200 OK\r\n\r\n"
URL = httpx.URL("http://127.0.0.1")


def reset(connection: socket.socket) -> None:
    """Closes a connection so that the other side gets a reset once it has read what was sent."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# What is sent

REQUESTS: dict[str, dict[str, Any]] = {
    "get": {"headers": [("X-b", "1"), ("x-A", "2"), ("X-b", "3"), ("Empty", "")]},
    "query": {"path": "/a%2Fb/%7E~;x=1/ü?q=%20+&r="},
    "not ascii": {"headers": [(b"X-Bytes", b"\xfc\xe4")]},
    "bytes": {"method": "POST", "content": b"some bytes"},
    "large": {"method": "PUT", "content": bytes(3_000_000)},
    "chunked": {"method": "POST", "content": [b"first", b"", b"x" * 20]},
    "nothing": {"method": "POST"},
    "head": {"method": "HEAD"},
}


@pytest.mark.parametrize("options", REQUESTS.values(), ids=REQUESTS)
def test_the_same_bytes_as_httpx_sends(http: Any, raw_server: Callable[..., Any], options: dict[str, Any]) -> None:
    """What goes over the wire is what httpx's own transport sends, byte for byte."""
    options = {"method": "GET", "path": "/", **options}
    chunks = options.pop("content") if isinstance(options.get("content"), list) else None
    end = b"0\r\n\r\n" if chunks else b""
    received: list[bytes] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        while end and not request.endswith(end):
            request += connection.recv(65536)
        received.append(request)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    server = raw_server(answer)
    url = server.endpoint + options.pop("path")
    with httpx.Client(transport=httpx.HTTPTransport()) as theirs:
        theirs.request(url=url, **options, **({"content": iter(chunks)} if chunks else {}))
    http.request(url=url, **options, **({"content": http.body(lambda: iter(chunks))} if chunks else {}))

    assert received[0] == received[1]


@pytest.mark.parametrize("length", ["3", "5"])
def test_a_body_of_another_length_than_its_header(http: Any, serve_each: Callable[..., Any], length: str) -> None:
    """A request whose body is not as long as its headers say is an error, and its connection is not used again."""
    server = serve_each(OK)

    with pytest.raises(httpx.LocalProtocolError, match="Content-Length"):
        http.request("POST", server.endpoint, content=b"four", headers={"Content-Length": length})

    assert http.get(server.endpoint).content == b"hi"
    assert server.visitors == 2


def test_an_error_of_the_callers_own_body(http: Any, serve_each: Callable[..., Any]) -> None:
    """An error of the caller's own body goes to the caller as it is, and the next request works."""

    def broken() -> Iterator[bytes]:
        yield b"one"
        raise FileNotFoundError("mine")

    server = serve_each(OK)

    with pytest.raises(FileNotFoundError, match="mine"):
        http.request("POST", server.endpoint, content=http.body(broken))

    assert http.get(server.endpoint).content == b"hi"


def test_a_response_before_the_end_of_the_request(http: Any, raw_server: Callable[..., Any]) -> None:
    """A server that refuses a large body, answers and closes while it is sent, has its answer read."""

    def refuse(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        connection.shutdown(socket.SHUT_WR)
        answered.set()
        refused.wait(20)

    def chunks() -> Iterator[bytes]:
        answered.wait(20)
        yield bytes(1000)
        refused.set()
        for _ in range(64):
            yield bytes(1 << 20)

    answered, refused = threading.Event(), threading.Event()
    server = raw_server(refuse)

    response = http.request("POST", server.endpoint, content=http.body(chunks))

    assert (response.status_code, response.content) == (413, b"big")


def test_a_server_that_does_not_read(make_http: Callable[..., Any], raw_server: Callable[..., Any]) -> None:
    """A request for which the server has no room is a timeout of writing."""
    http = make_http(timeout=httpx.Timeout(20, write=0.2))
    done = threading.Event()
    server = raw_server(lambda *_: done.wait(20))
    server._serve = lambda plain: done.wait(20) and plain.close()  # it does not even read the head

    with pytest.raises(httpx.WriteTimeout):
        http.request("POST", server.endpoint, content=bytes(1 << 26))
    done.set()


# What comes back


def test_what_httpx_shows_of_a_response(http: Any, raw_server: Callable[..., Any]) -> None:
    """Status, version and raw headers are those that httpx's own transport shows."""
    head = b"HTTP/1.1 404 Not Found\r\nX-A: 1\r\nx-a: 2\r\nB: \xe4\r\nContent-Length: 2\r\n\r\nhi"
    server = raw_server(head)
    with httpx.Client(transport=httpx.HTTPTransport()) as client:
        theirs = client.get(server.endpoint)

    ours = http.get(server.endpoint)

    for name in ("status_code", "reason_phrase", "http_version", "content"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.headers.raw == theirs.headers.raw


@pytest.mark.parametrize("proxied", [False, True])
def test_the_reason_phrase_is_that_of_the_status(
    make_http: Callable[..., Any], raw_server: Callable[..., Any], proxied: bool
) -> None:
    """Whatever a server or a proxy writes as the reason phrase, which httpx logs, is dropped (RFC 9112, section 4)."""
    server = raw_server(b"HTTP/1.1 404 Very well\r\nContent-Length: 0\r\n\r\n")
    http = make_http(proxy=server.endpoint) if proxied else make_http()

    assert http.get("http://contoso.invalid" if proxied else server.endpoint).reason_phrase == "Not Found"


def test_a_response_in_small_pieces(http: Any, raw_server: Callable[..., Any]) -> None:
    """A response that comes byte by byte is understood."""
    for response in (CHUNKED, b"HTTP/1.1 103 Early\r\n\r\n" + OK, UNTIL_THE_END + b"hi"):

        def drip(connection: socket.socket, _request: bytes, response: bytes = response) -> None:
            for byte in response:
                connection.sendall(bytes([byte]))

        assert http.get(raw_server(drip).endpoint).content == b"hi"


def test_the_response_to_head(http: Any, serve_each: Callable[..., Any]) -> None:
    """The response to HEAD has no body, and its connection is used again."""
    server = serve_each(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")

    for _ in range(2):
        assert http.request("HEAD", server.endpoint).content == b""

    assert server.visitors == 1


@pytest.mark.parametrize("size", [0, 1, 16 * 1024 + 1, 3_000_001])
def test_bodies_of_all_sizes(
    make_http: Callable[..., Any], serve_each: Callable[..., Any], certificates: Any, size: int
) -> None:
    """A body comes as it was sent, whether it fills a part of a TLS record or many, and so does the next one."""
    for secure in [False, True]:
        body = os.urandom(size)
        tls = certificates.server if secure else None
        server = serve_each(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (size, body), tls)
        http = make_http(verify=certificates.client)

        for _ in range(2):
            assert http.get(server.endpoint).content == body

        assert server.visitors == 1


def test_a_fast_server_leaves_the_loop_to_others(raw_server: Callable[..., Any], portal: BlockingPortal) -> None:
    """Other tasks have their turn between the pieces of a body, however fast it comes."""
    server = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n" + bytes(20_000_000))

    async def get() -> tuple[int, int]:
        turns = pieces = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await anyio.lowlevel.checkpoint()

        client = async_client(None, {})
        async with (
            anyio.create_task_group() as tasks,
            client.stream("GET", server.endpoint) as response,
        ):
            tasks.start_soon(count)
            async for _ in response.aiter_raw():
                pieces += 1
            tasks.cancel_scope.cancel()
        await client.aclose()
        return turns, pieces

    turns, pieces = portal.call(get)
    assert turns > pieces / 4
    assert pieces > 10


# How it fails


def test_a_reset_instead_of_a_response(http: Any, raw_server: Callable[..., Any]) -> None:
    """A connection that is reset before the response is an error of reading."""
    server = raw_server(lambda connection, _: reset(connection))

    with pytest.raises(httpx.ReadError):
        http.get(server.endpoint)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_a_reset_is_not_the_end_of_a_body(
    make_http: Callable[..., Any], raw_server: Callable[..., Any], certificates: Any, secure: bool
) -> None:
    """A body without a length that is cut by a reset is an error, though everything before the reset has arrived."""
    go_on = threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(UNTIL_THE_END + b"half")
        go_on.wait(20)
        reset(connection)

    http = make_http(verify=certificates.client)
    response = http.begin(raw_server(answer, certificates.server if secure else None).endpoint)
    go_on.set()

    with pytest.raises(httpx.TransportError):
        http.read(response)


def test_a_body_over_tls_ends_with_close_notify(
    make_http: Callable[..., Any], raw_server: Callable[..., Any], certificates: Any
) -> None:
    """A body without a length is whole where the server says goodbye in TLS."""

    def answer(connection: Any, _request: bytes) -> None:
        connection.sendall(UNTIL_THE_END + b"whole")
        connection.unwrap()

    server = raw_server(answer, certificates.server)

    assert make_http(verify=certificates.client).get(server.endpoint).content == b"whole"


def test_a_body_over_tls_does_not_end_without_close_notify(
    make_http: Callable[..., Any], raw_server: Callable[..., Any], certificates: Any
) -> None:
    """A body without a length that ends without TLS's goodbye may have been cut by anyone on the way."""
    server = raw_server(UNTIL_THE_END + b"half", certificates.server)

    with pytest.raises(httpx.TransportError):
        make_http(verify=certificates.client).get(server.endpoint)


def test_a_body_with_a_length_needs_no_close_notify(
    make_http: Callable[..., Any], raw_server: Callable[..., Any], certificates: Any
) -> None:
    """A body of the length that was announced is whole, however its connection ends."""
    server = raw_server(OK, certificates.server)

    assert make_http(verify=certificates.client).get(server.endpoint).content == b"hi"


def test_a_damaged_record(make_http: Callable[..., Any], raw_server: Callable[..., Any], certificates: Any) -> None:
    """What breaks TLS in the middle of a body is an error."""

    def damage(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(UNTIL_THE_END + b"01234")
        with socket.socket(fileno=os.dup(connection.fileno())) as plain:
            plain.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
        connection.recv(1)

    server = raw_server(damage, certificates.server)

    with pytest.raises(httpx.TransportError):
        make_http(verify=certificates.client).get(server.endpoint)


def test_a_hang_up_in_the_handshake(http: Any) -> None:
    """A server that hangs up in the TLS handshake is an error of connecting, and no timeout."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: listener.accept()[0].close())
        thread.start()
        with pytest.raises(httpx.ConnectError):
            http.get(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()


def test_a_handshake_that_never_comes(make_http: Callable[..., Any]) -> None:
    """The connect timeout is for the TLS handshake too."""
    http = make_http(timeout=httpx.Timeout(20, connect=0.2))
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(httpx.ConnectTimeout):
        http.get(f"https://127.0.0.1:{listener.getsockname()[1]}/")


def test_a_host_without_an_address(http: Any) -> None:
    """A name without an address, or one that no host can have, is an error of connecting."""
    for host in ["nowhere.invalid", f"{'a' * 64}.invalid"]:
        with pytest.raises(httpx.ConnectError):
            http.get(f"http://{host}/")


def test_another_scheme(http: Any) -> None:
    """A URL that is neither http nor https is refused, as httpx does."""
    with pytest.raises(httpx.UnsupportedProtocol):
        http.get("ftp://127.0.0.1/")


# When it is used again


@pytest.mark.parametrize("response", [OK, CHUNKED], ids=["length", "chunked"])
def test_a_connection_is_used_again(http: Any, serve_each: Callable[..., Any], response: bytes) -> None:
    """Requests one after the other go over one connection."""
    server = serve_each(response)

    assert [http.get(server.endpoint).content for _ in range(5)] == [b"hi"] * 5

    assert (server.visitors, len(server.requests)) == (1, 5)


def test_each_server_has_its_own_connection(http: Any, serve_each: Callable[..., Any]) -> None:
    """A request never goes over a connection to another server."""
    one, other = serve_each(OK), serve_each(CHUNKED)

    for server in (one, other, one, other):
        http.get(server.endpoint)

    assert [len(each.requests) for each in (one, other)] == [2, 2]


def test_a_connection_that_is_not_used_again(http: Any, serve_each: Callable[..., Any]) -> None:
    """Where more came than the response, or the server ends the connection, the next request has another one."""
    for response in [
        OK + OK,
        OK + b"x",
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        OK + b"HTTP/1.1 204 No Content\r\n\r\n",
        OK + b"HTTP/1.1 100 Continue\r\n\r\n",
        CHUNKED + OK,
        OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"),
        OK.replace(b"1.1", b"1.0"),
    ]:
        server = serve_each(response)

        assert [http.get(server.endpoint).content for _ in range(3)] == [b"hi"] * 3

        assert server.visitors == 3


def test_a_request_that_asks_to_close(http: Any, serve_each: Callable[..., Any]) -> None:
    """A connection that the request wanted closed is not used again."""
    server = serve_each(OK)

    for _ in range(2):
        http.get(server.endpoint, headers={"Connection": "close"})

    assert server.visitors == 2


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_what_is_left_of_a_large_body_is_nobodys(
    make_http: Callable[..., Any], raw_server: Callable[..., Any], certificates: Any, secure: bool
) -> None:
    """Bytes that come with the end of a body, in the same TLS record too, are not taken for the next response."""
    evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n" + bytes(1000))
        connection.sendall(bytes(39_000) + evil)
        connection.recv(65536)
        connection.sendall(evil)

    server = raw_server(answer, certificates.server if secure else None)
    http = make_http(verify=certificates.client)

    assert [http.get(server.endpoint).content for _ in range(3)] == [bytes(40_000)] * 3


@pytest.mark.parametrize("goodbye", [b"", b"HTTP/1.1 408 Request Timeout\r\n\r\n"], ids=["closed", "unasked"])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_a_connection_on_which_something_came_is_replaced(
    make_http: Callable[..., Any], raw_server: Callable[..., Any], certificates: Any, goodbye: bytes, secure: bool
) -> None:
    """A server that hangs up or speaks unasked between two requests costs no call."""
    go_on, gone = threading.Event(), threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(OK)
        go_on.wait(20)
        connection.sendall(goodbye)
        socket.socket.shutdown(connection, socket.SHUT_WR)
        gone.set()
        connection.recv(1)

    server = raw_server(answer, certificates.server if secure else None)
    http = make_http(verify=certificates.client)
    for _ in range(3):
        go_on.clear()
        gone.clear()
        assert http.get(server.endpoint).content == b"hi"
        go_on.set()
        assert gone.wait(20)

    assert server.visitors == 3


def test_a_request_is_sent_once(http: Any, raw_server: Callable[..., Any]) -> None:
    """A connection that the server closes in place of an answer is an error: to try again is up to the client."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(OK)
        heard.append(connection.recv(65536))

    heard: list[bytes] = []
    server = raw_server(answer)
    http.get(server.endpoint)

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        http.get(server.endpoint)

    assert server.visitors == 1
    assert len(heard) == 1


def test_a_body_that_is_not_read_to_its_end(
    http: Any, raw_server: Callable[..., Any], eventually: Callable[..., None]
) -> None:
    """A body that is left early is not read to its end: its connection is closed at once."""
    hung_up = threading.Event()
    sent: list[int] = []

    def pour(connection: socket.socket, _request: bytes) -> None:
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n")
            for _ in range(200):
                connection.sendall(bytes(1_000_000))
                sent.append(1)
        finally:
            hung_up.set()

    response = http.begin(raw_server(pour).endpoint)
    http.end(response)

    eventually(hung_up.is_set)
    assert len(sent) < 100


# When it is closed by another thread


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("started", [b"", UNTIL_THE_END + b"half", OK[:-1]], ids=["head", "until the end", "length"])
def test_closing_ends_what_other_threads_wait_for(
    make_http: Callable[..., Any],
    raw_server: Callable[..., Any],
    certificates: Any,
    eventually: Callable[..., None],
    started: bytes,
    secure: bool,
) -> None:
    """A call that waits in another thread ends with an error when the client is closed, never with half a body."""
    waiting, done = threading.Event(), threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(started)
        waiting.set()
        done.wait(20)

    http = make_http(verify=certificates.client, timeout=20)
    server = raw_server(answer, certificates.server if secure else None)
    outcome: list[object] = []

    def work() -> None:
        try:
            outcome.append(http.get(server.endpoint).content)
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert waiting.wait(20)
    http.close()
    thread.join(20)
    done.set()

    assert not thread.is_alive()
    assert [isinstance(each, httpx.TransportError) for each in outcome] == [True], outcome


def test_an_end_that_this_side_has_made() -> None:
    """Where a connection is closed while another thread reads from it, that thread gets an error, and no end."""

    class Connection(socket.socket):
        def recv(self, *arguments: Any) -> bytes:
            stream.close()
            return super().recv(*arguments)

    ours, theirs = socket.socketpair()
    stream = Stream(Connection(fileno=ours.detach()))

    with theirs, pytest.raises(httpcore.ReadError, match="has been closed"):
        stream.read(1, timeout=20)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_bytes_that_are_there_when_it_is_closed(
    raw_server: Callable[..., Any], certificates: Any, secure: bool
) -> None:
    """What is handed out after the client was closed are still the body's bytes, and the end of it is an error."""
    sent = threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(UNTIL_THE_END + bytes(50_000))
        sent.set()
        connection.recv(1)

    server = raw_server(answer, certificates.server if secure else None)
    client = sync_client(None, {"verify": certificates.client})
    received = bytearray()
    with client.stream("GET", server.endpoint) as response:
        assert sent.wait(20)
        client.close()
        with pytest.raises(httpx.TransportError):
            received.extend(piece for pieces in response.iter_raw() for piece in pieces)

    assert received == bytes(len(received))


def test_times_are_not_mixed_up(http: Any, raw_server: Callable[..., Any]) -> None:
    """The read timeout is for each piece: a response that takes longer in all arrives."""

    def drip(connection: socket.socket, _request: bytes) -> None:
        with suppress(OSError):
            for byte in (b"HTTP/1.1 200 OK\r\n", b"Content-Length: 3\r\n\r\n", b"o", b"n", b"e"):
                connection.sendall(byte)
                time.sleep(0.3)

    assert http.get(raw_server(drip).endpoint, timeout=1.3).content == b"one"
