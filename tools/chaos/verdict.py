"""Whether a call did what it had to do: its outcome, its time and its requests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import face_client
from tools.chaos.forms import Outcome
from tools.chaos.rules import Ending

SLACK = 5.0
"""Seconds that a call may take longer than the rules say, because the machine is busy."""

_CLOCK = 0.01


@dataclass(frozen=True)
class Sent:
    """A request as the server saw it: when it came, and which key it had; None for one that the client has not."""

    time: float
    key: int | None


def described(outcome: Outcome) -> str:
    """Returns in a few words what kind of outcome it is."""
    if outcome.error:
        return type(outcome.error).__name__
    return "a status alone" if outcome.body is None else "the image"


def complaints(wanted: Ending, outcome: Outcome, seconds: float) -> Iterator[str]:
    """Yields what is wrong with the outcome and with the time that it took."""
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
    """Yields what is wrong with the requests of a call: how many there were, their keys, the pauses between them."""
    if len(sent) != wanted.requests:
        yield f"{len(sent)} requests were sent instead of {wanted.requests}"
    for number, (request, key) in enumerate(zip(sent, wanted.keys, strict=False), 1):
        if request.key != key:
            yield f"request {number} had {_key(request.key)} instead of {_key(key)}"
    for number, (before, after, least) in enumerate(zip(sent, sent[1:], wanted.pauses, strict=False), 2):
        if (pause := after.time - before.time) < least - _CLOCK:
            yield f"request {number} came {pause:.3f} s after the one before, and had to come {least:g} s after it"


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
