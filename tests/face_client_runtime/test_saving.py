"""Saving a body: all of it or nothing."""

import asyncio
import errno
import io
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
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import anyio
import httpx
import pytest

from face_client import ApiError, AsyncClient, Client, IncompleteBody
from face_client_auth import SubscriptionKeyAuth
from face_client_runtime import _files
from face_client_runtime._files import NewFile
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Save = Callable[[Client, Any, Any], int]
Wait = Callable[[Callable[[], bool]], None]

HALF_OF_TEN = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n01234"


def write(path: Path, data: bytes) -> None:
    file = NewFile(path)
    file.create()
    assert file.commit(memoryview(data)) == len(data)


def open_in(folder: Path, process: str | int = "self") -> list[Path]:
    """The open files of a process that lie in a folder, also those without a name, as links to them."""
    found = []
    for link in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            if link.readlink().parent == folder:
                found.append(link)
    return found


@pytest.fixture(params=["unnamed", "named"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How a file is made: without a name until it is whole, and where the system cannot do that."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    elif not hasattr(os, "O_TMPFILE"):
        pytest.skip("needs O_TMPFILE")
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with an earlier `image`; at the end nothing in it may have changed."""
    (tmp_path / "image").write_bytes(b"earlier")
    (tmp_path / "image").chmod(0o644)
    before = {path.name: (path.read_bytes(), path.stat().st_mode) for path in tmp_path.iterdir()}
    yield tmp_path
    assert {path.name: (path.read_bytes(), path.stat().st_mode) for path in tmp_path.iterdir()} == before


def test_save_writes_the_image(save: Save, way: str, client: Client, face_emulator: Emulator, tmp_path: Path) -> None:
    """`save` writes exactly the image, for its owner alone, and returns its size."""
    image = face_emulator.images[SAMPLE_IMAGE_ID]

    size = save(client, SAMPLE_IMAGE_ID, tmp_path / "image.jpg")

    assert size == len(image)
    assert (tmp_path / "image.jpg").read_bytes() == image
    assert stat.S_IMODE((tmp_path / "image.jpg").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["image.jpg"]


def test_save_replaces_a_file(save: Save, way: str, client: Client, face_emulator: Emulator, tmp_path: Path) -> None:
    """A file that was there is replaced, and what others could read before, they cannot read now."""
    target = tmp_path / "image.jpg"
    target.write_bytes(b"earlier")
    target.chmod(0o644)

    with target.open("rb") as earlier:
        save(client, SAMPLE_IMAGE_ID, target)
        assert earlier.read() == b"earlier"

    assert target.read_bytes() == face_emulator.images[SAMPLE_IMAGE_ID]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_save_writes_any_size(save: Save, way: str, client: Client, face_emulator: Emulator, tmp_path: Path) -> None:
    """An image of one byte is saved, and so is one of many batches."""
    for size in [1, 1024 * 1024, 3 * 1024 * 1024 + 7]:
        face_emulator.images["sized"] = image = os.urandom(size)

        assert save(client, "sized", tmp_path / "image") == size

        assert (tmp_path / "image").read_bytes() == image


@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_is_replaced(way: str, tmp_path: Path, dangling: bool) -> None:
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


def test_any_name_is_taken(way: str, tmp_path: Path) -> None:
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


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_nothing_appears_before_it_is_whole(
    save: Save,
    way: str,
    make_client: Callable[..., Client],
    raw_server: Callable[..., Any],
    eventually: Wait,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the image arrives, the target is as it was, and the new file is private and has no name, if that can be.

    It is synced before it replaces the target.
    """
    target = tmp_path / "image"
    target.write_bytes(b"earlier")
    on_the_way: list[tuple[bytes, int, int]] = []
    synced: list[tuple[int, bytes]] = []

    def beside() -> list[Path]:
        return [path for path in tmp_path.iterdir() if path != target]

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HALF_OF_TEN)
        eventually(lambda: len(open_in(tmp_path)) == 1)
        (file,) = open_in(tmp_path)
        on_the_way.append((target.read_bytes(), stat.S_IMODE(file.stat().st_mode), len(beside())))
        connection.sendall(b"56789")

    def fsync(handle: int, fsync: Callable[[int], None] = os.fsync) -> None:
        fsync(handle)
        synced.append((os.fstat(handle).st_size, target.read_bytes()))

    monkeypatch.setattr(os, "fsync", fsync)
    assert save(make_client(raw_server(answer).endpoint), "id", target) == 10

    assert on_the_way == [(b"earlier", 0o600, 1 if way == "named" else 0)]
    assert synced == [(10, b"earlier")]
    assert target.read_bytes() == b"0123456789"
    assert beside() == []
    assert open_in(tmp_path) == []


@pytest.mark.parametrize("mask", [0, 0o077, 0o777])
def test_a_saved_file_is_private_whatever_the_umask(way: str, tmp_path: Path, mask: int) -> None:
    """What others could read if it were for the umask alone is readable to the owner at the most."""
    before = os.umask(mask)
    try:
        write(tmp_path / "image", b"new")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "image").stat().st_mode) == 0o600 & ~mask


