"""Reading a body as it arrives, and noticing when it ends early."""

import gzip
import pickle
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import ApiError, AsyncClient, Client, IncompleteBody
from face_client_runtime import AsyncBinaryStream, BinaryStream
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Client, Any], bytes]
Pieces = Callable[..., list[bytes]]

HALF_OF_TEN = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n01234"
UNTIL_THE_END = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_arrives_in_pieces(
    form: str, client: Client, face_emulator: Emulator, portal: BlockingPortal, chunked: bool
) -> None:
    """`iter_bytes` yields the body piece by piece, and the stream knows its length where it was announced."""
    face_emulator.faults.add(Fault(chunk_size=20_000, chunk_delay=0.01, chunked=chunked))
    image = face_emulator.images[SAMPLE_IMAGE_ID]
    seen: dict[str, Any] = {}

    def note(body: Any, pieces: list[bytes]) -> None:
        seen.update(status=body.status_code, type=body.headers["content-type"], length=body.content_length)
        seen.update(image=b"".join(pieces), many=len(pieces) > 1)

    async def stream() -> None:
        async with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
            note(body, [piece async for piece in body.iter_bytes()])

    if form == "sync":
        with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
            note(body, list(body.iter_bytes()))
    else:
        portal.call(stream)

    length = None if chunked else len(image)
    assert seen == {
        "status": 200,
        "type": "application/octet-stream",
        "length": length,
        "image": image,
        "many": True,
    }


def test_a_stream_begins_before_the_body_has_arrived(
    pieces: Pieces, make_client: Callable[..., Client], raw_server: Callable[..., Any]
) -> None:
    """The first piece is there while the server still holds back the rest: nothing is buffered."""
    go_on = threading.Event()
    went_on: list[bool] = []

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HALF_OF_TEN)
        went_on.append(go_on.wait(20))
        connection.sendall(b"56789")

    received = pieces(make_client(raw_server(answer).endpoint), each=lambda _: go_on.set())

    assert received[0] == b"01234"
    assert b"".join(received) == b"0123456789"
    assert went_on == [True]


def test_a_body_is_read_once(form: str, client: Client, portal: BlockingPortal, tmp_path: Any) -> None:
    """Reading a second time, or after the block, is an error, not an empty image."""

    async def aread() -> None:
        async with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
            assert await body.read()
            with pytest.raises(httpx.StreamConsumed):
                await body.read()
            with pytest.raises(httpx.StreamConsumed):
                await body.save(tmp_path / "image")
        async with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
            pass
        with pytest.raises(httpx.StreamClosed):
            await body.read()

    def read() -> None:
        with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
            assert body.read()
            with pytest.raises(httpx.StreamConsumed):
                body.read()
            with pytest.raises(httpx.StreamConsumed):
                body.save(tmp_path / "image")
        with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
            pass
        with pytest.raises(httpx.StreamClosed):
            body.read()

    read() if form == "sync" else portal.call(aread)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "expects_all"),
    [
        (Fault(truncate=1000, times=2), True),
        (Fault(truncate=0, times=2), True),
        (Fault(truncate=1000, chunked=True, times=2), False),
        (Fault(truncate=0, chunked=True, times=2), False),
    ],
    ids=["half", "nothing", "half of chunks", "no chunk"],
)
def test_a_body_that_ends_early_is_incomplete(
    call: Call, pieces: Pieces, client: Client, face_emulator: Emulator, fault: Fault, expects_all: bool
) -> None:
    """A body that ends early raises IncompleteBody, which counts the bytes; the next call on the client is well."""
    image = face_emulator.images[SAMPLE_IMAGE_ID]
    expected = len(image) if expects_all else None
    face_emulator.faults.add(fault)

    for read in (call, pieces):
        with pytest.raises(IncompleteBody) as caught:
            read(client, SAMPLE_IMAGE_ID)

        assert isinstance(caught.value, httpx.RemoteProtocolError)
        assert (caught.value.received, caught.value.expected) == (fault.truncate, expected)
        assert f"{fault.truncate} of {expected or 'an unknown number of'} bytes arrived" in str(caught.value)
    assert call(client, SAMPLE_IMAGE_ID) == image


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (HALF_OF_TEN[:-5], 10),
        (UNTIL_THE_END, None),
        (UNTIL_THE_END[:-2] + b"Transfer-Encoding: chunked\r\n\r\n9\r\n", None),
    ],
    ids=["length", "until the end", "chunked"],
)
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_a_reset_is_never_the_end_of_a_body(
    pieces: Pieces,
    make_client: Callable[..., Client],
    raw_server: Callable[..., Any],
    certificates: Any,
    head: bytes,
    expected: int | None,
    secure: bool,
) -> None:
    """A connection that is reset after a part of the body has been read raises IncompleteBody."""
    go_on = threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head + b"01234")
        go_on.wait(20)
        reset(connection)

    server = raw_server(answer, certificates.server if secure else None)
    client = make_client(server.endpoint, httpx_args={"verify": certificates.client})

    with pytest.raises(IncompleteBody) as caught:
        pieces(client, each=lambda _: go_on.set())

    assert (caught.value.received, caught.value.expected) == (5, expected)


