"""The transport of the sync calls, over real sockets: what it sends, what it takes for an answer, and what it keeps."""

import gzip
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import trustme

from face_client import Client, _direct
from face_client._direct import DirectTransport

Server = Callable[..., Any]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A client of httpx over the transport."""
    with httpx.Client(transport=DirectTransport(ssl.create_default_context), timeout=5) as client:
        yield client


def head_of(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            break
        received += chunk
    return received


def again_and_again(answer: bytes) -> Callable[..., None]:
    """Answers each request of a connection in the same way."""

    def serve(connection: socket.socket, *_: bytes) -> None:
        connection.sendall(answer)
        while head_of(connection):
            connection.sendall(answer)

    return serve


def drip(data: bytes, first: bytes = b"") -> Callable[..., None]:
    """Sends a byte every twentieth of a second, for longer than a test may take."""

    def serve(connection: socket.socket, *_: bytes) -> None:
        connection.sendall(first)
        for _ in range(600):
            connection.sendall(data)
            time.sleep(0.05)

    return serve


# What is sent


def iterable() -> Iterator[bytes]:
    yield b"first"
    yield b""
    yield b"second"


@pytest.mark.parametrize(
    "request_of",
    [
        lambda url: httpx.Request("GET", url + "/a%2Fb?q=%20ä", headers={"X-Case": "Kept", "accept": "*/*"}),
        lambda url: httpx.Request("GET", url, headers=[("A", "1"), ("Host", "other"), ("A", "2"), ("Empty", "")]),
        lambda url: httpx.Request("POST", url, content=b"body"),
        lambda url: httpx.Request("POST", url, content=iterable()),
        lambda url: httpx.Request("PUT", url, json={"a": 1}),
        lambda url: httpx.Request("HEAD", url),
        lambda url: httpx.Request("DELETE", url, headers={"Latin": b"\xe4"}),
    ],
    ids=["get", "headers", "bytes", "chunked", "json", "head", "latin"],
)
def test_the_same_bytes_as_httpx_sends(request_of: Callable[[str], httpx.Request], raw_server: Server) -> None:
    """What goes over the wire is what httpx's own transport sends, byte for byte."""
    sent = []
    for transport in (httpx.HTTPTransport(), DirectTransport(ssl.create_default_context)):
        received = bytearray()

        def answer(connection: socket.socket, *_: bytes, received: bytearray = received) -> None:
            connection.settimeout(0.2)
            with suppress(TimeoutError):
                while more := connection.recv(65536):
                    received += more
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")

        server = raw_server(answer)
        with httpx.Client(transport=transport) as client:
            client.send(request_of(server.endpoint))
        sent.append(
            (server.requests[0] + received).replace(server.endpoint.removeprefix("http://").encode(), b"ORIGIN")
        )
    assert sent[0] == sent[1]


@pytest.mark.parametrize(
    "wrong",
    [{"headers": {"A": "1\r\nB: 2"}}, {"headers": {"A": "1\nB: 2"}}, {"headers": {"A B": "1"}}, {"method": "G ET"}],
    ids=["CRLF", "LF", "name", "method"],
)
def test_what_would_be_another_request_is_not_sent(
    wrong: dict[str, object], http: httpx.Client, raw_server: Server
) -> None:
    """A header or a method with what ends it is refused, and nothing of it is sent."""
    server = raw_server(OK)
    with pytest.raises(httpx.LocalProtocolError):
        http.request(**{"method": "GET", "url": server.endpoint, **wrong})
    assert server.requests == []


@pytest.mark.parametrize("length", ["3", "5"])
def test_a_body_of_another_length_than_its_header_is_refused(
    length: str, http: httpx.Client, raw_server: Server
) -> None:
    """A request whose body is longer or shorter than it says is an error, and its connection is not used again."""
    with pytest.raises(httpx.LocalProtocolError, match="declared Content-Length"):
        http.post(raw_server(OK).endpoint, content=b"four", headers={"Content-Length": length})


