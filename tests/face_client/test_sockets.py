"""Async answers over plain sockets and TLS: whole, from the right server, and httpx's errors when there is none."""

import os
import socket
import ssl
import struct
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import trustme

from face_client import Client, IncompleteImage, _connections, _sockets
from face_client._sockets import SocketTransport
from face_client.api.liveness_session_operations import get_session_image
from face_client_auth import SubscriptionKeyAuth
from face_emulator import Emulator, Fault

pytestmark = pytest.mark.anyio
PICTURE = b"\xff\xd8\xffpicture"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n"
ANSWER = HEAD % len(PICTURE) + PICTURE
ANSWER_IN_CHUNKS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"%x\r\n%s\r\n0\r\n\r\n" % (len(PICTURE), PICTURE)
)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both event loops, as where aiohttp is not installed."""
    monkeypatch.setattr(_connections, "_over_aiohttp", lambda: None)
    loop: str = request.param
    return loop


class Certificates:
    """A certificate for this machine, and one for another, of an authority that the environment trusts."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.authority, self.server = folder / "authority.pem", folder / "server.pem"
        authority.cert_pem.write_to_path(self.authority)
        certificate = authority.issue_cert("127.0.0.1")
        certificate.private_key_and_cert_chain_pem.write_to_path(self.server)
        self.context, self.of_another = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2))
        certificate.configure_cert(self.context)
        authority.issue_cert("example.com").configure_cert(self.of_another)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """The certificates, made once."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusted(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An environment that trusts the authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    _connections._tls_context.cache_clear()
    yield
    _connections._tls_context.cache_clear()


class Server:
    """Leaves each connection to a function, over TLS where there is a context."""

    def __init__(self, act: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> None:
        self._act = act
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.accepted = 0
        self.endpoint = f"http{'s' if tls else ''}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.accepted += 1
                self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
                self._threads[-1].start()

    def _serve(self, plain: socket.socket) -> None:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The client may hang up at any time, which is no business of the server's.
        with plain, suppress(OSError):
            if not self._tls:
                self._act(plain)
                return
            with self._tls.wrap_socket(plain, server_side=True) as connection:
                self._act(connection)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture(params=["http", "tls"])
def serve(request: pytest.FixtureRequest, certificates: Certificates, trusted: None) -> Iterator[Callable[..., Server]]:
    """Starts servers, in the clear and over TLS, as `serve(what_it_does_to_a_connection)`."""
    with ExitStack() as stack:

        def start(act: Callable[[socket.socket], None]) -> Server:
            server = Server(act, certificates.context if request.param == "tls" else None)
            stack.callback(server.close)
            return server

        yield start


async def get(endpoint: str, **options: Any) -> bytes:
    async with Client(endpoint, **{"max_retries": 0, **options}) as client:
        return await get_session_image.asyncio("id", client=client)


def requests(connection: socket.socket) -> Iterator[None]:
    while connection.recv(65536):
        yield


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 3_000_001])
@pytest.mark.parametrize("chunked", [False, True])
async def test_images_of_all_sizes(certificates: Certificates, trusted: None, size: int, chunked: bool) -> None:
    """Over TLS an image comes as it was sent, whether it fills a part of a record or many, and so does the next one."""
    with Emulator(certfile=certificates.server) as face:
        face.images["id"] = os.urandom(size)
        face.faults.add(Fault(chunked=chunked))
        async with Client(face.endpoint, auth=SubscriptionKeyAuth(face.key), max_retries=0) as client:
            assert await get_session_image.asyncio("id", client=client) == face.images["id"]
            assert await get_session_image.asyncio("id", client=client) == face.images["id"]


async def test_an_answer_in_small_pieces(serve: Callable[..., Server]) -> None:
    """An answer that comes byte by byte, after one that is none yet, is understood."""

    def drip(connection: socket.socket) -> None:
        for _ in requests(connection):
            for byte in b"HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n" + ANSWER:
                connection.sendall(bytes([byte]))

    assert await get(serve(drip).endpoint) == PICTURE


async def test_an_answer_without_a_length(serve: Callable[..., Server]) -> None:
    """A body without a length ends with its connection."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n" + PICTURE)

    assert await get(serve(answer).endpoint) == PICTURE


