"""Whether what came is what had to come."""

import face_client
from tools.chaos.forms import Came
from tools.chaos.rules import Ending


def described(came: Came) -> str:
    """Returns in a few words what kind of thing came."""
    if came.error:
        return type(came.error).__name__
    return "a status alone" if came.body is None else "the image"


def complaint(wanted: Ending, came: Came, seconds: float) -> str | None:
    """Returns what is wrong with what came, or None."""
    if seconds < wanted.seconds:
        return f"it took {seconds:.3f} s, and the servers had asked for pauses of {wanted.seconds:g} s"
    if came.error is not None:
        return _about_error(wanted, came.error)
    if wanted.errors:
        return f"{described(came)} came in place of {_names(wanted.errors)}"
    if came.status != wanted.status:
        return f"status {came.status} came in place of {wanted.status}"
    if came.body != wanted.body:
        return f"{_size(came.body)} came, and not the {_size(wanted.body)} that were sent"
    return None


def _about_error(wanted: Ending, error: BaseException) -> str | None:
    shown = f"{type(error).__module__}.{type(error).__name__}: {error}"
    if type(error) not in wanted.errors:
        return f"{shown} came in place of {_names(wanted.errors) or f'status {wanted.status}'}"
    if isinstance(error, face_client.ApiError) and error.status_code != wanted.status:
        return f"{shown} came in place of status {wanted.status}"
    if isinstance(error, face_client.IncompleteBody):
        told, true = (error.received, error.expected), (wanted.received, wanted.expected)
        return None if told == true else f"{shown} tells {told} of received and expected bytes in place of {true}"
    return None


def _names(errors: tuple[type[Exception], ...]) -> str:
    return " or ".join(error.__name__ for error in errors)


def _size(body: bytes | None) -> str:
    return "no bytes" if body is None else f"{len(body)} bytes"
