"""The errors of signing in."""

from face_client_runtime import printable


class SignInError(Exception):
    """Nobody was signed in; the message says why."""

    def __str__(self) -> str:
        return printable(super().__str__())


class RefusedError(SignInError):
    """The provider has answered, and gives no token."""
