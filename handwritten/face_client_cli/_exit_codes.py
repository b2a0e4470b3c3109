"""The exit status of a command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit status of `face-client` after a failure."""

    FAILED = 1
    USAGE = 2
    SIGN_IN = 3
    NOT_FOUND = 4
    TRY_LATER = 5
    INTERRUPTED = 130
