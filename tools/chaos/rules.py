"""What a call comes to, from the answers that the server gives it: the README's words once more, as a model.

Nothing here is taken from the client's code but the names of its errors, so that the two can disagree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import httpx

import face_client

_RETRIED = {408, 429, 500, 502, 503, 504}
_LONGEST_WAIT = 60.0
_ERRORS: dict[int, type[face_client.ApiError]] = {
    400: face_client.BadRequestError,
    401: face_client.AuthenticationError,
    403: face_client.PermissionDeniedError,
    404: face_client.NotFoundError,
    409: face_client.ConflictError,
    429: face_client.RateLimitError,
}
_NO_ANSWER = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class End(Enum):
    """How an answer ends."""

    WHOLE = "all of it arrives"
    BROKEN = "the body ends early"
    GARBLED = "the body is not packed as the head says"
    DROPPED = "the connection closes before the head"
    SILENT = "nothing comes, for longer than the client waits"
    DRIPPING = "the body comes too slowly to ever be there"


@dataclass(frozen=True)
class Answer:
    """One answer, as a client sees it.

    Attributes:
        status: The status, if there is a head.
        body: What arrives of the body.
        announced: What Content-Length says, or None.
        is_page: Whether it says that it is a web page.
        retry_after: The seconds that the server asks for, or None.
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
        return self.status == 200 and not self.is_page


class Form(Enum):
    """What a form of the operation gives its caller; its sync and its async variant follow the same rules."""

    WHOLE = "bytes, or an error"
    STREAM = "a stream that is read"
    SAVE = "a stream that is saved"
    DETAILED = "status and body"

    @property
    def restarts(self) -> bool:
        """Whether the call can begin again when a body breaks off: the caller has seen nothing of it."""
        return self in (Form.WHOLE, Form.DETAILED)


@dataclass(frozen=True)
class Manner:
    """How a client was made: what it was told about patience, and whether it has a second key."""

    max_retries: int = 3
    deadline: float = 60.0
    has_second_key: bool = False
    waits_for_deadline: bool = False
    """Whether a server that says nothing is given up at the deadline, and not by the read timeout before."""


@dataclass(frozen=True)
class Ending:
    """How a call ends, and what it takes.

    Attributes:
        requests: How many requests it sends.
        seconds: How long it lasts at least: what servers asked for.
        status: The status that is told, or None when there is none to tell.
        body: The bytes that are given, or None.
        errors: The classes one of which the error is of, itself; empty when nothing is raised.
        received, expected: What IncompleteBody says.
    """

    requests: int
    seconds: float
    status: int | None = None
    body: bytes | None = None
    errors: tuple[type[Exception], ...] = ()
    received: int = 0
    expected: int | None = None


def ending(form: Form, manner: Manner, answers: Sequence[Answer]) -> Ending:
    """Returns how a call ends that is given these answers, as far as it asks for them; the last one is repeated."""
    given = _one_after_the_other(answers)
    requests, seconds = 0, 0.0
    for retries_left in reversed(range(manner.max_retries + 1)):
        answer = next(given)
        requests += 1
        if _is_rejected(answer) and manner.has_second_key:
            answer = next(given)
            requests += 1
        wait = answer.retry_after or 0.0
        too_long = wait > _LONGEST_WAIT or wait >= manner.deadline - seconds
        if not retries_left or too_long or not _is_retried(form, manner, answer):
            return _last_word(form, manner, answer, requests, seconds)
        seconds += wait
    raise AssertionError("the loop ends with the last word")


def _one_after_the_other(answers: Sequence[Answer]) -> Iterator[Answer]:
    yield from answers
    while True:
        yield answers[-1]


def _has_head(answer: Answer) -> bool:
    return answer.end not in (End.DROPPED, End.SILENT)


def _is_rejected(answer: Answer) -> bool:
    return _has_head(answer) and answer.status == 401


def _is_retried(form: Form, manner: Manner, answer: Answer) -> bool:
    match answer.end:
        case End.DROPPED:
            return True
        case End.SILENT:
            return not manner.waits_for_deadline
        case End.BROKEN if answer.is_image:
            return form.restarts
    return answer.status in _RETRIED


def _last_word(form: Form, manner: Manner, answer: Answer, requests: int, seconds: float) -> Ending:
    errors: tuple[type[Exception], ...] = ()
    if answer.end is End.DROPPED:
        errors = _NO_ANSWER
    elif answer.end is End.SILENT:
        errors = (_past_deadline() if manner.waits_for_deadline else httpx.ReadTimeout,)
    elif not answer.is_image:
        if form is Form.DETAILED:
            return Ending(requests, seconds, answer.status)
        return Ending(requests, seconds, answer.status, errors=(error_class(answer.status),))
    elif answer.end is End.GARBLED:
        return Ending(requests, seconds, answer.status, errors=(error_class(answer.status),))
    elif answer.end is End.DRIPPING:
        errors = (_past_deadline() if form.restarts else httpx.ReadTimeout,)
    elif answer.end is End.BROKEN:
        errors = (face_client.IncompleteBody,)
        return Ending(requests, seconds, errors=errors, received=len(answer.body), expected=answer.announced)
    if errors:
        return Ending(requests, seconds, errors=errors)
    return Ending(requests, seconds, answer.status, answer.body)


def error_class(status: int) -> type[face_client.ApiError]:
    """Returns the class that the README names for a status."""
    return _ERRORS.get(status, face_client.ServerError if status in range(500, 600) else face_client.ApiError)


def _past_deadline() -> type[Exception]:
    return face_client.DeadlineExceeded
