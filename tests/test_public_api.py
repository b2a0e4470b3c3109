"""What callers rely on is listed here once more, so that a change of it is seen."""

import inspect
import re
from types import ModuleType
from typing import Any

import pytest

import face_client
import face_client_archive
import face_client_auth
import face_client_runtime
import face_client_sessions
from face_client import AsyncClient, Client
from face_client.api.liveness_session_operations import get_session_image
from face_client.document import API_VERSION

CONTOSO = "https://contoso.cognitiveservices.azure.com"
ERRORS = {
    "ApiError",
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "DeadlineExceeded",
    "IncompleteBody",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ServerError",
}
NAMES = {
    face_client: {"AsyncClient", "Client", "__version__", *ERRORS},
    face_client_archive: {
        "ArchiveSummary",
        "FolderInUseError",
        "Progress",
        "ServiceDownError",
        "archive",
        "file_name",
        "image_id",
        "read_ids",
    },
    face_client_auth: {
        "AsyncCredential",
        "AuthorizationCodeAuth",
        "BearerTokenAuth",
        "Credential",
        "SignInError",
        "SubscriptionKeyAuth",
        "TokenCredentialAuth",
        "TokenStore",
        "connect",
        "connect_async",
    },
    face_client_runtime: {
        *ERRORS,
        "DEFAULT_DEADLINE",
        "DEFAULT_MAX_RETRIES",
        "DEFAULT_STALL_TIMEOUT",
        "DEFAULT_TIMEOUT",
        "UNSET",
        "AsyncBinaryStream",
        "BaseAsyncClient",
        "BaseClient",
        "BaseSyncClient",
        "BinaryStream",
        "ErrorDetail",
        "File",
        "FileTypes",
        "Operation",
        "Pace",
        "RawResponse",
        "RequestFiles",
        "Response",
        "SafeHeaders",
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
        "proxy_for",
        "printable",
        "query_parameter",
        "query_string",
        "received",
        "require_model",
    },
    face_client_sessions: {
        "NoSessionImageError",
        "NotDeletedError",
        "latest_attempt",
        "save_image_and_delete",
        "save_image_and_delete_async",
        "session_image_ids",
        "wait_for_image",
        "wait_for_image_async",
        "wait_for_result",
        "wait_for_result_async",
    },
}
OPTIONS = (
    "timeout=Timeout(connect=10.0, read=60.0, write=60.0, pool=60.0), deadline=120.0, stall_timeout=30.0,"
    " max_retries=3, requests_per_second=None, headers=None, httpx_args=None"
)
CLIENT = f"(endpoint, *, api_version={API_VERSION!r}, auth=None, {OPTIONS})"
CONNECT = f"(endpoint=None, credential=None, *, api_version={API_VERSION!r}, {OPTIONS})"
METHODS = {
    "with_options": "(self, *, headers=None, timeout=UNSET, deadline=UNSET, max_retries=UNSET, stall_timeout=UNSET)",
}
SYNC_METHODS = {"get_httpx_client": "(self)", "set_httpx_client": "(self, client)", "close": "(self)"}
ASYNC_METHODS = {"get_async_httpx_client": "(self)", "set_async_httpx_client": "(self, client)", "aclose": "(self)"}
ATTRIBUTES = {
    *("base_url", "deadline", "endpoint", "endpoint_example", "logger", "max_retries", "requests_per_second"),
    *("secret_headers", "secret_parameters", "stall_timeout", "user_agent"),
}
FUNCTIONS = ("sync", "sync_detailed", "stream", "asyncio", "asyncio_detailed", "asyncio_stream")

HELPERS = {
    "save_image_and_delete": "(client, session_id, file, *, with_verify=False, deadline=600)",
    "wait_for_image": "(client, session_id, *, with_verify=False, deadline=600)",
    "wait_for_result": "(client, session_id, *, with_verify=False, deadline=600)",
}


@pytest.fixture
def of_operations(operations: dict[str, Any]) -> dict[str, str]:
    """The methods that the operations of the document give, and their signatures."""
    methods = {}
    for operation_id, operation in operations.items():
        names = ["self", *(_snake_case(each["name"]) for each in operation["parameters"])]
        signature = f"({', '.join([*names, '*', 'body'] if operation['body'] else names)})"
        is_binary = any(
            "application/octet-stream" in each.get("content", {}) for each in operation["responses"].values()
        )
        for suffix in ("", "_detailed", "_stream") if is_binary else ("", "_detailed"):
            methods[_snake_case(operation_id) + suffix] = signature
    return methods


def _snake_case(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def _signature(function: Any) -> str:
    """The parameters and their defaults; types are what tests/types/ is about."""
    signature = inspect.signature(function)
    parameters = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    text = str(signature.replace(parameters=parameters, return_annotation=signature.empty))
    return text.replace(repr(face_client_runtime.UNSET), "UNSET")


@pytest.mark.parametrize("package", NAMES, ids=lambda package: package.__name__)
def test_the_names(package: ModuleType) -> None:
    """Each package offers these names, each once, and has them."""
    assert set(package.__all__) == NAMES[package]
    assert len(package.__all__) == len(NAMES[package])
    assert all(hasattr(package, name) for name in package.__all__)


@pytest.mark.parametrize(
    ("kind", "methods"), [(Client, METHODS | SYNC_METHODS), (AsyncClient, METHODS | ASYNC_METHODS)]
)
def test_the_clients(
    kind: type[Client] | type[AsyncClient], methods: dict[str, str], of_operations: dict[str, str]
) -> None:
    """Both clients have the same arguments and a method for each operation; they differ in how they are closed."""
    public = {name for name in dir(kind(CONTOSO)) if not name.startswith("_")}

    assert _signature(kind) == CLIENT
    assert {name: _signature(getattr(kind, name)) for name in public - ATTRIBUTES} == methods | of_operations
    assert public >= ATTRIBUTES


def test_connect() -> None:
    """Both functions of sign-in have the options of the clients, each spelt out."""
    assert _signature(face_client_auth.connect) == _signature(face_client_auth.connect_async) == CONNECT


@pytest.mark.parametrize(("name", "signature"), HELPERS.items())
def test_the_session_helpers(name: str, signature: str) -> None:
    """The sync and the async form of a helper have the same parameters."""
    assert _signature(getattr(face_client_sessions, name)) == signature
    assert _signature(getattr(face_client_sessions, f"{name}_async")) == signature


def test_the_functions() -> None:
    """The functions of an operation have its parameters, and the client as a keyword."""
    public = {name for name in vars(get_session_image) if inspect.isfunction(getattr(get_session_image, name))}
    here = {name for name in public if not name.startswith("_")} - {"path_segment"}

    assert {name: _signature(getattr(get_session_image, name)) for name in here} == dict.fromkeys(
        FUNCTIONS, "(session_image_id, *, client)"
    )
