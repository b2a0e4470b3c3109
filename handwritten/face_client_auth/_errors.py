"""The errors of signing in."""


class SignInError(Exception):
    """Nobody was signed in; the message says why."""


class RefusedError(SignInError):
    """The provider has answered, and gives no token."""
