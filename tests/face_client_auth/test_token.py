"""Tokens that are kept, renewed in time, and asked for once for all who wait; whoever gives them out."""

import base64
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import httpx
import pytest

from face_client import AsyncClient, AuthenticationError, Client, DeadlineExceeded, NotFoundError
from face_client_auth._secret import Secret
from face_client_auth._token import Token, TokenAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, str], bytes]
ClientOf = Callable[[httpx.Auth], Any]
Crowd = Callable[[httpx.Auth], list[bytes | Exception]]
CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"},"n":"\u00fc\u00ff??>>"}}'


class Issuer:
    """Gives out `token-1`, `token-2` and so on, and fails while it is told to."""

    def __init__(self, clock: Any, life: float = 3600.0, refresh_in: float | None = None) -> None:
        self.claims: list[str | None] = []
        self.problem: Exception | None = None
        self.pause = 0.0
        self.gate = threading.Event()
        self.gate.set()
        self.on_issue: Callable[[str], object] = str
        self._clock = clock
        self._life = life
        self._refresh_in = refresh_in
        self._busy = threading.Lock()

    @property
    def asked(self) -> int:
        return len(self.claims)

    def give(self, claims: str | None) -> Token:
        assert self._busy.acquire(blocking=False), "asked while it was answering"
        try:
            return self._give(claims)
        finally:
            self._busy.release()

    def _give(self, claims: str | None) -> Token:
        self.claims.append(claims)
        time.sleep(self.pause)
        assert self.gate.wait(60)
        if self.problem:
            raise self.problem
        token = f"token-{self.asked}"
        self.on_issue(token)
        now = self._clock.time()
        return Token.of(Secret(token), now + self._life, None if self._refresh_in is None else now + self._refresh_in)

    async def give_later(self, claims: str | None) -> Token:
        assert self._busy.acquire(blocking=False), "asked while it was answering"
        try:
            await anyio.sleep(self.pause)
            return self._give(claims)
        finally:
            self._busy.release()


def _request() -> httpx.Request:
    return httpx.Request("GET", "https://contoso.example")


def _sent(auth: TokenAuth) -> str:
    """The token of the next request, which is answered with 200."""
    flow = auth.sync_auth_flow(_request())
    token = next(flow).headers["authorization"].removeprefix("Bearer ")
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(200))
    return token


def _challenge(claims: str | bytes) -> str:
    encoded = base64.urlsafe_b64encode(claims.encode() if isinstance(claims, str) else claims).decode().rstrip("=")
    return f'Bearer realm="", authorization_uri="https://x.example", error="insufficient_claims", claims="{encoded}"'


def _bearers(emulator: Emulator) -> list[str]:
    """The token of each request that arrived."""
    sent = [value for request in emulator.requests for value in request.headers.getlist("authorization")]
    return [value.removeprefix("Bearer ") for value in sent]


@pytest.mark.parametrize(
    ("life", "refresh_in", "renewed_at"),
    [
        (3600, None, 3300),
        (601, None, 301),
        (599, None, 299.5),
        (60, None, 30),
        (3600, 3590, 3590),
        (60, 50, 50),
        (3600, 7200, 3600),
    ],
)
def test_a_token_is_kept_until_it_is_time(clock: Any, life: float, refresh_in: float | None, renewed_at: float) -> None:
    """A new token is asked for at `refresh_on`, else 5 minutes before the end, or at half of a short life."""
    issuer = Issuer(clock, life, refresh_in)
    auth = TokenAuth(issuer.give)

    sent = [_sent(auth)]
    clock.pass_by(renewed_at - 0.5)
    sent.append(_sent(auth))
    clock.pass_by(1)
    sent.append(_sent(auth))

    assert sent == ["token-1", "token-1", "token-2"]
    assert issuer.claims == [None, None]


@pytest.mark.parametrize("jump", [-4000.0, 3200.0, 1_000_000_000.0])
def test_setting_the_clock_changes_nothing(clock: Any, jump: float) -> None:
    """Once a token is there, its age is taken from a clock that nobody sets."""
    issuer = Issuer(clock)
    auth = TokenAuth(issuer.give)
    _sent(auth)

    clock.wall += jump
    clock.uptime += 3299
    assert _sent(auth) == "token-1"
    clock.uptime += 2
    assert _sent(auth) == "token-2"


