"""What happens to whole processes: forks, signals, the garbage collector, programs that end without closing anything.

Each test runs a program of its own, which gets the endpoint of a server that answers every id with a body of that id.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
PREAMBLE = """
import asyncio, gc, os, signal, ssl, sys, threading, time
import httpx
from face_client import AsyncClient, Client

endpoint, authority = sys.argv[1:]
image = lambda image_id: image_id.encode() * 5000
make = lambda kind=Client, **options: kind(endpoint, timeout=20, deadline=60, **options)

def get(client, image_id):
    body = client.get_session_image(image_id)
    assert body == image(image_id), (image_id, body[:20])

async def aget(client, image_id):
    body = await client.get_session_image(image_id)
    assert body == image(image_id), (image_id, body[:20])
"""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")


def echo(connection: socket.socket, request: bytes) -> None:
    """Answers each request with its id, 5,000 times."""
    while request:
        body = request.split(b" ")[1].rpartition(b"/")[2] * 5000
        connection.sendall(HEAD % len(body) + body)
        request = connection.recv(65536)


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest, raw_server: Callable[..., Any], certificates: Any) -> Any:
    return raw_server(echo, certificates.server if request.param == "https" else None)


@pytest.fixture
def run(certificates: Any) -> Callable[..., None]:
    """Runs a program, which may print nothing and must end well; `first` is run before anything else is imported."""

    def run(program: str, endpoint: str, *options: str, first: str = "") -> None:
        arguments = [first + PREAMBLE + dedent(program), endpoint, str(certificates.authority_file)]
        done = subprocess.run(
            [sys.executable, *options, "-c", *arguments],
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
            env={**os.environ, "SSL_CERT_FILE": str(certificates.authority_file)},
        )
        assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)

    return run


FORK = """
def calls(client, who):
    for number in range(60):
        get(client, f"{who}-{number}")

def main(client):
    calls(client, "before")
    held = client.get_session_image_stream("held" * 50)
    body = held.__enter__()
    children = [os.fork()]
    if children[0]:
        children.append(os.fork())
    if 0 in children:
        status = 1
        try:
            try:
                body.read()
            except httpx.TransportError:
                calls(client, f"child{len(children)}")
                status = 0
        finally:
            os._exit(status)
    calls(client, "parent")
    assert body.read() == image("held" * 50)
    held.__exit__(None, None, None)
    calls(client, "after")
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    client.close()
"""


@needs_fork
@pytest.mark.parametrize(
    ("server", "options"),
    [
        ("https", "{}"),
        ("http", "{'limits': httpx.Limits(max_connections=2)}"),
        ("https", "{'verify': ssl.create_default_context(cafile=authority)}"),
    ],
    ids=["default", "limits", "verify"],
    indirect=["server"],
)
def test_a_child_never_uses_its_parents_connections(server: Any, run: Callable[..., None], options: str) -> None:
    """After forks, all call at once and get their own images, and an open stream stays the parent's."""
    run(FORK + f"main(make(httpx_args={options}))", server.endpoint, "-W", "error")


@needs_fork
def test_a_child_closes_what_it_drops(server: Any, run: Callable[..., None]) -> None:
    """The idle connections of many clients are closed in the child without a ResourceWarning, in whichever order."""
    run(
        """
        clients = [make() for _ in range(12)]
        for client in clients:
            get(client, "parent")
        child = os.fork()
        for client in clients:
            get(client, "both")
            client.close()
        if not child:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        """,
        server.endpoint,
        "-X",
        "dev",
    )


@needs_fork
def test_a_child_does_not_use_its_parents_connections_to_a_proxy(
    raw_server: Callable[..., Any], run: Callable[..., None]
) -> None:
    """That holds for connections through a proxy, too."""
    proxy = raw_server(echo)
    run(FORK + f"main(make(httpx_args={{'proxy': {proxy.endpoint!r}}}))", "http://127.0.0.1:9")


