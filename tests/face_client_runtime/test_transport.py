"""How connections are made: what the caller and the environment choose, and over which event loop."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import httpcore
import httpx
import pytest

from face_client import AsyncClient, Client
from face_client_runtime import _certificates
from face_client_runtime._connection import AsyncConnection, Connection

Call = Callable[[Any, str], bytes]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
TUNNEL = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"


def connections(http: Any) -> set[type]:
    """The classes of the connections that an httpx client keeps for the next call."""
    pool = http._transport._pool
    (pool,) = pool._loop_pools.values() if isinstance(http, httpx.AsyncClient) else [pool]
    return {type(connection) for _, each in pool._idle for connection in each.connections}


@pytest.mark.parametrize(
    "chosen",
    [{}, {"limits": httpx.Limits(max_connections=1)}, {"verify": False}, {"trust_env": False}],
    ids=["nothing", "limits", "verify", "trust_env"],
)
def test_our_connections_are_used(
    call: Call,
    form: str,
    make_client: Callable[..., Any],
    httpx_client_of: Callable[[Any], Any],
    serve_each: Callable[..., Any],
    chosen: dict[str, Any],
) -> None:
    """Calls go over our connections, with the caller's limits too."""
    client = make_client(serve_each(OK).endpoint, httpx_args=chosen)

    assert call(client, "id") == b"hi"

    assert connections(httpx_client_of(client)) == {Connection if form == "sync" else AsyncConnection}


