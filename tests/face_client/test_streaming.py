"""Reading a body as it arrives, noticing when it ends early, and saving it: all of it or nothing."""

import asyncio
import errno
import json
import os
import pickle
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import ApiError, Client, IncompleteBody
from face_client.api.liveness_session_operations import get_session_image
from face_client_auth import SubscriptionKeyAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Client, Any], bytes]
Save = Callable[[Client, Any, Any], int]
Wait = Callable[[Callable[[], bool]], None]

HALF_OF_TEN = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n01234"


def _reset(connection: socket.socket, _request: bytes, sent: bytes) -> None:
    connection.sendall(sent)
    time.sleep(0.05)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.fixture(params=["none", "file"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A folder without and with an earlier `image`; at the end nothing in it may have changed."""
    if request.param == "file":
        (tmp_path / "image").write_bytes(b"earlier")
        (tmp_path / "image").chmod(0o644)
    before = {path.name: (path.read_bytes(), path.stat().st_mode) for path in tmp_path.iterdir()}
    yield tmp_path
    assert {path.name: (path.read_bytes(), path.stat().st_mode) for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_arrives_in_pieces(client: Client, face_emulator: Emulator, chunked: bool) -> None:
    """`iter_bytes` yields the body piece by piece while it arrives, and knows its length where it was announced."""
    face_emulator.faults.add(Fault(chunk_size=20_000, chunk_delay=0.01, chunked=chunked))
    image = face_emulator.images[SAMPLE_IMAGE_ID]

    with get_session_image.stream(SAMPLE_IMAGE_ID, client=client) as body:
        pieces = list(body.iter_bytes())

        assert body.status_code == 200
        assert body.headers["content-type"] == "application/octet-stream"
        assert body.content_length == (None if chunked else len(image))
    assert b"".join(pieces) == image
    assert len(pieces) > 1


@pytest.mark.anyio
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_arrives_in_pieces_async(face_emulator: Emulator, chunked: bool) -> None:
    """The async `iter_bytes` does the same."""
    face_emulator.faults.add(Fault(chunk_size=20_000, chunk_delay=0.01, chunked=chunked))
    image = face_emulator.images[SAMPLE_IMAGE_ID]

    async with (
        Client(face_emulator.endpoint, auth=SubscriptionKeyAuth("emulator-key")) as client,
        get_session_image.asyncio_stream(SAMPLE_IMAGE_ID, client=client) as body,
    ):
        pieces = [piece async for piece in body.iter_bytes()]

        assert body.status_code == 200
        assert body.headers["content-type"] == "application/octet-stream"
        assert body.content_length == (None if chunked else len(image))
    assert b"".join(pieces) == image
    assert len(pieces) > 1


def test_a_stream_begins_before_the_body_has_arrived(
    make_client: Callable[..., Client], raw_server: Callable[..., Any]
) -> None:
    """The first piece is there while the server still holds back the rest: nothing is buffered."""
    go_on = threading.Event()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HALF_OF_TEN)
        go_on.wait(5)
        connection.sendall(b"56789")

    with get_session_image.stream("id", client=make_client(raw_server(answer).endpoint)) as body:
        pieces = body.iter_bytes()
        first = next(pieces)
        go_on.set()
        rest = b"".join(pieces)

    assert (first, rest) == (b"01234", b"56789")


def test_a_body_is_read_once(client: Client, tmp_path: Path) -> None:
    """Reading a second time is an error, not an empty image."""
    with get_session_image.stream(SAMPLE_IMAGE_ID, client=client) as body:
        body.read()
        with pytest.raises(httpx.StreamConsumed):
            body.read()
        with pytest.raises(httpx.StreamConsumed):
            body.save(tmp_path / "image")

    assert list(tmp_path.iterdir()) == []


def test_a_body_is_not_read_after_its_block(client: Client) -> None:
    """Reading after the `with` block is an error, not an empty image."""
    with get_session_image.stream(SAMPLE_IMAGE_ID, client=client) as body:
        pass

    with pytest.raises(httpx.StreamClosed):
        body.read()


def test_leaving_early_gives_the_connection_back(
    make_client: Callable[..., Client],
    face_emulator: Emulator,
    one_connection: dict[str, Any],
    portal: BlockingPortal,
    call: Call,
) -> None:
    """A block that is left early, by `break` or by an exception, leaves the client as usable as before."""
    client = make_client(face_emulator.endpoint, **one_connection)
    face_emulator.faults.add(Fault(chunk_size=1000, chunk_delay=0.01, times=4))

    async def leave(error: Exception | None) -> None:
        async with get_session_image.asyncio_stream(SAMPLE_IMAGE_ID, client=client) as body:
            async for _ in body.iter_bytes():
                break
            if error:
                raise error

    with get_session_image.stream(SAMPLE_IMAGE_ID, client=client) as body:
        next(body.iter_bytes())
    with pytest.raises(KeyError), get_session_image.stream(SAMPLE_IMAGE_ID, client=client) as body:
        raise KeyError
    portal.call(leave, None)
    with pytest.raises(KeyError):
        portal.call(leave, KeyError())

    assert call(client, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]


@pytest.mark.parametrize(
    ("fault", "expects_all"),
    [
        (Fault(truncate=1000, times=1), True),
        (Fault(truncate=0, times=1), True),
        (Fault(truncate=1000, chunk_size=100, times=1), True),
        (Fault(truncate=1000, chunked=True, times=1), False),
        (Fault(truncate=0, chunked=True, times=1), False),
    ],
)
def test_a_body_that_ends_early_is_incomplete(
    send: Call, client: Client, face_emulator: Emulator, fault: Fault, expects_all: bool
) -> None:
    """A body that ends early raises IncompleteBody, which counts the bytes; the next call on the client is well."""
    image = face_emulator.images[SAMPLE_IMAGE_ID]
    expected = len(image) if expects_all else None
    face_emulator.faults.add(fault)

    with pytest.raises(IncompleteBody) as caught:
        send(client, SAMPLE_IMAGE_ID)

    assert isinstance(caught.value, httpx.RemoteProtocolError)
    assert (caught.value.received, caught.value.expected) == (fault.truncate, expected)
    assert f"{fault.truncate} of {expected or 'an unknown number'} bytes arrived" in str(caught.value)
    again = send(client, SAMPLE_IMAGE_ID)
    assert getattr(again, "parsed", again) == image


def test_a_reset_connection_is_incomplete(
    send: Call, make_client: Callable[..., Client], raw_server: Callable[..., Any]
) -> None:
    """A connection that is reset in the middle of the body raises IncompleteBody too."""
    server = raw_server(partial(_reset, sent=HALF_OF_TEN))

    with pytest.raises(IncompleteBody) as caught:
        send(make_client(server.endpoint), "id")

    assert (caught.value.received, caught.value.expected) == (5, 10)


@pytest.mark.parametrize(
    "body", [b"5\r\n01", b"5\r\n01234\r\n", b"5\r\n01234\r\nnonsense\r\n", b"5\r\n01234567\r\n0\r\n\r\n", b"-1\r\n"]
)
def test_chunks_that_lie_are_incomplete(
    send: Call, make_client: Callable[..., Client], raw_server: Callable[..., Any], body: bytes
) -> None:
    """A chunked body whose chunks are not what they announce, or do not end, raises IncompleteBody."""
    server = raw_server(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)

    with pytest.raises(IncompleteBody, match="of an unknown number of bytes arrived") as caught:
        send(make_client(server.endpoint), "id")

    assert caught.value.expected is None
    assert caught.value.received <= 5


def test_fewer_than_was_announced_beside_the_chunks_is_an_error(
    send: Call, make_client: Callable[..., Client], raw_server: Callable[..., Any]
) -> None:
    """A chunked body that ends in order is an error all the same where a length beside it promised more."""
    server = raw_server(
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n0\r\n\r\n"
    )

    # aiohttp takes no answer with both.
    with pytest.raises(httpx.RemoteProtocolError) as caught:
        send(make_client(server.endpoint), "id")

    if isinstance(caught.value, IncompleteBody):
        assert (caught.value.received, caught.value.expected) == (5, 10)


def test_more_than_was_announced_is_not_a_part_of_the_image(
    call: Call, client: Client, face_emulator: Emulator
) -> None:
    """What follows after the announced length belongs to nobody: neither to this image nor to the next one."""
    image = face_emulator.images[SAMPLE_IMAGE_ID]
    face_emulator.faults.add(Fault(content_length=1000, times=1))

    assert call(client, SAMPLE_IMAGE_ID) == image[:1000]
    time.sleep(0.1)  # what is still under way when the next call begins cannot be told from its answer
    assert call(client, SAMPLE_IMAGE_ID) == image


def test_incomplete_keeps_no_secret(call: Call, client: Client, face_emulator: Emulator) -> None:
    """The request of an IncompleteBody says which one it was, and has no header of those that sign in."""
    face_emulator.faults.add(Fault(truncate=10))

    with pytest.raises(IncompleteBody) as caught:
        call(client, SAMPLE_IMAGE_ID)

    assert caught.value.request.method == "GET"
    assert str(caught.value.request.url) == f"{client.base_url}/sessionImages/{SAMPLE_IMAGE_ID}"
    assert set(caught.value.request.headers) <= {"host"}
    assert "emulator-key" not in f"{caught.value!r} {vars(caught.value)}"


@pytest.mark.parametrize("expected", [10, None])
def test_incomplete_can_be_pickled(expected: int | None) -> None:
    """An IncompleteBody that crosses a process boundary arrives with its counts."""
    error = IncompleteBody(5, expected)

    copy = pickle.loads(pickle.dumps(error))

    assert (copy.received, copy.expected, str(copy)) == (5, expected, str(error))


def test_a_body_that_stalls_is_a_timeout(
    send: Call, make_client: Callable[..., Client], raw_server: Callable[..., Any]
) -> None:
    """A body that does not go on is no broken one: it raises httpx's ReadTimeout."""

    def stall(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HALF_OF_TEN)
        connection.recv(1)

    with pytest.raises(httpx.ReadTimeout):
        send(make_client(raw_server(stall).endpoint, timeout=0.1), "id")


def test_save_writes_the_image(save: Save, client: Client, face_emulator: Emulator, tmp_path: Path) -> None:
    """`save` writes exactly the image, for its owner alone, and returns its size."""
    image = face_emulator.images[SAMPLE_IMAGE_ID]

    size = save(client, SAMPLE_IMAGE_ID, tmp_path / "image.jpg")

    assert size == len(image)
    assert (tmp_path / "image.jpg").read_bytes() == image
    assert stat.S_IMODE((tmp_path / "image.jpg").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["image.jpg"]


def test_save_replaces_a_file(save: Save, client: Client, face_emulator: Emulator, tmp_path: Path) -> None:
    """A file that was there is replaced, and what others could read before, they cannot read now."""
    target = tmp_path / "image.jpg"
    target.write_bytes(b"earlier")
    target.chmod(0o644)

    with target.open("rb") as earlier:
        save(client, SAMPLE_IMAGE_ID, target)
        assert earlier.read() == b"earlier"

    assert target.read_bytes() == face_emulator.images[SAMPLE_IMAGE_ID]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("size", [0, 1, 65536, 1024 * 1024, 3 * 1024 * 1024 + 7])
def test_save_writes_any_size(save: Save, client: Client, face_emulator: Emulator, tmp_path: Path, size: int) -> None:
    """An empty image is saved, and so is one of many batches."""
    face_emulator.images["sized"] = image = os.urandom(size)

    assert save(client, "sized", tmp_path / "image") == size

    assert (tmp_path / "image").read_bytes() == image


@pytest.mark.parametrize("dangling", [False, True])
def test_save_replaces_a_link(
    save: Save, client: Client, face_emulator: Emulator, tmp_path: Path, dangling: bool
) -> None:
    """A symbolic link is replaced, and what it points to stays as it is."""
    (tmp_path / "elsewhere").mkdir()
    other = tmp_path / "elsewhere" / "other"
    if not dangling:
        other.write_bytes(b"other")
    (tmp_path / "image").symlink_to(other)

    save(client, SAMPLE_IMAGE_ID, tmp_path / "image")

    assert not (tmp_path / "image").is_symlink()
    assert (tmp_path / "image").read_bytes() == face_emulator.images[SAMPLE_IMAGE_ID]
    assert (not other.exists()) if dangling else (other.read_bytes() == b"other")


@pytest.mark.parametrize(
    "name", ["a b", "*?[x]", "'\"", "-rf", ".hidden", "new\nline", "ünï\U0001f600", "%2F", "x" * 255]
)
def test_save_takes_any_name(save: Save, client: Client, tmp_path: Path, name: str) -> None:
    """Any name that the file system takes is taken."""
    save(client, SAMPLE_IMAGE_ID, tmp_path / name)

    assert os.listdir(tmp_path) == [name]  # noqa: PTH208 (the names as the system has them)


def test_save_takes_a_relative_path(
    save: Save, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is one from the current folder, as a string and as a Path."""
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)

    save(client, SAMPLE_IMAGE_ID, "image")
    save(client, SAMPLE_IMAGE_ID, Path("sub/image"))

    assert sorted(path.name for path in tmp_path.iterdir()) == ["image", "sub"]
    assert [path.name for path in (tmp_path / "sub").iterdir()] == ["image"]


def test_save_writes_beside_the_target(
    save: Save,
    make_client: Callable[..., Client],
    raw_server: Callable[..., Any],
    eventually: Wait,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the image arrives, the target is as it was, and one private file lies beside it, which is then synced."""
    target = tmp_path / "image"
    target.write_bytes(b"earlier")
    on_the_way: list[tuple[bytes, list[int]]] = []
    synced: list[tuple[int, bytes]] = []

    def beside() -> list[Path]:
        return [path for path in tmp_path.iterdir() if path != target]

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HALF_OF_TEN)
        eventually(lambda: len(beside()) == 1)
        on_the_way.append((target.read_bytes(), [stat.S_IMODE(path.stat().st_mode) for path in beside()]))
        connection.sendall(b"56789")

    def fsync(handle: int, fsync: Callable[[int], None] = os.fsync) -> None:
        fsync(handle)
        synced.append((os.fstat(handle).st_size, target.read_bytes()))

    monkeypatch.setattr(os, "fsync", fsync)
    assert save(make_client(raw_server(answer).endpoint), "id", target) == 10

    assert on_the_way == [(b"earlier", [0o600])]
    assert synced == [(10, b"earlier")]
    assert target.read_bytes() == b"0123456789"
    assert beside() == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(truncate=1000), IncompleteBody),
        (Fault(truncate=1000, chunked=True), IncompleteBody),
        (Fault(truncate=0), IncompleteBody),
        (Fault(drop=True), httpx.RemoteProtocolError),
        (Fault(status=404), ApiError),
        (Fault(status=206, body=b"part"), ApiError),
        (Fault(html=True), ApiError),
    ],
)
def test_a_failed_answer_saves_nothing(
    save: Save, client: Client, face_emulator: Emulator, folder: Path, fault: Fault, error: type[Exception]
) -> None:
    """After an answer that is not the whole image, the folder is as it was."""
    face_emulator.faults.add(fault)

    with pytest.raises(error):
        save(client, SAMPLE_IMAGE_ID, folder / "image")


