# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Any

from face_client_runtime import AsyncBinaryStream, BinaryStream, Operation, RawResponse, path_segment

from ...models.face_error_response import FaceErrorResponse
from ...types import Response

if TYPE_CHECKING:
    from ...client import AsyncClient, Client


def _get_kwargs(
    session_image_id: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Accept"] = "application/octet-stream, application/json"
    # A file is usually compressed already, and only an unencoded body can be checked against its Content-Length.
    headers["Accept-Encoding"] = "identity"

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/sessionImages/{session_image_id}".format(
            session_image_id=path_segment("session_image_id", session_image_id),
        ),
        "headers": headers,
    }

    return _kwargs


def _parse_success(response: RawResponse) -> bytes:
    if response.status_code == 200:
        return response.binary()
    raise ValueError(f"{response.status_code} is not documented")


def _parse_error(response: RawResponse) -> FaceErrorResponse:
    response_default = FaceErrorResponse.from_dict(response.json())

    return response_default


_OPERATION = Operation(
    name="get_session_image",
    successes=((200, 200),),
    is_binary=True,
    parse_success=_parse_success,
    parse_error=_parse_error,
)


def sync_detailed(
    session_image_id: str,
    *,
    client: "Client",
) -> Response[bytes | FaceErrorResponse]:
    """Get Session Image

    Get session image stored during the liveness session.

    Args:
        session_image_id (str): The request ID of the image to be retrieved

    Returns:
        The status, the headers and the body, parsed as documented: Response[bytes | FaceErrorResponse]

    Raises:
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
        ValueError: A path parameter is empty, `.` or `..`.
    """

    return _OPERATION.detailed(
        client,
        _get_kwargs(
            session_image_id=session_image_id,
        ),
    )


def sync(
    session_image_id: str,
    *,
    client: "Client",
) -> bytes:
    """Get Session Image

    Get session image stored during the liveness session.

    Args:
        session_image_id (str): The request ID of the image to be retrieved

    Returns:
        bytes

    Raises:
        ApiError: The response is not the documented success; there is a subclass for each status.
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
        ValueError: A path parameter is empty, `.` or `..`.
    """

    return _OPERATION.result(
        client,
        _get_kwargs(
            session_image_id=session_image_id,
        ),
    )


def stream(
    session_image_id: str,
    *,
    client: "Client",
) -> AbstractContextManager[BinaryStream]:
    """Get Session Image

    Get session image stored during the liveness session.

    Use it as a context manager, which releases the connection at its end. An incomplete body is not retried.

    Args:
        session_image_id (str): The request ID of the image to be retrieved

    Returns:
        BinaryStream, with `iter_bytes`, `read` and `save`

    Raises:
        ApiError: The response is not the documented success; there is a subclass for each status.
        DeadlineExceeded: The client's deadline passed before the body began.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
        ValueError: A path parameter is empty, `.` or `..`.
    """

    return _OPERATION.stream(
        client,
        _get_kwargs(
            session_image_id=session_image_id,
        ),
    )


async def asyncio_detailed(
    session_image_id: str,
    *,
    client: "AsyncClient",
) -> Response[bytes | FaceErrorResponse]:
    """Get Session Image

    Get session image stored during the liveness session.

    Args:
        session_image_id (str): The request ID of the image to be retrieved

    Returns:
        The status, the headers and the body, parsed as documented: Response[bytes | FaceErrorResponse]

    Raises:
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
        ValueError: A path parameter is empty, `.` or `..`.
    """

    return await _OPERATION.adetailed(
        client,
        _get_kwargs(
            session_image_id=session_image_id,
        ),
    )


async def asyncio(
    session_image_id: str,
    *,
    client: "AsyncClient",
) -> bytes:
    """Get Session Image

    Get session image stored during the liveness session.

    Args:
        session_image_id (str): The request ID of the image to be retrieved

    Returns:
        bytes

    Raises:
        ApiError: The response is not the documented success; there is a subclass for each status.
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
        ValueError: A path parameter is empty, `.` or `..`.
    """

    return await _OPERATION.aresult(
        client,
        _get_kwargs(
            session_image_id=session_image_id,
        ),
    )


def asyncio_stream(
    session_image_id: str,
    *,
    client: "AsyncClient",
) -> AbstractAsyncContextManager[AsyncBinaryStream]:
    """Get Session Image

    Get session image stored during the liveness session.

    Use it as a context manager, which releases the connection at its end. An incomplete body is not retried.

    Args:
        session_image_id (str): The request ID of the image to be retrieved

    Returns:
        AsyncBinaryStream, with `iter_bytes`, `read` and `save`

    Raises:
        ApiError: The response is not the documented success; there is a subclass for each status.
        DeadlineExceeded: The client's deadline passed before the body began.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
        ValueError: A path parameter is empty, `.` or `..`.
    """

    return _OPERATION.astream(
        client,
        _get_kwargs(
            session_image_id=session_image_id,
        ),
    )
