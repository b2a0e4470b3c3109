# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""A client library for accessing Azure AI Face liveness sessions"""

from .client import AsyncClient, Client
from .errors import (
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

__version__ = "0.1.0"

__all__ = (
    "ApiError",
    "AsyncClient",
    "AuthenticationError",
    "BadRequestError",
    "Client",
    "ConflictError",
    "DeadlineExceeded",
    "IncompleteBody",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ServerError",
    "__version__",
)
