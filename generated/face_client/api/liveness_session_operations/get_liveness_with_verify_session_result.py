# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from typing import TYPE_CHECKING, Any

from face_client_runtime import Operation, RawResponse, path_segment

from ...models.face_error_response import FaceErrorResponse
from ...models.liveness_with_verify_session import LivenessWithVerifySession
from ...types import Response

if TYPE_CHECKING:
    from ...client import AsyncClient, Client


def _get_kwargs(
    session_id: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Accept"] = "application/json"

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/detectLivenessWithVerify-sessions/{session_id}".format(
            session_id=path_segment("session_id", session_id),
        ),
        "headers": headers,
    }

    return _kwargs


def _parse_success(response: RawResponse) -> LivenessWithVerifySession:
    if response.status_code == 200:
        response_200 = LivenessWithVerifySession.from_dict(response.json())

        return response_200
    raise ValueError(f"{response.status_code} is not documented")


def _parse_error(response: RawResponse) -> FaceErrorResponse:
    response_default = FaceErrorResponse.from_dict(response.json())

    return response_default


_OPERATION = Operation(
    name="get_liveness_with_verify_session_result",
    successes=((200, 200),),
    is_binary=False,
    parse_success=_parse_success,
    parse_error=_parse_error,
)


def sync_detailed(
    session_id: str,
    *,
    client: "Client",
) -> Response[FaceErrorResponse | LivenessWithVerifySession]:
    """Get Liveness With Verify Session Result

    Gets the status of a liveness with verify session and the results of its attempts. The id of a
    stored image is the sessionImageId in the result of an attempt. The order of the attempts is not
    documented: the latest is the one with the highest attemptId.

    Args:
        session_id (str): The id of the session.

    Returns:
        The status, the headers and the body, parsed as documented: Response[FaceErrorResponse | LivenessWithVerifySession]

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
) -> LivenessWithVerifySession:
    """Get Liveness With Verify Session Result

    Gets the status of a liveness with verify session and the results of its attempts. The id of a
    stored image is the sessionImageId in the result of an attempt. The order of the attempts is not
    documented: the latest is the one with the highest attemptId.

    Args:
        session_id (str): The id of the session.

    Returns:
        LivenessWithVerifySession

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
) -> Response[FaceErrorResponse | LivenessWithVerifySession]:
    """Get Liveness With Verify Session Result

    Gets the status of a liveness with verify session and the results of its attempts. The id of a
    stored image is the sessionImageId in the result of an attempt. The order of the attempts is not
    documented: the latest is the one with the highest attemptId.

    Args:
        session_id (str): The id of the session.

    Returns:
        The status, the headers and the body, parsed as documented: Response[FaceErrorResponse | LivenessWithVerifySession]

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
) -> LivenessWithVerifySession:
    """Get Liveness With Verify Session Result

    Gets the status of a liveness with verify session and the results of its attempts. The id of a
    stored image is the sessionImageId in the result of an attempt. The order of the attempts is not
    documented: the latest is the one with the highest attemptId.

    Args:
        session_id (str): The id of the session.

    Returns:
        LivenessWithVerifySession

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
