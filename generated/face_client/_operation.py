# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""Carries out one operation of the document, in each of its forms."""

import html
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, closing, contextmanager, suppress
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import anyio
import httpx
from attrs import field, fields, frozen, has

from ._retries import Answered, Tries
from .client import Client
from .errors import ApiError, error_class
from .headers import SECRET_HEADERS
from .streaming import AsyncBinaryStream, BinaryStream
from .types import Response

SuccessT = TypeVar("SuccessT")
ErrorT = TypeVar("ErrorT")
AnswerT = TypeVar("AnswerT", bound=Answered)

_READ = httpx.ByteStream(b"")
_ERROR_BODY_LIMIT = 64 * 1024
_ERROR_BODY_PATIENCE = 5.0  # seconds; the status is known already
_PLAIN = {"str", "int", "float", "bool", "None", "Unset"}


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
        """The body as it is."""
        return self.content


@frozen
class Operation(Generic[SuccessT, ErrorT]):
    """What the document says about the answers to one operation."""

    successes: tuple[tuple[int, int], ...]
    """The first and the last of each range of statuses that stand for success."""
    is_binary: bool
    """Whether the answer to success is a file."""
    parse_success: Callable[[Answer], SuccessT]
    parse_error: Callable[[Answer], ErrorT]

    def detailed(self, client: Client, request: Mapping[str, Any]) -> Response[SuccessT | ErrorT]:
        return self._detailed(self._send(client, request, self._read))

    async def adetailed(self, client: Client, request: Mapping[str, Any]) -> Response[SuccessT | ErrorT]:
        return self._detailed(await self._asend(client, request, self._aread))

    def result(self, client: Client, request: Mapping[str, Any]) -> SuccessT:
        return self._result(self._send(client, request, self._read))

    async def aresult(self, client: Client, request: Mapping[str, Any]) -> SuccessT:
        return self._result(await self._asend(client, request, self._aread))

    @contextmanager
    def stream(self, client: Client, request: Mapping[str, Any]) -> Iterator[BinaryStream]:
        answer = self._send(client, request, self._read_unless_promised)
        if isinstance(answer, Answer):
            raise self._error(answer)
        # The deadline was for what comes before the body, and cut these short.
        timeouts = client.get_httpx_client().timeout.as_dict()
        waits = [seconds for seconds in (timeouts["read"], client.stall_timeout) if seconds is not None]
        answer.request.extensions["timeout"] = {**timeouts, "read": min(waits, default=None)}
        with closing(answer):
            yield BinaryStream(answer, client.stall_timeout)

    @asynccontextmanager
    async def astream(self, client: Client, request: Mapping[str, Any]) -> AsyncIterator[AsyncBinaryStream]:
        answer = await self._asend(client, request, self._aread_unless_promised)
        if isinstance(answer, Answer):
            raise self._error(answer)
        async with aclosing(answer):
            yield AsyncBinaryStream(answer, client.stall_timeout)

    def _send(
        self, client: Client, request: Mapping[str, Any], receive: Callable[[httpx.Response], AnswerT]
    ) -> AnswerT:
        """Sends the request, again where that may help, and returns what `receive` makes of the last answer."""
        tries = Tries(request["method"], client.max_retries, client.deadline)
        outcome: AnswerT | httpx.RequestError
        while True:
            try:
                outcome = receive(client.send(request, tries.end))
            except httpx.RequestError as error:
                outcome = error
            pause = tries.pause(outcome)
            if pause is None:
                break
            time.sleep(pause)
        if isinstance(outcome, httpx.RequestError):
            raise tries.failure(outcome)
        return outcome

    async def _asend(
        self, client: Client, request: Mapping[str, Any], receive: Callable[[httpx.Response], Awaitable[AnswerT]]
    ) -> AnswerT:
        """Does what `_send` does, async."""
        tries = Tries(request["method"], client.max_retries, client.deadline)
        outcome: AnswerT | httpx.RequestError
        while True:
            with anyio.move_on_after(tries.time_left()) as scope:
                try:
                    outcome = await receive(await client.asend(request))
                except httpx.RequestError as error:
                    outcome = error
            if scope.cancelled_caught:
                outcome = httpx.ReadTimeout("", request=httpx.Request(request["method"], client.base_url))
            pause = tries.pause(outcome)
            if pause is None:
                break
            await anyio.sleep(pause)
        if isinstance(outcome, httpx.RequestError):
            raise tries.failure(outcome)
        return outcome

    def _read(self, response: httpx.Response) -> Answer:
        with closing(response):
            is_promised = self._is_promised(response)
            answer = _answer(response, BinaryStream(response).read() if is_promised else _beginning(response))
        response.stream = _READ  # the other one refers to the response, and would leave both to the garbage collector
        return answer

    async def _aread(self, response: httpx.Response) -> Answer:
        async with aclosing(response):
            is_promised = self._is_promised(response)
            return _answer(
                response, await (AsyncBinaryStream(response).read() if is_promised else _abeginning(response))
            )

    def _read_unless_promised(self, response: httpx.Response) -> Answer | httpx.Response:
        return response if self._is_promised(response) else self._read(response)

    async def _aread_unless_promised(self, response: httpx.Response) -> Answer | httpx.Response:
        return response if self._is_promised(response) else await self._aread(response)

    def _succeeds(self, status_code: int) -> bool:
        return any(first <= status_code <= last for first, last in self.successes)

    def _is_promised(self, answer: Answer | httpx.Response) -> bool:
        """Whether it is a success, and no page in the place of a file, as something before the service may send it."""
        return self._succeeds(answer.status_code) and not (self.is_binary and _is_text(answer.headers))

    def _detailed(self, answer: Answer) -> Response[SuccessT | ErrorT]:
        parsed: SuccessT | ErrorT | None = None
        if self._is_promised(answer):
            # Whatever the body of a stranger makes of the parser, the caller is told the status.
            with suppress(Exception):
                parsed = self.parse_success(answer)
        elif not self._succeeds(answer.status_code):
            parsed = self._parsed_error(answer)
        return Response(answer.status_code, answer.content, answer.headers, parsed)

    def _result(self, answer: Answer) -> SuccessT:
        if not self._is_promised(answer):
            raise self._error(answer)
        try:
            return self.parse_success(answer)
        except Exception as error:
            raise self._error(answer) from error

    def _error(self, answer: Answer) -> ApiError:
        error: Any = None
        reason = None
        if self._succeeds(answer.status_code):
            reason = (
                f"the body is not what the document promises: {answer.headers.get('content-type', 'no media type')}"
            )
        elif answer.status_code < 300:
            reason = "the document does not promise this status"
        elif answer.status_code < 400:
            reason = "a redirect, which this client does not follow"
        else:
            error = self._parsed_error(answer)
        content = _without_secrets(answer.request, answer.content)
        return error_class(answer.status_code)(answer.status_code, answer.headers, content, error, reason)

    def _parsed_error(self, answer: Answer) -> ErrorT | None:
        with suppress(Exception):
            error = self.parse_error(answer)
            return error if _is_as_declared(error) else None
        return None


