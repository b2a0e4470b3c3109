"""Files in the body of a request: bytes, paths and open files, sent as they are read, again only if they can be."""

import codecs
import gzip
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import ApiError, AsyncClient, AuthenticationError, DeadlineExceeded, ServerError
from face_client.models import CreateLivenessWithVerifySessionContent
from face_client.types import File
from face_client_auth import SubscriptionKeyAuth
from face_emulator import Emulator, Fault

PICTURE = b"\xff\xd8\xff\r\n--boundary--\r\n" + bytes(range(256)) * 1000
SESSION = (
    b'{"sessionId": "a", "authToken": "", "status": "NotStarted", "results": {"attempts": [], "verifyReferences": []}}'
)
CREATED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(SESSION) + SESSION
BUSY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0.01\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

Call = Callable[..., Any]


@pytest.fixture
def create(form: str, portal: BlockingPortal) -> Call:
    """Creates a session with a reference image, as `create(client, file)`."""

    def create(client: Any, file: File, **settings: Any) -> Any:
        body = CreateLivenessWithVerifySessionContent("Passive", file, **settings)
        if form == "sync":
            return client.create_liveness_with_verify_session(body=body)

        async def acreate() -> Any:
            return await client.create_liveness_with_verify_session(body=body)

        return portal.call(acreate)

    return create


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A picture on the disk."""
    path = tmp_path / "anna.jpg"
    path.write_bytes(PICTURE)
    return path


@pytest.fixture
def pipe() -> Iterator[Any]:
    """A picture that can be read once."""
    read, write = os.pipe()
    with os.fdopen(write, "wb") as file:
        file.write(b"a picture")
    with os.fdopen(read, "rb") as file:
        yield file


def parts_of(request: bytes) -> dict[str, Any]:
    """The parts of a form by name."""
    head, _, body = request.partition(b"\r\n\r\n")
    content_type = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-type"))
    message = message_from_bytes(content_type + b"\r\n\r\n" + body, policy=policy.HTTP)
    return {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}


@pytest.mark.parametrize("kind", ["bytes", "str", "path", "file", "buffer"])
def test_the_payload_of_a_file(create: Call, make_client: Call, raw_server: Call, path: Path, kind: str) -> None:
    """Bytes, a path and an open file arrive whole, with a filename and the media type of bytes."""
    server = raw_server(CREATED)
    with path.open("rb") as file:
        payloads = {"bytes": PICTURE, "str": str(path), "path": path, "file": file, "buffer": BytesIO(PICTURE)}
        assert create(make_client(server.endpoint), File(payloads[kind])).session_id == "a"
        assert not file.closed

    image = parts_of(server.requests[0])["verifyImage"]
    assert image.get_payload(decode=True) == PICTURE
    assert image.get_filename() == ("file" if kind in ("bytes", "buffer") else "anna.jpg")
    assert image.get_content_type() == "application/octet-stream"


def test_the_name_and_the_media_type_of_a_file(create: Call, make_client: Call, raw_server: Call, path: Path) -> None:
    """What the caller says is sent, in place of the name of the file."""
    server = raw_server(CREATED)

    create(make_client(server.endpoint), File(path, file_name="reference", mime_type="image/jpeg"))

    image = parts_of(server.requests[0])["verifyImage"]
    assert (image.get_filename(), image.get_content_type()) == ("reference", "image/jpeg")


def test_the_other_parts_of_a_form(create: Call, make_client: Call, raw_server: Call) -> None:
    """Text is sent as it is, and numbers and truth values as JSON writes them; what is not set is not sent."""
    server = raw_server(CREATED)
    settings = {"enable_session_image": True, "return_verify_image_hash": False, "verify_confidence_threshold": 0.5}

    create(make_client(server.endpoint), File(b"x"), **settings, device_correlation_id='Gerät "7"')

    parts = parts_of(server.requests[0])
    texts = {name: part.get_payload(decode=True).decode() for name, part in parts.items() if name != "verifyImage"}
    assert texts == {
        "livenessOperationMode": "Passive",
        "enableSessionImage": "true",
        "returnVerifyImageHash": "false",
        "verifyConfidenceThreshold": "0.5",
        "deviceCorrelationId": 'Gerät "7"',
    }
    assert {part.get_filename() for name, part in parts.items() if name != "verifyImage"} == {None}


@pytest.mark.parametrize("kind", ["bytes", "path", "file"])
def test_a_file_is_sent_again(create: Call, make_client: Call, serve_once_busy: Call, path: Path, kind: str) -> None:
    """A retry sends the whole file once more."""
    server = serve_once_busy()
    with path.open("rb") as file:
        payload = {"bytes": PICTURE, "path": path, "file": file}[kind]
        assert create(make_client(server.endpoint, max_retries=1), File(payload)).session_id == "a"

    sent = [parts_of(request)["verifyImage"].get_payload(decode=True) for request in server.requests]
    assert sent == [PICTURE, PICTURE]


@pytest.fixture
def serve_once_busy(raw_server: Call) -> Call:
    """Starts a server that refuses the first request, and closes each connection."""

    def start() -> Any:
        server = raw_server(lambda connection, _: connection.sendall(BUSY if len(server.requests) == 1 else CREATED))
        return server

    return start


def test_a_file_that_cannot_be_rewound(create: Call, make_client: Call, face_emulator: Any, pipe: Any) -> None:
    """A pipe is sent once, in chunks since its length is unknown; a retry would send a part of it."""
    face_emulator.faults.add(Fault(status=503, retry_after="0.01"))

    with pytest.raises(ServerError):
        create(make_client(face_emulator.endpoint, max_retries=3), File(pipe))

    (request,) = face_emulator.requests
    assert request.headers["transfer-encoding"] == "chunked"


def test_a_pipe_is_not_sent_with_a_second_key(create: Call, make_client: Call, face_emulator: Any, pipe: Any) -> None:
    """Signing in again with another key would send the rest of the pipe, which is nothing: the 401 is raised."""
    client = make_client(face_emulator.endpoint, auth=SubscriptionKeyAuth("old-key", face_emulator.key))

    with pytest.raises(AuthenticationError):
        create(client, File(pipe))

    assert len(face_emulator.requests) == 1


@pytest.mark.parametrize("kind", ["gzip", "spooled", "named"])
def test_a_file_whose_descriptor_tells_another_length(
    create: Call, make_client: Call, raw_server: Call, tmp_path: Path, kind: str
) -> None:
    """What a file gives is sent, whatever its descriptor is of; a face that is only in memory stays there."""
    with gzip.open(tmp_path / "packed", "wb") as packed:
        packed.write(PICTURE)
    server = raw_server(CREATED)
    make = {
        "gzip": partial(gzip.open, tmp_path / "packed", "rb"),
        "spooled": partial(tempfile.SpooledTemporaryFile, max_size=2**20),
        "named": partial(tempfile.NamedTemporaryFile, dir=tmp_path),
    }
    with make[kind]() as file:
        if kind != "gzip":
            file.write(PICTURE)
        create(make_client(server.endpoint), File(file))
        assert kind != "spooled" or not file._rolled

    assert parts_of(server.requests[0])["verifyImage"].get_payload(decode=True) == PICTURE


def test_a_path_of_a_pipe_is_refused(create: Call, make_client: Call, raw_server: Call, tmp_path: Path) -> None:
    """To open it could take forever, and the deadline would not end that."""
    os.mkfifo(tmp_path / "pipe")
    server = raw_server(CREATED)

    with pytest.raises(OSError, match="pass an open file object instead"):
        create(make_client(server.endpoint), File(tmp_path / "pipe"))

    assert not server.visitors


def test_a_pipe_with_nothing_to_read_does_not_block_other_tasks(
    make_client: Call, face_emulator: Emulator, portal: BlockingPortal
) -> None:
    """An async call reads files in a thread, so that its deadline is kept."""
    client = make_client(face_emulator.endpoint, AsyncClient, deadline=0.3)
    read, write = os.pipe()

    async def acreate() -> Any:
        body = CreateLivenessWithVerifySessionContent("Passive", File(file))
        return await client.create_liveness_with_verify_session(body=body)

    with os.fdopen(read, "rb") as file, os.fdopen(write, "wb") as end:
        with pytest.raises(DeadlineExceeded):
            portal.call(acreate)
        end.write(b"for the thread that still waits")


def test_an_upload_that_the_server_ends_early(
    create: Call, make_client: Call, caplog: pytest.LogCaptureFixture
) -> None:
    """The rest is not sent, and nothing is logged for each piece of it."""

    def refuse() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(100)
            connection.sendall(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=refuse)
        thread.start()
        client = make_client(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises((ApiError, httpx.TransportError)):
            create(client, File(bytes(20_000_000)))
        thread.join()

    assert [record for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.parametrize("file", [b"a face", "face.jpg", None])
def test_what_is_not_wrapped_in_a_file(create: Call, make_client: Call, raw_server: Call, file: Any) -> None:
    """Bytes and a path alone are refused with what has to be around them, and are not shown."""
    server = raw_server(CREATED)

    with pytest.raises(TypeError, match=r"must be a File, such as File\(path\), not \w+$"):
        create(make_client(server.endpoint), file)

    assert not server.visitors


def test_a_media_type_does_not_end_its_header() -> None:
    """It may come from an upload of a browser."""
    with pytest.raises(ValueError, match="invalid character"):
        File(b"", mime_type="image/jpeg\r\nX: 1").to_tuple()


def test_a_text_file_is_noticed_while_it_is_read(create: Call, client: Any) -> None:
    """Not every text file says that it is one."""
    with pytest.raises(TypeError, match="binary mode; this one gives str"):
        create(client, File(codecs.getreader("utf-8")(BytesIO(b"text"))))


@pytest.mark.parametrize("payload", [7, StringIO("text"), None])
def test_what_is_no_file(create: Call, make_client: Call, raw_server: Call, payload: Any) -> None:
    """What is neither bytes nor a file is refused before anything is sent, with what it has to be."""
    server = raw_server(CREATED)

    with pytest.raises(TypeError, match=f"bytes, a path or a file open in binary mode, not {type(payload).__name__}"):
        create(make_client(server.endpoint), File(payload))

    assert not server.visitors


def test_a_file_that_is_not_there(create: Call, make_client: Call, raw_server: Call, tmp_path: Path) -> None:
    """A missing file is an OSError with its name, before anything is sent."""
    server = raw_server(CREATED)

    with pytest.raises(FileNotFoundError, match="no-such-file"):
        create(make_client(server.endpoint), File(tmp_path / "no-such-file"))

    assert not server.visitors


def test_a_disk_that_fails(create: Call, make_client: Call, raw_server: Call, one_connection: dict[str, Any]) -> None:
    """What reading the file raises reaches the caller, and the connection is given back."""

    class Disk(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 100_000:
                raise OSError(5, "the disk failed")
            return super().read(size)

    server = raw_server(CREATED)
    client = make_client(server.endpoint, **one_connection)

    with pytest.raises(OSError, match="the disk failed"):
        create(client, File(Disk(PICTURE)))

    assert create(client, File(b"x")).session_id == "a"


def test_a_file_is_not_shown() -> None:
    """The repr of a file, and of what holds it, has no byte of the picture."""
    file = File(b"a face", "face.jpg")

    for shown in (file, file.to_tuple(), CreateLivenessWithVerifySessionContent("Passive", file)):
        assert "a face" not in repr(shown)


def test_a_file_is_read_in_pieces(create: Call, make_client: Call, raw_server: Call) -> None:
    """A large file is not held in memory."""
    sizes = []

    class Watched(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            sizes.append(size)
            return super().read(size)

    create(make_client(raw_server(CREATED).endpoint), File(Watched(PICTURE)))

    assert len(sizes) > 3
    assert set(sizes) == {65536}
