"""Signing in with Microsoft Entra ID, through credentials like those of azure-identity, and through its own."""

import base64
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import anyio
import httpx
import pytest
import trustme

from face_client import AsyncClient, AuthenticationError
from face_client_auth import BearerTokenAuth, SubscriptionKeyAuth, TokenCredentialAuth, connect
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, str], bytes]
ClientOf = Callable[[httpx.Auth], Any]
SCOPE = "https://cognitiveservices.azure.com/.default"
CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
CHALLENGE = f'Bearer error="insufficient_claims", claims="{base64.urlsafe_b64encode(CLAIMS.encode()).decode()}"'


class AccessToken(NamedTuple):
    """What `get_token` returns."""

    token: str
    expires_on: float


class AccessTokenInfo(NamedTuple):
    """What `get_token_info` returns."""

    token: str
    expires_on: float
    token_type: str
    refresh_on: float | None


class Issuer:
    """What the four kinds of credentials have in common."""

    def __init__(
        self, life: float = 3600, refresh_in: float | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self.asked: list[tuple[tuple[str, ...], dict[str, Any]]] = []
        self.threads: list[threading.Thread] = []
        self.life = life
        self.refresh_in = refresh_in
        self.now = now
        self.pause: Callable[[], object] = int
        self.problem: Exception | None = None
        self.on_issue: Callable[[str], object] = str

    def issue(self, scopes: tuple[str, ...], options: dict[str, Any]) -> AccessToken:
        self.threads.append(threading.current_thread())
        self.asked.append((scopes, options))
        if self.problem:
            raise self.problem
        token = f"t0ken-{len(self.asked)}"
        self.on_issue(token)
        return AccessToken(token, self.now() + self.life)

    def issue_info(self, scopes: tuple[str, ...], options: dict[str, Any]) -> AccessTokenInfo:
        refresh_on = None if self.refresh_in is None else self.now() + self.refresh_in
        return AccessTokenInfo(*self.issue(scopes, options), "Bearer", refresh_on)


class Plain(Issuer):
    """A sync credential with the older function."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.pause()
        return self.issue(scopes, options)


class Info(Issuer):
    """A sync credential with both functions, the older of which is not wanted."""

    def get_token_info(self, *scopes: str, options: dict[str, Any] | None = None) -> AccessTokenInfo:
        self.pause()
        return self.issue_info(scopes, {"options": options})

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        raise AssertionError(f"the older function was called with {scopes} and {options}")


class AsyncPlain(Issuer):
    """An async credential with the older function."""

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        await anyio.sleep(0)
        return self.issue(scopes, options)


class AsyncInfo(Issuer):
    """An async credential with the newer function alone."""

    async def get_token_info(self, *scopes: str, options: dict[str, Any] | None = None) -> AccessTokenInfo:
        await anyio.sleep(0)
        return self.issue_info(scopes, {"options": options})


SYNC = [Plain, Info]
ASYNC = [AsyncPlain, AsyncInfo]


def _options(credential: Issuer, **options: Any) -> dict[str, Any]:
    """How these options reach a credential of that kind."""
    return {"options": options} if isinstance(credential, Info | AsyncInfo) else options


def _bearers(emulator: Emulator) -> list[str]:
    """The token of each request that arrived."""
    sent = [value for request in emulator.requests for value in request.headers.getlist("authorization")]
    return [value.removeprefix("Bearer ") for value in sent]


def _request() -> httpx.Request:
    return httpx.Request("GET", "https://contoso.example")


@pytest.fixture
def service(face_emulator: Emulator) -> Callable[[Issuer], Issuer]:
    """Has the emulator accept the token that was issued last, as `service(credential)`."""

    def accept(credential: Issuer) -> Issuer:
        credential.on_issue = lambda token: setattr(face_emulator, "token", token)
        return credential

    return accept


@pytest.mark.parametrize("kind", SYNC)
def test_the_flow_asks_and_signs(kind: type[Issuer]) -> None:
    """The first request asks for the scope of the document, and later ones use the same token."""
    credential = kind()
    auth = TokenCredentialAuth(credential)  # type: ignore[arg-type]

    for _ in range(20):
        flow = auth.sync_auth_flow(_request())
        assert next(flow).headers.get_list("authorization") == ["Bearer t0ken-1"]
        with pytest.raises(StopIteration):
            flow.send(httpx.Response(200))

    assert credential.asked == [((SCOPE,), _options(credential, enable_cae=True))]


@pytest.mark.parametrize("kind", SYNC)
def test_the_flow_passes_the_claims_on(kind: type[Issuer]) -> None:
    """The claims of a challenge reach the credential in the way that its function takes them; then the flow ends."""
    credential = kind()
    flow = TokenCredentialAuth(credential).sync_auth_flow(_request())  # type: ignore[arg-type]
    next(flow)

    again = flow.send(httpx.Response(401, headers={"www-authenticate": CHALLENGE}))

    assert again.headers.get_list("authorization") == ["Bearer t0ken-2"]
    assert credential.asked[1:] == [((SCOPE,), _options(credential, enable_cae=True, claims=CLAIMS))]
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(401, headers={"www-authenticate": CHALLENGE}))


def test_other_scopes_are_asked_for() -> None:
    """A scope, or several, in place of the document's; each time the same."""
    several = ("one", "two")
    for scopes, asked in (("one", ("one",)), (list(several), several), (("one",), ("one",)), (iter(several), several)):
        credential = Plain()
        flow = TokenCredentialAuth(credential, scopes).sync_auth_flow(_request())  # type: ignore[arg-type]
        next(flow)
        flow.send(httpx.Response(401))

        assert [scopes for scopes, _ in credential.asked] == [asked, asked]


@pytest.mark.parametrize("form", ["async"])
@pytest.mark.parametrize("kind", [*SYNC, *ASYNC])
def test_an_async_client_takes_any_credential(
    call: Call, client_of: ClientOf, service: Any, face_emulator: Emulator, kind: type[Issuer]
) -> None:
    """With an async client, credentials of each kind are asked once for twenty calls, and once more after a 401."""
    credential = service(kind())
    client = client_of(TokenCredentialAuth(credential))

    images = [call(client, SAMPLE_IMAGE_ID) for _ in range(20)]
    face_emulator.faults.add(Fault(status=401, headers={"WWW-Authenticate": CHALLENGE}, times=1))
    images.append(call(client, SAMPLE_IMAGE_ID))

    assert images == [face_emulator.images[SAMPLE_IMAGE_ID]] * 21
    assert [options for _, options in credential.asked] == [
        _options(credential, enable_cae=True),
        _options(credential, enable_cae=True, claims=CLAIMS),
    ]
    assert _bearers(face_emulator) == ["t0ken-1"] * 21 + ["t0ken-2"]


@pytest.mark.parametrize("kind", SYNC)
def test_a_sync_client_takes_a_sync_credential(
    client_of: ClientOf, service: Any, face_emulator: Emulator, kind: type[Issuer]
) -> None:
    """With a sync client, a sync credential is asked once for twenty calls, in the caller's thread."""
    credential = service(kind())
    client = client_of(TokenCredentialAuth(credential))

    images = [client.get_session_image(SAMPLE_IMAGE_ID) for _ in range(20)]

    assert images == [face_emulator.images[SAMPLE_IMAGE_ID]] * 20
    assert len(credential.asked) == 1
    assert credential.threads == [threading.current_thread()]


@pytest.mark.parametrize("kind", ASYNC)
def test_a_sync_client_refuses_an_async_credential(
    client_of: ClientOf, face_emulator: Emulator, kind: type[Issuer]
) -> None:
    """An async credential with a sync call is a TypeError that says what to do; nothing is asked for or sent."""
    credential = kind()

    with pytest.raises(TypeError, match=r"^TokenCredentialAuth\(\) is async"):
        client_of(TokenCredentialAuth(credential)).get_session_image(SAMPLE_IMAGE_ID)  # type: ignore[arg-type]

    assert credential.asked == []
    assert face_emulator.requests == ()


@pytest.mark.parametrize("kind", SYNC)
@pytest.mark.parametrize("form", ["async"])
def test_a_sync_credential_does_not_block_an_async_client(
    call: Call, see_the_loop_go_on: Callable[[], None], client_of: ClientOf, service: Any, kind: type[Issuer]
) -> None:
    """While a sync credential takes its time, in a thread of its own, the event loop goes on."""
    credential = service(kind())
    credential.pause = see_the_loop_go_on

    assert call(client_of(TokenCredentialAuth(credential)), SAMPLE_IMAGE_ID)

    assert len(credential.asked) == 1


class ScopesOnly(Issuer):
    """A credential of somebody's own, which takes none of azure-core's options."""

    def get_token(self, *scopes: str) -> AccessToken:
        return self.issue(scopes, {})


class OneScope(Issuer):
    """The same with one scope."""

    def get_token(self, scope: str) -> AccessToken:
        return self.issue((scope,), {})


class ClaimsOnly(Issuer):
    """A credential that takes one of the options, as those of older versions of azure-identity."""

    def get_token(self, *scopes: str, claims: str | None = None, _tenant_id: str = "") -> AccessToken:
        return self.issue(scopes, {"claims": claims} if claims else {})


class InfoScopesOnly(Issuer):
    """The newer function without options."""

    def get_token_info(self, *scopes: str) -> AccessTokenInfo:
        return self.issue_info(scopes, {})


class AsyncScopesOnly(Issuer):
    """An async credential without options."""

    async def get_token(self, *scopes: str) -> AccessToken:
        return self.issue(scopes, {})


@pytest.mark.parametrize("kind", [ScopesOnly, OneScope, ClaimsOnly, InfoScopesOnly, AsyncScopesOnly])
def test_a_credential_gets_the_options_that_it_takes(
    portal: Any, make_client: Callable[..., Any], service: Any, face_emulator: Emulator, kind: type[Issuer]
) -> None:
    """A credential whose function takes no options, or some, is asked without the others, also after a challenge."""
    credential = service(kind())
    client = make_client(face_emulator.endpoint, kind=AsyncClient, auth=TokenCredentialAuth(credential))
    portal.call(client.get_session_image, SAMPLE_IMAGE_ID)
    face_emulator.faults.add(Fault(status=401, headers={"WWW-Authenticate": CHALLENGE}, times=1))

    assert portal.call(client.get_session_image, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]

    second = {"claims": CLAIMS} if kind is ClaimsOnly else {}
    assert credential.asked == [((SCOPE,), {}), ((SCOPE,), second)]


def test_a_type_error_of_a_credential_arrives() -> None:
    """A TypeError in a credential, with and without options, is not taken for one that says that it takes none."""
    for credential in (Plain(), ScopesOnly()):
        credential.problem = TypeError("get_token() got an unexpected keyword argument 'enable_cae'")

        with pytest.raises(TypeError) as caught:
            next(TokenCredentialAuth(credential).sync_auth_flow(_request()))  # type: ignore[arg-type]

        assert caught.value is credential.problem
        assert len(credential.asked) == 1


def test_a_function_without_a_signature_gets_all_options() -> None:
    """A function without a signature that Python can read is called with all options, as azure-core does."""
    credential = Plain()
    type(credential).get_token.__signature__ = "none"  # type: ignore[attr-defined]
    try:
        next(TokenCredentialAuth(credential).sync_auth_flow(_request()))
    finally:
        del type(credential).get_token.__signature__  # type: ignore[attr-defined]

    assert credential.asked == [((SCOPE,), {"enable_cae": True})]


def test_what_is_no_credential_is_refused() -> None:
    """Without either function it is a TypeError at once, which names the type and not the value."""
    for credential in (None, "token", object(), lambda: "token"):
        with pytest.raises(
            TypeError, match=f"must have a get_token or get_token_info method, {type(credential).__name__} has neither"
        ):
            TokenCredentialAuth(credential)  # type: ignore[arg-type]


def test_a_function_that_is_none_is_not_there() -> None:
    """A credential whose newer function is None has the older one."""
    credential = Plain()
    credential.get_token_info = None  # type: ignore[attr-defined]

    assert next(TokenCredentialAuth(credential).sync_auth_flow(_request())).headers["authorization"] == "Bearer t0ken-1"


def test_an_awaitable_from_a_sync_function_is_told() -> None:
    """A function that is not async and yet returns something to await is a TypeError that says so."""

    class Later:
        def __await__(self) -> Iterator[None]:
            yield

    class Odd:
        def get_token(self, *_scopes: str, **_options: Any) -> Any:
            return Later()

    with pytest.raises(TypeError, match="returned an awaitable, but"):
        next(TokenCredentialAuth(Odd()).sync_auth_flow(_request()))


@pytest.mark.parametrize("form", ["async"])
def test_a_second_rejection_is_raised(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """A service that takes no token is sent two, and its answer is raised."""
    with pytest.raises(AuthenticationError) as caught:
        call(client_of(TokenCredentialAuth(AsyncInfo())), SAMPLE_IMAGE_ID)

    assert _bearers(face_emulator) == ["t0ken-1", "t0ken-2"]
    assert "t0ken" not in f"{caught.value!r}"


@pytest.mark.parametrize("form", ["async"])
@pytest.mark.parametrize("kind", [*SYNC, *ASYNC])
def test_refreshing_in_time(call: Call, client_of: ClientOf, service: Any, clock: Any, kind: type[Issuer]) -> None:
    """The newer function's `refresh_on` is heeded; without one a token is kept until 5 minutes before its end."""
    credential = service(kind(refresh_in=1800, now=clock.time))
    client = client_of(TokenCredentialAuth(credential))
    asked = []

    for seconds in (0, 1799, 2, 1400, 200):
        clock.pass_by(seconds)
        assert call(client, SAMPLE_IMAGE_ID)
        asked.append(len(credential.asked))

    assert asked == ([1, 1, 2, 2, 2] if kind in (Info, AsyncInfo) else [1, 1, 1, 1, 2])


@pytest.mark.parametrize("form", ["async"])
@pytest.mark.parametrize("kind", [Plain, AsyncPlain])
def test_the_credentials_own_error_arrives(
    call: Call, client_of: ClientOf, face_emulator: Emulator, kind: type[Issuer]
) -> None:
    """When the credential cannot sign in, its own exception is raised, and nothing is sent."""
    credential = kind()
    credential.problem = OSError("no network")

    with pytest.raises(OSError, match="no network") as caught:
        call(client_of(TokenCredentialAuth(credential)), SAMPLE_IMAGE_ID)  # type: ignore[arg-type]

    assert caught.value is credential.problem
    assert face_emulator.requests == ()


@pytest.mark.parametrize("form", ["async"])
def test_a_failed_renewal_is_a_warning(
    call: Call, client_of: ClientOf, service: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """While the old token is good, it is used when no new one can be had; the log says so, without secrets."""
    caplog.set_level(logging.WARNING, "face_client_auth")
    credential = service(AsyncInfo(refresh_in=-1))
    client = client_of(TokenCredentialAuth(credential))
    call(client, SAMPLE_IMAGE_ID)
    credential.problem = OSError("s3cret")

    images = [call(client, SAMPLE_IMAGE_ID) for _ in range(3)]

    assert all(images)
    assert len(credential.asked) == 2
    assert [record.levelname for record in caplog.records if record.name == "face_client_auth"] == ["WARNING"]
    assert "s3cret" not in caplog.text
    assert "t0ken" not in caplog.text


def test_nothing_is_shown() -> None:
    """Neither the token nor what the credential holds is in the repr or in a signed request."""
    auth = TokenCredentialAuth(Plain())
    request = next(auth.sync_auth_flow(_request()))

    assert repr(auth) == "TokenCredentialAuth()"
    assert "t0ken" not in f"{vars(auth)} {request!r} {request.headers!r}"


class Authority:
    """As much of Microsoft Entra ID as a client secret needs, over TLS on this machine."""

    def __init__(self, folder: Path) -> None:
        ca = trustme.CA()
        self.ca = folder / "ca.pem"
        self.chain = folder / "server.pem"
        ca.cert_pem.write_to_path(self.ca)
        ca.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(self.chain)
        self.requests: list[tuple[str, dict[str, str]]] = []
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                tenant = urlsplit(self.path).path.split("/")[1]
                base = f"{authority.url}/{tenant}"
                self._say(
                    {
                        "issuer": base,
                        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                        "token_endpoint": f"{base}/oauth2/v2.0/token",
                    }
                )

            def do_POST(self) -> None:
                form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                authority.requests.append((self.path, form))
                token = f"entra-token-{len(authority.requests)}"
                self._say({"token_type": "Bearer", "expires_in": 3600, "access_token": token})

            def _say(self, document: dict[str, Any]) -> None:
                body = json.dumps(document).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}"

    def __enter__(self) -> "Authority":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def credential(self, identity: Any, **options: Any) -> Any:
        """A ClientSecretCredential of azure-identity's sync or async module, which asks here."""
        return identity.ClientSecretCredential(
            "tenant",
            "app",
            "s3cret",
            authority=self.url,
            disable_instance_discovery=True,
            connection_verify=str(self.ca),
            **options,
        )


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """One authority for all tests."""
    with Authority(tmp_path_factory.mktemp("authority")) as authority:
        yield authority


@pytest.fixture
def authority(authorities: Authority) -> Authority:
    """An authority of which nothing has been asked yet."""
    authorities.requests.clear()
    return authorities


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, authority: Authority, face_emulator: Emulator) -> pytest.MonkeyPatch:
    """An environment with the emulator's endpoint and a client secret for the authority.

    The tenant is AD FS, since for others azure-identity asks Microsoft about the authority first.
    """
    for name in ("FACE_APIKEY", "FACE_KEY", "HTTPS_PROXY", "ALL_PROXY", "AZURE_TOKEN_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FACE_ENDPOINT", face_emulator.endpoint)
    monkeypatch.setenv("AZURE_TENANT_ID", "adfs")
    monkeypatch.setenv("AZURE_CLIENT_ID", "app")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "s3cret")
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", authority.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.ca))
    face_emulator.token = "entra-token-1"
    return monkeypatch