def test_a_reset_or_stalled_answer_saves_nothing(
    save: Save, make_client: Callable[..., Client], raw_server: Callable[..., Any], folder: Path
) -> None:
    """After a connection that is reset, or hangs, in the middle, the folder is as it was."""

    def stall(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HALF_OF_TEN)
        connection.recv(1)

    with pytest.raises(IncompleteBody):
        save(make_client(raw_server(partial(_reset, sent=HALF_OF_TEN)).endpoint), "id", folder / "image")
    with pytest.raises(httpx.ReadTimeout):
        save(make_client(raw_server(stall).endpoint, timeout=0.1), "id", folder / "image")


def test_a_folder_is_not_a_target(save: Save, client: Client, folder: Path, tmp_path: Path) -> None:
    """A target that is a folder is refused by name, and nothing is left in it or beside it."""
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        save(client, SAMPLE_IMAGE_ID, folder)


def test_a_missing_folder_is_named(save: Save, client: Client, folder: Path) -> None:
    """A folder that is not there is named, and not made."""
    with pytest.raises(FileNotFoundError, match="missing"):
        save(client, SAMPLE_IMAGE_ID, folder / "missing" / "image")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that even root cannot write to")
def test_a_folder_that_takes_no_files(save: Save, client: Client) -> None:
    """A folder that no file can be written to is an OSError, and the client is as usable as before."""
    with pytest.raises(OSError, match="/proc/self"):
        save(client, SAMPLE_IMAGE_ID, "/proc/self/image")


