"""Proxies: which requests go through one, by all forms of NO_PROXY, and what their failures are."""

import socket
import traceback
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from face_client import DeadlineExceeded
from face_client.models import CreateLivenessSessionContent

Call = Callable[[Any, str], bytes]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
TUNNEL = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
NAME, IPV4, IPV6 = "https://face.contoso.invalid", "https://127.0.0.1:1", "https://[::1]:1"

pytestmark = pytest.mark.usefixtures("direct")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the pauses short."""
    monkeypatch.setattr("face_client_runtime._retries.FIRST_PAUSE", 0.001)


@pytest.mark.parametrize(
    ("endpoint", "no_proxy"),
    [
        (NAME, ["face.contoso.invalid", "FACE.Contoso.invalid", "contoso.invalid", ".contoso.invalid", "*.invalid"]),
        (NAME, ["face.contoso.invalid:443", "contoso.invalid.", "*", "a.example, *", "a.example,contoso.invalid ,::1"]),
        (NAME, ["a.example contoso.invalid", "a.example,,\tcontoso.invalid", "[::1],fe80::/10,10.0.0.0/8,invalid"]),
        (IPV4, ["127.0.0.1", "127.0.0.1:1", "127.0.0.0/8", "127.1.1.1/8", "::1, 127.0.0.1"]),
        (IPV6, ["::1", "[::1]", "[::1]:1", "0:0::0:1", "::/64", "localhost,[::1]"]),
    ],
)
def test_hosts_that_no_proxy_names(
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
    no_proxy: list[str],
) -> None:
    """A host is connected to directly, in whatever form of curl, requests or Go NO_PROXY names it."""
    proxy = raw_server(TUNNEL)
    monkeypatch.setenv("HTTPS_PROXY", proxy.endpoint)
    for value in no_proxy:
        monkeypatch.setenv("NO_PROXY", value)
        with pytest.raises(httpx.ConnectError):
            make_client(endpoint).get_session_image("id")
        assert proxy.visitors == 0, value


def test_hosts_that_no_proxy_does_not_name(
    make_client: Callable[..., Any], raw_server: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another name, port, address or network than the host's is not its own, and what cannot be read names nothing."""
    proxy = raw_server(TUNNEL)
    monkeypatch.setenv("HTTPS_PROXY", proxy.endpoint)
    for endpoint, no_proxy in [
        (NAME, "[::1],::1,fe80::/10,10.0.0.0/8,127.0.0.1,localhost"),
        (
            NAME,
            "oso.invalid,*contoso.invalid,a.face.contoso.invalid,face.contoso.invalid:80,.,:,https://contoso.invalid",
        ),
        (IPV4, "127.0.0.1:443,127.0.0.2,10.0.0.0/8,0.1,::1,127.0.0.0/99"),
        (IPV6, "[::1]:443,::2,fe80::/10,127.0.0.1,1"),
    ]:
        monkeypatch.setenv("NO_PROXY", no_proxy)
        with pytest.raises(httpx.ProxyError):
            make_client(endpoint).get_session_image("id")


