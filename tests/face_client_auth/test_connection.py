"""`connect`: a client that is signed in, from arguments or from the environment."""

import sys
from collections.abc import Callable
from itertools import product

import httpx
import pytest

import face_client_auth
from face_client import Client
from face_client.api.liveness_session_operations import get_session_image
from face_client.document import API_VERSION
from face_client_auth import BearerTokenAuth, SubscriptionKeyAuth, connect
from face_emulator import SAMPLE_IMAGE_ID, Emulator

ENDPOINT = "https://contoso.cognitiveservices.azure.com"
OTHER = "https://other.cognitiveservices.azure.com"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None, str | None], None]:
    """Empties the environment of what `connect` reads, and sets it as told; azure-identity is as if not installed."""
    monkeypatch.setitem(sys.modules, "azure.identity", None)

    def put(endpoint: str | None, key: str | None) -> None:
        for name, value in (("FACE_ENDPOINT", endpoint), ("FACE_APIKEY", key)):
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    put(None, None)
    return put


Environment = Callable[[str | None, str | None], None]


def test_the_public_names() -> None:
    """What the package offers is listed here once more, so that a change of it is seen."""
    assert face_client_auth.__all__ == [
        "AuthorizationCodeAuth",
        "BearerTokenAuth",
        "SignInError",
        "SubscriptionKeyAuth",
        "TokenCredentialAuth",
        "TokenStore",
        "connect",
    ]
    assert all(hasattr(face_client_auth, name) for name in face_client_auth.__all__)


def test_from_arguments(face_emulator: Emulator) -> None:
    """With both arguments the environment is not needed."""
    with connect(face_emulator.endpoint, SubscriptionKeyAuth("emulator-key")) as client:
        assert isinstance(client, Client)
        image = get_session_image.sync(SAMPLE_IMAGE_ID, client=client)

    assert image == face_emulator.images[SAMPLE_IMAGE_ID]


def test_from_the_environment(face_emulator: Emulator, environment: Environment) -> None:
    """Without arguments both come from the environment."""
    environment(face_emulator.endpoint, "emulator-key")

    with connect() as client:
        image = get_session_image.sync(SAMPLE_IMAGE_ID, client=client)

    assert image == face_emulator.images[SAMPLE_IMAGE_ID]
    assert ("ocp-apim-subscription-key", "emulator-key") in face_emulator.requests[0].headers


def test_arguments_win(face_emulator: Emulator, environment: Environment) -> None:
    """Arguments win over the environment, each for itself."""
    environment(OTHER, "key-of-the-environment")

    with connect(face_emulator.endpoint, BearerTokenAuth("emulator-token")) as client:
        get_session_image.sync(SAMPLE_IMAGE_ID, client=client)

    headers = dict(face_emulator.requests[0].headers)
    assert headers["authorization"] == "Bearer emulator-token"
    assert "ocp-apim-subscription-key" not in headers


def test_one_of_each(face_emulator: Emulator, environment: Environment) -> None:
    """An argument may stand beside a variable, either way round."""
    environment(face_emulator.endpoint, None)
    with connect(auth=SubscriptionKeyAuth("emulator-key")) as client:
        assert get_session_image.sync(SAMPLE_IMAGE_ID, client=client)

    environment(None, "emulator-key")
    with connect(face_emulator.endpoint) as client:
        assert get_session_image.sync(SAMPLE_IMAGE_ID, client=client)


@pytest.mark.parametrize("empty", [None, ""])
def test_what_is_missing_is_named(environment: Environment, empty: str | None) -> None:
    """What is missing is named with the ways to give it, and what is there is not named. An empty variable is none."""
    for endpoint_given, auth_given in product([None, "argument", "environment"], repeat=2):
        environment(
            ENDPOINT if endpoint_given == "environment" else empty, "key" if auth_given == "environment" else empty
        )
        endpoint = ENDPOINT if endpoint_given == "argument" else None
        auth = SubscriptionKeyAuth("key") if auth_given == "argument" else None

        if endpoint_given and auth_given:
            assert repr(connect(endpoint, auth)) == f"Client('{ENDPOINT}/face/{API_VERSION}', auth=SubscriptionKeyAuth)"
            continue
        with pytest.raises(ValueError, match=r"^cannot connect without ") as caught:
            connect(endpoint, auth)

        message = str(caught.value)
        assert ("endpoint=" in message, "FACE_ENDPOINT" in message) == (not endpoint_given,) * 2
        assert ("auth=" in message, "FACE_APIKEY" in message) == (not auth_given,) * 2


