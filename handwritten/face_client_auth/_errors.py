"""The error that all ways to sign in share."""

from face_client_runtime import printable


class SignInError(Exception):
    """Signing in failed; the message says why."""

    def __str__(self) -> str:
        return printable(super().__str__())
