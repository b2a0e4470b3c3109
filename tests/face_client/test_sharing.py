"""One client for many: threads, tasks, a process and its child; those who break off, close early, or never do."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import anyio
import pytest
from anyio.from_thread import BlockingPortal

from face_client import Client, IncompleteBody, _last_used_first
from face_client.api.liveness_session_operations import get_session_image

Call = Callable[[Client, Any], bytes]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


def image_of(image_id: str) -> bytes:
    return image_id.encode() * 5000


class Crowded:
    """Answers every request of every connection with `image_of` its id, and keeps count."""

    def __init__(self) -> None:
        self.open: set[socket.socket] = set()
        self.most = 0
        self.seen: dict[str, int] = {}
        """The connection of each id."""
        self._lock = threading.Lock()

    def __call__(self, connection: socket.socket, request: bytes) -> None:
        with self._lock:
            self.open.add(connection)
            self.most = max(self.most, len(self.open))
        number = connection.fileno()
        try:
            while request:
                image_id = request.split(b" ")[1].rpartition(b"/")[2].decode()
                self.seen[image_id] = number
                image = image_of(image_id)
                connection.sendall(HEAD % len(image) + image)
                request = connection.recv(65536)
        finally:
            self.open.discard(connection)


@pytest.fixture
def crowded() -> Crowded:
    return Crowded()


def test_fifty_threads_get_their_own_images(
    make_client: Callable[..., Client], raw_server: Callable[..., Any], crowded: Crowded
) -> None:
    """Fifty threads that call over and over each get their own images, over at most fifty connections at a time."""
    client = make_client(raw_server(crowded).endpoint)
    start = threading.Barrier(50)

    def get(thread: int) -> list[str]:
        start.wait(10)
        ids = [f"{thread}-{number}" for number in range(10)]
        return [each for each in ids if get_session_image.sync(each, client=client) != image_of(each)]

    with ThreadPoolExecutor(50) as pool:
        wrong = list(pool.map(get, range(50)))

    assert wrong == [[]] * 50
    assert len(crowded.seen) == 500
    assert crowded.most <= 50


def test_five_hundred_tasks_get_their_own_images(
    make_client: Callable[..., Client],
    raw_server: Callable[..., Any],
    portal: BlockingPortal,
    crowded: Crowded,
) -> None:
    """Five hundred tasks at once each get their own image, over at most a hundred connections."""
    server = raw_server(crowded)
    client = make_client(server.endpoint)
    wrong: list[str] = []

    async def get(image_id: str) -> None:
        if await get_session_image.asyncio(image_id, client=client) != image_of(image_id):
            wrong.append(image_id)

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            for number in range(500):
                tasks.start_soon(get, str(number))

    portal.call(run)

    assert wrong == []
    assert len(crowded.seen) == 500
    assert server.visitors <= 100


@pytest.fixture(
    params=[HEAD[:30], HEAD % 10, HEAD % 10 + b"01234"], ids=["in the head", "before the body", "in the body"]
)
def reluctant(request: pytest.FixtureRequest, raw_server: Callable[..., Any]) -> Any:
    """A server that breaks off its first answer and goes silent, with `reached` to say so, and then is well."""
    reached = threading.Event()

    def answer(connection: socket.socket, request_: bytes) -> None:
        if reached.is_set():
            connection.sendall(HEAD % 5 + b"image")
            connection.recv(1)
        else:
            connection.sendall(request.param)
            reached.set()
            connection.recv(1)

    server = raw_server(answer)
    server.reached = reached
    return server


@pytest.mark.parametrize("limited", ["by us", "by the caller"])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("cancel", ["anyio", "asyncio"])
def test_a_cancelled_call_leaves_room_for_the_next(
    make_client: Callable[..., Client],
    reluctant: Any,
    portal: BlockingPortal,
    one_connection: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    limited: str,
    streamed: bool,
    cancel: str,
) -> None:
    """With room for one connection, a call that is cancelled wherever it waits does not stand in the next one's way."""
    if limited == "by us":
        monkeypatch.setattr(_last_used_first, "_MOST", 1)
        del one_connection["httpx_args"]
    client = make_client(reluctant.endpoint, **one_connection)

    async def get() -> bytes:
        if not streamed:
            return await get_session_image.asyncio("id", client=client)
        async with get_session_image.asyncio_stream("id", client=client) as body:
            return b"".join([piece async for piece in body.iter_bytes()])

    async def run() -> bytes:
        if cancel == "anyio":
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(get)
                await anyio.to_thread.run_sync(reluctant.reached.wait, 5)
                await anyio.sleep(0.05)
                tasks.cancel_scope.cancel()
        else:
            task = asyncio.create_task(get())
            await anyio.to_thread.run_sync(reluctant.reached.wait, 5)
            await anyio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return await get()

    assert portal.call(run) == b"image"
    assert reluctant.visitors == 2


