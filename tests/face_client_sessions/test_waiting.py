"""Waiting for a result: what is final, how long the pauses are, and when it is given up."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from face_client import ApiError, AsyncClient, Client, DeadlineExceeded, NotFoundError
from face_client.document import API_VERSION
from face_client.models import LivenessSession, LivenessSessionResults
from face_client.types import Response
from face_client_sessions import latest_attempt
from face_client_sessions._waiting import PollState
from face_emulator import Emulator, Fault

Function = Callable[..., Any]
CONTOSO = "https://contoso.cognitiveservices.azure.com"


def _response(status: Any = "Running", **headers: str) -> Response[Any]:
    session = LivenessSession("an-id", "", status, LivenessSessionResults([]))
    return Response(
        200, b"", httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()}), session
    )


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undoes the short pauses of the other tests."""
    monkeypatch.setattr("face_client_sessions._waiting.FIRST_PAUSE", 1.0)
    monkeypatch.setattr("face_client_sessions._waiting.LAST_REQUEST", 1.0)


@pytest.mark.parametrize(
    ("outcome", "with_verify", "status"),
    [("realface", False, "Succeeded"), ("mask", False, "Failed"), ("canceled", True, "Canceled")],
)
def test_it_asks_until_the_session_has_ended(
    outcome: str, with_verify: bool, status: str, call: Function, client: Any, create: Function, running: Function
) -> None:
    """A session that is still running is asked for again, and what has ended is returned with its attempts."""
    session_id = create(outcome, with_verify=with_verify)
    running(times=2)

    session = call("wait_for_result", client, session_id, with_verify=with_verify)

    assert session.session_id == session_id
    assert session.status == status
    assert [attempt.attempt_status for attempt in session.results.attempts] == [status]


def test_it_asks_nothing_else(
    call: Function, client: Any, create: Function, running: Function, face_emulator: Emulator
) -> None:
    """After the first final status there is no other request."""
    session_id = create("realface")
    running(times=2, status="NotStarted")

    call("wait_for_result", client, session_id)

    asked = [f"/face/{API_VERSION}/detectLiveness-sessions/{session_id}"] * 3
    assert [request.path for request in face_emulator.requests if request.method == "GET"] == asked


@pytest.mark.parametrize(
    ("status", "is_final"),
    [("Succeeded", True), ("failed", True), ("Running", False), ("Paused", False), (None, False)],
)
def test_an_unknown_status_is_not_final(status: Any, is_final: bool) -> None:
    """Only three statuses end the waiting, in any case, as in azure-core."""
    assert (PollState(Client, Client(CONTOSO), None).pause(_response(status)) is None) == is_final


@pytest.mark.usefixtures("patient")
def test_the_pauses_grow() -> None:
    """They begin with 1 s, and are 5 s at most."""
    state = PollState(AsyncClient, AsyncClient(CONTOSO), None)

    assert [state.pause(_response()) for _ in range(7)] == [1, 1.5, 2.25, 3.375, 5, 5, 5]


@pytest.mark.usefixtures("patient")
def test_the_last_pause_leaves_time_for_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that ends before the deadline is not missed because of a long pause."""
    monkeypatch.setattr("face_client_sessions._waiting.FIRST_PAUSE", 100.0)

    pause = PollState(Client, Client(CONTOSO), 50).pause(_response())

    assert pause is not None
    assert 20 < pause <= 49
    with pytest.raises(DeadlineExceeded, match=r"deadline of 0\.9 s exceeded"):
        PollState(Client, Client(CONTOSO), 0.9).pause(_response())


def test_no_pause_is_shorter_than_a_tenth_of_a_second_or_longer_than_a_day() -> None:
    """A service that asks for almost no pause is not asked thousands of times, and a clock has an end."""
    state = PollState(Client, Client(CONTOSO), None)

    assert state.pause(_response(retry_after_ms="1")) == 0.1
    assert state.pause(_response(retry_after="1" + "0" * 30)) == 86_400


def test_the_service_decides_on_the_pause() -> None:
    """Retry-After is kept, in Azure's headers too; without it or with 0 s, the pause is the client's own."""
    state = PollState(Client, Client(CONTOSO), None)

    assert state.pause(_response(retry_after="7")) == 7
    assert state.pause(_response(x_ms_retry_after_ms="1500")) == 1.5
    assert state.pause(_response(retry_after="0")) == 0.01


def test_a_pause_of_the_service_over_the_wire(
    call: Function, client: Any, create: Function, running: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retry-After of a success replaces a pause that would take longer than this test may."""
    monkeypatch.setattr("face_client_sessions._waiting.FIRST_PAUSE", 1000.0)
    session_id = create("realface")
    running(times=2, headers={"retry-after-ms": "10"})

    assert call("wait_for_result", client, session_id, deadline=None).status == "Succeeded"


