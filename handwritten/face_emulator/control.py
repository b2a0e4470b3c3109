"""The control paths: health, faults, the device's attempts, and the clock."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from face_emulator.errors import SESSION_NOT_FOUND, face_error
from face_emulator.fault_queue import Faults
from face_emulator.fault_spec import fault_from_json
from face_emulator.routing import Handler, path_id, route
from face_emulator.sessions import AttemptRefusedError, Sessions

CONTROL_PATHS = "/_emulator/"


def control_routes(faults: Faults, sessions: Sessions) -> list[Route]:
    """Return the routes. None needs credentials; those with a body need JSON."""

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def show_faults(_request: Request) -> Response:
        return JSONResponse([fault.as_json() for fault in faults])

    async def add_faults(request: Request) -> Response:
        document = await _read(request)
        faults.add(*map(fault_from_json, document if isinstance(document, list) else [document]))
        return await show_faults(request)

    async def clear_faults(request: Request) -> Response:
        faults.clear()
        return await show_faults(request)

    async def start_attempt(request: Request) -> Response:
        _fields(await _read(request))
        sessions.start_attempt(path_id(request))
        return Response(status_code=204)

    async def play_attempt(request: Request) -> Response:
        fields = _fields(await _read(request), "outcome", "is_identical", "match_confidence")
        sessions.play_attempt(path_id(request), **{"outcome": "realface", **fields})
        return Response(status_code=204)

    async def move_clock(request: Request) -> Response:
        seconds: Any = _fields(await _read(request), "advance").get("advance")
        sessions.clock.advance(seconds)
        return Response(status_code=204)

    return [
        route(CONTROL_PATHS + "health", {"GET": health}),
        route(
            CONTROL_PATHS + "faults",
            {"GET": show_faults, "POST": _refusing(add_faults), "DELETE": clear_faults},
        ),
        route(CONTROL_PATHS + "sessions/{id}/start", {"POST": _refusing(start_attempt)}),
        route(CONTROL_PATHS + "sessions/{id}/attempts", {"POST": _refusing(play_attempt)}),
        route(CONTROL_PATHS + "clock", {"POST": _refusing(move_clock)}),
    ]


class _NotJsonError(Exception):
    pass


def _refusing(handler: Handler) -> Handler:
    """Returns the handler with error responses for its exceptions."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except _NotJsonError:
            return face_error(415, {"code": "415", "message": "The Content-Type must be application/json."})
        except (ValueError, RecursionError) as exc:
            return face_error(400, {"code": "400", "message": str(exc)})
        except LookupError:
            return face_error(404, SESSION_NOT_FOUND)
        except AttemptRefusedError as exc:
            return face_error(409, {"code": "409", "message": str(exc)})

    return handle


async def _read(request: Request) -> Any:
    # Browsers send other media types across origins without a CORS preflight request.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _NotJsonError
    return json.loads(await request.body())


def _fields(document: Any, *names: str) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise ValueError(f"the body must be a JSON object, not {document!r}")  # noqa: TRY004  # a 400 for the caller
    if unknown := sorted(document.keys() - set(names)):
        raise ValueError(f"{unknown[0]!r}: unknown field; the fields are: {', '.join(names) or 'none'}")
    return document
