"""Signing in with two keys, of which one may be replaced at any time, and with functions that fetch them."""

import socket
import threading
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import (
    ApiError,
    AuthenticationError,
    DeadlineExceeded,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from face_client_auth import BearerTokenAuth, SubscriptionKeyAuth, TokenCredentialAuth, connect
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, str], bytes]
ClientOf = Callable[[httpx.Auth], Any]
HEADER = "ocp-apim-subscription-key"
UNUSABLE = ["", "s3\r\ncret", None]


def _keys(emulator: Emulator) -> list[str]:
    """The key of each request that arrived."""
    return [value for request in emulator.requests for value in request.headers.getlist(HEADER)]


def _flow(auth: SubscriptionKeyAuth, *statuses: int) -> list[str]:
    """Drives a flow with these answers, and returns the keys it sent; it must end with the last answer."""
    flow = auth.sync_auth_flow(httpx.Request("GET", "https://contoso.example"))
    sent = [next(flow).headers[HEADER]]
    for status in statuses[:-1]:
        sent.append(flow.send(httpx.Response(status)).headers[HEADER])
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(statuses[-1]))
    return sent


def test_the_flow_tries_the_other_key_after_a_401_and_keeps_it() -> None:
    """The second key is sent once the first is rejected, and is the first from then on, until it is rejected itself."""
    auth = SubscriptionKeyAuth("one", "two")

    assert _flow(auth, 200) == ["one"]
    assert _flow(auth, 401, 200) == ["one", "two"]
    assert _flow(auth, 200) == ["two"]
    assert _flow(auth, 401, 200) == ["two", "one"]
    assert _flow(auth, 200) == ["one"]


def test_the_flow_ends_when_both_are_rejected() -> None:
    """With both keys rejected the second 401 is the answer, and the order stays."""
    auth = SubscriptionKeyAuth("one", "two")

    assert _flow(auth, 401, 401) == ["one", "two"]
    assert _flow(auth, 401, 401) == ["one", "two"]


def test_the_flow_takes_any_other_answer_for_the_last() -> None:
    """A 401 alone says that the key is wrong."""
    for status in (200, 204, 302, 400, 403, 404, 407, 429, 500, 503):
        assert _flow(SubscriptionKeyAuth("one", "two"), status) == ["one"]


def test_the_flow_sends_one_key_at_a_time() -> None:
    """The second key replaces the first in the same request."""
    request = httpx.Request("GET", "https://contoso.example")
    flow = SubscriptionKeyAuth("one", "two").sync_auth_flow(request)

    next(flow)
    second = flow.send(httpx.Response(401))

    assert second is request
    assert second.headers.get_list(HEADER) == ["two"]


def test_a_key_that_was_replaced(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """When a key is replaced, one more request finds the other, which costs nothing from then on; and back again."""
    client = client_of(SubscriptionKeyAuth("first-key", "second-key"))
    image = face_emulator.images[SAMPLE_IMAGE_ID]

    for accepted in ("first-key", "second-key", "second-key", "first-key", "first-key"):
        face_emulator.key = accepted
        assert call(client, SAMPLE_IMAGE_ID) == image

    assert _keys(face_emulator) == [
        "first-key",
        *("first-key", "second-key"),
        "second-key",
        *("second-key", "first-key"),
        "first-key",
    ]


@pytest.mark.parametrize("form", ["async"])
def test_two_wrong_keys(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """Each of two wrong keys is sent once, then the service's answer is raised, in which no key is."""
    with pytest.raises(AuthenticationError) as caught:
        call(client_of(SubscriptionKeyAuth("wr0ng-one", "wr0ng-two")), SAMPLE_IMAGE_ID)

    assert _keys(face_emulator) == ["wr0ng-one", "wr0ng-two"]
    assert "wr0ng" not in f"{caught.value!r} {caught.value}"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ("sync", 403, PermissionDeniedError),
        ("async", 404, NotFoundError),
        ("sync", 429, RateLimitError),
        ("async", 500, ServerError),
    ],
)
def test_other_errors_do_not_try_the_other_key(
    call: Call, client_of: ClientOf, face_emulator: Emulator, status: int, error: type[ApiError]
) -> None:
    """An error that is no 401 is raised after one request, and the next one begins with the same key."""
    client = client_of(SubscriptionKeyAuth("emulator-key", "other-key"))
    face_emulator.faults.add(Fault(status=status, times=1))

    with pytest.raises(error):
        call(client, SAMPLE_IMAGE_ID)
    call(client, SAMPLE_IMAGE_ID)

    assert _keys(face_emulator) == ["emulator-key"] * 2