def test_options_are_passed_on(face_emulator: Emulator) -> None:
    """Further arguments reach the client."""
    auth = SubscriptionKeyAuth("emulator-key")

    with connect(
        face_emulator.endpoint, auth, timeout=7, headers={"X-Team": "a"}, api_version="v1.3-preview.1"
    ) as client:
        get_session_image.sync(SAMPLE_IMAGE_ID, client=client)
        assert client.get_httpx_client().timeout == httpx.Timeout(7)

    assert face_emulator.requests[0].path.startswith("/face/v1.3-preview.1/")
    assert ("x-team", "a") in face_emulator.requests[0].headers


def test_an_unknown_option_is_refused() -> None:
    """A misspelt option is refused, not left out."""
    with pytest.raises(TypeError, match="time_out"):
        connect(ENDPOINT, SubscriptionKeyAuth("key"), time_out=7)


@pytest.mark.parametrize("key", ["s3cret\n", "'s3cret '"])
def test_a_bad_key_in_the_environment_is_named(environment: Environment, key: str) -> None:
    """A key that cannot be used is blamed on FACE_APIKEY, and nowhere repeated."""
    environment(ENDPOINT, key)

    with pytest.raises(ValueError, match=r"^FACE_APIKEY cannot be used: ") as caught:
        connect()

    assert "s3" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


def test_a_bad_key_in_the_environment_is_not_read_in_vain(environment: Environment) -> None:
    """A key that cannot be used does no harm where another way to sign in is given."""
    environment(ENDPOINT, "s3cret\n")

    assert repr(connect(auth=BearerTokenAuth("token"))).endswith("auth=BearerTokenAuth)")


@pytest.mark.parametrize("endpoint", ["http://contoso.example", "  "])
def test_a_bad_endpoint_is_refused(environment: Environment, endpoint: str) -> None:
    """An endpoint that cannot be used is refused, wherever it comes from."""
    with pytest.raises(ValueError, match="endpoint "):
        connect(endpoint, SubscriptionKeyAuth("key"))
    environment(endpoint, "key")
    with pytest.raises(ValueError, match="endpoint "):
        connect()


@pytest.mark.parametrize("key", ["s3cret", ""])
def test_a_key_in_place_of_an_auth_is_refused(environment: Environment, key: str) -> None:
    """A key that is passed as it is, in place of an httpx.Auth, is refused and not repeated; an empty one, too."""
    environment(None, "key-of-the-environment")

    with pytest.raises(TypeError, match=r"auth must be an httpx\.Auth, not str") as caught:
        connect(ENDPOINT, key)  # type: ignore[arg-type]

    assert "s3cret" not in str(caught.value)


def test_azure_identity_is_the_last_resort(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where azure-identity is installed it stands in for a key that is missing, and for no key that is there."""
    monkeypatch.delitem(sys.modules, "azure.identity")
    pytest.importorskip("azure.identity")

    assert repr(connect(ENDPOINT)).endswith("auth=TokenCredentialAuth)")
    assert repr(connect(ENDPOINT, BearerTokenAuth("token"))).endswith("auth=BearerTokenAuth)")
    environment(None, "key")
    assert repr(connect(ENDPOINT)).endswith("auth=SubscriptionKeyAuth)")


def test_nothing_is_sent_yet(face_emulator: Emulator) -> None:
    """`connect` by itself opens no connection."""
    connect(face_emulator.endpoint, SubscriptionKeyAuth("emulator-key"))

    assert face_emulator.requests == ()
