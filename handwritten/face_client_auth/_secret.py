"""Holds a key or a token so that nothing shows it by accident, and sends it where it may go."""

import re
from hmac import compare_digest
from typing import NoReturn

import httpx

from face_client.document import SECRET_HEADERS
from face_client_runtime import SafeHeaders, is_confidential


class Secret:
    """A key or a token, which no `repr`, `vars`, pickle or traceback with locals shows."""

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value

    def check(self, name: str) -> "Secret":
        """Returns itself if it can be sent in a header.

        Raises:
            TypeError: It is not a string.
            ValueError: It is empty, or not of the visible characters of US-ASCII (RFC 9110, section 5.5), so that it
                could end a header and begin another. The message does not repeat it.
        """
        if not isinstance(self._value, str):
            raise TypeError(f"{name} must be a string, not {type(self._value).__name__}")
        if not self._value:
            raise ValueError(f"{name} is empty")
        if not re.fullmatch(r"[\x21-\x7e]+", self._value):
            wrong = "a blank, a line break or a character outside ASCII"
            raise ValueError(f"{name} holds {wrong}: was it copied with something around it?")
        return self

    def sign(self, request: httpx.Request, header: str, prefix: str = "") -> None:
        """Puts the secret into a header of the request, which can then be printed without it.

        Raises:
            ValueError: The request goes to another machine in plain text.
        """
        if not is_confidential(request.url.scheme, request.url.host):
            scheme, host = request.url.scheme, request.url.host
            raise ValueError(f"not signed in over {scheme}: everyone between here and {host} could read {header}")
        request.headers = SafeHeaders(request.headers, SECRET_HEADERS)
        request.headers[header] = f"{prefix}{self._value}"

    def same(self, other: str) -> bool:
        """Whether it is the other one, in a time that does not tell how much of it is."""
        return compare_digest(str(self._value).encode(), other.encode(errors="surrogateescape"))

    def reveal(self) -> str:
        return str(self._value)

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key or a token is not pickled: make the client anew where it is needed")


class Source:
    """Where a secret comes from: itself, or a function that fetches it."""

    __slots__ = ("_function", "_name", "_secret")

    def __init__(self, given: object) -> None:
        self._function = given if callable(given) else None
        self._secret = Secret(given)
        self._name = "secret"

    def check(self, name: str) -> "Source":
        """Returns itself; raises what `Secret.check` raises, unless there is a function to ask first."""
        self._name = name
        if not self._function:
            self._secret.check(name)
        return self

    @property
    def is_function(self) -> bool:
        return self._function is not None

    def fetch(self) -> Secret:
        return Secret(self._function()).check(self._name) if self._function else self._secret
