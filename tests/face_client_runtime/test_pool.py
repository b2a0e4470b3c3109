"""The pool: how many connections there are, who gets which, and that each one comes back."""

import asyncio
import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import ApiError, AsyncClient, Client, IncompleteBody
from face_client.models import CreateLivenessSessionContent
from face_client_runtime import BaseClient, Operation, _pool
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, str], bytes]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
OK = HEAD % 5 + b"image"


def image_of(image_id: str) -> bytes:
    return image_id.encode() * 5000


def answer(request: bytes) -> bytes:
    """Answers with `image_of` the id that is asked for."""
    image = image_of(request.split(b" ")[1].rpartition(b"/")[2].decode())
    return HEAD % len(image) + image


class Gate:
    """Answers once it is open."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self._reached = threading.Semaphore(0)

    def __call__(self, _request: bytes) -> bytes:
        self._reached.release()
        self.opened.wait(20)
        return OK

    def wait_for(self, calls: int) -> None:
        """Waits until so many calls wait for their answer."""
        for _ in range(calls):
            assert self._reached.acquire(timeout=20)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


def test_fifty_threads_get_their_own_images(make_client: Callable[..., Any], serve_each: Callable[..., Any]) -> None:
    """Fifty threads that call over and over each get their own images, over at most fifty connections."""
    server = serve_each(answer)
    client = make_client(server.endpoint)
    start = threading.Barrier(50)

    def get(thread: int) -> list[str]:
        start.wait(20)
        ids = [f"{thread}-{number}" for number in range(10)]
        return [each for each in ids if client.get_session_image(each) != image_of(each)]

    with ThreadPoolExecutor(50) as pool:
        wrong = list(pool.map(get, range(50)))

    assert wrong == [[]] * 50
    assert len(server.requests) == 500
    assert server.visitors <= 50


def test_five_hundred_tasks_get_their_own_images(
    make_client: Callable[..., Any], serve_each: Callable[..., Any], portal: BlockingPortal, gate: Gate
) -> None:
    """Five hundred tasks at once each get their own image, and no more than a hundred are served at a time."""
    server = serve_each(lambda request: gate(request) and answer(request))
    client = make_client(server.endpoint, AsyncClient)

    async def run() -> list[bytes]:
        ids = map(str, range(500))
        calls = asyncio.gather(*(client.get_session_image(each) for each in ids))
        await anyio.to_thread.run_sync(gate.wait_for, 100)
        await anyio.sleep(0.1)
        assert server.visitors == 100
        gate.opened.set()
        return await calls

    assert portal.call(run) == [image_of(str(number)) for number in range(500)]
    assert len(server.requests) == 500


def test_no_more_connections_than_calls_at_once(
    call: Call, make_client: Callable[..., Any], serve_each: Callable[..., Any], gate: Gate
) -> None:
    """As many connections are opened as there were calls at once, and they are used again."""
    server = serve_each(gate)
    client = make_client(server.endpoint)
    with ThreadPoolExecutor(5) as threads:
        for _ in range(3):
            gate.opened.clear()
            calls = [threads.submit(call, client, "id") for _ in range(5)]
            gate.wait_for(5)
            gate.opened.set()
            assert [each.result(20) for each in calls] == [b"image"] * 5

    assert server.visitors == 5


def test_the_connection_that_was_used_last_is_used_first(
    call: Call,
    make_client: Callable[..., Any],
    serve_each: Callable[..., Any],
    gate: Gate,
    eventually: Callable[..., None],
) -> None:
    """After a rush, one call after the other uses one connection, so that the others can be closed."""
    server = serve_each(gate)
    client = make_client(server.endpoint, httpx_args={"limits": httpx.Limits(keepalive_expiry=0.5)})
    with ThreadPoolExecutor(5) as threads:
        calls = [threads.submit(call, client, "id") for _ in range(5)]
        gate.wait_for(5)
        gate.opened.set()
        assert [each.result(20) for each in calls] == [b"image"] * 5

    def is_one_left() -> bool:
        call(client, "id")
        return sum(connection.fileno() != -1 for connection in server._connections) == 1

    eventually(is_one_left)
    assert server.visitors == 5


def test_no_more_idle_connections_than_the_caller_allows(
    call: Call, make_client: Callable[..., Any], serve_each: Callable[..., Any]
) -> None:
    """With `max_keepalive_connections=0` each call has a connection of its own."""
    server = serve_each(OK)
    client = make_client(server.endpoint, httpx_args={"limits": httpx.Limits(max_keepalive_connections=0)})

    for _ in range(3):
        call(client, "id")

    assert server.visitors == 3


def test_a_connection_that_is_too_old_is_replaced(
    call: Call, make_client: Callable[..., Any], serve_each: Callable[..., Any]
) -> None:
    """With `keepalive_expiry=0` no connection is used again."""
    server = serve_each(OK)
    client = make_client(server.endpoint, httpx_args={"limits": httpx.Limits(keepalive_expiry=0)})

    for _ in range(3):
        call(client, "id")

    assert server.visitors == 3


def test_too_many_calls_wait_for_their_turn(
    call: Call, make_client: Callable[..., Any], serve_each: Callable[..., Any], gate: Gate
) -> None:
    """A call for which there is no free connection waits, and says so when it waits in vain."""
    server = serve_each(gate)
    limits = httpx.Limits(max_connections=2)
    client = make_client(server.endpoint, timeout=httpx.Timeout(20, pool=0.2), httpx_args={"limits": limits})
    with ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(call, client, "id") for _ in range(2)]
        gate.wait_for(2)
        with pytest.raises(
            httpx.PoolTimeout, match=r"^no free connection to 127\.0\.0\.1:\d+ within 0\.2 s \(client request id \S+\)$"
        ):
            call(client, "id")
        gate.opened.set()
        assert [each.result(20) for each in calls] == [b"image"] * 2

    assert call(client, "id") == b"image"
    assert server.visitors == 2


def test_waiting_calls_have_their_turn(
    call: Call, make_client: Callable[..., Any], serve_each: Callable[..., Any]
) -> None:
    """Twenty calls at once over one connection each get their own image."""
    server = serve_each(answer)
    client = make_client(server.endpoint, timeout=30, httpx_args={"limits": httpx.Limits(max_connections=1)})

    with ThreadPoolExecutor(20) as threads:
        images = list(threads.map(lambda number: call(client, str(number)), range(20)))

    assert images == [image_of(str(number)) for number in range(20)]
    assert server.visitors == 1


def test_a_waiting_task_comes_before_the_next_call_of_another(
    make_client: Callable[..., Any], serve_each: Callable[..., Any], portal: BlockingPortal
) -> None:
    """A task that calls over and over does not keep the one connection from a task that waits for it."""
    client = make_client(serve_each(OK).endpoint, AsyncClient, httpx_args={"limits": httpx.Limits(max_connections=1)})
    calls: list[str] = []

    async def get(who: str) -> None:
        await client.get_session_image("id")
        calls.append(who)

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(get, "other")
            for _ in range(10):
                await get("greedy")

    portal.call(run)

    assert calls.index("other") <= 2


@pytest.mark.parametrize("fault", [Fault(drop=True), Fault(status=503), Fault(html=True), Fault(truncate=9)], ids=repr)
def test_a_failed_call_gives_its_connection_back(
    call: Call,
    make_client: Callable[..., Any],
    face_emulator: Emulator,
    one_connection: dict[str, Any],
    fault: Fault,
) -> None:
    """After a failure, the one connection that the client may have is free for the next call."""
    client = make_client(face_emulator.endpoint, **one_connection)
    face_emulator.faults.add(fault)
    for _ in range(3):
        with pytest.raises((ApiError, httpx.RemoteProtocolError)):
            call(client, SAMPLE_IMAGE_ID)

    face_emulator.faults.clear()
    assert call(client, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]


@pytest.mark.parametrize("step", [(BaseClient, "_process_response"), (Operation, "_matches_document")])
def test_an_interrupted_call_gives_its_connection_back_at_once(
    make_client: Callable[..., Any],
    face_emulator: Emulator,
    one_connection: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    step: tuple[type, str],
) -> None:
    """A call that is interrupted between its response and the body does so though its traceback is still there."""
    client = make_client(face_emulator.endpoint, Client, **one_connection)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*step, interrupt)
        with pytest.raises(KeyboardInterrupt) as caught:
            client.get_session_image_stream(SAMPLE_IMAGE_ID).__enter__()

    assert client.get_session_image(SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]
    assert caught.tb


def test_a_call_that_cannot_connect_gives_its_place_back(
    make_http: Callable[..., Any], serve_each: Callable[..., Any]
) -> None:
    """After a call to a host that is not there, there is room for the next one."""
    http = make_http(timeout=httpx.Timeout(10, pool=1), limits=httpx.Limits(max_connections=1))
    for _ in range(3):
        with pytest.raises(httpx.ConnectError):
            http.get("http://nowhere.invalid/")

    assert http.get(serve_each(OK).endpoint).content == b"image"


@pytest.mark.parametrize("where", [HEAD[:30], HEAD % 10, HEAD % 10 + b"01234"], ids=["head", "before body", "in body"])
@pytest.mark.parametrize("cancel", ["anyio", "asyncio", "stream"])
def test_a_cancelled_call_leaves_room_for_the_next(
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    portal: BlockingPortal,
    one_connection: dict[str, Any],
    eventually: Callable[..., None],
    where: bytes,
    cancel: str,
) -> None:
    """A call that is cancelled wherever it waits closes its connection, and the next call has another one."""
    reached, hung_up = threading.Event(), threading.Event()

    def serve(connection: Any, _request: bytes) -> None:
        if reached.is_set():
            connection.sendall(OK)
            connection.recv(1)
        else:
            connection.sendall(where)
            reached.set()
            connection.recv(1)
            hung_up.set()

    server = raw_server(serve)
    client: AsyncClient = make_client(server.endpoint, AsyncClient, **one_connection)

    async def get() -> bytes:
        if cancel != "stream":
            return await client.get_session_image("id")
        async with client.get_session_image_stream("id") as body:
            return b"".join([piece async for piece in body.iter_bytes()])

    async def run() -> bytes:
        if cancel == "anyio":
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(get)
                await anyio.to_thread.run_sync(reached.wait, 20)
                tasks.cancel_scope.cancel()
        else:
            task = asyncio.create_task(get())
            await anyio.to_thread.run_sync(reached.wait, 20)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return await get()

    assert portal.call(run) == b"image"
    eventually(hung_up.is_set)
    assert server.visitors == 2


def test_a_cancelled_wait_for_a_connection_takes_none(
    make_client: Callable[..., Any],
    serve_each: Callable[..., Any],
    gate: Gate,
    portal: BlockingPortal,
    one_connection: dict[str, Any],
) -> None:
    """A task that is cancelled while it waits for its turn leaves the turn to the next one."""
    options = {**one_connection, "timeout": httpx.Timeout(20, pool=20)}
    client: AsyncClient = make_client(serve_each(gate).endpoint, AsyncClient, **options)

    async def run() -> list[bytes]:
        first = asyncio.create_task(client.get_session_image("id"))
        await anyio.to_thread.run_sync(gate.wait_for, 1)
        waiting = asyncio.create_task(client.get_session_image("id"))
        await anyio.lowlevel.checkpoint()
        last = asyncio.create_task(client.get_session_image("id"))
        await anyio.lowlevel.checkpoint()
        waiting.cancel()
        gate.opened.set()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return [await first, await last]

    assert portal.call(run) == [b"image"] * 2


@pytest.mark.parametrize("leave", ["break", "raise"])
def test_leaving_a_stream_early_gives_the_connection_back(
    make_client: Callable[..., Any],
    face_emulator: Emulator,
    one_connection: dict[str, Any],
    portal: BlockingPortal,
    call: Call,
    form: str,
    leave: str,
) -> None:
    """A block that is left early, by `break` or by an exception, leaves the client as usable as before."""
    client = make_client(face_emulator.endpoint, **one_connection)
    face_emulator.images["large"] = bytes(3_000_000)

    def read() -> None:
        with client.get_session_image_stream("large") as body:
            for _ in body.iter_bytes():
                if leave == "break":
                    break
                raise KeyError

    async def aread() -> None:
        async with client.get_session_image_stream("large") as body:
            async for _ in body.iter_bytes():
                if leave == "break":
                    break
                raise KeyError

    for _ in range(3):
        try:
            read() if form == "sync" else portal.call(aread)
        except KeyError:
            assert leave == "raise"

    assert call(client, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]


def test_a_call_that_outlives_the_client_leaves_nothing_open(
    form: str,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    portal: BlockingPortal,
    eventually: Callable[..., None],
) -> None:
    """When the client is closed while a body arrives, the body ends well or says why, and its connection is closed."""
    go_on, hung_up = threading.Event(), threading.Event()

    def serve(connection: Any, _request: bytes) -> None:
        try:
            connection.sendall(HEAD % 10 + b"01234")
            go_on.wait(20)
            connection.sendall(b"56789")
            connection.recv(1)
        finally:
            hung_up.set()

    def read() -> bytes:
        with client.get_session_image_stream("id") as body:
            client.close()
            go_on.set()
            return body.read()

    async def aread() -> bytes:
        async with client.get_session_image_stream("id") as body:
            await client.aclose()
            go_on.set()
            return await body.read()

    client = make_client(raw_server(serve).endpoint)
    with suppress(IncompleteBody):
        assert (read() if form == "sync" else portal.call(aread)) == b"0123456789"

    eventually(hung_up.is_set)


def test_closing_ends_every_call_that_waits_for_a_connection(
    make_client: Callable[..., Any], serve_each: Callable[..., Any], gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the calls that wait for the one connection ends at once when the client is closed."""
    monkeypatch.setattr(_pool, "RECHECK", 60)
    client = make_client(serve_each(gate).endpoint, Client, httpx_args={"limits": httpx.Limits(max_connections=1)})
    with ThreadPoolExecutor(6) as threads:
        calls = [threads.submit(client.get_session_image, "id") for _ in range(6)]
        gate.wait_for(1)
        time.sleep(0.1)
        client.close()

        for each in calls:
            assert isinstance(each.exception(20), httpx.TransportError | RuntimeError)


