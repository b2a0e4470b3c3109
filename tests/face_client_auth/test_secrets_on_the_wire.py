"""Where the key and the token go: to the service, and to nobody else."""

import re
import socket
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from face_client import ApiError, AsyncClient, Client
from face_client_auth import SignInError, SubscriptionKeyAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, str], bytes]
STATUSES = [301, 302, 303, 307, 308]
# What all helpers share is looked at with one that sends a key and one that sends a token, sync and async.
TWO_WAYS = ["key_with_fallback-sync", "credential-async"]
PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\nstranger"
FAR = [
    *("http://face.test", "http://127.0.0.1.face.test", "http://localhost.face.test", "http://127.0.0.1%2eface.test"),
    *("http://0.0.0.0", "http://[::]", "http://2130706433", "http://127.1", "HTTP://FACE.TEST", "http://10.0.0.1"),
    "http://127.0.0.1@face.test",
]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rids the environment of proxies, so that each test names its own."""
    for name in (*PROXY_VARIABLES, "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def strangers(raw_server: Callable[..., Any], certificates: Any) -> tuple[Any, Any]:
    """Two other servers, by http and by https, which should hear of nothing."""
    return raw_server(OK), raw_server(OK, certificates.server)


class Proxy:
    """A proxy that keeps what it is shown: it makes tunnels, and forwards nothing else."""

    def __init__(self, raw_server: Callable[..., Any]) -> None:
        self._raw_server = raw_server(self._answer)
        self._through: list[bytes] = []
        self.endpoint = self._raw_server.endpoint

    @property
    def lines(self) -> list[bytes]:
        """The first line of each request."""
        return [each.partition(b"\r\n")[0] for each in self._raw_server.requests]

    @property
    def seen(self) -> bytes:
        """Every byte that went in here, or through here."""
        return b"".join([*self._raw_server.requests, *self._through])

    def _answer(self, client: socket.socket, received: bytes) -> None:
        tunnel = re.match(rb"CONNECT ([^ :]+):(\d+) ", received)
        if not tunnel:
            client.sendall(OK)
            return
        with socket.create_connection((tunnel[1].decode(), int(tunnel[2]))) as service:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=self._copy, args=(service, client, []), daemon=True)
            back.start()
            self._copy(client, service, self._through)
            back.join(10)

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket, kept: list[bytes]) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                kept.append(data)
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy(raw_server: Callable[..., Any]) -> Proxy:
    """A proxy on loopback."""
    return Proxy(raw_server)


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ~/.netrc with a password for this machine, by its place and by the variable."""
    file = tmp_path / ".netrc"
    names = ("127.0.0.1", "localhost", "default")
    file.write_text(
        "".join(f"{'machine ' * (n != 'default')}{n} login netrc-user password netrc-word\n" for n in names)
    )
    file.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(file))


def _locations(emulator: Emulator, strangers: tuple[Any, Any]) -> Iterator[str]:
    """Ways to another origin; the last two lead back to the same server by another name or scheme."""
    plain, encrypted = strangers
    yield f"{plain.endpoint}/image"
    yield f"{encrypted.endpoint}/image"
    yield f"//{plain.authority}/image"
    yield f"//{encrypted.authority}/image"
    yield f"http://user:word@{plain.authority}/image"
    yield f"https://user@{encrypted.authority}/image"
    yield f"//{emulator.endpoint.partition('//')[2]}@{plain.authority}/image"
    yield emulator.endpoint.replace("127.0.0.1", "localhost") + f"/face/v1.2/sessionImages/{SAMPLE_IMAGE_ID}"
    scheme, _, rest = emulator.endpoint.partition("://")
    yield f"{'http' if scheme == 'https' else 'https'}://{rest}/face/v1.2/sessionImages/{SAMPLE_IMAGE_ID}"


def _credentials(emulator: Emulator) -> list[dict[str, list[str]]]:
    """What of each request signs somebody in."""
    names = ("ocp-apim-subscription-key", "authorization", "proxy-authorization")
    return [{name: request.headers.getlist(name) for name in names} for request in emulator.requests]


def _status(way: Any, client: Any) -> int:
    return int(way.get_detailed(client, SAMPLE_IMAGE_ID).status_code)


