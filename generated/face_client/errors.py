# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""The errors that calls raise, and the type of their parsed body."""

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
"""The type of `ApiError.error`, if it is not None."""

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
