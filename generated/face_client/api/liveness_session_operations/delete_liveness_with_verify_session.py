# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from typing import TYPE_CHECKING, Any

from face_client_runtime import Operation, RawResponse, path_segment

from ...models.face_error_response import FaceErrorResponse
from ...types import Response

if TYPE_CHECKING:
    from ...client import AsyncClient, Client


def _get_kwargs(
    session_id: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Accept"] = "application/json"

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/detectLivenessWithVerify-sessions/{session_id}".format(
            session_id=path_segment("session_id", session_id),
        ),
        "headers": headers,
    }

    return _kwargs


def _parse_success(response: RawResponse) -> None:
    if response.status_code == 204:
        return None
    raise ValueError(f"{response.status_code} is not documented")


def _parse_error(response: RawResponse) -> FaceErrorResponse:
    response_default = FaceErrorResponse.from_dict(response.json())

    return response_default


_OPERATION = Operation(
    name="delete_liveness_with_verify_session",
    successes=((204, 204),),
    is_binary=False,
    parse_success=_parse_success,
    parse_error=_parse_error,
)


def sync_detailed(
    session_id: str,
    *,
    client: "Client",
) -> Response[FaceErrorResponse | None]:
    """Delete Liveness With Verify Session

    Deletes a liveness with verify session and all of its data, its image included: get the image
    before. The session's authorization token is no longer valid, but requests with it still count
    towards the rate limit of the resource.

    Args:
        session_id (str): The id of the session.

    Returns:
        The status, the headers and the body, parsed as documented: Response[FaceErrorResponse | None]

    Raises:
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
        ValueError: A path parameter is empty, `.` or `..`.
    """

    return _OPERATION.detailed(
        client,
        _get_kwargs(
            session_id=session_id,
        ),
    )


def sync(
    session_id: str,
    *,
    client: "Client",
) -> None:
    """Delete Liveness With Verify Session

    Deletes a liveness with verify session and all of its data, its image included: get the image
    before. The session's authorization token is no longer valid, but requests with it still count
    towards the rate limit of the resource.

    Args:
        session_id (str): The id of the session.

    Returns:
        None

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
            session_id=session_id,
        ),
    )


async def asyncio_detailed(
    session_id: str,
    *,
    client: "AsyncClient",
) -> Response[FaceErrorResponse | None]:
    """Delete Liveness With Verify Session

    Deletes a liveness with verify session and all of its data, its image included: get the image
    before. The session's authorization token is no longer valid, but requests with it still count
    towards the rate limit of the resource.

    Args:
        session_id (str): The id of the session.

    Returns:
        The status, the headers and the body, parsed as documented: Response[FaceErrorResponse | None]

    Raises:
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
        ValueError: A path parameter is empty, `.` or `..`.
    """

    return await _OPERATION.adetailed(
        client,
        _get_kwargs(
            session_id=session_id,
        ),
    )


async def asyncio(
    session_id: str,
    *,
    client: "AsyncClient",
) -> None:
    """Delete Liveness With Verify Session

    Deletes a liveness with verify session and all of its data, its image included: get the image
    before. The session's authorization token is no longer valid, but requests with it still count
    towards the rate limit of the resource.

    Args:
        session_id (str): The id of the session.

    Returns:
        None

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
            session_id=session_id,
        ),
    )