def test_an_answer_before_the_end_of_the_request(http: httpx.Client, raw_server: Server) -> None:
    """An answer that comes before all of the request was sent is not lost."""

    def refuse(connection: socket.socket, *_: bytes) -> None:
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")

    assert http.post(raw_server(refuse).endpoint, content=bytes(1 << 24)).text == "big"


def test_only_http(http: httpx.Client) -> None:
    """Another scheme is refused."""
    with pytest.raises(httpx.UnsupportedProtocol):
        http.get("ftp://127.0.0.1/")


# What is an answer


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 200\r\ncontent-length:2\t \r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", b"hi"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1;x=y\r\nh\r\n01 \r\ni\r\n0\r\nT: 1\r\n\r\n", b"hi"),
        (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK, b"hi"),
        (b"HTTP/1.1 200 OK\r\nA: 1\r\n 2\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", b""),
    ],
    ids=["length", "lean", "LF", "1.0", "end", "lengths", "empty", "chunks", "interim", "folded", "204", "304"],
)
@pytest.mark.parametrize("step", [1, 1000])
def test_answers(answer: bytes, body: bytes, step: int, http: httpx.Client, raw_server: Server) -> None:
    """Each way in which an answer may be written is understood, however it is cut into segments."""

    def send(connection: socket.socket, *_: bytes) -> None:
        for start in range(0, len(answer), step):
            connection.sendall(answer[start : start + step])

    assert http.get(raw_server(send).endpoint).content == body


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/2 200 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x50\n\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 099 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA : 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: 1\0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n A: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: 1\rB: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + 21 * b"1" + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhi\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nA: " + 90_000 * b"a",
        b"HTTP/1.1 200 OK\r\n" + 20_000 * b"A: b\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + 90_000 * b"1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + 20_000 * b"A: b\r\n",
    ],
)
def test_what_is_no_answer(answer: bytes, http: httpx.Client, raw_server: Server) -> None:
    """What breaks off, is not HTTP/1, contradicts itself or has no end is an error of the server's."""
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(raw_server(answer).endpoint)


def test_interim_answers_without_end(http: httpx.Client, raw_server: Server) -> None:
    """A server that only ever promises an answer is given up."""

    def promise(connection: socket.socket, *_: bytes) -> None:
        while True:
            connection.sendall(1000 * b"HTTP/1.1 100 Continue\r\n\r\n")

    with pytest.raises(httpx.RemoteProtocolError, match="longer than"):
        http.get(raw_server(promise).endpoint)


def test_headers_as_they_came(http: httpx.Client, raw_server: Server) -> None:
    """Headers keep their order, their case, their bytes and their doubles; the version and the reason are there."""
    answer = b"HTTP/1.1 200 Very well\r\nB: 1\r\na: \xe4\xff\r\nb: 2\r\nContent-Length: 0\r\n\r\n"
    response = http.get(raw_server(answer).endpoint)
    assert response.headers.raw == [(b"B", b"1"), (b"a", b"\xe4\xff"), (b"b", b"2"), (b"Content-Length", b"0")]
    assert (response.http_version, response.reason_phrase) == ("HTTP/1.1", "Very well")


def test_an_encoded_body(http: httpx.Client, raw_server: Server) -> None:
    """A compressed body reaches httpx as it is, and the caller unpacked."""
    packed = gzip.compress(b"picture")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    response = http.get(raw_server(head + packed).endpoint)
    assert response.content == b"picture"
    assert response.num_bytes_downloaded == len(packed)


