"""The client: what it is made of, where it goes, how long it waits, and when it is closed."""

import gzip
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import ApiError, Client, __version__
from face_client.api.liveness_session_operations import get_session_image
from face_client.document import API_VERSION
from face_client_auth import BearerTokenAuth, SubscriptionKeyAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Client, Any], bytes]
CONTOSO = "https://contoso.cognitiveservices.azure.com"
KEY = "0123456789abcdef0123456789ABCDEF"


@pytest.fixture
def stranger(raw_server: Callable[..., Any]) -> Any:
    """Another server, which should hear of nothing."""
    return raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nstranger")


def test_the_default_timeouts_are_finite() -> None:
    """A client waits 10 s for a connection, and 60 s for anything else."""
    client = Client(CONTOSO)
    expected = httpx.Timeout(connect=10, read=60, write=60, pool=60)

    with client.get_httpx_client() as sync_client:
        assert sync_client.timeout == expected
    assert client.get_async_httpx_client().timeout == expected


def test_a_short_read_timeout_is_kept(send: Call, make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """A caller can say how long to wait for an answer; when it is over, httpx's ReadTimeout is raised."""
    face_emulator.faults.add(Fault(delay=5))
    client = make_client(face_emulator.endpoint, timeout=httpx.Timeout(10, read=0.1))

    with pytest.raises(httpx.ReadTimeout):
        send(client, SAMPLE_IMAGE_ID)


def test_a_short_connect_timeout_is_kept(send: Call, make_client: Callable[..., Client]) -> None:
    """A caller can say how long to wait for a connection; when it is over, httpx's ConnectTimeout is raised."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        client = make_client(f"http://127.0.0.1:{address[1]}", timeout=httpx.Timeout(10, connect=0.1))

        with pytest.raises(httpx.ConnectTimeout):
            send(client, SAMPLE_IMAGE_ID)

        for each in waiting:
            each.close()


def test_nobody_listens(send: Call, make_client: Callable[..., Client]) -> None:
    """Where nobody listens, httpx's ConnectError is raised."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(httpx.ConnectError):
        send(make_client(f"http://127.0.0.1:{port}"), SAMPLE_IMAGE_ID)


@pytest.mark.parametrize(
    ("fault", "options", "error"),
    [
        (Fault(drop=True), {}, httpx.RemoteProtocolError),
        (Fault(delay=5), {"timeout": 0.1}, httpx.ReadTimeout),
        (Fault(chunk_size=1000, chunk_delay=5), {"timeout": 0.1}, httpx.ReadTimeout),
        (Fault(truncate=1000), {}, httpx.RemoteProtocolError),
    ],
)
def test_an_error_of_the_network_keeps_no_key(
    send: Call,
    make_client: Callable[..., Client],
    face_emulator: Emulator,
    fault: Fault,
    options: dict[str, Any],
    error: type[httpx.TransportError],
) -> None:
    """The request that httpx's errors carry says where it went, and not with which key, wherever they are logged."""
    face_emulator.faults.add(fault)
    client = make_client(face_emulator.endpoint, **options)

    with pytest.raises(error) as caught:
        send(client, SAMPLE_IMAGE_ID)

    assert str(caught.value.request.url) == f"{client.base_url}/sessionImages/{SAMPLE_IMAGE_ID}"
    assert "emulator-key" not in f"{caught.value.request.headers.raw} {caught.value!r} {vars(caught.value)}"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    call: Call, client: Client, face_emulator: Emulator, stranger: Any, status: int
) -> None:
    """A redirect is an error, and the other server hears nothing, least of all the key."""
    face_emulator.faults.add(Fault(status=status, headers={"location": f"{stranger.endpoint}/image"}))

    with pytest.raises(ApiError, match="redirect") as caught:
        call(client, SAMPLE_IMAGE_ID)

    assert caught.value.status_code == status
    assert caught.value.headers["location"] == f"{stranger.endpoint}/image"
    assert stranger.requests == []
    assert len(face_emulator.requests) == 1


def test_a_redirect_to_the_same_server_is_not_followed(call: Call, client: Client, face_emulator: Emulator) -> None:
    """A redirect within the server is no exception."""
    face_emulator.faults.add(
        Fault(status=307, headers={"location": f"/face/{API_VERSION}/sessionImages/{SAMPLE_IMAGE_ID}"}, times=1)
    )

    with pytest.raises(ApiError, match="307"):
        call(client, SAMPLE_IMAGE_ID)

    assert len(face_emulator.requests) == 1