class KeyCredential:
    """As azure-core's AzureKeyCredential; keeps the threads in which the key was read."""

    def __init__(self, key: Any) -> None:
        self.value = key
        self.threads: list[threading.Thread] = []

    @property
    def key(self) -> Any:
        self.threads.append(threading.current_thread())
        return self.value


def test_a_key_credential_is_read_for_each_request(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """When the key of an object is replaced, the next request sends the new one; as the fallback, too."""
    first, second = KeyCredential("one"), KeyCredential("other")
    client = client_of(SubscriptionKeyAuth(first, second))
    for key in ("one", "two"):
        first.value = face_emulator.key = key
        call(client, SAMPLE_IMAGE_ID)
    second.value = face_emulator.key = "three"
    call(client, SAMPLE_IMAGE_ID)

    assert _keys(face_emulator) == ["one", "two", "two", "three"]


@pytest.mark.parametrize("form", ["async"])
def test_a_key_credential_is_read_in_place(
    call: Call, portal: BlockingPortal, client_of: ClientOf, face_emulator: Emulator
) -> None:
    """An async client reads the key of an object on the event loop, not in a worker thread."""
    credential = KeyCredential("emulator-key")
    client = client_of(SubscriptionKeyAuth(credential))
    credential.threads.clear()

    call(client, SAMPLE_IMAGE_ID)

    assert credential.threads == [portal.call(threading.current_thread)]


def test_azure_key_credential(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """An AzureKeyCredential of azure-core is read again after its `update`."""
    credential = pytest.importorskip("azure.core.credentials").AzureKeyCredential("old-key")
    client = client_of(SubscriptionKeyAuth(credential))
    for key in ("old-key", "new-key"):
        credential.update(key)
        face_emulator.key = key
        assert call(client, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]

    assert _keys(face_emulator) == ["old-key", "new-key"]


@pytest.mark.parametrize("key", ["", "s3\r\ncret", None, b"s3cret"])
def test_a_key_credential_without_a_key_is_refused(key: Any) -> None:
    """The key of an object is checked when the auth is created and for each request, and never repeated."""
    with pytest.raises((TypeError, ValueError), match=r"^key (is empty|contains|must be a string)") as caught:
        SubscriptionKeyAuth(KeyCredential(key))
    credential = KeyCredential("good")
    auth = SubscriptionKeyAuth("wrong", credential)
    credential.value = key
    flow = auth.sync_auth_flow(httpx.Request("GET", "https://contoso.example"))
    next(flow)
    with pytest.raises((TypeError, ValueError), match=r"^fallback (is empty|contains|must be a string)") as later:
        flow.send(httpx.Response(401))

    for error in (caught.value, later.value):
        assert "s3" not in f"{error!r} {error.__cause__!r} {error.__context__!r}"


def test_a_function_is_called_once_for_each_request(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """A vault is asked for each request, so that what it holds now is what is sent."""
    asked: list[str] = []

    def vault() -> str:
        asked.append(face_emulator.key)
        return face_emulator.key

    client = client_of(SubscriptionKeyAuth(vault))
    assert asked == []
    for key in ("old", "old", "new"):
        face_emulator.key = key
        call(client, SAMPLE_IMAGE_ID)

    assert _keys(face_emulator) == asked == ["old", "old", "new"]


@pytest.mark.parametrize("form", ["sync"])
def test_a_fallback_function_is_called_after_a_401_alone(
    call: Call, client_of: ClientOf, face_emulator: Emulator
) -> None:
    """The function of the other key is left alone while the first key is good, or fails in another way."""
    asked: list[str] = []

    def vault() -> str:
        asked.append("vault")
        return "second-key"

    client = client_of(SubscriptionKeyAuth("emulator-key", vault))
    call(client, SAMPLE_IMAGE_ID)
    face_emulator.faults.add(Fault(status=500, times=1))
    with pytest.raises(ServerError):
        call(client, SAMPLE_IMAGE_ID)
    assert asked == []

    face_emulator.key = "second-key"
    call(client, SAMPLE_IMAGE_ID)

    assert asked == ["vault"]
    assert _keys(face_emulator) == ["emulator-key"] * 3 + ["second-key"]


@pytest.mark.parametrize("form", ["async"])
def test_an_async_client_asks_in_another_thread(
    call: Call, see_the_loop_go_on: Callable[[], None], client_of: ClientOf, face_emulator: Emulator
) -> None:
    """While two vaults are asked, the event loop goes on."""

    def slowly(key: str) -> str:
        see_the_loop_go_on()
        return key

    call(client_of(SubscriptionKeyAuth(lambda: slowly("wrong"), lambda: slowly("emulator-key"))), SAMPLE_IMAGE_ID)

    assert _keys(face_emulator) == ["wrong", "emulator-key"]


@pytest.mark.parametrize("form", ["sync"])
@pytest.mark.parametrize("result", UNUSABLE)
def test_a_function_without_a_key_is_told(
    call: Call, client_of: ClientOf, face_emulator: Emulator, result: Any
) -> None:
    """What cannot be a key is refused by the name "key" before anything is sent, and not repeated."""
    with pytest.raises(
        (TypeError, ValueError), match=r"^key (is empty|contains whitespace|must be a string)"
    ) as caught:
        call(client_of(SubscriptionKeyAuth(lambda: result)), SAMPLE_IMAGE_ID)

    assert "s3" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert face_emulator.requests == ()


@pytest.mark.parametrize("form", ["async"])
@pytest.mark.parametrize("result", UNUSABLE)
def test_a_fallback_function_without_a_key_is_told(
    call: Call, client_of: ClientOf, face_emulator: Emulator, result: Any
) -> None:
    """The same for the other key, by the name "fallback", after the first one was rejected."""
    with pytest.raises((TypeError, ValueError), match=r"^fallback (is empty|contains|must be)") as caught:
        call(client_of(SubscriptionKeyAuth("wrong", lambda: result)), SAMPLE_IMAGE_ID)

    assert "s3" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert _keys(face_emulator) == ["wrong"]


@pytest.mark.parametrize("fallback", ["", "s3\r\ncret", b"s3cret"])
def test_a_fallback_that_cannot_be_a_key_is_refused(fallback: Any) -> None:
    """A fallback is checked at once, as the key is, and named."""
    with pytest.raises((TypeError, ValueError), match=r"^fallback (is empty|contains|must be)") as caught:
        SubscriptionKeyAuth("key", fallback)

    assert "s3" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


@pytest.mark.parametrize("form", ["sync"])
def test_an_error_of_the_vault_arrives(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """What a vault raises is what the caller gets, and the next request asks it again."""
    answers: list[Any] = [OSError("the vault is shut"), "emulator-key"]

    def vault() -> str:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return str(answer)

    client = client_of(SubscriptionKeyAuth(vault))

    with pytest.raises(OSError, match="the vault is shut"):
        call(client, SAMPLE_IMAGE_ID)
    assert call(client, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]


def test_a_crowd_gets_over_a_rotation(
    crowd: Callable[[httpx.Auth], list[bytes | Exception]], client_of: ClientOf, face_emulator: Emulator
) -> None:
    """When a key is replaced under many threads or tasks, each gets its image with two requests at the most."""
    auth = SubscriptionKeyAuth("old-key", lambda: "new-key")
    face_emulator.key = "new-key"

    images = crowd(auth)

    assert images == [face_emulator.images[SAMPLE_IMAGE_ID]] * len(images)
    assert len(images) in (20, 50)
    assert _keys(face_emulator).count("new-key") == len(images)
    assert 1 <= _keys(face_emulator).count("old-key") <= len(images)
    before = len(face_emulator.requests)
    client_of(auth).get_session_image(SAMPLE_IMAGE_ID)
    assert len(face_emulator.requests) - before == 1


def test_neither_key_is_shown() -> None:
    """Neither key is in the repr of the helper, in its attributes or in a request that was signed."""
    auth = SubscriptionKeyAuth("s3cret-one", "s3cret-two")
    request = next(auth.sync_auth_flow(httpx.Request("GET", "https://contoso.example")))

    assert "s3cret" not in f"{auth!r} {vars(auth)} {request!r} {request.headers!r}"


def _endless_gzip(connection: socket.socket) -> None:
    gzip = zlib.compressobj(wbits=31)
    while True:
        connection.sendall(gzip.compress(bytes(1024 * 1024)) + gzip.flush(zlib.Z_SYNC_FLUSH))


BODIES: dict[str, tuple[str, Callable[[socket.socket], object]]] = {
    "endless": ("Content-Encoding: gzip", _endless_gzip),
    "stalled": ("Content-Length: 9", lambda connection: connection.recv(1)),
    "truncated": ("Content-Length: 9", lambda connection: connection.sendall(b"short")),
    "not gzip": ("Content-Encoding: gzip", lambda connection: connection.sendall(b"not gzip")),
}


class _Tokens:
    """A credential whose second token is "second"."""

    def __init__(self) -> None:
        self._tokens = iter(["first", "second"])

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        return _AccessToken(next(self._tokens))


class _AccessToken:
    expires_on = 9e9

    def __init__(self, token: str) -> None:
        self.token = token


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    "make_auth",
    [partial(SubscriptionKeyAuth, "first", "second"), lambda: TokenCredentialAuth(_Tokens())],
    ids=["key", "credential"],
)
def test_the_body_of_the_first_401_is_not_read(
    call: Call,
    make_client: Callable[..., Any],
    raw_server: Callable[..., Any],
    body: str,
    make_auth: Callable[[], httpx.Auth],
) -> None:
    """The second try is made whatever the body of the first answer is: endless, late, half or broken."""
    header, send = BODIES[body]

    def answer(connection: socket.socket, request: bytes) -> None:
        if b"first" in request:
            connection.sendall(f"HTTP/1.1 401 Unauthorized\r\n{header}\r\n\r\n".encode())
            send(connection)
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nimage")

    server = raw_server(answer)

    assert call(make_client(server.endpoint, auth=make_auth(), deadline=10), "id") == b"image"

    assert len(server.requests) == 2


async def _key() -> str:
    return "emulator-key"


class _Vault:
    async def __call__(self) -> str:
        return "emulator-key"


@pytest.mark.parametrize("form", ["async"])
@pytest.mark.parametrize(
    "function", [_key, partial(_key), _Vault(), lambda: _key()], ids=["function", "partial", "object", "lambda"]
)
def test_an_async_function_is_awaited(
    call: Call, client_of: ClientOf, face_emulator: Emulator, function: Callable[[], Any]
) -> None:
    """An async client awaits an async function of any kind, for a key, the other key and a token."""
    face_emulator.token = "emulator-key"
    for auth in (SubscriptionKeyAuth(function), SubscriptionKeyAuth("wrong", function), BearerTokenAuth(function)):
        assert call(client_of(auth), SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]


def test_a_sync_client_refuses_an_async_function(make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """It is a TypeError that names connect_async: of `connect` at once, otherwise when a request is made."""
    for auth in (SubscriptionKeyAuth(_key), SubscriptionKeyAuth("right", _key), BearerTokenAuth(_key)):
        with pytest.raises(TypeError, match="use connect_async"):
            connect(face_emulator.endpoint, auth)
    with pytest.raises(TypeError, match="use connect_async"):
        make_client(face_emulator.endpoint, auth=BearerTokenAuth(_key)).get_session_image("id")

    assert face_emulator.requests == ()


@pytest.mark.parametrize("form", ["async"])
@pytest.mark.parametrize("helper", [SubscriptionKeyAuth, BearerTokenAuth])
def test_a_deadline_does_not_wait_for_a_function(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator, helper: Callable[[Any], httpx.Auth]
) -> None:
    """An async call ends at its deadline, while a vault that blocks takes its time."""
    is_open, is_over = threading.Event(), threading.Event()

    def vault() -> str:
        is_open.wait(30)
        is_over.set()
        return "emulator-key"

    client = make_client(face_emulator.endpoint, auth=helper(vault), deadline=0.1)
    try:
        with pytest.raises(DeadlineExceeded):
            call(client, SAMPLE_IMAGE_ID)

        assert not is_over.is_set()
    finally:
        is_open.set()
    assert face_emulator.requests == ()
