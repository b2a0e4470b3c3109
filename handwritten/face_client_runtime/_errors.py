"""Errors that calls raise.

Exception
├── ApiError                     the server answered, but not with what was asked for
│   ├── BadRequestError          400
│   ├── AuthenticationError      401
│   ├── PermissionDeniedError    403
│   ├── NotFoundError            404
│   ├── ConflictError            409
│   ├── RateLimitError           429
│   └── ServerError              500 to 599
└── httpx.TransportError         no response, or a part of one: httpx's own classes
    ├── IncompleteBody           the body ended before all of it had arrived
    └── DeadlineExceeded         the call, with all its tries, took longer than its deadline
"""

import json
import math
import re
import time
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx

_EXCERPT = 500
_QUOTED = re.compile(r":? (?:b['\"]|bytearray\().*", re.DOTALL)  # by h11: the line in question, which may hold the key


class ApiError(Exception):
    """The server answered, but not with what was asked for.

    Attributes:
        status_code: The HTTP status.
        error: The body, parsed, if it is what the document promises for the status, otherwise None.
        code: The service's error code, from the body, or None.
        message: The service's error message, from the body, or None.
        error_code: The service's error code, from the header `x-ms-error-code` or one like it, or None.
        request_id: The service's id of the request, for its support, or None.
        retry_after: In how many seconds the server wants to be asked again, or None.
        headers: The headers of the response.
        excerpt: The beginning of the body as text, 500 characters at most.
    """

    def __init__(
        self, status_code: int, headers: httpx.Headers, content: bytes, error: Any = None, reason: str | None = None
    ) -> None:
        super().__init__(status_code, headers, content, error, reason)
        self.status_code = status_code
        self.headers = headers
        self.error = error
        self.code, self.message = _code_and_message(content)
        self.error_code: str | None = next((headers[name] for name in headers if name.endswith("-error-code")), None)
        self.request_id: str | None = headers.get("apim-request-id") or headers.get("x-ms-request-id")
        self.retry_after = retry_after(headers)
        self.excerpt = content[: 4 * _EXCERPT].decode(errors="replace")[:_EXCERPT]
        self._reason = reason

    def __str__(self) -> str:
        code = self.code or self.error_code or _phrase(self.status_code)
        name = code if code == str(self.status_code) else f"{self.status_code} {code}".rstrip()
        said = self._reason or self.message
        if said is None:
            media_type = self.headers.get("content-type", "no media type")
            encoding = self.headers.get("content-encoding")
            nothing = f"the body cannot be decoded as {encoding}" if encoding else "the body is empty"
            said = f"{media_type}: {self.excerpt!r}" if self.excerpt else nothing
        request_id = f" (request id {self.request_id})" if self.request_id else ""
        return printable(f"{name}: {said[:_EXCERPT]}{request_id}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class BadRequestError(ApiError):
    """400: the request is not what the service expects."""


class AuthenticationError(ApiError):
    """401: the key or the token is wrong, or belongs to another endpoint."""


class PermissionDeniedError(ApiError):
    """403: the caller may not do this, or the feature has to be approved first."""


class NotFoundError(ApiError):
    """404: nothing is found under this id, or no longer."""


class ConflictError(ApiError):
    """409: another operation on the resource is in progress."""


class RateLimitError(ApiError):
    """429: too many requests; see `retry_after`."""


class ServerError(ApiError):
    """500 to 599: the service, or a gateway before it, failed."""


class IncompleteBody(httpx.RemoteProtocolError):
    """The body ended before all of it had arrived.

    Attributes:
        received: How many bytes arrived.
        expected: How many the server had announced, or None if it had not.
    """

    def __init__(self, received: int, expected: int | None) -> None:
        of = "an unknown number of" if expected is None else str(expected)
        super().__init__(f"the body broke off: {received} of {of} bytes arrived")
        self.received = received
        self.expected = expected

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.received, self.expected)


class DeadlineExceeded(httpx.TimeoutException):
    """The call, with all its tries, took longer than the `deadline` of the client."""


_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
}


def error_class(status_code: int) -> type[ApiError]:
    """Returns the class for the status."""
    return _BY_STATUS.get(status_code, ServerError if 500 <= status_code <= 599 else ApiError)


def retry_after(headers: httpx.Headers) -> float | None:
    """Returns the seconds after which the server wants to be asked again; None if the header is missing or invalid.

    `Retry-After` is a number of seconds or a date (RFC 9110, section 10.2.3). Azure also sends milliseconds, which are
    more exact: https://learn.microsoft.com/azure/azure-app-configuration/rest-api-throttling.
    """
    for name, unit in (("retry-after-ms", 1000), ("x-ms-retry-after-ms", 1000), ("retry-after", 1)):
        value = headers.get(name, "").strip()
        if value.isascii() and value.replace(".", "", 1).isdigit() and math.isfinite(float(value)):
            return float(value) / unit
    with suppress(ValueError, OverflowError):
        date = parsedate_to_datetime(value)
        # One of the three forms of a date has no time zone, and means UTC (RFC 9110, section 5.6.7).
        return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - time.time())
    return None


def printable(text: str) -> str:
    """Returns the text of a server with control characters escaped, which could steer a terminal or a log."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def sanitized(error: Exception, request: httpx.Request) -> httpx.RequestError:
    """Returns the error with a message that names the server and the timeout.

    It has nothing that leads to the key: the headers of the request, or frames and causes that hold them.
    """
    if not isinstance(error, httpx.RequestError):
        error = httpx.RemoteProtocolError(f"the response redirects to an invalid URL: {error}")
    if not isinstance(error, IncompleteBody):
        error.args = (_message(error, request),)
    error.request = httpx.Request(request.method, request.url)
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _message(error: httpx.RequestError, request: httpx.Request) -> str:
    server, timeout = request.url.netloc.decode(), request.extensions.get("timeout", {})
    match error:
        case httpx.ConnectTimeout():
            return f"no connection to {server} within {timeout.get('connect')} s"
        case httpx.ReadTimeout():
            return f"nothing came from {server} for {timeout.get('read')} s"
        case httpx.WriteTimeout():
            return f"nothing could be sent to {server} for {timeout.get('write')} s"
        case httpx.PoolTimeout():
            return f"no free connection to {server} within {timeout.get('pool')} s"
    return f"{server}: {_QUOTED.sub('', str(error)) or 'the connection is broken'}"


def _phrase(status_code: int) -> str:
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return ""


def _code_and_message(content: bytes) -> tuple[str | None, str | None]:
    """Azure's error body is `{"error": {"code": ..., "message": ...}}`; others leave out the outer object."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None, None
    inner = body.get("error", body) if isinstance(body, dict) else None
    if not isinstance(inner, dict):
        return None, None
    code, message = inner.get("code"), inner.get("message")
    is_code = isinstance(code, str | int) and not isinstance(code, bool)
    return str(code) if is_code else None, message if isinstance(message, str) else None
