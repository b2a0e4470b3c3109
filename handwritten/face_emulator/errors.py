"""The service's errors: FaceErrorResponse with the `x-ms-error-code` header."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

# https://aka.ms/face-error-codes-and-messages; 403, 404 and 500 as observed.
_DOCUMENTED: Mapping[int, Mapping[str, Any]] = {
    401: {
        "code": "401",
        "message": "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid "
        "key for an active subscription and use a correct regional API endpoint for your resource.",
    },
    403: {
        "code": "InvalidRequest",
        "message": "Invalid request has been sent.",
        "innererror": {
            "code": "UnsupportedFeature",
            "message": "Feature is not supported, missing approval for one or more of the following features: "
            "Identification, Verification.",
        },
    },
    404: {"code": "404", "message": "Resource not found"},
    413: {"code": "413", "message": "The request body is larger than the emulator accepts."},
    429: {"code": "429", "message": "Rate limit is exceeded."},
    500: {"code": "Unspecified", "message": "Internal server error"},
}

SESSION_NOT_FOUND = {
    "code": "SessionNotFound",
    "message": "Session ID is not found. The session ID is expired or does not exist.",
}


def face_error(
    status: int, error: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Returns an error response; by default with the error documented for `status`, or else its reason phrase."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Undocumented status"
    error = dict(error or _DOCUMENTED.get(status) or {"code": str(status), "message": phrase})
    headers = {**(headers or {}), "x-ms-error-code": error["code"]}
    return JSONResponse({"error": error}, status_code=status, headers=headers)
