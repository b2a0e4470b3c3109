"""Signing in with the key of the resource."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from face_client import AuthenticationError
from face_client_auth import SubscriptionKeyAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator

Call = Callable[[Any, str], bytes]
HEADER = "ocp-apim-subscription-key"


def test_the_flow_sends_the_request_once_with_the_key() -> None:
    """The flow adds the header to the request, sends it, and takes any answer for the last."""
    request = httpx.Request("GET", "https://contoso.example")
    flow = SubscriptionKeyAuth("abc").sync_auth_flow(request)

    sent = next(flow)

    assert sent is request
    assert sent.headers[HEADER] == "abc"
    assert "authorization" not in sent.headers
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(401))


def test_the_flow_replaces_a_key_that_was_there() -> None:
    """A key among the request's headers gives way: there is one."""
    request = httpx.Request("GET", "https://contoso.example", headers={"OCP-APIM-Subscription-Key": "other"})

    sent = next(SubscriptionKeyAuth("abc").sync_auth_flow(request))

    assert sent.headers.get_list(HEADER) == ["abc"]


def test_the_service_accepts_the_key(
    call: Call, client_of: Callable[[httpx.Auth], Any], face_emulator: Emulator
) -> None:
    """The key goes over the wire in its header, exactly as given, and is accepted."""
    image = call(client_of(SubscriptionKeyAuth("emulator-key")), SAMPLE_IMAGE_ID)

    assert image == face_emulator.images[SAMPLE_IMAGE_ID]
    sent = face_emulator.requests[0].headers
    assert sent.getlist(HEADER) == ["emulator-key"]
    assert "authorization" not in sent


@pytest.mark.parametrize("form", ["sync"])
def test_the_service_refuses_another_key(
    call: Call, client_of: Callable[[httpx.Auth], Any], face_emulator: Emulator
) -> None:
    """A wrong key is sent once and not again."""
    with pytest.raises(AuthenticationError):
        call(client_of(SubscriptionKeyAuth("wrong")), SAMPLE_IMAGE_ID)

    assert len(face_emulator.requests) == 1


def test_a_key_that_cannot_be_one_is_refused() -> None:
    """A key with a blank, a line break or a strange character is refused at once, by its name, and nowhere repeated."""
    with pytest.raises(ValueError, match="key contains whitespace, a control character or") as caught:
        SubscriptionKeyAuth("s3\r\ncret: x")

    assert "s3" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


def test_an_empty_key_is_refused() -> None:
    """No key is no key."""
    with pytest.raises(ValueError, match="key is empty"):
        SubscriptionKeyAuth("")


@pytest.mark.parametrize("key", [None, ["s3cret"]])
def test_a_key_that_is_no_string_is_refused(key: object) -> None:
    """A key of another type is refused by the type's name, and not repeated."""
    with pytest.raises(TypeError, match=f"key must be a string, not {type(key).__name__}") as caught:
        SubscriptionKeyAuth(key)  # type: ignore[arg-type]

    assert "s3cret" not in repr(caught.value)


@given(st.text(st.characters(exclude_categories=()), min_size=1))
def test_any_key_is_sent_as_it_is_or_refused(key: str) -> None:
    """A key is sent exactly as it was given, or refused before."""
    try:
        auth = SubscriptionKeyAuth(key)
    except ValueError:
        assert not all("!" <= character <= "~" for character in key)
        return

    sent = next(auth.sync_auth_flow(httpx.Request("GET", "https://contoso.example")))

    assert sent.headers.raw[-1] == (b"Ocp-Apim-Subscription-Key", key.encode("ascii"))


def test_the_key_is_not_shown() -> None:
    """Neither repr nor str of the helper shows the key."""
    auth = SubscriptionKeyAuth("s3cret")

    assert "s3cret" not in f"{auth!r} {auth}"
