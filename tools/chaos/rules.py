"""What a call comes to, from the responses that the server gives: the documented rules once more, as a model.

Nothing here is taken from the client's code but the names of its errors, so that the two can disagree.
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

    WHOLE = "all of it arrives"
    BROKEN = "the body ends early"
    GARBLED = "the body does not have the encoding that the head names"
    DROPPED = "the connection is closed before the head"
    SILENT = "nothing arrives, for longer than the client waits"
    DRIPPING = "the body arrives too slowly to ever be complete"


@dataclass(frozen=True)
class Answer:
    """One response, as a client sees it.

    Attributes:
        status: The status, if there is a head.
        body: What arrives of the body.
        announced: The Content-Length, or None.
        is_page: Whether it is an HTML page by its Content-Type.
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

    @property
    def has_head(self) -> bool:
        """Whether there is a status."""
        return self.end not in (End.DROPPED, End.SILENT)

    @property
    def is_rejected(self) -> bool:
        """Whether the key is wrong."""
        return self.has_head and self.status == 401


class Form(Enum):
    """What a form of the operation gives its caller; its sync and its async variant follow the same rules."""

    WHOLE = "bytes, or an error"
    STREAM = "a stream that is read"
    SAVE = "a stream that is saved"
    DETAILED = "status and body"

    @property
    def restarts(self) -> bool:
        """Whether the call is tried again when the body breaks off: the caller has seen nothing of it."""
        return self in (Form.WHOLE, Form.DETAILED)


@dataclass(frozen=True)
class Profile:
    """How a client was made: its options, and whether it has a second key."""

    max_retries: int = 3
    deadline: float = 300.0
    read_timeout: float = 5.0
    stall_timeout: float = 2.0
    has_second_key: bool = False

    @property
    def waits_for_deadline(self) -> bool:
        """Whether a silent server is given up at the deadline, and not by the read timeout before."""
        return self.read_timeout >= self.deadline


@dataclass(frozen=True)
class Ending:
    """How a call ends, and what it takes.

    Attributes:
        keys: Which key each request has: 0 for the first one, 1 for the second one.
        pauses: The seconds that pass at least before each request but the first.
        least, most: The seconds that the call takes at least, and at most if the machine has nothing else to do.
        status: The status that is told, or None when there is none to tell.
        body: The bytes that are given, or None.
        errors: The classes of the error, one of which it has; empty when nothing is raised.
        received, expected: What IncompleteBody says.
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
        """How many requests are sent."""
        return len(self.keys)


def ending(form: Form, profile: Profile, answers: Sequence[Answer]) -> Ending:
    """Returns how a call ends that is given these responses, as far as it needs them; the last one is repeated."""
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
                order.reverse()  # it is used from then on
        most += _wait(form, profile, answer)
        base = min(_FIRST_PAUSE * 2**retry, _LAST_PAUSE)
        asked = answer.retry_after or 0.0
        is_too_long = asked > _LONGEST_PAUSE or asked >= profile.deadline - sum(pauses)
        if retry == profile.max_retries or is_too_long or not _is_retried(form, profile, answer):
            break
        pauses.append(base * _LEAST_JITTER if answer.retry_after is None else asked)
        most += base if answer.retry_after is None else asked
    end = Ending(tuple(keys), tuple(pauses), sum(pauses), most)
    return _outcome(form, profile, answer, end)


def _one_after_the_other(answers: Sequence[Answer]) -> Iterator[Answer]:
    yield from answers
    while True:
        yield answers[-1]


def _wait(form: Form, profile: Profile, answer: Answer) -> float:
    """How long the client waits for a response that does not arrive."""
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
    """Adds what the caller gets for the last response."""
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
    """Returns the class that is documented for a status."""
    return _ERRORS.get(status, face_client.ServerError if status in range(500, 600) else face_client.ApiError)
