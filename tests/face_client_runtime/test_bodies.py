"""Bodies of every kind: whole, in pieces, packed, announced wrongly, and far too large."""

import gzip
import json
import socket
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any

import pytest

from face_client import ApiError, IncompleteBody

Call = Callable[[Any, Any], bytes]
MIB = 1024 * 1024
BODY = bytes(range(256)) * 1000


def _head(*headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode()


def _in_chunks(body: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:])) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("headers", "packed"),
    [
        (["Content-Length: {}"], bytes),
        ([], bytes),
        (["Transfer-Encoding: chunked"], _in_chunks),
        (["Content-Encoding: identity", "Content-Length: {}"], bytes),
        (["Content-Encoding:", "Content-Length: {}"], bytes),
        (["Content-Encoding: gzip", "Content-Length: {}"], gzip.compress),
        (["Content-Encoding: X-GZip", "Content-Length: {}"], gzip.compress),
        (["Content-Encoding: gzip"], gzip.compress),
        (["Content-Encoding: gzip", "Transfer-Encoding: chunked"], lambda body: _in_chunks(gzip.compress(body))),
        (["Content-Encoding: gzip"], lambda body: gzip.compress(body[:1000]) + gzip.compress(body[1000:])),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "",
)
def test_a_body_is_whole_however_it_is_sent(
    call: Call,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    headers: list[str],
    packed: Callable[[bytes], bytes],
) -> None:
    """With a length or without one, in chunks, and in gzip, which nobody asked for: the body is what was sent."""
    sent = packed(BODY)
    server = raw_server(_head(*(line.replace("{}", str(len(sent))) for line in headers)) + sent)

    assert call(make_client(server.endpoint), "id") == BODY


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        (["Content-Length: 0"], b""),
        ([], b""),
        (["Transfer-Encoding: chunked"], b"0\r\n\r\n"),
        (["Content-Encoding: identity", "Content-Length: 0"], b""),
        (["Content-Encoding: gzip"], gzip.compress(b"")),
        (["Content-Encoding: gzip"], gzip.compress(b"") + gzip.compress(b"")),
        (["Content-Encoding: gzip", "Content-Length: 20"], gzip.compress(b"")),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "",
)
def test_an_empty_body_is_an_error(
    call: Call,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    headers: list[str],
    sent: bytes,
) -> None:
    """A 200 without a body is an error however that is sent."""
    server = raw_server(_head(*headers) + sent)

    with pytest.raises(ApiError, match=r"^200 OK: empty body in the response to GET /.*/id \(client"):
        call(make_client(server.endpoint), "id")


@pytest.mark.parametrize(("kept", "length"), [(0, True), (1, False), (500, True), (-8, True), (-1, False)])
def test_gzip_that_breaks_off_is_incomplete(
    call: Call, make_client: Callable[..., Any], raw_server: Callable[..., Any], kept: int, length: bool
) -> None:
    """Gzip that ends early is incomplete, also when its length is the one that was announced."""
    sent = gzip.compress(BODY)[:kept]
    server = raw_server(_head("Content-Encoding: gzip", *[f"Content-Length: {len(sent)}"] * length) + sent)

    with pytest.raises(IncompleteBody, match=f"{len(sent)} of an unknown number") as caught:
        call(make_client(server.endpoint), "id")

    assert (caught.value.received, caught.value.expected) == (len(sent), None)


@pytest.mark.parametrize(
    ("encoding", "body", "says"),
    [
        ("gzip", b"no gzip at all", "the body is not gzip: "),
        ("gzip", gzip.compress(BODY)[:-8] + b"checksum", "the body is not gzip: "),
        ("gzip", gzip.compress(BODY) + b"and more", "the body is not gzip: "),
        ("deflate", zlib.compress(BODY), "the body has the Content-Encoding deflate, which was not asked for"),
        ("br", b"\x8b\x02\x80image\x03", "the body has the Content-Encoding br, which was not asked for"),
        ("gzip, gzip", gzip.compress(gzip.compress(BODY)), "the body has the Content-Encoding gzip, gzip, which"),
        ("a\xa0b", b"image", "the body has the Content-Encoding a"),
    ],
    ids=["garbage", "checksum", "trailer", "deflate", "br", "twice", "unprintable"],
)
def test_a_body_that_cannot_be_unpacked_is_an_error(
    call: Call,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    encoding: str,
    body: bytes,
    says: str,
) -> None:
    """What is not the gzip that it claims to be, or comes in another encoding, is never taken for the body."""
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    server = raw_server(head.encode("latin-1") + body)

    with pytest.raises(ApiError) as caught:
        call(make_client(server.endpoint), "id")

    assert caught.value.status_code == 200
    assert str(caught.value).startswith(f"200 OK: {says}")
    assert str(caught.value).isprintable()


_PEAK = """
import asyncio, gc, json, sys
from face_client import ApiError, AsyncClient, Client, IncompleteBody

form, endpoint, max_retries = sys.argv[1:]
client = (AsyncClient if form.startswith("async") else Client)(endpoint, max_retries=int(max_retries))
if client.max_retries:
    gc.disable()

def peak():
    # Not getrusage's, which begins with the size of the process that has started this one.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))

async def get(image_id):
    if form == "sync":
        return len(client.get_session_image(image_id))
    if form == "async":
        return len(await client.get_session_image(image_id))
    size = 0
    if form == "stream":
        with client.get_session_image_stream(image_id) as body:
            for piece in body.iter_bytes():
                size += len(piece)
    if form == "async stream":
        async with client.get_session_image_stream(image_id) as body:
            async for piece in body.iter_bytes():
                size += len(piece)
    return size

async def run():
    result, before = None, 0
    for image_id in ("first", "second"):
        before = peak()
        try:
            result = await get(image_id)
        except IncompleteBody as error:
            result = [error.received, error.expected]
        except ApiError as error:
            result = [error.status_code, error.excerpt]
    return result, peak() - before

print(json.dumps(asyncio.run(run())))
"""


