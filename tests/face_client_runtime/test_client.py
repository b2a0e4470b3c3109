"""What every client does: its httpx client, its headers, redirects, hooks, and when it is closed."""

import gzip
import logging
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import ApiError, AsyncClient, Client
from face_client.api.liveness_session_operations import get_session_image
from face_client_auth import BearerTokenAuth, SubscriptionKeyAuth
from face_client_runtime import DEFAULT_TIMEOUT, SafeHeaders
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, Any], bytes]
KEY = "0123456789abcdef0123456789ABCDEF"


@pytest.fixture
def stranger(raw_server: Callable[..., Any]) -> Any:
    """Another server, which should hear of nothing."""
    return raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nstranger")


def bring(client: Any, **options: Any) -> None:
    """Gives the client an httpx client of the caller's own."""
    if isinstance(client, Client):
        client.set_httpx_client(httpx.Client(trust_env=False, **options))
    else:
        client.set_async_httpx_client(httpx.AsyncClient(trust_env=False, **options))


@pytest.mark.usefixtures("form")
def test_the_default_timeouts_are_finite(client: Any, httpx_client_of: Call) -> None:
    """A client waits 10 s for a connection, and 60 s for anything else."""
    assert httpx.Timeout(connect=10, read=60, write=60, pool=60) == DEFAULT_TIMEOUT
    assert httpx_client_of(client).timeout == DEFAULT_TIMEOUT


def test_a_client_makes_calls_of_its_own_kind_only(
    form: str, make_client: Callable[..., Any], face_emulator: Emulator, portal: BlockingPortal
) -> None:
    """A sync call with an `AsyncClient`, or an async one with a `Client`, is a TypeError before anything is sent."""
    other = make_client(face_emulator.endpoint, AsyncClient if form == "sync" else Client)

    def stream() -> None:
        with get_session_image.stream("id", client=other):
            pass

    async def asyncio_stream() -> None:
        async with get_session_image.asyncio_stream("id", client=other):
            pass

    calls = {
        "sync": [
            lambda: get_session_image.sync("id", client=other),
            lambda: get_session_image.sync_detailed("id", client=other),
            stream,
        ],
        "async": [
            lambda: portal.call(lambda: get_session_image.asyncio("id", client=other)),
            lambda: portal.call(lambda: get_session_image.asyncio_detailed("id", client=other)),
            lambda: portal.call(asyncio_stream),
        ],
    }[form]

    for call in calls:
        with pytest.raises(TypeError, match=rf"call takes an? (Async)?Client, not .*\.{type(other).__name__}'>$"):
            call()
    assert not face_emulator.requests


@pytest.mark.parametrize("kind", ["connect", "read"])
def test_a_timeout_of_the_callers_is_kept(
    call: Call, make_client: Callable[..., Any], raw_server: Callable[..., Any], kind: str
) -> None:
    """A caller can say how long to wait for a connection and for a response."""
    server = raw_server(lambda connection, _: connection.recv(1), None)
    endpoint = server.endpoint if kind == "read" else server.endpoint.replace("http:", "https:")
    error = httpx.ReadTimeout if kind == "read" else httpx.ConnectTimeout

    with pytest.raises(error):
        call(make_client(endpoint, timeout=httpx.Timeout(20, **{kind: 0.2})), "id")


