"""The arguments of both clients, and what they show of them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from face_client import AsyncClient, Client, __version__
from face_client.document import API_VERSION
from face_client_auth import BearerTokenAuth, SubscriptionKeyAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator

CONTOSO = "https://contoso.cognitiveservices.azure.com"
KEY = "0123456789abcdef0123456789ABCDEF"


@pytest.mark.parametrize(
    "auth", [SubscriptionKeyAuth(KEY), BearerTokenAuth(KEY), httpx.BasicAuth("user", KEY), BearerTokenAuth(lambda: KEY)]
)
def test_repr_shows_no_secret(auth: httpx.Auth) -> None:
    """The repr of a client says where it goes and how it signs in, and never with what."""
    for kind in (Client, AsyncClient):
        client = kind(CONTOSO, auth=auth, headers={"Authorization": KEY}, httpx_args={"headers": {"X-Key": KEY}})

        assert repr(client) == f"{kind.__name__}('{CONTOSO}/face/{API_VERSION}', auth={type(auth).__name__})"
        assert repr(kind(CONTOSO)) == f"{kind.__name__}('{CONTOSO}/face/{API_VERSION}', auth=None)"
        assert KEY not in f"{client} {auth!r}"


@pytest.mark.parametrize(
    "auth", [KEY, KEY.encode(), ("user", KEY), {"key": KEY}, lambda: KEY, SubscriptionKeyAuth, "", 0]
)
def test_an_auth_of_another_type_is_refused(auth: object) -> None:
    """A key that is passed as it is, in place of an httpx.Auth, is refused and not repeated."""
    for kind in (Client, AsyncClient):
        with pytest.raises(TypeError, match=f"auth must be an httpx.Auth, not {type(auth).__name__}") as caught:
            kind(CONTOSO, auth=auth)  # type: ignore[arg-type]

        assert KEY not in str(caught.value)


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\nb", "a\0", " a", "a "])
def test_a_header_that_cannot_be_sent_is_refused(value: str) -> None:
    """A header with a line break, another control character or outer blanks is refused, and its value not repeated."""
    with pytest.raises(ValueError, match="the header X-Team has") as caught:
        Client(CONTOSO, headers={"X-Team": KEY + value if value[0] != " " else value + KEY})

    assert KEY not in str(caught.value)


def test_headers_of_the_caller_are_added(make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """Headers of the caller go with every request, beside the client's own, each once; the mapping is copied."""
    mine = {"X-Correlation": "abc", "x-team": "a"}
    client = make_client(face_emulator.endpoint, headers=mine)
    mine["x-team"] = "b"

    for _ in range(2):
        client.get_session_image(SAMPLE_IMAGE_ID)

    assert mine == {"X-Correlation": "abc", "x-team": "b"}
    for request in face_emulator.requests:
        headers = request.headers
        assert len(set(headers)) == len(headers)
        assert (headers["x-correlation"], headers["x-team"]) == ("abc", "a")
        assert headers["user-agent"] == f"face-client/{__version__}"
        assert headers["ocp-apim-subscription-key"] == "emulator-key"


@pytest.mark.parametrize("name", ["User-Agent", "USER-AGENT"])
def test_the_user_agent_can_be_replaced(make_client: Callable[..., Client], face_emulator: Emulator, name: str) -> None:
    """A caller's User-Agent, spelled in any case, stands in place of the client's own."""
    make_client(face_emulator.endpoint, headers={name: "mine/1"}).get_session_image(SAMPLE_IMAGE_ID)

    assert face_emulator.requests[0].headers.getlist("user-agent") == ["mine/1"]


@pytest.mark.parametrize("name", ["Accept", "accept-encoding"])
def test_what_is_accepted_cannot_be_replaced(
    make_client: Callable[..., Client], face_emulator: Emulator, name: str
) -> None:
    """What the operation accepts is its own business: its checks rely on it."""
    client = make_client(face_emulator.endpoint, headers={name: "text/html, gzip"})

    client.get_session_image(SAMPLE_IMAGE_ID)

    sent = face_emulator.requests[0].headers
    assert sent.getlist("accept") == ["application/octet-stream, application/json"]
    assert sent.getlist("accept-encoding") == ["identity"]


@pytest.mark.parametrize("api_version", ["", ".", ".."])
def test_an_api_version_that_means_another_path_is_refused(api_version: str) -> None:
    """An API version cannot take a segment of the path away."""
    for kind in (Client, AsyncClient):
        with pytest.raises(ValueError, match="api_version must not be"):
            kind(CONTOSO, api_version=api_version)


def test_an_api_version_that_is_no_text_is_refused() -> None:
    """None as the API version is refused, in place of a path with `None` in it."""
    with pytest.raises(TypeError, match="api_version must be a string"):
        Client(CONTOSO, api_version=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("api_version", "segment"),
    [("v1.3-preview.1", "v1.3-preview.1"), ("a/b?x=1#", "a%2Fb%3Fx%3D1%23"), ("%2e", "%252e")],
)
def test_an_api_version_is_one_segment(api_version: str, segment: str) -> None:
    """An API version cannot change the shape of the path."""
    for kind in (Client, AsyncClient):
        assert kind(CONTOSO, api_version=api_version).base_url == f"{CONTOSO}/face/{segment}"


def test_the_endpoint_may_repeat_the_path() -> None:
    """The path that the client adds itself may stand in the endpoint, with the API version in use."""
    assert Client(f"{CONTOSO}/face/{API_VERSION}").endpoint == CONTOSO
    assert Client(f"{CONTOSO}/face/v1.3-preview.1", api_version="v1.3-preview.1").endpoint == CONTOSO
    assert Client(f"{CONTOSO}/face/{API_VERSION}", api_version="v9").endpoint == f"{CONTOSO}/face/{API_VERSION}"


@pytest.mark.parametrize("prefix", ["", "/face", "/ai/face/prod", "/face/v1.1"])
def test_a_gateway_is_asked_below_its_prefix(raw_server: Callable[..., Any], prefix: str) -> None:
    """The requests go to the path that the endpoint has, with or without the documented path at its end."""
    server = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    for documented in ("", "/", f"/face/{API_VERSION}"):
        with Client(f"{server.endpoint}{prefix}{documented}") as client:
            client.get_session_image("id")

    assert {request.split()[1].decode() for request in server.requests} == {
        f"{prefix}/face/{API_VERSION}/sessionImages/id"
    }


def test_an_endpoint_that_a_key_must_not_go_to_is_refused() -> None:
    """Over plain http, everyone on the way could read the key."""
    for kind in (Client, AsyncClient):
        with pytest.raises(ValueError, match="must use https"):
            kind("http://contoso.cognitiveservices.azure.com")