def test_a_pause_that_is_longer_than_the_deadline(
    call: Function, client: Any, create: Function, running: Function, face_emulator: Emulator
) -> None:
    """It is not waited for: the error comes at once, with the last status and what to do."""
    session_id = create()
    running(headers={"Retry-After": "400"})

    with pytest.raises(
        DeadlineExceeded, match=r"deadline of 300 s exceeded.*was Running; .* 400 s: call again"
    ) as caught:
        call("wait_for_result", client, session_id, deadline=300)

    assert len([request for request in face_emulator.requests if request.method == "GET"]) == 1
    assert str(caught.value.request.url) == client.base_url
    assert session_id not in str(caught.value)


def test_a_session_that_does_not_end(call: Function, client: Any, create: Function, face_emulator: Emulator) -> None:
    """It is asked for until the deadline, which is kept."""
    session_id = create()
    start = time.monotonic()

    with pytest.raises(DeadlineExceeded, match="was NotStarted"):
        call("wait_for_result", client, session_id, deadline=1)

    assert time.monotonic() - start < 10
    assert len([request for request in face_emulator.requests if request.method == "GET"]) > 1


def test_a_request_that_takes_longer_than_the_deadline(
    call: Function, client: Any, create: Function, face_emulator: Emulator
) -> None:
    """A response that does not come is not waited for beyond the deadline of the whole."""
    session_id = create("realface")
    face_emulator.faults.add(Fault(delay=30))
    start = time.monotonic()

    with pytest.raises(DeadlineExceeded, match=r"deadline of 0\.3 s exceeded.*was unknown") as caught:
        call("wait_for_result", client, session_id, deadline=0.3)

    assert isinstance(caught.value.__cause__, DeadlineExceeded)
    assert time.monotonic() - start < 10


def test_the_deadline_of_the_client(call: Function, client: Any, create: Function, face_emulator: Emulator) -> None:
    """It applies to each request, and its error is raised as it is."""
    session_id = create("realface")
    face_emulator.faults.add(Fault(delay=30))

    with pytest.raises(DeadlineExceeded, match=r"no complete response within 0\.2 s"):
        call("wait_for_result", client.with_options(deadline=0.2), session_id)


def test_an_unknown_session(call: Function, client: Any) -> None:
    """The error of the service is raised as it is."""
    with pytest.raises(NotFoundError) as caught:
        call("wait_for_result", client, "an-unknown-id")

    assert caught.value.code == "SessionNotFound"


def test_a_response_that_is_no_session(call: Function, client: Any, face_emulator: Emulator) -> None:
    """It is the ApiError of the method without `_detailed`."""
    face_emulator.faults.add(Fault(status=200, body="[]", content_type="application/json"))

    with pytest.raises(ApiError, match="not what the document promises"):
        call("wait_for_result", client, "an-id")


def test_a_session_without_results(call: Function, client: Any, face_emulator: Emulator) -> None:
    """The service documents results in each session, but their absence loses nothing else."""
    body = '{"sessionId": "an-id", "status": "Failed"}'
    face_emulator.faults.add(Fault(status=200, body=body, content_type="application/json"))

    session = call("wait_for_result", client, "an-id")

    assert session.session_id == "an-id"
    assert latest_attempt(session) is None


@pytest.mark.parametrize(("deadline", "error"), [(0, ValueError), ("10", TypeError)])
def test_an_invalid_deadline(
    deadline: Any, error: type[Exception], call: Function, client: Any, face_emulator: Emulator
) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(error, match="deadline"):
        call("wait_for_result", client, "an-id", deadline=deadline)

    assert face_emulator.requests == ()


@pytest.mark.parametrize("name", ["wait_for_result", "wait_for_image"])
def test_the_client_of_the_other_kind(form: str, call: Function, name: str) -> None:
    """A sync helper takes a Client and an async one an AsyncClient, and says so before anything is sent."""
    taken, given = (Client, AsyncClient) if form == "sync" else (AsyncClient, Client)

    with pytest.raises(TypeError, match=f"must be a face_client.{taken.__name__}, not {given.__name__}"):
        call(name, given(CONTOSO), "an-id")
