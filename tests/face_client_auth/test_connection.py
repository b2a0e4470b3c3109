"""`connect` and `connect_async`: clients that are signed in, from arguments or from the environment."""

import inspect
import logging
import sys
from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import anyio
import httpx
import pytest

import face_client_auth
from face_client import AsyncClient, Client
from face_client.document import API_VERSION
from face_client_auth import BearerTokenAuth, SubscriptionKeyAuth, TokenCredentialAuth, connect, connect_async
from face_emulator import SAMPLE_IMAGE_ID, Emulator

ENDPOINT = "https://contoso.cognitiveservices.azure.com"
OTHER = "https://other.cognitiveservices.azure.com"
CLIENTS: dict[Any, Any] = {connect: Client, connect_async: AsyncClient}
Connect = Callable[..., Any]
Environment = Callable[..., None]
Download = Callable[..., bytes]


class AccessToken(NamedTuple):
    token: str
    expires_on: float


class Key:
    """As azure-core's AzureKeyCredential."""

    def __init__(self, key: Any) -> None:
        self.key = key


class Credential:
    """A sync credential with azure-core's older method."""

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("emulator-token", 9e9)


class InfoCredential:
    """A sync credential with azure-core's newer method."""

    def get_token_info(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("emulator-token", 9e9)


class AsyncCredential:
    """An async credential with azure-core's older method."""

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("emulator-token", 9e9)


class AsyncInfoCredential:
    """An async credential with azure-core's newer method."""

    async def get_token_info(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("emulator-token", 9e9)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Unsets the variables that are read, and sets them, as `environment(FACE_KEY=...)`; azure-identity is missing."""
    monkeypatch.setitem(sys.modules, "azure.identity", None)

    def put(**variables: str | None) -> None:
        for name in ("FACE_ENDPOINT", "FACE_APIKEY", "FACE_KEY"):
            monkeypatch.delenv(name, raising=False)
            if (value := variables.get(name)) is not None:
                monkeypatch.setenv(name, value)

    put()
    return put


@pytest.fixture(params=[connect, connect_async])
def either(request: pytest.FixtureRequest) -> Connect:
    """`connect` and `connect_async`."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def download(either: Connect) -> Download:
    """Downloads the sample image with a client of either function, as `download(*arguments of the function)`."""

    async def download_async(args: Any, options: Any) -> bytes:
        async with connect_async(*args, **options) as client:
            return await client.get_session_image(SAMPLE_IMAGE_ID)

    def download(*args: Any, **options: Any) -> bytes:
        if either is connect_async:
            return anyio.run(download_async, args, options)
        with connect(*args, **options) as client:
            return client.get_session_image(SAMPLE_IMAGE_ID)

    return download


def _sent(emulator: Emulator) -> list[tuple[str, str]]:
    """The credentials that arrived."""
    names = ("authorization", "ocp-apim-subscription-key")
    return [header for request in emulator.requests for header in request.headers.items() if header[0] in names]


def test_the_public_names() -> None:
    """What the package offers is listed here once more, so that a change of it is seen."""
    assert face_client_auth.__all__ == [
        "AsyncCredential",
        "AuthorizationCodeAuth",
        "BearerTokenAuth",
        "Credential",
        "SignInError",
        "SubscriptionKeyAuth",
        "TokenCredentialAuth",
        "TokenStore",
        "connect",
        "connect_async",
    ]
    assert all(hasattr(face_client_auth, name) for name in face_client_auth.__all__)


def test_every_option_of_the_client_is_an_option(either: Connect) -> None:
    """Each function takes the options of its client, with the same types and defaults."""
    theirs = dict(inspect.signature(CLIENTS[either]).parameters)
    ours = dict(inspect.signature(either).parameters)

    del theirs["endpoint"], theirs["auth"]
    assert list(ours)[:2] == ["endpoint", "credential"]
    assert list(ours.values())[2:] == list(theirs.values())


@pytest.mark.parametrize(
    ("credential", "sent"),
    [
        ("emulator-key", ("ocp-apim-subscription-key", "emulator-key")),
        (Key("emulator-key"), ("ocp-apim-subscription-key", "emulator-key")),
        (SubscriptionKeyAuth("emulator-key"), ("ocp-apim-subscription-key", "emulator-key")),
        (Credential(), ("authorization", "Bearer emulator-token")),
        (InfoCredential(), ("authorization", "Bearer emulator-token")),
        (BearerTokenAuth("emulator-token"), ("authorization", "Bearer emulator-token")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_credentials(download: Download, face_emulator: Emulator, credential: Any, sent: tuple[str, str]) -> None:
    """A key, an object with a key, a credential with either method, and an auth are credentials."""
    assert download(face_emulator.endpoint, credential) == face_emulator.images[SAMPLE_IMAGE_ID]

    assert _sent(face_emulator) == [sent]


@pytest.mark.parametrize("credential", [AsyncCredential(), AsyncInfoCredential()])
@pytest.mark.parametrize("either", [connect_async], indirect=True)
def test_async_credentials(download: Download, face_emulator: Emulator, credential: Any) -> None:
    """An async client also takes an async credential."""
    assert download(face_emulator.endpoint, credential) == face_emulator.images[SAMPLE_IMAGE_ID]

    assert _sent(face_emulator) == [("authorization", "Bearer emulator-token")]


@pytest.mark.parametrize("credential", [AsyncCredential(), AsyncInfoCredential()])
def test_a_sync_client_refuses_an_async_credential_at_once(credential: Any) -> None:
    """An async credential, or its auth, is a TypeError before any call, which names the other function."""
    for each in (credential, TokenCredentialAuth(credential)):
        with pytest.raises(TypeError, match=r"^the credential is async: use connect_async$"):
            connect(ENDPOINT, each)


def test_the_functions_make_their_clients(either: Connect) -> None:
    """`connect` returns a Client, and `connect_async` an AsyncClient, without being awaited; nothing is sent."""
    client = either(ENDPOINT, "key")

    assert type(client) is CLIENTS[either]
    assert repr(client) == f"{type(client).__name__}('{ENDPOINT}/face/{API_VERSION}', auth=SubscriptionKeyAuth)"


@pytest.mark.parametrize("credential", [b"s3cret", ["s3cret"], {"key": "s3cret"}, 53, object(), lambda: "s3cret"])
def test_what_is_no_credential_is_refused(either: Connect, environment: Environment, credential: Any) -> None:
    """Anything else is a TypeError, which names its type and what is accepted; the environment does not stand in."""
    environment(FACE_APIKEY="key-of-the-environment")
    accepted = "a key, an object with a key attribute, a credential with get_token or get_token_info, or an httpx.Auth"

    with pytest.raises(TypeError) as caught:
        either(ENDPOINT, credential)

    assert str(caught.value) == f"credential must be {accepted}, not {type(credential).__name__}"


@pytest.mark.parametrize("credential", ["", "s3\r\ncret", Key(""), Key("s3 cret"), Key(b"s3cret"), Key(None)])
def test_what_is_no_key_is_refused(either: Connect, credential: Any) -> None:
    """A key that cannot be sent is refused at once, as text and as an attribute, and not repeated."""
    with pytest.raises((TypeError, ValueError), match=r"^key (is empty|contains|must be a string, not )") as caught:
        either(ENDPOINT, credential)

    assert "s3" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


@pytest.mark.parametrize("name", ["FACE_APIKEY", "FACE_KEY"])
def test_from_the_environment(
    download: Download,
    face_emulator: Emulator,
    environment: Environment,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    """Without arguments both come from the environment, and the log says which variable the key is from."""
    caplog.set_level(logging.INFO, "face_client_auth")
    environment(FACE_ENDPOINT=face_emulator.endpoint, **{name: "emulator-key"})

    assert download() == face_emulator.images[SAMPLE_IMAGE_ID]

    assert _sent(face_emulator) == [("ocp-apim-subscription-key", "emulator-key")]
    mine = [record for record in caplog.records if record.name == "face_client_auth"]
    assert [(each.levelname, each.getMessage()) for each in mine] == [("INFO", f"signing in with the key in {name}")]


@pytest.mark.parametrize("either", [connect], indirect=True)
@pytest.mark.parametrize(("first", "expected"), [("one", "one"), ("", "two")])
def test_face_apikey_comes_first(
    download: Download, face_emulator: Emulator, environment: Environment, first: str, expected: str
) -> None:
    """FACE_APIKEY comes before FACE_KEY, unless it is empty."""
    environment(FACE_APIKEY=first, FACE_KEY="two")
    face_emulator.key = expected

    assert download(face_emulator.endpoint)

    assert _sent(face_emulator) == [("ocp-apim-subscription-key", expected)]


def test_arguments_win(download: Download, face_emulator: Emulator, environment: Environment) -> None:
    """Arguments win over the environment."""
    environment(FACE_ENDPOINT=OTHER, FACE_APIKEY="key-of-the-environment")

    assert download(face_emulator.endpoint, BearerTokenAuth("emulator-token"))

    assert _sent(face_emulator) == [("authorization", "Bearer emulator-token")]


@pytest.mark.parametrize("either", [connect], indirect=True)
def test_one_of_each(download: Download, face_emulator: Emulator, environment: Environment) -> None:
    """An argument may stand beside a variable, either way round."""
    environment(FACE_ENDPOINT=face_emulator.endpoint)
    assert download(credential="emulator-key")

    environment(FACE_APIKEY="emulator-key")
    assert download(face_emulator.endpoint)


@pytest.mark.parametrize("empty", [None, ""])
def test_what_is_missing_is_named(either: Connect, environment: Environment, empty: str | None) -> None:
    """One message names all that is missing and the ways to give it; an empty variable counts as not set."""
    for endpoint_given, key_given in product([None, "argument", "environment"], repeat=2):
        environment(
            FACE_ENDPOINT=ENDPOINT if endpoint_given == "environment" else empty,
            FACE_APIKEY="key" if key_given == "environment" else empty,
            FACE_KEY=empty,
        )
        endpoint = ENDPOINT if endpoint_given == "argument" else None
        credential = "key" if key_given == "argument" else None

        if endpoint_given and key_given:
            assert either(endpoint, credential).endpoint == ENDPOINT
            continue
        with pytest.raises(ValueError, match=r"^cannot connect without ") as caught:
            either(endpoint, credential)

        message = str(caught.value)
        assert ("endpoint=" in message, "FACE_ENDPOINT" in message) == (not endpoint_given,) * 2
        assert ("credential=" in message, "FACE_APIKEY" in message) == (not key_given,) * 2


def test_options_are_passed_on(either: Connect) -> None:
    """Each number reaches the client, which checks it."""
    options = {"deadline": 5.0, "stall_timeout": 6.0, "max_retries": 7}
    client = either(ENDPOINT, "key", **options)

    assert {name: getattr(client, name) for name in options} == options
    for name in ("timeout", "requests_per_second", *options):
        with pytest.raises(ValueError, match=f"^{name} "):
            either(ENDPOINT, "key", **{name: -1})


def test_requests_have_the_options(download: Download, face_emulator: Emulator) -> None:
    """Each option that is a part of the requests reaches them."""
    options = {"api_version": "v1.3-preview.1", "headers": {"X-Team": "a"}, "httpx_args": {"cookies": {"b": "c"}}}

    assert download(face_emulator.endpoint, "emulator-key", **options)

    assert face_emulator.requests[0].path.startswith("/face/v1.3-preview.1/")
    assert {("x-team", "a"), ("cookie", "b=c")} <= set(face_emulator.requests[0].headers.items())


def test_an_unknown_option_is_refused(either: Connect) -> None:
    """A misspelt option is refused, not left out."""
    with pytest.raises(TypeError, match="max_retires"):
        either(ENDPOINT, "key", max_retires=3)


@pytest.mark.parametrize("name", ["FACE_APIKEY", "FACE_KEY"])
@pytest.mark.parametrize("key", ["s3cret\n", "'s3cret '"])
def test_a_bad_key_in_the_environment_is_named(either: Connect, environment: Environment, name: str, key: str) -> None:
    """A key that cannot be sent is blamed on its variable, and nowhere repeated."""
    environment(FACE_ENDPOINT=ENDPOINT, **{name: key})

    with pytest.raises(ValueError, match=f"^{name} cannot be used: ") as caught:
        either()

    assert "s3" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


def test_a_bad_key_in_the_environment_is_not_read_in_vain(either: Connect, environment: Environment) -> None:
    """A key that cannot be sent does no harm where another credential is passed."""
    environment(FACE_ENDPOINT=ENDPOINT, FACE_APIKEY="s3cret\n")

    assert repr(either(credential=BearerTokenAuth("token"))).endswith("auth=BearerTokenAuth)")


@pytest.mark.parametrize("endpoint", ["http://contoso.example", "  "])
def test_a_bad_endpoint_is_refused(either: Connect, environment: Environment, endpoint: str) -> None:
    """An endpoint that cannot be used is refused; if it comes from FACE_ENDPOINT, the message says so."""
    with pytest.raises(ValueError, match=r"^endpoint "):
        either(endpoint, "key")
    environment(FACE_ENDPOINT=endpoint)
    with pytest.raises(ValueError, match=r"^FACE_ENDPOINT cannot be used: endpoint "):
        either(credential="key")


def test_another_error_is_not_blamed_on_the_endpoint(either: Connect, environment: Environment) -> None:
    """An option that is out of range is named, also with an endpoint from the environment."""
    environment(FACE_ENDPOINT=ENDPOINT)

    with pytest.raises(ValueError, match=r"^max_retries "):
        either(credential="key", max_retries=-1)


def test_azure_identity_is_the_last_resort(
    either: Connect, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where azure-identity is installed it stands in for a key that is missing, and for no credential that is there."""
    monkeypatch.delitem(sys.modules, "azure.identity")
    pytest.importorskip("azure.identity")

    assert repr(either(ENDPOINT)).endswith("auth=TokenCredentialAuth)")
    assert repr(either(ENDPOINT, BearerTokenAuth("token"))).endswith("auth=BearerTokenAuth)")
    environment(FACE_KEY="key")
    assert repr(either(ENDPOINT)).endswith("auth=SubscriptionKeyAuth)")


PUBLIC = "https://cognitiveservices.azure.com/.default"
GOVERNMENT = "https://cognitiveservices.azure.us/.default"
CHINA = "https://cognitiveservices.azure.cn/.default"
CLOUDS = [
    ("https://contoso.cognitiveservices.azure.com", PUBLIC),
    ("https://contoso.cognitiveservices.azure.us", GOVERNMENT),
    ("contoso.cognitiveservices.azure.us", GOVERNMENT),
    (" https://Contoso.CognitiveServices.Azure.US.:443/face ", GOVERNMENT),
    ("https://contoso.privatelink.cognitiveservices.azure.us/", GOVERNMENT),
    ("https://contoso.cognitiveservices.azure.cn", CHINA),
    ("https://gateway.example/contoso.cognitiveservices.azure.us", PUBLIC),
    ("https://azure.us.example", PUBLIC),
    ("https://notazure.us", PUBLIC),
    ("https://10.0.0.4", PUBLIC),
    ("http://[::1]:8000", PUBLIC),
]


class Scopes(Credential):
    """Keeps the scopes that it is asked for."""

    def __init__(self) -> None:
        self.scopes: list[tuple[str, ...]] = []

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.scopes.append(scopes)
        return super().get_token(*scopes, **options)


def _asked(client: Any, credential: Scopes) -> list[tuple[str, ...]]:
    """The scopes of a request, which is not sent."""
    auth = client._auth
    next(auth.sync_auth_flow(httpx.Request("GET", client.endpoint)))
    return credential.scopes


@pytest.mark.parametrize(("endpoint", "scope"), CLOUDS)
def test_the_scope_is_that_of_the_endpoints_cloud(
    either: Connect, environment: Environment, endpoint: str, scope: str
) -> None:
    """A credential is asked for a token of the cloud that the endpoint, given or of the environment, belongs to."""
    assert _asked(either(endpoint, given := Scopes()), given) == [(scope,)]
    environment(FACE_ENDPOINT=endpoint)
    assert _asked(either(credential=(other := Scopes())), other) == [(scope,)]


def test_other_scopes_win_over_the_cloud(either: Connect) -> None:
    """Scopes that are passed are asked for, whatever the endpoint is."""
    credential = Scopes()
    auth = TokenCredentialAuth(credential, scopes="api://gateway/.default")

    assert _asked(either("https://contoso.cognitiveservices.azure.us", auth), credential) == [
        ("api://gateway/.default",)
    ]


@pytest.mark.parametrize(
    ("endpoint", "variable", "authority", "scope"),
    [
        ("https://contoso.cognitiveservices.azure.us", None, "https://login.microsoftonline.us", GOVERNMENT),
        ("https://contoso.cognitiveservices.azure.us", "", "https://login.microsoftonline.us", GOVERNMENT),
        ("https://contoso.cognitiveservices.azure.cn", None, "https://login.chinacloudapi.cn", CHINA),
        ("https://contoso.cognitiveservices.azure.us", "https://adfs.example", "https://adfs.example", GOVERNMENT),
        (ENDPOINT, None, "https://login.microsoftonline.com", PUBLIC),
    ],
)
def test_azure_identity_signs_in_to_the_endpoints_cloud(
    either: Connect,
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
    variable: str | None,
    authority: str,
    scope: str,
) -> None:
    """DefaultAzureCredential asks the authority of the endpoint's cloud, unless AZURE_AUTHORITY_HOST names another."""
    monkeypatch.delitem(sys.modules, "azure.identity")
    identity = pytest.importorskip("azure.identity")
    asked: list[tuple[str, tuple[str, ...]]] = []

    def get_token_info(self: Any, *scopes: str, **_options: Any) -> AccessToken:
        asked.append((self._credential._authority, scopes))
        return AccessToken("token", 9e9)

    monkeypatch.setattr(identity.EnvironmentCredential, "get_token_info", get_token_info)
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, "adfs")
    monkeypatch.delenv("AZURE_AUTHORITY_HOST", raising=False)
    if variable is not None:
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", variable)

    next(either(endpoint)._auth.sync_auth_flow(httpx.Request("GET", endpoint)))

    assert asked == [(authority, (scope,))]