class Heard(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport of the caller's."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        return httpx.Response(200, content=b"mine")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


@pytest.mark.parametrize("name", ["transport", "mounts"])
def test_a_transport_of_the_callers_is_used(call: Call, make_client: Callable[..., Any], name: str) -> None:
    """A `transport` and `mounts` of the caller's are used as they are."""
    mine = Heard()
    chosen = {"transport": mine} if name == "transport" else {"mounts": {"all://contoso.invalid": mine}}

    assert call(make_client("https://contoso.invalid", httpx_args=chosen), "id") == b"mine"

    assert len(mine.paths) == 1


def test_a_client_of_the_callers_is_used(call: Call, make_client: Callable[..., Any]) -> None:
    """The caller's own httpx client is used as it is."""
    mine = Heard()
    client = make_client("https://contoso.invalid")
    if isinstance(client, Client):
        client.set_httpx_client(httpx.Client(transport=mine))
    else:
        client.set_async_httpx_client(httpx.AsyncClient(transport=mine))

    assert call(client, "id") == b"mine"


def test_the_callers_authority_is_trusted(
    call: Call, make_client: Callable[..., Any], raw_server: Callable[..., Any], certificates: Any
) -> None:
    """A server is trusted where `verify` says so, and only there."""
    server = raw_server(OK, certificates.server)

    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        call(make_client(server.endpoint), "id")
    assert call(make_client(server.endpoint, httpx_args={"verify": certificates.client}), "id") == b"hi"
    assert call(make_client(server.endpoint, httpx_args={"verify": False}), "id") == b"hi"


def test_the_authority_of_the_environment_is_trusted(
    call: Call,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    certificates: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SSL_CERT_FILE counts, unless `trust_env` says otherwise, whatever was trusted before."""
    server = raw_server(OK, certificates.server)
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        call(make_client(server.endpoint), "id")

    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority_file))

    assert call(make_client(server.endpoint), "id") == b"hi"
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        call(make_client(server.endpoint, httpx_args={"trust_env": False}), "id")


@pytest.mark.parametrize(
    ("variable", "content", "reason"),
    [
        ("SSL_CERT_FILE", None, "No such file or directory"),
        ("SSL_CERT_FILE", "folder", "Is a directory"),
        ("SSL_CERT_FILE", "", "no certificate or crl found"),
        ("SSL_CERT_FILE", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "PEM"),
        ("SSL_CERT_DIR", None, "has no file that `openssl rehash` has given its name"),
        ("SSL_CERT_DIR", "folder", "has no file that `openssl rehash` has given its name"),
    ],
)
def test_an_authority_that_cannot_be_read(
    form: str,
    make_client: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str,
    content: str | None,
    reason: str,
) -> None:
    """Creating a client raises one error that names the variable and the path, unless the caller chose otherwise."""
    path = tmp_path / "authority"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_text(content)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv(variable, str(path))

    with pytest.raises(ValueError, match=f"^{variable}='{path}' .*{reason}"):
        make_client("https://127.0.0.1:1")

    for options in ({"verify": False}, {"trust_env": False}, {"transport": httpx.MockTransport(lambda _: None)}):
        make_client("https://127.0.0.1:1", httpx_args=options)
    make_client("http://127.0.0.1:1")


def test_an_authority_of_the_callers_that_is_not_there(form: str, make_client: Callable[..., Any]) -> None:
    """Creating a client with `verify` as the path of no file raises one error that names it."""
    with pytest.raises(ValueError, match=r"^verify='/gone/ca\.pem' cannot be used"):
        make_client("https://127.0.0.1:1", httpx_args={"verify": "/gone/ca.pem"})


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_a_folder_of_authorities_is_trusted(
    call: Call,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    certificates: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """SSL_CERT_DIR counts, with files under the hashes of their certificates, in one of several folders."""
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(certificates.authority_file)]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / f"{name}.0").write_bytes(certificates.authority_file.read_bytes())
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'gone'}{os.pathsep}{tmp_path}")

    assert call(make_client(raw_server(OK, certificates.server).endpoint), "id") == b"hi"


@pytest.mark.filterwarnings("ignore:`cert=...` is deprecated:DeprecationWarning")
def test_a_certificate_of_the_callers_is_shown(
    call: Call, make_client: Callable[..., Any], raw_server: Callable[..., Any], certificates: Any
) -> None:
    """A client certificate, as `cert`, is shown to a server that asks for one."""
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    asking.load_cert_chain(certificates.file)
    asking.load_verify_locations(certificates.authority_file)
    asking.verify_mode = ssl.CERT_REQUIRED
    server = raw_server(OK, asking)

    with pytest.raises(httpx.TransportError):
        call(make_client(server.endpoint, httpx_args={"verify": certificates.client}), "id")
    trusting = ssl.create_default_context(cafile=certificates.authority_file)
    chosen = {"verify": trusting, "cert": str(certificates.file)}
    assert call(make_client(server.endpoint, httpx_args=chosen), "id") == b"hi"


def test_the_name_that_is_asked_for_in_tls(
    make_http: Callable[..., Any], raw_server: Callable[..., Any], certificates: Any
) -> None:
    """The extension `sni_hostname` names the server whose certificate is expected, and ALPN asks for HTTP/1.1."""
    names: list[object] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.file)
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.sni_callback = lambda _, name, __: names.append(name)
    protocols: list[object] = []

    def answer(connection: ssl.SSLSocket, _request: bytes) -> None:
        protocols.append(connection.selected_alpn_protocol())
        connection.sendall(OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"))

    server = raw_server(answer, context)
    http = make_http(verify=certificates.client)

    assert http.get(server.endpoint, extensions={"sni_hostname": "localhost"}).content == b"hi"
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        http.get(server.endpoint, extensions={"sni_hostname": "other.example"})

    assert (names, protocols) == (["localhost", "other.example"], ["http/1.1"])


def test_the_context_is_made_once(
    call: Call,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    certificates: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Clients share the context that checks certificates, which takes long to make; plain http needs none."""
    made: list[object] = []
    make: Callable[..., object] = httpx.create_ssl_context
    monkeypatch.setattr(httpx, "create_ssl_context", lambda *a, **k: made.append(make(*a, **k)) or made[-1])
    _certificates._shared_context.cache_clear()
    for tls in (None, certificates.server, certificates.server):
        with pytest.raises(httpx.TransportError):
            call(make_client(raw_server(b"", tls).endpoint), "id")
        assert len(made) == (1 if tls else 0)
    _certificates._shared_context.cache_clear()


# Proxies


@pytest.mark.usefixtures("direct")
@pytest.mark.parametrize("how", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "without a scheme", "proxy", "httpx.Proxy"])
def test_https_goes_through_the_proxy(
    call: Call,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    """An https endpoint is reached through the proxy of the environment or the caller, which is shown no key."""
    proxy = raw_server(TUNNEL)
    options: dict[str, Any] = {}
    if how == "proxy":
        options = {"proxy": proxy.endpoint}
    elif how == "httpx.Proxy":
        options = {"proxy": httpx.Proxy(proxy.endpoint, auth=("user", "pass"), headers={"X-Proxy": "1"})}
    elif how == "without a scheme":
        monkeypatch.setenv("HTTPS_PROXY", proxy.authority)
    else:
        monkeypatch.setenv(how, proxy.endpoint)

    with pytest.raises(
        httpx.ProxyError,
        match=r"^contoso\.invalid through the proxy 127\S+: the proxy .* 502 Bad Gateway \(client request id \S+\)$",
    ):
        call(make_client("https://contoso.invalid", httpx_args=options), "id")

    (request,) = proxy.requests
    assert request.startswith(b"CONNECT contoso.invalid:443 HTTP/1.1\r\n")
    assert b"emulator-key" not in request
    if how == "httpx.Proxy":
        assert b"\r\nX-Proxy: 1\r\n" in request
        assert b"\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n" in request


@pytest.mark.usefixtures("direct")
@pytest.mark.parametrize(
    "environment", [{"NO_PROXY": "contoso.invalid"}, {"no_proxy": ".invalid"}, {"NO_PROXY": "*"}, None]
)
def test_https_goes_past_the_proxy(
    call: Call,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str] | None,
) -> None:
    """NO_PROXY names hosts that are connected to directly; with `trust_env=False` all are."""
    proxy = raw_server(TUNNEL)
    monkeypatch.setenv("HTTPS_PROXY", proxy.endpoint)
    for name, value in (environment or {}).items():
        monkeypatch.setenv(name, value)
    options = {"trust_env": False} if environment is None else {}

    with pytest.raises(httpx.ConnectError):
        call(make_client("https://contoso.invalid", httpx_args=options), "id")

    assert proxy.visitors == 0


@pytest.mark.usefixtures("direct")
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_plain_http_goes_through_no_proxy_of_the_environment(
    call: Call,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    """What goes to this machine in plain text, the key in it, goes there directly, whatever the environment says."""
    proxy, server = raw_server(TUNNEL), raw_server(OK)
    monkeypatch.setenv(variable, proxy.endpoint)

    assert call(make_client(server.endpoint), "id") == b"hi"

    assert proxy.visitors == 0


def test_a_tunnel_through_a_proxy(
    call: Call, make_client: Callable[..., Any], raw_server: Callable[..., Any], certificates: Any
) -> None:
    """Through a proxy's tunnel, the server is spoken to over TLS."""

    def tunnel(connection: Any, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with suppress(OSError), certificates.server.wrap_socket(connection, server_side=True) as secure:
            heard.append(secure.recv(65536))
            secure.sendall(OK)

    heard: list[bytes] = []
    proxy = raw_server(tunnel)
    options = {"proxy": proxy.endpoint, "verify": certificates.client}

    assert call(make_client("https://localhost", httpx_args=options), "id") == b"hi"

    assert b"emulator-key" in heard[0]
    assert b"emulator-key" not in proxy.requests[0]


# Event loops


def test_trio_has_connections_of_httpcores(serve_each: Callable[..., Any]) -> None:
    """On another event loop than asyncio's, calls go over httpcore's own connections."""
    server = serve_each(OK)

    async def get() -> set[type]:
        async with AsyncClient(server.endpoint, max_retries=0) as client:
            for _ in range(3):
                assert await client.get_session_image("id") == b"hi"
            return connections(client.get_async_httpx_client())

    assert anyio.run(get, backend="trio") == {httpcore.AsyncHTTPConnection}
    assert server.visitors == 1


def test_uvloop_has_ours(serve_each: Callable[..., Any]) -> None:
    """On uvloop, calls go over our connections."""
    pytest.importorskip("uvloop")
    server = serve_each(OK)

    async def get() -> set[type]:
        async with AsyncClient(server.endpoint, max_retries=0) as client:
            for _ in range(3):
                assert await client.get_session_image("id") == b"hi"
            return connections(client.get_async_httpx_client())

    assert anyio.run(get, backend="asyncio", backend_options={"use_uvloop": True}) == {AsyncConnection}
    assert server.visitors == 1


def test_an_httpx_client_of_ours_can_be_entered(client: Any, form: str, portal: Any) -> None:
    """The httpx clients that are handed out can be used in a `with` block, as any."""

    async def enter() -> bool:
        async with client.get_async_httpx_client() as entered:
            pass
        return entered.is_closed

    if form == "sync":
        with client.get_httpx_client() as entered:
            pass
        assert entered.is_closed
    else:
        assert portal.call(enter)
