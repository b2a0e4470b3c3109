"""What tests of several rooms share: the document, an event loop, forms of calls, a server of raw bytes, clients."""

import os
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from anyio.from_thread import BlockingPortal, start_blocking_portal
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from ruamel.yaml import YAML

Answer = Callable[[socket.socket, bytes], object]
DOCUMENT = Path(__file__).resolve().parents[1] / "spec" / "openapi.yaml"


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, since many tests wait."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def document() -> Any:
    """The OpenAPI document as plain data, read by another parser than the generator's."""
    return YAML(typ="safe").load(DOCUMENT)


@pytest.fixture(scope="session")
def resolve(document: Any) -> Callable[[Any], Any]:
    """Returns what a `$ref` refers to, and anything else as it is."""
    resolver = Registry().with_resource("", DRAFT202012.create_resource(document)).resolver()

    def resolve(node: Any) -> Any:
        return resolver.lookup(node["$ref"]).contents if "$ref" in node else node

    return resolve


@pytest.fixture(scope="session")
def operations(document: Any, resolve: Callable[[Any], Any]) -> dict[str, Any]:
    """Each operation by its operationId: its `request`, such as "GET /path", all `parameters`, `body`, `responses`."""
    found = {}
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method, operation in item.items():
            if method != "parameters":
                found[operation["operationId"]] = {
                    "request": f"{method.upper()} {path}",
                    "parameters": [resolve(each) for each in [*shared, *operation.get("parameters", [])]],
                    "body": resolve(operation.get("requestBody", {})),
                    "responses": {status: resolve(each) for status, each in operation["responses"].items()},
                }
    return found


@pytest.fixture
def anyio_backend() -> str:
    """The event loop of the tests that are marked with anyio."""
    return "asyncio"


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """An event loop in a thread, so that one test body serves the sync and the async forms."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(params=["sync", "async"])
def form(request: pytest.FixtureRequest) -> str:
    """The sync form, then the async one, where a test does not name its own."""
    name: str = request.param
    return name


@pytest.fixture
def call(form: str, portal: BlockingPortal) -> Callable[[Any, str], bytes]:
    """Gets an image, as `call(client, image_id)`."""
    if form == "sync":
        return lambda client, image_id: client.get_session_image(image_id)
    return lambda client, image_id: portal.call(client.get_session_image, image_id)


class RawServer:
    """Listens on loopback, keeps what arrives, and leaves each connection to a function once it has sent a request."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None) -> None:
        self.requests: list[bytes] = []
        self._answer = answer
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self._connections: list[socket.socket] = []
        self._secured: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.authority = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.endpoint = f"{'https' if tls else 'http'}://{self.authority}"
        self._start(self._accept)

    @property
    def visitors(self) -> int:
        """How many connections there were, with or without a request."""
        return len(self._connections)

    def close(self) -> None:
        for each in (self._listener, *self._connections, *self._secured):
            with suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connections.append(connection)
                self._start(self._serve, connection)

    def _serve(self, plain: socket.socket) -> None:
        # A client may hang up at any time, also in the handshake, which is no business of the server's.
        with plain, suppress(OSError), self._tls.wrap_socket(plain, True) if self._tls else plain as connection:
            self._secured.append(connection)
            received = b""
            while (missing := _missing(received)) and (chunk := connection.recv(missing)):
                received += chunk
            if received:
                self.requests.append(received)
                self._answer(connection, received)


def _missing(received: bytes) -> int:
    """How many bytes of a request may be read without reading into the next one, or 0 at its end."""
    head, blank, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return max(0, int(length[1] if length else 0) - len(body)) if blank else 65536


@pytest.fixture
def raw_server() -> Iterator[Callable[..., RawServer]]:
    """Starts servers, as `raw_server(answer, tls=None)`.

    The answer is bytes, or a function that is given the connection and the request.
    """
    with ExitStack() as stack:

        def start(answer: bytes | Answer, tls: ssl.SSLContext | None = None) -> RawServer:
            act = (lambda connection, _: connection.sendall(answer)) if isinstance(answer, bytes) else answer
            server = RawServer(act, tls)
            stack.callback(server.close)
            return server

        yield start


class Certificates:
    """A certificate for this machine, and what trusts it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        self.authority_file = folder / "authority.pem"
        self.file = folder / "server.pem"
        authority.cert_pem.write_to_path(self.authority_file)
        certificate.private_key_and_cert_chain_pem.write_to_path(self.file)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self.server)
        self.client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        authority.configure_trust(self.client)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate for this machine, made once."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def make_client(request: pytest.FixtureRequest, portal: BlockingPortal) -> Iterator[Callable[..., Any]]:
    """Makes clients that sign in with the emulator's key and try once, as `make_client(endpoint, kind)`; closes them.

    Without a kind, it is an `AsyncClient` where the test's `form` begins with "async", otherwise a `Client`.
    """
    from face_client import AsyncClient, Client
    from face_client_auth import SubscriptionKeyAuth

    form = request.getfixturevalue("form") if "form" in request.fixturenames else ""
    fitting = AsyncClient if form.startswith("async") else Client
    clients: list[Client | AsyncClient] = []

    def make(endpoint: str, kind: type[Client] | type[AsyncClient] = fitting, **options: Any) -> Any:
        options.setdefault("auth", SubscriptionKeyAuth("emulator-key"))
        options.setdefault("max_retries", 0)
        clients.append(kind(endpoint, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close() if isinstance(client, Client) else portal.call(client.aclose)


@pytest.fixture
def client(make_client: Callable[..., Any], face_emulator: Any) -> Any:
    """A client of the emulator, of the kind that fits the test's `form`."""
    return make_client(face_emulator.endpoint)