@pytest.mark.parametrize("answered", [ANSWER, HEAD % 0, ANSWER_IN_CHUNKS], ids=["length", "empty", "chunked"])
@pytest.mark.parametrize("late", [False, True])
async def test_what_nobody_asked_for_is_no_answer(serve: Callable[..., Server], late: bool, answered: bytes) -> None:
    """What a server sends beyond an answer is not taken for the answer to the next request."""
    go_on = threading.Event()
    forgotten = HEAD % 9 + b"forgotten"

    def answer(connection: socket.socket) -> None:
        for _ in requests(connection):
            if server.accepted > 1:
                connection.sendall(ANSWER)
            elif late:
                connection.sendall(answered)
                go_on.wait(5)
                connection.sendall(forgotten)
            else:
                connection.sendall(answered + forgotten)

    server = serve(answer)
    async with Client(server.endpoint, max_retries=0) as client:
        assert await get_session_image.asyncio("id", client=client) in (PICTURE, b"")
        go_on.set()
        await anyio.sleep(0.05)
        assert await get_session_image.asyncio("id", client=client) == PICTURE
    assert server.accepted == 2


async def test_a_server_that_ends_connections(serve: Callable[..., Server]) -> None:
    """After an answer that says so, the connection is not used again."""

    def answer(connection: socket.socket) -> None:
        for _ in requests(connection):
            connection.sendall(ANSWER.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"))

    server = serve(answer)
    async with Client(server.endpoint, max_retries=0) as client:
        for _ in range(2):
            assert await get_session_image.asyncio("id", client=client) == PICTURE
    assert server.accepted == 2


async def test_each_request_goes_to_its_own_server(serve: Callable[..., Server]) -> None:
    """Where signing in takes a request to another server, each request goes to the server that it is for."""

    def answer_with(picture: bytes) -> Callable[[socket.socket], None]:
        return lambda connection: [connection.sendall(HEAD % len(picture) + picture) for _ in requests(connection)]

    class Ask(httpx.Auth):
        requires_response_body = True

        async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
            response = yield httpx.Request("GET", other.endpoint)
            assert await response.aread() == b"token"
            yield request

    server, other = serve(answer_with(PICTURE)), serve(answer_with(b"token"))
    async with Client(server.endpoint, auth=Ask(), max_retries=0) as client:
        for _ in range(3):
            assert await get_session_image.asyncio("id", client=client) == PICTURE


async def test_a_server_that_says_nothing(serve: Callable[..., Server]) -> None:
    """A server that hangs up without an answer has broken the protocol, and was not out of reach."""
    with pytest.raises(httpx.RemoteProtocolError, match="hung up without an answer"):
        await get(serve(lambda connection: connection.recv(65536)).endpoint)


async def test_a_connection_that_is_reset(serve: Callable[..., Server]) -> None:
    """A reset before the answer is a ReadError that says so, and one in the body an IncompleteImage."""

    def reset(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(sent)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    sent = b""
    with pytest.raises(httpx.ReadError, match="Connection reset by peer"):
        await get(serve(reset).endpoint)
    sent = HEAD % 10 + b"01234"
    with pytest.raises(IncompleteImage):
        await get(serve(reset).endpoint)


async def test_a_record_that_is_damaged(certificates: Certificates, trusted: None) -> None:
    """What breaks TLS in the middle of a body makes it incomplete."""

    def damage(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(HEAD % 10 + b"01234")
        with socket.socket(fileno=os.dup(connection.fileno())) as plain:
            plain.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
        connection.recv(1)

    server = Server(damage, certificates.context)
    with pytest.raises(IncompleteImage):
        await get(server.endpoint)
    server.close()


@pytest.mark.parametrize("first", ["mute", "closed"])
async def test_a_host_with_more_than_one_address(monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    """Where the first address of a host refuses the connection or does not answer, the next one is tried."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(ANSWER)

    async def two_addresses(host: str, port: int, **_: Any) -> list[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
        return [(*kind, address), (*kind, ("127.0.0.1", port))]

    server = Server(answer)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as stack:
        address = listener.getsockname()
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        if first == "closed":
            listener.close()
        monkeypatch.setattr(anyio, "getaddrinfo", two_addresses)
        monkeypatch.setattr(_sockets, "_ENOUGH", 0.1)
        with anyio.fail_after(5):
            assert await get(server.endpoint) == PICTURE
    server.close()


async def test_a_host_without_an_address() -> None:
    """A host that does not exist is a ConnectError."""
    with pytest.raises(httpx.ConnectError):
        await get("https://no-such-host.invalid")


async def test_a_server_that_nobody_trusts(certificates: Certificates) -> None:
    """A certificate of an unknown authority is a ConnectError that says so, and the server hears of nothing."""
    heard = []
    server = Server(lambda connection: heard.append(connection.recv(1)), certificates.context)
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        await get(server.endpoint)
    server.close()
    assert heard == []


async def test_a_server_of_another_name(certificates: Certificates, trusted: None) -> None:
    """A certificate for another server is a ConnectError that says so, and the server hears of nothing."""
    heard = []
    server = Server(lambda connection: heard.append(connection.recv(1)), certificates.of_another)
    with pytest.raises(httpx.ConnectError, match="IP address mismatch"):
        await get(server.endpoint)
    server.close()
    assert heard == []


async def test_a_server_that_cannot_speak_tls() -> None:
    """What fails while the connection is made secure is a ConnectError, and a ConnectTimeout when it takes too long."""
    go_on = threading.Event()
    mute, closing = Server(lambda _: go_on.wait(5)), Server(lambda connection: connection.recv(65536))
    with pytest.raises(httpx.ConnectTimeout):
        await get(mute.endpoint.replace("http", "https"), timeout=httpx.Timeout(5, connect=0.2))
    with pytest.raises(httpx.ConnectError):
        await get(closing.endpoint.replace("http", "https"))
    go_on.set()
    mute.close()
    closing.close()


async def test_a_large_request(serve: Callable[..., Server]) -> None:
    """A request that the server takes its time for is sent whole."""
    body = os.urandom(8_000_000)

    def answer(connection: socket.socket) -> None:
        received = b""
        while not received.endswith(body[-100:]):
            received += connection.recv(1_000_000)
        connection.sendall(HEAD % 2 + (b"ok" if body in received else b"no"))

    async with httpx.AsyncClient(transport=SocketTransport(_connections._tls_context)) as client:
        response = await client.post(serve(answer).endpoint, content=body)
    assert response.content == b"ok"


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_answer_before_the_request_is_over(serve: Callable[..., Server]) -> None:
    """When a server refuses a request before it has all of it, the caller gets what it said, or is told of the drop."""

    def refuse(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
        connection.shutdown(socket.SHUT_RDWR)

    async with httpx.AsyncClient(transport=SocketTransport(_connections._tls_context)) as client:
        with suppress(httpx.ReadError):
            response = await client.post(serve(refuse).endpoint, content=bytes(8_000_000))
            assert response.status_code == 413


async def test_other_schemes() -> None:
    """A URL that is neither http nor https is refused, as httpx does."""
    async with httpx.AsyncClient(transport=SocketTransport(_connections._tls_context)) as client:
        with pytest.raises(httpx.UnsupportedProtocol):
            await client.get("ftp://127.0.0.1/")


async def test_a_fast_server_leaves_the_loop_to_others(serve: Callable[..., Server]) -> None:
    """Other tasks have their turn between the pieces of a body, however fast it comes."""
    turns = 0
    pieces = 0

    def pour(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(HEAD % 20_000_000 + bytes(20_000_000))

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await anyio.lowlevel.checkpoint()

    async with (
        Client(serve(pour).endpoint, max_retries=0) as client,
        anyio.create_task_group() as tasks,
        get_session_image.asyncio_stream("id", client=client) as body,
    ):
        tasks.start_soon(count)
        async for _ in body.iter_bytes():
            pieces += 1
        tasks.cancel_scope.cancel()
    assert turns > pieces / 2 > 10