def test_lower_case_variables_win(
    make_client: Callable[..., Any], raw_server: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two variables that differ in case, the lower-case one counts, also if it is empty."""
    proxy = raw_server(TUNNEL)
    monkeypatch.setenv("https_proxy", proxy.endpoint)
    monkeypatch.setenv("HTTPS_PROXY", "not a proxy")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "")

    with pytest.raises(httpx.ProxyError):
        make_client(NAME).get_session_image("id")


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "all_proxy", None])
def test_the_url_of_a_proxy_that_is_none(
    form: str, make_client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, variable: str | None
) -> None:
    """It is refused when the client is created, by the name of the variable or argument, without the password."""
    for url in [
        "http://user:s3cret@proxy:port",
        "user:s3cret@proxy:99999",
        "http://user:s3cret@[::1",
        "http://user:s3cret@pro xy",
        "http//user:s3cret@proxy",
        "http://user:s3c#ret@proxy:8080",
        "http://user:#s3cret@proxy:8080",
        "http://user:?s3cret@proxy:8080",
        "ftp://user:s3cret@proxy",
        "http://proxy:8080/s3cret.pac",
        "http://",
    ]:
        if variable:
            monkeypatch.setenv(variable, url)
        options = {} if variable else {"httpx_args": {"proxy": url}}
        named = variable.upper() if variable else r"httpx_args\['proxy'\]"

        with pytest.raises(ValueError, match=f"^{named} is not the URL of a proxy, such as http://") as caught:
            make_client(NAME, **options)

        assert "s3c" not in "".join(traceback.format_exception(caught.value)).replace(repr(url), "")
        frames = traceback.StackSummary.extract(traceback.walk_tb(caught.value.__traceback__), capture_locals=True)
        assert all("s3c" not in str(frame.locals) for frame in frames if variable and "handwritten" in frame.filename)


def test_a_socks_proxy_without_its_package(make_client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A SOCKS proxy needs a package, which the error names."""
    monkeypatch.setenv("ALL_PROXY", "socks5://user:s3cret@proxy:1080")
    monkeypatch.setattr("face_client_runtime._proxies.find_spec", lambda _: None)

    with pytest.raises(ImportError, match=r"^ALL_PROXY is a SOCKS proxy: install httpx\[socks\]$") as caught:
        make_client(NAME)

    frames = traceback.StackSummary.extract(traceback.walk_tb(caught.value.__traceback__), capture_locals=True)
    assert all("s3cret" not in str(frame.locals) for frame in frames)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_proxy_that_is_busy_is_asked_again(
    call: Call,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    certificates: Any,
    status: int,
) -> None:
    """A proxy that answers CONNECT with a 429 or 5xx is asked again: the service has seen nothing of the request."""
    answers = deque([b"HTTP/1.1 %d Busy\r\nContent-Length: 0\r\n\r\n" % status])

    def tunnel(connection: Any, _request: bytes) -> None:
        if answers:
            connection.sendall(answers.popleft())
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with certificates.server.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(OK)

    proxy = raw_server(tunnel)
    options = {"proxy": proxy.endpoint, "verify": certificates.client}

    assert call(make_client("https://localhost", max_retries=1, httpx_args=options), "id") == b"hi"

    assert proxy.visitors == 2


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("status", "tries"), [(503, 3), (400, 1), (403, 1), (407, 1)])
def test_a_proxy_that_refuses(
    form: str,
    portal: Any,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    status: int,
    tries: int,
) -> None:
    """The error names the proxy without its password, also for a POST, and a refusal is final."""
    proxy = raw_server(b"HTTP/1.1 %d user:s3cret\r\nContent-Length: 0\r\n\r\n" % status)
    url = proxy.endpoint.replace("://", "://user:s3cret@")
    client = make_client(NAME, max_retries=2, httpx_args={"proxy": url})
    create = partial(client.create_liveness_session, body=CreateLivenessSessionContent("Passive"))
    message = rf"^face\.contoso\.invalid through the proxy {proxy.authority}: the proxy responded with {status} "

    with pytest.raises(httpx.ProxyError, match=message) as caught:
        create() if form == "sync" else portal.call(create)

    assert "s3cret" not in str(caught.value)
    assert proxy.visitors == tries


def test_a_real_proxy(
    call: Call,
    make_client: Callable[..., Any],
    serve_each: Callable[..., Any],
    certificates: Any,
    real_proxy: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A proxy of another make opens one tunnel for several calls, and none without the right password."""
    server = serve_each(OK, certificates.server)
    monkeypatch.setenv("HTTPS_PROXY", real_proxy)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority_file))
    client = make_client(server.endpoint)
    assert [call(client, "id") for _ in range(3)] == [b"hi"] * 3

    monkeypatch.setenv("HTTPS_PROXY", real_proxy.replace("s3cret", "wr0ng"))
    with pytest.raises(httpx.ProxyError, match="the proxy responded with 407 Proxy Authentication Required") as caught:
        call(make_client(server.endpoint, max_retries=3), "id")

    assert "wr0ng" not in str(caught.value)
    assert server.visitors == 1


def test_a_proxy_that_does_not_answer(call: Call, make_client: Callable[..., Any]) -> None:
    """The error of a call that ends at its deadline names the proxy, too."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"127.0.0.1:{silent.getsockname()[1]}"
        client = make_client(NAME, deadline=0.3, httpx_args={"proxy": f"http://user:s3cret@{proxy}"})

        with pytest.raises(DeadlineExceeded, match=rf"^face\.contoso\.invalid through the proxy {proxy}: no complete "):
            call(client, "id")


def test_a_proxy_that_is_not_there(call: Call, make_client: Callable[..., Any]) -> None:
    """The error of a proxy that cannot be reached names the proxy."""
    client = make_client(NAME, httpx_args={"proxy": "http://user:s3cret@127.0.0.1:1"})

    with pytest.raises(
        httpx.ConnectError, match=r"^face\.contoso\.invalid through the proxy 127\.0\.0\.1:1: "
    ) as caught:
        call(client, "id")

    assert "s3cret" not in str(caught.value)
