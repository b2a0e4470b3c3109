"""What every generated client stands on: sending, retries and deadlines, errors, streaming, and the connections."""

from ._client import DEFAULT_TIMEOUT, BaseClient
from ._errors import (
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
    printable,
)
from ._headers import SafeHeaders
from ._operation import Operation, RawResponse
from ._streaming import AsyncBinaryStream, BinaryStream
from ._types import UNSET, File, FileTypes, RequestFiles, Response, Unset
from ._urls import is_confidential, path_segment

__all__ = [
    "DEFAULT_TIMEOUT",
    "UNSET",
    "ApiError",
    "AsyncBinaryStream",
    "AuthenticationError",
    "BadRequestError",
    "BaseClient",
    "BinaryStream",
    "ConflictError",
    "DeadlineExceeded",
    "File",
    "FileTypes",
    "IncompleteBody",
    "NotFoundError",
    "Operation",
    "PermissionDeniedError",
    "RateLimitError",
    "RawResponse",
    "RequestFiles",
    "Response",
    "SafeHeaders",
    "ServerError",
    "Unset",
    "is_confidential",
    "path_segment",
    "printable",
]
