"""A key in a query parameter or a cookie is named by a constant, and is shown nowhere."""

import logging
import traceback
from collections.abc import Callable, Generator
from typing import Any

import anyio
import httpx
import pytest

KEY = "s3cret key/+"
ENDPOINT = "https://contoso.example.com"
ENCODED = "s3cret+key%2F%2B"

pytestmark = pytest.mark.usefixtures("styles_folder")


class QueryAuth(httpx.Auth):
    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.url = request.url.copy_merge_params({"api_key": KEY})
        yield request


class CookieAuth(httpx.Auth):
    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Cookie"] = f"theme=dark; session={ENCODED}"
        yield request


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Calls an operation of the sync or the async client, whose requests the given function answers."""

    def call(
        auth: httpx.Auth | None,
        answer: Callable[[httpx.Request], httpx.Response],
        method: str = "form_text",
        **arguments: str,
    ) -> Any:
        from styles_client import AsyncClient, Client

        arguments = arguments or {"color": "blue"}
        options: dict[str, Any] = {"httpx_args": {"transport": httpx.MockTransport(answer)}, "max_retries": 1}

        async def asynchronous() -> Any:
            async with AsyncClient(ENDPOINT, auth=auth, **options) as client:
                return await getattr(client, method)(**arguments)

        if request.param == "async":
            return anyio.run(asynchronous)
        with Client(ENDPOINT, auth=auth, **options) as client:
            return getattr(client, method)(**arguments)

    return call


def _shown(text: object) -> bool:
    return "s3cret" in str(text)


def test_the_constants() -> None:
    """The document's names of the parameter and of the cookie are constants."""
    from styles_client import Client, document

    assert (document.QUERY_KEY_PARAMETER, document.COOKIE_KEY_COOKIE) == ("api_key", "session")
    assert document.SECRET_HEADERS == ("Authorization", "Cookie", "X-Key")
    assert Client.secret_parameters == document.SECRET_PARAMETERS == ("api_key", "session")


def test_a_failed_request(call: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """The key is neither in the error, its request and its traceback, nor in our log."""
    caplog.set_level(logging.DEBUG)

    with pytest.raises(httpx.ConnectError) as caught:
        call(QueryAuth(), _fail)
    error = caught.value
    assert error.request.url == f"{ENDPOINT}/api/v1/formText?color=blue&api_key=[redacted]"
    assert not _shown(repr(error.request))
    assert not _shown("".join(traceback.format_exception(error)))
    assert "retry 1 of 1" in caplog.text
    assert not _shown(caplog.text)


def _fail(request: httpx.Request) -> httpx.Response:
    assert ENCODED in str(request.url)
    raise httpx.ConnectError("refused", request=request)


def test_the_log_of_httpx(call: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """httpx logs the URL of each request: the key in it is redacted."""
    caplog.set_level(logging.INFO, "httpx")

    call(QueryAuth(), lambda _: httpx.Response(204))

    assert f"GET {ENDPOINT}/api/v1/formText?color=blue&api_key=[redacted]" in caplog.text
    assert not _shown(caplog.text)


@pytest.mark.parametrize("auth", [QueryAuth(), CookieAuth()], ids=["query", "cookie"])
def test_a_response_that_repeats_the_key(call: Callable[..., Any], auth: httpx.Auth) -> None:
    """The key is redacted in the headers and the body of an error, encoded or not."""
    from styles_client import ApiError

    def answer(request: httpx.Request) -> httpx.Response:
        sent = request.url.query.decode() + request.headers.get("cookie", "")
        assert ENCODED in sent
        return httpx.Response(400, text=f"{sent} {KEY}", headers={"X-Echo": sent})

    with pytest.raises(ApiError) as caught:
        call(auth, answer)

    assert "[redacted]" in caught.value.excerpt
    assert not _shown(caught.value.excerpt)
    assert not _shown(caught.value.headers)
    assert not _shown(repr(caught.value))


@pytest.mark.parametrize("auth", [None, QueryAuth()], ids=["parameters", "both"])
def test_parameters_with_the_names_of_keys(call: Callable[..., Any], auth: httpx.Auth | None) -> None:
    """They are sent, but by `auth`, if that sends one of the same name, and redacted like the keys."""
    requests: list[tuple[str, str, str]] = []
    given = KEY if auth is None else "another"

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append((request.url.params["api_key"], request.headers["Cookie"], request.headers["X-Key"]))
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(httpx.ConnectError) as caught:
        call(auth, answer, "keyed", api_key=given, session=KEY, x_key=KEY)
    assert {*requests} == {(KEY, "session=s3cret%20key%2F%2B", KEY)}
    assert not _shown(repr(caught.value.request.url))
    assert not _shown(caught.value.request.headers.raw)
