# pyright: strict
"""Right uses of the public API, which type checkers accept, with the types that they find; nothing here is run."""

import logging
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import assert_type

import httpx

from face_client import (
    ApiError,
    AsyncClient,
    AuthenticationError,
    BadRequestError,
    Client,
    ConflictError,
    DeadlineExceeded,
    IncompleteBody,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    __version__,
    document,
)
from face_client.api.liveness_session_operations import get_session_image
from face_client.errors import ErrorBody
from face_client.models import FaceError, FaceErrorResponse
from face_client.types import UNSET, Response, Unset
from face_client_auth import (
    AuthorizationCodeAuth,
    BearerTokenAuth,
    SignInError,
    SubscriptionKeyAuth,
    TokenCredentialAuth,
    TokenStore,
)
from face_client_runtime import (
    DEFAULT_DEADLINE,
    DEFAULT_MAX_RETRIES,
    DEFAULT_STALL_TIMEOUT,
    DEFAULT_TIMEOUT,
    AsyncBinaryStream,
    BaseAsyncClient,
    BaseClient,
    BaseSyncClient,
    BinaryStream,
    ErrorDetail,
)

CONTOSO = "https://contoso.cognitiveservices.azure.com"
Parsed = Response[bytes | FaceErrorResponse]


def arguments(auth: httpx.Auth) -> None:
    Client(CONTOSO)
    Client(CONTOSO, api_version="v1.2", auth=auth, timeout=10, deadline=60, stall_timeout=10, max_retries=0)
    Client(CONTOSO, timeout=httpx.Timeout(5.0, connect=1.0), requests_per_second=0.5)
    Client(CONTOSO, auth=None, timeout=None, deadline=None, stall_timeout=None, requests_per_second=None, headers=None)
    Client(CONTOSO, headers={"X-Team": "a"}, httpx_args={"verify": False, "proxy": "http://localhost:8080"})
    Client(CONTOSO, timeout=DEFAULT_TIMEOUT, deadline=DEFAULT_DEADLINE, stall_timeout=DEFAULT_STALL_TIMEOUT)
    Client(CONTOSO, max_retries=DEFAULT_MAX_RETRIES)
    AsyncClient(CONTOSO)
    AsyncClient(CONTOSO, api_version="v1.2", auth=auth, timeout=10, deadline=60, stall_timeout=10, max_retries=0)
    AsyncClient(CONTOSO, timeout=httpx.Timeout(5.0, connect=1.0), requests_per_second=0.5)
    AsyncClient(CONTOSO, auth=None, timeout=None, deadline=None, stall_timeout=None, requests_per_second=None)
    AsyncClient(CONTOSO, headers=httpx.Headers({"X-Team": "a"}), httpx_args={"http2": True})


def auth(credential: object) -> None:
    Client(CONTOSO, auth=SubscriptionKeyAuth("key"))
    AsyncClient(CONTOSO, auth=BearerTokenAuth("token"))
    AsyncClient(CONTOSO, auth=BearerTokenAuth(lambda: "token"))
    classes: list[type[httpx.Auth]] = [AuthorizationCodeAuth, TokenCredentialAuth]
    others: list[type] = [SignInError, TokenStore]
    print(classes, others)


def sync(client: Client) -> None:
    with client as entered:
        assert_type(entered, Client)
    assert_type(client.get_session_image("id"), bytes)
    assert_type(client.get_session_image(session_image_id="id"), bytes)
    assert_type(client.get_session_image_detailed("id"), Parsed)
    assert_type(client.get_session_image_stream("id"), AbstractContextManager[BinaryStream])
    with client.get_session_image_stream("id") as body:
        assert_type(body, BinaryStream)
        assert_type(body.read(), bytes)
        assert_type(body.save("session.jpg"), int)
        assert_type(body.save(Path("session.jpg")), int)
        assert_type(body.status_code, int)
        assert_type(body.headers, httpx.Headers)
        assert_type(body.content_length, int | None)
        for piece in body.iter_bytes():
            assert_type(piece, bytes)
    assert_type(client.get_httpx_client(), httpx.Client)
    assert_type(client.set_httpx_client(httpx.Client()), Client)
    assert_type(client.close(), None)


async def asynchronous(client: AsyncClient) -> None:
    async with client as entered:
        assert_type(entered, AsyncClient)
    assert_type(await client.get_session_image("id"), bytes)
    assert_type(await client.get_session_image(session_image_id="id"), bytes)
    assert_type(await client.get_session_image_detailed("id"), Parsed)
    assert_type(client.get_session_image_stream("id"), AbstractAsyncContextManager[AsyncBinaryStream])
    async with client.get_session_image_stream("id") as body:
        assert_type(body, AsyncBinaryStream)
        assert_type(await body.read(), bytes)
        assert_type(await body.save("session.jpg"), int)
        assert_type(await body.save(Path("session.jpg")), int)
        assert_type(body.status_code, int)
        assert_type(body.headers, httpx.Headers)
        assert_type(body.content_length, int | None)
        async for piece in body.iter_bytes():
            assert_type(piece, bytes)
    assert_type(client.get_async_httpx_client(), httpx.AsyncClient)
    assert_type(client.set_async_httpx_client(httpx.AsyncClient()), AsyncClient)
    assert_type(await client.aclose(), None)


