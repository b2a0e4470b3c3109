"""Calls one operation of a document: sync or async, parsed, detailed or streamed."""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, aclosing, closing, suppress
from functools import partial
from typing import Any, Generic, TypeVar

import anyio
import httpx
from attrs import fields, frozen, has

from ._client import BaseAsyncClient, BaseClient, BaseSyncClient
from ._deadline import fail_at
from ._errors import ApiError, api_error
from ._media_types import is_documented, media_type_of
from ._models import tolerance
from ._redaction import Secrets
from ._responses import RawResponse, Response
from ._retries import RetryState
from ._streaming import AsyncBinaryStream, BinaryStream
from ._uploads import open_files

SuccessT = TypeVar("SuccessT")
ErrorT = TypeVar("ErrorT")
ReceivedT = TypeVar("ReceivedT", bound=RawResponse | httpx.Response)

MAX_ERROR_BODY = 1024 * 1024
MAX_ERROR_BODY_WAIT = 5.0  # seconds; the status is known already
# Not any Exception: a signal handler may raise one, which is not about the body.
PARSE_ERRORS = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
_CLOSED_STREAM = httpx.ByteStream(b"")
_PLAIN_TYPES = {"str", "int", "float", "bool", "None", "Unset"}


@frozen
class Operation(Generic[SuccessT, ErrorT]):
    """An operation, with the responses that the document promises.

    Attributes:
        name: The name in the log.
        successes: The ranges of success statuses, each as its first and its last status.
        is_binary: Whether the body of a success may be a file.
        text_types: The media types of successes that may be text, if another is a file.
        parse_success, parse_error: Parse a body. They raise one of PARSE_ERRORS if it does not match the document.
    """

    name: str
    successes: tuple[tuple[int, int], ...]
    is_binary: bool
    parse_success: Callable[[RawResponse], SuccessT]
    parse_error: Callable[[RawResponse], ErrorT]
    text_types: tuple[str, ...] = ()

    def detailed(self, client: BaseSyncClient, request: Mapping[str, Any]) -> Response[SuccessT | ErrorT]:
        return self._detailed(self._send(client, request, partial(self._read, client)))

    async def adetailed(self, client: BaseAsyncClient, request: Mapping[str, Any]) -> Response[SuccessT | ErrorT]:
        return self._detailed(await self._asend(client, request, partial(self._aread, client)))

    def result(self, client: BaseSyncClient, request: Mapping[str, Any]) -> SuccessT:
        return self._result(self._send(client, request, partial(self._read, client)))

    async def aresult(self, client: BaseAsyncClient, request: Mapping[str, Any]) -> SuccessT:
        return self._result(await self._asend(client, request, partial(self._aread, client)))

    def stream(self, client: BaseSyncClient, request: Mapping[str, Any]) -> AbstractContextManager[BinaryStream]:
        return _Stream(partial(self.open, client, request))

    def astream(
        self, client: BaseAsyncClient, request: Mapping[str, Any]
    ) -> AbstractAsyncContextManager[AsyncBinaryStream]:
        return _AsyncStream(partial(self.aopen, client, request))

    def open(self, client: BaseSyncClient, request: Mapping[str, Any]) -> BinaryStream:
        """Returns the unread body of a success. Raises what `result` raises."""
        response = self._send(client, request, partial(self._read_unless_streamed, client))
        if isinstance(response, RawResponse):
            raise self._error(response)
        client._apply_stall_timeout(response.request)
        try:
            return BinaryStream(response, client.stall_timeout, partial(self._empty_error, response))
        except ApiError:
            response.close()
            raise

    async def aopen(self, client: BaseAsyncClient, request: Mapping[str, Any]) -> AsyncBinaryStream:
        response = await self._asend(client, request, partial(self._aread_unless_streamed, client))
        if isinstance(response, RawResponse):
            raise self._error(response)
        try:
            return AsyncBinaryStream(response, client.stall_timeout, partial(self._empty_error, response))
        except ApiError:
            await response.aclose()
            raise

    def _send(
        self, client: BaseSyncClient, request: Mapping[str, Any], receive: Callable[[httpx.Response], ReceivedT]
    ) -> ReceivedT:
        """Sends the request, with retries, and returns the result of `receive` for the last response."""
        if not isinstance(client, BaseSyncClient):
            raise TypeError(f"{self.name}: a sync call takes a Client, not {type(client)}")
        with open_files(request) as opened:
            state = RetryState(self.name, opened, client)
            outcome: ReceivedT | httpx.RequestError
            while True:
                try:
                    while (wait := state.seconds_until_turn()) > 0:
                        time.sleep(wait)
                except BaseException:
                    state.give_back_turn()
                    raise
                try:
                    with fail_at(state.deadline):
                        response = client._send(state.request, state.time_left())
                        try:
                            outcome = receive(response)
                        except BaseException:
                            response.close()  # at once, also if a signal handler has raised outside of the reading
                            raise
                except httpx.RequestError as error:
                    outcome = error.with_traceback(None)  # whose frames hold what has arrived of the body
                pause = state.pause(outcome)
                if pause is None:
                    break
                time.sleep(pause)
            if isinstance(outcome, httpx.RequestError):
                raise state.final_error(outcome)
            return outcome

    async def _asend(
        self,
        client: BaseAsyncClient,
        request: Mapping[str, Any],
        receive: Callable[[httpx.Response], Awaitable[ReceivedT]],
    ) -> ReceivedT:
        """The async `_send`."""
        if not isinstance(client, BaseAsyncClient):
            raise TypeError(f"{self.name}: an async call takes an AsyncClient, not {type(client)}")
        with open_files(request) as opened:
            state = RetryState(self.name, opened, client)
            outcome: ReceivedT | httpx.RequestError
            while True:
                try:
                    while (wait := state.seconds_until_turn()) > 0:
                        await anyio.sleep(wait)
                except BaseException:
                    state.give_back_turn()
                    raise
                with anyio.move_on_after(state.time_left()) as scope:
                    try:
                        outcome = await receive(await client._send(state.request))
                    except httpx.RequestError as error:
                        outcome = error.with_traceback(None)  # whose frames hold what has arrived of the body
                if scope.cancelled_caught:
                    outcome = state.attempt_timeout()
                pause = state.pause(outcome)
                if pause is None:
                    break
                await anyio.sleep(pause)
            if isinstance(outcome, httpx.RequestError):
                raise state.final_error(outcome)
            return outcome

    def _read(self, client: BaseClient, response: httpx.Response) -> RawResponse:
        with closing(response):
            matches = self._matches_document(response)
            if _has_no_body(response):
                content = b""
            else:
                content = BinaryStream(response).read() if matches else _read_beginning(response)
        return self._raw(client, response, content, matches)

    async def _aread(self, client: BaseClient, response: httpx.Response) -> RawResponse:
        matches = self._matches_document(response)
        async with aclosing(response):
            if _has_no_body(response):
                content = b""
            else:
                content = await (AsyncBinaryStream(response).read() if matches else _aread_beginning(response))
        return self._raw(client, response, content, matches)

    def _read_unless_streamed(self, client: BaseClient, response: httpx.Response) -> RawResponse | httpx.Response:
        return response if self._matches_document(response) else self._read(client, response)

    async def _aread_unless_streamed(
        self, client: BaseClient, response: httpx.Response
    ) -> RawResponse | httpx.Response:
        return response if self._matches_document(response) else await self._aread(client, response)

    def _raw(self, client: BaseClient, response: httpx.Response, content: bytes, matches: bool) -> RawResponse:
        response.stream = _CLOSED_STREAM  # breaks a reference cycle, so that the response is freed at once
        if not matches:
            content = Secrets(response.request, client._secret_names).redacted(content)
        return RawResponse(response.status_code, response.headers, content, response.request, matches)

    def _succeeds(self, status_code: int) -> bool:
        return any(first <= status_code <= last for first, last in self.successes)

    def _matches_document(self, response: httpx.Response) -> bool:
        """Whether the response is a success, and not an HTML page from a proxy instead of a file."""
        is_page = self.is_binary and _is_text(response.headers)
        is_expected = is_page and is_documented(media_type_of(response.headers), self.text_types)
        return self._succeeds(response.status_code) and (is_expected or not is_page)

    def _detailed(self, raw: RawResponse) -> Response[SuccessT | ErrorT]:
        parsed: SuccessT | ErrorT | None = None
        error = partial(self._error, raw)
        if raw.matches_document:
            # The caller gets the status, even if the body cannot be parsed.
            with suppress(*PARSE_ERRORS):
                return Response(raw.status_code, raw.content, raw.headers, self._parsed_success(raw))
        elif not self._succeeds(raw.status_code):
            parsed = self._parsed_error(raw)
        return Response(raw.status_code, raw.content, raw.headers, parsed, error)

    def _result(self, raw: RawResponse) -> SuccessT:
        if not raw.matches_document:
            raise self._error(raw)
        try:
            return self._parsed_success(raw)
        except PARSE_ERRORS as error:
            cause = error.with_traceback(None)  # whose frames hold the values of the body
        raise self._error(raw) from cause

    def _parsed_success(self, raw: RawResponse) -> SuccessT:
        with suppress(*PARSE_ERRORS):
            return self.parse_success(raw)
        with tolerance():  # a missing property does not lose the others
            return self.parse_success(raw)

    def _error(self, raw: RawResponse) -> ApiError:
        error: Any = None
        reason = None
        if self._succeeds(raw.status_code) and not raw.content:
            reason = f"empty body in the response to {raw.request.method} {raw.request.url.path}"
        elif self._succeeds(raw.status_code):
            reason = f"the body is not what the document promises: {raw.headers.get('content-type', 'no media type')}"
        elif 300 <= raw.status_code < 400 and "location" in raw.headers:
            reason = "redirects are not followed"
        elif raw.status_code < 400:
            reason = "the document does not promise this status"
        else:
            error = self._parsed_error(raw)
        # A success may hold a secret, but for the page of a proxy.
        content = raw.content if raw.status_code >= 300 or _is_text(raw.headers) else b""
        return api_error(raw, content, error, reason)

    def _empty_error(self, response: httpx.Response) -> ApiError:
        return self._error(RawResponse(response.status_code, response.headers, b"", response.request, False))

    def _parsed_error(self, raw: RawResponse) -> ErrorT | None:
        with suppress(*PARSE_ERRORS):
            error = self.parse_error(raw)
            return error if _has_declared_types(error) else None
        return None


