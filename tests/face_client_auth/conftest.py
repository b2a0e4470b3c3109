"""The operation as a sync and an async call, the ways to sign in, and clients that sign in as told."""

import json
import random
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, NamedTuple

import anyio
import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import AsyncClient, Client
from face_client.types import Response
from face_client_auth import AuthorizationCodeAuth, BearerTokenAuth, SubscriptionKeyAuth, TokenCredentialAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what needs a browser where there is none; here, pytest counts all of them on one line."""
    is_there = (shutil.which("chromium") or shutil.which("google-chrome")) and shutil.which("chromedriver")
    if "chromium" in getattr(item, "fixturenames", ()) and not is_there:
        pytest.skip("no chromium with chromedriver is installed")


@pytest.fixture
def client_of(make_client: Callable[..., Any], face_emulator: Emulator) -> Callable[..., Any]:
    """Makes clients of the emulator that sign in as told, as `client_of(auth)`, of the kind that fits the `form`."""
    return lambda auth, **options: make_client(face_emulator.endpoint, auth=auth, **options)


@pytest.fixture(params=["20 threads", "50 tasks"])
def crowd(
    request: pytest.FixtureRequest, portal: BlockingPortal, face_emulator: Emulator
) -> Callable[[httpx.Auth], list[bytes | Exception]]:
    """Calls at once through one client, as `crowd(auth)`: what each got, or the error that it met."""

    def threads(auth: httpx.Auth) -> list[bytes | Exception]:
        start = threading.Barrier(20)

        def run(_number: int) -> bytes | Exception:
            start.wait(10)
            try:
                return client.get_session_image(SAMPLE_IMAGE_ID)
            except Exception as error:
                return error

        with Client(face_emulator.endpoint, auth=auth, max_retries=0) as client, ThreadPoolExecutor(20) as pool:
            return list(pool.map(run, range(20)))

    async def tasks(auth: httpx.Auth) -> list[bytes | Exception]:
        results: list[bytes | Exception] = []

        async def run() -> None:
            try:
                results.append(await client.get_session_image(SAMPLE_IMAGE_ID))
            except Exception as error:
                results.append(error)

        async with (
            AsyncClient(face_emulator.endpoint, auth=auth, max_retries=0) as client,
            anyio.create_task_group() as group,
        ):
            for _ in range(50):
                group.start_soon(run)
        return results

    return threads if request.param == "20 threads" else partial(portal.call, tasks)


@pytest.fixture
def see_the_loop_go_on(portal: BlockingPortal) -> Callable[[], None]:
    """Returns once the event loop has done something, and raises where it cannot: it stands, or this is its thread."""
    return lambda: portal.start_task_soon(lambda: None).result(30)


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens, and which the system gives to nobody who asks for a free one."""
    while True:
        port = random.randrange(10_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Clock:
    """Both clocks, in the hands of a test."""

    def __init__(self) -> None:
        self.wall = 1_700_000_000.0
        self.uptime = 5_000.0

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.uptime

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.uptime += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clocks that tokens are measured with."""
    clock = Clock()
    monkeypatch.setattr("face_client_auth._token.time", clock)
    return clock


class Secrets:
    """What must show up nowhere, as one object that shows nothing itself.

    Each word survives any escaping. No address, id or hash can hold one: they are not hexadecimal, and long.
    """

    KEY = "Sw0rdfish1key+of/the=resource"
    FALLBACK = "Sw0rdfish2fallback+of/the=resource"
    TOKEN = "Sw0rdfish3token.of-the_service"
    REFRESH = "Sw0rdfish4refresh.of-the_provider"
    CLIENT_SECRET = "Sw0rdfish5secret~of-the_application"
    CODE = "Sw0rdfish6code.of-the_sign-in"
    WORDS = ("Sw0rdfish1", "Sw0rdfish2", "Sw0rdfish3", "Sw0rdfish4", "Sw0rdfish5", "Sw0rdfish6")


class Way:
    """One way to sign in, by one of the two forms of call.

    Args:
        helper: One of `HELPERS`.
        form: "sync" or "async".
        portal: Where async calls run.
        provider: The token endpoint that a helper may ask.
        signed_in: Makes clients.
    """

    # How each helper is made, for a provider that it may ask; and what it sends, by the name of the header.
    HELPERS: ClassVar[dict[str, Callable[[str], httpx.Auth]]] = {
        "key": lambda _: SubscriptionKeyAuth(Secrets.KEY),
        "key_with_fallback": lambda _: SubscriptionKeyAuth(Secrets.KEY, Secrets.FALLBACK),
        "key_functions": lambda _: SubscriptionKeyAuth(lambda: Secrets.KEY, lambda: Secrets.FALLBACK),
        "token": lambda _: BearerTokenAuth(Secrets.TOKEN),
        "token_function": lambda _: BearerTokenAuth(lambda: Secrets.TOKEN),
        "credential": lambda _: TokenCredentialAuth(_Credential()),
        "async_credential": lambda _: TokenCredentialAuth(_AsyncCredential()),
        "code": lambda provider: AuthorizationCodeAuth(
            "application",
            authorization_url="http://127.0.0.1/authorize",
            token_url=provider,
            client_secret=Secrets.CLIENT_SECRET,
            timeout=0.1,
            open_browser=lambda _: True,
            store=_Store(),
        ),
    }

    def __init__(
        self, helper: str, form: str, portal: BlockingPortal, provider: str, signed_in: Callable[..., Any]
    ) -> None:
        self.helper = helper
        self.is_async = form == "async"
        self.uses_key = helper.startswith("key")
        self._portal = portal
        self._provider = provider
        self._signed_in = signed_in

    def auth(self) -> httpx.Auth:
        return self.HELPERS[self.helper](self._provider)

    def sent(self) -> dict[str, list[str]]:
        """What the service should see, and nothing beside it."""
        return {
            "ocp-apim-subscription-key": [Secrets.KEY] if self.uses_key else [],
            "authorization": [] if self.uses_key else [f"Bearer {Secrets.TOKEN}"],
            "proxy-authorization": [],
        }

    def run(self, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Calls a function, or awaits it in the event loop's thread."""
        return self._portal.call(partial(function, *args, **named)) if self.is_async else function(*args, **named)

    def client(self, endpoint: str, auth: httpx.Auth | None = None, **options: Any) -> Any:
        return self._signed_in(endpoint, auth or self.auth(), kind=AsyncClient if self.is_async else Client, **options)

    def httpx_client_of(self, client: Any) -> Any:
        return client.get_async_httpx_client() if self.is_async else client.get_httpx_client()

    def set_httpx_client(self, client: Any, **options: Any) -> Any:
        """Gives a client an httpx client of the caller's own, and returns that."""
        if self.is_async:
            client.set_async_httpx_client(httpx.AsyncClient(**options))
        else:
            client.set_httpx_client(httpx.Client(**options))
        return self.httpx_client_of(client)

    def close(self, client: Any) -> None:
        self.run(client.aclose if self.is_async else client.close)

    def get(self, client: Any, image_id: str) -> bytes:
        image: bytes = self.run(client.get_session_image, image_id)
        return image

    def get_detailed(self, client: Any, image_id: str) -> Response[Any]:
        response: Response[Any] = self.run(client.get_session_image_detailed, image_id)
        return response

    def use_stream(self, client: Any, image_id: str, use: Callable[[Any, Iterator[bytes]], Any]) -> Any:
        """Returns what `use` makes of an open stream and its pieces."""
        stream = client.get_session_image_stream(image_id)
        if not self.is_async:
            with stream as body:
                return use(body, body.iter_bytes())
        with self._portal.wrap_async_context_manager(stream) as body:
            pieces = body.iter_bytes()
            return use(body, iter(lambda: self._portal.call(_next_of, pieces), None))

    def send(self, auth: httpx.Auth, url: str, **options: Any) -> httpx.Response:
        """Sends a request with a bare httpx client."""
        if not self.is_async:
            with httpx.Client(auth=auth, **options) as client:
                return client.get(url)

        async def get() -> httpx.Response:
            async with httpx.AsyncClient(auth=auth, **options) as client:
                return await client.get(url)

        return self._portal.call(get)


async def _next_of(pieces: Any) -> bytes | None:
    return await anext(pieces, None)


class AccessToken(NamedTuple):
    """As azure-core's: its `repr` shows the token."""

    token: str
    expires_on: int


class _Credential:
    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(Secrets.TOKEN, int(time.time()) + 3600)


class _AsyncCredential:
    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(Secrets.TOKEN, int(time.time()) + 3600)


class _Store:
    def __init__(self, expires_in: int = 3600) -> None:
        self._end = int(time.time()) + expires_in

    def load(self) -> dict[str, Any]:
        return {"access_token": Secrets.TOKEN, "refresh_token": Secrets.REFRESH, "expires_at": self._end}

    def save(self, tokens: Mapping[str, Any]) -> None:
        """Keeps nothing."""


@pytest.fixture
def secrets() -> type[Secrets]:
    """The key, the token and the others."""
    return Secrets


@pytest.fixture
def grant() -> bytes:
    """A provider's answer that gives the token."""
    body = json.dumps({"access_token": Secrets.TOKEN, "token_type": "Bearer", "expires_in": 3600})
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n{body}".encode()


@pytest.fixture
def provider(raw_server: Callable[..., Any], grant: bytes) -> Any:
    """A provider that accepts the refresh token and gives the same token again."""
    return raw_server(grant)


@pytest.fixture
def code_auth() -> Callable[..., AuthorizationCodeAuth]:
    """Makes an auth that has a refresh token to begin with, as `code_auth(token_url, **options)`."""

    def make(token_url: str, **options: Any) -> AuthorizationCodeAuth:
        usual = {"authorization_url": "http://127.0.0.1/authorize", "store": _Store(expires_in=-1)}
        nobody = {"timeout": 0.1, "open_browser": lambda _: True}
        chosen = {"client_secret": Secrets.CLIENT_SECRET, **usual, **nobody, **options}
        return AuthorizationCodeAuth("application", token_url=token_url, **chosen)

    return make


# Each helper with one of the forms: what differs between these is in the base of all helpers.
WAYS = [
    *("key-sync", "key_with_fallback-async", "key_functions-async", "token-sync", "token_function-async"),
    *("credential-sync", "async_credential-async", "code-async"),
]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, portal: BlockingPortal, provider: Any, signed_in: Callable[..., Any]) -> Way:
    """Each helper. What the helpers share is tested on one or two of them, which a test names."""
    helper, form = request.param.split("-")
    return Way(helper, form, portal, f"{provider.endpoint}/token", signed_in)


@pytest.fixture
def service(face_emulator: Emulator) -> Emulator:
    """The emulator, which accepts the key and the token of `Secrets`, with an image that is soon searched."""
    face_emulator.key, face_emulator.token = Secrets.KEY, Secrets.TOKEN
    face_emulator.images[SAMPLE_IMAGE_ID] = bytes(range(250)) * 20
    return face_emulator


@pytest.fixture
def tls_service(certificates: Any) -> Iterator[Emulator]:
    """The same over https."""
    with Emulator(certfile=certificates.file, key=Secrets.KEY, token=Secrets.TOKEN) as emulator:
        yield emulator


@pytest.fixture
def signed_in(make_client: Callable[..., Any], certificates: Any) -> Callable[..., Any]:
    """Makes clients that trust this machine's certificate, as `signed_in(endpoint, auth, **options)`."""

    def make(endpoint: str, auth: httpx.Auth, **options: Any) -> Any:
        options["httpx_args"] = {"verify": certificates.client, **options.get("httpx_args", {})}
        return make_client(endpoint, auth=auth, **options)

    return make