def _answer(response: httpx.Response, content: bytes) -> Answer:
    return Answer(response.status_code, response.headers, content, response.request)


def _is_text(headers: httpx.Headers) -> bool:
    media_type: str = headers.get("content-type", "").lower().lstrip()
    return media_type.startswith(("text/", "application/xhtml"))


def _is_as_declared(value: object) -> bool:
    """Whether the texts and numbers of a model are of the types that it declares, which parsing does not look at."""
    if isinstance(value, list):
        return all(map(_is_as_declared, value))
    model: Any = type(value)
    for attribute in fields(model) if has(model) else ():
        item = getattr(value, attribute.name)
        declared = str(attribute.type).split(" | ")
        if set(declared) <= _PLAIN and type(item).__name__.replace("NoneType", "None") not in declared:
            return False
        if not _is_as_declared(item):
            return False
    return True


def _beginning(response: httpx.Response) -> bytes:
    """The first 64 KiB of a body, or what of it arrives in five seconds, without secrets."""
    content = bytearray()
    end = time.monotonic() + _ERROR_BODY_PATIENCE
    extensions = response.request.extensions
    extensions["deadline"] = min(end, extensions.get("deadline", end))
    with suppress(httpx.HTTPError, ApiError):
        for chunk in BinaryStream(response).iter_bytes():
            content += chunk
            if len(content) >= 2 * _ERROR_BODY_LIMIT:
                break
    return _without_secrets(response.request, content)


async def _abeginning(response: httpx.Response) -> bytes:
    """The first 64 KiB of a body, or what of it arrives in five seconds, without secrets."""
    content = bytearray()
    # Just before the deadline of the call, which would tell of the time alone.
    left = anyio.current_effective_deadline() - anyio.current_time() - 0.05
    with anyio.move_on_after(max(0, min(_ERROR_BODY_PATIENCE, left))), suppress(httpx.HTTPError, ApiError):
        async for chunk in AsyncBinaryStream(response).iter_bytes():
            content += chunk
            if len(content) >= 2 * _ERROR_BODY_LIMIT:
                break
    return _without_secrets(response.request, content)


def _without_secrets(request: httpx.Request, content: bytes | bytearray) -> bytes:
    """The first 64 KiB of a body. Some gateways repeat the request in their error page, and error bodies are logged."""
    kept = bytes(content[: 2 * _ERROR_BODY_LIMIT])
    for name in SECRET_HEADERS:
        secret = request.headers.get(name, "").rpartition(" ")[2]
        if not secret:
            continue
        with suppress(ValueError, RecursionError):
            # JSON has more than one way to write a character.
            plain = json.dumps(json.loads(kept), ensure_ascii=False)
            kept = plain.encode() if secret in plain else kept
        for written in {secret, quote(secret, safe=""), html.escape(secret)}:
            kept = kept.replace(written.encode(), b"[redacted]")
    # Cut only now: half a secret at the end would not have been found.
    return kept[:_ERROR_BODY_LIMIT]
