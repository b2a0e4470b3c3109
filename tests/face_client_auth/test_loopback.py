"""The web server that waits for the browser: one visitor, of whom it believes nothing that it need not."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from face_client_auth import SignInError
from face_client_auth._loopback import LoopbackServer


class Visitor:
    """A browser's GET in a thread, with the state that is expected, which waits for the page."""

    def __init__(self, url: str, **params: str) -> None:
        self.response: httpx.Response | None = None
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._visit, args=(url, {"state": "s", **params}))
        self._thread.start()

    def _visit(self, url: str, params: dict[str, str]) -> None:
        try:
            self.response = httpx.get(url, params=params, timeout=10, trust_env=False, verify=False)
        except Exception as error:
            self.error = error

    @property
    def page(self) -> httpx.Response:
        self._thread.join(10)
        assert self.response is not None, self.error
        return self.response

    @property
    def is_waiting(self) -> bool:
        return self._thread.is_alive()


def _raw(url: str, request: bytes) -> bytes:
    """What the server answers to these bytes."""
    parts = urlsplit(url)
    with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=10) as connection:
        connection.sendall(request)
        received = b""
        with suppress(ConnectionResetError):
            while more := connection.recv(65536):
                received += more
        return received


@pytest.fixture(autouse=True)
def known_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """The state of each sign-in is "s"."""
    monkeypatch.setattr("face_client_auth._loopback.token_urlsafe", lambda _: "s")


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server on a free port."""
    with LoopbackServer("127.0.0.1", 0) as server:
        yield server


def test_what_the_provider_says_comes_back(server: LoopbackServer) -> None:
    """The query is handed over, decoded, and the visitor waits for the page, which says what happened."""
    visitor = Visitor(server.redirect_uri, code="a b+c&d=\u00fc")

    response = server.wait(5)

    assert response.parameters == {"code": "a b+c&d=\u00fc", "state": "s"}
    assert visitor.is_waiting
    server.show("Signed in", "You can go.")
    assert visitor.page.status_code == 200
    assert "<h1>Signed in</h1><p>You can go.</p>" in visitor.page.text


def test_the_page_is_harmless(server: LoopbackServer) -> None:
    """What the page says is escaped, runs nothing, is kept nowhere, and tells no other page where it came from."""
    visitor = Visitor(server.redirect_uri, error="x")
    server.wait(5)
    hostile = """<script>alert("1")</script><img src=x onerror='x'>&copy;"""

    server.show(hostile, hostile)

    page = visitor.page
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert page.text.count("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;") == 3
    assert page.text.count("&#x27;x&#x27;&gt;&amp;copy;") == 3
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"].split("; ")
    assert policy == ["default-src 'none'", "style-src 'unsafe-inline'"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_address_is_this_machine_alone(host: str) -> None:
    """The redirect URI names the host that the provider knows and a free port, and only 127.0.0.1 listens."""
    with LoopbackServer(host, 0) as first, LoopbackServer(host, 0) as second:
        for each in (first, second):
            parts = urlsplit(each.redirect_uri)
            assert (parts.scheme, parts.hostname, parts.path, parts.query) == ("http", host, "/", "")
        assert first.redirect_uri != second.redirect_uri
        assert first.server_address[0] == "127.0.0.1"
        visitor = Visitor(first.redirect_uri, code="c")
        assert first.wait(5).parameters == {"code": "c", "state": "s"}
        first.show("Signed in", "")
        assert visitor.page.status_code == 200


def test_a_port_in_use_is_an_error() -> None:
    """A fixed port is taken as it is, and is an OSError while somebody else has it; it is free again afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            LoopbackServer("127.0.0.1", port)
    for _ in range(2):
        with LoopbackServer("127.0.0.1", port) as server:
            assert server.redirect_uri == f"http://127.0.0.1:{port}/"


@pytest.mark.parametrize(
    ("request_line", "host", "status"),
    [
        ("GET /favicon.ico", None, b"404"),
        ("GET /favicon.ico?code=c&state=s", None, b"404"),
        ("GET /", None, b"404"),
        ("GET /?state=s", None, b"404"),
        ("GET /?code=", None, b"404"),
        ("GET /?code=&state=s", None, b"404"),
        ("GET /?code=c", None, b"404"),
        ("GET /?code=c&state=other", None, b"404"),
        ("GET /?code=c&state=", None, b"404"),
        ("GET /?code=c&state=s&state=other", None, b"404"),
        ("GET /?error=e&state=other", None, b"404"),
        ("GET /?code=c&state=s", "attacker.example", b"404"),
        ("GET /?code=c&state=s", "localhost:{port}", b"404"),
        ("GET /?code=c&state=s", "127.0.0.1", b"404"),
        ("GET /?code=c&state=s", "127.0.0.1:{port}.attacker.example", b"404"),
        ("GET /?code=c&state=s", "", b"404"),
        ("POST /?code=c&state=s", None, b"501"),
        ("HEAD /?code=c&state=s", None, b"501"),
        ("GET http://127.0.0.1:{port}/other?code=c&state=s", None, b"404"),
        ("\x16\x03\x01", None, b"400"),
    ],
)
def test_another_request_is_refused(
    server: LoopbackServer, capfd: pytest.CaptureFixture[str], request_line: str, host: str | None, status: bytes
) -> None:
    """What is not the provider's redirect is refused, without repeating it, and the wait goes on in silence."""
    port = str(urlsplit(server.redirect_uri).port)
    host = "127.0.0.1:{port}" if host is None else host
    answer = _raw(
        server.redirect_uri, f"{request_line} HTTP/1.1\r\nHost: {host}\r\n\r\n".replace("{port}", port).encode()
    )

    assert status in answer.split(b"\r\n")[0] or (status == b"400" and b"Error code: 400" in answer)
    assert b"code=c" not in answer
    with pytest.raises(SignInError):
        server.wait(0.02)
    visitor = Visitor(server.redirect_uri, code="right")
    assert server.wait(5).parameters == {"code": "right", "state": "s"}
    server.show("Signed in", "")
    assert visitor.page.status_code == 200
    assert capfd.readouterr() == ("", "")


