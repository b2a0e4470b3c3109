"""Connections over aiohttp: when they are taken, and that nobody notices but by the clock."""

import asyncio
import gc
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import httpx
import pytest
import trustme
from hypothesis import example, given
from hypothesis import strategies as st

from face_client import Client, IncompleteImage, _aiohttp, _connections, _last_used_first
from face_client._http1 import request_head
from face_client._sockets import SocketTransport
from face_client.api.liveness_session_operations import get_session_image
from face_client_auth import SubscriptionKeyAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator

pytestmark = pytest.mark.anyio
KEY = "0123456789abcdef0123456789ABCDEF"
FOUR = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"
PATIENCE = {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}
Serve = Callable[..., Any]


@pytest.fixture
def anyio_backend() -> str:
    """These tests choose the connections themselves."""
    return "asyncio"


@pytest.fixture
async def over_aiohttp() -> AsyncIterator[_aiohttp.Connection]:
    """A single connection over aiohttp."""
    async with _aiohttp.Connection(httpx.create_ssl_context) as connection:
        yield connection


def ask(url: str, method: str = "GET", **options: Any) -> httpx.Request:
    extensions = {"timeout": PATIENCE | options.pop("timeout", {})}
    return httpx.Request(method, url, extensions=extensions, **options)


async def read(connection: httpx.AsyncBaseTransport, request: httpx.Request) -> tuple[httpx.Response, bytes]:
    response = await connection.handle_async_request(request)
    try:
        return response, b"".join([piece async for piece in response.stream])  # type: ignore[union-attr]
    finally:
        await response.aclose()


def keep_open(*answers: bytes) -> Callable[[socket.socket, bytes], None]:
    """Answers with one after the other on the same connection, which stays open."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        for each in answers:
            connection.sendall(each)
            if not connection.recv(65536):
                return

    return answer


@contextmanager
def secure_server(tmp_path: Path, name: str) -> Iterator[tuple[str, ssl.SSLContext]]:
    """A server with a certificate for the name, and a context that trusts its authority."""
    authority = trustme.CA()
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                with theirs.wrap_socket(connection, server_side=True) as secured:
                    while secured.recv(65536):
                        secured.sendall(FOUR)
            except OSError:
                connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"https://localhost:{listener.getsockname()[1]}/", ours
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


async def test_it_is_taken_where_it_is_installed(face_emulator: Emulator) -> None:
    """Async calls of asyncio go over aiohttp, without being asked to."""
    async with Client(face_emulator.endpoint, auth=SubscriptionKeyAuth("emulator-key")) as client:
        await get_session_image.asyncio(SAMPLE_IMAGE_ID, client=client)

        pool = client.get_async_httpx_client()._transport
        assert isinstance(pool, _last_used_first.LastUsedFirst)
        assert [type(connection) for _, connection in pool._idle] == [_aiohttp.Connection]


def test_trio_has_connections_of_its_own(face_emulator: Emulator) -> None:
    """Where the event loop is trio's, which aiohttp does not know, calls go over sockets."""

    async def get() -> list[type]:
        async with Client(face_emulator.endpoint, auth=SubscriptionKeyAuth("emulator-key")) as client:
            assert (
                await get_session_image.asyncio(SAMPLE_IMAGE_ID, client=client) == face_emulator.images[SAMPLE_IMAGE_ID]
            )
            pool = client.get_async_httpx_client()._transport
            assert isinstance(pool, _last_used_first.LastUsedFirst)
            return [type(connection) for _, connection in pool._idle]

    assert anyio.run(get, backend="trio") == [SocketTransport]


@pytest.mark.parametrize(
    ("version", "known"),
    [("3.10.11", False), ("3.11.0", True), ("3.14.5", True), ("3.15.0", False), ("4.0.0a1", False)],
)
def test_only_versions_that_have_been_tested(monkeypatch: pytest.MonkeyPatch, version: str, known: bool) -> None:
    """Another version of aiohttp than those over which the tests have run is left alone; the installed one is not."""
    assert _aiohttp.is_known()
    _connections._over_aiohttp.cache_clear()
    monkeypatch.setattr(aiohttp, "__version__", version)
    assert (_connections._over_aiohttp() is _aiohttp.Connection) == known
    _connections._over_aiohttp.cache_clear()