@needs_fork
@pytest.mark.parametrize("server", ["https"], indirect=True)
def test_a_child_of_uwsgi_has_connections_of_its_own(server: Any, run: Callable[..., None]) -> None:
    """That holds for a fork that Python does not notice, in each of several threads that call at once."""
    program = """
    import ctypes

    def calls(who):
        for number in range(20):
            get(client, f"{who}-{number}")

    client = make(max_retries=0)
    calls("before")
    children = [ctypes.PyDLL(None).fork()]
    if children[0]:
        children.append(ctypes.PyDLL(None).fork())
    if 0 in children:
        failed = []
        threading.excepthook = failed.append
        threads = [threading.Thread(target=calls, args=(f"child{len(children)}-{n}",)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        os._exit(len(failed))
    calls("parent")
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    client.close()
    """
    run(program, server.endpoint)


PROXIED = """
for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[name]
os.environ["HTTPS_PROXY"] = {}
"""


@needs_fork
@pytest.mark.parametrize("server", ["https"], indirect=True)
def test_a_child_has_tunnels_of_its_own(server: Any, real_proxy: str, run: Callable[..., None]) -> None:
    """That holds for tunnels through a real proxy, too."""
    fork = FORK.replace("range(60)", "range(10)")
    run(PROXIED.format(repr(real_proxy)) + fork + "main(make())", server.endpoint, "-W", "error")


@needs_fork
@pytest.mark.parametrize("server", ["https"], indirect=True)
def test_event_loops_through_a_real_proxy(server: Any, real_proxy: str, run: Callable[..., None]) -> None:
    """One event loop after another, several at once, and that of a child have tunnels of their own."""
    program = """
    async def calls(client, who):
        await asyncio.gather(*(aget(client, f"{who}-{number}") for number in range(5)))

    client = make(AsyncClient)
    asyncio.run(calls(client, "first"))
    asyncio.run(calls(client, "second"))
    child = os.fork()
    if not child:
        status = 1
        try:
            asyncio.run(calls(client, "child"))
            status = 0
        finally:
            os._exit(status)
    failed = []
    threading.excepthook = failed.append
    threads = [threading.Thread(target=lambda who: asyncio.run(calls(client, who)), args=(str(n),)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed, failed
    assert os.waitpid(child, 0)[1] == 0
    asyncio.run(client.aclose())
    """
    run(PROXIED.format(repr(real_proxy)) + dedent(program), server.endpoint)


@needs_fork
def test_a_child_has_async_connections_of_its_own(server: Any, run: Callable[..., None]) -> None:
    """A child that runs an event loop of its own opens connections of its own."""
    run(
        """
        async def calls(client, who):
            await asyncio.gather(*(aget(client, f"{who}-{number}") for number in range(20)))

        async def main():
            client = make(AsyncClient)
            await calls(client, "before")
            child = os.fork()
            if not child:
                status = 1
                try:
                    asyncio.set_event_loop(None)
                    asyncio._set_running_loop(None)
                    asyncio.run(calls(client, "child"))
                    status = 0
                finally:
                    os._exit(status)
            await calls(client, "parent")
            assert (await asyncio.to_thread(os.waitpid, child, 0))[1] == 0
            await client.aclose()

        asyncio.run(main())
        """,
        server.endpoint,
    )


@needs_fork
def test_a_transport_of_the_callers_is_refused_in_a_child(server: Any, run: Callable[..., None]) -> None:
    """The connections of a transport that the caller made cannot be taken away: the child is told to make a client."""
    run(
        """
        client = make(httpx_args={"transport": httpx.HTTPTransport()})
        get(client, "before")
        child = os.fork()
        if not child:
            status = 1
            try:
                get(client, "child")
            except RuntimeError as error:
                status = 0 if "create a new client in the child" in str(error) else 2
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        get(client, "after")
        client.close()
        """,
        server.endpoint,
    )