def test_a_system_without_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where /proc is not mounted, and a file without a name could get none, it has one from the beginning."""
    monkeypatch.setattr(_files, "_in_proc", lambda _: str(tmp_path / "missing" / "0"))
    file = NewFile(tmp_path / "image")

    file.create()

    assert [path.name.startswith(".part-") for path in tmp_path.iterdir()] == [True]
    assert file.commit(memoryview(b"new")) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["image"]


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="needs O_TMPFILE")
@pytest.mark.parametrize("exists", [False, True])
def test_a_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exists: bool) -> None:
    """Where no links can be made, as on Android, the file is copied, and is as private."""

    def link(_source: str, target: Path, **_: Any) -> None:
        raise OSError(errno.EEXIST if target.exists() else errno.EACCES, "", str(target))

    if exists:
        (tmp_path / "image").write_bytes(b"earlier")
    monkeypatch.setattr(os, "link", link)
    data = os.urandom(3_000_000)

    write(tmp_path / "image", data)

    assert (tmp_path / "image").read_bytes() == data
    assert stat.S_IMODE((tmp_path / "image").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["image"]


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


def test_a_path_that_names_a_folder_is_not_a_target(save: Save, client: Client, folder: Path) -> None:
    """A path that ends in a slash, or in a slash and a dot, means a folder, even if there is none."""
    with pytest.raises(IsADirectoryError, match="new"):
        save(client, SAMPLE_IMAGE_ID, f"{folder / 'new'}{os.sep}")
    with pytest.raises(IsADirectoryError, match="new"):
        write(cast(Path, f"{folder / 'new'}{os.sep}."), b"new")

    assert not (folder / "new").exists()


def test_an_empty_path_is_refused(save: Save, client: Client) -> None:
    """An empty path is called that, and is not taken for the current folder."""
    with pytest.raises(ValueError, match="the path is empty"):
        save(client, SAMPLE_IMAGE_ID, "")


@pytest.mark.skipif(sys.platform != "linux", reason="makes special files")
@pytest.mark.parametrize("kind", ["fifo", "socket", "device", "link to a device", "link to an open file", "links"])
def test_what_is_not_a_regular_file_is_refused(save: Save, client: Client, tmp_path: Path, kind: str) -> None:
    """A FIFO, a socket, a device, or /dev/stdout wherever it leads, is refused and not replaced."""
    target = tmp_path / "target"
    with socket.socket(socket.AF_UNIX) as listener, (tmp_path / "other").open("wb") as other:
        match kind:
            case "fifo":
                os.mkfifo(target)
            case "socket":
                listener.bind(str(target))
            case "device":
                try:  # not /dev/null, which root would lose if this test failed
                    os.mknod(target, stat.S_IFCHR | 0o600, os.makedev(1, 3))
                except PermissionError:
                    pytest.skip("needs the right to make a device")
            case "link to a device":
                target.symlink_to("/dev/null")
            case "link to an open file":
                target.symlink_to(f"/proc/self/fd/{other.fileno()}")
            case "links":
                (tmp_path / "fd").symlink_to("/dev/fd")
                target.symlink_to(f"fd/{other.fileno()}")
        before = (target.lstat(), sorted(tmp_path.iterdir()))

        with pytest.raises(OSError, match=f"{target}: it is not a regular file; pass an open file object instead"):
            save(client, SAMPLE_IMAGE_ID, target)

        assert (target.lstat().st_ino, sorted(tmp_path.iterdir())) == (before[0].st_ino, before[1])


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("folder", ["/dev/fd", "/proc/self/fd"])
def test_the_number_of_an_open_file_is_refused(tmp_path: Path, folder: str) -> None:
    """What the shell calls /dev/fd/3 is an open file, not a place for a new one."""
    with (
        (tmp_path / "other").open("wb") as other,
        pytest.raises(OSError, match="it is not a regular file; pass an open file object instead"),
    ):
        write(Path(folder, str(other.fileno())), b"new")
    assert (tmp_path / "other").read_bytes() == b""


def test_a_missing_folder_is_named(save: Save, client: Client, folder: Path) -> None:
    """A folder that is not there is named, and not made."""
    with pytest.raises(FileNotFoundError, match="missing"):
        save(client, SAMPLE_IMAGE_ID, folder / "missing" / "image")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that even root cannot write to")
def test_a_folder_that_takes_no_files(save: Save, client: Client) -> None:
    """A folder that no file can be written to is an OSError, and the client is as usable as before."""
    with pytest.raises(OSError, match="/proc/self"):
        save(client, SAMPLE_IMAGE_ID, "/proc/self/image")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_target_that_turns_into_a_folder(
    save: Save,
    way: str,
    make_client: Callable[..., Client],
    raw_server: Callable[..., Any],
    eventually: Wait,
    tmp_path: Path,
) -> None:
    """When the last step, the renaming, fails, nothing is left beside the target."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HALF_OF_TEN)
        eventually(lambda: bool(open_in(tmp_path)))
        (tmp_path / "image").mkdir()
        connection.sendall(b"56789")

    with pytest.raises(OSError, match="image"):
        save(make_client(raw_server(answer).endpoint), "id", tmp_path / "image")

    assert [path.name for path in tmp_path.iterdir()] == ["image"]


