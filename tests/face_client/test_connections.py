"""Connections: how many are opened, which one is used, and when the caller's own choice counts."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest

from face_client import Client, _connections, _last_used_first
from face_client.api.liveness_session_operations import get_session_image

pytestmark = pytest.mark.anyio
PICTURE = b"\xff\xd8\xffpicture"


class Counter:
    """A server that keeps its connections open and counts them; `hold` stops its answers."""

    def __init__(self) -> None:
        self.accepted = 0
        self.answered = 0
        self.hold = threading.Event()
        self.hold.set()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                connection, _ = self._listener.accept()
                self.accepted += 1
                self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        except OSError:
            return

    def _serve(self, connection: socket.socket) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
        with connection:
            try:
                while connection.recv(65536):
                    self.hold.wait(5)
                    self.answered += 1
                    connection.sendall(head + b"Content-Length: %d\r\n\r\n%s" % (len(PICTURE), PICTURE))
            except OSError:
                pass
        self._open.discard(connection)

    @property
    def open(self) -> int:
        return len(self._open)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Counter]:
    counter = Counter()
    yield counter
    counter.close()


@pytest.fixture(params=["asyncio", "asyncio over aiohttp", "trio"])
def anyio_backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both event loops, and asyncio with and without aiohttp."""
    loop, _, over = request.param.partition(" over ")
    if not over:
        monkeypatch.setattr(_connections, "_over_aiohttp", lambda: None)
    return loop


async def get(client: Client) -> None:
    assert await get_session_image.asyncio("id", client=client) == PICTURE


async def test_one_connection_for_calls_in_a_row(server: Counter) -> None:
    """Calls one after the other use one connection."""
    async with Client(server.endpoint, max_retries=0) as client:
        for _ in range(10):
            await get(client)
    assert server.accepted == 1


async def test_no_more_connections_than_calls_at_once(server: Counter) -> None:
    """As many connections are opened as there were calls at once, and they are used again."""
    async with Client(server.endpoint, max_retries=0) as client:
        for _ in range(3):
            server.hold.clear()
            async with anyio.create_task_group() as tasks:
                for _ in range(20):
                    tasks.start_soon(get, client)
                while server.accepted < 20:
                    await anyio.sleep(0.01)
                server.hold.set()
    assert server.accepted == 20


