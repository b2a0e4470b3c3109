"""Which endpoints are accepted and what becomes of them, and how a value becomes one segment of a path."""

import datetime
import traceback
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from face_client import Client
from face_client.document import API_VERSION
from face_client.types import UNSET
from face_client_runtime._urls import is_loopback, path_segment

CONTOSO = "https://contoso.cognitiveservices.azure.com"


@pytest.mark.parametrize(
    ("endpoint", "used"),
    [
        (CONTOSO, CONTOSO),
        (f"{CONTOSO}/", CONTOSO),
        (f"{CONTOSO}//", CONTOSO),
        (f"  {CONTOSO}\n", CONTOSO),
        (f"\t{CONTOSO}/ ", CONTOSO),
        ("contoso.cognitiveservices.azure.com", CONTOSO),
        ("contoso.cognitiveservices.azure.com/", CONTOSO),
        ("contoso.cognitiveservices.azure.com:8443", f"{CONTOSO}:8443"),
        ("HTTPS://contoso.cognitiveservices.azure.com", CONTOSO),
        ("Https://contoso.cognitiveservices.azure.com:443/", f"{CONTOSO}:443"),
        (f"{CONTOSO}/face/{API_VERSION}", CONTOSO),
        (f"{CONTOSO}/face/{API_VERSION}/", CONTOSO),
        (f"{CONTOSO}/face", CONTOSO),
        (f"{CONTOSO}/face/", CONTOSO),
        ("https://gateway.example/team/apis", "https://gateway.example/team/apis"),
        ("https://gateway.example/team/apis/", "https://gateway.example/team/apis"),
        (f"https://gateway.example/team/face/{API_VERSION}", "https://gateway.example/team"),
        ("https://gateway.example/face-api", "https://gateway.example/face-api"),
        (f"{CONTOSO}?", CONTOSO),
        (f"{CONTOSO}/?", CONTOSO),
        (f"{CONTOSO}#", CONTOSO),
        ("https://192.0.2.7:8443", "https://192.0.2.7:8443"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://LOCALHOST:8080", "http://LOCALHOST:8080"),
        ("HTTP://localhost", "http://localhost"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.255.255.254", "http://127.255.255.254"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        (f"http://localhost:8080/face/{API_VERSION}", "http://localhost:8080"),
    ],
)
def test_an_endpoint_is_normalized(endpoint: str, used: str) -> None:
    """What people paste as the endpoint is taken for what it means."""
    client = Client(endpoint)

    assert client.endpoint == used
    assert client.base_url == f"{used}/face/{API_VERSION}"


@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("\n", "empty"),
        ("https://", "no host"),
        (f"https:///face/{API_VERSION}", "no host"),
        ("https://:443", "no host"),
        ("https://?", "no host"),
        ("http://contoso.cognitiveservices.azure.com", "must use https"),
        ("http://192.168.0.1", "must use https"),
        ("http://0.0.0.0", "must use https"),
        ("http://128.0.0.1", "must use https"),
        ("http://localhost.evil.invalid", "must use https"),
        ("http://127.0.0.1.evil.invalid", "must use https"),
        ("http://evil-localhost", "must use https"),
        ("http://[2001:db8::1]", "must use https"),
        ("http://[::]", "must use https"),
        ("http://2130706433", "must use https"),
        ("http://0x7f000001", "must use https"),
        ("ftp://contoso.cognitiveservices.azure.com", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        ("ws://localhost", "must begin with https://"),
        ("://contoso.cognitiveservices.azure.com", "must begin with https://"),
        ("//contoso.cognitiveservices.azure.com", "no scheme"),
        (f"/face/{API_VERSION}", "no scheme"),
        ("https:/contoso.cognitiveservices.azure.com", "no scheme"),
        ("https:contoso.cognitiveservices.azure.com", "no scheme"),
        ("javascript:alert(1)", "no scheme"),
        ("contoso", "no scheme"),
        ("localhost:8080", "no scheme"),
        ("127.0.0.1:8080", "no scheme"),
        ("[::1]:8080", "no scheme"),
        ("https://{endpoint}", "placeholder"),
        ("https://{resource-name}.cognitiveservices.azure.com", "placeholder"),
        ("https://<your-resource>.cognitiveservices.azure.com", "placeholder"),
        ("<endpoint>", "placeholder"),
        ("https://con toso.cognitiveservices.azure.com", "blank"),
        ("https://contoso.cognitiveservices.azure.com /face", "blank"),
        ("https://contoso.cognitiveservices\n.azure.com", "blank"),
        ("https://contoso.cognitiveservices.azure.com/\tx", "control character"),
        ("https://contoso\0.cognitiveservices.azure.com", "control character"),
        ("https://contoso.cognitiveservices.azure.com\\@evil.invalid", "backslash"),
        ("https:\\\\contoso.cognitiveservices.azure.com", "backslash"),
        (f"{CONTOSO}/a/../b", "dot"),
        (f"{CONTOSO}/..", "dot"),
        (f"{CONTOSO}/./a", "dot"),
        (f"{CONTOSO}/a//b", "empty"),
        (f"{CONTOSO}/%2e%2e", "percent-encoded"),
        (f"{CONTOSO}/a%2fb", "percent-encoded"),
        (f"{CONTOSO}/face/v1.1", "not plain"),
        (f"{CONTOSO}/face/{API_VERSION}/sessionImages", "not plain"),
        (f"{CONTOSO}/gateway/face", "not plain"),
        (f"{CONTOSO}/face/{API_VERSION}/face/{API_VERSION}", "not plain"),
        ("https://contoso.example:port", "host or port"),
        ("https://contoso.example:65536", "host or port"),
        ("https://contoso.example:-1", "host or port"),
        ("https://[::1", "host or port"),
        ("https://[not-an-address]", "host or port"),
        ("https://xn--zz\u3002\u3002", "host or port"),
    ],
)
def test_an_endpoint_is_refused(endpoint: str, says: str) -> None:
    """An endpoint that a key must not go to, or whose meaning is not plain, is refused in words that say why."""
    with pytest.raises(ValueError, match=f"^endpoint .*{says}"):
        Client(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://user:s3cret@contoso.example",
        "https://s3cret@contoso.example",
        "https://@contoso.example",
        "https://user:s3cret@contoso.example:port",
        "https://user:s3cret@[::1",
        "https://user:s3cret@",
        "https://user:s3cret",
        "https://user:s3cret@c\u2100ntoso.example",
        "https://user:s3cret@con toso.example",
        "https://user:s3cret@{name}.example",
        "http://user:s3cret@contoso.example",
        "http://user:s3cret@localhost",
        "ftp://user:s3cret@contoso.example",
        "user:s3cret@contoso.example",
        "user.name:s3cret@contoso.example",
        "s3cret@contoso.example",
        "https://contoso.example?key=s3cret",
        "https://contoso.example/?key=s3cret",
        "https://contoso.example/?s3cret",
        f"https://contoso.example/face/{API_VERSION}?key=s3cret",
        "https://contoso.example:port?key=s3cret",
        "http://contoso.example?key=s3cret",
        "contoso.example?key=s3cret",
        "contoso?key=s3cret",
        "contoso.example?key=s3cret://",
        "https://contoso.example/%2e?key=s3cret",
        "https://contoso.example/face/v1.1?key=s3cret",
        "https://contoso.example#s3cret",
        "https://contoso.example/#/s3cret",
        "https://contoso.example\\?key=s3cret",
        "https://?key=s3cret",
    ],
)
def test_a_refused_endpoint_is_not_repeated(endpoint: str) -> None:
    """What stands before the host or after the path may be a secret: neither message nor traceback repeats it."""
    with pytest.raises(ValueError, match=r"^endpoint ") as caught:
        Client(endpoint)

    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "endpoint", [None, b"https://contoso.example", 8080, httpx.URL(CONTOSO), ["https://a.example"]]
)
def test_an_endpoint_that_is_no_string_is_refused(endpoint: object) -> None:
    """An endpoint of another type is refused with a TypeError that names the type."""
    with pytest.raises(TypeError, match=f"endpoint must be a string .* not {type(endpoint).__name__}"):
        Client(endpoint)  # type: ignore[arg-type]


