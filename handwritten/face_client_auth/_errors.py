"""The errors of signing in."""


class SignInError(Exception):
    """Nobody was signed in; the message says why."""

    def __str__(self) -> str:
        return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in super().__str__())


class RefusedError(SignInError):
    """The provider has answered, and gives no token."""