@pytest.fixture
def measure(raw_server: Callable[..., Any]) -> Callable[..., tuple[Any, float]]:
    """What came of a second call in a process of its own, and by how many MiB it raised the peak of memory.

    As `measure(form, first, second, max_retries=0)`, with the parts of both answers. With retries, the garbage
    collector does not help.
    """

    def measure(form: str, first: Iterable[bytes], second: Iterable[bytes], max_retries: int = 0) -> tuple[Any, float]:
        def answer(connection: socket.socket, request: bytes) -> None:
            for part in first if b"/first" in request else second:
                connection.sendall(part)

        arguments = [sys.executable, "-c", _PEAK, form, raw_server(answer).endpoint, str(max_retries)]
        run = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
        assert (run.stderr, run.returncode) == ("", 0)
        result, mebibytes = json.loads(run.stdout)
        return result, mebibytes

    return measure


def _zeros(mebibytes: int) -> Iterator[bytes]:
    return repeat(b"0" * MIB, mebibytes)


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """256 MiB of zeros in 256 kB of gzip."""
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(part) for part in _zeros(256)) + packer.flush()


SMALL = [_head("Connection: close", "Content-Length: 5") + b"image"]
SMALL_ERROR = [_head("Connection: close", "Content-Length: 5", status="404 Gone") + b"image"]

whole = pytest.mark.parametrize("form", ["sync", "async"])
in_pieces = pytest.mark.parametrize("form", ["stream", "async stream"])


@whole
def test_a_length_of_a_terabyte_is_not_believed(measure: Callable[..., tuple[Any, float]], form: str) -> None:
    """For an announced terabyte, little memory is taken before it arrives, and it is told with its numbers."""
    result, mebibytes = measure(form, SMALL, [_head("Content-Length: 1000000000000"), b"x" * 1000])

    assert result == [1000, 10**12]
    assert mebibytes < 50


@whole
def test_a_body_that_broke_off_is_freed_before_the_next_try(
    measure: Callable[..., tuple[Any, float]], form: str
) -> None:
    """However many tries break off, memory holds the body of one of them, or two, also without garbage collection."""
    broken = [_head(f"Content-Length: {16 * MIB}"), *_zeros(15)]

    result, mebibytes = measure(form, SMALL, broken, max_retries=3)

    assert result == [15 * MIB, 16 * MIB]
    assert mebibytes < 45


@in_pieces
def test_a_huge_body_in_pieces_takes_no_memory(measure: Callable[..., tuple[Any, float]], form: str) -> None:
    """A body of 512 MiB that is read in pieces takes a few MiB."""
    huge = [_head(f"Content-Length: {512 * MIB}"), *_zeros(512)]

    result, mebibytes = measure(form, SMALL, huge)

    assert result == 512 * MIB
    assert mebibytes < 10


@in_pieces
def test_a_bomb_in_pieces_takes_no_memory(measure: Callable[..., tuple[Any, float]], form: str, bomb: bytes) -> None:
    """Gzip that unpacks to a thousand times its size takes a few MiB too, when it is read in pieces."""
    result, mebibytes = measure(form, SMALL, [_head("Content-Encoding: gzip"), bomb])

    assert result == 256 * MIB
    assert mebibytes < 10


@whole
@pytest.mark.parametrize("length", [True, False])
def test_a_body_in_memory_takes_its_size(measure: Callable[..., tuple[Any, float]], form: str, length: bool) -> None:
    """A body of 100 MiB as bytes takes at most 1.25 times as much memory."""
    huge = [_head(*[f"Content-Length: {100 * MIB}"] * length), *_zeros(100)]

    result, mebibytes = measure(form, SMALL, huge)

    assert result == 100 * MIB
    assert mebibytes < 125


@whole
def test_a_huge_error_takes_no_memory(measure: Callable[..., tuple[Any, float]], form: str) -> None:
    """An error whose body is 512 MiB takes a few MiB, and is told by its status."""
    huge = [_head(f"Content-Length: {512 * MIB}", status="404 Gone"), *_zeros(512)]

    result, mebibytes = measure(form, SMALL_ERROR, huge)

    assert result == [404, "0" * 500]
    assert mebibytes < 10


@pytest.mark.parametrize(("form", "times"), [("sync", 1), ("async", 1), ("sync", 2)])
def test_a_bomb_for_an_error_takes_no_memory(
    measure: Callable[..., tuple[Any, float]], form: str, bomb: bytes, times: int
) -> None:
    """An error whose body is a bomb, or a bomb in a bomb, takes a few MiB, and is told by its status."""
    body = gzip.compress(bomb) if times == 2 else bomb
    huge = [_head(f"Content-Encoding: {', '.join(['gzip'] * times)}", status="404 Gone"), body]

    result, mebibytes = measure(form, SMALL_ERROR, huge)

    assert result == [404, "0" * 500 if times == 1 else ""]
    assert mebibytes < 10
