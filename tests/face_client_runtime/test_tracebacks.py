"""What a failure shows to a reporter that adds local variables to tracebacks: nothing of the body."""

import asyncio
import gzip
import os
import socket
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import ApiError, AsyncClient, Client, IncompleteBody

MARKER = "PICTURE"
BODY = MARKER.encode() * 30_000
STORED = gzip.compress(BODY, 0)
OK = b"HTTP/1.1 200 OK\r\n"

Use = Callable[[Client], None]


def _chunked(body: bytes) -> bytes:
    return b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(
        b"%x\r\n%b\r\n" % (len(part), part) for part in (body[at : at + 10_000] for at in range(0, len(body), 10_000))
    )


# Each one breaks off.
FORMS = {
    "length": b"Content-Length: 1000000\r\n\r\n" + BODY,
    "chunked": _chunked(BODY),
    "gzip": b"Content-Encoding: gzip\r\nContent-Length: 1000000\r\n\r\n" + STORED[:-100],
    "chunked gzip": b"Content-Encoding: gzip\r\n" + _chunked(STORED[:-100]),
}
WHOLE = [
    b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY,
    _chunked(BODY) + b"0\r\n\r\n",
    b"Content-Encoding: gzip\r\n\r\n" + STORED,
]


class Broken:
    """A file that keeps nothing, and fails at once or later."""

    def __init__(self, writes: int = 0) -> None:
        self._writes = writes

    def write(self, _: bytes) -> None:
        self._writes -= 1
        if self._writes < 0:
            raise OSError("the file is broken")


@pytest.fixture(params=["iter_bytes", "read", "path", "file"])
def use(request: pytest.FixtureRequest, form: str, portal: BlockingPortal, tmp_path: Path) -> Use:
    """Reads a body in one of the ways, as `use(client)`."""
    target: Any = tmp_path / "image" if request.param == "path" else BytesIO()

    def read(client: Client) -> None:
        with client.get_session_image_stream("id") as body:
            match request.param:
                case "iter_bytes":
                    for _ in body.iter_bytes():
                        pass
                case "read":
                    body.read()
                case _:
                    body.save(target)

    async def aread(client: Client) -> None:
        async with client.get_session_image_stream("id") as body:
            match request.param:
                case "iter_bytes":
                    async for _ in body.iter_bytes():
                        pass
                case "read":
                    await body.read()
                case _:
                    await body.save(target)

    return read if form == "sync" else partial(portal.call, aread)


def _shown(report: traceback.TracebackException | None) -> Iterator[str]:
    """The local variables of all frames that are not of these tests, of the error and of what it comes from."""
    if report is not None:
        for frame in report.stack:
            if "/tests/" not in frame.filename:
                for name, value in (frame.locals or {}).items():
                    yield f"{frame.filename}:{frame.lineno} {name} = {value}"
        yield from _shown(report.__cause__)
        yield from _shown(report.__context__)


def _assert_shows_nothing(error: BaseException) -> None:
    shown = list(_shown(traceback.TracebackException.from_exception(error, capture_locals=True)))
    assert any("_streaming.py" in line for line in shown)
    assert [line[:300] for line in shown if MARKER[1:] in line] == []
    assert MARKER not in str(error)


@pytest.mark.parametrize("kind", FORMS)
def test_a_body_that_breaks_off_shows_nothing(
    use: Use, make_client: Callable[..., Client], raw_server: Callable[..., Any], kind: str
) -> None:
    """The traceback of a body that breaks off has no bytes of it, however it is sent and read."""
    server = raw_server(OK + FORMS[kind])

    with pytest.raises(IncompleteBody) as caught:
        use(make_client(server.endpoint))

    _assert_shows_nothing(caught.value)


@pytest.mark.parametrize("kind", FORMS)
def test_a_body_that_stalls_shows_nothing(
    use: Use, make_client: Callable[..., Client], raw_server: Callable[..., Any], kind: str
) -> None:
    """Nor has the traceback of one that stalls."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(OK + FORMS[kind])
        connection.recv(1)

    with pytest.raises(httpx.ReadTimeout) as caught:
        use(make_client(raw_server(answer).endpoint, timeout=httpx.Timeout(20, read=0.2)))

    _assert_shows_nothing(caught.value)


@pytest.mark.parametrize("zipped", [STORED, gzip.compress(BODY * 20)], ids=["in one piece", "in several"])
def test_gzip_that_is_damaged_shows_nothing(
    use: Use, make_client: Callable[..., Client], raw_server: Callable[..., Any], zipped: bytes
) -> None:
    """Nor has the traceback of gzip that turns out to be none after a part of it."""
    server = raw_server(OK + b"Content-Encoding: gzip\r\n\r\n" + zipped[:-8] + MARKER.encode() * 3)

    with pytest.raises(ApiError, match="not gzip") as caught:
        use(make_client(server.endpoint))

    _assert_shows_nothing(caught.value)


def test_an_interrupt_shows_nothing(use: Use, form: str, make_client: Callable[..., Client]) -> None:
    """Nor has the traceback of an interrupt, or of a bug of somebody's transport, after a part of the body."""
    error = KeyboardInterrupt if form == "sync" else RuntimeError

    class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield BODY
            raise error

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield BODY
            raise error

    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Body()))

    with pytest.raises(error) as caught:
        use(make_client("http://127.0.0.1:1", httpx_args={"transport": transport}))

    _assert_shows_nothing(caught.value)


@pytest.mark.parametrize("response", WHOLE, ids=["length", "chunked", "gzip"])
def test_a_full_disk_shows_nothing(
    form: str,
    portal: BlockingPortal,
    make_client: Callable[..., Client],
    raw_server: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    response: bytes,
) -> None:
    """Nor has the traceback of a file that fails, in the middle or at the end, a path or an open one."""

    def fail(_handle: int) -> None:
        raise OSError("the disk is broken")

    async def asave(target: Any) -> None:
        async with client.get_session_image_stream("id") as body:
            await body.save(target)

    def save(target: Any) -> None:
        with client.get_session_image_stream("id") as body:
            body.save(target)

    monkeypatch.setattr(os, "fsync", fail)
    client = make_client(raw_server(OK + response).endpoint)
    for target in (Broken(), Broken(1), tmp_path / "image"):
        with pytest.raises(OSError, match="is broken") as caught:
            save(target) if form == "sync" else portal.call(asave, target)
        _assert_shows_nothing(caught.value)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("how", ["iter_bytes", "read", "path", "file"])
async def test_a_cancelled_task_shows_nothing(
    raw_server: Callable[..., Any], tmp_path: Path, kind: str, how: str
) -> None:
    """Nor has the traceback of a timeout of asyncio's, which comes from a cancelled wait for the rest of the body."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(OK + FORMS[kind])
        connection.recv(1)

    async def use(client: Client) -> None:
        async with timeout, client.get_session_image_stream("id") as body:
            match how:
                case "iter_bytes":
                    async for _ in body.iter_bytes():
                        pass
                case "read":
                    await body.read()
                case "path":
                    await body.save(tmp_path / "image")
                case _:
                    await body.save(BytesIO())

    async def begin_to_wait(_: httpx.Response) -> None:
        timeout.reschedule(asyncio.get_running_loop().time() + 0.3)

    timeout = asyncio.timeout(20)
    options = {"event_hooks": {"response": [begin_to_wait]}}
    async with AsyncClient(raw_server(answer).endpoint, httpx_args=options) as client:
        with pytest.raises(TimeoutError) as caught:
            await use(client)

    _assert_shows_nothing(caught.value)