def test_a_client_that_follows_redirects_does_not_either(
    send: Call, make_client: Callable[..., Client], face_emulator: Emulator, stranger: Any
) -> None:
    """A caller's own httpx client that follows redirects elsewhere does not do so here."""
    face_emulator.faults.add(Fault(status=302, headers={"location": f"{stranger.endpoint}/image"}))
    client = make_client(face_emulator.endpoint)
    client.set_httpx_client(httpx.Client(follow_redirects=True, trust_env=False))
    client.set_async_httpx_client(httpx.AsyncClient(follow_redirects=True, trust_env=False))

    try:
        status = send(client, SAMPLE_IMAGE_ID).status_code
    except ApiError as error:
        status = error.status_code

    assert status == 302
    assert stranger.requests == []


@pytest.mark.parametrize("follow", [True, False])
def test_following_redirects_cannot_be_asked_for(follow: bool) -> None:
    """`follow_redirects` is refused among the arguments for httpx, in words that say why."""
    with pytest.raises(ValueError, match=r"follow_redirects .*redirect could take the key"):
        Client(CONTOSO, httpx_args={"follow_redirects": follow})


def test_headers_of_the_caller_are_added(
    send: Call, make_client: Callable[..., Client], face_emulator: Emulator
) -> None:
    """Headers of the caller go with every request, beside the client's own, each once."""
    client = make_client(face_emulator.endpoint, headers={"X-Correlation": "abc", "x-team": "a"})

    send(client, SAMPLE_IMAGE_ID)
    send(client, SAMPLE_IMAGE_ID)

    for request in face_emulator.requests:
        headers = dict(request.headers)
        assert len(headers) == len(request.headers)
        assert (headers["x-correlation"], headers["x-team"]) == ("abc", "a")
        assert headers["user-agent"] == f"face-client/{__version__}"
        assert headers["ocp-apim-subscription-key"] == "emulator-key"


@pytest.mark.parametrize("name", ["User-Agent", "user-agent", "USER-AGENT"])
def test_the_user_agent_can_be_replaced(
    send: Call, make_client: Callable[..., Client], face_emulator: Emulator, name: str
) -> None:
    """A caller's User-Agent, spelled in any case, stands in place of the client's own."""
    send(make_client(face_emulator.endpoint, headers={name: "mine/1"}), SAMPLE_IMAGE_ID)

    values = [value for name, value in face_emulator.requests[0].headers if name == "user-agent"]
    assert values == ["mine/1"]


@pytest.mark.parametrize("name", ["Accept", "accept-encoding"])
def test_what_is_accepted_cannot_be_replaced(
    send: Call, make_client: Callable[..., Client], face_emulator: Emulator, name: str
) -> None:
    """What the operation accepts is its own business: its checks rely on it."""
    send(make_client(face_emulator.endpoint, headers={name: "text/html, gzip"}), SAMPLE_IMAGE_ID)

    sent = face_emulator.requests[0].headers
    assert [value for name, value in sent if name == "accept"] == ["application/octet-stream, application/json"]
    assert [value for name, value in sent if name == "accept-encoding"] == ["identity"]


def test_headers_of_the_caller_stay_as_they_are() -> None:
    """The caller's own mapping is not changed, and changing it later changes no request."""
    headers = {"X-Team": "a"}
    Client(CONTOSO, headers=headers)

    assert headers == {"X-Team": "a"}


