"""What a log, a debugger or an error report could show of a client in use: never the key, the token or the like."""

import asyncio
import html
import json
import logging
import pickle
import re
import signal
import socket
import ssl
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from face_client import (
    ApiError,
    AsyncClient,
    AuthenticationError,
    Client,
    IncompleteBody,
    NotFoundError,
    ServerError,
)
from face_client.types import Response
from face_client_auth import (
    BearerTokenAuth,
    SignInError,
    SubscriptionKeyAuth,
    TokenCredentialAuth,
    connect,
    connect_async,
)
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, str], bytes]
TESTS = str(Path(__file__).parent)
# Every secret by its beginning; the last one is "application:" in base64, with the application's secret behind it.
FOUND = re.compile("Sw0rdfish[0-9][a-z]*|YXBwbGljYXRpb246")
# One way with a key and one with a token, one sync and one async: for what all helpers share.
TWO_WAYS = ["key_with_fallback-sync", "credential-async"]


def _shown(value: object, depth: int = 3) -> Iterator[str]:
    """What `repr`, `str` and `vars` show of a value, and of the values in it."""
    yield f"{value!r} {value}"
    inner: list[object] = []
    if hasattr(value, "__dict__") and not isinstance(value, type):
        yield repr(vars(value))
        inner += vars(value).values()
    elif isinstance(value, dict):
        inner += [*value, *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inner += value
    if depth > 1:
        for each in inner:
            yield from _shown(each, depth - 1)


def _safe(value: object) -> str:
    """What `repr` shows; an object that is not finished yet may have none."""
    try:
        return repr(value)
    except Exception as error:
        return repr(error)


def _chain(error: BaseException) -> list[BaseException]:
    """The error and all that it comes from, also what is suppressed."""
    found, left = [], [error]
    while left:
        each = left.pop()
        if each not in found:
            found.append(each)
            more = (each.__cause__, each.__context__, *getattr(each, "exceptions", ()))
            left += [other for other in more if other is not None]
    return found


def _without_tests(report: traceback.TracebackException | None) -> None:
    """Takes the frames of the tests themselves out of a report: they know the secrets."""
    if report is not None:
        report.stack[:] = [frame for frame in report.stack if not frame.filename.startswith(TESTS)]
        _without_tests(report.__cause__)
        _without_tests(report.__context__)


def _reported(error: BaseException) -> Iterator[str]:
    """What an error report shows: the traceback with locals, each cause, its frames, and what is pickled."""
    for each in _chain(error):
        yield from _shown(each)
        yield repr(getattr(each, "__notes__", ""))
        # Before Python 3.13 it fails for an object without a `repr`; the frames are looked at below all the same.
        with suppress(AttributeError):
            report = traceback.TracebackException.from_exception(each, capture_locals=True)
            _without_tests(report)
            yield "".join(report.format())
        for frame, _ in traceback.walk_tb(each.__traceback__):
            if not frame.f_code.co_filename.startswith(TESTS):
                yield f"{frame.f_code.co_qualname}: " + " ".join(
                    f"{name}={_safe(value)}" for name, value in frame.f_locals.items()
                )
    yield pickle.dumps(error).decode("latin-1")


def _is_from_below(error: BaseException) -> bool:
    """Whether a debugger that follows the error gets to the frames of httpx, which hold the request and its headers."""
    frames = [frame for each in _chain(error) for frame, _ in traceback.walk_tb(each.__traceback__)]
    return any(frame.f_globals.get("__name__", "").startswith(("httpx.", "httpcore.")) for frame in frames)


def _logged(records: list[logging.LogRecord]) -> Iterator[str]:
    for record in records:
        yield f"{record.name}: {record.getMessage()} {record.args!r} {record.exc_text} {record.stack_info}"
        yield from _shown(record)
        if record.exc_info and record.exc_info[1]:
            yield from _reported(record.exc_info[1])


def _leaks(texts: Iterator[str]) -> set[str]:
    """The secrets in the texts, each with what stands before it."""
    return {text[max(0, found.start() - 200) : found.end()] for text in texts for found in FOUND.finditer(text)}


def _caught(function: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """What a function returns or raises."""
    try:
        return function(*args, **named)
    except Exception as error:
        return error


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Has every logger say all that it knows."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "h11", "face_client_auth", "asyncio", "anyio", "authlib"):
        caplog.set_level(logging.DEBUG, name)


def _reflected(received: bytes) -> bytes:
    head = f"<h1>Bad gateway</h1><pre>{html.escape(received.decode())}</pre>".encode()
    return _page("500 Internal Server Error", "text/html", head)


def _reflected_in_json(received: bytes) -> bytes:
    text = "".join(f"\\u{ord(each):04x}" for each in received.decode())
    # The code of an error is in the log, too.
    return _page("503 No", "application/json", f'{{"error":{{"code":"{text}","message":"{text}"}}}}'.encode())


def _reflected_in_half(received: bytes) -> bytes:
    head, _, body = _reflected_in_json(received).partition(b"\r\n\r\n")
    return head + b"\r\n\r\n" + body[:-9]


def _reflected_in_utf_16(received: bytes) -> bytes:
    body = json.dumps({"error": {"code": received.decode(), "message": ""}}).encode("utf-16")
    return _page("503 No", "application/json", body)


def _reflected_in_head(received: bytes, status: int = 500) -> bytes:
    line = received.replace(b"\r\n", b" ").strip()
    head = b"HTTP/1.1 %d %b\r\nX-Seen: %b\r\nContent-Length: 1\r\nConnection: close" % (status, line, line)
    return head + b"\r\n\r\nx"


def _page(status: str, media_type: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


class Trouble:
    """What can go wrong with a service: where it then is, and what is raised."""

    def __init__(self, service: Emulator, raw_server: Callable[..., Any], tls: ssl.SSLContext, free_port: int) -> None:
        self.service = service
        self._free_port = free_port
        self._tls = tls
        self._raw_server = raw_server
        self.image_id = SAMPLE_IMAGE_ID
        self.options: dict[str, Any] = {}
        self.is_closed = False

    def none(self) -> tuple[str, type[Exception] | None]:
        return self.service.endpoint, None

    def rejected(self) -> tuple[str, type[Exception] | None]:
        self.service.key, self.service.token = "another", "another"
        return self.service.endpoint, AuthenticationError

    def unknown(self) -> tuple[str, type[Exception] | None]:
        self.image_id = "unknown"
        return self.service.endpoint, NotFoundError

    def reflecting_page(self) -> tuple[str, type[Exception] | None]:
        return self._reflecting(_reflected), ServerError

    def reflecting_json(self) -> tuple[str, type[Exception] | None]:
        return self._reflecting(_reflected_in_json), ServerError

    def reflecting_half(self) -> tuple[str, type[Exception] | None]:
        return self._reflecting(_reflected_in_half), ServerError

    def reflecting_utf_16(self) -> tuple[str, type[Exception] | None]:
        return self._reflecting(_reflected_in_utf_16), ServerError

    def reflecting_head(self) -> tuple[str, type[Exception] | None]:
        return self._reflecting(_reflected_in_head), ServerError

    def page_for_an_image(self) -> tuple[str, type[Exception] | None]:
        return self._reflecting(lambda received: _page("200 OK", "text/html", received)), ApiError

    def redirect(self) -> tuple[str, type[Exception] | None]:
        self.service.faults.add(Fault(status=302, headers={"location": "https://face.test/"}))
        return self.service.endpoint, ApiError

    def redirect_to_nowhere(self) -> tuple[str, type[Exception] | None]:
        self.service.faults.add(Fault(status=302, headers={"location": "https://[face]/"}))
        return self.service.endpoint, ApiError

    def redirect_to_mail(self) -> tuple[str, type[Exception] | None]:
        self.service.faults.add(Fault(status=302, headers={"location": "mailto:x"}))
        return self.service.endpoint, ApiError

    def redirect_to_a_bad_name(self) -> tuple[str, type[Exception] | None]:
        self.service.faults.add(Fault(status=302, headers={"location": "https://xn--/"}))
        return self.service.endpoint, ApiError

    def truncated(self) -> tuple[str, type[Exception] | None]:
        self.service.faults.add(Fault(truncate=1000))
        return self.service.endpoint, IncompleteBody

    def dropped(self) -> tuple[str, type[Exception] | None]:
        self.service.faults.add(Fault(drop=True))
        return self.service.endpoint, httpx.RemoteProtocolError

    def no_http(self) -> tuple[str, type[Exception] | None]:
        return self._reflecting(lambda received: b"SSH-2.0 " + received), httpx.RemoteProtocolError

    def late(self) -> tuple[str, type[Exception] | None]:
        self.options = {"timeout": httpx.Timeout(10, read=0.05)}
        self.service.faults.add(Fault(delay=10))
        return self.service.endpoint, httpx.ReadTimeout

    def stalled(self) -> tuple[str, type[Exception] | None]:
        self.options = {"timeout": httpx.Timeout(10, read=0.05)}
        self.service.faults.add(Fault(chunk_size=1000, chunk_delay=10))
        return self.service.endpoint, httpx.ReadTimeout

    def refused(self) -> tuple[str, type[Exception] | None]:
        return f"http://127.0.0.1:{self._free_port}", httpx.ConnectError

    def untrusted(self) -> tuple[str, type[Exception] | None]:
        self.options = {"httpx_args": {"verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}}
        return str(self._raw_server(b"", self._tls).endpoint), httpx.ConnectError

    def closed(self) -> tuple[str, type[Exception] | None]:
        self.is_closed = True
        return self.service.endpoint, RuntimeError

    def _reflecting(self, answer: Callable[[bytes], bytes]) -> str:
        return str(self._raw_server(lambda connection, received: connection.sendall(answer(received))).endpoint)


@pytest.fixture
def trouble(service: Emulator, raw_server: Callable[..., Any], certificates: Any, free_port: int) -> Trouble:
    """Makes trouble."""
    return Trouble(service, raw_server, certificates.server, free_port)


def _look_for_secrets(way: Any, kind: str, trouble: Trouble, caplog: pytest.LogCaptureFixture) -> None:
    """Calls in each form, and looks at every object that a caller has, at the error reports and the logs."""
    endpoint, error = getattr(trouble, kind)()
    auth = way.auth()
    client = way.client(endpoint, auth, **trouble.options)
    if trouble.is_closed:
        way.close(way.set_httpx_client(client, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)))
    streams: list[str] = []

    def read(body: Any, pieces: Iterator[bytes]) -> bytes:
        streams.extend(_shown(body))
        return b"".join(pieces)

    outcomes = [
        _caught(way.get, client, trouble.image_id),
        _caught(way.get_detailed, client, trouble.image_id),
        _caught(way.use_stream, client, trouble.image_id, read),
    ]

    assert [isinstance(each, error or bytes | Response) for each in (outcomes[0], outcomes[2])] == [True, True]
    assert isinstance(outcomes[1], (error or Response, Response))
    assert repr(client) == f"{type(client).__name__}('{client.base_url}', auth={type(auth).__name__})"
    mine = (client, client.with_options(timeout=1), auth, way.httpx_client_of(client))
    assert not _leaks(text for each in (*mine, *outcomes) for text in _shown(each))
    assert not _leaks(iter(streams))
    assert not _leaks(text for each in outcomes if isinstance(each, Exception) for text in _reported(each))
    assert not [each for each in outcomes if isinstance(each, httpx.RequestError) and _is_from_below(each)]
    assert not _leaks(_logged(caplog.records))
    assert isinstance(outcomes[1], Exception) or any(record.name == "httpx" for record in caplog.records)


def test_no_helper_shows_a_secret(way: Any, trouble: Trouble, caplog: pytest.LogCaptureFixture) -> None:
    """Each helper, once it is used, is shown, reported, logged and pickled without a secret; rejected or not.

    It refuses to be pickled with a TypeError, as does its client, and nothing secret was written before.
    """
    _look_for_secrets(way, "none", trouble, caplog)
    auth = way.auth()
    client = way.client(trouble.service.endpoint, auth)
    way.get(client, SAMPLE_IMAGE_ID)
    for each in (auth, client):
        written = BytesIO()
        with pytest.raises(TypeError, match="pickle"):
            pickle.Pickler(written).dump(each)
        assert not _leaks(iter([written.getvalue().decode("latin-1")]))
    _look_for_secrets(way, "rejected", trouble, caplog)


@pytest.mark.parametrize("way", TWO_WAYS, indirect=True)
@pytest.mark.parametrize(
    "kind", [name for name in vars(Trouble) if not name.startswith("_") and name not in ("none", "rejected")]
)
def test_no_failure_shows_a_secret(way: Any, kind: str, trouble: Trouble, caplog: pytest.LogCaptureFixture) -> None:
    """After any failure, no object that a caller has, no error report and no log shows a secret."""
    _look_for_secrets(way, kind, trouble, caplog)


def _wait_until_blocked(thread: threading.Thread) -> None:
    """Waits until a thread has been at the same instruction for a while."""
    before, times = None, 0
    while times < 20:
        frame = sys._current_frames()[thread.ident or 0]
        here = (frame.f_code, frame.f_lasti)
        times = times + 1 if here == before else 0
        before = here
        time.sleep(0.005)


class Interruption:
    """Stops a call from outside: by Ctrl-C, or as a task that takes too long."""

    def __init__(self, way: Any) -> None:
        self._way = way
        self._expire: Callable[[], object] = lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

    def strike(self) -> None:
        """Stops the call, which by then does nothing but wait."""
        if not self._way.is_async:
            _wait_until_blocked(threading.main_thread())
        self._expire()

    def caught(self, client: Any) -> BaseException:
        """The error of a call that is stopped while it waits."""

        async def get() -> None:
            async with asyncio.timeout(None) as limit:
                loop = asyncio.get_running_loop()
                self._expire = lambda: loop.call_soon_threadsafe(limit.reschedule, loop.time())
                await client.get_session_image(SAMPLE_IMAGE_ID)

        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGUSR1, stop)
        try:
            self._way.run(get) if self._way.is_async else self._way.get(client, SAMPLE_IMAGE_ID)
        except (KeyboardInterrupt, TimeoutError) as error:
            return error
        finally:
            signal.signal(signal.SIGUSR1, before)
        raise AssertionError("nobody stopped it")


@pytest.mark.parametrize("way", TWO_WAYS, indirect=True)
@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nbegun"])
def test_a_call_that_is_interrupted_shows_no_secret(way: Any, begun: bytes, raw_server: Callable[..., Any]) -> None:
    """The error of a call that is told to stop, with all that it was doing, shows no secret."""
    interruption = Interruption(way)

    def answer(connection: socket.socket, _received: bytes) -> None:
        connection.sendall(begun)
        interruption.strike()
        connection.recv(1)  # until the client hangs up

    error = interruption.caught(way.client(raw_server(answer).endpoint))

    assert not _leaks(_reported(error))


@pytest.mark.parametrize("way", ["key_with_fallback-sync"], indirect=True)
def test_a_call_that_is_interrupted_while_it_sends_shows_no_secret(way: Any) -> None:
    """Nor does the error of a call that is told to stop while the server takes nothing more."""
    interruption = Interruption(way)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        striking = threading.Thread(target=interruption.strike)
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        client = way.client(endpoint, headers={"X-Much": "x" * 16_000_000})
        striking.start()
        error = interruption.caught(client)
        striking.join(30)

    assert not _leaks(_reported(error))


@pytest.mark.parametrize("way", TWO_WAYS, indirect=True)
def test_the_reason_phrase_shows_no_secret(way: Any, raw_server: Callable[..., Any]) -> None:
    """A response whose reason phrase repeats the request, which only other connections than ours keep, shows none."""
    server = raw_server(lambda connection, received: connection.sendall(_reflected_in_head(received, 200)))
    client = way.client(server.endpoint)
    way.set_httpx_client(client, trust_env=False)
    shown: list[str] = []

    way.use_stream(client, SAMPLE_IMAGE_ID, lambda body, _: shown.extend(_shown(body)))

    assert "200" in "".join(shown)
    assert not _leaks(iter(shown))


@pytest.mark.parametrize("way", [f"key_with_fallback-{form}" for form in ("sync", "async")], indirect=True)
def test_the_history_of_a_bare_client_shows_no_secret(
    way: Any, service: Emulator, certificates: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """What an httpx client that follows redirects keeps of its way, and what it would do next, shows no secret."""
    url = f"{service.endpoint}/face/v1.2/sessionImages/{SAMPLE_IMAGE_ID}"
    for hops, follow in ((1, True), (2, True), (2, False)):
        service.faults.clear()
        service.faults.add(Fault(status=307, headers={"location": url}, times=hops))
        response = way.send(way.auth(), url, follow_redirects=follow, verify=certificates.client, trust_env=False)

        assert len(response.history) == (hops if follow else 0)
        requests = [each.request for each in (*response.history, response)]
        requests += [response.next_request] if response.next_request else []
        shown = [*response.history, response, *requests, *(each.headers for each in (*response.history, *requests))]
        assert not _leaks(f"{each!r} {each}" for each in shown)
    assert not _leaks(_logged(caplog.records))


class _Key:
    """A key object whose `repr` does not show the key, as that of AzureKeyCredential."""

    __slots__ = ("key",)

    def __init__(self, key: object) -> None:
        self.key = key


def _bad_construction(name: str, secrets: Any, code_auth: Callable[..., Any]) -> Callable[[], object]:
    """A mistake of somebody who has a secret at hand. It is made in a frame of its own, which knows it."""
    return {
        "key with a line break": lambda: SubscriptionKeyAuth(f"{secrets.KEY}\n"),
        "key and something": lambda: SubscriptionKeyAuth(f"key {secrets.KEY}"),
        "key as bytes": lambda: SubscriptionKeyAuth(secrets.KEY.encode()),
        "keys as a list": lambda: SubscriptionKeyAuth([secrets.KEY, secrets.FALLBACK]),
        "fallback with a line break": lambda: SubscriptionKeyAuth(secrets.KEY, f"{secrets.FALLBACK}\r"),
        "token with a word": lambda: BearerTokenAuth(f"Bearer {secrets.TOKEN}"),
        "token as bytes": lambda: BearerTokenAuth(secrets.TOKEN.encode()),
        "token for a credential": lambda: TokenCredentialAuth(secrets.TOKEN),
        "scopes of a wrong type": lambda: code_auth("https://face.test/token", scopes=7),
        "provider by http": lambda: code_auth("http://face.test/token"),
        "key for an auth": lambda: Client("https://face.test", auth=secrets.KEY),
        "key for an async client's auth": lambda: AsyncClient("https://face.test", auth=secrets.KEY),
        "key object": lambda: SubscriptionKeyAuth(_Key(secrets.KEY.encode())),
        "connect with a line break": lambda: connect("https://face.test", f"{secrets.KEY}\n"),
        "connect with a list": lambda: connect("https://face.test", [secrets.KEY]),
        "connect with bytes": lambda: connect(None, secrets.KEY.encode()),
        "connect with a key object": lambda: connect("https://face.test", _Key(f"{secrets.KEY}\n")),
        "connect without an endpoint": lambda: connect(None, secrets.KEY),
        "connect with a bad endpoint": lambda: connect("http://face.test", secrets.KEY),
        "connect_async with a line break": lambda: connect_async("https://face.test", f"{secrets.KEY}\n"),
        "connect_async with a bad option": lambda: connect_async("https://face.test", secrets.KEY, max_retries=-1),
        "key in the environment": lambda: connect("https://face.test"),
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        *("key with a line break", "key and something", "key as bytes", "keys as a list", "fallback with a line break"),
        *("token with a word", "token as bytes", "token for a credential", "scopes of a wrong type"),
        *("provider by http", "key for an auth", "key for an async client's auth"),
        *("key object", "key in the environment"),
        *("connect with a line break", "connect with a list", "connect with bytes", "connect with a key object"),
        *("connect without an endpoint", "connect with a bad endpoint"),
        *("connect_async with a line break", "connect_async with a bad option"),
    ],
)
def test_a_mistake_in_making_shows_no_secret(
    name: str, secrets: Any, code_auth: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of a helper or a client that cannot be made shows no secret, nor does a report with locals."""
    monkeypatch.setenv("FACE_APIKEY", f"{secrets.KEY}\n")
    monkeypatch.delenv("FACE_ENDPOINT", raising=False)

    error = _caught(_bad_construction(name, secrets, code_auth))

    assert isinstance(error, TypeError | ValueError)
    assert not _leaks(_reported(error))


def _get(client: Client) -> bytes:
    return client.get_session_image(SAMPLE_IMAGE_ID)


def _aget(portal: Any, client: AsyncClient) -> bytes:
    image: bytes = portal.call(client.get_session_image, SAMPLE_IMAGE_ID)
    return image


class _Giving:
    """A credential that gives what it is told to, and does not show it."""

    __slots__ = ("_given",)

    def __init__(self, given: Callable[[], object]) -> None:
        self._given = given

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        return self._given()


class _AsyncGiving(_Giving):
    __slots__ = ()

    async def get_token(self, *_scopes: str, **_options: Any) -> Any:
        return self._given()


class _Given(NamedTuple):
    token: Any
    expires_on: Any


def _bad_gift(name: str, secrets: Any) -> httpx.Auth:
    end = time.time() + 3600
    kind = _AsyncGiving if name.startswith("async ") else _Giving
    return {
        "key with a line break": lambda: SubscriptionKeyAuth(lambda: f"{secrets.KEY}\n"),
        "fallback as bytes": lambda: SubscriptionKeyAuth("wrong", lambda: secrets.FALLBACK.encode()),
        "token with a line break": lambda: BearerTokenAuth(lambda: f"{secrets.TOKEN}\n"),
        "token in a list": lambda: BearerTokenAuth(lambda: [secrets.TOKEN]),
        "credential with a line break": lambda: TokenCredentialAuth(kind(lambda: _Given(f"{secrets.TOKEN}\n", end))),
        "credential with bytes": lambda: TokenCredentialAuth(kind(lambda: _Given(secrets.TOKEN.encode(), end))),
        "credential without an end": lambda: TokenCredentialAuth(kind(lambda: _Given(secrets.TOKEN, None))),
        "credential with an end in words": lambda: TokenCredentialAuth(kind(lambda: _Given(secrets.TOKEN, "soon"))),
        "credential with a mere token": lambda: TokenCredentialAuth(kind(lambda: secrets.TOKEN)),
        "credential with a mapping": lambda: TokenCredentialAuth(kind(lambda: {"token": secrets.TOKEN})),
    }[name.removeprefix("async ")]()


@pytest.mark.parametrize(
    "name",
    [
        *("key with a line break", "fallback as bytes", "token with a line break", "token in a list"),
        *("credential with a line break", "credential with bytes", "credential without an end"),
        *("credential with an end in words", "credential with a mere token", "credential with a mapping"),
        *("async credential with a line break", "async credential without an end", "async credential with a mapping"),
    ],
)
def test_a_gift_that_is_wrong_shows_no_secret(
    name: str, secrets: Any, portal: Any, service: Emulator, signed_in: Callable[..., Any]
) -> None:
    """The error of a function or a credential that returns something else than it should shows no secret."""
    auth = _bad_gift(name, secrets)
    # Async, a function is called in a thread, whose frames are in the error too.
    is_async = name.startswith("async ") or "line break" in name
    client = signed_in(service.endpoint, auth, kind=AsyncClient if is_async else Client)

    error = _caught(_aget, portal, client) if is_async else _caught(_get, client)

    assert isinstance(error, TypeError | ValueError | AttributeError)
    assert not _leaks(_reported(error))
    assert not _leaks(_shown(auth))


class _BadStore:
    __slots__ = ("_kind", "_secrets")

    def __init__(self, kind: str, secrets: Any) -> None:
        self._kind = kind
        self._secrets = secrets

    def load(self) -> Any:
        tokens = {"access_token": self._secrets.TOKEN, "refresh_token": self._secrets.REFRESH, "expires_at": 1}
        if self._kind == "text":
            return json.dumps(tokens)
        if self._kind == "list":
            return list(tokens.values())
        return tokens

    def save(self, _tokens: Any) -> None:
        raise OSError("the disk is full")


@pytest.mark.parametrize("kind", ["text", "list", "full"])
def test_a_store_that_is_wrong_shows_no_secret(
    kind: str,
    secrets: Any,
    service: Emulator,
    provider: Any,
    code_auth: Callable[..., Any],
    signed_in: Callable[..., Any],
) -> None:
    """The error of a store that returns something else than it should, or cannot keep it, shows no secret."""
    auth = code_auth(f"{provider.endpoint}/token", store=_BadStore(kind, secrets))

    error = _caught(_get, signed_in(service.endpoint, auth))

    assert isinstance(error, TypeError | ValueError | OSError | SignInError)
    assert not _leaks(_reported(error))


def _form(received: bytes) -> dict[str, str]:
    return dict(parse_qsl(received.partition(b"\r\n\r\n")[2].decode()))


def _said(said: object) -> Callable[[bytes], bytes]:
    return lambda _: _page("200 OK", "application/json", json.dumps(said).encode())


def _json(**said: Any) -> Callable[[bytes], bytes]:
    return _said(said)


def _refusal(received: bytes) -> bytes:
    said = {"error": "invalid_grant", "error_description": f"not good: {' '.join(_form(received).values())}"}
    return _page("400 Bad Request", "application/json", json.dumps(said).encode())


# How a provider may fail, given the token that it should have given.
BAD_PROVIDERS: dict[str, Callable[[Any], Callable[[bytes], bytes]]] = {
    "page": lambda _: _reflected,
    "refusal with a page": lambda _: lambda received: _page("400 Bad Request", "text/html", received),
    "nothing": lambda _: lambda _: b"",
    "half": lambda _: lambda received: _page("200 OK", "application/json", received * 9)[:600],
    "no http": lambda _: lambda received: b"SSH-2.0 " + received,
    "no json": lambda _: lambda received: _page("200 OK", "application/json", received),
    "text": lambda secrets: _said(secrets.TOKEN),
    "list": lambda secrets: _said([secrets.TOKEN]),
    "pairs": lambda secrets: _said([[secrets.TOKEN] * 3]),
    "bad token": lambda secrets: _json(access_token=f"{secrets.TOKEN}\n", expires_in=3600),
    "token of a wrong type": lambda secrets: _json(access_token=[secrets.TOKEN], expires_in=3600),
    "token of a wrong name": lambda secrets: _json(id_token=secrets.TOKEN, expires_in=3600),
    "end in words": lambda secrets: _json(access_token=secrets.TOKEN, expires_in="soon"),
    "end of a wrong type": lambda secrets: _json(access_token=secrets.TOKEN, expires_at=[1]),
    "no end at all": lambda secrets: _json(access_token=secrets.TOKEN, expires_in=float("inf")),
    "end too far": lambda secrets: _json(access_token=secrets.TOKEN, expires_at=10**400),
    "end that is no number": lambda secrets: _json(access_token=secrets.TOKEN, expires_in=float("nan")),
    "deep": lambda _: lambda _: _page("200 OK", "application/json", b"[" * 100_000),
    "empty": lambda _: lambda _: _page("200 OK", "application/json", b""),
    "null": lambda _: _said(None),
    "number": lambda _: _said(7),
    "nothing in it": lambda _: _json(),
    "empty token": lambda _: _json(access_token=""),
    "elsewhere": lambda _: lambda received: _page("302 Found", "text/html", received),
    "not found": lambda _: lambda received: _page("404 Not Found", "text/html", received),
}


@pytest.mark.parametrize("kind", [*BAD_PROVIDERS, "refused", "untrusted"])
def test_a_provider_that_fails_shows_no_secret(
    kind: str,
    secrets: Any,
    service: Emulator,
    raw_server: Callable[..., Any],
    certificates: Any,
    code_auth: Callable[..., Any],
    signed_in: Callable[..., Any],
    free_port: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever a provider answers to a refresh token, nobody is signed in, and no error or log shows a secret."""
    if kind == "refused":
        endpoint = f"http://127.0.0.1:{free_port}"
    elif kind == "untrusted":
        endpoint = raw_server(b"", certificates.server).endpoint
    else:
        answer = BAD_PROVIDERS[kind](secrets)
        endpoint = raw_server(lambda connection, received: connection.sendall(answer(received))).endpoint
    auth = code_auth(f"{endpoint}/token")
    client = signed_in(service.endpoint, auth)

    error = _caught(_get, client)

    assert not _leaks(_reported(error))
    assert not _leaks(text for each in (client, auth) for text in _shown(each))
    assert not _leaks(_logged(caplog.records))
    assert isinstance(error, SignInError)
    assert str(error).startswith(f"no token from {endpoint.partition('//')[2]}: ")
    assert service.requests == ()


@pytest.mark.parametrize(("form", "reflecting"), [("sync", "refresh"), ("async", "code")])
def test_a_provider_that_repeats_what_it_was_sent_shows_no_secret(
    call: Call,
    reflecting: str,
    secrets: Any,
    service: Emulator,
    raw_server: Callable[..., Any],
    grant: bytes,
    code_auth: Callable[..., Any],
    signed_in: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A refusal that repeats the token, the secret, the code or the verifier is told without them, also in the log."""
    sent: list[str] = []

    def answer(connection: socket.socket, received: bytes) -> None:
        form = _form(received)
        sent.extend(form.get("code_verifier", "").split())
        connection.sendall(_refusal(received) if reflecting == "code" or "refresh_token" in form else grant)

    pages: list[str] = []
    browser = _browser(secrets, pages)
    auth = code_auth(f"{raw_server(answer).endpoint}/token", open_browser=browser, timeout=10)
    outcome = _caught(call, signed_in(service.endpoint, auth), SAMPLE_IMAGE_ID)
    browser.thread.join(10)

    assert len(sent) == 1
    if reflecting == "code":
        assert isinstance(outcome, SignInError)
    else:
        assert outcome == service.images[SAMPLE_IMAGE_ID]
    shown = [*pages, *_shown(auth), *_logged(caplog.records), *capfd.readouterr()]
    shown += _reported(outcome) if isinstance(outcome, Exception) else []
    assert not [verifier for verifier in sent if any(verifier in text for text in shown)]
    assert not _leaks(iter(shown))


class _browser:  # noqa: N801 - it is used as a function
    """Goes where it is sent and comes straight back with a code, as a person's browser does after signing in."""

    def __init__(self, secrets: Any, pages: list[str]) -> None:
        self._secrets = secrets
        self._pages = pages
        self.thread = threading.Thread()

    def __call__(self, url: str) -> bool:
        self.thread = threading.Thread(target=self._go, args=(parse_qs(urlsplit(url).query),), daemon=True)
        self.thread.start()
        return True

    def _go(self, asked: dict[str, list[str]]) -> None:
        back = urlsplit(asked["redirect_uri"][0])
        connection = HTTPConnection(back.hostname or "", back.port or 80, timeout=10)
        connection.request("GET", f"/?code={self._secrets.CODE}&state={asked['state'][0]}")
        self._pages.append(connection.getresponse().read().decode())
        connection.close()


@pytest.mark.parametrize(
    ("form", "end"),
    [
        *[("sync", end) for end in ("good", "rejected", "page", "half", "no one comes", "another state")],
        *[("async", end) for end in ("good", "page")],
    ],
)
def test_signing_a_person_in_shows_no_secret(
    call: Call,
    end: str,
    secrets: Any,
    service: Emulator,
    raw_server: Callable[..., Any],
    grant: bytes,
    code_auth: Callable[..., Any],
    signed_in: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """However a sign-in with the browser ends, nothing shows the code, its verifier or what they were given for."""
    sent: list[str] = []

    def answer(connection: socket.socket, received: bytes) -> None:
        sent.append(_form(received)["code_verifier"])
        bad = BAD_PROVIDERS[end](secrets)(received) if end in BAD_PROVIDERS else grant
        connection.sendall(bad)

    if end == "rejected":
        service.token = "another"
    pages: list[str] = []
    browser = _browser(secrets, pages)
    alter = {
        "no one comes": lambda _: True,
        "another state": lambda url: browser(url.replace("state=", "state=x")),
    }.get(end, browser)
    store = _EmptyStore()
    url = f"{raw_server(answer).endpoint}/token"
    timeout = {"no one comes": 0.1, "another state": 1}.get(end, 10)
    auth = code_auth(url, open_browser=alter, store=store, timeout=timeout)
    client = signed_in(service.endpoint, auth)

    outcomes = [_caught(call, client, SAMPLE_IMAGE_ID)]
    if browser.thread.ident:
        browser.thread.join(10)

    if end == "good":
        assert outcomes == [service.images[SAMPLE_IMAGE_ID]]
    else:
        assert isinstance(outcomes[0], AuthenticationError if end == "rejected" else SignInError)
    assert len(sent) == {"no one comes": 0, "another state": 0}.get(end, 1)
    shown = [*pages, *_shown(auth), *_shown(client), *_logged(caplog.records), *capfd.readouterr()]
    shown += [text for each in outcomes if isinstance(each, Exception) for text in _reported(each)]
    assert not [verifier for verifier in sent if any(verifier in text for text in shown)]
    assert not _leaks(iter(shown))


class _EmptyStore:
    """Keeps nothing."""

    __slots__ = ()

    def load(self) -> None:
        return None

    def save(self, tokens: object) -> None:
        """Keeps nothing."""
