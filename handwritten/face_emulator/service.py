"""The documented Face service, its documentation page, and the control paths."""

import hmac
from collections.abc import Mapping
from typing import Protocol, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from face_emulator.control import control_routes
from face_emulator.errors import face_error
from face_emulator.fault_queue import Faults
from face_emulator.operations import OPERATIONS, VERSIONS
from face_emulator.page import page
from face_emulator.routing import Handler, route
from face_emulator.session_routes import operation_handlers
from face_emulator.sessions import Sessions


class Credentials(Protocol):
    """The accepted credentials, which may change."""

    key: str
    second_key: str | None
    token: str


def service(accepted: Credentials, images: Mapping[str, bytes], faults: Faults, sessions: Sessions) -> Starlette:
    """Build the ASGI application. Its routes expect the raw path in `scope["path"]`, in which `%2F` is not a separator.

    An unknown path is a 404 and an unknown method a 405, then missing or invalid credentials are a 401, and then the
    body is read.
    """

    def authorized(handler: Handler) -> Handler:
        async def handle(request: Request) -> Response:
            return await handler(request) if _is_authorized(request, accepted) else face_error(401)

        return handle

    async def show_page(_request: Request) -> Response:
        return page()

    async def refuse(_request: Request, exc: Exception) -> Response:
        refusal = cast(HTTPException, exc)
        return face_error(refusal.status_code, headers=refusal.headers)

    paths: dict[str, dict[str, Handler]] = {}
    for name, handler in operation_handlers(sessions, images).items():
        method, path = OPERATIONS[name]
        paths.setdefault(path, {})[method] = authorized(handler)
    routes = [route(f"/face/{version}{path}", methods) for version in VERSIONS for path, methods in paths.items()]
    routes += [route("/", {"GET": show_page}), *control_routes(faults, sessions)]
    app = Starlette(routes=routes, exception_handlers={HTTPException: refuse})
    app.router.redirect_slashes = False
    return app


def _is_authorized(request: Request, accepted: Credentials) -> bool:
    """Whether the key or the token is valid. As documented, one valid credential is enough."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    sent = request.headers.get("ocp-apim-subscription-key", "")
    is_valid_key = any(_is_equal(sent, key) for key in (accepted.key, accepted.second_key) if key)
    return (scheme.lower() == "bearer" and _is_equal(credential.strip(), accepted.token)) or is_valid_key


def _is_equal(sent: str, accepted: str) -> bool:
    return hmac.compare_digest(sent.encode("latin-1"), accepted.encode("utf-8"))