def test_no_task_connects_before_the_connection_of_another_is_closed(
    make_client: Callable[..., Any],
    serve_each: Callable[..., Any],
    portal: BlockingPortal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With room for one connection, the server never has two, also when it refuses to keep any."""
    server = serve_each(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    serve, others_that_are_open = server._serve, []

    def look_around(connection: socket.socket) -> None:
        for other in server._connections:
            with suppress(OSError):
                try:
                    if other is not connection:
                        other.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
                except BlockingIOError:
                    others_that_are_open.append(other)
        serve(connection)

    monkeypatch.setattr(server, "_serve", look_around)
    client = make_client(server.endpoint, AsyncClient, httpx_args={"limits": httpx.Limits(max_connections=1)})

    async def run() -> list[bytes]:
        return await asyncio.gather(*(client.get_session_image("id") for _ in range(60)))

    assert portal.call(run) == [b"image"] * 60
    assert not others_that_are_open


def test_closing_closes_every_idle_connection(
    call: Call,
    make_client: Callable[..., Any],
    serve_each: Callable[..., Any],
    gate: Gate,
    close: Callable[[Any], None],
    eventually: Callable[..., None],
) -> None:
    """When the client is closed, so are the connections that wait for the next call."""
    server = serve_each(gate)
    client = make_client(server.endpoint)
    with ThreadPoolExecutor(5) as threads:
        calls = [threads.submit(call, client, "id") for _ in range(5)]
        gate.wait_for(5)
        gate.opened.set()
        for each in calls:
            each.result(20)

    close(client)

    eventually(lambda: all(connection.fileno() == -1 for connection in server._connections))


@pytest.mark.filterwarnings("ignore:unclosed transport:ResourceWarning")  # the caller has not closed the client
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_one_event_loop_after_the_other(serve_each: Callable[..., Any], backend: str) -> None:
    """A client that is used in one event loop after the other works in each."""
    server = serve_each(answer)
    client = AsyncClient(server.endpoint, max_retries=0)
    for name in ("a", "b", "c"):
        assert anyio.run(client.get_session_image, name, backend=backend) == image_of(name)
    anyio.run(client.aclose, backend=backend)
    gc.collect()


@pytest.mark.filterwarnings("ignore:unclosed transport:ResourceWarning")  # that of a loop which ended before
def test_event_loops_at_once(serve_each: Callable[..., Any]) -> None:
    """A client that threads use at once, each in an event loop of its own, works in each."""
    server = serve_each(answer)
    client = AsyncClient(server.endpoint, max_retries=0)
    together = threading.Barrier(3)

    async def use(name: str) -> None:
        for turn in range(3):
            await asyncio.to_thread(together.wait, 20)
            ids = [f"{name}-{turn}-{number}" for number in range(10)]
            assert await asyncio.gather(*map(client.get_session_image, ids)) == [*map(image_of, ids)]

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda name: asyncio.run(use(name)), "abc"))
    asyncio.run(client.aclose())

    assert len(server.requests) == 90
    gc.collect()


def once_per_connection(connection: Any, _request: bytes) -> None:
    """Answers the first request of a connection, and then drops what comes without a word, as a load balancer does."""
    connection.sendall(OK)
    while connection.recv(65536):
        pass


def create(form: str, portal: BlockingPortal, client: Any) -> None:
    """Sends a POST, whose response is not a session."""
    post = partial(client.create_liveness_session, body=CreateLivenessSessionContent("Passive"))
    with pytest.raises(ApiError, match="not what the document promises"):
        post() if form == "sync" else portal.call(post)


def test_a_connection_that_was_idle_too_long_gets_no_post(
    form: str, portal: BlockingPortal, make_client: Callable[..., Any], raw_server: Callable[..., Any]
) -> None:
    """After `keepalive_expiry` a POST goes over a new connection, so that one dropped in silence does not lose it."""
    server = raw_server(once_per_connection)
    limits = httpx.Limits(keepalive_expiry=0.05)
    client = make_client(server.endpoint, timeout=20, httpx_args={"limits": limits})

    create(form, portal, client)
    time.sleep(0.1)
    create(form, portal, client)

    assert server.visitors == 2


def test_a_connection_that_was_dropped_in_silence(
    form: str, call: Call, portal: BlockingPortal, make_client: Callable[..., Any], raw_server: Callable[..., Any]
) -> None:
    """Before that, a GET is sent again over a new connection after the read timeout, and a POST is not."""
    server = raw_server(once_per_connection)
    client = make_client(server.endpoint, timeout=0.3, max_retries=1)

    assert [call(client, "id"), call(client, "id")] == [b"image", b"image"]
    assert server.visitors == 2
    post = partial(client.create_liveness_session, body=CreateLivenessSessionContent("Passive"))
    with pytest.raises(httpx.ReadTimeout):
        post() if form == "sync" else portal.call(post)
    assert server.visitors == 2


def test_closing_in_another_event_loop(
    serve_each: Callable[..., Any], portal: BlockingPortal, gate: Gate, eventually: Callable[..., None]
) -> None:
    """A client that is closed in one event loop ends its calls and closes its connections in all."""
    server = serve_each(gate)
    client = AsyncClient(server.endpoint, max_retries=0)
    call = portal.start_task_soon(client.get_session_image, "id")
    gate.wait_for(1)

    asyncio.run(client.aclose())

    with pytest.raises(httpx.TransportError):
        call.result(20)
    gate.opened.set()
    eventually(lambda: all(connection.fileno() == -1 for connection in server._connections))


def test_an_httpx_client_is_made_once(make_client: Callable[..., Any], httpx_client_of: Callable[[Any], Any]) -> None:
    """However many threads ask for it at once, the httpx client is made once."""
    client = make_client("https://contoso.invalid")
    start = threading.Barrier(20)

    def get(_number: int) -> int:
        start.wait(20)
        return id(httpx_client_of(client))

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(get, range(20)))) == 1


def test_each_request_goes_to_its_own_server(
    make_client: Callable[..., Any], serve_each: Callable[..., Any], call: Call
) -> None:
    """Where signing in takes a request to another server, each request goes to the server that it is for."""

    class Ask(httpx.Auth):
        requires_response_body = True

        def auth_flow(self, request: httpx.Request) -> Any:
            response = yield httpx.Request("GET", other.endpoint)
            assert response.content == b"token"
            yield request

    server, other = serve_each(OK), serve_each(HEAD % 5 + b"token")
    client = make_client(server.endpoint, auth=Ask())

    for _ in range(3):
        assert call(client, "id") == b"image"
