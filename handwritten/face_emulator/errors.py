"""The service's errors: FaceErrorResponse with the `x-ms-error-code` header."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse

# https://aka.ms/face-error-codes-and-messages; 404 and 500 as seen on the wire.
_DOCUMENTED = {
    401: (
        "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
        "active subscription and use a correct regional API endpoint for your resource.",
    ),
    403: (
        "UnsupportedFeature",
        "Feature is not supported, missing approval for one or more of the following features: "
        "Identification, Verification.",
    ),
    404: ("404", "Resource not found"),
    429: ("429", "Rate limit is exceeded."),
    500: ("Unspecified", "Internal server error"),
}


def face_error(
    status: int, code: str | None = None, message: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """An error answer; without `code` and `message`, those documented for `status`, else the number and its phrase."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Undocumented status"
    usual_code, usual_message = _DOCUMENTED.get(status, (str(status), phrase))
    code = code or usual_code
    return JSONResponse(
        {"error": {"code": code, "message": message or usual_message}},
        status_code=status,
        headers={**(headers or {}), "x-ms-error-code": code},
    )
