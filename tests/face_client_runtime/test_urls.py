"""Which endpoints are accepted and what becomes of them, and how a value becomes one segment of a path."""

import datetime
import traceback
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from face_client_runtime import UNSET, is_confidential, path_segment
from face_client_runtime._urls import is_loopback, normalize_endpoint

CONTOSO = "https://contoso.example.com"
PATH = "/face/v1"


def normalize(endpoint: str) -> str:
    return normalize_endpoint(endpoint, PATH, CONTOSO)


def test_an_endpoint_is_normalized() -> None:
    """What people paste as the endpoint is taken for what it means."""
    for used, endpoints in [
        (CONTOSO, [CONTOSO, f"{CONTOSO}/", f"{CONTOSO}//", f"  {CONTOSO}\n", f"\t{CONTOSO}/ "]),
        (CONTOSO, ["contoso.example.com", "contoso.example.com/", "HTTPS://contoso.example.com"]),
        (CONTOSO, [f"{CONTOSO}{PATH}", f"{CONTOSO}{PATH}/"]),
        (f"{CONTOSO}/face", [f"{CONTOSO}/face", f"{CONTOSO}/face/", f"{CONTOSO}/face{PATH}"]),
        (f"{CONTOSO}{PATH}", [f"{CONTOSO}{PATH}{PATH}"]),
        (f"{CONTOSO}/ai/face/prod", [f"{CONTOSO}/ai/face/prod", f"{CONTOSO}/ai/face/prod{PATH}/"]),
        (f"{CONTOSO}/face/v0", [f"{CONTOSO}/face/v0"]),
        (f"{CONTOSO}/my{PATH[1:]}", [f"{CONTOSO}/my{PATH[1:]}"]),
        (CONTOSO, [f"{CONTOSO}?", f"{CONTOSO}/?", f"{CONTOSO}#"]),
        (f"{CONTOSO}:8443", ["contoso.example.com:8443"]),
        (f"{CONTOSO}:443", ["Https://contoso.example.com:443/"]),
        ("https://gateway.example/team", ["https://gateway.example/team/", f"https://gateway.example/team{PATH}"]),
        ("https://gateway.example/face-api", ["https://gateway.example/face-api"]),
        ("https://192.0.2.7:8443", ["https://192.0.2.7:8443"]),
        ("https://[2001:db8::1]", ["https://[2001:db8::1]"]),
        ("http://localhost:80", ["http://localhost:80", "HTTP://localhost:80", f"http://localhost:80{PATH}"]),
        ("http://LOCALHOST:80", ["http://LOCALHOST:80"]),
        ("http://127.255.255.254", ["http://127.255.255.254", "http://127.255.255.254/"]),
        ("http://[::1]:80", ["http://[::1]:80"]),
    ]:
        assert [normalize(endpoint) for endpoint in endpoints] == [used] * len(endpoints)


def test_an_endpoint_is_refused() -> None:
    """An endpoint that a key must not go to, or whose meaning is not plain, is refused in words that say why."""
    for says, endpoints in [
        ("empty", ["", "   ", "\n"]),
        ("no host", ["https://", f"https://{PATH}", "https://:443", "https://?"]),
        ("must use https", ["http://contoso.example.com", "http://192.168.0.1", "http://0.0.0.0", "http://128.0.0.1"]),
        ("must use https", ["http://localhost.evil.invalid", "http://127.0.0.1.evil.invalid", "http://evil-localhost"]),
        ("must use https", ["http://[2001:db8::1]", "http://[::]", "http://2130706433", "http://0x7f000001"]),
        ("must start with https://", ["ftp://contoso.example.com", "file:///etc/passwd", "ws://localhost", "://a.b"]),
        ("no scheme", ["//contoso.example.com", PATH, "https:/contoso.example.com", "https:contoso.example.com"]),
        ("no scheme", ["javascript:alert(1)", "contoso", "localhost:8080", "127.0.0.1:8080", "[::1]:8080"]),
        ("placeholder", ["https://{endpoint}", "https://{name}.example.com", "https://<name>.example.com", "<x>"]),
        ("whitespace", ["https://con toso.example.com", f"{CONTOSO} /face", "https://contoso\n.example.com"]),
        ("control character", [f"{CONTOSO}/\tx", "https://contoso\0.example.com"]),
        ("backslash", [f"{CONTOSO}\\@evil.invalid", "https:\\\\contoso.example.com"]),
        ("dot", [f"{CONTOSO}/a/../b", f"{CONTOSO}/..", f"{CONTOSO}/./a"]),
        ("empty", [f"{CONTOSO}/a//b"]),
        ("percent-encoded", [f"{CONTOSO}/%2e%2e", f"{CONTOSO}/a%2fb"]),
        ("host or port", ["https://a.example:port", "https://a.example:65536", "https://a.example:-1"]),
        ("host or port", ["https://[::1", "https://[not-an-address]", "https://xn--zz\u3002\u3002"]),
        ("user name or password", ["https://user:pass@contoso.example", "http://user@localhost"]),
        ("query or a fragment", [f"{CONTOSO}?key=x", f"{CONTOSO}{PATH}?key=x", f"{CONTOSO}#x"]),
    ]:
        for endpoint in endpoints:
            with pytest.raises(ValueError, match=f"^endpoint .*{says}"):
                normalize(endpoint)