def test_arguments_reach_httpx(call: Call, make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """What is given as `httpx_args` reaches the httpx client: a cookie, for example."""
    call(make_client(face_emulator.endpoint, httpx_args={"cookies": {"a": "b"}}), SAMPLE_IMAGE_ID)

    assert face_emulator.requests[0].headers["cookie"] == "a=b"


def test_auth_signs_in_on_a_client_of_the_callers(call: Call, client: Any, face_emulator: Emulator) -> None:
    """A caller's own httpx client is used, and requests are signed in by this client's `auth` all the same."""
    bring(client, auth=httpx.BasicAuth("other", "way"), headers={"X-Mine": "1"})

    call(client, SAMPLE_IMAGE_ID)

    headers = face_emulator.requests[0].headers
    assert headers["x-mine"] == "1"
    assert headers["ocp-apim-subscription-key"] == "emulator-key"
    assert "authorization" not in headers


def test_without_auth_the_httpx_client_signs_in(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator
) -> None:
    """Without `auth`, signing in is left to the caller's own httpx client."""
    client = make_client(face_emulator.endpoint, auth=None)
    bring(client, auth=BearerTokenAuth("emulator-token"))

    call(client, SAMPLE_IMAGE_ID)

    assert face_emulator.requests[0].headers["authorization"] == "Bearer emulator-token"


def test_what_comes_beyond_a_rejection_is_not_the_response_to_the_second_key(
    call: Call, make_client: Callable[..., Any], raw_server: Callable[..., Any]
) -> None:
    """Within one call, too, a response belongs to the request before it."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
    answers = iter([b"HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n" + head % 7 + b"another", head % 4 + b"mine"])
    server = raw_server(lambda connection, _: connection.sendall(next(answers)))
    client = make_client(server.endpoint, auth=SubscriptionKeyAuth("a-key", fallback="another-key"))

    assert call(client, "a") == b"mine"

    assert len(server.requests) == 2


# Redirects


@pytest.mark.parametrize("status", [301, 307])
@pytest.mark.parametrize("own", [False, True], ids=["ours", "the caller's"])
def test_a_redirect_is_not_followed(
    error_of: Callable[..., ApiError], client: Any, face_emulator: Emulator, stranger: Any, status: int, own: bool
) -> None:
    """A redirect is an error, also where the caller's httpx client would follow it; the other server hears nothing."""
    face_emulator.faults.add(Fault(status=status, headers={"location": f"{stranger.endpoint}/image"}))
    if own:
        bring(client, follow_redirects=True)

    error = error_of(client, SAMPLE_IMAGE_ID)

    assert error.status_code == status
    assert "redirect" in str(error)
    assert error.headers["location"] == f"{stranger.endpoint}/image"
    assert stranger.visitors == 0
    assert len(face_emulator.requests) == 1


@pytest.mark.parametrize("own", [False, True], ids=["ours", "the caller's"])
@pytest.mark.parametrize(
    "location",
    ["/elsewhere", "http://[::1", "http://x:y/", "a" * 70_000],
    ids=["within", "no address", "no port", "long"],
)
def test_a_redirect_is_an_error_whatever_its_location(
    error_of: Callable[..., ApiError],
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    location: str,
    own: bool,
) -> None:
    """A redirect within the server, or to what is no URL, is the same ApiError, after one request."""
    head = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    server = raw_server(head.encode())
    client = make_client(server.endpoint, max_retries=3)
    if own:
        bring(client, follow_redirects=True)

    error = error_of(client)

    assert (error.status_code, error.headers["location"]) == (307, location)
    assert str(error).startswith("307 Temporary Redirect: redirects are not followed (")
    assert len(server.requests) == 1


@pytest.mark.parametrize("follow", [True, False])
def test_following_redirects_cannot_be_asked_for(follow: bool) -> None:
    """`follow_redirects` is refused among the arguments for httpx, in words that say why."""
    with pytest.raises(ValueError, match=r"follow_redirects .*redirect could send the key"):
        Client("https://contoso.example", httpx_args={"follow_redirects": follow})


# Secrets


@pytest.mark.parametrize(
    ("fault", "options", "error"),
    [
        (Fault(drop=True), {}, httpx.RemoteProtocolError),
        (Fault(delay=30), {"timeout": httpx.Timeout(20, read=0.2)}, httpx.ReadTimeout),
        (Fault(truncate=1000), {}, httpx.RemoteProtocolError),
    ],
    ids=["drop", "silence", "half a body"],
)
def test_an_error_of_the_network_keeps_no_key(
    call: Call,
    make_client: Callable[..., Any],
    face_emulator: Emulator,
    fault: Fault,
    options: dict[str, Any],
    error: type[httpx.TransportError],
) -> None:
    """The request that httpx's errors carry says where it went, and not with which key, wherever they are logged."""
    face_emulator.faults.add(fault)
    client = make_client(face_emulator.endpoint, **options)

    with pytest.raises(error) as caught:
        call(client, SAMPLE_IMAGE_ID)

    assert str(caught.value.request.url) == f"{client.base_url}/sessionImages/{SAMPLE_IMAGE_ID}"
    assert "emulator-key" not in f"{caught.value.request.headers.raw} {caught.value!r} {vars(caught.value)}"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_nothing_is_logged_that_is_secret(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """What httpx and httpcore log of a request, at any level, says where it went, and not with which key."""
    caplog.set_level(logging.DEBUG)
    face_emulator.faults.add(Fault(status=200, body=b"image"))

    call(make_client(face_emulator.endpoint, auth=SubscriptionKeyAuth(KEY)), SAMPLE_IMAGE_ID)

    assert face_emulator.endpoint in caplog.text
    assert KEY not in caplog.text


def test_headers_that_can_be_printed() -> None:
    """`SafeHeaders` shows no secret, and is what it shows in all else."""
    headers = SafeHeaders({"X-Key": KEY, "Authorization": KEY, "X-Other": "1"}, ["x-key", "x-missing"])

    assert headers["x-key"] == KEY
    assert KEY not in repr(headers)
    assert "'x-other': '1'" in repr(headers)


# Hooks


@pytest.mark.parametrize("headers", [{}, {"content-encoding": "gzip"}], ids=["plain", "gzip"])
def test_a_hook_of_the_callers_may_read_the_response(
    call: Call,
    form: str,
    client: Any,
    httpx_client_of: Call,
    face_emulator: Emulator,
    headers: dict[str, str],
) -> None:
    """A response hook that reads the body leaves it to the call."""
    face_emulator.faults.add(Fault(body=gzip.compress(b"image") if headers else b"image", headers=headers))

    async def aread(response: httpx.Response) -> None:
        await response.aread()

    httpx_client_of(client).event_hooks = {"response": [aread if form == "async" else lambda response: response.read()]}

    assert call(client, "id") == b"image"


def test_a_client_that_is_given_again_gets_no_second_hook(form: str, client: Any, httpx_client_of: Call) -> None:
    """An httpx client that is given to a client again and again has our hook once."""
    made = httpx_client_of(client)
    hooks = list(made.event_hooks["response"])

    for _ in range(2):
        client.set_httpx_client(made) if form == "sync" else client.set_async_httpx_client(made)

    assert made.event_hooks["response"] == hooks
    assert len(hooks) == 1


def test_send_leaves_the_body_to_its_caller(client: Client) -> None:
    """`_send`, on which the operations are built, sends a request once and returns the response unread."""
    request = {"method": "get", "url": f"/sessionImages/{SAMPLE_IMAGE_ID}", "headers": {}}

    with closing(client._send(request, "client-request-id")) as response:
        assert response.status_code == 200
        assert not response.is_stream_consumed


# Closing


def test_with_closes(form: str, client: Any, portal: BlockingPortal) -> None:
    """`with` and `async with` hand out the client itself and close it at the end."""

    async def enter() -> httpx.AsyncClient:
        async with client as entered:
            assert entered is client
            made: httpx.AsyncClient = client.get_async_httpx_client()
            return made

    if form == "sync":
        with client as entered:
            assert entered is client
            made: Any = client.get_httpx_client()
    else:
        made = portal.call(enter)

    assert made.is_closed


@pytest.mark.parametrize("own", [False, True], ids=["ours", "the caller's"])
def test_closing_closes_the_httpx_client(
    call: Call, client: Any, httpx_client_of: Call, close: Callable[[Any], None], own: bool
) -> None:
    """`close` and `aclose` close what the calls have used, and may be called again."""
    if own:
        bring(client)
    call(client, SAMPLE_IMAGE_ID)
    used = httpx_client_of(client)

    close(client)

    assert used.is_closed
    close(client)


@pytest.mark.parametrize("used", [True, False])
def test_a_closed_client_is_not_used_again(
    call: Call, client: Any, face_emulator: Emulator, close: Callable[[Any], None], used: bool
) -> None:
    """A call after closing is a RuntimeError that says so, whether or not there was a call before."""
    if used:
        call(client, SAMPLE_IMAGE_ID)
    before = len(face_emulator.requests)
    close(client)

    with pytest.raises(RuntimeError, match="closed"):
        call(client, SAMPLE_IMAGE_ID)

    assert len(face_emulator.requests) == before