_SAVE_ON_A_SMALL_DISK = """
import asyncio, errno, resource, sys
from face_client import AsyncClient, Client
from face_client_auth import SubscriptionKeyAuth

form, endpoint, target = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, 70_000))
client = (AsyncClient if form == "async" else Client)(endpoint, auth=SubscriptionKeyAuth("emulator-key"))

async def save():
    async with client, client.get_session_image_stream("big") as body:
        await body.save(target)

try:
    if form == "async":
        asyncio.run(save())
    else:
        with client, client.get_session_image_stream("big") as body:
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
from face_client import AsyncClient, Client

form, endpoint, target, image_id, times = sys.argv[1:]
client = (AsyncClient if form == "async" else Client)(endpoint)

async def save():
    for _ in range(int(times)):
        async with client.get_session_image_stream(image_id) as body:
            await body.save(target)

if form == "async":
    asyncio.run(save())
else:
    for _ in range(int(times)):
        with client.get_session_image_stream(image_id) as body:
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


_STOP_AT = """
import os, sys, time
from pathlib import Path

way, moment, said, *sys.argv[1:] = sys.argv[1:]
if way == "named":
    del os.O_TMPFILE

def stop(*_, **__):
    Path(said).touch()
    time.sleep(60)

if moment != "body":
    setattr(os, moment, stop)
