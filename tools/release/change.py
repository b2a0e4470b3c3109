"""A change for callers of the Python client."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A change.

    Attributes:
        text: The change, in one line.
        name: The changed function, path or parameter. The changelog must name it if the change is breaking.
        is_breaking: Whether it breaks the code of callers.
    """

    text: str
    name: str
    is_breaking: bool = False


class ReleaseError(Exception):
    """The command failed; the message says why. Nothing was written."""
