# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
from typing import TYPE_CHECKING, Any

from face_client_runtime import Operation, RawResponse, require_model

from ...models.create_liveness_with_verify_session_content import CreateLivenessWithVerifySessionContent
from ...models.face_error_response import FaceErrorResponse
from ...models.liveness_with_verify_session import LivenessWithVerifySession
from ...types import Response

if TYPE_CHECKING:
    from ...client import AsyncClient, Client


def _get_kwargs(
    *,
    body: CreateLivenessWithVerifySessionContent,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Accept"] = "application/json"

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/detectLivenessWithVerify-sessions",
        "headers": headers,
    }

    require_model("body", body, CreateLivenessWithVerifySessionContent)
    _kwargs["files"] = body.to_multipart()

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
    name="create_liveness_with_verify_session",
    successes=((200, 200),),
    is_binary=False,
    parse_success=_parse_success,
    parse_error=_parse_error,
)


def sync_detailed(
    *,
    client: "Client",
    body: CreateLivenessWithVerifySessionContent,
) -> Response[FaceErrorResponse | LivenessWithVerifySession]:
    """Create Liveness With Verify Session

    Creates a session that also compares the face on the client's device with the face in a reference
    image (JPEG, PNG, GIF or BMP, 1 KB to 6 MB). Otherwise as Create Liveness Session.

    Args:
        body (CreateLivenessWithVerifySessionContent): The settings of a new liveness with verify
            session, and its reference image.

    Returns:
        The status, the headers and the body, parsed as documented: Response[FaceErrorResponse | LivenessWithVerifySession]

    Raises:
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
        OSError: A file of the body cannot be read.
        TypeError: The payload of a `File` is neither bytes, a path nor a file that is open in binary mode.
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
    body: CreateLivenessWithVerifySessionContent,
) -> LivenessWithVerifySession:
    """Create Liveness With Verify Session

    Creates a session that also compares the face on the client's device with the face in a reference
    image (JPEG, PNG, GIF or BMP, 1 KB to 6 MB). Otherwise as Create Liveness Session.

    Args:
        body (CreateLivenessWithVerifySessionContent): The settings of a new liveness with verify
            session, and its reference image.

    Returns:
        LivenessWithVerifySession

    Raises:
        ApiError: The response is not the documented success; there is a subclass for each status.
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
        OSError: A file of the body cannot be read.
        TypeError: The payload of a `File` is neither bytes, a path nor a file that is open in binary mode.
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
    body: CreateLivenessWithVerifySessionContent,
) -> Response[FaceErrorResponse | LivenessWithVerifySession]:
    """Create Liveness With Verify Session

    Creates a session that also compares the face on the client's device with the face in a reference
    image (JPEG, PNG, GIF or BMP, 1 KB to 6 MB). Otherwise as Create Liveness Session.

    Args:
        body (CreateLivenessWithVerifySessionContent): The settings of a new liveness with verify
            session, and its reference image.

    Returns:
        The status, the headers and the body, parsed as documented: Response[FaceErrorResponse | LivenessWithVerifySession]

    Raises:
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
        OSError: A file of the body cannot be read.
        TypeError: The payload of a `File` is neither bytes, a path nor a file that is open in binary mode.
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
    body: CreateLivenessWithVerifySessionContent,
) -> LivenessWithVerifySession:
    """Create Liveness With Verify Session

    Creates a session that also compares the face on the client's device with the face in a reference
    image (JPEG, PNG, GIF or BMP, 1 KB to 6 MB). Otherwise as Create Liveness Session.

    Args:
        body (CreateLivenessWithVerifySessionContent): The settings of a new liveness with verify
            session, and its reference image.

    Returns:
        LivenessWithVerifySession

    Raises:
        ApiError: The response is not the documented success; there is a subclass for each status.
        IncompleteBody: The body ended early.
        DeadlineExceeded: The client's deadline passed before the response was complete.
        httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
        OSError: A file of the body cannot be read.
        TypeError: The payload of a `File` is neither bytes, a path nor a file that is open in binary mode.
    """

    return await _OPERATION.aresult(
        client,
        _get_kwargs(
            body=body,
        ),
    )
