"""Errors that calls raise.

Exception
├── ApiError                     the response is not the documented success
│   ├── BadRequestError          400
│   ├── AuthenticationError      401
│   ├── PermissionDeniedError    403
│   ├── NotFoundError            404
│   ├── ConflictError            409
│   ├── RateLimitError           429
│   └── ServerError              500 to 599
└── httpx.TransportError         no complete response: httpx's own classes
    ├── IncompleteBody           the body ended early
    └── DeadlineExceeded         the call, including its retries, took longer than its deadline
"""

import re
from http import HTTPStatus
from typing import Any, TypeVar

import httpx

from ._error_body import ErrorDetail, error_details, printable
from ._headers import retry_after
from ._redaction import redacted_url
from ._request_ids import CLIENT_REQUEST_ID, append_request_ids, request_id
from ._responses import RawResponse

ErrorT = TypeVar("ErrorT", bound=httpx.RequestError)

PROXY = "proxy"  # an extension of our requests: the host and port of their proxy
_EXCERPT = 500
_QUOTED = re.compile(r":? (?:b['\"]|bytearray\().*", re.DOTALL)  # h11's quote of a line, maybe of the key


class ApiError(Exception):
    """The response is an error, or is not what the document promises.

    Attributes:
        status_code: The HTTP status.
        code: The most specific error code: of the innermost error in the body, otherwise of the header
            `x-ms-error-code` or a similar one, or None.
        message: The message of the innermost error in the body, or None.
        details: The `details` of the error in the body.
        error: The parsed body, or None if it is not what the document promises for the status.
        request_id: The service's id for the request, which its support asks for, or None.
        client_request_id: The `x-ms-client-request-id` that was sent, or None.
        retry_after: Seconds that the server asks to wait before the next request, or None.
        headers: The headers of the response.
        excerpt: The first 500 characters of the body; empty if the body is not text.

    Control characters from the server are escaped, except in `headers` and `error`.
    """

    def __init__(
        self,
        status_code: int,
        headers: httpx.Headers,
        content: bytes,
        error: Any = None,
        reason: str | None = None,
        client_request_id: str | None = None,
    ) -> None:
        super().__init__(status_code, headers, content, error, reason, client_request_id)
        self.status_code = status_code
        self.headers = headers
        self.error = error
        code, message, details = error_details(content)
        self.code: str | None = code or _code_in(headers)
        self.message: str | None = message
        self.details: tuple[ErrorDetail, ...] = details
        self.request_id: str | None = request_id(headers)
        self.client_request_id = client_request_id
        self.retry_after: float | None = retry_after(headers)
        beginning = content[: 4 * _EXCERPT]
        is_text = b"\0" not in beginning
        self.excerpt: str = printable(beginning.decode(errors="replace"))[:_EXCERPT] if is_text else ""
        self._reason = reason
        self._size = len(content)

    def __str__(self) -> str:
        name = status_and_code(self.status_code, self.code)
        text = self._reason or "; ".join(filter(None, (self.message, *map(str, self.details))))
        if not text:
            encoding = self.headers.get("content-encoding")
            media_type = self.headers.get("content-type", "no media type")
            size = f"{self._size} bytes that are not text" if self._size else "an empty body"
            text = f"{media_type}: {self.excerpt or size}"
            text = f"the body cannot be decoded as {encoding}" if encoding and not self._size else text
        text = printable(f"{name}: {text}")[: 2 * _EXCERPT]
        return append_request_ids(text, self.request_id, self.client_request_id)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class BadRequestError(ApiError):
    """400: the request is invalid."""


class AuthenticationError(ApiError):
    """401: the key or the token is wrong, or belongs to another endpoint."""


class PermissionDeniedError(ApiError):
    """403: the caller lacks a permission, or the feature requires approval."""


class NotFoundError(ApiError):
    """404: the resource does not exist, or no longer exists."""


class ConflictError(ApiError):
    """409: another operation on the resource is in progress."""