def test_a_token_that_is_over_is_not_kept(clock: Any) -> None:
    """A token whose end is past is used for the one request that asked for it."""
    issuer = Issuer(clock, life=-10)
    auth = TokenAuth(issuer.give)

    assert [_sent(auth), _sent(auth)] == ["token-1", "token-2"]


def test_nothing_is_asked_for_before_a_request(clock: Any) -> None:
    """Making the helper, and starting no request, asks nobody."""
    issuer = Issuer(clock)

    TokenAuth(issuer.give).sync_auth_flow(_request())

    assert issuer.asked == 0


def test_a_rejected_token_is_replaced_once(clock: Any) -> None:
    """After a 401 a new token goes with the same request, whose answer is the last; the next request begins with it."""
    issuer = Issuer(clock)
    auth = TokenAuth(issuer.give)
    request = _request()
    flow = auth.sync_auth_flow(request)

    assert next(flow).headers["authorization"] == "Bearer token-1"
    again = flow.send(httpx.Response(401))

    assert again is request
    assert again.headers.get_list("authorization") == ["Bearer token-2"]
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(401))
    assert _sent(auth) == "token-2"
    assert issuer.claims == [None, None]


def test_any_other_answer_is_the_last(clock: Any) -> None:
    """A 401 alone says that the token is no good."""
    for status in (200, 302, 400, 403, 404, 407, 429, 500):
        issuer = Issuer(clock)
        flow = TokenAuth(issuer.give).sync_auth_flow(_request())
        next(flow)

        with pytest.raises(StopIteration):
            flow.send(httpx.Response(status, headers={"www-authenticate": _challenge(CLAIMS)}))

        assert issuer.asked == 1


@pytest.mark.parametrize("padded", [False, True])
def test_the_claims_of_a_challenge_are_passed_on(clock: Any, padded: bool) -> None:
    """The claims that the service wants are decoded, whether padded or not, and asked for with the next token."""
    issuer = Issuer(clock)
    flow = TokenAuth(issuer.give).sync_auth_flow(_request())
    next(flow)
    for claims in (CLAIMS, CLAIMS + " ", CLAIMS + "  "):
        challenge = _challenge(claims)
        assert "-" in challenge
        if padded:
            challenge = challenge[:-1] + "=" * (-len(challenge.rpartition('claims="')[2][:-1]) % 4) + '"'
        flow = TokenAuth(issuer.give).sync_auth_flow(_request())
        next(flow)
        flow.send(httpx.Response(401, headers={"www-authenticate": challenge}))
        assert issuer.claims[-1] == claims


def test_a_challenge_among_others_is_found(clock: Any) -> None:
    """The challenge with claims may come after one of another kind, in a header of its own."""
    issuer = Issuer(clock)
    flow = TokenAuth(issuer.give).sync_auth_flow(_request())
    next(flow)

    flow.send(httpx.Response(401, headers=[("www-authenticate", "Basic"), ("www-authenticate", _challenge(CLAIMS))]))

    assert issuer.claims == [None, CLAIMS]


def test_a_challenge_without_readable_claims_does_no_harm(clock: Any) -> None:
    """Whatever the service wrote, a new token is asked for as usual, without claims."""
    for challenge in (
        *("", "Bearer", 'Bearer error="insufficient_claims"', 'Bearer error="insufficient_claims", claims=""'),
        'Bearer error="insufficient_claims", claims="A"',
        'Bearer error="insufficient_claims", claims="=="',
        'Bearer error="insufficient_claims", claims="\u00e9\u00e9\u00e9\u00e9"',
        'Bearer error="insufficient_claims", claims="' + "A" * 41,
        _challenge(b"\xff\xfe\xfd"),
        _challenge(CLAIMS).replace("insufficient_claims", "invalid_token"),
        'Bearer error="insufficient_claims", xclaims="e30"',
    ):
        issuer = Issuer(clock)
        flow = TokenAuth(issuer.give).sync_auth_flow(_request())
        next(flow)

        again = flow.send(httpx.Response(401, headers={"www-authenticate": challenge.encode("latin-1")}))

        assert again.headers["authorization"] == "Bearer token-2"
        assert [claims or None for claims in issuer.claims] == [None, None]


