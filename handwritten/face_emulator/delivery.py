"""The layer between the wire and the service: it records requests, applies faults and writes the answer out."""

import asyncio
from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import unquote
from uuid import uuid4

import anyio
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from face_emulator.errors import face_error
from face_emulator.fault import Fault
from face_emulator.fault_queue import Faults
from face_emulator.recording import RecordedRequest, record
from face_emulator.service import CONTROL_PATH

_HTML = "<!DOCTYPE html>\n<title>Gateway</title>\n<h1>Gateway</h1>\n<p>The page you asked for is not here.</p>\n"


class Delivery:
    """An ASGI application around the service. It needs the connection's transport in `scope["state"]`."""

    def __init__(self, service: ASGIApp, faults: Faults, remember: Callable[[RecordedRequest], None]) -> None:
        self._service = service
        self._faults = faults
        self._remember = remember

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] = scope["raw_path"].decode("ascii")  # the service routes on what was sent
        if path != CONTROL_PATH:
            self._remember(record(scope))
        body = await _read(receive)
        fault = (self._faults.take(_image_id(path)) if path.startswith("/face/") else None) or Fault()
        answer = _made_up(fault) or await self._ask_service(scope, body)
        await _deliver(answer, fault, scope["state"]["transport"], receive, send)

    async def _ask_service(self, scope: Scope, body: bytes) -> Response:
        answer = Response()

        async def hand_over() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status_code, answer.raw_headers = message["status"], list(message["headers"])
            else:
                answer.body = bytes(answer.body) + message.get("body", b"")

        await self._service(scope, hand_over, keep)
        return answer


def _image_id(path: str) -> str:
    return unquote(path.rpartition("/")[2], errors="surrogateescape")


def _made_up(fault: Fault) -> Response | None:
    """The answer in place of the service's own, if the fault asks for one."""
    status = fault.status or 200
    if fault.html:
        return HTMLResponse(_HTML, status)
    if fault.body is not None:
        media_type = "application/json" if status >= 400 else "application/octet-stream"
        return Response(fault.body, status, media_type=media_type)
    if fault.status is None:
        return None
    return face_error(status) if status >= 400 else Response(status_code=status)


async def _deliver(answer: Response, fault: Fault, transport: asyncio.Transport, receive: Receive, send: Send) -> None:
    if await _client_leaves(receive, within=fault.delay):
        return
    if fault.drop:
        transport.abort()
        await receive()
        return

    headers = answer.headers
    headers.update({"date": formatdate(usegmt=True), "apim-request-id": str(uuid4())})
    if fault.content_type is not None:
        headers["content-type"] = fault.content_type
    if fault.retry_after is not None:
        headers["retry-after"] = str(fault.retry_after)
    if fault.content_length is not None:
        headers["content-length"] = str(fault.content_length)
    if fault.chunked:
        del headers["content-length"]
    headers.update(fault.headers or {})
    await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})

    body = bytes(answer.body)
    promised = int(headers.get("content-length", len(body)))
    body = body[: fault.truncate]
    within_promise = body[:promised]
    starts = range(0, len(within_promise), fault.chunk_size)
    *chunks, last = [within_promise[start : start + fault.chunk_size] for start in starts] or [b""]
    for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        if await _client_leaves(receive, within=fault.chunk_delay):
            return
    if len(body) == promised:
        await send({"type": "http.response.body", "body": last})
    else:
        # uvicorn would not let this end here, nor write more than was promised.
        if len(body) > promised:
            transport.write(last + body[promised:])  # at once: a quick client could have gone on in between
        else:
            await send({"type": "http.response.body", "body": last, "more_body": True})
        transport.close()
        await receive()


async def _read(receive: Receive) -> bytes:
    """The body, to its end: from then on, `receive` waits for the client to leave."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _client_leaves(receive: Receive, within: float) -> bool:
    """Wait for some seconds, or until the connection is gone; say which."""
    if within:
        with anyio.move_on_after(within):
            await receive()
            return True
    return False