"""


@pytest.fixture
def kill(raw_server: Callable[..., Any], eventually: Wait, tmp_path: Path) -> Callable[..., None]:
    """Kills a process that saves to a path, as `kill(form, way, moment, path)`.

    The moment is "body", when a part of it has arrived, or the function of `os` that is about to be called.
    """

    def answer(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + bytes(2_000_000))
        if b"/stall" not in request:
            connection.sendall(bytes(1_000_000))
        connection.recv(1)

    def kill(form: str, way: str, moment: str, target: Path) -> None:
        said = tmp_path / "said"
        image_id = "stall" if moment == "body" else "id"
        arguments = [way, moment, str(said), form, raw_server(answer).endpoint, str(target), image_id, "1"]
        with subprocess.Popen([sys.executable, "-c", _STOP_AT + _SAVE, *arguments]) as process:
            if moment == "body":
                eventually(lambda: any(file.stat().st_size > 1_000_000 for file in open_in(target.parent, process.pid)))
            else:
                eventually(said.exists)
            process.kill()

    return kill


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="needs O_TMPFILE")
@pytest.mark.parametrize("form", ["sync", "async"])
@pytest.mark.parametrize("moment", ["body", "fsync", "link"])
@pytest.mark.parametrize("exists", [False, True])
def test_a_save_that_is_killed_leaves_nothing(
    kill: Callable[..., None], tmp_path: Path, form: str, moment: str, exists: bool
) -> None:
    """A process that is killed while it saves leaves the folder as it was."""
    target = tmp_path / "folder" / "image"
    target.parent.mkdir()
    if exists:
        target.write_bytes(b"earlier")

    kill(form, "unnamed", moment, target)

    assert {path.name: path.read_bytes() for path in target.parent.iterdir()} == (
        {"image": b"earlier"} if exists else {}
    )


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    ("way", "moment", "size"),
    [("unnamed", "replace", 3_000_000), ("named", "body", 2_000_000), ("named", "fsync", 3_000_000)],
)
def test_what_a_killed_save_leaves_is_private(
    kill: Callable[..., None], tmp_path: Path, way: str, moment: str, size: int
) -> None:
    """One private file remains just before a file is replaced, or where files need a name; the target is as it was."""
    target = tmp_path / "folder" / "image"
    target.parent.mkdir()
    target.write_bytes(b"earlier")

    kill("sync", way, moment, target)

    assert target.read_bytes() == b"earlier"
    (remains,) = set(target.parent.iterdir()) - {target}
    assert remains.name.startswith(".part-")
    assert 1_000_000 < remains.stat().st_size <= size
    assert stat.S_IMODE(remains.stat().st_mode) == 0o600


def test_an_open_file_is_written_to(save: Save, client: Client, face_emulator: Emulator, tmp_path: Path) -> None:
    """`save` writes the image to a file that is open, buffered or not, and does not close it."""
    image = face_emulator.images[SAMPLE_IMAGE_ID]
    buffer = BytesIO(b"before")
    buffer.seek(0, os.SEEK_END)
    assert save(client, SAMPLE_IMAGE_ID, buffer) == len(image)
    assert buffer.getvalue() == b"before" + image

    for buffering in (-1, 0):
        with (tmp_path / "image").open("wb", buffering=buffering) as file:
            assert save(client, SAMPLE_IMAGE_ID, file) == len(image)
            assert not file.closed
        assert (tmp_path / "image").read_bytes() == image


@pytest.mark.parametrize("length", [True, False])
def test_an_open_file_is_written_to_as_the_body_arrives(
    save: Save, make_client: Callable[..., Client], raw_server: Callable[..., Any], eventually: Wait, length: bool
) -> None:
    """While the server holds back the rest, what has arrived is in the file."""
    size = 300_000
    head = b"Content-Length: %d\r\n" % size if length else b""
    buffer, seen = BytesIO(), []

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n%b\r\n" % head + bytes(size - 1))
        eventually(lambda: buffer.tell() > size // 2)
        seen.append(buffer.tell())
        connection.sendall(b"x")

    assert save(make_client(raw_server(answer).endpoint), "id", buffer) == size

    assert seen[0] < size
    assert buffer.getvalue() == bytes(size - 1) + b"x"


class _Raw(io.RawIOBase):
    """Takes at most 1000 bytes at a time."""

    def __init__(self) -> None:
        self.taken = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.taken += data[:1000]
        return len(data[:1000])


class _Full(_Raw):
    """Takes 2500 bytes and then, being non-blocking, no more."""

    def write(self, data: Any) -> int | None:  # type: ignore[override]
        return super().write(data) if len(self.taken) < 2500 else None


class _Silent:
    """Keeps what it is given, and does not say how much that was."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.pieces.append(data)