def test_the_credentials_of_azure_identity_are_accepted() -> None:
    """The classes that azure-identity has for programs, developers and persons are credentials, sync and async."""
    identity = pytest.importorskip("azure.identity")
    aio = pytest.importorskip("azure.identity.aio")

    for credential, form in (
        (identity.ClientSecretCredential("tenant", "app", "s3cret"), "sync"),
        (identity.DefaultAzureCredential(), "sync"),
        (identity.InteractiveBrowserCredential(), "sync"),
        # Its constructor needs aiohttp, but not its functions, which tell that it is async.
        (aio.ClientSecretCredential.__new__(aio.ClientSecretCredential), "async"),
    ):
        auth = TokenCredentialAuth(credential)
        assert repr(auth) == "TokenCredentialAuth()"
        if form == "async":
            with pytest.raises(TypeError, match="is async"):
                next(auth.sync_auth_flow(_request()))


def test_a_client_secret_downloads_the_image(call: Call, make_client: Callable[..., Any], authority: Authority) -> None:
    """With azure-identity's ClientSecretCredential a token comes from the authority, and the image for it, over TLS."""
    identity = pytest.importorskip("azure.identity")
    credential = authority.credential(identity)
    verify = ssl.create_default_context(cafile=authority.ca)

    with Emulator(certfile=authority.chain, token="entra-token-1") as face:
        client = make_client(face.endpoint, auth=TokenCredentialAuth(credential), httpx_args={"verify": verify})
        images = [call(client, SAMPLE_IMAGE_ID) for _ in range(3)]

        assert images == [face.images[SAMPLE_IMAGE_ID]] * 3
        assert _bearers(face) == ["entra-token-1"] * 3
    ((path, form),) = authority.requests
    assert path == "/tenant/oauth2/v2.0/token"
    assert (form["grant_type"], form["client_id"], form["client_secret"]) == ("client_credentials", "app", "s3cret")
    assert form["scope"] == SCOPE


