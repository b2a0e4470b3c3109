"""The Face service as its document promises it; beside it the page to try it, and the control path for faults."""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, cast
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from face_emulator.errors import face_error
from face_emulator.fault_queue import Faults
from face_emulator.fault_spec import fault_from_json
from face_emulator.page import page

_VERSIONS = ("v1.2", "v1.3-preview.1")
CONTROL_PATH = "/_emulator/faults"


class Credentials(Protocol):
    """What is accepted at the moment."""

    key: str
    second_key: str | None
    token: str


def service(accepted: Credentials, images: Mapping[str, bytes], faults: Faults) -> Starlette:
    """Build the ASGI application. Its routes expect the raw path in `scope["path"]`, so that `%2F` splits no segment.

    Paths and methods that do not exist are refused first, with 404 and 405; then credentials are asked for, with 401;
    then the id is looked up. The service does not document its answer for an unknown id; here it is a 404 with the code
    `SessionNotFound`, the only one for 404 that its group of operations has.
    """

    async def get_session_image(request: Request) -> Response:
        if not _admits(request, accepted):
            return face_error(401)
        image = images.get(unquote(request.path_params["image_id"], errors="surrogateescape"))
        if image is None:
            return face_error(404, "SessionNotFound", "Session image ID is not found. It is expired or does not exist.")
        return Response(image, media_type="application/octet-stream")

    async def show_page(_request: Request) -> Response:
        return page()

    async def control_faults(request: Request) -> Response:
        if request.method == "POST":
            # A page in a browser may send any other type across origins without asking first.
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
                return face_error(415, message="Send faults as application/json.")
            try:
                document = json.loads(await request.body())
                faults.add(*map(fault_from_json, document if isinstance(document, list) else [document]))
            except (ValueError, RecursionError) as exc:
                return face_error(400, message=str(exc))
        elif request.method == "DELETE":
            faults.clear()
        return JSONResponse([fault.as_json() for fault in faults])

    async def refuse(_request: Request, exc: Exception) -> Response:
        refusal = cast(HTTPException, exc)
        return face_error(refusal.status_code, headers=refusal.headers)

    routes = [_route(f"/face/{version}/sessionImages/{{image_id}}", get_session_image, "GET") for version in _VERSIONS]
    routes.append(_route("/", show_page, "GET"))
    routes.append(_route(CONTROL_PATH, control_faults, "GET", "POST", "DELETE"))
    app = Starlette(routes=routes, exception_handlers={HTTPException: refuse})
    app.router.redirect_slashes = False
    return app


def _route(path: str, endpoint: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
    route = Route(path, endpoint)
    route.methods = set(methods)  # as an argument, GET would let HEAD in too
    return route


def _admits(request: Request, accepted: Credentials) -> bool:
    """Either credential suffices, as the document says: a right one beside a wrong one is let in."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    sent = request.headers.get("ocp-apim-subscription-key", "")
    key_is_right = any(_same(sent, key) for key in (accepted.key, accepted.second_key) if key)
    return (scheme.lower() == "bearer" and _same(credential.strip(), accepted.token)) or key_is_right


def _same(sent: str, wanted: str) -> bool:
    return hmac.compare_digest(sent.encode("latin-1"), wanted.encode("utf-8"))