def test_idle_connections_do_not_block(server: LoopbackServer) -> None:
    """Connections that a browser opens and does not use, or uses by halves, keep nobody waiting."""
    parts = urlsplit(server.redirect_uri)
    idle = [socket.create_connection((str(parts.hostname), parts.port or 0)) for _ in range(4)]
    idle[0].sendall(b"GET /?code=")

    visitor = Visitor(server.redirect_uri, code="c")
    server.wait(5)
    server.show("Signed in", "")

    assert visitor.page.status_code == 200
    server.__exit__(None, None, None)
    assert _readers(), "nobody was waited for"
    for connection in idle:
        connection.close()


def test_a_page_that_is_loaded_twice(server: LoopbackServer) -> None:
    """Who loads the redirect twice is told the same twice; afterwards there is nothing to see."""
    visitors = [Visitor(server.redirect_uri, code="c") for _ in range(2)]
    server.wait(5)
    server.wait(5)
    server.show("Signed in", "")

    assert [visitor.page.status_code for visitor in visitors] == [200, 200]
    assert Visitor(server.redirect_uri, code="c").page.status_code == 404


def _readers() -> list[threading.Thread]:
    """The server's threads that are with a visitor."""
    return [thread for thread in threading.enumerate() if "process_request_thread" in thread.name]


def test_nobody_comes(server: LoopbackServer) -> None:
    """After the time that was given the wait ends with an error that says so."""
    started = time.monotonic()

    with pytest.raises(SignInError, match=r"^the sign-in was not completed in the browser within 0\.2 s$"):
        server.wait(0.2)

    assert 0.2 <= time.monotonic() - started < 10


def test_leaving_without_a_visitor_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nobody came there is no page to wait for, even if something was to be told."""
    monkeypatch.setattr("face_client_auth._loopback._PAGE_TIMEOUT", 60)
    started = time.monotonic()

    with LoopbackServer("127.0.0.1", 0) as server:
        server.show("Not signed in", "nobody came")

    assert time.monotonic() - started < 30


@pytest.mark.parametrize("told", [True, False])
def test_the_visitor_gets_an_answer_before_the_server_leaves(told: bool) -> None:
    """Leaving waits until the page has arrived; who leaves without a word, by an error, lets the visitor go, too."""
    with LoopbackServer("127.0.0.1", 0) as server:
        visitor = Visitor(server.redirect_uri, code="c")
        server.wait(5)
        if told:
            server.show("Signed in", "")

    visitor._thread.join(30)
    assert not visitor.is_waiting


def test_nothing_listens_afterwards() -> None:
    """Once it is left, the port is closed."""
    with LoopbackServer("127.0.0.1", 0) as server:
        parts = urlsplit(server.redirect_uri)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((str(parts.hostname), parts.port or 0))


@pytest.mark.parametrize("when", ["before the page", "in the request"])
def test_a_visitor_that_leaves_is_no_noise(
    monkeypatch: pytest.MonkeyPatch, server: LoopbackServer, capfd: pytest.CaptureFixture[str], when: str
) -> None:
    """A browser that closes its connection too early leaves nothing on stderr: a traceback would alarm for nothing."""
    monkeypatch.setattr("face_client_auth._loopback._PAGE_TIMEOUT", 0.1)
    parts = urlsplit(server.redirect_uri)
    connection = socket.create_connection((str(parts.hostname), parts.port or 0))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    whole = f"GET /?code=one-time-code&state=s HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    connection.sendall(whole if when == "before the page" else whole[:20])
    if when == "before the page":
        server.wait(5)
    connection.close()
    server.show("Signed in", "x" * 100_000)
    while _readers():
        time.sleep(0.01)

    assert capfd.readouterr() == ("", "")


def test_the_code_is_not_shown(server: LoopbackServer, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither repr nor stderr shows what came back, and a code of the visitor's is in no page."""
    visitor = Visitor(server.redirect_uri, code="one-time-code")
    response = server.wait(5)
    server.show("Signed in", "")

    assert "one-time-code" not in visitor.page.text
    assert "one-time-code" not in f"{response!r} {server!r} {vars(server)}"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("state", ["s", ""])
def test_a_refusal_comes_back_as_well(server: LoopbackServer, state: str) -> None:
    """A refusal comes back as well as a code, also from a provider that leaves the state out of it."""
    visitor = Visitor(server.redirect_uri, error="access_denied", error_description="No.", state=state)

    expected = {"error": "access_denied", "error_description": "No.", "state": state}
    assert server.wait(5).parameters == {name: value for name, value in expected.items() if value}
    server.show("Not signed in", "No.")
    assert "<h1>Not signed in</h1>" in visitor.page.text
