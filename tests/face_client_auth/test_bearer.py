"""Signing in with a token that the caller has."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from face_client import AuthenticationError
from face_client_auth import BearerTokenAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator

Call = Callable[[Any, str], bytes]
ClientOf = Callable[[httpx.Auth], Any]


def _request() -> httpx.Request:
    return httpx.Request("GET", "https://contoso.example", headers={"authorization": "Basic other"})


@pytest.mark.parametrize("token", ["abc", lambda: "abc"])
def test_the_flow_sends_the_request_once_with_the_token(token: str | Callable[[], str]) -> None:
    """The flow puts the token in the header, in place of what was there, and takes any answer for the last."""
    request = _request()
    flow = BearerTokenAuth(token).sync_auth_flow(request)

    sent = next(flow)

    assert sent is request
    assert sent.headers.get_list("authorization") == ["Bearer abc"]
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(401))


def test_a_function_is_asked_once_for_each_request() -> None:
    """A function is not called until a request is made, then once for each: a fresh token each time."""
    asked: list[str] = []

    def token() -> str:
        asked.append(f"token-{len(asked)}")
        return asked[-1]

    auth = BearerTokenAuth(token)
    assert asked == []

    sent = [next(auth.sync_auth_flow(_request())).headers["authorization"] for _ in range(3)]

    assert sent == ["Bearer token-0", "Bearer token-1", "Bearer token-2"]
    assert len(asked) == 3


@pytest.mark.parametrize(("form", "token"), [("sync", "emulator-token"), ("async", lambda: "emulator-token")])
def test_the_service_accepts_the_token(
    call: Call,
    client_of: ClientOf,
    face_emulator: Emulator,
    token: str | Callable[[], str],
) -> None:
    """The token goes over the wire after "Bearer", exactly as given, and is accepted."""
    image = call(client_of(BearerTokenAuth(token)), SAMPLE_IMAGE_ID)

    assert image == face_emulator.images[SAMPLE_IMAGE_ID]
    sent = face_emulator.requests[0].headers
    assert sent.getlist("authorization") == ["Bearer emulator-token"]
    assert "ocp-apim-subscription-key" not in sent


@pytest.mark.parametrize("form", ["sync"])
def test_a_new_token_takes_over(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """When the function returns another token, the next call of the same client sends that."""
    tokens: Iterator[str] = iter(["expired", "emulator-token"])
    client = client_of(BearerTokenAuth(lambda: next(tokens)))

    with pytest.raises(AuthenticationError):
        call(client, SAMPLE_IMAGE_ID)

    assert call(client, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]
    assert len(face_emulator.requests) == 2


def test_a_token_that_cannot_be_one_is_refused(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """A token that cannot be sent is refused at once; from a function, before anything is sent. It is not repeated."""
    token = "Bearer s3cret"
    with pytest.raises(ValueError, match="token contains whitespace, a control character or") as caught:
        BearerTokenAuth(token)
    with pytest.raises(ValueError, match="token contains whitespace, a control character or") as later:
        call(client_of(BearerTokenAuth(lambda: token)), SAMPLE_IMAGE_ID)

    for error in (caught.value, later.value):
        assert "s3" not in f"{error!r} {error.__cause__!r} {error.__context__!r}"
    assert face_emulator.requests == ()


@pytest.mark.parametrize("token", [None, b"s3cret"])
def test_a_token_that_is_no_string_is_refused(token: Any) -> None:
    """A token of another type is refused by the type's name, as is the same from a function."""
    with pytest.raises(TypeError, match=f"token must be a string, not {type(token).__name__}") as caught:
        BearerTokenAuth(token)
    with pytest.raises(TypeError, match=f"token must be a string, not {type(token).__name__}") as later:
        next(BearerTokenAuth(lambda: token).sync_auth_flow(_request()))

    assert "s3cret" not in f"{caught.value!r} {later.value!r}"


def test_an_object_with_a_key_is_no_token() -> None:
    """A key credential is not taken for a token."""
    with pytest.raises(TypeError, match="token must be a string, not SimpleNamespace"):
        BearerTokenAuth(SimpleNamespace(key="s3cret"))  # type: ignore[arg-type]


def test_an_empty_token_is_refused() -> None:
    """No token is no token, as it is from a function."""
    with pytest.raises(ValueError, match="token is empty"):
        BearerTokenAuth("")
    with pytest.raises(ValueError, match="token is empty"):
        next(BearerTokenAuth(lambda: "").sync_auth_flow(_request()))


@pytest.mark.parametrize("form", ["async"])
def test_the_error_of_a_function_reaches_the_caller(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """When the function fails, its own error is raised, and nothing is sent."""

    def token() -> str:
        raise KeyError("no account")

    with pytest.raises(KeyError, match="no account"):
        call(client_of(BearerTokenAuth(token)), SAMPLE_IMAGE_ID)

    assert face_emulator.requests == ()


@pytest.mark.parametrize("token", ["s3cret", lambda: "s3cret"])
def test_the_token_is_not_shown(token: str | Callable[[], str]) -> None:
    """Neither repr nor str of the helper shows the token."""
    auth = BearerTokenAuth(token)
    next(auth.sync_auth_flow(_request()))

    assert "s3cret" not in f"{auth!r} {auth}"