@pytest.mark.parametrize("way", TWO_WAYS, indirect=True)
def test_the_traps_work(way: Any, strangers: tuple[Any, Any], proxy: Proxy, certificates: Any) -> None:
    """What does go to a stranger, or through the proxy, is seen there: otherwise these tests prove nothing."""
    mine = {"headers": {"X-Key": "seen"}, "verify": certificates.client, "trust_env": False}
    for stranger in strangers:
        way.send(None, stranger.endpoint, **mine)
        assert b"seen" in stranger.requests[0]
    way.send(None, "http://face.test", proxy=proxy.endpoint, **mine)
    way.send(None, strangers[1].endpoint, proxy=proxy.endpoint, **mine)

    assert proxy.lines == [b"GET http://face.test/ HTTP/1.1", f"CONNECT {strangers[1].authority} HTTP/1.1".encode()]
    assert proxy.seen.count(b"seen") == 1


def _redirect(
    way: Any,
    client: Any,
    emulator: Emulator,
    strangers: tuple[Any, Any],
    statuses: Callable[[int], Iterable[int]],
) -> int:
    """Has calls redirected, and returns how many there were: each gave the redirect's status after one request."""
    redirects = [
        (status, location)
        for number, location in enumerate(_locations(emulator, strangers))
        for status in statuses(number)
    ]
    for number, (status, location) in enumerate(redirects, 1):
        emulator.faults.add(Fault(status=status, headers={"location": location}, times=1))
        assert _status(way, client) == status
        assert len(emulator.requests) == number
    assert _credentials(emulator) == [way.sent()] * len(redirects)
    assert [stranger.visitors for stranger in strangers] == [0, 0]
    return len(redirects)


def test_a_redirect_takes_nothing_elsewhere(
    way: Any, service: Emulator, tls_service: Emulator, strangers: tuple[Any, Any]
) -> None:
    """No redirect of what any helper has signed is followed: the other origin does not even get a connection."""
    for emulator in (service, tls_service):
        client = way.client(emulator.endpoint)
        assert _redirect(way, client, emulator, strangers, lambda number: [STATUSES[number % 5]]) > 8


@pytest.mark.parametrize("way", TWO_WAYS, indirect=True)
def test_no_redirect_of_any_status_takes_anything_elsewhere(
    way: Any, service: Emulator, strangers: tuple[Any, Any]
) -> None:
    """Nor is it with any status and any way to write another origin."""
    _redirect(way, way.client(service.endpoint), service, strangers, lambda _: STATUSES)


@pytest.mark.parametrize("way", TWO_WAYS, indirect=True)
@pytest.mark.parametrize("own", ["following", "hooked"])
def test_a_client_of_the_caller_takes_nothing_elsewhere(
    way: Any,
    own: str,
    service: Emulator,
    tls_service: Emulator,
    strangers: tuple[Any, Any],
    certificates: Any,
    secrets: Any,
) -> None:
    """Nor is it with an httpx client of the caller's own that follows redirects, or has hooks, which see no secret."""
    shown: list[str] = []

    def hook(message: httpx.Request | httpx.Response) -> None:
        request = message if isinstance(message, httpx.Request) else message.request
        shown.append(f"{message!r} {message.headers!r} {request!r} {request.headers!r} {request.headers}")

    async def async_hook(message: httpx.Request | httpx.Response) -> None:
        hook(message)

    hooks = [async_hook if way.is_async else hook] if own == "hooked" else []
    calls = 0
    for emulator in (service, tls_service):
        client = way.client(emulator.endpoint)
        mine: dict[str, Any] = {"verify": certificates.client, "follow_redirects": True, "trust_env": False}
        way.set_httpx_client(client, **mine, event_hooks={"request": hooks, "response": hooks})
        calls += _redirect(way, client, emulator, strangers, lambda _: [302, 307])

    assert len(shown) == (2 * calls if own == "hooked" else 0)
    assert not [word for word in secrets.WORDS if word in "".join(shown)]