def test_a_refused_endpoint_is_not_repeated() -> None:
    """What stands before the host or after the path may be a secret: neither message nor traceback repeats it."""
    for endpoint in (
        "https://user:s3cret@contoso.example",
        "https://s3cret@contoso.example",
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
        "https://contoso.example?key=s3cret",
        "https://contoso.example/?s3cret",
        "https://contoso.example:port?key=s3cret",
        "http://contoso.example?key=s3cret",
        "contoso.example?key=s3cret",
        "contoso?key=s3cret",
        "contoso.example?key=s3cret://",
        "https://contoso.example/%2e?key=s3cret",
        f"https://contoso.example{PATH}0?key=s3cret",
        "https://contoso.example#s3cret",
        "https://contoso.example\\?key=s3cret",
        "https://?key=s3cret",
    ):
        with pytest.raises(ValueError, match=r"^endpoint ") as caught:
            normalize(endpoint)

        assert "s3cret" not in "".join(traceback.format_exception(caught.value)).replace(repr(endpoint), "")


def test_an_endpoint_that_is_no_string_is_refused() -> None:
    """An endpoint of another type is refused with a TypeError that names the type."""
    for endpoint in [None, b"https://contoso.example", 8080, httpx.URL(CONTOSO)]:
        with pytest.raises(TypeError, match=f"endpoint must be a string .* not {type(endpoint).__name__}"):
            normalize(endpoint)  # type: ignore[arg-type]


@settings(deadline=None, database=None)
@given(endpoint=st.one_of(st.text(), st.from_regex(r"(https?://)?[a-z@:/?#.\[\]%\\0-9-]{0,30}", fullmatch=True)))
def test_any_endpoint_is_used_over_https_or_here_or_is_refused(endpoint: str) -> None:
    """Whatever is given as the endpoint, the outcome is a ValueError, or a URL that a key may be sent to."""
    try:
        used = httpx.URL(normalize(endpoint) + PATH)
    except ValueError:
        return

    assert is_confidential(used.scheme, used.host)
    assert used.host
    assert not used.userinfo
    assert not used.query
    assert not used.fragment
    assert used.path.endswith(PATH)
    assert normalize(str(used)) == str(used).removesuffix(PATH)
    assert ".." not in used.path.split("/")


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


def test_a_segment_that_means_another_path() -> None:
    """Empty and dot segments, which URLs resolve to another path, are refused by the name of the parameter."""
    for value in ["", ".", ".."]:
        with pytest.raises(ValueError, match=r"^name must not be"):
            path_segment("name", value)


def test_a_lone_surrogate_is_refused() -> None:
    """A text that has no form on the wire is refused in words, not with a codec's error."""
    with pytest.raises(ValueError, match=r"name .*surrogate") as caught:
        path_segment("name", "a\ud800")

    assert not isinstance(caught.value, UnicodeError)


def test_a_segment_of_another_type() -> None:
    """Numbers, truth values and dates are written as in JSON; unreserved characters stay as they are."""
    for value, segment in [
        (7, "7"),
        (True, "true"),
        (False, "false"),
        (datetime.date(2026, 2, 1), "2026-02-01"),
        ("~a-b_c.d", "~a-b_c.d"),
    ]:
        assert path_segment("name", value) == segment


def test_a_segment_that_is_no_text() -> None:
    """What has no form as text is refused by the name of the parameter."""
    for value in [None, b"bytes", UNSET, ["a"], object()]:
        with pytest.raises(TypeError, match=r"^name must be a string, not "):
            path_segment("name", value)


def test_this_machine() -> None:
    """These names and addresses never leave the machine."""
    for host in ("localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"):
        assert is_loopback(host), host
        assert is_confidential("http", host), host


def test_another_machine() -> None:
    """These do, or may."""
    for host in ("", "localhost.example", "126.0.0.1", "10.0.0.1", "0.0.0.0", "::", "::2", "127.1", "x"):
        assert not is_loopback(host), host
        assert not is_confidential("http", host), host
        assert is_confidential("https", host), host
    assert not is_confidential("ftp", "localhost")