@pytest.mark.parametrize("form", ["async"])
def test_a_challenge_reaches_the_authority(
    call: Call, authority: Authority, client_of: ClientOf, face_emulator: Emulator
) -> None:
    """The claims of a challenge get through azure-identity to the authority, past its cache."""
    identity = pytest.importorskip("azure.identity")
    credential = authority.credential(identity)
    client = client_of(TokenCredentialAuth(credential))
    face_emulator.token = "entra-token-1"
    call(client, SAMPLE_IMAGE_ID)
    face_emulator.token = "entra-token-2"
    face_emulator.faults.add(Fault(status=401, headers={"WWW-Authenticate": CHALLENGE}, times=1))

    assert call(client, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]

    assert len(authority.requests) == 2
    assert json.loads(authority.requests[1][1]["claims"])["access_token"]["nbf"]["value"] == "1604106651"


@pytest.mark.anyio
async def test_an_async_client_secret_downloads_the_image(authority: Authority, face_emulator: Emulator) -> None:
    """With azure-identity's async ClientSecretCredential the same works on the event loop."""
    aio = pytest.importorskip("azure.identity.aio")
    pytest.importorskip("aiohttp", reason="azure.identity.aio needs aiohttp, which the extra `entra` brings")
    face_emulator.token = "entra-token-1"
    credential = authority.credential(aio)

    async with credential, AsyncClient(face_emulator.endpoint, auth=TokenCredentialAuth(credential)) as client:
        assert await client.get_session_image(SAMPLE_IMAGE_ID)

    assert len(authority.requests) == 1


