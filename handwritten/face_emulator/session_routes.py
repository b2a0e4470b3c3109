"""The operations of the service over HTTP."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from face_emulator.errors import SESSION_NOT_FOUND, face_error
from face_emulator.routing import Handler, path_id
from face_emulator.session_bodies import read_json, read_multipart
from face_emulator.session_options import InvalidBodyError
from face_emulator.sessions import SessionOptions, Sessions

_IMAGE_NOT_FOUND = {
    "code": "SessionNotFound",
    "message": "Session image ID is not found. It is expired or does not exist.",
}


def operation_handlers(sessions: Sessions, images: Mapping[str, bytes]) -> dict[str, Handler]:
    """Return the handlers by operationId.

    The service does not document its response for an unknown image id; here it is a 404 with `SessionNotFound`, the
    only documented code for a 404 of these operations.
    """

    async def get_session_image(request: Request) -> Response:
        image_id = path_id(request)
        image = images.get(image_id)
        if image is None:
            image = sessions.image(image_id)
        if image is None:
            return face_error(404, _IMAGE_NOT_FOUND)
        return Response(image, media_type="application/octet-stream")

    def create(read: Callable[[Request], Awaitable[SessionOptions]]) -> Handler:
        async def handle(request: Request) -> Response:
            try:
                options = await read(request)
            except InvalidBodyError as exc:
                return face_error(exc.status, exc.error)
            return JSONResponse(sessions.create(options))

        return handle

    def get_result(with_verify: bool) -> Handler:
        async def handle(request: Request) -> Response:
            session = sessions.get(path_id(request), with_verify=with_verify)
            return face_error(404, SESSION_NOT_FOUND) if session is None else JSONResponse(session)

        return handle

    def delete(with_verify: bool) -> Handler:
        async def handle(request: Request) -> Response:
            is_deleted = sessions.delete(path_id(request), with_verify=with_verify)
            return Response(status_code=204) if is_deleted else face_error(404, SESSION_NOT_FOUND)

        return handle

    return {
        "createLivenessSession": create(read_json),
        "getLivenessSessionResult": get_result(with_verify=False),
        "deleteLivenessSession": delete(with_verify=False),
        "createLivenessWithVerifySession": create(read_multipart),
        "getLivenessWithVerifySessionResult": get_result(with_verify=True),
        "deleteLivenessWithVerifySession": delete(with_verify=True),
        "getSessionImage": get_session_image,
    }