@settings(deadline=None, database=None)
@given(endpoint=st.one_of(st.text(), st.from_regex(r"(https?://)?[a-z@:/?#.\[\]%\\0-9-]{0,30}", fullmatch=True)))
def test_any_endpoint_is_used_over_https_or_here_or_is_refused(endpoint: str) -> None:
    """Whatever is given as the endpoint, the outcome is a ValueError, or a URL that a key may be sent to."""
    try:
        client = Client(endpoint)
    except ValueError:
        return

    used = httpx.URL(client.base_url)
    assert used.scheme == "https" or (used.scheme == "http" and is_loopback(used.host))
    assert used.host
    assert not used.userinfo
    assert not used.query
    assert not used.fragment
    assert used.path.endswith(f"/face/{API_VERSION}")
    assert ".." not in used.path.split("/")


@pytest.mark.parametrize("api_version", ["", ".", ".."])
def test_an_api_version_that_means_another_path_is_refused(api_version: str) -> None:
    """An API version cannot take a segment of the path away."""
    with pytest.raises(ValueError, match="api_version must not be"):
        Client(CONTOSO, api_version=api_version)


def test_an_api_version_that_is_no_text_is_refused() -> None:
    """None as the API version is refused, in place of a path with `None` in it."""
    with pytest.raises(TypeError, match="api_version must be a string"):
        Client(CONTOSO, api_version=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("api_version", "segment"),
    [
        ("v1.3-preview.1", "v1.3-preview.1"),
        ("a/b", "a%2Fb"),
        ("v1.2?x=1", "v1.2%3Fx%3D1"),
        ("#", "%23"),
        ("%2e", "%252e"),
    ],
)
def test_an_api_version_is_one_segment(api_version: str, segment: str) -> None:
    """An API version cannot change the shape of the path."""
    assert Client(CONTOSO, api_version=api_version).base_url == f"{CONTOSO}/face/{segment}"