def test_connect_takes_azure_identity(
    environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, authority: Authority, face_emulator: Emulator
) -> None:
    """Without a key, `connect` signs in with DefaultAzureCredential, says so at INFO, and the image arrives."""
    pytest.importorskip("azure.identity")
    caplog.set_level(logging.INFO)

    with connect() as client:
        assert repr(client).endswith("auth=TokenCredentialAuth)")
        assert client.get_session_image(SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]

    assert [(path, form["client_secret"]) for path, form in authority.requests] == [
        ("/adfs/oauth2/v2.0/token", "s3cret")
    ]
    mine = [record for record in caplog.records if record.name == "face_client_auth"]
    assert [(record.levelname, record.getMessage()) for record in mine] == [
        ("INFO", "signing in with azure-identity's DefaultAzureCredential")
    ]
    assert "s3cret" not in caplog.text
    assert "entra-token" not in caplog.text


def test_a_key_in_the_environment_wins(
    environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, authority: Authority, face_emulator: Emulator
) -> None:
    """FACE_APIKEY wins over azure-identity, and the log says so without the key."""
    caplog.set_level(logging.INFO)
    environment.setenv("FACE_APIKEY", "emulator-key")

    with connect() as client:
        assert client.get_session_image(SAMPLE_IMAGE_ID)

    assert authority.requests == []
    assert _bearers(face_emulator) == []
    assert "signing in with the key in FACE_APIKEY" in caplog.messages
    assert "emulator-key" not in caplog.text


@pytest.mark.parametrize("auth", [BearerTokenAuth("entra-token-1"), SubscriptionKeyAuth("emulator-key")])
def test_an_argument_wins_over_both(
    environment: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    authority: Authority,
    face_emulator: Emulator,
    auth: httpx.Auth,
) -> None:
    """What is passed to `connect` wins over the environment, and nothing is logged about it."""
    caplog.set_level(logging.INFO)
    environment.setenv("FACE_APIKEY", "wrong")

    with connect(credential=auth) as client:
        assert client.get_session_image(SAMPLE_IMAGE_ID)

    assert authority.requests == []
    assert len(face_emulator.requests) == 1
    assert not [record for record in caplog.records if record.name == "face_client_auth"]
