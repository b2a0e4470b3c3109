"""The runtime of generated clients: requests, retries, deadlines, errors, streaming and connections."""

from ._client import BaseAsyncClient, BaseClient, BaseSyncClient
from ._error_body import ErrorDetail, printable
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
)
from ._forms import form_data, form_field, form_parts, form_types
from ._headers import SafeHeaders
from ._models import by_discriminator, parsed, received, require_model
from ._operation import Operation
from ._options import DEFAULT_DEADLINE, DEFAULT_MAX_RETRIES, DEFAULT_STALL_TIMEOUT, DEFAULT_TIMEOUT
from ._pace import Pace
from ._parameters import (
    cookie_parameter,
    header_parameter,
    json_parameter,
    path_parameter,
    query_parameter,
    query_string,
)
from ._proxies import proxy_for
from ._responses import RawResponse, Response
from ._streaming import AsyncBinaryStream, BinaryStream
from ._types import UNSET, File, FileTypes, RequestFiles, Unset, file_content, form_file
from ._uploads import can_resend
from ._urls import is_confidential, path_segment

__all__ = [
    "DEFAULT_DEADLINE",
    "DEFAULT_MAX_RETRIES",
    "DEFAULT_STALL_TIMEOUT",
    "DEFAULT_TIMEOUT",
    "UNSET",
    "ApiError",
    "AsyncBinaryStream",
    "AuthenticationError",
    "BadRequestError",
    "BaseAsyncClient",
    "BaseClient",
    "BaseSyncClient",
    "BinaryStream",
    "ConflictError",
    "DeadlineExceeded",
    "ErrorDetail",
    "File",
    "FileTypes",
    "IncompleteBody",
    "NotFoundError",
    "Operation",
    "Pace",
    "PermissionDeniedError",
    "RateLimitError",
    "RawResponse",
    "RequestFiles",
    "Response",
    "SafeHeaders",
    "ServerError",
    "Unset",
    "by_discriminator",
    "can_resend",
    "cookie_parameter",
    "file_content",
    "form_data",
    "form_field",
    "form_file",
    "form_parts",
    "form_types",
    "header_parameter",
    "is_confidential",
    "json_parameter",
    "parsed",
    "path_parameter",
    "path_segment",
    "printable",
    "proxy_for",
    "query_parameter",
    "query_string",
    "received",
    "require_model",
]
