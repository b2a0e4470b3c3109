# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""The errors that calls raise, and the body that the document promises for them."""

from typing import TYPE_CHECKING, TypeAlias

from face_client_runtime import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    DeadlineExceeded,
    IncompleteBody,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)

if TYPE_CHECKING:
    from .models.face_error_response import FaceErrorResponse

ErrorBody: TypeAlias = "FaceErrorResponse"
"""What `ApiError.error` is, if the body is what the document promises."""

__all__ = [
    "ApiError",
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "DeadlineExceeded",
    "ErrorBody",
    "IncompleteBody",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ServerError",
]
