"""Checks keys and tokens before they are sent."""

import re


def checked(name: str, secret: object) -> str:
    """Returns the secret if it can be sent in a header; no message repeats it."""
    if not isinstance(secret, str):
        raise TypeError(f"{name} must be a string, not {type(secret).__name__}")
    if not secret:
        raise ValueError(f"{name} is empty")
    # The visible characters of US-ASCII (RFC 9110, section 5.5): nothing that could end a header and begin another.
    if not re.fullmatch(r"[\x21-\x7e]+", secret):
        raise ValueError(
            f"{name} holds a blank, a line break or a character outside ASCII: was it copied with something around it?"
        )
    return secret