def test_a_write_may_be_short(save: Save, client: Client, face_emulator: Emulator) -> None:
    """What a raw file does not take at once, it is given again."""
    raw = _Raw()

    assert save(client, SAMPLE_IMAGE_ID, raw) == len(raw.taken)

    assert raw.taken == face_emulator.images[SAMPLE_IMAGE_ID]


def test_a_file_that_takes_no_more_is_an_error(save: Save, client: Client) -> None:
    """A non-blocking file that is full is an OSError, and never taken for one that has taken all."""
    with pytest.raises(BlockingIOError, match="non-blocking"):
        save(client, SAMPLE_IMAGE_ID, _Full())


def test_anything_that_writes_is_a_file(save: Save, client: Client, face_emulator: Emulator) -> None:
    """A `write` that returns nothing is enough, and it may keep the bytes."""
    face_emulator.images["big"] = image = os.urandom(3_000_000)
    silent = _Silent()

    assert save(client, "big", silent) == len(image)

    assert b"".join(silent.pieces) == image


def test_a_socket_is_a_file(save: Save, client: Client, face_emulator: Emulator) -> None:
    """An image can be saved to the file of a socket while somebody reads at its other end."""
    here, there = socket.socketpair()
    with here, there, there.makefile("rb") as reader:
        received: list[bytes] = []
        thread = threading.Thread(target=lambda: received.append(reader.read()))
        thread.start()
        with here.makefile("wb") as file:
            save(client, SAMPLE_IMAGE_ID, file)
        here.shutdown(socket.SHUT_WR)
        thread.join(20)

    assert received == [face_emulator.images[SAMPLE_IMAGE_ID]]


def test_a_special_file_can_be_opened_and_saved_to(save: Save, client: Client, tmp_path: Path) -> None:
    """What is refused as a path, such as a device, is taken as an open file."""
    with Path(os.devnull).open("wb") as file:
        assert save(client, SAMPLE_IMAGE_ID, file) > 0


class _Coroutine:
    async def write(self, data: bytes) -> None: ...


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (io.StringIO(), "cannot save to a StringIO: open the file in binary mode"),
        (io.TextIOWrapper(BytesIO()), "cannot save to a TextIOWrapper: open the file in binary mode"),
        (b"image.jpg", "cannot save to a bytes: it is neither a path nor an open binary file"),
        (None, "cannot save to a NoneType: it is neither a path nor an open binary file"),
        (1, "cannot save to a int: it is neither a path nor an open binary file"),
        (_Coroutine(), "cannot save to a _Coroutine: it is neither a path nor an open binary file"),
    ],
    ids=["StringIO", "text file", "bytes", "None", "int", "async file"],
)
def test_what_cannot_be_written_to_is_refused(save: Save, client: Client, file: Any, says: str) -> None:
    """What is neither a path nor a binary file is a TypeError that names its type."""
    with pytest.raises(TypeError, match=says):
        save(client, SAMPLE_IMAGE_ID, file)


def test_what_cannot_be_written_to_is_refused_before_the_body_is_read(client: Client) -> None:
    """After a file in text mode has been refused, the body can still be saved."""
    with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
        with pytest.raises(TypeError, match="binary mode"):
            body.save(io.StringIO())  # type: ignore[arg-type]
        assert body.save(BytesIO()) > 0


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_breaks_off_is_an_error_for_an_open_file_too(
    save: Save, client: Client, face_emulator: Emulator, chunked: bool
) -> None:
    """A caller whose file holds a part of the body is told, as `iter_bytes` tells it."""
    face_emulator.images["large"] = os.urandom(100_000)
    face_emulator.faults.add(Fault(truncate=70_000, chunked=chunked))
    buffer = BytesIO()

    with pytest.raises(IncompleteBody) as caught:
        save(client, "large", buffer)

    assert caught.value.received == 70_000
    assert face_emulator.images["large"].startswith(buffer.getvalue())


def test_a_failure_of_an_open_file_is_the_callers(save: Save, client: Client, tmp_path: Path) -> None:
    """What the file raises is raised as it is."""
    (tmp_path / "image").touch()
    with (tmp_path / "image").open("rb") as file, pytest.raises(io.UnsupportedOperation, match="write"):
        save(client, SAMPLE_IMAGE_ID, file)