class _Stream(AbstractContextManager[BinaryStream]):
    # Not a generator: if the garbage collector closes one, httpx crashes CPython 3.13.0.
    def __init__(self, open_: Callable[[], BinaryStream]) -> None:
        self._open = open_

    def __enter__(self) -> BinaryStream:
        self._stream = self._open()
        return self._stream

    def __exit__(self, *exception: object) -> None:
        self._stream._response.close()


class _AsyncStream(AbstractAsyncContextManager[AsyncBinaryStream]):
    def __init__(self, open_: Callable[[], Awaitable[AsyncBinaryStream]]) -> None:
        self._open = open_

    async def __aenter__(self) -> AsyncBinaryStream:
        self._stream = await self._open()
        return self._stream

    async def __aexit__(self, *exception: object) -> None:
        await self._stream._response.aclose()


def _has_no_body(response: httpx.Response) -> bool:
    """Whether the response has no body, whatever its headers say (RFC 9112, section 6.3)."""
    return response.request.method == "HEAD" or response.status_code in (204, 304)


def _is_text(headers: httpx.Headers) -> bool:
    return media_type_of(headers).startswith(("text/", "application/xhtml"))


def _has_declared_types(value: object) -> bool:
    """Whether the strings and numbers of a model have their declared types, which parsing does not check."""
    if isinstance(value, list):
        return all(map(_has_declared_types, value))
    model: Any = type(value)
    for attribute in fields(model) if has(model) else ():
        item = getattr(value, attribute.name)
        declared = str(attribute.type).split(" | ")
        if set(declared) <= _PLAIN_TYPES and type(item).__name__.replace("NoneType", "None") not in declared:
            return False
        if not _has_declared_types(item):
            return False
    return True


def _read_beginning(response: httpx.Response) -> bytes:
    """Returns the first MiB of an error body, or the part that arrives within 5 seconds."""
    content = bytearray()
    with fail_at(time.monotonic() + MAX_ERROR_BODY_WAIT), suppress(httpx.HTTPError, ApiError):
        for chunk in BinaryStream(response).iter_bytes():
            content += chunk
            if len(content) >= MAX_ERROR_BODY:
                break
    return bytes(content[:MAX_ERROR_BODY])


async def _aread_beginning(response: httpx.Response) -> bytes:
    """Returns the first MiB of an error body, or the part that arrives within 5 seconds."""
    content = bytearray()
    # It ends just before the deadline of the call, whose error would hide the status.
    left = anyio.current_effective_deadline() - anyio.current_time() - 0.05
    with anyio.move_on_after(max(0, min(MAX_ERROR_BODY_WAIT, left))), suppress(httpx.HTTPError, ApiError):
        async for chunk in AsyncBinaryStream(response).iter_bytes():
            content += chunk
            if len(content) >= MAX_ERROR_BODY:
                break
    return bytes(content[:MAX_ERROR_BODY])