def test_arguments_reach_httpx(send: Call, make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """What is given as `httpx_args` reaches the httpx clients: a cookie, for one."""
    send(make_client(face_emulator.endpoint, httpx_args={"cookies": {"a": "b"}}), SAMPLE_IMAGE_ID)

    assert ("cookie", "a=b") in face_emulator.requests[0].headers


def test_auth_signs_in_on_a_client_of_the_caller(
    send: Call, make_client: Callable[..., Client], face_emulator: Emulator
) -> None:
    """A caller's own httpx client is used, and requests are signed in by this client's `auth` all the same."""
    client = make_client(face_emulator.endpoint)
    mine = {"auth": httpx.BasicAuth("other", "way"), "headers": {"X-Mine": "1"}, "trust_env": False}
    client.set_httpx_client(httpx.Client(**mine)).set_async_httpx_client(httpx.AsyncClient(**mine))

    send(client, SAMPLE_IMAGE_ID)

    headers = dict(face_emulator.requests[0].headers)
    assert headers["x-mine"] == "1"
    assert headers["ocp-apim-subscription-key"] == "emulator-key"
    assert "authorization" not in headers


def test_without_auth_the_httpx_client_signs_in(
    send: Call, make_client: Callable[..., Client], face_emulator: Emulator
) -> None:
    """Without `auth`, signing in is left to the caller's own httpx client."""
    client = make_client(face_emulator.endpoint, auth=None)
    mine = {"auth": BearerTokenAuth("emulator-token"), "trust_env": False}
    client.set_httpx_client(httpx.Client(**mine)).set_async_httpx_client(httpx.AsyncClient(**mine))

    send(client, SAMPLE_IMAGE_ID)

    assert ("authorization", "Bearer emulator-token") in face_emulator.requests[0].headers


@pytest.mark.parametrize(
    "auth", [SubscriptionKeyAuth(KEY), BearerTokenAuth(KEY), httpx.BasicAuth("user", KEY), BearerTokenAuth(lambda: KEY)]
)
def test_repr_shows_no_secret(auth: httpx.Auth) -> None:
    """The repr of a client says where it goes and how it signs in, and never with what."""
    client = Client(CONTOSO, auth=auth, headers={"Authorization": KEY}, httpx_args={"headers": {"X-Key": KEY}})

    assert repr(client) == f"Client('{CONTOSO}/face/{API_VERSION}', auth={type(auth).__name__})"
    assert repr(Client(CONTOSO)) == f"Client('{CONTOSO}/face/{API_VERSION}', auth=None)"
    assert KEY not in f"{client} {auth!r}"


@pytest.mark.parametrize(
    "auth", [KEY, KEY.encode(), ("user", KEY), {"key": KEY}, lambda: KEY, SubscriptionKeyAuth, "", 0]
)
def test_an_auth_of_another_type_is_refused(auth: object) -> None:
    """A key that is passed as it is, in place of an httpx.Auth, is refused and not repeated."""
    with pytest.raises(TypeError, match=f"auth must be an httpx.Auth, not {type(auth).__name__}") as caught:
        Client(CONTOSO, auth=auth)  # type: ignore[arg-type]

    assert KEY not in str(caught.value)


def test_nothing_is_logged_that_is_secret(
    send: Call, make_client: Callable[..., Client], face_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """What httpx logs of a request, at any level, says where it went, and not with which key."""
    caplog.set_level(logging.DEBUG)
    face_emulator.faults.add(Fault(status=200, body=b"image"))

    send(make_client(face_emulator.endpoint, auth=SubscriptionKeyAuth(KEY)), SAMPLE_IMAGE_ID)

    assert face_emulator.endpoint in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_plain_http_goes_through_no_proxy_of_the_environment(
    send: Call,
    make_client: Callable[..., Client],
    face_emulator: Emulator,
    stranger: Any,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    """What goes to this machine in plain text, the key in it, goes there directly, whatever the environment says."""
    monkeypatch.setenv(variable, stranger.endpoint)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    send(make_client(face_emulator.endpoint), SAMPLE_IMAGE_ID)

    assert stranger.requests == []
    assert len(face_emulator.requests) == 1


def test_https_goes_through_the_proxy_of_the_environment(
    send: Call, make_client: Callable[..., Client], raw_server: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An https endpoint is reached through the environment's proxy, which is asked for a tunnel and shown no key."""
    proxy = raw_server(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
    monkeypatch.setenv("HTTPS_PROXY", proxy.endpoint)
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(httpx.ProxyError):
        send(make_client("https://contoso.invalid", auth=SubscriptionKeyAuth(KEY)), SAMPLE_IMAGE_ID)

    (request,) = proxy.requests
    assert request.startswith(b"CONNECT contoso.invalid:443 ")
    assert KEY.encode() not in request


def test_fifty_threads_share_a_client(make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """Fifty threads that begin at once get fifty images through one httpx client."""
    client = make_client(face_emulator.endpoint)
    start = threading.Barrier(50)

    def get(_number: int) -> tuple[int, bytes]:
        start.wait(10)
        made = id(client.get_httpx_client())
        return made, get_session_image.sync(SAMPLE_IMAGE_ID, client=client)

    with ThreadPoolExecutor(50) as pool:
        results = list(pool.map(get, range(50)))

    assert {image for _, image in results} == {face_emulator.images[SAMPLE_IMAGE_ID]}
    assert len({made for made, _ in results}) == 1
    assert len(face_emulator.requests) == 50


def test_an_httpx_client_is_made_once() -> None:
    """However many threads ask for them at once, and however long it takes, each httpx client is made once."""
    client = Client(CONTOSO)
    start = threading.Barrier(20)

    def get(_number: int) -> tuple[httpx.Client, httpx.AsyncClient]:
        start.wait(10)
        return client.get_httpx_client(), client.get_async_httpx_client()

    with ThreadPoolExecutor(20) as pool:
        made = list(pool.map(get, range(20)))
    client.close()

    assert all(each[0] is made[0][0] for each in made)
    assert all(each[1] is made[0][1] for each in made)


@pytest.mark.anyio
async def test_fifty_tasks_share_a_client(face_emulator: Emulator) -> None:
    """Fifty tasks that run at once get fifty images through one httpx client."""
    images = []

    async with Client(face_emulator.endpoint, auth=SubscriptionKeyAuth("emulator-key")) as client:

        async def get() -> None:
            images.append(await get_session_image.asyncio(SAMPLE_IMAGE_ID, client=client))

        async with anyio.create_task_group() as tasks:
            for _ in range(50):
                tasks.start_soon(get)
        assert client.get_async_httpx_client() is client.get_async_httpx_client()

    assert images == [face_emulator.images[SAMPLE_IMAGE_ID]] * 50


def test_with_closes(client: Client) -> None:
    """`with` hands out the client itself and closes it at the end."""
    with client as entered:
        assert entered is client
        sync_client = client.get_httpx_client()

    assert sync_client.is_closed


@pytest.mark.anyio
async def test_async_with_closes(face_emulator: Emulator) -> None:
    """`async with` hands out the client itself and closes it at the end."""
    client = Client(face_emulator.endpoint)
    async with client as entered:
        assert entered is client
        async_client = client.get_async_httpx_client()

    assert async_client.is_closed


def test_aclose_closes_both(client: Client, portal: BlockingPortal) -> None:
    """`aclose` closes what the sync and the async calls have opened, and may be called again, as may `close`."""
    get_session_image.sync(SAMPLE_IMAGE_ID, client=client)
    portal.call(partial(get_session_image.asyncio, SAMPLE_IMAGE_ID, client=client))
    sync_client, async_client = client.get_httpx_client(), client.get_async_httpx_client()

    portal.call(client.aclose)

    assert sync_client.is_closed
    assert async_client.is_closed
    portal.call(client.aclose)
    client.close()
    client.close()


def test_a_client_of_the_caller_is_closed_too(portal: BlockingPortal) -> None:
    """The httpx clients that a caller has set are closed with this client."""
    mine, my_async = httpx.Client(), httpx.AsyncClient()
    client = Client(CONTOSO).set_httpx_client(mine).set_async_httpx_client(my_async)

    portal.call(client.aclose)

    assert mine.is_closed
    assert my_async.is_closed


@pytest.mark.parametrize("used", [True, False])
def test_a_closed_client_is_not_used_again(
    send: Call, client: Client, face_emulator: Emulator, portal: BlockingPortal, used: bool
) -> None:
    """A call after closing is a RuntimeError that says so, whether or not there was a call before."""
    if used:
        send(client, SAMPLE_IMAGE_ID)
    before = len(face_emulator.requests)
    portal.call(client.aclose)

    with pytest.raises(RuntimeError, match="closed"):
        send(client, SAMPLE_IMAGE_ID)

    assert len(face_emulator.requests) == before


def test_send_leaves_the_body_to_its_caller(client: Client) -> None:
    """`send`, on which the operations are built, sends a request once and returns the answer unread."""
    request = {"method": "get", "url": f"/sessionImages/{SAMPLE_IMAGE_ID}", "headers": {}}

    with closing(client.send(request)) as response:
        assert response.status_code == 200
        assert not response.is_stream_consumed


@pytest.mark.parametrize(
    "option", [{"deadline": 0}, {"deadline": -1.0}, {"stall_timeout": float("nan")}, {"max_retries": -1}]
)
def test_a_number_out_of_range_is_refused(option: dict[str, Any]) -> None:
    """A deadline that is over before it begins, or fewer than no retries, is named."""
    with pytest.raises(ValueError, match=next(iter(option))):
        Client(CONTOSO, **option)


@pytest.mark.parametrize("headers", [{}, {"content-encoding": "gzip"}])
def test_a_hook_of_the_caller_may_read_the_answer(
    send: Call, make_client: Callable[..., Client], face_emulator: Emulator, headers: dict[str, str]
) -> None:
    """A response hook that reads the body leaves it to the call."""
    face_emulator.faults.add(Fault(body=gzip.compress(b"image") if headers else b"image", headers=headers))

    async def aread(response: httpx.Response) -> None:
        await response.aread()

    client = make_client(face_emulator.endpoint)
    client.get_httpx_client().event_hooks = {"response": [lambda response: response.read()]}
    client.get_async_httpx_client().event_hooks = {"response": [aread]}

    got = send(client, "id")

    assert getattr(got, "content", got) == b"image"