def test_a_target_that_turns_into_a_folder(
    save: Save,
    make_client: Callable[..., Client],
    raw_server: Callable[..., Any],
    eventually: Wait,
    tmp_path: Path,
) -> None:
    """When the last step, the renaming, fails, nothing is left beside the target."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HALF_OF_TEN)
        eventually(lambda: any(tmp_path.iterdir()))
        (tmp_path / "image").mkdir()
        connection.sendall(b"56789")

    with pytest.raises(OSError, match="image"):
        save(make_client(raw_server(answer).endpoint), "id", tmp_path / "image")

    assert [path.name for path in tmp_path.iterdir()] == ["image"]


_SAVE_ON_A_SMALL_DISK = """
import asyncio, errno, resource, sys
from face_client import Client
from face_client.api.liveness_session_operations import get_session_image
from face_client_auth import SubscriptionKeyAuth

form, endpoint, target = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, 70_000))
client = Client(endpoint, auth=SubscriptionKeyAuth("emulator-key"))

async def save():
    async with client, get_session_image.asyncio_stream("big", client=client) as body:
        await body.save(target)

try:
    if form == "async":
        asyncio.run(save())
    else:
        with client, get_session_image.stream("big", client=client) as body:
            body.save(target)
except OSError as error:
    print(errno.errorcode[error.errno])