def test_a_signal_handler_that_raises_costs_no_place_of_the_pool(server: Any, run: Callable[..., None]) -> None:
    """A call can be interrupted at any instant; with room for two connections, the next calls go on as before."""
    run(
        """
        class Interrupt(Exception):
            pass

        def interrupt(*_):
            raise Interrupt

        def calls(number):  # no variable keeps a stream whose block could not end
            for _ in range(20):
                get(client, f"id-{number}")
                with client.get_session_image_stream("streamed") as body:
                    assert body.read() == image("streamed")

        client = make(max_retries=0, httpx_args={"limits": httpx.Limits(max_connections=2)})
        get(client, "warm")
        signal.signal(signal.SIGALRM, interrupt)
        interrupted = 0
        for number in range(400):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.00005 + number % 40 * 0.00002)
                calls(number)
            except Interrupt:
                interrupted += 1
            except httpx.TransportError:  # httpx maps what it does not know
                pass
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        assert interrupted > 100, interrupted
        gc.collect()
        held = [client.get_session_image_stream(f"held-{number}") for number in range(2)]
        for number, stream in enumerate(held):
            assert stream.__enter__().read() == image(f"held-{number}")
        for stream in held:
            stream.__exit__(None, None, None)
        client.close()
        """,
        server.endpoint,
    )


def test_an_interrupt_in_httpx_costs_no_place_of_the_pool(server: Any, run: Callable[..., None]) -> None:
    """A response that httpx marked as closed, but did not close, is collected when a call waits for its place."""
    run(
        """
        import httpx._client

        def interrupted(stream):
            httpx._client.BoundSyncStream.close = close
            raise KeyboardInterrupt

        client = make(httpx_args={"limits": httpx.Limits(max_connections=1)})
        close, httpx._client.BoundSyncStream.close = httpx._client.BoundSyncStream.close, interrupted
        gc.disable()
        try:
            get(client, "interrupted")
        except KeyboardInterrupt:
            pass
        get(client, "after")
        client.close()
        """,
        server.endpoint,
    )


def test_forgotten_streams_never_block_a_call(server: Any, run: Callable[..., None]) -> None:
    """Streams in reference cycles, closed by the garbage collector at any instant, cost no hang and no connection."""
    run(
        """
        client = make(max_retries=0, httpx_args={"limits": httpx.Limits(max_connections=3)})

        def forget(number):
            stream = client.get_session_image_stream(f"forgotten-{number}")
            cycle = [stream, stream.__enter__()]
            if number % 2:
                pieces = cycle[1].iter_bytes()
                next(pieces)
                cycle.append(pieces)
            cycle.append(cycle)

        def work(who):
            for number in range(15):
                forget(number)
                gc.set_threshold(1 + number % 7, 1, 1)
                get(client, f"{who}-{number}")

        def finish():
            while threading.active_count() > 2:
                gc.collect()
                time.sleep(0.01)

        threads = [threading.Thread(target=work, args=(who,)) for who in range(2)]
        collector = threading.Thread(target=finish, daemon=True)
        for thread in (*threads, collector):
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        gc.set_threshold(700, 10, 10)
        gc.collect()
        for number in range(20):
            get(client, f"after-{number}")
        client.close()
        """,
        server.endpoint,
    )


def test_forgotten_async_streams_never_block_a_call(server: Any, run: Callable[..., None]) -> None:
    """The same, async: streams and tasks that are forgotten leave their place to others."""
    run(
        """
        async def main():
            client = make(AsyncClient, max_retries=0, httpx_args={"limits": httpx.Limits(max_connections=3)})
            for number in range(100):
                stream = client.get_session_image_stream(f"forgotten-{number}")
                cycle = [stream, await stream.__aenter__()]
                cycle.append(cycle)
                del stream, cycle
                gc.set_threshold(1 + number % 7, 1, 1)
                if number % 3 == 2:
                    gc.collect()
                    await asyncio.sleep(0)
                    await asyncio.gather(*(aget(client, f"id-{number}") for _ in range(5)))
            gc.set_threshold(700, 10, 10)
            gc.collect()
            await asyncio.sleep(0)
            await aget(client, "after")
            await client.aclose()

        asyncio.run(main())
        """,
        server.endpoint,
    )