@pytest.mark.parametrize("hidden", [False, True])
def test_importing_the_client_does_not_import_aiohttp(hidden: bool, face_emulator: Emulator) -> None:
    """aiohttp is imported for the first async call, not before, and need not be there."""
    program = f"""
import sys
if {hidden}:
    sys.modules["aiohttp"] = None
import asyncio
from face_client import Client
from face_client.api.liveness_session_operations import get_session_image
client = Client({face_emulator.endpoint!r}, headers={{"Ocp-Apim-Subscription-Key": "emulator-key"}})
get_session_image.sync({SAMPLE_IMAGE_ID!r}, client=client)
assert sys.modules.get("aiohttp") is None
async def get():
    async with client:
        return await get_session_image.asyncio({SAMPLE_IMAGE_ID!r}, client=client)
print(len(asyncio.run(get())), sys.modules.get("aiohttp") is None)
"""
    run = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)

    assert done.stderr == ""
    assert done.stdout.split() == [str(len(face_emulator.images[SAMPLE_IMAGE_ID])), str(hidden)]


BOUNDARY = {"Content-Type": "multipart/form-data; boundary=end"}
REQUESTS: dict[str, dict[str, Any]] = {
    "get": {"headers": [("X-b", "1"), ("x-A", "2"), ("X-b", "3"), ("Empty", "")]},
    "query": {"path": "/a%2Fb/%7E~;x=1/ü?q=%20+&r="},
    "empty query": {"path": "/a?"},
    "host": {"headers": {"A": "b", "hOST": "other.example"}},
    "not ascii": {"headers": [(b"X-Bytes", b"\xfc\xe4")]},
    "delete": {"method": "DELETE"},
    "own method": {"method": "PURGE"},
    "bytes": {"method": "POST", "content": b"some bytes"},
    "json": {"method": "PUT", "json": {"a": 1}},
    "form": {"method": "PATCH", "data": {"a": "1"}},
    "files": {"method": "POST", "files": {"f": ("n.bin", b"x" * 200_000)}, "headers": BOUNDARY},
    "nothing": {"method": "POST"},
}


@pytest.mark.parametrize("options", REQUESTS.values(), ids=REQUESTS)
async def test_the_same_goes_over_the_wire(raw_server: Serve, options: dict[str, Any]) -> None:
    """Each byte of a request is the one that httpx's own connections send."""
    received: list[bytes] = []

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.settimeout(0.1)
        rest = b""
        try:
            while chunk := connection.recv(65536):
                rest += chunk
        except TimeoutError:
            pass
        received.append(server.requests[-1] + rest)
        connection.sendall(FOUR)

    server = raw_server(answer)
    options = {"method": "GET", "path": "/", **options}
    method, url = options.pop("method"), server.endpoint + options.pop("path")
    for transport in httpx.AsyncHTTPTransport(), _aiohttp.Connection(httpx.create_ssl_context):
        async with httpx.AsyncClient(transport=transport) as client:
            assert (await client.request(method, url, **options)).content == b"four"

    assert received[0] == received[1]


async def test_a_body_of_unknown_length_is_chunked(raw_server: Serve) -> None:
    """A body that is made on the way goes in chunks, and an empty piece does not end it."""

    async def pieces() -> AsyncIterator[bytes]:
        for piece in b"one", b"", b"x" * 20:
            await asyncio.sleep(0.01)
            yield piece

    heard = bytearray()

    def answer(connection: socket.socket, _request: bytes) -> None:
        heard.extend(server.requests[-1])
        while not heard.endswith(b"0\r\n\r\n"):
            heard.extend(connection.recv(65536))
        connection.sendall(FOUR)

    server = raw_server(answer)
    async with (
        _aiohttp.Connection(httpx.create_ssl_context) as transport,
        httpx.AsyncClient(transport=transport) as client,
    ):
        await client.post(server.endpoint, content=pieces())

    head, _, body = bytes(heard).partition(b"\r\n\r\n")
    assert head.lower().count(b"transfer-encoding: chunked") == 1
    assert body == b"3\r\none\r\n14\r\n" + b"x" * 20 + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize("length", ["3", "5", "0"])
