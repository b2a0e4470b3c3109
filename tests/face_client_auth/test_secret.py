"""What can be a key or a token, whichever helper it is for."""

import pickle

import httpx
import pytest

from face_client_auth._secret import Secret, SecretSource

UNSENDABLE = [
    *("s3cret\n", "\ns3cret", "s3\r\ncret: x", "s3\rcret", " s3cret", "s3 cret", "s3cret\t", "s3cret\0"),
    *("s3cret\x7f", "s3cret\u00a0", "s3cret\u200b", "\ufeffs3cret", "s3crét", "s3cret\ud800", "\u201cs3cret\u201d"),
]


def _fetched(source: SecretSource) -> Secret:
    """What a flow gets, in which each function is called."""
    steps = source.fetch()
    function = next(steps)
    try:
        steps.send(function())
    except StopIteration as end:
        return end.value
    raise AssertionError("there is another step")


def test_what_a_header_cannot_hold_is_refused() -> None:
    """A secret with a blank, a line break or a strange character is refused, whence it comes, and nowhere repeated."""
    for value in UNSENDABLE:
        checks = (
            lambda value=value: Secret(value).check("the word"),
            lambda value=value: SecretSource(value, "the word"),
            lambda value=value: _fetched(SecretSource(lambda: value, "the word")),
        )
        for check in checks:
            with pytest.raises(ValueError, match="the word contains whitespace, a control character or") as caught:
                check()

            assert "s3" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
            assert not isinstance(caught.value, UnicodeError)


def test_what_is_no_string_is_refused() -> None:
    """A secret of another type is refused by the type's name, and not repeated."""
    for value in (None, b"s3cret", 7, ["s3cret"]):
        with pytest.raises(TypeError, match=f"^the word must be a string, not {type(value).__name__}$"):
            Secret(value).check("the word")


def test_an_empty_secret_is_refused() -> None:
    """No secret is no secret."""
    with pytest.raises(ValueError, match=r"^the word is empty$"):
        Secret("").check("the word")


def test_a_secret_is_not_shown() -> None:
    """It is in no repr, it is cannot be pickled, and it goes to no other machine in plain text."""
    secret = Secret("s3cret")

    assert repr(secret) == "<secret>"
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(secret)
    with pytest.raises(ValueError, match=r"is not sent to contoso\.example over http: use https") as caught:
        secret.set_header(httpx.Request("GET", "http://contoso.example"), "X-Key")
    assert "s3cret" not in str(caught.value)
    request = httpx.Request("GET", "https://contoso.example")
    secret.set_header(request, "Authorization", "Bearer ")
    assert request.headers["authorization"] == "Bearer s3cret"
    assert "s3cret" not in f"{request!r} {request.headers!r} {request.headers}"


def test_a_secret_is_compared_whole() -> None:
    """Nothing but the very same text is the same."""
    secret = Secret("State-1")

    assert secret.equals("State-1")
    for other in ("", "State", "State-12", "sTATE-1", "State-\u00fc"):
        assert not secret.equals(other)
