# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from typing import TYPE_CHECKING, Any

from face_client_runtime import Operation, RawResponse, require_model

from ...models.create_liveness_session_content import CreateLivenessSessionContent
from ...models.face_error_response import FaceErrorResponse
from ...models.liveness_session import LivenessSession
from ...types import Response

if TYPE_CHECKING:
    from ...client import AsyncClient, Client


def _get_kwargs(
    *,
    body: CreateLivenessSessionContent,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Accept"] = "application/json"

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/detectLiveness-sessions",
        "headers": headers,
    }

    require_model("body", body, CreateLivenessSessionContent)
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    return _kwargs


def _parse_success(response: RawResponse) -> LivenessSession:
    if response.status_code == 200:
        response_200 = LivenessSession.from_dict(response.json())

        return response_200
    raise ValueError(f"{response.status_code} is not documented")


def _parse_error(response: RawResponse) -> FaceErrorResponse:
    response_default = FaceErrorResponse.from_dict(response.json())

    return response_default


_OPERATION = Operation(
    name="create_liveness_session",
    successes=((200, 200),),
    is_binary=False,
    parse_success=_parse_success,
    parse_error=_parse_error,
)


def sync_detailed(
    *,
    client: "Client",
    body: CreateLivenessSessionContent,
) -> Response[FaceErrorResponse | LivenessSession]:
    """Create Liveness Session

    Creates a session in which a client's device can check that a person is alive. The authorization
    token of the response is for that device: it allows nothing else, and for a limited time.

    Args:
        body (CreateLivenessSessionContent): The settings of a new liveness session.

    Returns:
        The status, the headers and the body, parsed as documented: Response[FaceErrorResponse | LivenessSession]

    Raises:
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
    """

    return _OPERATION.detailed(
        client,
        _get_kwargs(
            body=body,
        ),
    )


def sync(
    *,
    client: "Client",
    body: CreateLivenessSessionContent,
) -> LivenessSession:
    """Create Liveness Session

    Creates a session in which a client's device can check that a person is alive. The authorization
    token of the response is for that device: it allows nothing else, and for a limited time.

    Args:
        body (CreateLivenessSessionContent): The settings of a new liveness session.

    Returns:
        LivenessSession

    Raises:
        ApiError: The response is not the documented success; there is a subclass for each status.
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
    """

    return _OPERATION.result(
        client,
        _get_kwargs(
            body=body,
        ),
    )


async def asyncio_detailed(
    *,
    client: "AsyncClient",
    body: CreateLivenessSessionContent,
) -> Response[FaceErrorResponse | LivenessSession]:
    """Create Liveness Session

    Creates a session in which a client's device can check that a person is alive. The authorization
    token of the response is for that device: it allows nothing else, and for a limited time.

    Args:
        body (CreateLivenessSessionContent): The settings of a new liveness session.

    Returns:
        The status, the headers and the body, parsed as documented: Response[FaceErrorResponse | LivenessSession]

    Raises:
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
    """

    return await _OPERATION.adetailed(
        client,
        _get_kwargs(
            body=body,
        ),
    )


async def asyncio(
    *,
    client: "AsyncClient",
    body: CreateLivenessSessionContent,
) -> LivenessSession:
    """Create Liveness Session

    Creates a session in which a client's device can check that a person is alive. The authorization
    token of the response is for that device: it allows nothing else, and for a limited time.

    Args:
        body (CreateLivenessSessionContent): The settings of a new liveness session.

    Returns:
        LivenessSession

    Raises:
        ApiError: The response is not the documented success; there is a subclass for each status.
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
    """

    return await _OPERATION.aresult(
        client,
        _get_kwargs(
            body=body,
        ),
    )
