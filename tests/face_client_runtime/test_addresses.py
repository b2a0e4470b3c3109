"""Which address of a host is used: the first one that answers."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client_runtime._transport import async_client

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
Address = tuple[str, int]


@pytest.fixture
def refusing() -> Address:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()  # type: ignore[no-any-return]


@pytest.fixture
def dead() -> Iterator[Address]:
    """An address that does not answer: its backlog is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as stack:
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes the name face.test stand for some addresses, as `resolve(*addresses)`."""
    lookup = socket.getaddrinfo

    def resolve(*addresses: Address) -> None:
        def found(host: Any, *arguments: Any, **options: Any) -> list[Any]:
            if host not in ("face.test", b"face.test"):
                return lookup(host, *arguments, **options)
            if options.get("flags", 0) & socket.AI_NUMERICHOST:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address) for address in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", found)

    return resolve


@pytest.fixture(params=["refused", "dead"])
def unreachable(request: pytest.FixtureRequest, refusing: Address, dead: Address) -> Address:
    """An address that refuses connections, and one that does not answer."""
    return refusing if request.param == "refused" else dead


def test_the_next_address_is_tried(
    http: Any, resolve: Callable[..., None], unreachable: Address, serve_each: Callable[..., Any]
) -> None:
    """Where the first address of a host refuses the connection or does not answer, the next one is used."""
    server = serve_each(OK)
    resolve(unreachable, unreachable, ("127.0.0.1", int(server.authority.rpartition(":")[2])))

    start = time.monotonic()
    assert http.get("http://face.test/").content == b"hi"

    assert time.monotonic() - start < 4  # httpx's timeout for a connection is 5 s here


def test_the_first_address_is_preferred(
    http: Any, resolve: Callable[..., None], serve_each: Callable[..., Any]
) -> None:
    """While the first address of a host answers, no other one is tried."""
    first, second = serve_each(OK), serve_each(OK)
    resolve(*(("127.0.0.1", int(server.authority.rpartition(":")[2])) for server in (first, second)))

    for _ in range(3):
        http.get("http://face.test/", headers={"Connection": "close"})

    assert second.visitors == 0


def test_no_address_answers(make_http: Callable[..., Any], resolve: Callable[..., None], dead: Address) -> None:
    """Where no address answers, all of them together have the connect timeout."""
    resolve(dead, dead, dead)

    start = time.monotonic()
    with pytest.raises(httpx.ConnectTimeout):
        make_http(timeout=httpx.Timeout(60, connect=0.5)).get("http://face.test/")

    assert time.monotonic() - start < 10


def test_every_address_refuses(http: Any, resolve: Callable[..., None], refusing: Address) -> None:
    """Where every address refuses the connection, the error says so."""
    resolve(refusing, refusing)

    with pytest.raises(httpx.ConnectError, match=r"refused|failed"):
        http.get("http://face.test/")


def test_a_host_with_both_families(http: Any, serve_each: Callable[..., Any]) -> None:
    """A server that listens on one of the addresses of localhost only is found."""
    server = serve_each(OK)

    assert http.get(server.endpoint.replace("127.0.0.1", "localhost")).content == b"hi"


def test_an_address_of_ipv6(http: Any) -> None:
    """An address of IPv6 in brackets is connected to."""
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(OK)

    with listener:
        thread = threading.Thread(target=serve)
        thread.start()
        assert http.get(f"http://[::1]:{listener.getsockname()[1]}/").content == b"hi"
        thread.join(20)


@pytest.fixture
def slow_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A resolver that takes a minute for face.test, or until the event is set."""
    lookup, answered = socket.getaddrinfo, threading.Event()
    left = threading.Semaphore(0)
    entered: list[int] = []

    def slow(host: Any, *arguments: Any, **options: Any) -> list[Any]:
        if host not in ("face.test", b"face.test"):
            return lookup(host, *arguments, **options)
        if not options.get("flags", 0) & socket.AI_NUMERICHOST:
            entered.append(1)
            answered.wait(60)
            left.release()
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    yield answered
    answered.set()
    for _ in entered:
        left.acquire(timeout=20)


@pytest.mark.usefixtures("slow_resolver")
def test_a_slow_resolver_has_the_connect_timeout(make_http: Callable[..., Any]) -> None:
    """The connect timeout is for the resolver too."""
    start = time.monotonic()
    with pytest.raises(httpx.ConnectTimeout):
        make_http(timeout=httpx.Timeout(60, connect=0.5)).get("http://face.test/")

    assert time.monotonic() - start < 10


def test_cancelling_while_it_connects(resolve: Callable[..., None], dead: Address, portal: BlockingPortal) -> None:
    """A task that is cancelled while it waits for several addresses leaves no socket open."""
    resolve(dead, dead)

    async def get() -> None:
        client = async_client(None, {"timeout": 20})
        task = asyncio.create_task(client.get("http://face.test/"))
        await asyncio.sleep(0.3)  # the second attempt has begun, or begins never: either way nothing may leak
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.aclose()

    portal.call(get)
