"""Waits until a session has ended."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, Literal, TypeVar, overload

import anyio
import httpx

from face_client import AsyncClient, Client, DeadlineExceeded
from face_client.models import LivenessSession, LivenessWithVerifySession
from face_client.types import Response
from face_client_runtime import printable

from ._attempts import AnySession

FIRST_PAUSE = 1.0
PAUSE_GROWTH = 1.5
MAX_PAUSE = 5.0
MAX_RETRY_AFTER = 86_400.0
MIN_PAUSE = 0.1  # also if the service asks for less
LAST_REQUEST = 0.5  # seconds that are left for one more request before the deadline
# As in azure-core (azure/core/polling/base_polling.py): in any case, and an unknown status is not final.
FINAL_STATUSES = {"succeeded", "failed", "canceled"}

ClientT = TypeVar("ClientT", Client, AsyncClient)


class PollState(Generic[ClientT]):
    """The pauses and the deadline of waiting for one session.

    Args:
        kind: The class that the client must have.
        client: The client that sends the requests.
        deadline: Seconds for all requests and pauses, or None for no limit.
    """

    session: AnySession

    def __init__(self, kind: type[ClientT], client: ClientT, deadline: float | None) -> None:
        if not isinstance(client, kind):
            raise TypeError(f"the client must be a face_client.{kind.__name__}, not {type(client).__name__}")
        client.with_options(deadline=deadline)  # raises if it is invalid
        self._client: ClientT = client
        self._deadline = deadline
        self._end = float("inf") if deadline is None else time.monotonic() + deadline
        self._pause = FIRST_PAUSE
        self._status = "unknown"

    @contextmanager
    def client(self) -> Iterator[ClientT]:
        """The client for the next request, whose own deadline is limited to the time that is left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self._deadline_exceeded()
        if left >= (float("inf") if self._client.deadline is None else self._client.deadline):
            yield self._client
            return
        try:
            yield self._client.with_options(deadline=left)
        except DeadlineExceeded as error:
            raise self._deadline_exceeded() from error

    def pause(self, response: Response[Any]) -> float | None:
        """Returns the seconds until the next request, or None if the response is the result of the session.

        Raises:
            ApiError: The response is not the documented success.
            DeadlineExceeded: The next request would be too late.
        """
        session: Any = response.raise_for_status().parsed
        self.session = session
        self._status = str(self.session.status or "unknown")
        if self._status.lower() in FINAL_STATUSES:
            return None
        left = self._end - time.monotonic()
        if response.retry_after:
            pause = min(max(response.retry_after, MIN_PAUSE), MAX_RETRY_AFTER)
            if pause >= left:
                raise self._deadline_exceeded(f"the service asks for a pause of {response.retry_after:g} s")
        else:
            pause = min(self._pause, left - LAST_REQUEST)
            self._pause = min(self._pause * PAUSE_GROWTH, MAX_PAUSE)
            if pause <= 0:
                raise self._deadline_exceeded()
        return pause

    def _deadline_exceeded(self, reason: str = "") -> DeadlineExceeded:
        message = f"deadline of {self._deadline:g} s exceeded, the last status of the session was"
        message = "; ".join(filter(None, (f"{message} {printable(self._status)}", reason)))
        if self._status.lower() not in FINAL_STATUSES:
            message += ": call again to go on, or create another session if its token has expired"
        return DeadlineExceeded(message, request=httpx.Request("GET", self._client.base_url))


@overload
def wait_for_result(
    client: Client, session_id: str, *, with_verify: Literal[False] = False, deadline: float | None = ...
) -> LivenessSession: ...
@overload
def wait_for_result(
    client: Client, session_id: str, *, with_verify: Literal[True], deadline: float | None = ...
) -> LivenessWithVerifySession: ...
@overload
def wait_for_result(
    client: Client, session_id: str, *, with_verify: bool, deadline: float | None = ...
) -> AnySession: ...
def wait_for_result(
    client: Client, session_id: str, *, with_verify: bool = False, deadline: float | None = 600
) -> AnySession:
    """Asks for a session until its status is Succeeded, Failed or Canceled, and returns it.

    A status that is unknown to this client is not final. Between two requests, it waits as long as the service asks for
    (Retry-After), or else 1 s, then longer each time, up to 5 s.

    Args:
        client: The client that sends the requests. Its own deadline and retries apply to each request.
        session_id: The id of the session.
        with_verify: Whether it is a liveness with verify session.
        deadline: Seconds for all requests and pauses, or None for no limit. The default is that of a session's token.

    Raises:
        DeadlineExceeded: The session has not ended in time; the message has its last status.
        ApiError: A response is not the documented success: for example NotFoundError for a deleted session.
        httpx.TransportError: A request got no complete response.
        TypeError, ValueError: The client, the deadline or the id is invalid.
    """
    return poll(PollState(Client, client, deadline), session_id, with_verify)


@overload
async def wait_for_result_async(
    client: AsyncClient, session_id: str, *, with_verify: Literal[False] = False, deadline: float | None = ...
) -> LivenessSession: ...
@overload
async def wait_for_result_async(
    client: AsyncClient, session_id: str, *, with_verify: Literal[True], deadline: float | None = ...
) -> LivenessWithVerifySession: ...
@overload
async def wait_for_result_async(
    client: AsyncClient, session_id: str, *, with_verify: bool, deadline: float | None = ...
) -> AnySession: ...
async def wait_for_result_async(
    client: AsyncClient, session_id: str, *, with_verify: bool = False, deadline: float | None = 600
) -> AnySession:
    """The async `wait_for_result`."""
    return await poll_async(PollState(AsyncClient, client, deadline), session_id, with_verify)


def poll(state: PollState[Client], session_id: str, with_verify: bool) -> AnySession:
    """Asks for a session until it has ended, and returns it."""
    while True:
        with state.client() as client:
            response: Response[Any] = (
                client.get_liveness_with_verify_session_result_detailed(session_id)
                if with_verify
                else client.get_liveness_session_result_detailed(session_id)
            )
        if (pause := state.pause(response)) is None:
            return state.session
        time.sleep(pause)


async def poll_async(state: PollState[AsyncClient], session_id: str, with_verify: bool) -> AnySession:
    """The async `poll`."""
    while True:
        with state.client() as client:
            response: Response[Any] = await (
                client.get_liveness_with_verify_session_result_detailed(session_id)
                if with_verify
                else client.get_liveness_session_result_detailed(session_id)
            )
        if (pause := state.pause(response)) is None:
            return state.session
        await anyio.sleep(pause)
