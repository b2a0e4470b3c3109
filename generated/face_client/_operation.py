# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""Carries out one operation of the document, in each of its forms."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Generic, TypeVar

import httpx
from attrs import field, frozen

from .client import Client
from .errors import ApiError, error_class
from .streaming import AsyncBinaryStream, BinaryStream
from .types import Response

SuccessT = TypeVar("SuccessT")
ErrorT = TypeVar("ErrorT")

_ERROR_BODY_LIMIT = 64 * 1024
_SECRET_HEADERS = (
    "Authorization",
    "Ocp-Apim-Subscription-Key",
)


@frozen
class Answer:
    """What the server sent."""

    status_code: int
    headers: httpx.Headers
    content: bytes
    request: httpx.Request = field(repr=False)

    @property
    def text(self) -> str:
        """The body as text, in the charset that the headers name."""
        return httpx.Response(self.status_code, headers=self.headers, content=self.content).text

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)

    def binary(self) -> bytes:
        """The body as it is, unless it is the text of a page that something before the service has sent."""
        if _is_text(self.headers):
            raise ValueError(f"the media type is {self.headers['content-type']}, not that of a file")
        return self.content


@frozen
class Operation(Generic[SuccessT, ErrorT]):
    """What the document says about the answers to one operation."""

    successes: tuple[tuple[int, int], ...]
    """The first and the last of each range of statuses that stand for success."""
    parse_success: Callable[[Answer], SuccessT]
    parse_error: Callable[[Answer], ErrorT]

    def detailed(self, client: Client, request: Mapping[str, Any]) -> Response[SuccessT | ErrorT]:
        return self._detailed(self._send(client, request))

    async def adetailed(self, client: Client, request: Mapping[str, Any]) -> Response[SuccessT | ErrorT]:
        return self._detailed(await self._asend(client, request))

    def result(self, client: Client, request: Mapping[str, Any]) -> SuccessT:
        return self._result(self._send(client, request))

    async def aresult(self, client: Client, request: Mapping[str, Any]) -> SuccessT:
        return self._result(await self._asend(client, request))

    @contextmanager
    def stream(self, client: Client, request: Mapping[str, Any]) -> Iterator[BinaryStream]:
        with client.open(request) as response:
            if not self._is_file(response):
                raise self._error(_answer(response, _beginning(response)))
            yield BinaryStream(response)

    @asynccontextmanager
    async def astream(self, client: Client, request: Mapping[str, Any]) -> AsyncIterator[AsyncBinaryStream]:
        async with client.aopen(request) as response:
            if not self._is_file(response):
                raise self._error(_answer(response, await _abeginning(response)))
            yield AsyncBinaryStream(response)

    def _send(self, client: Client, request: Mapping[str, Any]) -> Answer:
        with client.open(request) as response:
            whole = self._succeeds(response.status_code)
            return _answer(response, BinaryStream(response).read() if whole else _beginning(response))

    async def _asend(self, client: Client, request: Mapping[str, Any]) -> Answer:
        async with client.aopen(request) as response:
            whole = self._succeeds(response.status_code)
            return _answer(response, await (AsyncBinaryStream(response).read() if whole else _abeginning(response)))

    def _succeeds(self, status_code: int) -> bool:
        return any(first <= status_code <= last for first, last in self.successes)

    def _is_file(self, response: httpx.Response) -> bool:
        return self._succeeds(response.status_code) and not _is_text(response.headers)

    def _detailed(self, answer: Answer) -> Response[SuccessT | ErrorT]:
        parse: Callable[[Answer], SuccessT | ErrorT]
        parse = self.parse_success if self._succeeds(answer.status_code) else self.parse_error
        return Response(answer.status_code, answer.content, answer.headers, _parsed(parse, answer))

    def _result(self, answer: Answer) -> SuccessT:
        if not self._succeeds(answer.status_code):
            raise self._error(answer)
        try:
            return self.parse_success(answer)
        except Exception as error:
            raise self._error(answer) from error

    def _error(self, answer: Answer) -> ApiError:
        error, reason = None, None
        if self._succeeds(answer.status_code):
            reason = (
                f"the body is not what the document promises: {answer.headers.get('content-type', 'no media type')}"
            )
        elif answer.status_code < 300:
            reason = "the document does not promise this status"
        elif answer.status_code < 400:
            reason = "a redirect, which this client does not follow"
        else:
            error = _parsed(self.parse_error, answer)
        content = _without_secrets(answer.request, answer.content)
        return error_class(answer.status_code)(answer.status_code, answer.headers, content, error, reason)


def _answer(response: httpx.Response, content: bytes) -> Answer:
    return Answer(response.status_code, response.headers, content, response.request)


def _is_text(headers: httpx.Headers) -> bool:
    media_type: str = headers.get("content-type", "").lower().lstrip()
    return media_type.startswith(("text/", "application/xhtml"))


def _parsed(parse: Callable[[Answer], Any], answer: Answer) -> Any:
    # Whatever the body of a stranger makes of the parser, the caller is told the status.
    with suppress(Exception):
        return parse(answer)
    return None


def _beginning(response: httpx.Response) -> bytes:
    """The first 64 KiB of an error's body, or what of it arrives."""
    content = bytearray()
    with suppress(httpx.HTTPError):
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) >= _ERROR_BODY_LIMIT:
                break
    return _without_secrets(response.request, content)


async def _abeginning(response: httpx.Response) -> bytes:
    """The first 64 KiB of an error's body, or what of it arrives."""
    content = bytearray()
    with suppress(httpx.HTTPError):
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) >= _ERROR_BODY_LIMIT:
                break
    return _without_secrets(response.request, content)


def _without_secrets(request: httpx.Request, content: bytes | bytearray) -> bytes:
    """Some gateways repeat the request in their error page, and error bodies are logged."""
    kept = bytes(content[:_ERROR_BODY_LIMIT])
    for name in _SECRET_HEADERS:
        secret = request.headers.get(name, "").rpartition(" ")[2].encode()
        if secret:
            kept = kept.replace(secret, b"[redacted]")
    return kept
