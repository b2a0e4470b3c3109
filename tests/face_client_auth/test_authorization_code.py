"""Signing a person in with the browser, against a provider that somebody else wrote."""

import base64
import hashlib
import json
import logging
import os
import re
import shutil
import socket
import threading
import time
import warnings
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from face_client import AuthenticationError, Client
from face_client_auth import AuthorizationCodeAuth, SignInError
from face_client_auth._token import TokenResponse
from face_client_auth.authorization_code import _valid_token
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, str], bytes]
ClientOf = Callable[[httpx.Auth], Any]
Browser = Callable[[str], object]
SECRET = "cl1ent-s3cret"
CODE = "one-time-s3cret"  # no address, id or hash can hold it


class Provider:
    """The provider, with a record of what it was asked, and answers of the test's own in place of its tokens."""

    def __init__(self, app: Any, port: int) -> None:
        self._app = app
        self.base = f"http://localhost:{port}"
        self.host = f"localhost:{port}"
        self.reset()

    def reset(self) -> None:
        self.authorizations: list[dict[str, str]] = []
        self.asked: list[dict[str, str]] = []
        self.said: list[dict[str, Any]] = []
        self.answers: list[tuple[int, object, str]] = []
        self.hold: threading.Event | None = None
        self.takes_secret_in_form = True
        self.edit: Callable[[dict[str, Any]], object] = dict
        self.on_issue: Callable[[str], object] = str

    def answer(self, status: int, body: object, content_type: str = "application/json") -> None:
        """Has the next request for a token answered like this; a body that is no string is sent as JSON."""
        self.answers.append((status, body, content_type))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        from werkzeug.wrappers import Response

        if environ["PATH_INFO"] == "/oauth2/authorize" and environ["REQUEST_METHOD"] == "GET":
            self.authorizations.append(dict(parse_qsl(environ["QUERY_STRING"])))
        if environ["PATH_INFO"] != "/oauth2/token":
            return self._app(environ, start_response)
        form = self._read(environ)
        self.asked.append(form)
        if self.hold:
            self.hold.wait(30)
        if self.answers:
            status, body, content_type = self.answers.pop(0)
            response = Response(body if isinstance(body, str) else json.dumps(body), status, content_type=content_type)
            said = body
        else:
            response = Response.from_app(self._app, environ, buffered=True)
            said = response.get_json()
            self.edit(said)
            response.set_data(json.dumps(said))
        if response.status_code == 200 and isinstance(said, dict) and "access_token" in said:
            self.said.append(said)
            self.on_issue(said["access_token"])
        return response(environ, start_response)

    def _read(self, environ: dict[str, Any]) -> dict[str, str]:
        """Returns the form, with the secret wherever it came, and leaves a request that the app understands."""
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = BytesIO(body)
        form = dict(parse_qsl(body.decode()))
        scheme, _, encoded = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme == "Basic":
            form["client_id"], _, form["client_secret"] = base64.b64decode(encoded).decode().partition(":")
        elif form["grant_type"] == "refresh_token" and self.takes_secret_in_form:
            # The app wants the header for refreshing, though not for a code.
            pair = f"{form['client_id']}:{form.get('client_secret', '')}"
            environ["HTTP_AUTHORIZATION"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return form


class Person:
    """Somebody with a browser, which is a thread here, and the pages that they saw last."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.pages: list[httpx.Response] = []
        self._threads: list[threading.Thread] = []

    def authorizes(self, url: str) -> None:
        """Opens a browser in which the person types a name and agrees."""
        self._go(url, lambda browser: browser.post(url, data={"sub": "alice"}))

    def denies(self, url: str) -> None:
        """Opens a browser in which the person does not agree."""
        self._go(url, lambda browser: browser.post(url, data={"action": "deny"}))

    def comes_back(self, with_what: Callable[[dict[str, str]], Mapping[str, str]]) -> Browser:
        """Makes browsers that skip the provider, and come back with a query made of the provider's."""

        def open_browser(url: str) -> None:
            query = dict(parse_qsl(urlsplit(url).query))
            self._go(url, lambda browser: browser.get(query["redirect_uri"], params=dict(with_what(query))))

        return open_browser

    def stays_away(self, url: str) -> None:
        """Opens a browser in which nothing happens."""
        self.urls.append(url)

    @property
    def page(self) -> str:
        """The one page that was seen at the end."""
        self.leave()
        (page,) = self.pages
        return page.text

    def leave(self) -> None:
        for thread in self._threads:
            thread.join(30)

    def _go(self, url: str, act: Callable[[httpx.Client], httpx.Response]) -> None:
        self.urls.append(url)

        def go() -> None:
            with (
                suppress(httpx.ReadTimeout),
                httpx.Client(follow_redirects=True, trust_env=False, timeout=30) as browser,
            ):
                self.pages.append(act(browser))

        self._threads.append(threading.Thread(target=go))
        self._threads[-1].start()


class Store:
    """Keeps tokens in memory, and each that was saved."""

    def __init__(self, tokens: Any = None) -> None:
        self.tokens = tokens
        self.saved: list[dict[str, Any]] = []
        self.loads = 0

    def load(self) -> Any:
        self.loads += 1
        return self.tokens

    def save(self, tokens: Mapping[str, Any]) -> None:
        self.saved.append(dict(tokens))
        self.tokens = dict(tokens)


@pytest.fixture(scope="module")
def providers() -> Iterator[Provider]:
    """One provider for all tests, since it takes long to make its keys."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from oidc_provider_mock import run_server_in_thread

        with run_server_in_thread() as server:
            server.app = provider = Provider(server.app, server.server_port)
            yield provider


@pytest.fixture
def idp(providers: Provider, face_emulator: Emulator) -> Iterator[Provider]:
    """A provider of which nothing has been asked yet, whose newest token the emulator accepts."""
    providers.reset()
    providers.on_issue = lambda token: setattr(face_emulator, "token", token)
    with warnings.catch_warnings():
        # What the provider uses of Authlib is deprecated; what the helper uses is not, as other tests see.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="(oidc_provider_mock|authlib).*")
        yield providers


@pytest.fixture
def person() -> Iterator[Person]:
    """Somebody, whose browser is closed at the end."""
    person = Person()
    yield person
    person.leave()


@pytest.fixture
def signs_in(idp: Provider) -> Callable[..., AuthorizationCodeAuth]:
    """Makes helpers for the provider, as `signs_in(open_browser, **options)`."""

    def make(open_browser: Browser, **options: Any) -> AuthorizationCodeAuth:
        defaults: dict[str, Any] = {
            "client_secret": SECRET,
            "authorization_url": f"{idp.base}/oauth2/authorize",
            "token_url": f"{idp.base}/oauth2/token",
            "scopes": "openid",
            "timeout": 10,
        }
        return AuthorizationCodeAuth("app", open_browser=open_browser, **{**defaults, **options})

    return make


SignsIn = Callable[..., AuthorizationCodeAuth]


@pytest.fixture(autouse=True)
def quick_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens the wait for a page that nobody sees."""
    monkeypatch.setattr("face_client_auth._loopback._PAGE_TIMEOUT", 0.5)


def _get(client: Client) -> bytes | None:
    return client.get_session_image(SAMPLE_IMAGE_ID)


def _bearers(emulator: Emulator) -> list[str]:
    """The token of each request that arrived."""
    sent = [value for request in emulator.requests for value in request.headers.getlist("authorization")]
    return [value.removeprefix("Bearer ") for value in sent]


def _right(query: dict[str, str]) -> dict[str, str]:
    return {"code": CODE, "state": query["state"]}


def _tokens(token: str = "t0ken-1", **more: Any) -> dict[str, Any]:
    return {"token_type": "Bearer", "access_token": token, "expires_in": 3600, **more}


def _grow_old(auth: AuthorizationCodeAuth, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Lets time pass for tokens that are there."""
    now = time.monotonic() + seconds
    monkeypatch.setattr("face_client_auth._token.time.monotonic", lambda: now)


def test_a_person_signs_in(
    call: Call, signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, face_emulator: Emulator
) -> None:
    """The person agrees once, sees that it worked, and the image arrives, as do those of later calls."""
    client = client_of(signs_in(person.authorizes))

    images = [call(client, SAMPLE_IMAGE_ID) for _ in range(3)]

    assert images == [face_emulator.images[SAMPLE_IMAGE_ID]] * 3
    assert "<h1>Signed in</h1>" in person.page
    assert len(person.urls) == len(idp.asked) == 1
    assert _bearers(face_emulator) == [idp.said[0]["access_token"]] * 3


def test_pkce_and_state(signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person) -> None:
    """The provider sees the hash of a secret first and the secret later (RFC 7636), and a state; new ones each time."""
    seen = []
    for _ in range(2):
        _get(client_of(signs_in(person.authorizes)))
        query, form = dict(parse_qsl(urlsplit(person.urls[-1]).query)), idp.asked[-1]
        assert query["code_challenge_method"] == "S256"
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert query["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
        assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", form["code_verifier"])
        assert form["code_verifier"] not in person.urls[-1]
        assert len(query["state"]) >= 22
        assert (query["response_type"], query["client_id"], query["scope"]) == ("code", "app", "openid")
        assert (form["grant_type"], form["client_id"]) == ("authorization_code", "app")
        assert form["client_secret"] == SECRET
        assert form["redirect_uri"] == query["redirect_uri"]
        seen.append((form["code_verifier"], query["state"], form["code"]))
    person.leave()
    assert all(one != other for one, other in zip(*seen, strict=True))
    assert SECRET not in "".join(person.urls)


def test_a_public_client_sends_no_secret(signs_in: SignsIn, idp: Provider, person: Person) -> None:
    """Without a secret the request for a token names the application and proves it with PKCE alone."""
    idp.answer(200, _tokens())
    auth = signs_in(person.comes_back(_right), client_secret=None, scopes=["one", "two"])

    assert next(auth.sync_auth_flow(httpx.Request("GET", "https://x"))).headers["authorization"] == "Bearer t0ken-1"

    assert idp.asked[0].keys() == {"grant_type", "code", "code_verifier", "redirect_uri", "client_id"}
    assert dict(parse_qsl(urlsplit(person.urls[0]).query))["scope"] == "one two"


def test_the_redirect_uri_is_on_this_machine(
    signs_in: SignsIn, client_of: ClientOf, person: Person, free_port: int
) -> None:
    """The person comes back to 127.0.0.1, or to localhost if told, at a free port; a fixed port is kept."""
    for options, wanted in (
        ({}, r"http://127\.0\.0\.1:[1-9]\d*/"),
        ({"redirect_host": "localhost"}, r"http://localhost:[1-9]\d*/"),
        ({"port": free_port}, rf"http://127\.0\.0\.1:{free_port}/"),
    ):
        _get(client_of(signs_in(person.authorizes, **options)))
        assert re.fullmatch(wanted, dict(parse_qsl(urlsplit(person.urls[-1]).query))["redirect_uri"])


@pytest.mark.parametrize("form", ["async"])
def test_a_port_in_use_is_named(call: Call, signs_in: SignsIn, client_of: ClientOf, person: Person) -> None:
    """A fixed port that somebody else has is an error with its number, and no browser is opened."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SignInError, match=rf"port {port}: .*in use"):
            call(client_of(signs_in(person.authorizes, port=port)), SAMPLE_IMAGE_ID)

    assert person.urls == []


@pytest.mark.parametrize("form", ["sync"])
def test_a_person_denies(
    call: Call, signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, face_emulator: Emulator
) -> None:
    """Who does not agree is told that nobody is signed in, the call raises it, and nothing more is asked for."""
    with pytest.raises(SignInError, match="access_denied"):
        call(client_of(signs_in(person.denies)), SAMPLE_IMAGE_ID)

    assert "<h1>Not signed in</h1>" in person.page
    assert "access_denied" in person.page
    assert idp.asked == []
    assert face_emulator.requests == ()


@pytest.mark.parametrize(
    "with_what",
    [
        lambda _query: {"code": CODE, "state": "wrong"},
        lambda _query: {"code": CODE},
        lambda query: {"code": CODE, "state": query["state"] + "\u00fc\ud7ff"},
        lambda _query: {"code": CODE, "error": "access_denied", "state": "wrong"},
    ],
    ids=["wrong", "missing", "longer", "error"],
)
def test_another_state_is_waited_on(
    signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, with_what: Any
) -> None:
    """What comes back first with another state, or none, is answered and gets no token; the sign-in goes on."""

    def open_browser(url: str) -> None:
        person.comes_back(with_what)(url)
        person.leave()
        person.authorizes(url)

    assert _get(client_of(signs_in(open_browser)))

    person.leave()
    assert [page.status_code for page in person.pages] == [404, 200]
    assert CODE not in f"{idp.asked}{person.pages[0].text}"


def test_the_page_escapes_what_the_provider_says(signs_in: SignsIn, client_of: ClientOf, person: Person) -> None:
    """What comes with the redirect stands in the page as text."""
    hostile = "<script>alert(1)</script>"
    browser = person.comes_back(lambda _query: {"error": hostile, "error_description": f'{hostile}"'})

    with pytest.raises(SignInError):
        _get(client_of(signs_in(browser)))

    assert "<script" not in person.page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;" in person.page
    assert person.pages[0].headers["cache-control"] == "no-store"
    assert "default-src 'none'" in person.pages[0].headers["content-security-policy"]


def test_what_comes_back_cannot_steer_a_terminal(signs_in: SignsIn, client_of: ClientOf, person: Person) -> None:
    """Control characters that came with the redirect, which any page could write, are not in the error."""
    browser = person.comes_back(lambda _query: {"error": "x", "error_description": "\x1b[2Jgone\r\nx: y\x00"})

    with pytest.raises(SignInError) as caught:
        _get(client_of(signs_in(browser)))

    assert str(caught.value).isprintable()


@pytest.mark.parametrize("form", ["async"])
def test_nobody_comes(call: Call, signs_in: SignsIn, client_of: ClientOf, person: Person) -> None:
    """After `timeout` seconds the call ends with an error, and the next one asks again."""
    client = client_of(signs_in(person.stays_away, timeout=0.2))

    for _ in range(2):
        with pytest.raises(SignInError, match=r"not completed in the browser within 0\.2 s"):
            call(client, SAMPLE_IMAGE_ID)

    assert len(person.urls) == 2


@pytest.mark.parametrize("problem", [False, webbrowser.Error("none"), OSError("none")])
def test_without_a_browser_the_url_is_printed(
    signs_in: SignsIn, client_of: ClientOf, person: Person, capsys: pytest.CaptureFixture[str], problem: Any
) -> None:
    """Where no browser can be opened, its URL is printed to stderr, and the person can open it somehow."""

    def fail(url: str) -> bool:
        person.authorizes(url)
        if problem:
            raise problem
        return False

    assert _get(client_of(signs_in(fail)))

    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"To sign in, open this page in a browser on this machine:\n{person.urls[0]}\n"


def test_with_a_browser_nothing_is_printed(
    signs_in: SignsIn,
    client_of: ClientOf,
    person: Person,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither the terminal nor the log, down to DEBUG, shows a URL, a code, a verifier or a token."""
    caplog.set_level(logging.DEBUG, "face_client_auth")

    _get(client_of(signs_in(person.authorizes)))

    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.name == "face_client_auth"] == []


def test_an_unexpected_error_of_the_browser_arrives(signs_in: SignsIn, client_of: ClientOf) -> None:
    """What the caller's own function raises is not hidden, and the next call starts anew."""

    def fail(_url: str) -> None:
        raise RuntimeError("no display")

    client = client_of(signs_in(fail))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no display"):
            _get(client)


def test_a_browser_that_asks_for_more(signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person) -> None:
    """An icon, a connection that is never used, and a stranger with a code of theirs do not end the wait."""
    idle: list[socket.socket] = []
    statuses: list[int] = []

    def open_browser(url: str) -> None:
        redirect_uri = dict(parse_qsl(urlsplit(url).query))["redirect_uri"]
        address = ("127.0.0.1", urlsplit(redirect_uri).port or 0)
        idle.extend(socket.create_connection(address) for _ in range(5))
        with httpx.Client(trust_env=False) as browser:
            statuses.append(browser.get(f"{redirect_uri}favicon.ico").status_code)
            statuses.append(browser.get(f"{redirect_uri}?code=x", headers={"Host": "evil.example"}).status_code)
            statuses.append(browser.post(f"{redirect_uri}?code=x").status_code)
        person.authorizes(url)

    assert _get(client_of(signs_in(open_browser)))

    assert statuses == [404, 404, 501]
    assert len(idp.asked) == 1
    for connection in idle:
        connection.close()


@pytest.mark.parametrize("form", ["sync"])
def test_the_refresh_token_is_used_when_the_token_ends(
    call: Call,
    signs_in: SignsIn,
    client_of: ClientOf,
    idp: Provider,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In time before the end, a new token comes for the refresh token, without the person."""
    auth = signs_in(person.authorizes)
    client = client_of(auth)
    call(client, SAMPLE_IMAGE_ID)
    _grow_old(auth, monkeypatch, 3400)

    assert call(client, SAMPLE_IMAGE_ID)

    assert len(person.urls) == 1
    assert [form["grant_type"] for form in idp.asked] == ["authorization_code", "refresh_token"]
    assert idp.asked[1]["refresh_token"] == idp.said[0]["refresh_token"]
    assert idp.asked[1]["client_secret"] == SECRET


@pytest.mark.parametrize("form", ["async"])
def test_the_refresh_token_is_used_when_the_token_is_rejected(
    call: Call, signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, face_emulator: Emulator
) -> None:
    """A token that the service rejects is replaced by way of the refresh token, with the claims of the challenge."""
    client = client_of(signs_in(person.authorizes))
    call(client, SAMPLE_IMAGE_ID)
    challenge = 'Bearer error="insufficient_claims", claims="eyJhIjoxfQ"'
    face_emulator.faults.add(Fault(status=401, headers={"WWW-Authenticate": challenge}, times=1))

    assert call(client, SAMPLE_IMAGE_ID)

    assert len(person.urls) == 1
    assert idp.asked[1]["grant_type"] == "refresh_token"
    assert idp.asked[1]["claims"] == '{"a":1}'
    assert _bearers(face_emulator)[-2:] == [each["access_token"] for each in idp.said]


def test_a_provider_may_want_the_secret_in_the_header(
    signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, face_emulator: Emulator
) -> None:
    """The secret goes where every provider must look for it, in the Authorization header (RFC 6749, section 2.3.1)."""
    idp.takes_secret_in_form = False
    client = client_of(signs_in(person.authorizes))
    _get(client)
    face_emulator.token = "another"

    assert _get(client)

    assert len(person.urls) == 1


def test_refresh_tokens_rotate(signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person) -> None:
    """A new refresh token takes the place of the old one, which stays where none comes with a token."""
    idp.answer(200, _tokens("t0ken-1", refresh_token="refresh-1"))
    idp.answer(200, _tokens("t0ken-2", refresh_token="refresh-2"))
    idp.answer(200, _tokens("t0ken-3"))
    idp.answer(200, _tokens("t0ken-4", refresh_token="refresh-4"))
    store = Store()
    auth = signs_in(person.comes_back(_right), store=store)

    for number in range(1, 4):
        flow = auth.sync_auth_flow(httpx.Request("GET", "https://contoso.example"))
        assert next(flow).headers["authorization"] == f"Bearer t0ken-{number}"
        assert flow.send(httpx.Response(401)).headers["authorization"] == f"Bearer t0ken-{number + 1}"
        with pytest.raises(StopIteration):
            flow.send(httpx.Response(200))

    assert [form.get("refresh_token") for form in idp.asked] == [None, "refresh-1", "refresh-2", "refresh-2"]
    assert [tokens["refresh_token"] for tokens in store.saved] == ["refresh-1", "refresh-2", "refresh-2", "refresh-4"]
    assert len(person.urls) == 1


@pytest.mark.parametrize(("form", "status"), [("sync", 400), ("async", 401)])
def test_a_refused_refresh_token_asks_the_person_again(
    call: Call,
    signs_in: SignsIn,
    client_of: ClientOf,
    idp: Provider,
    person: Person,
    face_emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    """When the provider does not take the refresh token, the person signs in once more; the log says why."""
    caplog.set_level(logging.INFO, "face_client_auth")
    client = client_of(signs_in(person.authorizes))
    call(client, SAMPLE_IMAGE_ID)
    idp.answer(status, {"error": "invalid_grant", "error_description": "It is over."})
    face_emulator.token = "another"

    assert call(client, SAMPLE_IMAGE_ID)

    assert len(person.urls) == 2
    assert [form["grant_type"] for form in idp.asked] == ["authorization_code", "refresh_token", "authorization_code"]
    assert "the refresh token was not accepted: invalid_grant: It is over." in caplog.messages
    assert not any(secret in caplog.text for secret in (SECRET, idp.said[0]["refresh_token"]))


def test_without_a_refresh_token_the_person_is_asked_again(
    signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, face_emulator: Emulator
) -> None:
    """A provider that gives no refresh token is asked by way of the person."""
    idp.edit = lambda said: said.pop("refresh_token")
    client = client_of(signs_in(person.authorizes))
    _get(client)
    face_emulator.token = "another"

    assert _get(client)

    assert len(person.urls) == 2


def test_a_provider_that_is_down_does_not_ask_the_person(
    signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, face_emulator: Emulator
) -> None:
    """When a refresh fails without an answer to it, that is an error, and the refresh token is used the next time."""
    client = client_of(signs_in(person.authorizes))
    _get(client)
    face_emulator.token = "another"
    idp.answer(500, "down", "text/plain")

    with pytest.raises(SignInError, match=f"no token from {idp.host}"):
        _get(client)
    assert _get(client)

    assert len(person.urls) == 1
    assert [form["grant_type"] for form in idp.asked] == ["authorization_code", "refresh_token", "refresh_token"]


def test_a_store_keeps_each_grant(signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person) -> None:
    """After each grant the provider's whole answer is saved, with the time of its end, and it is all JSON."""
    idp.edit = lambda said: said.update(extra={"deep": [1, None]})
    store = Store()

    _get(client_of(signs_in(person.authorizes, store=store)))

    (saved,) = store.saved
    assert abs(saved.pop("expires_at") - time.time() - 3600) < 600
    assert saved == idp.said[0]
    assert json.loads(json.dumps(store.tokens)) == store.tokens
    assert store.loads == 1


@pytest.mark.parametrize("form", ["sync"])
def test_a_store_with_a_good_token(
    call: Call, signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, face_emulator: Emulator
) -> None:
    """With a token from an earlier run nobody is asked, neither the person nor the provider, and nothing is saved."""
    store = Store({"access_token": "emulator-token", "expires_at": time.time() + 3600})
    client = client_of(signs_in(person.authorizes, store=store))

    assert [call(client, SAMPLE_IMAGE_ID) for _ in range(3)] == [face_emulator.images[SAMPLE_IMAGE_ID]] * 3

    assert (person.urls, idp.asked, store.saved, store.loads) == ([], [], [], 1)


@pytest.mark.parametrize("expires_at", [-1, "1000000000"])
@pytest.mark.parametrize("form", ["sync"])
def test_a_store_with_an_old_token(
    call: Call, signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, expires_at: Any
) -> None:
    """With a token that is over, its refresh token gets a new one, which is saved."""
    first = Store()
    _get(client_of(signs_in(person.authorizes, store=first)))
    store = Store({**first.tokens, "expires_at": expires_at})

    assert call(client_of(signs_in(person.authorizes, store=store)), SAMPLE_IMAGE_ID)

    assert len(person.urls) == 1
    assert idp.asked[1]["grant_type"] == "refresh_token"
    assert store.saved[0]["access_token"] == idp.said[1]["access_token"]
    assert store.saved[0]["refresh_token"] == first.tokens["refresh_token"]


def test_a_store_with_a_token_that_is_rejected(
    signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, face_emulator: Emulator
) -> None:
    """A kept token that the service rejects is replaced as any other."""
    store = Store({"access_token": "revoked", "expires_at": time.time() + 3600})

    assert _get(client_of(signs_in(person.authorizes, store=store)))

    assert _bearers(face_emulator) == ["revoked", idp.said[0]["access_token"]]
    assert len(store.saved) == 1


@pytest.mark.parametrize(
    "tokens",
    [
        {"access_token": "to ken", "expires_at": 9e9},
        {"access_token": "x", "expires_at": 1, "refresh_token": "g\u00e4rb\r\nage"},
        ["garbage"],
    ],
)
def test_a_store_with_garbage_asks_the_person(
    signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, tokens: Any
) -> None:
    """Whatever a store holds that is no token, the person signs in, and the new one is saved."""
    store = Store(tokens)

    assert _get(client_of(signs_in(person.authorizes, store=store)))

    assert len(person.urls) == 1
    assert store.saved[0]["access_token"] == idp.said[-1]["access_token"]


def test_what_is_no_token_is_not_used() -> None:
    """A store may hold anything; what is no token that can be sent is as good as nothing."""
    for tokens in (
        *({}, {"what": "ever"}, {"access_token": None, "expires_at": None}, {"access_token": 7, "expires_at": 9e9}),
        *({"access_token": "token", "expires_at": "soon"}, {"access_token": "token", "expires_at": [1]}),
        *({"access_token": "token", "expires_at": float("-inf")}, {"access_token": "", "expires_at": 9e9}),
        {"access_token": "token", "expires_at": 1},
    ):
        assert _valid_token(TokenResponse(tokens)) is None, tokens
    for tokens in (None, "garbage", ["garbage"], 7):
        assert TokenResponse(tokens).parameters == {}
    assert _valid_token(TokenResponse({"access_token": "token", "expires_at": 9e9}))


def test_an_error_of_the_store_arrives(signs_in: SignsIn, client_of: ClientOf, person: Person) -> None:
    """What a store raises on loading is not hidden, and no browser is opened."""
    store = Store()
    store.load = lambda: json.loads("{")  # type: ignore[method-assign]

    with pytest.raises(json.JSONDecodeError):
        _get(client_of(signs_in(person.authorizes, store=store)))

    assert person.urls == []


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (200, "text/html", "<html>s3cret-body</html>"),
        (200, "application/json", '{"access_token": "s3cret body"}'),
        (503, "application/json", '{"error": "busy"}'),
    ],
)
def test_a_strange_answer_for_the_code_is_an_error(
    signs_in: SignsIn,
    client_of: ClientOf,
    idp: Provider,
    person: Person,
    face_emulator: Emulator,
    status: int,
    content_type: str,
    body: str,
) -> None:
    """Whatever the provider answers that is no token is a SignInError with its host and without secrets."""
    idp.answer(status, body, content_type)
    idp.on_issue = str

    with pytest.raises(SignInError, match=f"^no token from {idp.host}: .") as caught:
        _get(client_of(signs_in(person.comes_back(_right))))

    texts = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r} {person.page}"
    assert not any(
        secret in texts for secret in ("s3cret-body", "s3cret body", SECRET, CODE, idp.asked[0]["code_verifier"])
    )
    assert "<h1>Not signed in</h1>" in person.page
    assert len(idp.asked) == 1
    assert face_emulator.requests == ()


@pytest.mark.parametrize(("form", "status"), [("sync", 200), ("async", 400), ("sync", 401)])
def test_a_refusal_of_the_code_is_an_error(
    call: Call, signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, status: int
) -> None:
    """The provider's own words for why it gives no token are the error's, and the page's."""
    idp.answer(status, {"error": "invalid_client", "error_description": "Who is <b>that</b>?"})

    with pytest.raises(SignInError, match=r"^invalid_client: Who is <b>that</b>\?$"):
        call(client_of(signs_in(person.comes_back(_right))), SAMPLE_IMAGE_ID)

    assert "invalid_client: Who is &lt;b&gt;that&lt;/b&gt;?" in person.page


@pytest.mark.parametrize("form", ["async"])
def test_a_provider_that_hangs(
    call: Call,
    signs_in: SignsIn,
    client_of: ClientOf,
    idp: Provider,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A provider that does not answer in time is a SignInError with its host; nothing waits for ever."""
    monkeypatch.setattr("face_client_auth._oauth._TIMEOUT", httpx.Timeout(0.2))
    idp.hold = threading.Event()

    with pytest.raises(SignInError, match=f"^no token from {idp.host}: .*timed out") as caught:
        call(client_of(signs_in(person.comes_back(_right))), SAMPLE_IMAGE_ID)

    idp.hold.set()
    assert not any(secret in f"{caught.value!r}{person.page}" for secret in (SECRET, CODE))


def test_a_provider_that_is_not_there(signs_in: SignsIn, client_of: ClientOf, person: Person, free_port: int) -> None:
    """A provider that cannot be reached is a SignInError with its host."""
    host = f"127.0.0.1:{free_port}"
    auth = signs_in(person.comes_back(_right), token_url=f"http://{host}/token")

    with pytest.raises(SignInError, match=f"^no token from {host}: "):
        _get(client_of(auth))


def test_a_proxy_of_the_environment_sees_nothing(
    signs_in: SignsIn, client_of: ClientOf, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes to a provider on this machine in plain text goes through no proxy."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    assert _get(client_of(signs_in(person.authorizes)))


def test_no_proxy_is_read_as_for_the_client(
    signs_in: SignsIn, client_of: ClientOf, person: Person, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    """The token request is not stopped by a form of NO_PROXY that httpx takes for an invalid URL."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "[::1],127.0.0.0/8")
    auth = signs_in(person.comes_back(_right), token_url=f"https://127.0.0.1:{free_port}/token")

    with pytest.raises(SignInError, match=r"^no token from ") as caught:
        _get(client_of(auth))

    assert "Invalid port" not in str(caught.value)


def test_errors_hold_no_secrets(signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person) -> None:
    """No frame of a failed sign-in's traceback that is the helper's shows a secret, nor does the helper itself."""
    idp.answer(400, {"error": "invalid_grant"})
    auth = signs_in(person.comes_back(_right))

    with pytest.raises(SignInError) as caught:
        _get(client_of(auth))

    shown = [f"{auth!r} {vars(auth)} {vars(auth._client)}"]
    trace = caught.value.__traceback__
    while trace:
        if "face_client" in trace.tb_frame.f_code.co_filename and "tests" not in trace.tb_frame.f_code.co_filename:
            shown.append(f"{trace.tb_frame.f_locals!r}")
        trace = trace.tb_next
    assert len(shown) > 3
    verifier = idp.asked[0]["code_verifier"]
    assert not any(secret in text for secret in (SECRET, CODE, verifier) for text in shown)


def test_twenty_threads_open_one_browser(
    signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, face_emulator: Emulator
) -> None:
    """However many threads begin at once, the person is asked once."""
    client = client_of(signs_in(person.authorizes))
    start = threading.Barrier(20)

    def get(_number: int) -> bytes | None:
        start.wait(10)
        return _get(client)

    with ThreadPoolExecutor(20) as pool:
        images = list(pool.map(get, range(20)))

    assert images == [face_emulator.images[SAMPLE_IMAGE_ID]] * 20
    assert len(person.urls) == len(idp.asked) == 1


@pytest.mark.parametrize("form", ["async"])
def test_an_async_client_is_not_blocked(
    call: Call, see_the_loop_go_on: Callable[[], None], signs_in: SignsIn, client_of: ClientOf, person: Person
) -> None:
    """While the person takes their time, the event loop goes on."""

    def slowly(url: str) -> None:
        see_the_loop_go_on()
        person.authorizes(url)

    assert call(client_of(signs_in(slowly)), SAMPLE_IMAGE_ID)


@pytest.mark.parametrize("form", ["sync"])
def test_a_second_rejection_is_raised(
    call: Call, signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, face_emulator: Emulator
) -> None:
    """A service that takes none of the provider's tokens is sent two, and its answer is raised."""
    idp.on_issue = str
    client = client_of(signs_in(person.authorizes))

    with pytest.raises(AuthenticationError):
        call(client, SAMPLE_IMAGE_ID)

    assert _bearers(face_emulator) == [each["access_token"] for each in idp.said]
    assert (len(person.urls), len(idp.asked)) == (1, 2)


def test_a_service_that_takes_no_token_asks_the_person_once(
    signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, face_emulator: Emulator
) -> None:
    """What a person has just signed in for and the service rejects is an error, with no second browser."""
    idp.on_issue = str
    idp.edit = lambda said: said.pop("refresh_token")
    client = client_of(signs_in(person.authorizes))

    for _ in range(3):
        with pytest.raises(AuthenticationError):
            _get(client)
    assert len(person.urls) == len(idp.asked) == 1
    assert len(face_emulator.requests) == 3

    face_emulator.token = idp.said[0]["access_token"]  # a role takes minutes to be known
    assert _get(client)
    face_emulator.token = "another"
    with pytest.raises(AuthenticationError):
        _get(client)
    assert len(person.urls) == 2


def test_a_challenge_asks_the_person_once_more(
    signs_in: SignsIn, client_of: ClientOf, idp: Provider, person: Person, face_emulator: Emulator
) -> None:
    """A service that wants claims at once gets a sign-in with them, and no third one."""
    idp.on_issue = str
    idp.edit = lambda said: said.pop("refresh_token")
    claims = base64.urlsafe_b64encode(b"{}").decode()
    challenge = f'Bearer error="insufficient_claims", claims="{claims}"'
    face_emulator.faults.add(Fault(status=401, headers={"WWW-Authenticate": challenge}))
    client = client_of(signs_in(person.authorizes))

    for _ in range(2):
        with pytest.raises(AuthenticationError):
            _get(client)

    queries = [dict(parse_qsl(urlsplit(url).query)) for url in person.urls]
    assert [query.get("claims") for query in queries] == [None, "{}"]


@pytest.mark.parametrize("missing", ["authorization_url", "token_url"])
def test_the_endpoints_are_required(missing: str) -> None:
    """There is no authorization server by default: each of its URLs has to be given."""
    urls = {"authorization_url": "https://login.example/authorize", "token_url": "https://login.example/token"}
    del urls[missing]

    with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{missing}'"):
        AuthorizationCodeAuth("app", **urls)


def test_https_and_this_machine_are_accepted() -> None:
    """Https to anywhere and http to this machine are accepted, without anything being sent."""
    for url in ("https://login.example/x", "http://localhost:1/x", "http://127.0.0.1/", "http://[::1]/"):
        assert repr(AuthorizationCodeAuth("app", authorization_url=url, token_url=url)) == "AuthorizationCodeAuth()"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real browser without a window, which finds this machine and no other."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium") or shutil.which("google-chrome"))
    for argument in (
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(argument)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        service = webdriver.ChromeService(shutil.which("chromedriver"), env={**os.environ, "NO_PROXY": "*"})
        driver = webdriver.Chrome(options, service)
    try:
        driver.set_page_load_timeout(30)
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def somebody(chromium: Any) -> Iterator[Callable[..., Browser]]:
    """A person at Chromium, as `somebody(button, name)`, who types a name and clicks on a button."""
    threads: list[threading.Thread] = []
    chromium.get("about:blank")

    def act(url: str, button: str, name: str) -> None:
        chromium.get(url)
        chromium.find_element("name", "sub").send_keys(name)
        chromium.find_element("xpath", f"//button[text()='{button}']").click()

    def make(button: str, name: str = "") -> Browser:
        def open_browser(url: str) -> None:
            threads.append(threading.Thread(target=act, args=(url, button, name)))
            threads[-1].start()

        return open_browser

    yield make
    for thread in threads:
        thread.join(30)


def test_a_real_browser(
    chromium: Any,
    somebody: Callable[..., Browser],
    call: Call,
    signs_in: SignsIn,
    client_of: ClientOf,
    idp: Provider,
    face_emulator: Emulator,
) -> None:
    """In Chromium, the person types a name, clicks "Authorize" and sees "Signed in"; the image is downloaded."""
    auth = signs_in(somebody("Authorize", "alice"), timeout=60)

    image = call(client_of(auth), SAMPLE_IMAGE_ID)

    assert image == face_emulator.images[SAMPLE_IMAGE_ID]
    assert _bearers(face_emulator) == [idp.said[0]["access_token"]]
    assert _heading(chromium) == "Signed in"


@pytest.mark.parametrize("redirect_host", ["127.0.0.1", "localhost"])
def test_a_real_browser_denies(
    chromium: Any,
    somebody: Callable[..., Browser],
    signs_in: SignsIn,
    client_of: ClientOf,
    idp: Provider,
    face_emulator: Emulator,
    redirect_host: str,
) -> None:
    """In Chromium, who clicks "Deny" sees "Not signed in", and the call raises it."""
    auth = signs_in(somebody("Deny"), timeout=60, redirect_host=redirect_host)

    with pytest.raises(SignInError, match="access_denied"):
        _get(client_of(auth))

    assert _heading(chromium) == "Not signed in"
    assert idp.asked == []
    assert face_emulator.requests == ()


def _heading(chromium: Any) -> str:
    """The heading of the page at the end, once it is there."""
    from selenium.webdriver.support.wait import WebDriverWait

    WebDriverWait(chromium, 20).until(lambda browser: "igned in" in browser.title)
    return str(chromium.find_element("tag name", "h1").text)