async def test_a_body_of_another_length_than_announced(
    over_aiohttp: _aiohttp.Connection, raw_server: Serve, length: str
) -> None:
    """A body that is not as long as its headers say is an error, and never runs over into the next request."""
    server = raw_server(keep_open())
    request = ask(server.endpoint, "POST", content=b"four", headers={"Content-Length": length})

    with pytest.raises(httpx.LocalProtocolError, match="Content-Length"):
        await over_aiohttp.handle_async_request(request)

    assert over_aiohttp._kept is None


@given(st.text(st.characters(max_codepoint=255), max_size=6), st.text(st.characters(max_codepoint=255), max_size=6))
@example("A", "b\r\nC: d")
@example("A: b\r\nC", "d")
def test_no_header_ends_a_line(name: str, value: str) -> None:
    """What is sent is one line for each header, or nothing."""
    request = ask("http://localhost/a", headers=[(name.encode("latin-1"), value.encode("latin-1"))])
    try:
        head = request_head(request)
    except httpx.LocalProtocolError:
        return
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    assert lines[0] == b"GET /a HTTP/1.1"
    assert len(lines) == 1 + len(request.headers.raw)
    assert not any(byte in b"\r\n\0" for line in lines for byte in line)


async def test_a_length_that_is_none(over_aiohttp: _aiohttp.Connection, raw_server: Serve) -> None:
    """A Content-Length that is no number is an error of the request, whose words do not repeat it."""
    with pytest.raises(httpx.LocalProtocolError) as caught:
        await read(over_aiohttp, ask(raw_server(FOUR).endpoint, headers={"Content-Length": "five"}))
    assert "five" not in str(caught.value)