class RateLimitError(ApiError):
    """429: too many requests; see `retry_after`."""


class ServerError(ApiError):
    """500 to 599: the service or a gateway failed."""


class IncompleteBody(httpx.RemoteProtocolError):
    """The body ended early: the connection was closed before all of it was received.

    Attributes:
        received: The number of bytes received.
        expected: The number of bytes announced by the server, or None.
    """

    def __init__(self, received: int, expected: int | None) -> None:
        of = "an unknown number of" if expected is None else str(expected)
        super().__init__(f"incomplete body: {received} of {of} bytes arrived")
        self.received = received
        self.expected = expected

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.received, self.expected), {**vars(self), "args": self.args}


class DeadlineExceeded(httpx.TimeoutException):
    """The call, including its retries, took longer than the client's `deadline`."""


_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
}


def api_error(
    response: httpx.Response | RawResponse, content: bytes, error: Any = None, reason: str | None = None
) -> ApiError:
    """Returns an error of the class for the status."""
    status = response.status_code
    kind = _BY_STATUS.get(status, ServerError if 500 <= status <= 599 else ApiError)
    client_request_id = response.request.headers.get(CLIENT_REQUEST_ID)
    return kind(status, response.headers, content, error, reason, client_request_id)


def error_code(response: RawResponse | httpx.Response) -> str | None:
    """Returns the most specific error code of the response, or None."""
    return error_details(response.content)[0] or _code_in(response.headers)


def status_and_code(status: int, code: str | None) -> str:
    """Returns the status and the code as text, only once if they are the same, as for some errors of Azure."""
    code = code or _phrase(status)
    return code if code == str(status) else f"{status} {code}".rstrip()


def _code_in(headers: httpx.Headers) -> str | None:
    return next((printable(headers[name]) for name in headers if name.endswith("-error-code")), None)


def sanitized(error: ErrorT, request: httpx.Request, message: str | None = None) -> ErrorT:
    """Returns the error with a message that names the server, the timeout and the request id.

    The key cannot be reached from it: the request's headers, the keys in its URL, the traceback and the causes are
    removed.
    """
    client_request_id = request.headers.get(CLIENT_REQUEST_ID)
    error.args = (append_request_ids(printable(message or _message(error, request)), None, client_request_id),)
    headers = {CLIENT_REQUEST_ID: client_request_id} if client_request_id else {}
    extensions = {PROXY: request.extensions.get(PROXY)}  # a call that ends may make a second error of the first
    error.request = httpx.Request(request.method, redacted_url(request), headers=headers, extensions=extensions)
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _message(error: httpx.RequestError, request: httpx.Request) -> str:
    server, timeout = request.url.netloc.decode(), request.extensions.get("timeout", {})
    proxy = request.extensions.get(PROXY)
    server = f"{server} through the proxy {proxy}" if proxy else server
    match error:
        case IncompleteBody():
            return str(error)
        case DeadlineExceeded():
            return f"{server}: {error}"
        case httpx.ProxyError() if status := proxy_status(error):
            return f"{server}: the proxy responded with {status} {_phrase(status)}"  # without its reason phrase
        case httpx.ConnectTimeout():
            return f"no connection to {server} within {timeout.get('connect')} s"
        case httpx.ReadTimeout():
            return f"no data from {server} for {timeout.get('read')} s"
        case httpx.WriteTimeout():
            return f"no data could be sent to {server} for {timeout.get('write')} s"
        case httpx.PoolTimeout():
            return f"no free connection to {server} within {timeout.get('pool')} s"
    return f"{server}: {_QUOTED.sub('', str(error)) or 'the connection is broken'}"


def proxy_status(error: httpx.RequestError) -> int | None:
    """Returns the status with which a proxy refused to connect, which httpx has in the message only."""
    status = re.match(r"(?:.* responded with )?(\d{3})\b", str(error)) if isinstance(error, httpx.ProxyError) else None
    return int(status[1]) if status else None


def _phrase(status_code: int) -> str:
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return ""