def test_the_answer_to_head_has_no_body(http: httpx.Client, raw_server: Server) -> None:
    """The length in an answer to HEAD is that of a body which does not come, and the connection can be used again."""
    server = raw_server(again_and_again(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"))
    for _ in range(2):
        assert http.head(server.endpoint).content == b""
    assert len(server.requests) == 1  # the server counts connections


def test_a_length_of_a_terabyte(http: httpx.Client, raw_server: Server) -> None:
    """A length is not believed before the bytes are there."""
    with pytest.raises(httpx.RemoteProtocolError, match="before the end of the body"):
        http.get(raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\nhi").endpoint)


# How it fails


def test_nobody_listens(http: httpx.Client) -> None:
    """A refused connection and a name without an address are errors of connecting."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(httpx.ConnectError):
        http.get(f"http://127.0.0.1:{port}/")
    with pytest.raises(httpx.ConnectError):
        http.get("http://nowhere.invalid/")
    with pytest.raises(httpx.ConnectError):
        http.get(f"http://{'a' * 64}.invalid/")


def test_a_reset(http: httpx.Client, raw_server: Server) -> None:
    """A connection that is reset is an error of reading."""

    def reset(connection: socket.socket, *_: bytes) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    with pytest.raises(httpx.ReadError):
        http.get(raw_server(reset).endpoint)


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"], ids=["head", "body"])
def test_a_silent_server(first: bytes, raw_server: Server) -> None:
    """A server that goes silent is a timeout of reading, after as long as httpx's timeouts say."""
    silence = threading.Event()

    def answer(connection: socket.socket, *_: bytes) -> None:
        connection.sendall(first)
        silence.wait(5)

    with httpx.Client(transport=DirectTransport(ssl.create_default_context), timeout=0.1) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get(raw_server(answer).endpoint)
        silence.set()


@pytest.mark.parametrize(
    "answer",
    [
        drip(b"a", b"HTTP/1.1 200 OK\r\nA: "),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(b"a", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        drip(b"a", b"HTTP/1.1 200 OK\r\n\r\n"),
        drip(b"1", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ],
    ids=["header", "interim", "body", "end", "chunk"],
)
def test_a_server_that_drips_is_cut_off(answer: Callable[..., None], http: httpx.Client, raw_server: Server) -> None:
    """A deadline is kept, however often the server sends a byte."""
    start = time.monotonic()
    request = http.build_request("GET", raw_server(answer).endpoint, extensions={"deadline": start + 0.3})
    with pytest.raises(httpx.ReadTimeout):
        http.send(request)
    assert time.monotonic() >= start + 0.3


def test_a_deadline_that_has_passed(http: httpx.Client, raw_server: Server) -> None:
    """Nothing is sent after the deadline."""
    server = raw_server(OK)
    request = http.build_request("GET", server.endpoint, extensions={"deadline": time.monotonic()})
    with pytest.raises(httpx.TimeoutException):
        http.send(request)
    assert server.requests == []


def test_a_deadline_can_be_moved(http: httpx.Client, raw_server: Server) -> None:
    """The deadline counts as it is when a wait begins: it can be taken away once the body begins."""
    pause = threading.Event()

    def answer(connection: socket.socket, *_: bytes) -> None:
        connection.sendall(OK[:-1])
        pause.wait(5)
        connection.sendall(OK[-1:])

    deadline = time.monotonic() + 0.2
    request = http.build_request("GET", raw_server(answer).endpoint, extensions={"deadline": deadline})
    response = http.send(request, stream=True)
    del request.extensions["deadline"]
    threading.Timer(0.4, pause.set).start()
    assert response.read() == b"hi"
    assert time.monotonic() > deadline


def test_a_server_that_does_not_read() -> None:
    """A request for which the server has no room is a timeout of writing."""
    transport = DirectTransport(ssl.create_default_context)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        httpx.Client(transport=transport, timeout=0.2) as client,
        pytest.raises(httpx.WriteTimeout),
    ):
        client.post(f"http://127.0.0.1:{listener.getsockname()[1]}", content=bytes(1 << 25))


def test_a_handshake_that_never_comes(raw_server: Server) -> None:
    """A server that accepts and says nothing is a timeout of connecting, for https."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = DirectTransport(ssl.create_default_context)
        with httpx.Client(transport=transport, timeout=0.2) as client, pytest.raises(httpx.ConnectTimeout):
            client.get(f"https://127.0.0.1:{listener.getsockname()[1]}/")


# What it keeps


def test_a_connection_is_used_again(http: httpx.Client, raw_server: Server) -> None:
    """Requests one after the other go over one connection, after chunks too."""
    server = raw_server(again_and_again(OK))
    chunked = raw_server(again_and_again(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"))
    for _ in range(5):
        assert http.get(server.endpoint).content == http.get(chunked.endpoint).content == b"hi"
    assert len(server.requests) == len(chunked.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        OK + OK,
        OK + b"x",
        b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    ],
    ids=["two answers", "a byte", "close", "1.0", "body of none", "two lengths"],
)
def test_a_connection_that_cannot_be_trusted_is_not_used_again(
    answer: bytes, http: httpx.Client, raw_server: Server
) -> None:
    """Where more came than the answer, or its end is in doubt, nothing of it becomes part of the next answer."""
    server = raw_server(again_and_again(answer))
    for _ in range(2):
        assert http.get(server.endpoint).content in (b"hi", b"")
    assert len(server.requests) == 2


def test_a_request_that_asks_to_close(http: httpx.Client, raw_server: Server) -> None:
    """A connection that the request wanted closed is not used again."""
    server = raw_server(again_and_again(OK))
    for _ in range(2):
        http.get(server.endpoint, headers={"Connection": "close"})
    assert len(server.requests) == 2


@pytest.mark.parametrize("goodbye", [b"", b"HTTP/1.1 408 Request Timeout\r\n\r\n"], ids=["closed", "unasked"])
def test_a_connection_on_which_something_came_is_dropped(
    goodbye: bytes, http: httpx.Client, raw_server: Server
) -> None:
    """A server that hangs up or speaks unasked between two requests costs no call."""
    gone = threading.Event()

    def answer(connection: socket.socket, *_: bytes) -> None:
        connection.sendall(OK)
        time.sleep(0.05)
        connection.sendall(goodbye)
        connection.shutdown(socket.SHUT_WR)
        gone.set()
        connection.recv(1)

    server = raw_server(answer)
    for _ in range(2):
        gone.clear()
        assert http.get(server.endpoint).content == b"hi"
        assert gone.wait(5)
    assert len(server.requests) == 2


def test_a_body_that_is_given_up(http: httpx.Client, raw_server: Server) -> None:
    """A body that is not read to its end takes its connection along, at once."""
    gone = threading.Event()

    def answer(connection: socket.socket, *_: bytes) -> None:
        connection.sendall(OK[:-1])
        if connection.recv(1) == b"":
            gone.set()

    server = raw_server(answer)
    with http.stream("GET", server.endpoint) as response:
        assert next(response.iter_raw()) == b"h"
    assert gone.wait(5)


def test_unused_connections_are_closed(http: httpx.Client, raw_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that was not used for a while is closed when the next request comes."""
    monkeypatch.setattr(_direct, "_IDLE", 0.01)
    server = raw_server(again_and_again(OK))
    for _ in range(2):
        http.get(server.endpoint)
        time.sleep(0.05)
    assert len(server.requests) == 2


def test_no_more_connections_than_places(raw_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds no free connection waits, as long as the timeout of the pool or the deadline says."""
    monkeypatch.setattr(_direct, "_MOST", 1)
    server = raw_server(again_and_again(OK))
    transport = DirectTransport(ssl.create_default_context)
    with httpx.Client(transport=transport, timeout=httpx.Timeout(5, pool=0.1)) as http:
        with http.stream("GET", server.endpoint):
            with pytest.raises(httpx.PoolTimeout, match="all 1 connections are busy"):
                http.get(server.endpoint)
            soon = {"deadline": time.monotonic() + 0.1}
            with pytest.raises(httpx.PoolTimeout):
                http.send(http.build_request("GET", server.endpoint, timeout=None, extensions=soon))
        assert http.get(server.endpoint).content == b"hi"
        other = raw_server(again_and_again(OK))
        http.get(other.endpoint)
        assert len(transport._idle) == 1


@pytest.mark.parametrize(
    "broken", [b"", b"garbage\n\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"], ids=["drop", "garbage", "body"]
)
def test_a_failure_gives_its_place_back(broken: bytes, raw_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """After any failure there is room for the next call."""
    monkeypatch.setattr(_direct, "_MOST", 1)
    transport = DirectTransport(ssl.create_default_context)
    with httpx.Client(transport=transport, timeout=httpx.Timeout(5, pool=0.1)) as http:
        for _ in range(3):
            with pytest.raises(httpx.RemoteProtocolError):
                http.get(raw_server(broken).endpoint)
            with pytest.raises(httpx.ConnectError):
                http.get("http://nowhere.invalid/")
        assert http.get(raw_server(OK).endpoint).content == b"hi"


def test_threads_share_it(http: httpx.Client, raw_server: Server) -> None:
    """Fifty threads get what each has asked for, over no more connections than there are threads."""

    def echo(connection: socket.socket, *_: bytes) -> None:
        connection.sendall(OK)
        while head := head_of(connection):
            path = head.split(b" ")[1]
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))

    server = raw_server(echo)
    wrong = []

    def work(number: int) -> None:
        for turn in range(20):
            content = http.get(f"{server.endpoint}/{number}-{turn}").content
            if content not in (b"hi", f"/{number}-{turn}".encode()):
                wrong.append(content)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(server.requests) <= 50


def test_closing_ends_what_other_threads_wait_for(raw_server: Server) -> None:
    """A call that waits in another thread ends with an error when the client is closed."""
    waiting, done = threading.Event(), threading.Event()

    def answer(connection: socket.socket, *_: bytes) -> None:
        waiting.set()
        done.wait(5)

    client = httpx.Client(transport=DirectTransport(ssl.create_default_context), timeout=5)
    endpoint = raw_server(answer).endpoint
    errors: list[Exception] = []

    def work() -> None:
        try:
            client.get(endpoint)
        except httpx.TransportError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    waiting.wait(5)
    client.close()
    client.close()
    thread.join(5)
    done.set()
    assert [type(error) for error in errors] == [httpx.RemoteProtocolError]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_fork_does_not_share_connections(http: httpx.Client, raw_server: Server) -> None:
    """The child of a fork opens connections of its own, and leaves its parent's as they are."""
    server = raw_server(again_and_again(OK))
    http.get(server.endpoint)
    with http.stream("GET", server.endpoint) as response:
        child = os.fork()
        if not child:
            try:
                response.read()
                response.close()
                os._exit(0 if http.get(server.endpoint).content == b"hi" else 1)
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
        assert len(server.requests) == 2
    # The child has read what was on its way to the parent, and that connection is not kept.
    assert http.get(server.endpoint).content == b"hi"


# When it is used


def test_the_callers_context_is_used() -> None:
    """Who brings a context of their own has it, and keeps the fast connections."""
    context = ssl.create_default_context()
    with Client("https://contoso.cognitiveservices.azure.com", httpx_args={"verify": context}) as client:
        transport = client.get_httpx_client()._transport
        assert isinstance(transport, DirectTransport)
        assert transport._tls_context() is context


@pytest.mark.parametrize(
    "chosen",
    [
        {"transport": httpx.HTTPTransport()},
        {"limits": httpx.Limits(max_connections=1)},
        {"mounts": {"all://": httpx.HTTPTransport()}},
        {"proxy": "http://127.0.0.1:9"},
        {"verify": False},
        {"http1": True},
    ],
    ids=lambda chosen: next(iter(chosen)),
)
def test_the_callers_choice_counts(chosen: dict[str, object]) -> None:
    """A caller who chooses how connections are made has httpx's own, made as chosen."""
    with Client("https://contoso.cognitiveservices.azure.com", httpx_args=chosen) as client:
        assert not isinstance(client.get_httpx_client()._transport, DirectTransport)


def test_proxies_of_the_environment_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment names a proxy, httpx's own connections go through it."""
    endpoint = "https://contoso.cognitiveservices.azure.com"
    with Client(endpoint) as client:
        assert isinstance(client.get_httpx_client()._transport, DirectTransport)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with Client(endpoint) as client:
        assert not isinstance(client.get_httpx_client()._transport, DirectTransport)
    with Client(endpoint, httpx_args={"trust_env": False}) as client:
        assert isinstance(client.get_httpx_client()._transport, DirectTransport)


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs the certificates here."""
    return trustme.CA()


@pytest.fixture
def secure_server(authority: trustme.CA) -> Iterator[Callable[..., str]]:
    """Starts servers with a certificate for 127.0.0.1, which leave each connection to a function, and returns URLs."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["h2", "http/1.1"])
    authority.issue_cert("127.0.0.1").configure_cert(context)
    threads: list[threading.Thread] = []

    def start(answer: Callable[[ssl.SSLSocket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            with listener, suppress(OSError):
                connection, _ = listener.accept()
                with context.wrap_socket(connection, server_side=True) as line:
                    head_of(line)
                    answer(line)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return f"https://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    for thread in threads:
        thread.join(10)


@pytest.fixture
def https(authority: trustme.CA) -> Iterator[httpx.Client]:
    """A client of httpx over the transport, which trusts the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with httpx.Client(transport=DirectTransport(lambda: context), timeout=5) as client:
        yield client


def test_a_large_body_over_tls(secure_server: Callable[..., str], https: httpx.Client) -> None:
    """A body of many records arrives whole, also in place, and the connection can be used again."""
    body = os.urandom(1 << 20)
    protocols = []

    def answer(line: ssl.SSLSocket) -> None:
        protocols.append(line.selected_alpn_protocol())
        again_and_again(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))(line)

    url = secure_server(answer)
    assert https.get(url).content == body
    with https.stream("GET", url) as response:
        received, buffer = 0, bytearray(len(body))
        while size := response.extensions["readinto"](memoryview(buffer)[received:]):
            received += size
    assert buffer == body
    assert protocols == ["http/1.1"]


def test_a_certificate_that_nobody_vouches_for(secure_server: Callable[..., str], http: httpx.Client) -> None:
    """A certificate that is not trusted is an error of connecting, which says so."""
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        http.get(secure_server(again_and_again(OK)))


def test_a_certificate_for_another_host(secure_server: Callable[..., str], https: httpx.Client) -> None:
    """A certificate counts for the hosts that it names."""
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        https.get(secure_server(again_and_again(OK)).replace("127.0.0.1", "localhost"))


def test_what_is_left_in_a_record(secure_server: Callable[..., str], https: httpx.Client) -> None:
    """Bytes that came in one record with the body, and that TLS holds back, end the connection too."""

    def answer(line: ssl.SSLSocket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n" + bytes(1000))
        line.sendall(bytes(39_000) + OK)
        head_of(line)

    url = secure_server(answer)
    assert https.get(url).content == bytes(40_000)
    with pytest.raises(httpx.ConnectError):  # this server takes one connection
        https.get(url)


def test_a_drop_in_the_handshake(http: httpx.Client) -> None:
    """A server that hangs up in the handshake is an error of connecting, and no timeout."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drop() -> None:
            listener.accept()[0].close()

        thread = threading.Thread(target=drop)
        thread.start()
        with pytest.raises(httpx.ConnectError):
            http.get(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()


def test_closing_does_not_let_ciphertext_through(secure_server: Callable[..., str], https: httpx.Client) -> None:
    """When the client is closed in the middle of a body, what arrives before the end are still the picture's bytes."""
    sent = threading.Event()

    def answer(line: ssl.SSLSocket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(50_000))
        sent.set()
        line.recv(1)

    with https.stream("GET", secure_server(answer)) as response:
        assert sent.wait(5)
        https._transport.close()
        received = bytearray()
        with suppress(httpx.TransportError):
            for piece in response.iter_raw():
                received += piece
    assert received == bytes(len(received))