def options(client: Client, other: AsyncClient) -> None:
    assert_type(client.with_options(), Client)
    assert_type(client.with_options(headers={"X-Team": "a"}, timeout=1, deadline=2.5, max_retries=1), Client)
    assert_type(client.with_options(timeout=None, deadline=None, stall_timeout=None, headers=None), Client)
    assert_type(client.with_options(deadline=10).get_session_image("id"), bytes)
    assert_type(other.with_options(timeout=httpx.Timeout(5.0), max_retries=UNSET, stall_timeout=5), AsyncClient)


def attributes(client: Client, other: AsyncClient) -> None:
    bases: list[BaseClient] = [client, other]
    sync_base: BaseSyncClient = client
    async_base: BaseAsyncClient = other
    print(bases, sync_base, async_base)
    for each in (client, other):
        assert_type(each.endpoint, str)
        assert_type(each.base_url, str)
        assert_type(each.deadline, float | None)
        assert_type(each.stall_timeout, float | None)
        assert_type(each.max_retries, int)
        assert_type(each.user_agent, str)
        names: tuple[str, ...] = each.secret_headers
        print(names)
        assert_type(each.endpoint_example, str)
        assert_type(each.logger, logging.Logger)


def functions(client: Client) -> None:
    assert_type(get_session_image.sync("id", client=client), bytes)
    assert_type(get_session_image.sync_detailed("id", client=client), Parsed)
    with get_session_image.stream("id", client=client) as body:
        assert_type(body, BinaryStream)


async def async_functions(client: AsyncClient) -> None:
    assert_type(await get_session_image.asyncio("id", client=client), bytes)
    assert_type(await get_session_image.asyncio_detailed("id", client=client), Parsed)
    async with get_session_image.asyncio_stream("id", client=client) as body:
        assert_type(body, AsyncBinaryStream)


def responses(response: Parsed) -> None:
    assert_type(response.status_code, int)
    assert_type(response.headers, httpx.Headers)
    assert_type(response.content, bytes)
    assert_type(response.request_id, str | None)
    assert_type(response.parsed, bytes | FaceErrorResponse | None)
    if isinstance(response.parsed, FaceErrorResponse):
        assert_type(response.parsed.error, FaceError)
        assert_type(response.parsed.error.code, str)
        assert_type(response.parsed.error.message, str)


def errors(client: Client) -> None:
    try:
        client.get_session_image("id")
    except RateLimitError as limited:
        assert_type(limited.retry_after, float | None)
    except (
        BadRequestError,
        AuthenticationError,
        PermissionDeniedError,
        NotFoundError,
        ConflictError,
        ServerError,
    ) as e:
        assert_type(e.code, str | None)
    except ApiError as error:
        assert_type(error.status_code, int)
        assert_type(error.code, str | None)
        assert_type(error.message, str | None)
        assert_type(error.details, tuple[ErrorDetail, ...])
        assert_type([(each.code, each.message, each.target) for each in error.details], list[Named])
        assert_type(error.request_id, str | None)
        assert_type(error.client_request_id, str | None)
        assert_type(error.retry_after, float | None)
        assert_type(error.headers, httpx.Headers)
        assert_type(error.excerpt, str)
        body: ErrorBody | None = error.error
        print(body)
    except IncompleteBody as incomplete:
        transport: httpx.TransportError = incomplete
        assert_type(incomplete.received, int)
        assert_type(incomplete.expected, int | None)
        print(transport)
    except DeadlineExceeded as late:
        timeout: httpx.TimeoutException = late
        print(timeout)


Named = tuple[str | None, str | None, str | None]


def constants(value: str | Unset) -> None:
    version: str = __version__
    versions: tuple[str, ...] = document.API_VERSIONS
    texts: list[str] = [document.API_VERSION, document.SERVER_PATH, document.OCP_APIM_SUBSCRIPTION_KEY_HEADER]
    texts += [document.ERROR_CODE_HEADER, document.AAD_TOKEN_TOKEN_URL, document.AAD_TOKEN_AUTHORIZATION_URL]
    texts += [*document.AAD_TOKEN_SCOPES, *document.SECRET_HEADERS, document.GENERATOR, document.DOCUMENT_SHA256]
    print(version, versions, texts, UNSET)
    if not isinstance(value, Unset):
        assert_type(value, str)