ANSWERS = {
    "duplicates": b"HTTP/1.1 200 Fine By Me\r\nX-A: 1\r\nx-a: 2\r\nX-A: 1\r\nContent-Length: 4\r\n\r\nfour",
    "1xx": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + FOUR,
    "204": b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
    "304": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n",
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 4\r\n\r\nfour",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfo\r\n2\r\nur\r\n0\r\n\r\n",
    "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nfour",
    "until the end": b"HTTP/1.1 200 OK\r\n\r\nfour",
    "http/1.0": b"HTTP/1.0 200 OK\r\n\r\nfour",
    "no phrase": b"HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nfour",
    "long header": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 50_000 + b"\r\nContent-Length: 4\r\n\r\nfour",
    "not ascii": b"HTTP/1.1 200 Gr\xc3\xbc\xc3\x9f\r\nX: \xfc\r\nContent-Length: 4\r\n\r\nfour",
    "empty": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_the_same_comes_back(
    over_aiohttp: _aiohttp.Connection, raw_server: Serve, answer: bytes, method: str
) -> None:
    """Status, reason, version, raw headers and raw body are those that httpx's own connections bring."""
    if method == "HEAD":
        head, _, _ = answer.rpartition(b"\r\n\r\n")
        answer = head + b"\r\n\r\n"
    server = raw_server(answer)
    seen = []
    async with httpx.AsyncHTTPTransport() as theirs:
        for transport in theirs, over_aiohttp:
            response, body = await read(transport, ask(server.endpoint, method))
            extensions = {name: response.extensions[name] for name in ("http_version", "reason_phrase")}
            seen.append((response.status_code, response.headers.raw, extensions, body))

    assert seen[0] == seen[1]


FAILURES: dict[str, tuple[bytes, type[httpx.TransportError]]] = {
    "nothing": (b"", httpx.RemoteProtocolError),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Le", httpx.RemoteProtocolError),
    "no http": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", httpx.RemoteProtocolError),
    "bad status": (b"HTTP/1.1 two hundred\r\n\r\n", httpx.RemoteProtocolError),
    "bad length": (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", httpx.RemoteProtocolError),
    "endless header": (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000, httpx.RemoteProtocolError),
    "half a body": (FOUR[:-2], httpx.RemoteProtocolError),
    "bad chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", httpx.RemoteProtocolError),
}


@pytest.mark.parametrize(("answer", "error"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("slowly", [False, True])
async def test_what_is_wrong_with_an_answer(
    over_aiohttp: _aiohttp.Connection,
    raw_server: Serve,
    answer: bytes,
    error: type[httpx.TransportError],
    slowly: bool,
) -> None:
    """A server that hangs up, or does not speak HTTP, is a protocol error at once, and the next request works."""

    def send(connection: socket.socket, _request: bytes) -> None:
        if len(server.requests) > 1:
            connection.sendall(FOUR)
            return
        middle = len(answer) - 3 if slowly else 0
        connection.sendall(answer[:middle])
        time.sleep(0.05)
        connection.sendall(answer[middle:])

    server = raw_server(send)
    with anyio.fail_after(4), pytest.raises(error):
        await read(over_aiohttp, ask(server.endpoint))

    assert (await read(over_aiohttp, ask(server.endpoint)))[1] == b"four"


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"])
async def test_a_reset_is_a_read_error(over_aiohttp: _aiohttp.Connection, raw_server: Serve, head: bytes) -> None:
    """A reset is a read error, in a body that lasts until the connection ends too."""

    def reset(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head + b"five!" if head else b"")
        time.sleep(0.1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    with pytest.raises(httpx.ReadError):
        await read(over_aiohttp, ask(raw_server(reset).endpoint))


async def test_what_arrived_before_the_end_is_handed_out(over_aiohttp: _aiohttp.Connection, raw_server: Serve) -> None:
    """Pieces that are there when the connection breaks off come before the error."""
    server = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfive!")
    response = await over_aiohttp.handle_async_request(ask(server.endpoint))
    await asyncio.sleep(0.1)
    pieces = response.aiter_raw()

    assert await anext(pieces) == b"five!"
    with pytest.raises(httpx.RemoteProtocolError):
        await anext(pieces)
    await response.aclose()
    assert response.num_bytes_downloaded == 5


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-", FOUR[:-1]])
async def test_a_silent_server_is_a_read_timeout(
    over_aiohttp: _aiohttp.Connection, raw_server: Serve, sent: bytes
) -> None:
    """Wherever a server falls silent, the read timeout ends the wait."""
    server = raw_server(keep_open(sent) if sent else lambda connection, _: connection.recv(1) and None)

    with anyio.fail_after(4), pytest.raises(httpx.ReadTimeout):
        await read(over_aiohttp, ask(server.endpoint, timeout={"read": 0.1}))

    assert over_aiohttp._kept is None


async def test_the_read_timeout_is_for_each_piece(over_aiohttp: _aiohttp.Connection, raw_server: Serve) -> None:
    """An answer that takes longer than the read timeout in all, and never pauses for so long, arrives."""

    def drip(connection: socket.socket, _request: bytes) -> None:
        for byte in FOUR[:20], FOUR[20:-3], b"o", b"u", b"r":
            connection.sendall(byte)
            time.sleep(0.15)

    assert (await read(over_aiohttp, ask(raw_server(drip).endpoint, timeout={"read": 0.4})))[1] == b"four"


async def test_a_server_that_takes_nothing_is_a_write_timeout(
    over_aiohttp: _aiohttp.Connection, raw_server: Serve
) -> None:
    """A body that the server does not read is a WriteTimeout, not an endless wait."""
    server = raw_server(lambda *_: time.sleep(1))

    with anyio.fail_after(4), pytest.raises(httpx.WriteTimeout):
        await over_aiohttp.handle_async_request(
            ask(server.endpoint, "POST", content=b"x" * 50_000_000, timeout={"write": 0.1})
        )


async def test_an_error_of_the_callers_own_body(over_aiohttp: _aiohttp.Connection, raw_server: Serve) -> None:
    """An error of the caller's own body goes to the caller as it is, and the connection is closed."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        raise FileNotFoundError("mine")

    server = raw_server(keep_open())
    with pytest.raises(FileNotFoundError, match="mine"):
        await over_aiohttp.handle_async_request(ask(server.endpoint, "POST", content=pieces()))


async def test_a_name_that_is_nowhere_is_a_connect_error(over_aiohttp: _aiohttp.Connection) -> None:
    """A host that cannot be found is a ConnectError."""
    with pytest.raises(httpx.ConnectError):
        await over_aiohttp.handle_async_request(ask("http://nowhere.invalid/"))


async def test_a_handshake_that_takes_too_long(over_aiohttp: _aiohttp.Connection) -> None:
    """The connect timeout is over TLS's handshake too."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(httpx.ConnectTimeout):
            await over_aiohttp.handle_async_request(ask(url, timeout={"connect": 0.1}))


async def test_a_drop_in_the_handshake_is_no_timeout(over_aiohttp: _aiohttp.Connection) -> None:
    """A server that hangs up in the handshake is a ConnectError at once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=lambda: listener.accept()[0].close()).start()
        with anyio.fail_after(4), pytest.raises(httpx.ConnectError):
            await over_aiohttp.handle_async_request(ask(f"https://127.0.0.1:{listener.getsockname()[1]}/"))


async def test_certificates_are_checked(tmp_path: Path) -> None:
    """A certificate has to be from an authority that is trusted, and for the host; then the connection is kept."""
    with secure_server(tmp_path, "localhost") as (url, trusting):
        async with _aiohttp.Connection(httpx.create_ssl_context) as connection:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await connection.handle_async_request(ask(url))
        async with _aiohttp.Connection(lambda: trusting) as connection:
            for _ in range(3):
                assert (await read(connection, ask(url)))[1] == b"four"
            kept = connection._kept
            await read(connection, ask(url))
            assert connection._kept is kept
    with secure_server(tmp_path, "elsewhere.example") as (url, trusting):
        async with _aiohttp.Connection(lambda: trusting) as connection:
            with pytest.raises(httpx.ConnectError, match=r"CERTIFICATE_VERIFY_FAILED.*localhost"):
                await connection.handle_async_request(ask(url))


async def test_an_answer_nobody_asked_for_is_nobodys(over_aiohttp: _aiohttp.Connection, raw_server: Serve) -> None:
    """What a server sends after its answer is not taken for the answer to the next request."""
    server = raw_server(FOUR + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    for _ in range(3):
        assert (await read(over_aiohttp, ask(server.endpoint)))[1] == b"four"

    assert len(server.requests) == 3


async def test_a_loop_that_was_busy_sees_that_the_server_hung_up(
    over_aiohttp: _aiohttp.Connection, raw_server: Serve
) -> None:
    """A connection that was closed while the event loop had no time to notice costs no request."""
    server = raw_server(FOUR)
    for _ in range(3):
        assert (await read(over_aiohttp, ask(server.endpoint)))[1] == b"four"
        time.sleep(0.05)

    assert len(server.requests) == 3


async def test_a_request_is_sent_once(over_aiohttp: _aiohttp.Connection, raw_server: Serve) -> None:
    """A connection that the server closes instead of answering is an error: to try again is the client's business."""
    server = raw_server(keep_open(FOUR))

    def hang_up(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(FOUR)
        server.requests.append(connection.recv(65536))

    server._answer = hang_up
    await read(over_aiohttp, ask(server.endpoint))
    with pytest.raises(httpx.RemoteProtocolError):
        await read(over_aiohttp, ask(server.endpoint))

    assert len(server.requests) == 2


async def test_another_server_has_another_connection(over_aiohttp: _aiohttp.Connection, raw_server: Serve) -> None:
    """A request to another server never goes over a connection to the one before."""
    one, other = raw_server(keep_open(FOUR)), raw_server(keep_open(FOUR))
    await read(over_aiohttp, ask(one.endpoint))
    await read(over_aiohttp, ask(other.endpoint))

    assert (len(one.requests), len(other.requests)) == (1, 1)


async def test_only_http_is_spoken(over_aiohttp: _aiohttp.Connection) -> None:
    """A URL that an auth of the caller's has made, of another scheme, is an error of httpx's."""
    with pytest.raises(httpx.UnsupportedProtocol):
        await over_aiohttp.handle_async_request(ask("ftp://localhost/"))


async def test_leaving_early_closes(over_aiohttp: _aiohttp.Connection, raw_server: Serve) -> None:
    """A body that is left early is not read to its end: the connection is closed."""
    hung_up = threading.Event()
    sent = []

    def pour(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n")
        try:
            for _ in range(200):
                connection.sendall(b"x" * 1_000_000)
                sent.append(1)
        finally:
            hung_up.set()

    response = await over_aiohttp.handle_async_request(ask(raw_server(pour).endpoint))
    async for _ in response.aiter_raw():
        break
    await response.aclose()

    assert await asyncio.to_thread(hung_up.wait, 5)
    assert len(sent) < 30


@pytest.mark.parametrize("where", [b"", FOUR[:10], FOUR[:-1]])
async def test_a_cancelled_call_closes_and_the_next_one_works(raw_server: Serve, where: bytes) -> None:
    """A call that is cancelled closes its connection, wherever it was, and the next call works."""
    hung_up = threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(where if len(server.requests) == 1 else FOUR)
        if len(server.requests) == 1 and not connection.recv(1):
            hung_up.set()

    server = raw_server(answer)
    async with Client(server.endpoint) as client:
        with anyio.move_on_after(0.1) as scope:
            await get_session_image.asyncio("id", client=client)
        assert scope.cancelled_caught
        assert await asyncio.to_thread(hung_up.wait, 5)
        assert await get_session_image.asyncio("id", client=client) == b"four"


async def test_hundreds_at_once(face_emulator: Emulator) -> None:
    """Five hundred tasks at once each have their image, over a hundred connections at the most."""
    face_emulator.images["small"] = b"small"
    async with Client(face_emulator.endpoint, auth=SubscriptionKeyAuth("emulator-key")) as client:
        images = await asyncio.gather(*(get_session_image.asyncio("small", client=client) for _ in range(500)))
        pool = client.get_async_httpx_client()._transport
        assert isinstance(pool, _last_used_first.LastUsedFirst)
        assert len(pool._idle) <= 100

    assert images == [b"small"] * 500


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the caller has closed nothing
def test_one_event_loop_after_the_other(face_emulator: Emulator) -> None:
    """A client that was not closed in its first event loop works in the next one."""
    client = Client(face_emulator.endpoint, auth=SubscriptionKeyAuth("emulator-key"))

    async def get(closes: bool) -> bytes:
        image = await get_session_image.asyncio(SAMPLE_IMAGE_ID, client=client)
        if closes:
            await client.aclose()
        return image

    first, second = asyncio.run(get(False)), asyncio.run(get(True))
    gc.collect()

    assert first == second == face_emulator.images[SAMPLE_IMAGE_ID]


async def test_no_error_leads_to_the_key(raw_server: Serve) -> None:
    """Neither an error nor what it was raised from, with all their frames, leads to the key."""
    async with Client(raw_server(b"no http").endpoint, auth=SubscriptionKeyAuth(KEY), max_retries=0) as client:
        with pytest.raises(httpx.RemoteProtocolError) as caught:
            await get_session_image.asyncio("id", client=client)
    async with Client(raw_server(FOUR[:-1]).endpoint, auth=SubscriptionKeyAuth(KEY), max_retries=0) as client:
        with pytest.raises(IncompleteImage) as incomplete:
            await get_session_image.asyncio("id", client=client)

    for error in caught.value, incomplete.value:
        assert error.__cause__ is None
        assert error.__context__ is None
        frame, names = error.__traceback__, []
        while frame:
            names.append(frame.tb_frame.f_code.co_filename)
            assert KEY not in "".join(map(repr, frame.tb_frame.f_locals.values()))
            frame = frame.tb_next
        assert not any("aiohttp" in Path(name).parts for name in names)