GEVENT = "import gevent.monkey; gevent.monkey.patch_all()"


def test_calls_of_greenlets_overlap(
    raw_server: Callable[..., Any], certificates: Any, run: Callable[..., None]
) -> None:
    """Where gevent has patched Python, sync calls to a host name over TLS are in flight at once, and do not mix."""
    all_sent = threading.Barrier(20, timeout=60)

    def answer(connection: socket.socket, request: bytes) -> None:
        all_sent.wait()
        echo(connection, request)

    server = raw_server(answer, certificates.server)
    run(
        """
        client = make(max_retries=0)
        for call in [gevent.spawn(get, client, f"id-{number}") for number in range(20)]:
            call.get(timeout=60)
        client.close()
        """,
        server.endpoint.replace("127.0.0.1", "localhost"),
        first=GEVENT,
    )


def test_a_timeout_of_gevent_costs_no_place_of_the_pool(
    raw_server: Callable[..., Any], certificates: Any, run: Callable[..., None]
) -> None:
    """A `gevent.Timeout` ends calls that wait for the server or for the pool; the next ones have all connections."""

    def answer(connection: socket.socket, request: bytes) -> None:
        if b"/never" in request:
            assert not connection.recv(1)  # until the client closes the connection
        else:
            echo(connection, request)

    server = raw_server(answer, certificates.server)
    run(
        """
        client = make(max_retries=0, httpx_args={"limits": httpx.Limits(max_connections=2)})

        def give_up():
            with gevent.Timeout(0.2, False):
                client.get_session_image("never")
                raise AssertionError("not ended")

        for call in [gevent.spawn(give_up) for _ in range(4)]:
            call.get(timeout=60)
        streams = [client.get_session_image_stream(f"id-{number}") for number in range(2)]
        bodies = [stream.__enter__() for stream in streams]
        for number, body in enumerate(bodies):
            assert body.read() == image(f"id-{number}")
        for stream in streams:
            stream.__exit__(None, None, None)
        client.close()
        """,
        server.endpoint,
        first=GEVENT,
    )


@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_client_that_is_never_closed_is_quiet(server: Any, run: Callable[..., None], form: str) -> None:
    """A program that forgets its client and a stream ends as it should, and prints nothing."""
    program = {
        "sync": """
            client = make()
            get(client, "id")
            stream = client.get_session_image_stream("held")
            body = stream.__enter__()
        """,
        "async": """
            client = make(AsyncClient)

            async def main():
                await asyncio.gather(*(aget(client, str(number)) for number in range(5)))

            asyncio.run(main())
            asyncio.run(main())
        """,
    }[form]
    run(program, server.endpoint)


@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_body_that_broke_off_leaves_no_view_of_its_buffer(
    raw_server: Callable[..., Any], run: Callable[..., None], form: str
) -> None:
    """After a body that broke off and a retry that worked, the garbage collector finds nothing that crashes it.

    CPython 3.12.1 died of it (SIGSEGV), and 3.13.0 printed "BufferError: Existing exports of data".
    """
    tries = iter(range(1000))

    def breaks_off(connection: socket.socket, request: bytes) -> None:
        body = request.split(b" ")[1].rpartition(b"/")[2] * 5000
        sent = len(body) if next(tries) % 2 else 3000
        connection.sendall(HEAD % len(body) + body[:sent])

    run(
        """
        import face_client_runtime._retries as retries
        retries.FIRST_PAUSE = 0.001
        client = make(max_retries=3)
        for number in range(20):
            get(client, f"id-{number}")
            gc.collect()
        client.close()
        """
        if form == "sync"
        else """
        import face_client_runtime._retries as retries
        retries.FIRST_PAUSE = 0.001

        async def main():
            async with make(AsyncClient, max_retries=3) as client:
                for number in range(20):
                    await aget(client, f"id-{number}")
                    gc.collect()

        asyncio.run(main())
        """,
        raw_server(breaks_off).endpoint,
    )
