"""Keys and tokens that are not shown by accident, and are sent only where they stay confidential."""

import re
from collections.abc import Generator
from hmac import compare_digest
from inspect import isawaitable, iscoroutinefunction
from typing import Any, NoReturn

import httpx

from face_client.document import SECRET_HEADERS
from face_client_auth._flow import Function
from face_client_runtime import SafeHeaders, is_confidential


class Secret:
    """A key or a token, hidden from `repr`, `vars`, pickle and tracebacks with locals."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def check(self, name: str) -> "Secret":
        """Returns itself if it can be sent in a header.

        Raises:
            TypeError: It is not a string.
            ValueError: It is empty, or has a character other than visible ASCII (RFC 9110, section 5.5), such as a line
                break, which would start another header. The message does not repeat it.
        """
        if not isinstance(self._value, str):
            raise TypeError(f"{name} must be a string, not {type(self._value).__name__}")
        if not self._value:
            raise ValueError(f"{name} is empty")
        if not re.fullmatch(r"[\x21-\x7e]+", self._value):
            wrong = "whitespace, a control character or a non-ASCII character"
            raise ValueError(f"{name} contains {wrong}: was it copied with surrounding text?")
        return self

    def set_header(self, request: httpx.Request, header: str, prefix: str = "") -> None:
        """Sets a header of the request to the secret, which the request's `repr` does not show.

        Raises:
            ValueError: The request would go to another machine in plain text.
        """
        if not is_confidential(request.url.scheme, request.url.host):
            raise ValueError(f"{header} is not sent to {request.url.host} over {request.url.scheme}: use https")
        request.headers = SafeHeaders(request.headers, SECRET_HEADERS)
        request.headers[header] = f"{prefix}{self._value}"

    def equals(self, other: str) -> bool:
        """Compares in constant time."""
        return compare_digest(str(self._value).encode(), other.encode(errors="surrogateescape"))

    def reveal(self) -> str:
        return str(self._value)

    @property
    def is_awaitable(self) -> bool:
        return isawaitable(self._value)

    async def awaited(self) -> "Secret":
        return Secret(await self._value)

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys and tokens cannot be pickled: create the client where it is used")


class SecretSource:
    """What a secret is read from for each request: a string, an attribute of an object, or a function, sync or async.

    Args:
        given: The string, the object or the function. All but a function are checked at once.
        name: What errors call the secret.
        attribute: The attribute to read, if the object has it.
    """

    __slots__ = ("_attribute", "_given", "_name", "is_async")

    def __init__(self, given: object, name: str, attribute: str = "") -> None:
        self._given, self._name, self._attribute = given, name, attribute
        del given  # so that no traceback with locals shows it
        self.is_async = iscoroutinefunction(self._given)
        if not callable(self._given):
            self._read().check(self._name)

    def fetch(self) -> Generator[Function, Any, Secret]:
        """The steps to the secret in the flow of a `BaseAuth`: only a function may block."""
        if not callable(self._given):
            return self._read().check(self._name)
        secret: Secret = yield self._read_async if self.is_async else self._read
        if secret.is_awaitable:  # of a function that is not async, such as a lambda that calls one
            secret = yield secret.awaited
        return secret.check(self._name)

    def _read(self) -> Secret:
        return Secret(self._given() if callable(self._given) else getattr(self._given, self._attribute, self._given))

    async def _read_async(self) -> Secret:
        return await self._read().awaited()