@pytest.mark.parametrize("loop", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("says_goodbye", [False, True])
def test_a_body_without_a_length_over_tls(
    raw_server: Callable[..., Any], certificates: Any, loop: str, says_goodbye: bool
) -> None:
    """A body without a length is whole if TLS's close_notify ends it; otherwise anyone on the way could have cut it."""

    def answer(connection: Any, _request: bytes) -> None:
        connection.sendall(UNTIL_THE_END + b"01234")
        if says_goodbye:
            with suppress(OSError):
                connection.unwrap()

    endpoint = raw_server(answer, certificates.server).endpoint
    options: dict[str, Any] = {"max_retries": 0, "httpx_args": {"verify": certificates.client}}

    def get() -> bytes:
        with Client(endpoint, **options) as client:
            return client.get_session_image("id")

    async def aget() -> bytes:
        async with AsyncClient(endpoint, **options) as client:
            return await client.get_session_image("id")

    read = get if loop == "sync" else lambda: anyio.run(aget, backend=loop)
    if says_goodbye and loop != "trio":
        assert read() == b"01234"
    else:
        # httpcore's own connection, which trio has, does not say how the body ended.
        with pytest.raises(IncompleteBody, match="of an unknown number of bytes arrived"):
            read()


def test_a_hang_up_within_a_body_is_incomplete(
    call: Call, make_client: Callable[..., Client], raw_server: Callable[..., Any]
) -> None:
    """A server that hangs up in the middle of a large body raises IncompleteBody with the bytes that arrived."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n"
    server = raw_server(head + bytes(2_000_000))

    with pytest.raises(IncompleteBody) as caught:
        call(make_client(server.endpoint), "id")

    assert (caught.value.received, caught.value.expected) == (2_000_000, 3_000_000)


def test_chunks_that_lie_are_incomplete(
    call: Call, make_client: Callable[..., Client], raw_server: Callable[..., Any]
) -> None:
    """A chunked body whose chunks are not what they announce, or do not end, raises IncompleteBody."""
    for body in [
        b"5\r\n01",
        b"5\r\n01234\r\n",
        b"5\r\n01234\r\nnonsense\r\n",
        b"5\r\n01234567\r\n0\r\n\r\n",
        b"-1\r\n",
    ]:
        server = raw_server(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)

        with pytest.raises(IncompleteBody, match="of an unknown number of bytes arrived") as caught:
            call(make_client(server.endpoint), "id")

        assert caught.value.expected is None
        assert caught.value.received <= 5


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("head", [HALF_OF_TEN[:-5], UNTIL_THE_END], ids=["length", "until the end"])
def test_closing_is_never_the_end_of_a_body(
    form: str,
    pieces: Pieces,
    make_client: Callable[..., Client],
    raw_server: Callable[..., Any],
    certificates: Any,
    portal: BlockingPortal,
    head: bytes,
    secure: bool,
) -> None:
    """When the client is closed by another thread or task while a body arrives, the reader gets an error."""
    done = threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head + b"01234")
        done.wait(20)

    def close(_piece: bytes) -> None:
        closing.set()

    def close_later() -> None:
        assert closing.wait(20)
        client.close() if form == "sync" else portal.call(client.aclose)

    closing = threading.Event()
    server = raw_server(answer, certificates.server if secure else None)
    client = make_client(server.endpoint, timeout=20, httpx_args={"verify": certificates.client})
    closer = threading.Thread(target=close_later)
    closer.start()
    with pytest.raises(IncompleteBody) as caught:
        pieces(client, each=close)
    done.set()
    closer.join(20)

    assert caught.value.received == 5


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"apim-request-id": "a", "x-ms-request-id": "b"}, "a"),
        ({"apim-request-id": "", "x-ms-request-id": "b"}, "b"),
        ({"x-ms-request-id": "b\xa0\x9b"}, "b\\xa0\\x9b"),
    ],
)
@pytest.mark.parametrize("stream", [BinaryStream, AsyncBinaryStream])
def test_a_stream_has_the_id_of_its_request(stream: Any, headers: dict[str, str], expected: str | None) -> None:
    """`request_id` is the service's id, of the gateway if it has one, without characters that steer a terminal."""
    raw = [(name, value.encode("latin-1")) for name, value in headers.items()]

    assert stream(httpx.Response(200, headers=raw)).request_id == expected


@pytest.mark.parametrize(
    "response",
    [
        b"Content-Length: 0\r\n\r\n",
        b"\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b""),
    ],
    ids=["length", "until the end", "chunked", "gzip"],
)
@pytest.mark.parametrize("is_hooked", [False, True], ids=["", "hook"])
@pytest.mark.parametrize("use", ["iter_bytes", "read", "save"])
def test_an_empty_body_can_be_an_error(
    form: str,
    make_http: Callable[..., Any],
    raw_server: Callable[..., Any],
    portal: BlockingPortal,
    tmp_path: Path,
    response: bytes,
    is_hooked: bool,
    use: str,
) -> None:
    """A body that ends properly without a byte raises what the stream was given for that, and nothing is saved."""
    http = make_http()
    begun = http.begin(raw_server(b"HTTP/1.1 200 OK\r\n" + response).endpoint)
    if is_hooked:
        http.read(begun)
    empty = ApiError(200, begun.headers, b"", None, "the body is empty")

    def read() -> None:
        body = BinaryStream(begun, empty_error=lambda: empty)
        {"iter_bytes": lambda: list(body.iter_bytes()), "read": body.read, "save": lambda: body.save(tmp_path / "a")}[
            use
        ]()

    async def aread() -> None:
        body = AsyncBinaryStream(begun, empty_error=lambda: empty)
        if use == "iter_bytes":
            async for _ in body.iter_bytes():
                pass
        else:
            await (body.read() if use == "read" else body.save(tmp_path / "a"))

    with pytest.raises(ApiError) as caught:
        read() if form == "sync" else portal.call(aread)

    assert caught.value is empty
    assert list(tmp_path.iterdir()) == []
    http.end(begun)


@pytest.mark.parametrize("body", [b"5\r\n01234\r\n0\r\n\r\n", b""], ids=["full", "broken"])
def test_a_body_that_is_not_empty_or_breaks_off_is_not_called_empty(
    form: str, make_http: Callable[..., Any], raw_server: Callable[..., Any], portal: BlockingPortal, body: bytes
) -> None:
    """What is given for an empty body is not raised for one with a byte, nor for one that breaks off before it."""
    http = make_http()
    begun = http.begin(raw_server(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body).endpoint)
    empty = ApiError(200, begun.headers, b"", None, "the body is empty")
    read: Any = BinaryStream(begun, empty_error=lambda: empty).read
    if form == "async":
        read = partial(portal.call, AsyncBinaryStream(begun, empty_error=lambda: empty).read)

    if body:
        assert read() == b"01234"
    else:
        with pytest.raises(IncompleteBody):
            read()
    http.end(begun)


def test_incomplete_keeps_no_secret(call: Call, client: Client, face_emulator: Emulator) -> None:
    """The request of an IncompleteBody says which one it was, and has no header of those that sign in."""
    face_emulator.faults.add(Fault(truncate=10))

    with pytest.raises(IncompleteBody) as caught:
        call(client, SAMPLE_IMAGE_ID)

    assert caught.value.request.method == "GET"
    assert str(caught.value.request.url) == f"{client.base_url}/sessionImages/{SAMPLE_IMAGE_ID}"
    assert set(caught.value.request.headers) <= {"host", "x-ms-client-request-id"}
    assert "emulator-key" not in f"{caught.value!r} {vars(caught.value)}"


def test_incomplete_can_be_pickled() -> None:
    """An IncompleteBody that crosses a process boundary arrives with its counts."""
    for expected in [10, None]:
        error = IncompleteBody(5, expected)

        copy = pickle.loads(pickle.dumps(error))

        assert (copy.received, copy.expected, str(copy)) == (5, expected, str(error))