"""


@pytest.mark.parametrize(("form", "size"), [("sync", 70_500), ("async", 3_000_000)])
def test_a_disk_that_is_full(face_emulator: Emulator, folder: Path, form: str, size: int) -> None:
    """When the disk takes no more, early or in the last bytes, the caller is told and the folder is as it was."""
    face_emulator.images["big"] = os.urandom(size)
    arguments = [sys.executable, "-c", _SAVE_ON_A_SMALL_DISK, form, face_emulator.endpoint, str(folder / "image")]

    run = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)

    assert (run.stdout, run.stderr, run.returncode) == ("EFBIG\n", "", 0)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB with an earlier `image` on it."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("needs the right to mount a disk")
    try:
        (tmp_path / "image").write_bytes(b"earlier")
        yield tmp_path
    finally:
        subprocess.run(["umount", tmp_path], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
def test_a_disk_without_room(save: Save, client: Client, face_emulator: Emulator, small_disk: Path) -> None:
    """When the disk has no room, the caller is told, what was there is still there, and what fits can be saved."""
    face_emulator.images["big"] = bytes(200_000)
    face_emulator.images["small"] = b"small"

    with pytest.raises(OSError, match="No space left") as caught:
        save(client, "big", small_disk / "image")

    assert caught.value.errno == errno.ENOSPC
    assert {path.name: path.read_bytes() for path in small_disk.iterdir()} == {"image": b"earlier"}
    save(client, "small", small_disk / "image")
    assert {path.name: path.read_bytes() for path in small_disk.iterdir()} == {"image": b"small"}


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
def test_a_read_only_disk(save: Save, client: Client, small_disk: Path) -> None:
    """A disk that cannot be written to is an OSError that names the folder, and what was there is still there."""
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)

    with pytest.raises(OSError, match=str(small_disk)) as caught:
        save(client, SAMPLE_IMAGE_ID, small_disk / "image")

    assert caught.value.errno == errno.EROFS
    assert {path.name: path.read_bytes() for path in small_disk.iterdir()} == {"image": b"earlier"}


_SAVE = """
import asyncio, sys
from face_client import Client
from face_client.api.liveness_session_operations import get_session_image