@pytest.mark.anyio
async def test_a_cancelled_save_to_an_open_file_ends_though_its_write_waits(face_emulator: Emulator) -> None:
    """When a task is cancelled in asyncio's way, it ends though a thread is in a write, and nothing more is written."""
    entered, go_on, left = threading.Event(), threading.Event(), threading.Event()
    written = []

    class Slow:
        def write(self, data: bytes) -> int:
            entered.set()
            go_on.wait(20)
            written.append(data[:10])
            left.set()
            return 10

    async with AsyncClient(face_emulator.endpoint, auth=SubscriptionKeyAuth("emulator-key")) as client:

        async def save() -> None:
            async with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
                await body.save(cast(Any, Slow()))

        await _cancel_task(save, entered.is_set)
        go_on.set()
        assert await anyio.to_thread.run_sync(left.wait, 20)

    assert len(written) == 1


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

    with pytest.raises(KeyboardInterrupt), client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
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
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_a_cancelled_download_saves_nothing(
    raw_server: Callable[..., Any], way: str, folder: Path, cancel: Callable[..., Any]
) -> None:
    """When a save is cancelled, in anyio's way or in asyncio's, while the image arrives, the folder is as it was."""

    def stall(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(HALF_OF_TEN)
        connection.recv(1)

    async with AsyncClient(raw_server(stall).endpoint) as client:

        async def save() -> None:
            async with client.get_session_image_stream("id") as body:
                await body.save(folder / "image")

        await cancel(save, lambda: bool(open_in(folder)))

    assert open_in(folder) == []


@pytest.mark.anyio
@_CANCELS
@pytest.mark.parametrize(
    ("module", "step", "has_unnamed"),
    [(os, "open", True), (tempfile, "mkstemp", False), (os, "fsync", True), (os, "fsync", False)],
    ids=["while_it_is_opened", "while_it_is_named", "while_it_is_synced", "while_the_named_one_is_synced"],
)
@pytest.mark.parametrize("earlier", [b"earlier", None], ids=["replaced", "new"])
async def test_a_save_that_is_cancelled_at_a_slow_disk_is_all_or_nothing(
    face_emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cancel: Callable[..., Any],
    module: Any,
    step: str,
    has_unnamed: bool,
    earlier: bytes | None,
) -> None:
    """When a save is cancelled while a thread of it waits for the disk, there is the old file or the new one, alone."""
    target = tmp_path / "image"
    if earlier is not None:
        target.write_bytes(earlier)
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
    if not has_unnamed:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    async with AsyncClient(face_emulator.endpoint, auth=SubscriptionKeyAuth("emulator-key")) as client:

        async def save() -> None:
            async with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
                saved.append(await body.save(target))

        await cancel(save, entered.is_set)
        assert await anyio.to_thread.run_sync(left.wait, 20)
        with anyio.fail_after(20):
            while any(path != target for path in tmp_path.iterdir()):
                await anyio.sleep(0.005)

    expected = face_emulator.images[SAMPLE_IMAGE_ID] if saved else earlier
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([] if expected is None else [expected])


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
        AsyncClient(face_emulator.endpoint, auth=SubscriptionKeyAuth("emulator-key")) as client,
        client.get_session_image_stream(SAMPLE_IMAGE_ID) as body,
    ):
        save = asyncio.create_task(body.save(tmp_path / "image"))
        while not entered.is_set():
            await asyncio.sleep(0.001)
        go_on.set()
        assert await save == len(face_emulator.images[SAMPLE_IMAGE_ID])

    assert went_on == [True]


_SAVE_A_LARGE_IMAGE = """
import asyncio, json, resource, sys
from face_client import AsyncClient, Client

form, endpoint, target = sys.argv[1:]
client = (AsyncClient if form == "async" else Client)(endpoint)

async def save(image_id):
    async with client.get_session_image_stream(image_id) as body:
        await body.save(target)

async def saves():
    await save("small")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await save("large")
    return before

if form == "async":
    before = asyncio.run(saves())
else:
    with client.get_session_image_stream("small") as body:
        body.save(target)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with client.get_session_image_stream("large") as body:
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