async def test_unused_connections_are_closed(server: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a rush, connections that nobody has used for a while are closed as calls go on."""
    async with Client(server.endpoint, max_retries=0) as client:
        server.hold.clear()
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(get, client)
            while server.accepted < 10:
                await anyio.sleep(0.01)
            server.hold.set()
        monkeypatch.setattr(_last_used_first, "_IDLE", 0.05)
        await anyio.sleep(0.1)
        await get(client)
        with anyio.fail_after(5):
            while server.open > 1:
                await anyio.sleep(0.01)
    assert server.accepted == 11


async def test_closing_closes_every_connection(server: Counter) -> None:
    """When the client is closed, so are its connections."""
    async with Client(server.endpoint, max_retries=0) as client, anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(get, client)
    with anyio.fail_after(5):
        while server.open:
            await anyio.sleep(0.01)


async def test_a_call_that_outlives_the_client_leaves_nothing_open(server: Counter) -> None:
    """The connection of a call that is still under way when the client is closed goes with the call."""
    client = Client(server.endpoint, max_retries=0)
    async with get_session_image.asyncio_stream("id", client=client) as body:
        await client.aclose()
        assert await body.read() == PICTURE
    with anyio.fail_after(5):
        while server.open:
            await anyio.sleep(0.01)


async def test_hundreds_of_calls_at_once(server: Counter) -> None:
    """500 tasks may share a client; they use a hundred connections at the most."""
    async with Client(server.endpoint, max_retries=0) as client, anyio.create_task_group() as tasks:
        for _ in range(500):
            tasks.start_soon(get, client)
    assert server.accepted <= 100


async def test_too_many_calls_wait_for_their_turn(server: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a limit to connections; calls beyond it wait, and say so when they wait in vain."""
    monkeypatch.setattr(_last_used_first, "_MOST", 2)
    server.hold.clear()
    async with Client(server.endpoint, max_retries=0, timeout=httpx.Timeout(5, pool=0.2)) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(get, client)
            tasks.start_soon(get, client)
            await anyio.sleep(0.05)
            with pytest.raises(httpx.PoolTimeout, match=r"^no free connection to 127\.0\.0\.1:\d+ within 0\.2 s$"):
                await get(client)
            server.hold.set()
        await get(client)
    assert server.accepted == 2


async def test_a_cancelled_call_gives_its_place_back(server: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that is cancelled while it waits for the answer leaves room for the next one, which works."""
    monkeypatch.setattr(_last_used_first, "_MOST", 1)
    async with Client(server.endpoint, max_retries=0, timeout=httpx.Timeout(5, pool=1)) as client:
        for _ in range(3):
            server.hold.clear()
            with anyio.move_on_after(0.05):
                await get(client)
            server.hold.set()
            await get(client)


async def test_a_cancelled_call_closes_its_connection(server: Counter) -> None:
    """No later call could mistake the answer to a cancelled one for its own: it comes on another connection."""
    async with Client(server.endpoint, max_retries=0) as client:
        server.hold.clear()
        with anyio.move_on_after(0.05):
            await get(client)
        server.hold.set()
        await get(client)
    assert server.accepted == 2


async def test_a_connection_that_the_server_has_closed_is_replaced(server: Counter) -> None:
    """A connection that was closed while it was idle costs no call."""
    async with Client(server.endpoint, max_retries=0) as client:
        await get(client)
        for connection in list(server._open):
            connection.shutdown(socket.SHUT_RDWR)
        await anyio.sleep(0.05)
        await get(client)
    assert server.accepted == 2


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"], indirect=True)  # that of aiohttp is tested there
def test_one_event_loop_after_the_other(server: Counter, anyio_backend: str) -> None:
    """A client that is used in one event loop after the other works in each, over the connection that it has."""
    client = Client(server.endpoint, max_retries=0)
    for _ in range(3):
        anyio.run(get, client, backend=anyio_backend)
    anyio.run(client.aclose, backend=anyio_backend)
    assert server.accepted == 1


_FORK = """
import asyncio, os, sys
from face_client import Client
from face_client.api.liveness_session_operations import get_session_image

client = Client(sys.argv[1])

async def get():
    await get_session_image.asyncio("id", client=client)

async def main():
    await get()
    child = os.fork()
    if not child:
        try:
            asyncio.run(get())
            asyncio.run(client.aclose())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    await get()
    await client.aclose()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_fork_shares_no_connection(server: Counter) -> None:
    """After a fork, the child opens a connection of its own, and the parent goes on with the one that it had."""
    run = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", _FORK, server.endpoint],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.stderr, run.returncode) == ("", 0)
    assert (server.accepted, server.answered) == (2, 3)


@pytest.mark.parametrize(
    "chosen",
    [
        {"transport": httpx.AsyncHTTPTransport()},
        {"limits": httpx.Limits(max_connections=1)},
        {"mounts": {"all://": httpx.AsyncHTTPTransport()}},
        {"verify": False},
    ],
    ids=lambda chosen: next(iter(chosen)),
)
async def test_the_callers_choice_counts(server: Counter, chosen: dict[str, object]) -> None:
    """A caller who chooses how connections are made has httpx's own, made as chosen."""
    async with Client(server.endpoint, max_retries=0, httpx_args=chosen) as client:
        transport = client.get_async_httpx_client()._transport
        assert not isinstance(transport, _last_used_first.LastUsedFirst)
        assert transport is chosen.get("transport", transport)
        await get(client)


async def test_proxies_of_the_environment_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment names a proxy, httpx's own connections go through it."""
    endpoint = "https://contoso.cognitiveservices.azure.com"
    async with Client(endpoint) as client:
        assert isinstance(client.get_async_httpx_client()._transport, _last_used_first.LastUsedFirst)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    async with Client(endpoint) as client:
        assert not isinstance(client.get_async_httpx_client()._transport, _last_used_first.LastUsedFirst)


async def test_the_tls_context_is_made_once(
    raw_server: Callable[..., Any], certificates: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients share the context that checks certificates, which takes long to make; plain http needs none."""
    made: list[object] = []
    make: Callable[[], object] = httpx.create_ssl_context
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: made.append(make()) or made[-1])
    _connections._tls_context.cache_clear()
    for tls in (None, certificates.server, certificates.server):
        client = Client(raw_server(b"", tls).endpoint, max_retries=0)
        with pytest.raises(httpx.TransportError):
            await get(client)
        with pytest.raises(httpx.TransportError):
            await anyio.to_thread.run_sync(lambda client=client: get_session_image.sync("id", client=client))
        assert len(made) == (1 if tls else 0)
        await client.aclose()
    _connections._tls_context.cache_clear()
