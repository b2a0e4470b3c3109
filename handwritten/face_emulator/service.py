"""The documented Face service, its documentation page, and the control path for faults."""

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
_NOT_FOUND = {
    "code": "SessionNotFound",
    "message": "Session image ID is not found. It is expired or does not exist.",
}
CONTROL_PATH = "/_emulator/faults"


class Credentials(Protocol):
    """The accepted credentials, which may change."""

    key: str
    second_key: str | None
    token: str


def service(accepted: Credentials, images: Mapping[str, bytes], faults: Faults) -> Starlette:
    """Build the ASGI application. Its routes expect the raw path in `scope["path"]`, in which `%2F` is not a separator.

    An unknown path is a 404 and an unknown method a 405, then missing or invalid credentials are a 401. The service
    does not document its response for an unknown id; here it is a 404 with `SessionNotFound`, the only documented code
    for a 404 of the liveness session operations.
    """

    async def get_session_image(request: Request) -> Response:
        if not _is_authorized(request, accepted):
            return face_error(401)
        image = images.get(unquote(request.path_params["image_id"], errors="surrogateescape"))
        if image is None:
            return face_error(404, _NOT_FOUND)
        return Response(image, media_type="application/octet-stream")

    async def show_page(_request: Request) -> Response:
        return page()

    async def control_faults(request: Request) -> Response:
        if request.method == "POST":
            # Browsers send other media types across origins without a CORS preflight request.
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
                return face_error(415, {"code": "415", "message": "Send faults as application/json."})
            try:
                document = json.loads(await request.body())
                faults.add(*map(fault_from_json, document if isinstance(document, list) else [document]))
            except (ValueError, RecursionError) as exc:
                return face_error(400, {"code": "400", "message": str(exc)})
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
    route.methods = set(methods)  # as an argument, GET would add HEAD
    return route


def _is_authorized(request: Request, accepted: Credentials) -> bool:
    """Whether the key or the token is valid. As documented, one valid credential is enough."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    sent = request.headers.get("ocp-apim-subscription-key", "")
    is_valid_key = any(_is_equal(sent, key) for key in (accepted.key, accepted.second_key) if key)
    return (scheme.lower() == "bearer" and _is_equal(credential.strip(), accepted.token)) or is_valid_key


def _is_equal(sent: str, accepted: str) -> bool:
    return hmac.compare_digest(sent.encode("latin-1"), accepted.encode("utf-8"))
