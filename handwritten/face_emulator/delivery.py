"""The middleware around the service: records requests, limits their rate, applies faults and writes responses."""

import asyncio
from collections.abc import Callable, Container
from email.utils import formatdate
from urllib.parse import unquote

import anyio
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from face_emulator.browsers import refusal
from face_emulator.control import CONTROL_PATHS
from face_emulator.errors import face_error
from face_emulator.fault import Fault
from face_emulator.fault_queue import Faults
from face_emulator.operations import operation_of
from face_emulator.rate_limit import RateLimit
from face_emulator.recording import RecordedRequest, record

_HTML = "<!DOCTYPE html>\n<title>Gateway</title>\n<h1>Gateway</h1>\n<p>The page you asked for is not here.</p>\n"
_MAX_BODY = 16 * 2**20  # a verify image of 6 MB fits in, and one that is too big for the service


class Delivery:
    """An ASGI middleware around the service. It requires the connection's transport in `scope["state"]`."""

    def __init__(
        self,
        service: ASGIApp,
        names: Container[str],
        faults: Faults,
        rate_limit: Callable[[], RateLimit],
        remember: Callable[[RecordedRequest, bytes], None],
    ) -> None:
        self._service = service
        self._names = names
        self._faults = faults
        self._rate_limit = rate_limit
        self._remember = remember

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] = scope["raw_path"].decode("ascii")  # the service routes on the raw path
        request = record(scope)
        refused, fault = refusal(path, request.headers, self._names), Fault()
        is_recorded = not refused and not path.startswith(CONTROL_PATHS)
        if not refused and path.startswith("/face/"):
            if seconds := self._rate_limit().retry_after(request.time):
                refused = face_error(429, headers={"retry-after": str(seconds)})
            else:
                fault = self._faults.take(operation_of(request.method, path), _image_id(path)) or fault
        body = await _read(receive)
        if body is None:
            return
        if is_recorded:
            self._remember(request, body[:_MAX_BODY])
        response = refused or _fault_response(fault) or await self._call_service(scope, body)
        response.headers.update(_ids(request))
        if response.status_code == 401:
            _add_challenges(response, scope)
        await _send_response(response, fault, scope["state"]["transport"], receive, send)

    async def _call_service(self, scope: Scope, body: bytes) -> Response:
        response = Response()

        async def receive() -> Message:
            if len(body) > _MAX_BODY:
                raise HTTPException(413)
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                response.status_code, response.raw_headers = message["status"], list(message["headers"])
            else:
                response.body = bytes(response.body) + message.get("body", b"")

        await self._service(scope, receive, send)
        return response


def _image_id(path: str) -> str | None:
    collection, _, image_id = path.rpartition("/")
    return unquote(image_id, errors="surrogateescape") if collection.endswith("/sessionImages") else None


def _ids(request: RecordedRequest) -> dict[str, str]:
    """Returns the headers with the request id and the client request id, which many Azure services send back."""
    ids = {"apim-request-id": request.request_id}
    if sent := request.headers.get("x-ms-client-request-id"):
        ids["x-ms-client-request-id"] = sent
    return ids


def _add_challenges(response: Response, scope: Scope) -> None:
    """Adds how to sign in: with a key, as Azure API Management says it, or with a bearer token."""
    host, port = scope["server"]
    realm = f"{scope['scheme']}://{f'[{host}]' if ':' in host else host}:{port}/face"
    key = f'AzureApiManagementKey realm="{realm}",name="Ocp-Apim-Subscription-Key",type="header"'
    response.headers.append("www-authenticate", key)
    response.headers.append("www-authenticate", "Bearer")


def _fault_response(fault: Fault) -> Response | None:
    """Returns the response of the fault, or None if it only modifies the service's response."""
    status = fault.status or 200
    if fault.html:
        return HTMLResponse(_HTML, status)
    if fault.body is not None:
        media_type = "application/json" if status >= 400 else "application/octet-stream"
        return Response(fault.body, status, media_type=media_type)
    if fault.status is None:
        return None
    return face_error(status, fault.error) if status >= 400 else Response(status_code=status)


async def _send_response(
    response: Response, fault: Fault, transport: asyncio.Transport, receive: Receive, send: Send
) -> None:
    if await _client_disconnects(receive, within=fault.delay):
        return
    if fault.drop:
        transport.abort()
        await receive()
        return

    headers = response.headers
    headers["date"] = formatdate(usegmt=True)
    if fault.content_type is not None:
        headers["content-type"] = fault.content_type
    if fault.retry_after is not None:
        headers["retry-after"] = str(fault.retry_after)
    if fault.content_length is not None:
        headers["content-length"] = str(fault.content_length)
    if fault.chunked:
        del headers["content-length"]
    headers.update(fault.headers or {})
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})

    body = bytes(response.body)
    length = int(headers.get("content-length", len(body)))
    body = body[: fault.truncate]
    starts = range(0, len(body[:length]), fault.chunk_size)
    *chunks, last = [body[:length][start : start + fault.chunk_size] for start in starts] or [b""]
    for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        if transport.is_closing() or await _client_disconnects(receive, within=fault.chunk_delay):
            return
    if len(body) == length:
        await send({"type": "http.response.body", "body": last})
    else:
        # uvicorn refuses to send more or less than Content-Length.
        if len(body) > length:
            transport.write(last + body[length:])  # at once, before the client can send another request
        else:
            await send({"type": "http.response.body", "body": last, "more_body": True})
        transport.close()
        await receive()


async def _read(receive: Receive) -> bytes | None:
    """Returns the body, up to a byte above the maximum, or None if the client disconnects before its end.

    After it, `receive` waits for the client to disconnect.
    """
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")[: _MAX_BODY + 1 - len(body)]
        more = message.get("more_body", False)
    return bytes(body)


async def _client_disconnects(receive: Receive, within: float) -> bool:
    """Waits a number of seconds. Returns whether the client disconnects within them."""
    if within:
        with anyio.move_on_after(within):
            await receive()
            return True
    return False
