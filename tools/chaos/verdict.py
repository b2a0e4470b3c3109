"""Compares the outcome, the duration and the requests of a call with the expected ones."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import face_client
from tools.chaos.forms import Outcome
from tools.chaos.rules import Ending

SLACK = 5.0
"""Seconds by which a call may exceed its maximum duration on a busy machine."""

_CLOCK = 0.01
_LATE = 1.0  # seconds of delay after its turn within which a request may arrive


@dataclass(frozen=True)
class Sent:
    """A received request: its time, and the index of its key, or None for an unknown key."""

    time: float
    key: int | None


def described(outcome: Outcome) -> str:
    """Returns a short description of the outcome."""
    if outcome.error:
        return type(outcome.error).__name__
    return "a status alone" if outcome.body is None else "the image"


def complaints(wanted: Ending, outcome: Outcome, seconds: float) -> Iterator[str]:
    """Yields complaints about the outcome and the duration."""
    if seconds < wanted.least - _CLOCK:
        yield f"it took {seconds:.3f} s, and had to take {wanted.least:g} s at least"
    if seconds > wanted.most + SLACK:
        yield f"it ended after {seconds:.1f} s, and had to end after {wanted.most:g} s"
    if outcome.error is not None:
        yield from _about_error(wanted, outcome.error)
    elif wanted.errors:
        yield f"{described(outcome)} was returned instead of {_names(wanted.errors)}"
    elif outcome.status != wanted.status:
        yield f"status {outcome.status} was returned instead of {wanted.status}"
    elif outcome.body != wanted.body:
        yield f"{_size(outcome.body)} were returned, and not the {_size(wanted.body)} that were sent"


def complaints_about_requests(wanted: Ending, sent: Sequence[Sent]) -> Iterator[str]:
    """Yields complaints about the requests of a call: their number, their keys, and the pauses between them."""
    if len(sent) != wanted.requests:
        yield f"{len(sent)} requests were sent instead of {wanted.requests}"
    for number, (request, key) in enumerate(zip(sent, wanted.keys, strict=False), 1):
        if request.key != key:
            yield f"request {number} had {_key(request.key)} instead of {_key(key)}"
    for number, (before, after, least) in enumerate(zip(sent, sent[1:], wanted.pauses, strict=False), 2):
        if (pause := after.time - before.time) < least - _CLOCK:
            yield f"request {number} came {pause:.3f} s after the one before, and had to come {least:g} s after it"


def complaints_about_pace(rate: float, times: Iterable[float]) -> Iterator[str]:
    """Yields a complaint if requests at these times exceed the rate."""
    ahead = [number / rate - time for number, time in enumerate(sorted(times))]
    least = accumulate(ahead, min)
    if (most := max((now - before for now, before in zip(ahead, least, strict=True)), default=0.0)) > _LATE:
        yield f"requests came {most:.1f} s too early, and no more than {rate:g} may be sent in a second"


def _about_error(wanted: Ending, error: BaseException) -> Iterator[str]:
    shown = f"{type(error).__module__}.{type(error).__name__}: {error}"
    if type(error) not in wanted.errors:
        yield f"{shown} was raised instead of {_names(wanted.errors) or f'status {wanted.status}'}"
    elif isinstance(error, face_client.ApiError) and error.status_code != wanted.status:
        yield f"{shown} was raised instead of status {wanted.status}"
    elif isinstance(error, face_client.IncompleteBody):
        told, true = (error.received, error.expected), (wanted.received, wanted.expected)
        if told != true:
            yield f"{shown} has {told} for the bytes that were received and expected instead of {true}"


def _key(key: int | None) -> str:
    return "no key of the client's" if key is None else ("the first key", "the second key")[key]


def _names(errors: tuple[type[Exception], ...]) -> str:
    return " or ".join(error.__name__ for error in errors)


def _size(body: bytes | None) -> str:
    return "no bytes" if body is None else f"{len(body)} bytes"
