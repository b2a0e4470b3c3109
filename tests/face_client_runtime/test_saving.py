"""Saving a body: all of it or nothing."""

import asyncio
import errno
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from face_client import ApiError, Client, IncompleteBody
from face_client.api.liveness_session_operations import get_session_image
from face_client_auth import SubscriptionKeyAuth
from face_client_runtime._files import NewFile
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Save = Callable[[Client, Any, Any], int]
Wait = Callable[[Callable[[], bool]], None]

HALF_OF_TEN = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n01234"


def write(path: Path, data: bytes) -> None:
    file = NewFile(path)
    with file.or_nothing():
        file.create()
        file.write(data)
        assert file.commit() == len(data)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with an earlier `image`; at the end nothing in it may have changed."""
    (tmp_path / "image").write_bytes(b"earlier")
    (tmp_path / "image").chmod(0o644)
    before = {path.name: (path.read_bytes(), path.stat().st_mode) for path in tmp_path.iterdir()}
    yield tmp_path
    assert {path.name: (path.read_bytes(), path.stat().st_mode) for path in tmp_path.iterdir()} == before


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


def test_save_writes_any_size(save: Save, client: Client, face_emulator: Emulator, tmp_path: Path) -> None:
    """An empty image is saved, and so is one of many batches."""
    for size in [0, 1, 1024 * 1024, 3 * 1024 * 1024 + 7]:
        face_emulator.images["sized"] = image = os.urandom(size)

        assert save(client, "sized", tmp_path / "image") == size

        assert (tmp_path / "image").read_bytes() == image


@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_is_replaced(tmp_path: Path, dangling: bool) -> None:
    """A symbolic link is replaced, and what it points to stays as it is."""
    (tmp_path / "elsewhere").mkdir()
    other = tmp_path / "elsewhere" / "other"
    if not dangling:
        other.write_bytes(b"other")
    (tmp_path / "image").symlink_to(other)

    write(tmp_path / "image", b"new")

    assert not (tmp_path / "image").is_symlink()
    assert (tmp_path / "image").read_bytes() == b"new"
    assert (not other.exists()) if dangling else (other.read_bytes() == b"other")


def test_any_name_is_taken(tmp_path: Path) -> None:
    """Any name that the file system takes is taken."""
    for name in ["a b", "*?[x]", "'\"", "-rf", ".hidden", "new\nline", "ünï\U0001f600", "%2F", "x" * 255]:
        write(tmp_path / name, b"new")

        assert os.listdir(tmp_path) == [name]  # noqa: PTH208 (the names as the system has them)
        (tmp_path / name).unlink()


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
        (Fault(drop=True), httpx.RemoteProtocolError),
        (Fault(html=True), ApiError),
    ],
)
def test_a_failed_response_saves_nothing(
    save: Save, client: Client, face_emulator: Emulator, folder: Path, fault: Fault, error: type[Exception]
) -> None:
    """After a response that is not the whole body, the folder is as it was."""
    face_emulator.faults.add(fault)

    with pytest.raises(error):
        save(client, SAMPLE_IMAGE_ID, folder / "image")


def test_a_stalled_response_saves_nothing(
    save: Save, make_client: Callable[..., Client], raw_server: Callable[..., Any], folder: Path
) -> None:
    """After a connection that hangs in the middle, the folder is as it was."""
    server = raw_server(lambda connection, _: (connection.sendall(HALF_OF_TEN), connection.recv(1)))

    with pytest.raises(httpx.ReadTimeout):
        save(make_client(server.endpoint, timeout=httpx.Timeout(20, read=0.2)), "id", folder / "image")


def test_a_folder_is_not_a_target(save: Save, client: Client, folder: Path) -> None:
    """A target that is a folder is refused by name, and nothing is left in it or beside it."""
    with pytest.raises(IsADirectoryError, match=str(folder)):
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
from face_client_runtime._files import NewFile
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
        subprocess.Popen([sys.executable, "-c", _SAVE, form, server.endpoint, target, image_id, "15"])
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
        with anyio.fail_after(20):
            while not ready():
                await anyio.sleep(0.005)
        tasks.cancel_scope.cancel()


async def _cancel_task(save: Callable[[], Any], ready: Callable[[], bool]) -> None:
    task = asyncio.create_task(save())
    with anyio.fail_after(20):
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
        assert await anyio.to_thread.run_sync(left.wait, 20)
        with anyio.fail_after(20):
            while len(list(tmp_path.iterdir())) > 1:
                await anyio.sleep(0.005)

    assert [path.name for path in tmp_path.iterdir()] == ["image"]
    assert target.read_bytes() == (face_emulator.images[SAMPLE_IMAGE_ID] if saved else b"earlier")


@pytest.mark.anyio
async def test_an_async_save_leaves_the_loop_free(
    face_emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a slow disk keeps a save waiting, other tasks go on."""
    entered, go_on = threading.Event(), threading.Event()
    went_on: list[bool] = []

    def slow(_handle: int) -> None:
        entered.set()
        went_on.append(go_on.wait(20))

    monkeypatch.setattr(os, "fsync", slow)
    async with (
        Client(face_emulator.endpoint, auth=SubscriptionKeyAuth("emulator-key")) as client,
        get_session_image.asyncio_stream(SAMPLE_IMAGE_ID, client=client) as body,
    ):
        save = asyncio.create_task(body.save(tmp_path / "image"))
        while not entered.is_set():
            await asyncio.sleep(0.001)
        go_on.set()
        assert await save == len(face_emulator.images[SAMPLE_IMAGE_ID])

    assert went_on == [True]


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
