"""One change, seen by a caller of the Python client."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """What changed, in one line.

    Attributes:
        name: What is changed, such as a function or a path: the changelog has to name it where the change is breaking.
    """

    text: str
    name: str
    is_breaking: bool = False


class ReleaseError(Exception):
    """It cannot be done; the message says why, and nothing was written."""