@pytest.mark.parametrize(
    "location", ["https://[face]/", "http://[::1", "https://face:99999999/", "https://xn--/", "mailto:x", "//", "?"]
)
@pytest.mark.parametrize("form", ["sync"])
def test_a_redirect_to_nowhere_is_an_error_like_others(
    call: Call, location: str, service: Emulator, signed_in: Callable[..., Any]
) -> None:
    """A redirect to what is no URL raises what any redirect does, and no error of the libraries below."""
    service.faults.add(Fault(status=302, headers={"location": location}))

    with pytest.raises(ApiError):
        call(signed_in(service.endpoint, SubscriptionKeyAuth(service.key)), SAMPLE_IMAGE_ID)

    assert len(service.requests) == 1


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("form", ["sync"])
def test_a_redirect_of_the_provider_takes_nothing_elsewhere(
    call: Call,
    status: int,
    raw_server: Callable[..., Any],
    strangers: tuple[Any, Any],
    service: Emulator,
    signed_in: Callable[..., Any],
    code_auth: Callable[..., httpx.Auth],
    secrets: Any,
) -> None:
    """A token endpoint that answers with a redirect has the refresh token and the application's secret to itself."""
    for stranger in strangers:
        head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {stranger.endpoint}/token\r\n"
        provider = raw_server(f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        client = signed_in(service.endpoint, code_auth(f"{provider.endpoint}/token"))

        with pytest.raises(SignInError, match=r"^no token from "):
            call(client, SAMPLE_IMAGE_ID)

        assert len(provider.requests) == 1
        assert secrets.REFRESH.encode() in provider.requests[0]
    assert [stranger.visitors for stranger in strangers] == [0, 0]
    assert service.requests == ()


@pytest.mark.parametrize("way", TWO_WAYS, indirect=True)
def test_a_client_of_the_caller_goes_nowhere_else(
    way: Any,
    service: Emulator,
    strangers: tuple[Any, Any],
    certificates: Any,
) -> None:
    """The base URL of an httpx client of the caller's own is not where the key goes."""
    client = way.client(service.endpoint)
    way.set_httpx_client(client, base_url=strangers[0].endpoint, trust_env=False, verify=certificates.client)

    way.get(client, SAMPLE_IMAGE_ID)

    assert _credentials(service) == [way.sent()]
    assert strangers[0].visitors == 0


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_the_client_refuses_plain_http(kind: Any) -> None:
    """No client is made for an endpoint of another machine by http, nor by an unusual way to write this machine's."""
    for endpoint in FAR:
        with pytest.raises(ValueError, match=r"^endpoint "):
            kind(endpoint, auth=SubscriptionKeyAuth("key"))


def test_a_helper_refuses_plain_http(way: Any, proxy: Proxy, certificates: Any) -> None:
    """With a bare httpx client, a helper raises before anything is sent to another machine by http."""
    for endpoint in FAR:
        with pytest.raises(ValueError, match=r"is not sent to .* over http: use https$"):
            way.send(way.auth(), endpoint, proxy=proxy.endpoint, trust_env=False, verify=certificates.client)

    assert proxy.lines == []


@pytest.mark.parametrize("name", ["token_url", "authorization_url"])
def test_a_provider_by_plain_http_is_refused(code_auth: Callable[..., httpx.Auth], name: str) -> None:
    """What a person signs in with goes to no other machine in plain text either."""
    for url in (*FAR, "ftp://127.0.0.1", "//face.test", "face.test", "face.test/authorize", "file:///etc/passwd", ""):
        with pytest.raises(ValueError, match=f"^{name} must begin with https://"):
            code_auth(**{"token_url": "https://face.test/token", name: url})


@pytest.mark.parametrize("way", TWO_WAYS, indirect=True)
def test_netrc_signs_nobody_in(way: Any, netrc: None, service: Emulator, tls_service: Emulator) -> None:
    """A password for the host in ~/.netrc neither replaces nor joins the key or the token, by http and by https."""
    for emulator in (service, tls_service):
        way.get(way.client(emulator.endpoint), SAMPLE_IMAGE_ID)

        assert _credentials(emulator) == [way.sent()]


@pytest.mark.parametrize(("way", "case"), [*zip(TWO_WAYS, [str.upper, str.lower], strict=True)], indirect=["way"])
def test_the_proxy_of_the_environment_sees_no_key(
    way: Any,
    case: Callable[[str], str],
    netrc: None,
    monkeypatch: pytest.MonkeyPatch,
    proxy: Proxy,
    service: Emulator,
    tls_service: Emulator,
    secrets: Any,
) -> None:
    """What goes to this machine by http goes there directly; https goes through a tunnel, without that password."""
    for name in PROXY_VARIABLES:
        monkeypatch.setenv(case(name), proxy.endpoint.replace("//", "//proxy-user:proxy-word@"))

    way.get(way.client(service.endpoint), SAMPLE_IMAGE_ID)
    assert proxy.lines == []
    way.get(way.client(tls_service.endpoint), SAMPLE_IMAGE_ID)

    assert proxy.lines == [f"CONNECT {tls_service.endpoint.removeprefix('https://')} HTTP/1.1".encode()]
    assert proxy.seen.count(b64encode(b"proxy-user:proxy-word")) == 1
    assert not [word for word in secrets.WORDS if word.encode() in proxy.seen]
    assert _credentials(service) == _credentials(tls_service) == [way.sent()]


@pytest.mark.parametrize(("form", "scheme"), [("sync", "http"), ("async", "https")])
def test_the_proxy_of_the_environment_sees_no_refresh_token(
    call: Call,
    scheme: str,
    netrc: None,
    monkeypatch: pytest.MonkeyPatch,
    proxy: Proxy,
    service: Emulator,
    signed_in: Callable[..., Any],
    code_auth: Callable[..., httpx.Auth],
    raw_server: Callable[..., Any],
    grant: bytes,
    certificates: Any,
    secrets: Any,
) -> None:
    """Nor does the proxy see what goes to the provider, and no password of ~/.netrc joins it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority_file))
    for name in PROXY_VARIABLES:
        monkeypatch.setenv(name, proxy.endpoint.replace("//", "//proxy-user:proxy-word@"))
    provider = raw_server(grant, certificates.server if scheme == "https" else None)

    call(signed_in(service.endpoint, code_auth(f"{provider.endpoint}/token")), SAMPLE_IMAGE_ID)

    (asked,) = provider.requests
    assert secrets.REFRESH.encode() in asked
    sent = re.findall(rb"\r\nauthorization: *Basic ([^\r]+)", asked.partition(b"\r\n\r\n")[0], re.IGNORECASE)
    assert [b64decode(each) for each in sent] == [f"application:{secrets.CLIENT_SECRET}".encode()]
    assert sent[0] not in proxy.seen
    assert proxy.lines == ([f"CONNECT {provider.authority} HTTP/1.1".encode()] if scheme == "https" else [])
    assert not [word for word in secrets.WORDS if word.encode() in proxy.seen]
    assert _credentials(service) == [
        {"ocp-apim-subscription-key": [], "authorization": [f"Bearer {secrets.TOKEN}"], "proxy-authorization": []}
    ]


@pytest.mark.parametrize("way", TWO_WAYS, indirect=True)
def test_the_image_still_streams(way: Any, raw_server: Callable[..., Any], secrets: Any) -> None:
    """The first piece of an image is there while the rest is not even sent, also at a second try."""
    received = threading.Event()
    heads = [b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n"]

    def answer(connection: socket.socket, _received: bytes) -> None:
        connection.sendall(heads[len(server.requests) - 1] + b"Connection: close\r\n\r\n")
        if len(server.requests) == 2:
            connection.sendall(b"half")
            assert received.wait(30)
            connection.sendall(b"half")

    def read(_body: Any, pieces: Iterator[bytes]) -> list[bytes]:
        first = next(pieces)
        received.set()
        return [first, *pieces]

    server = raw_server(answer)
    client = way.client(server.endpoint, timeout=30)

    assert way.use_stream(client, SAMPLE_IMAGE_ID, read) == [b"half", b"half"]

    assert len(server.requests) == 2


@pytest.mark.parametrize("way", ["key-sync"], indirect=True)
def test_no_helper_has_bodies_read(way: Any) -> None:
    """No helper asks httpx to read a body, of the request or of the answer, before it goes on."""
    for make in way.HELPERS.values():
        auth = make("http://127.0.0.1/token")
        assert (auth.requires_request_body, auth.requires_response_body) == (False, False)