def test_when_no_new_token_can_be_had_the_old_one_is_used(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    """While the old token is good, a failure is a warning without its text, and the next try is 30 s later."""
    caplog.set_level(logging.DEBUG)
    issuer = Issuer(clock)
    auth = TokenAuth(issuer.give)
    _sent(auth)
    clock.pass_by(3301)
    issuer.problem = OSError("s3cret")

    assert [_sent(auth) for _ in range(3)] == ["token-1"] * 3
    assert issuer.asked == 2
    clock.pass_by(29)
    assert (_sent(auth), issuer.asked) == ("token-1", 2)
    clock.pass_by(2)
    assert (_sent(auth), issuer.asked) == ("token-1", 3)

    assert [(record.name, record.levelname) for record in caplog.records] == [("face_client_auth", "WARNING")] * 2
    assert caplog.messages[0] == "token refresh failed (OSError), current token valid for 299 s"
    assert "s3cret" not in caplog.text
    assert "token-1" not in caplog.text
    issuer.problem = None
    clock.pass_by(31)
    assert (_sent(auth), _sent(auth), issuer.asked) == ("token-4", "token-4", 4)


def test_when_the_old_token_is_over_the_error_arrives(clock: Any) -> None:
    """At the end of the old token the issuer's own error is raised, and each request asks it again."""
    issuer = Issuer(clock)
    auth = TokenAuth(issuer.give)
    _sent(auth)
    issuer.problem = OSError("no network")
    clock.pass_by(3601)

    for _ in range(2):
        with pytest.raises(OSError, match="no network") as caught:
            _sent(auth)
        assert caught.value is issuer.problem
    issuer.problem = None

    assert _sent(auth) == "token-4"


def test_the_first_error_arrives(clock: Any) -> None:
    """Without any token the issuer's own error is raised, and later it is asked again."""
    issuer = Issuer(clock)
    auth = TokenAuth(issuer.give)
    issuer.problem = OSError("no network")
    with pytest.raises(OSError, match="no network"):
        _sent(auth)
    issuer.problem = None

    assert _sent(auth) == "token-2"


def test_a_rejected_token_is_not_kept_when_there_is_no_new_one(clock: Any) -> None:
    """A token that the service has rejected is dropped, even if it has not ended and no new one can be had."""
    issuer = Issuer(clock)
    auth = TokenAuth(issuer.give)
    flow = auth.sync_auth_flow(_request())
    next(flow)
    issuer.problem = OSError("no network")

    with pytest.raises(OSError, match="no network"):
        flow.send(httpx.Response(401))
    issuer.problem = None

    assert _sent(auth) == "token-3"


def test_a_rejected_token_is_replaced_after_a_failed_renewal(clock: Any) -> None:
    """A request that set out before a renewal failed has its token replaced when it is rejected."""
    issuer = Issuer(clock)
    auth = TokenAuth(issuer.give)
    flow = auth.sync_auth_flow(_request())
    next(flow)
    clock.pass_by(3301)
    issuer.problem = OSError("no network")
    assert _sent(auth) == "token-1"
    issuer.problem = None

    assert flow.send(httpx.Response(401)).headers["authorization"] == "Bearer token-3"
    assert _sent(auth) == "token-3"


def test_a_token_that_is_rejected_late_is_not_replaced_twice(clock: Any) -> None:
    """Who is told late that the old token is rejected uses the one that somebody else has brought meanwhile."""
    issuer = Issuer(clock)
    auth = TokenAuth(issuer.give)
    early, late = (auth.sync_auth_flow(_request()) for _ in range(2))
    next(early)
    next(late)

    sent = [flow.send(httpx.Response(401)).headers["authorization"] for flow in (early, late)]

    assert sent == ["Bearer token-2"] * 2
    assert issuer.asked == 2


@pytest.mark.parametrize("token", ["", "to ken", None])
def test_what_is_no_token_is_refused(clock: Any, token: Any) -> None:
    """A token that cannot be sent is refused without being repeated."""

    def fetch(_claims: str | None) -> Token:
        return Token.of(Secret(token), clock.time() + 3600)

    with pytest.raises((TypeError, ValueError), match=r"^the token (is empty|contains|must be a str)") as caught:
        next(TokenAuth(fetch).sync_auth_flow(_request()))

    assert "ken" not in str(caught.value).replace("token", "")


def test_plain_http_to_another_machine_is_refused(clock: Any) -> None:
    """No token is put into a request that others could read, and the error does not show it."""
    auth = TokenAuth(Issuer(clock).give)

    with pytest.raises(ValueError, match=r"is not sent to contoso\.example over http: use https") as caught:
        next(auth.sync_auth_flow(httpx.Request("GET", "http://contoso.example")))

    assert "token-1" not in str(caught.value)


def test_the_token_is_not_shown(clock: Any) -> None:
    """Neither the helper, nor the token, nor the signed request shows it."""
    auth = TokenAuth(Issuer(clock).give)
    request = next(auth.sync_auth_flow(_request()))

    assert "token-1" not in f"{auth!r} {vars(auth)} {request!r} {request.headers!r} {request.headers}"


def test_twenty_calls_ask_once(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """Over a socket, twenty calls go out with one token, sync and async."""
    issuer = Issuer(time)
    face_emulator.token = "token-1"
    client = client_of(TokenAuth(issuer.give))

    images = [call(client, SAMPLE_IMAGE_ID) for _ in range(20)]

    assert images == [face_emulator.images[SAMPLE_IMAGE_ID]] * 20
    assert issuer.asked == 1
    assert _bearers(face_emulator) == ["token-1"] * 20


def test_a_token_that_the_service_rejects(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """Over a socket, a token that was revoked costs one more request, with the claims that the service wants."""
    issuer = Issuer(time)
    face_emulator.token = "token-1"
    client = client_of(TokenAuth(issuer.give))
    call(client, SAMPLE_IMAGE_ID)
    face_emulator.token = "token-2"
    face_emulator.faults.add(Fault(status=401, headers={"WWW-Authenticate": _challenge(CLAIMS)}, times=1))

    assert call(client, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]

    assert issuer.claims == [None, CLAIMS]
    assert _bearers(face_emulator) == ["token-1", "token-1", "token-2"]


@pytest.mark.parametrize("form", ["async"])
def test_a_second_rejection_is_raised(call: Call, client_of: ClientOf, face_emulator: Emulator) -> None:
    """A service that rejects the new token, too, ends in its error after two requests; other errors after one."""
    issuer = Issuer(time)
    client = client_of(TokenAuth(issuer.give))

    with pytest.raises(AuthenticationError):
        call(client, SAMPLE_IMAGE_ID)

    assert _bearers(face_emulator) == ["token-1", "token-2"]
    face_emulator.token = "token-2"
    with pytest.raises(NotFoundError):
        call(client, "other")
    assert _bearers(face_emulator)[2:] == ["token-2"]


def test_a_crowd_asks_once(crowd: Crowd, face_emulator: Emulator) -> None:
    """However many threads or tasks begin at once, the first token is asked for once."""
    issuer = Issuer(time)
    issuer.pause = 0.1
    face_emulator.token = "token-1"

    images = crowd(TokenAuth(issuer.give))

    assert images == [face_emulator.images[SAMPLE_IMAGE_ID]] * len(images)
    assert issuer.asked == 1
    assert _bearers(face_emulator) == ["token-1"] * len(images)


def test_a_crowd_is_rejected_and_asks_once_more(crowd: Crowd, face_emulator: Emulator) -> None:
    """When the token of many threads or tasks is rejected at once, one new one is asked for, for all of them."""
    issuer = Issuer(time)
    auth = TokenAuth(issuer.give)
    _sent(auth)
    issuer.pause = 0.1
    face_emulator.token = "token-2"

    images = crowd(auth)

    assert images == [face_emulator.images[SAMPLE_IMAGE_ID]] * len(images)
    assert issuer.asked == 2
    assert 1 <= _bearers(face_emulator).count("token-1") <= len(images)
    assert _bearers(face_emulator).count("token-2") == len(images)


@pytest.mark.parametrize("is_rejected", [False, True])
def test_a_crowd_shares_a_failure(
    request: pytest.FixtureRequest, crowd: Crowd, face_emulator: Emulator, is_rejected: bool
) -> None:
    """Threads or tasks that wait for a token get the error of the one that asked, and later ones ask again."""
    size = int(request.node.callspec.params["crowd"].split()[0])
    issuer, waiting = Issuer(time), []

    class Auth(TokenAuth):
        def _refresh_step(self, *arguments: Any) -> Callable[[], Any]:
            waiting.append(arguments)
            if len(waiting) == size:
                issuer.gate.set()
            return super()._refresh_step(*arguments)

    auth = Auth(issuer.give)
    if is_rejected:
        _sent(auth)
    waiting.clear()
    issuer.gate.clear()
    issuer.problem = OSError("no answer")
    before = issuer.asked

    errors = crowd(auth)
    assert errors == [issuer.problem] * len(errors)
    assert issuer.asked == before + 1

    issuer.problem, face_emulator.token = None, f"token-{before + 2}"
    assert crowd(auth) == [face_emulator.images[SAMPLE_IMAGE_ID]] * len(errors)


@pytest.mark.parametrize("crowd", ["50 tasks"], indirect=True)
def test_a_crowd_shares_an_async_issuer(crowd: Crowd, face_emulator: Emulator) -> None:
    """Tasks that begin at once have one token asked for, and one more when it is rejected for all of them."""
    issuer = Issuer(time)
    issuer.pause = 0.1
    issuer.on_issue = partial(setattr, face_emulator, "token")
    auth = TokenAuth(issuer.give_later)

    images = crowd(auth)
    assert issuer.asked == 1
    face_emulator.token = "another"
    images += crowd(auth)

    assert images == [face_emulator.images[SAMPLE_IMAGE_ID]] * 100
    assert issuer.asked == 2


def test_threads_and_tasks_at_once_ask_once(
    client_of: Callable[..., Any], portal: Any, face_emulator: Emulator
) -> None:
    """A sync and an async client with one helper share one token, even if both begin at once."""
    issuer = Issuer(time)
    issuer.pause = 0.1
    face_emulator.token = "token-1"
    auth = TokenAuth(issuer.give)
    client, other = client_of(auth), client_of(auth, kind=AsyncClient)

    pending = [portal.start_task_soon(other.get_session_image, SAMPLE_IMAGE_ID) for _ in range(5)]
    image = client.get_session_image(SAMPLE_IMAGE_ID)

    assert [each.result(30) for each in pending] == [image] * 5
    assert issuer.asked == 1


def test_many_who_wait_do_not_use_up_the_threads(
    portal: Any, client_of: Callable[..., Any], face_emulator: Emulator
) -> None:
    """While many tasks wait for a token, other work in threads goes on."""
    issuer = Issuer(time)
    face_emulator.token = "token-1"
    client = client_of(TokenAuth(issuer.give), kind=AsyncClient)
    worked = threading.Event()
    in_time: list[bool] = []
    issuer.on_issue = lambda _token: in_time.append(worked.wait(30))

    async def run() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(client.get_session_image, SAMPLE_IMAGE_ID)
            await anyio.wait_all_tasks_blocked()
            await anyio.to_thread.run_sync(worked.set)

    portal.call(run)

    assert in_time == [True]


@pytest.mark.anyio
@pytest.mark.parametrize("fetch", ["give", "give_later"])
@pytest.mark.parametrize("who", ["the one that fetches", "one that waits", "all"])
async def test_one_that_gives_up_leaves_the_others(face_emulator: Emulator, fetch: str, who: str) -> None:
    """When one of many tasks is cancelled, whether it fetches or waits, the others get their images."""
    issuer = Issuer(time)
    issuer.on_issue = partial(setattr, face_emulator, "token")
    go_on = threading.Event()
    images: list[bytes | None] = []
    scopes = [anyio.CancelScope() for _ in range(10)]

    def give(claims: str | None) -> Token:
        assert go_on.wait(30)
        return issuer.give(claims)

    async def give_later(claims: str | None) -> Token:
        while not go_on.is_set():
            await anyio.sleep(0.001)
        return await issuer.give_later(claims)

    auth = TokenAuth(give if fetch == "give" else give_later)
    async with AsyncClient(face_emulator.endpoint, auth=auth) as client:

        async def download(scope: anyio.CancelScope) -> None:
            with scope:
                images.append(await client.get_session_image(SAMPLE_IMAGE_ID))

        async with anyio.create_task_group() as group:
            for scope in scopes:
                group.start_soon(download, scope)
            for _ in range(20):
                await anyio.sleep(0.001)
            for scope in {"all": scopes, "one that waits": scopes[5:6]}.get(who, scopes[:1]):
                scope.cancel()
            go_on.set()

        assert images == [face_emulator.images[SAMPLE_IMAGE_ID]] * (0 if who == "all" else 9)
        assert await client.get_session_image(SAMPLE_IMAGE_ID)

    assert issuer.asked <= 2


def test_an_async_issuer_serves_one_event_loop_after_another(face_emulator: Emulator) -> None:
    """A helper outlives an event loop, and keeps its token for the next one."""
    issuer = Issuer(time)
    face_emulator.token = "token-1"
    auth = TokenAuth(issuer.give_later)

    async def download() -> bytes | None:
        async with AsyncClient(face_emulator.endpoint, auth=auth) as client:
            return await client.get_session_image(SAMPLE_IMAGE_ID)

    assert [anyio.run(download) for _ in range(2)] == [face_emulator.images[SAMPLE_IMAGE_ID]] * 2
    assert anyio.run(download, backend="trio") == face_emulator.images[SAMPLE_IMAGE_ID]
    assert issuer.asked == 1


@pytest.mark.parametrize("form", ["async"])
def test_a_deadline_does_not_wait_for_a_token(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator
) -> None:
    """Calls end at their deadline while the token takes its time, in one thread for all; a later call uses it."""
    face_emulator.token = "token-1"
    issuer, is_open, threads = Issuer(time), threading.Event(), []
    issuer.on_issue = lambda _: is_open.wait(30)
    client = make_client(face_emulator.endpoint, auth=TokenAuth(issuer.give))
    try:
        for _ in range(3):
            with pytest.raises(DeadlineExceeded):
                call(client.with_options(deadline=0.2), SAMPLE_IMAGE_ID)
            threads.append(threading.active_count())
    finally:
        is_open.set()

    assert call(client, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]
    assert issuer.asked == 1
    assert threads[2] <= threads[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_child_does_not_wait_for_a_thread_of_its_parent(form: str, face_emulator: Emulator) -> None:
    """After a fork in the middle of a refresh, whose thread the child does not have, calls in the child work."""
    face_emulator.token = "token-1"
    parent, is_asked, is_open = os.getpid(), threading.Event(), threading.Event()

    def give(_claims: str | None) -> Token:
        if os.getpid() == parent:
            is_asked.set()
            assert is_open.wait(30)
        return Token.of(Secret("token-1"), time.time() + 3600)

    auth = TokenAuth(give)

    def download() -> bytes:
        with Client(face_emulator.endpoint, auth=auth) as client:
            return client.get_session_image(SAMPLE_IMAGE_ID)

    async def download_async() -> bytes:
        async with AsyncClient(face_emulator.endpoint, auth=auth) as client:
            return await client.get_session_image(SAMPLE_IMAGE_ID)

    thread = threading.Thread(target=download)
    thread.start()
    try:
        assert is_asked.wait(30)
        child = os.fork()
        if not child:
            signal.alarm(20)
            status = 1
            try:
                image = download() if form == "sync" else anyio.run(download_async)
                status = int(image != face_emulator.images[SAMPLE_IMAGE_ID])
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
    finally:
        is_open.set()
        thread.join(30)
