"""The sync and the async form of each kind of call behind one signature, and servers that keep their connections."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import ApiError, AsyncClient, Client
from face_client.types import Response
from face_client_runtime._proxies import proxy_for
from face_client_runtime._transport import async_client, sync_client


@pytest.fixture
def detailed(form: str, portal: BlockingPortal) -> Callable[[Any, str], Response[Any]]:
    """Gets a response of any status, as `detailed(client, image_id)`."""
    if form == "sync":
        return lambda client, image_id: client.get_session_image_detailed(image_id)
    return lambda client, image_id: portal.call(client.get_session_image_detailed, image_id)


@pytest.fixture
def error_of(call: Callable[[Any, str], bytes]) -> Callable[..., ApiError]:
    """Returns the ApiError that a call raises, as `error_of(client, image_id)`."""

    def fail(client: Any, image_id: str = "id") -> ApiError:
        with pytest.raises(ApiError) as caught:
            call(client, image_id)
        return caught.value

    return fail


@pytest.fixture
def pieces(form: str, portal: BlockingPortal) -> Callable[..., list[bytes]]:
    """Streams an image, as `pieces(client, image_id)`. `each` is called after each piece."""

    def read(client: Client, image_id: str, each: Callable[[bytes], object]) -> list[bytes]:
        with client.get_session_image_stream(image_id) as body:
            return [piece for piece in body.iter_bytes() if each(piece) or True]

    async def aread(client: AsyncClient, image_id: str, each: Callable[[bytes], object]) -> list[bytes]:
        async with client.get_session_image_stream(image_id) as body:
            return [piece async for piece in body.iter_bytes() if each(piece) or True]

    def stream(client: Any, image_id: str = "id", each: Callable[[bytes], object] = len) -> list[bytes]:
        return read(client, image_id, each) if form == "sync" else portal.call(aread, client, image_id, each)

    return stream


@pytest.fixture
def save(form: str, portal: BlockingPortal) -> Callable[[Any, str, Any], int]:
    """Saves an image, as `save(client, image_id, file)`."""

    def write(client: Client, image_id: str, file: Any) -> int:
        with client.get_session_image_stream(image_id) as body:
            return body.save(file)

    async def awrite(client: AsyncClient, image_id: str, file: Any) -> int:
        async with client.get_session_image_stream(image_id) as body:
            return await body.save(file)

    return write if form == "sync" else partial(portal.call, awrite)


@pytest.fixture
def httpx_client_of(form: str) -> Callable[[Any], Any]:
    """Returns the httpx client that a client uses."""
    if form == "sync":
        return lambda client: client.get_httpx_client()
    return lambda client: client.get_async_httpx_client()


@pytest.fixture
def close(form: str, portal: BlockingPortal) -> Callable[[Any], None]:
    """Closes a client, as `close(client)`."""
    return (lambda client: client.close()) if form == "sync" else lambda client: portal.call(client.aclose)


class Http:
    """An httpx client over our connections, sync or async, whose methods are sync."""

    def __init__(self, portal: BlockingPortal | None, options: dict[str, Any]) -> None:
        self._portal = portal
        url = httpx.URL("http://127.0.0.1")
        self.client: Any = (async_client if portal else sync_client)(proxy_for(str(url), options), options)

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        return self._run(partial(self.client.request, method, url, **options))

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self.request("GET", url, **options)

    def body(self, make: Callable[[], Iterable[bytes]]) -> Any:
        """Returns a body of unknown length for a request."""

        async def body() -> AsyncIterator[bytes]:
            for chunk in make():
                yield chunk

        return body() if self._portal else make()

    def begin(self, url: str, **options: Any) -> httpx.Response:
        """Returns the response before its body is read."""
        return self._run(partial(self.client.send, self.client.build_request("GET", url, **options), stream=True))

    def read(self, response: httpx.Response) -> bytes:
        return self._run(response.aread if self._portal else response.read)

    def end(self, response: httpx.Response) -> None:
        self._run(response.aclose if self._portal else response.close)

    def close(self) -> None:
        self._run(self.client.aclose if self._portal else self.client.close)

    def _run(self, function: Callable[[], Any]) -> Any:
        return self._portal.call(function) if self._portal else function()


@pytest.fixture
def make_http(form: str, portal: BlockingPortal) -> Iterator[Callable[..., Http]]:
    """Makes httpx clients over our connections, with httpx's options, and closes them."""
    made: list[Http] = []

    def make(**options: Any) -> Http:
        made.append(Http(portal if form == "async" else None, {"timeout": 5, **options}))
        return made[-1]

    yield make
    for http in made:
        http.close()


@pytest.fixture
def http(make_http: Callable[..., Http]) -> Http:
    """An httpx client over our connections."""
    return make_http()


@pytest.fixture
def serve_each(raw_server: Callable[..., Any]) -> Callable[..., Any]:
    """Starts a server that keeps its connections, as `serve_each(answer, tls=None)`.

    Each request, whatever connection it comes on, is answered with `answer`, or what `answer(request)` returns. All
    requests are in `requests`; `visitors` is the number of connections.
    """

    def start(answer: bytes | Callable[[bytes], bytes], tls: Any = None) -> Any:
        make = (lambda _: answer) if isinstance(answer, bytes) else answer

        def serve(connection: Any, request: bytes) -> None:
            with suppress(OSError):
                connection.sendall(make(request))
                while request := connection.recv(65536):
                    server.requests.append(request)
                    connection.sendall(make(request))

        server = raw_server(serve, tls)
        return server

    return start


def _eventually(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "the condition did not come about"
        time.sleep(0.005)


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Waits until a condition holds, twenty seconds at the most."""
    return _eventually


@pytest.fixture(scope="session")
def real_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a proxy.py that asks for a password, with the password."""
    pytest.importorskip("proxy")
    port_file = tmp_path_factory.mktemp("proxy") / "port"
    options = f"--hostname 127.0.0.1 --port 0 --port-file {port_file} --num-workers 1 --num-acceptors 1"
    command = [
        sys.executable,
        "-m",
        "proxy",
        *options.split(),
        "--basic-auth",
        "user:s3cret",
        "--log-level",
        "CRITICAL",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        _eventually(lambda: port_file.exists() and port_file.read_text().strip())
        yield f"http://user:s3cret@127.0.0.1:{int(port_file.read_text())}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # its workers, too
        process.wait()


@pytest.fixture
def one_connection() -> dict[str, Any]:
    """Options of a client with room for one connection: a call that does not give it back makes the next one fail."""
    return {"timeout": httpx.Timeout(10, pool=1), "httpx_args": {"limits": httpx.Limits(max_connections=1)}}


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without proxies."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