def test_the_endpoint_may_repeat_the_api_version_that_is_asked_for() -> None:
    """An endpoint with a path is measured by the API version in use, not by the default one."""
    assert Client(f"{CONTOSO}/face/v1.3-preview.1", api_version="v1.3-preview.1").endpoint == CONTOSO
    with pytest.raises(ValueError, match="not plain"):
        Client(f"{CONTOSO}/face/{API_VERSION}", api_version="v9")


@given(st.text())
def test_a_segment_decodes_to_its_value(value: str) -> None:
    """A segment has none of the characters with a meaning in a path, and decodes to what it was made of."""
    if value in ("", ".", ".."):
        with pytest.raises(ValueError, match="name must not be"):
            path_segment("name", value)
        return

    segment = path_segment("name", value)

    assert unquote(segment, errors="strict") == value
    assert segment.isascii()
    assert not set(segment) & set('/?#\\;:@&=+ "<>[]{}|^`')


@pytest.mark.parametrize(
    ("value", "segment"),
    [(7, "7"), (True, "true"), (False, "false"), (datetime.date(2026, 2, 1), "2026-02-01"), ("~a-b_c.d", "~a-b_c.d")],
)
def test_a_segment_of_another_type(value: object, segment: str) -> None:
    """Numbers, truth values and dates are written as in JSON; unreserved characters stay as they are."""
    assert path_segment("name", value) == segment


@pytest.mark.parametrize("value", [None, b"bytes", UNSET])
def test_a_segment_that_is_no_text(value: object) -> None:
    """What has no form as text is refused by the name of the parameter."""
    with pytest.raises(TypeError, match=r"^name must be a string, not "):
        path_segment("name", value)


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
def test_this_machine(host: str) -> None:
    """These names and addresses never leave the machine."""
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "localhost.example", "126.0.0.1", "10.0.0.1", "0.0.0.0", "::", "::2", "127.1", "x"]
)
def test_another_machine(host: str) -> None:
    """These do, or may."""
    assert not is_loopback(host)