@pytest.mark.parametrize("streamed", [False, True])
def test_an_interrupted_call_leaves_room_for_the_next(
    make_client: Callable[..., Client], reluctant: Any, one_connection: dict[str, Any], streamed: bool
) -> None:
    """With room for one connection, Ctrl-C wherever a call waits does not stand in the next one's way."""
    client = make_client(reluctant.endpoint, **one_connection)

    def get() -> bytes:
        if not streamed:
            return get_session_image.sync("id", client=client)
        with get_session_image.stream("id", client=client) as body:
            return b"".join(body.iter_bytes())

    def interrupt() -> None:
        reluctant.reached.wait(5)
        threading.Event().wait(0.05)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        get()
    thread.join()

    assert get() == b"image"
    assert reluctant.visitors == 2


@pytest.mark.parametrize("form", ["sync", "async"])
def test_closing_in_the_middle_of_a_body_leaves_nothing_open(
    make_client: Callable[..., Client],
    raw_server: Callable[..., Any],
    portal: BlockingPortal,
    eventually: Callable[[Callable[[], bool]], None],
    form: str,
) -> None:
    """When the client is closed while a body arrives, the body ends well or says why, and its connection is closed."""
    go_on, hung_up = threading.Event(), threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HEAD % 10 + b"01234")
        go_on.wait(5)
        connection.sendall(b"56789")
        with suppress(OSError):
            connection.recv(1)
        hung_up.set()

    def read() -> bytes:
        with get_session_image.stream("id", client=client) as body:
            client.close()
            go_on.set()
            return body.read()

    async def aread() -> bytes:
        async with get_session_image.asyncio_stream("id", client=client) as body:
            await client.aclose()
            go_on.set()
            return await body.read()

    client = make_client(raw_server(answer).endpoint)
    with suppress(IncompleteBody):
        assert (read() if form == "sync" else portal.call(aread)) == b"0123456789"

    eventually(hung_up.is_set)


_FORGETFUL = """
import asyncio, sys
from face_client import Client
from face_client.api.liveness_session_operations import get_session_image

form, endpoint = sys.argv[1:]
client = Client(endpoint)

async def calls():
    await asyncio.gather(*(get_session_image.asyncio(str(number), client=client) for number in range(5)))

if form == "sync":
    get_session_image.sync("id", client=client)
else:
    asyncio.run(calls())
"""


@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_client_that_is_never_closed_is_quiet(raw_server: Callable[..., Any], crowded: Crowded, form: str) -> None:
    """A program that forgets to close its client ends as it should, and prints nothing."""
    arguments = [sys.executable, "-c", _FORGETFUL, form, raw_server(crowded).endpoint]

    run = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)

    assert (run.stdout, run.stderr, run.returncode) == ("", "", 0)


_FORKING = """
import os, sys
from face_client import Client
from face_client.api.liveness_session_operations import get_session_image

client = Client(sys.argv[1], timeout=5)

def calls(who):
    for number in range(50):
        image_id = f"{who}-{number}"
        assert get_session_image.sync(image_id, client=client) == image_id.encode() * 5000, image_id

calls("before")
child = os.fork()
try:
    calls("parent" if child else "child")
finally:
    if not child:
        os._exit(1 if sys.exc_info()[0] else 0)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_fork_shares_no_connection(raw_server: Callable[..., Any], crowded: Crowded) -> None:
    """After a fork, parent and child call at once with the same client, each over connections of its own."""
    arguments = [sys.executable, "-c", _FORKING, raw_server(crowded).endpoint]

    run = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)

    assert (run.stdout, run.stderr, run.returncode) == ("", "", 0)
    used = {
        who: {number for each, number in crowded.seen.items() if each.startswith(who)} for who in ("parent", "child")
    }
    assert used["parent"]
    assert used["child"]
    assert not used["parent"] & used["child"]
