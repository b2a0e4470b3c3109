"""Carries out one operation of a document, in each of its forms."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, aclosing, closing, suppress
from functools import partial
from typing import Any, Generic, TypeVar

import anyio
import httpx
from attrs import field, fields, frozen, has

from ._client import MAX_ERROR_BODY, BaseClient
from ._deadline import ends_at
from ._errors import ApiError, error_class
from ._retries import HasStatus, RetryState
from ._streaming import AsyncBinaryStream, BinaryStream
from ._types import Response

SuccessT = TypeVar("SuccessT")
ErrorT = TypeVar("ErrorT")
ReceivedT = TypeVar("ReceivedT", bound=HasStatus)

MAX_ERROR_BODY_WAIT = 5.0  # seconds; the status is known already
_CLOSED = httpx.ByteStream(b"")
_PLAIN_TYPES = {"str", "int", "float", "bool", "None", "Unset"}


@frozen
class RawResponse:
    """A response that has been read, and not been parsed."""

    status_code: int
    headers: httpx.Headers
    content: bytes
    request: httpx.Request = field(repr=False)
    matches_document: bool = True

    @property
    def text(self) -> str:
        """The body as text, in the charset that the headers name."""
        return httpx.Response(self.status_code, headers=self.headers, content=self.content).text

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)

    def binary(self) -> bytes:
        """The body as it is."""
        return self.content


@frozen
class Operation(Generic[SuccessT, ErrorT]):
    """What the document says about the responses to one operation.

    Attributes:
        successes: The first and the last of each range of statuses that mean success.
        is_binary: Whether the body of a success is a file.
        parse_success, parse_error: Parse a body, and raise whatever they like if it is not what the document promises.
    """

    successes: tuple[tuple[int, int], ...]
    is_binary: bool
    parse_success: Callable[[RawResponse], SuccessT]
    parse_error: Callable[[RawResponse], ErrorT]

    def detailed(self, client: BaseClient, request: Mapping[str, Any]) -> Response[SuccessT | ErrorT]:
        return self._detailed(self._send(client, request, partial(self._read, client)))

    async def adetailed(self, client: BaseClient, request: Mapping[str, Any]) -> Response[SuccessT | ErrorT]:
        return self._detailed(await self._asend(client, request, partial(self._aread, client)))

    def result(self, client: BaseClient, request: Mapping[str, Any]) -> SuccessT:
        return self._result(client, self._send(client, request, partial(self._read, client)))

    async def aresult(self, client: BaseClient, request: Mapping[str, Any]) -> SuccessT:
        return self._result(client, await self._asend(client, request, partial(self._aread, client)))

    def stream(self, client: BaseClient, request: Mapping[str, Any]) -> AbstractContextManager[BinaryStream]:
        return _Stream(self, client, request)

    def astream(self, client: BaseClient, request: Mapping[str, Any]) -> AbstractAsyncContextManager[AsyncBinaryStream]:
        return _AsyncStream(self, client, request)

    def open(self, client: BaseClient, request: Mapping[str, Any]) -> httpx.Response:
        """Returns the response to a stream, whose body has not been read. Raises what `result` raises."""
        response = self._send(client, request, partial(self._read_unless_streamed, client))
        if isinstance(response, RawResponse):
            raise self._error(client, response)
        client.end_deadline(response.request)
        return response

    async def aopen(self, client: BaseClient, request: Mapping[str, Any]) -> httpx.Response:
        response = await self._asend(client, request, partial(self._aread_unless_streamed, client))
        if isinstance(response, RawResponse):
            raise self._error(client, response)
        return response

    def _send(
        self, client: BaseClient, request: Mapping[str, Any], receive: Callable[[httpx.Response], ReceivedT]
    ) -> ReceivedT:
        """Sends the request, again if that may help, and returns what `receive` makes of the last response."""
        state = RetryState(request["method"], client.max_retries, client.deadline)
        outcome: ReceivedT | httpx.RequestError
        while True:
            try:
                with ends_at(state.end):
                    outcome = receive(client.send(request, state.time_left()))
            except httpx.RequestError as error:
                outcome = error.with_traceback(None)  # whose frames hold what has arrived of the body
            pause = state.pause(outcome)
            if pause is None:
                break
            time.sleep(pause)
        if isinstance(outcome, httpx.RequestError):
            raise state.failure(outcome)
        return outcome

    async def _asend(
        self, client: BaseClient, request: Mapping[str, Any], receive: Callable[[httpx.Response], Awaitable[ReceivedT]]
    ) -> ReceivedT:
        """Does what `_send` does, async."""
        state = RetryState(request["method"], client.max_retries, client.deadline)
        outcome: ReceivedT | httpx.RequestError
        while True:
            with anyio.move_on_after(state.time_left()) as scope:
                try:
                    outcome = await receive(await client.asend(request))
                except httpx.RequestError as error:
                    outcome = error.with_traceback(None)  # whose frames hold what has arrived of the body
            if scope.cancelled_caught:
                outcome = httpx.ReadTimeout("", request=httpx.Request(request["method"], client.base_url))
            pause = state.pause(outcome)
            if pause is None:
                break
            await anyio.sleep(pause)
        if isinstance(outcome, httpx.RequestError):
            raise state.failure(outcome)
        return outcome

    def _read(self, client: BaseClient, response: httpx.Response) -> RawResponse:
        matches = self._matches_document(response)
        with closing(response):
            content = BinaryStream(response).read() if matches else _beginning(response)
        return _raw(client, response, content, matches)

    async def _aread(self, client: BaseClient, response: httpx.Response) -> RawResponse:
        matches = self._matches_document(response)
        async with aclosing(response):
            content = await (AsyncBinaryStream(response).read() if matches else _abeginning(response))
        return _raw(client, response, content, matches)

    def _read_unless_streamed(self, client: BaseClient, response: httpx.Response) -> RawResponse | httpx.Response:
        return response if self._matches_document(response) else self._read(client, response)

    async def _aread_unless_streamed(
        self, client: BaseClient, response: httpx.Response
    ) -> RawResponse | httpx.Response:
        return response if self._matches_document(response) else await self._aread(client, response)

    def _succeeds(self, status_code: int) -> bool:
        return any(first <= status_code <= last for first, last in self.successes)

    def _matches_document(self, response: httpx.Response) -> bool:
        """Whether it is a success that is not an HTML page from a proxy in the place of a file."""
        return self._succeeds(response.status_code) and not (self.is_binary and _is_text(response.headers))

    def _detailed(self, raw: RawResponse) -> Response[SuccessT | ErrorT]:
        parsed: SuccessT | ErrorT | None = None
        if raw.matches_document:
            # Whatever the parser makes of an unexpected body, the caller gets the status.
            with suppress(Exception):
                parsed = self.parse_success(raw)
        elif not self._succeeds(raw.status_code):
            parsed = self._parsed_error(raw)
        return Response(raw.status_code, raw.content, raw.headers, parsed)

    def _result(self, client: BaseClient, raw: RawResponse) -> SuccessT:
        if not raw.matches_document:
            raise self._error(client, raw)
        try:
            return self.parse_success(raw)
        except Exception as error:
            raise self._error(client, raw) from error

    def _error(self, client: BaseClient, raw: RawResponse) -> ApiError:
        error: Any = None
        reason = None
        if self._succeeds(raw.status_code):
            reason = f"the body is not what the document promises: {raw.headers.get('content-type', 'no media type')}"
        elif raw.status_code < 300:
            reason = "the document does not promise this status"
        elif raw.status_code < 400:
            reason = "a redirect, which this client does not follow"
        else:
            error = self._parsed_error(raw)
        content = client.redacted(raw.request, raw.content)
        return error_class(raw.status_code)(raw.status_code, raw.headers, content, error, reason)

    def _parsed_error(self, raw: RawResponse) -> ErrorT | None:
        with suppress(Exception):
            error = self.parse_error(raw)
            return error if _is_as_declared(error) else None
        return None


class _Stream(AbstractContextManager[BinaryStream]):
    # As a generator, it would be closed by the garbage collector, where httpx crashes CPython 3.13.0 at its end.
    def __init__(self, operation: Operation[Any, Any], client: BaseClient, request: Mapping[str, Any]) -> None:
        self._open = partial(operation.open, client, request)
        self._stall_timeout = client.stall_timeout

    def __enter__(self) -> BinaryStream:
        self._response = self._open()
        return BinaryStream(self._response, self._stall_timeout)

    def __exit__(self, *exception: object) -> None:
        self._response.close()


class _AsyncStream(AbstractAsyncContextManager[AsyncBinaryStream]):
    def __init__(self, operation: Operation[Any, Any], client: BaseClient, request: Mapping[str, Any]) -> None:
        self._open = partial(operation.aopen, client, request)
        self._stall_timeout = client.stall_timeout

    async def __aenter__(self) -> AsyncBinaryStream:
        self._response = await self._open()
        return AsyncBinaryStream(self._response, self._stall_timeout)

    async def __aexit__(self, *exception: object) -> None:
        await self._response.aclose()


def _raw(client: BaseClient, response: httpx.Response, content: bytes, matches: bool) -> RawResponse:
    response.stream = _CLOSED  # the other one refers back to the response, and only the garbage collector frees both
    content = content if matches else client.redacted(response.request, content)
    return RawResponse(response.status_code, response.headers, content, response.request, matches)


def _is_text(headers: httpx.Headers) -> bool:
    media_type: str = headers.get("content-type", "").lower().lstrip()
    return media_type.startswith(("text/", "application/xhtml"))


def _is_as_declared(value: object) -> bool:
    """Whether the texts and numbers of a model have the types that it declares, which parsing does not check."""
    if isinstance(value, list):
        return all(map(_is_as_declared, value))
    model: Any = type(value)
    for attribute in fields(model) if has(model) else ():
        item = getattr(value, attribute.name)
        declared = str(attribute.type).split(" | ")
        if set(declared) <= _PLAIN_TYPES and type(item).__name__.replace("NoneType", "None") not in declared:
            return False
        if not _is_as_declared(item):
            return False
    return True


def _beginning(response: httpx.Response) -> bytes:
    """The first 128 KiB of a body, or what of it arrives in five seconds."""
    content = bytearray()
    with ends_at(time.monotonic() + MAX_ERROR_BODY_WAIT), suppress(httpx.HTTPError, ApiError):
        for chunk in BinaryStream(response).iter_bytes():
            content += chunk
            if len(content) >= 2 * MAX_ERROR_BODY:
                break
    return bytes(content)


async def _abeginning(response: httpx.Response) -> bytes:
    """The first 128 KiB of a body, or what of it arrives in five seconds."""
    content = bytearray()
    # Just before the deadline of the call, whose error would not tell the status.
    left = anyio.current_effective_deadline() - anyio.current_time() - 0.05
    with anyio.move_on_after(max(0, min(MAX_ERROR_BODY_WAIT, left))), suppress(httpx.HTTPError, ApiError):
        async for chunk in AsyncBinaryStream(response).iter_bytes():
            content += chunk
            if len(content) >= 2 * MAX_ERROR_BODY:
                break
    return bytes(content)