form, endpoint, target, image_id, times = sys.argv[1:]
client = Client(endpoint)

async def save():
    for _ in range(int(times)):
        async with get_session_image.asyncio_stream(image_id, client=client) as body:
            await body.save(target)

if form == "async":
    asyncio.run(save())
else:
    for _ in range(int(times)):
        with get_session_image.stream(image_id, client=client) as body:
            body.save(target)
"""


def test_two_processes_save_to_one_target(raw_server: Callable[..., Any], tmp_path: Path) -> None:
    """While two processes save to one target over and over, whoever looks sees one whole image, of one or the other."""
    images = {name: name * 300_000 for name in (b"a", b"b")}

    def answer(connection: socket.socket, request: bytes) -> None:
        while request:
            image = images[request.split(b" ")[1][-1:]]
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(image), image))
            request = connection.recv(65536)

    target = tmp_path / "image"
    target.write_bytes(images[b"a"])
    server = raw_server(answer)
    processes = [
        subprocess.Popen([sys.executable, "-c", _SAVE, form, server.endpoint, target, image_id, "25"])
        for form, image_id in (("sync", "a"), ("async", "b"))
    ]
    seen = set()
    while any(process.poll() is None for process in processes):
        seen.add(target.read_bytes())

    assert [process.wait() for process in processes] == [0, 0]
    assert seen == set(images.values())
    assert [path.name for path in tmp_path.iterdir()] == ["image"]


@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_save_that_is_killed_leaves_the_target(
    raw_server: Callable[..., Any], eventually: Wait, tmp_path: Path, form: str
) -> None:
    """A process that is killed while it saves leaves the target as it was; what remains beside it is private."""

    def stall(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + bytes(3_000_000))
        connection.recv(1)

    target = tmp_path / "image"
    target.write_bytes(b"earlier")
    arguments = [sys.executable, "-c", _SAVE, form, raw_server(stall).endpoint, target, "id", "1"]
    with subprocess.Popen(arguments) as process:
        eventually(lambda: any(path.stat().st_size > 1_000_000 for path in tmp_path.iterdir()))
        process.kill()

    assert target.read_bytes() == b"earlier"
    (remains,) = set(tmp_path.iterdir()) - {target}
    assert remains.name.startswith(".part-")
    assert stat.S_IMODE(remains.stat().st_mode) == 0o600


def test_a_disk_that_fails_to_sync(save: Save, client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that is not safely on the disk does not take the target's place."""

    def fail(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(OSError, match="Input/output error"):
        save(client, SAMPLE_IMAGE_ID, folder / "image")


def test_an_interrupt_saves_nothing(client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle of `save` leaves the folder as it was."""

    def interrupt(_handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)

    with pytest.raises(KeyboardInterrupt), get_session_image.stream(SAMPLE_IMAGE_ID, client=client) as body:
        body.save(folder / "image")


async def _cancel_scope(save: Callable[[], Any], ready: Callable[[], bool]) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(save)
        with anyio.fail_after(5):
            while not ready():
                await anyio.sleep(0.005)
        tasks.cancel_scope.cancel()


async def _cancel_task(save: Callable[[], Any], ready: Callable[[], bool]) -> None:
    task = asyncio.create_task(save())
    with anyio.fail_after(5):
        while not ready():
            await anyio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


_CANCELS = pytest.mark.parametrize("cancel", [_cancel_scope, _cancel_task])


@pytest.mark.anyio
@_CANCELS
async def test_a_cancelled_download_saves_nothing(
    raw_server: Callable[..., Any], folder: Path, cancel: Callable[..., Any]
) -> None:
    """When a save is cancelled, in anyio's way or in asyncio's, while the image arrives, the folder is as it was."""

    def stall(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HALF_OF_TEN)
        connection.recv(1)

    async with Client(raw_server(stall).endpoint) as client:

        async def save() -> None:
            async with get_session_image.asyncio_stream("id", client=client) as body:
                await body.save(folder / "image")

        await cancel(save, lambda: any(path.name != "image" for path in folder.iterdir()))


@pytest.mark.anyio
@_CANCELS
@pytest.mark.parametrize(
    ("module", "step"), [(tempfile, "mkstemp"), (os, "fsync")], ids=["while_it_is_made", "while_it_is_synced"]
)
async def test_a_save_that_is_cancelled_at_a_slow_disk_is_all_or_nothing(
    face_emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cancel: Callable[..., Any],
    module: Any,
    step: str,
) -> None:
    """When a save is cancelled while a thread of it waits for the disk, there is the old file or the new one, alone."""
    target = tmp_path / "image"
    target.write_bytes(b"earlier")
    real, entered, left = getattr(module, step), threading.Event(), threading.Event()
    saved = []

    def slow(*args: Any, **options: Any) -> Any:
        entered.set()
        time.sleep(0.2)
        try:
            return real(*args, **options)
        finally:
            left.set()

    monkeypatch.setattr(module, step, slow)
    async with Client(face_emulator.endpoint, auth=SubscriptionKeyAuth("emulator-key")) as client:

        async def save() -> None:
            async with get_session_image.asyncio_stream(SAMPLE_IMAGE_ID, client=client) as body:
                saved.append(await body.save(target))

        await cancel(save, entered.is_set)
        await anyio.to_thread.run_sync(left.wait, 5)
        await anyio.sleep(0.05)

    assert [path.name for path in tmp_path.iterdir()] == ["image"]
    assert target.read_bytes() == (face_emulator.images[SAMPLE_IMAGE_ID] if saved else b"earlier")


@pytest.mark.anyio
async def test_an_async_save_leaves_the_loop_free(
    face_emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a slow disk keeps a save waiting, other tasks go on."""

    def slow(_handle: int) -> None:
        time.sleep(0.3)

    monkeypatch.setattr(os, "fsync", slow)
    longest = 0.0
    async with (
        Client(face_emulator.endpoint, auth=SubscriptionKeyAuth("emulator-key")) as client,
        get_session_image.asyncio_stream(SAMPLE_IMAGE_ID, client=client) as body,
    ):
        save = asyncio.create_task(body.save(tmp_path / "image"))
        while not save.done():
            before = time.monotonic()
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - before)

    assert await save == len(face_emulator.images[SAMPLE_IMAGE_ID])
    assert longest < 0.2


_SAVE_A_LARGE_IMAGE = """
import asyncio, json, resource, sys
from face_client import Client
from face_client.api.liveness_session_operations import get_session_image

form, endpoint, target = sys.argv[1:]
client = Client(endpoint)

async def save(image_id):
    async with get_session_image.asyncio_stream(image_id, client=client) as body:
        await body.save(target)

async def saves():
    await save("small")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await save("large")
    return before

if form == "async":
    before = asyncio.run(saves())
else:
    with get_session_image.stream("small", client=client) as body:
        body.save(target)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with get_session_image.stream("large", client=client) as body:
        body.save(target)
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""


@pytest.mark.parametrize("form", ["sync", "async"])
def test_save_takes_constant_memory(raw_server: Callable[..., Any], tmp_path: Path, form: str) -> None:
    """To save a body of 64 MiB takes little more memory than to save one of 2 MiB."""

    def pour(connection: socket.socket, request: bytes) -> None:
        size = 64 if b"/large" in request else 2
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (size * 1024**2))
        for _ in range(size):
            connection.sendall(b"x" * 1024**2)

    arguments = [sys.executable, "-c", _SAVE_A_LARGE_IMAGE, form, raw_server(pour).endpoint, str(tmp_path / "image")]

    run = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True)

    kibibytes = json.loads(run.stdout)
    assert (tmp_path / "image").stat().st_size == 64 * 1024**2
    assert kibibytes < 16 * 1024
