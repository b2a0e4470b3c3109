"""A model of the documented rules: how a call ends, given the responses of the server.

It shares nothing with the client's code except the error classes, so that a mistake in the client is noticed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import httpx

import face_client

_RETRIED = {408, 429, 500, 502, 503, 504}
_LONGEST_PAUSE = 60.0
_FIRST_PAUSE, _LAST_PAUSE = 0.5, 8.0
_LEAST_JITTER = 0.5
_ERRORS: dict[int, type[face_client.ApiError]] = {
    400: face_client.BadRequestError,
    401: face_client.AuthenticationError,
    403: face_client.PermissionDeniedError,
    404: face_client.NotFoundError,
    409: face_client.ConflictError,
    429: face_client.RateLimitError,
}
_NO_RESPONSE = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class End(Enum):
    """How a response ends."""

    WHOLE = "complete"
    BROKEN = "the body ends early"
    GARBLED = "the body does not match its Content-Encoding"
    DROPPED = "the connection is closed before the head"
    SILENT = "nothing arrives within the timeout"
    DRIPPING = "the body arrives too slowly to ever be complete"


@dataclass(frozen=True)
class Answer:
    """A response, as a client receives it.

    Attributes:
        status: The status, if there is a head.
        body: The received part of the body.
        announced: The Content-Length, or None.
        is_page: Whether its Content-Type is HTML.
        retry_after: The seconds of Retry-After, or None.
        end: How it ends.
    """

    status: int = 200
    body: bytes = b""
    announced: int | None = None
    is_page: bool = False
    retry_after: float | None = None
    end: End = End.WHOLE

    @property
    def is_image(self) -> bool:
        """Whether the head promises the image."""
        return self.status == 200 and not self.is_page and not self.is_empty

    @property
    def is_empty(self) -> bool:
        """Whether the body is complete and empty."""
        return self.end is End.WHOLE and not self.body

    @property
    def has_head(self) -> bool:
        """Whether the client receives a status."""
        return self.end not in (End.DROPPED, End.SILENT)

    @property
    def is_rejected(self) -> bool:
        """Whether the key is rejected."""
        return self.has_head and self.status == 401


class Form(Enum):
    """The kind of result of a form, which is the same for sync and async."""

    WHOLE = "bytes, or an error"
    STREAM = "a stream that is read"
    SAVE = "a stream that is saved"
    DETAILED = "status and body"

    @property
    def restarts(self) -> bool:
        """Whether the call is retried after an incomplete body, of which the caller has received nothing."""
        return self in (Form.WHOLE, Form.DETAILED)


@dataclass(frozen=True)
class Profile:
    """The options and the use of a client.

    Attributes:
        max_retries, deadline, read_timeout, stall_timeout, requests_per_second: The client's options.
        longest_turn: The maximum seconds that a request waits because of the pace.
        has_second_key: Whether the client has a second key.
        calls_again: Whether the caller calls again at once, whatever the outcome of the first call.
    """

    max_retries: int = 3
    deadline: float = 300.0
    read_timeout: float = 5.0
    stall_timeout: float = 2.0
    requests_per_second: float | None = None
    longest_turn: float = 0.0
    has_second_key: bool = False
    calls_again: bool = False

    @property
    def is_shared(self) -> bool:
        """Whether many calls share one client, because they do not influence each other."""
        return not self.has_second_key and not self.calls_again

    @property
    def waits_for_deadline(self) -> bool:
        """Whether a silent server leads to DeadlineExceeded, not to a read timeout before it."""
        return self.read_timeout >= self.deadline


@dataclass(frozen=True)
class Ending:
    """How a call ends, and its requests.

    Attributes:
        keys: The key of each request: 0 for the first key, 1 for the second one.
        pauses: The minimum seconds before each request after the first.
        least, most: The minimum and the maximum seconds of the call, on an idle machine.
        status: The status that the caller gets, or None.
        body: The body that the caller gets, or None.
        errors: The possible classes of the error; empty if none is raised.
        received, expected: The attributes of IncompleteBody.
    """

    keys: tuple[int, ...]
    pauses: tuple[float, ...]
    least: float
    most: float
    status: int | None = None
    body: bytes | None = None
    errors: tuple[type[Exception], ...] = ()
    received: int = 0
    expected: int | None = None

    @property
    def requests(self) -> int:
        """The number of requests."""
        return len(self.keys)


def ending(form: Form, profile: Profile, answers: Sequence[Answer]) -> Ending:
    """Returns how a call ends with these responses, the last of which is repeated.

    If the profile calls again, the first call gets the first response, and the ending is that of the second call.
    """
    if profile.calls_again:
        first, second = _ending(form, profile, answers[:1]), _ending(form, profile, answers[1:])
        return _after(first, second, _hold(answers[0]), profile.deadline)
    return _ending(form, profile, answers)


def _ending(form: Form, profile: Profile, answers: Sequence[Answer]) -> Ending:
    given = _one_after_the_other(answers)
    order, keys, pauses = [0, 1], list[int](), list[float]()
    most = 0.0
    for retry in range(profile.max_retries + 1):
        answer = next(given)
        keys.append(order[0])
        if answer.is_rejected and profile.has_second_key:
            answer = next(given)
            keys.append(order[1])
            pauses.append(0.0)
            if answer.has_head and not answer.is_rejected:
                order.reverse()  # the second key is used from now on
        most += profile.longest_turn + _wait(form, profile, answer)
        base = min(_FIRST_PAUSE * 2**retry, _LAST_PAUSE)
        asked = answer.retry_after or 0.0
        is_too_long = asked > _LONGEST_PAUSE or asked >= profile.deadline - sum(pauses)
        if retry == profile.max_retries or is_too_long or not _is_retried(form, profile, answer):
            break
        pauses.append(asked or base * _LEAST_JITTER)
        most += asked or base
    end = Ending(tuple(keys), tuple(pauses), sum(pauses), most)
    return _outcome(form, profile, answer, end)


def _hold(answer: Answer) -> float:
    """Returns the seconds by which a response delays all calls of the client."""
    asked = answer.retry_after or 0.0
    return asked if answer.has_head and answer.status == 429 and asked <= _LONGEST_PAUSE else 0.0


def _after(first: Ending, second: Ending, hold: float, deadline: float) -> Ending:
    """Returns the ending of two consecutive calls."""
    if hold >= deadline:  # no request could be sent before
        return replace(first, status=None, body=None, errors=(face_client.DeadlineExceeded,))
    return replace(
        second,
        keys=first.keys + second.keys,
        pauses=(*first.pauses, hold, *second.pauses),
        least=first.least + hold + second.least,
        most=first.most + hold + second.most,
    )


def _one_after_the_other(answers: Sequence[Answer]) -> Iterator[Answer]:
    yield from answers
    while True:
        yield answers[-1]


def _wait(form: Form, profile: Profile, answer: Answer) -> float:
    """Returns the seconds that the client waits for a response that does not arrive."""
    if answer.end is End.SILENT:
        return min(profile.read_timeout, profile.deadline)
    if answer.end is End.DRIPPING:
        return profile.deadline if form.restarts else profile.stall_timeout
    return 0.0


def _is_retried(form: Form, profile: Profile, answer: Answer) -> bool:
    match answer.end:
        case End.DROPPED:
            return True
        case End.SILENT:
            return not profile.waits_for_deadline
        case End.BROKEN if answer.is_image:
            return form.restarts
    return answer.status in _RETRIED


def _outcome(form: Form, profile: Profile, answer: Answer, end: Ending) -> Ending:
    """Adds the result of the last response."""
    is_past_deadline = answer.end is End.DRIPPING and form.restarts
    if answer.end is End.SILENT:
        is_past_deadline = profile.waits_for_deadline
    if is_past_deadline:
        return replace(end, errors=(face_client.DeadlineExceeded,), least=profile.deadline, most=profile.deadline)
    if answer.end is End.DROPPED:
        return replace(end, errors=_NO_RESPONSE)
    if answer.end is End.SILENT:
        return replace(end, errors=(httpx.ReadTimeout,))
    if not answer.is_image:
        errors = () if form is Form.DETAILED else (error_class(answer.status),)
        return replace(end, status=answer.status, errors=errors)
    if answer.end is End.GARBLED:
        return replace(end, status=answer.status, errors=(error_class(answer.status),))
    if answer.end is End.DRIPPING:
        return replace(end, errors=(httpx.ReadTimeout,))
    if answer.end is End.BROKEN:
        incomplete = (face_client.IncompleteBody,)
        return replace(end, errors=incomplete, received=len(answer.body), expected=answer.announced)
    return replace(end, status=answer.status, body=answer.body)


def error_class(status: int) -> type[face_client.ApiError]:
    """Returns the documented error class for a status."""
    return _ERRORS.get(status, face_client.ServerError if status in range(500, 600) else face_client.ApiError)
