# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any

import httpx
from face_client_runtime import (
    DEFAULT_DEADLINE,
    DEFAULT_MAX_RETRIES,
    DEFAULT_STALL_TIMEOUT,
    DEFAULT_TIMEOUT,
    AsyncBinaryStream,
    BaseAsyncClient,
    BaseSyncClient,
    BinaryStream,
    path_segment,
)

from .api.liveness_session_operations import create_liveness_session as _create_liveness_session
from .api.liveness_session_operations import create_liveness_with_verify_session as _create_liveness_with_verify_session
from .api.liveness_session_operations import delete_liveness_session as _delete_liveness_session
from .api.liveness_session_operations import delete_liveness_with_verify_session as _delete_liveness_with_verify_session
from .api.liveness_session_operations import get_liveness_session_result as _get_liveness_session_result
from .api.liveness_session_operations import (
    get_liveness_with_verify_session_result as _get_liveness_with_verify_session_result,
)
from .api.liveness_session_operations import get_session_image as _get_session_image
from .document import API_VERSION, SECRET_HEADERS, SERVER_PATH
from .models.create_liveness_session_content import CreateLivenessSessionContent
from .models.create_liveness_with_verify_session_content import CreateLivenessWithVerifySessionContent
from .models.face_error_response import FaceErrorResponse
from .models.liveness_session import LivenessSession
from .models.liveness_with_verify_session import LivenessWithVerifySession
from .types import Response

# Without a logging configuration, nothing is printed: https://docs.python.org/3/howto/logging.html#library-config.
_logger = logging.getLogger("face_client")
_logger.addHandler(logging.NullHandler())


class Client(BaseSyncClient):
    """Azure AI Face liveness sessions: the sync client.

    Threads can share it. Close it with `with` or `close`.

    Args:
        endpoint: The URL of the resource, such as `https://contoso.cognitiveservices.azure.com`.
            Plain http is only accepted for this machine.
        api_version: API Version, which is a part of every URL.
        auth: The authentication of requests. If None, the httpx client's own is used.
        timeout: Seconds, or an `httpx.Timeout`: by default 10 s to connect, and 60 s each to read the next chunk of the
            response, to write, and to wait for a connection of the pool. None waits forever.
        deadline: Seconds for a whole call including its retries; for a stream, until its body begins. None sets no
            limit.
        stall_timeout: Seconds of waiting within which a stream must receive 1 KiB. None sets no limit.
        max_retries: How often a GET is retried after a 408, 429, 500, 502, 503 or 504, a failed connection or an
            incomplete body; other methods only after a 429, a 503 with Retry-After, or if nothing was sent. The pause
            before a retry is the server's Retry-After (up to 60 s), or else 0.5 s, doubled for each retry up to 8 s,
            with up to 50% jitter.
        requests_per_second: The maximum rate of evenly spaced requests, including retries. None sets no limit. A 429
            with a Retry-After of up to 60 s always delays all calls of the client.
        headers: Headers of every request.
        httpx_args: Further arguments of `httpx.Client`, such as `verify` or `proxy`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: The endpoint is insecure or ambiguous, a header has an invalid character, or a number is out of
            range.
    """

    user_agent = "face-client/0.1.0"
    secret_headers = SECRET_HEADERS
    endpoint_example = "https://contoso.cognitiveservices.azure.com"
    logger = _logger

    def __init__(
        self,
        endpoint: str,
        *,
        api_version: str = API_VERSION,
        auth: httpx.Auth | None = None,
        timeout: httpx.Timeout | float | None = DEFAULT_TIMEOUT,
        deadline: float | None = DEFAULT_DEADLINE,
        stall_timeout: float | None = DEFAULT_STALL_TIMEOUT,
        max_retries: int = DEFAULT_MAX_RETRIES,
        requests_per_second: float | None = None,
        headers: Mapping[str, str] | None = None,
        httpx_args: Mapping[str, Any] | None = None,
    ) -> None:
        if auth is not None and not isinstance(auth, httpx.Auth):
            kind = type(auth).__name__
            del auth  # it may be a key, which a traceback with locals would show
            raise TypeError(f"auth must be an httpx.Auth, not {kind}")
        super().__init__(
            endpoint,
            SERVER_PATH.format(
                api_version=path_segment("api_version", api_version),
            ),
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            stall_timeout=stall_timeout,
            max_retries=max_retries,
            requests_per_second=requests_per_second,
            headers=headers,
            httpx_args=httpx_args,
        )

    def create_liveness_session(
        self,
        *,
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
        return _create_liveness_session.sync(body=body, client=self)

    def create_liveness_session_detailed(
        self,
        *,
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
        return _create_liveness_session.sync_detailed(body=body, client=self)

    def get_liveness_session_result(
        self,
        session_id: str,
    ) -> LivenessSession:
        """Get Liveness Session Result

        Gets the status of a liveness session and the results of its attempts. The id of a stored image is
        the sessionImageId in the result of an attempt. The order of the attempts is not documented: the
        latest is the one with the highest attemptId.

        Args:
            session_id (str): The id of the session.

        Returns:
            LivenessSession

        Raises:
            ApiError: The response is not the documented success; there is a subclass for each status.
            IncompleteBody: The body ended early.
            DeadlineExceeded: The client's deadline passed before the response was complete.
            httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
            ValueError: A path parameter is empty, `.` or `..`.
        """
        return _get_liveness_session_result.sync(session_id=session_id, client=self)

    def get_liveness_session_result_detailed(
        self,
        session_id: str,
    ) -> Response[FaceErrorResponse | LivenessSession]:
        """Get Liveness Session Result

        Gets the status of a liveness session and the results of its attempts. The id of a stored image is
        the sessionImageId in the result of an attempt. The order of the attempts is not documented: the
        latest is the one with the highest attemptId.

        Args:
            session_id (str): The id of the session.

        Returns:
            The status, the headers and the body, parsed as documented: Response[FaceErrorResponse | LivenessSession]

        Raises:
            IncompleteBody: The body ended early.
            DeadlineExceeded: The client's deadline passed before the response was complete.
            httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
            ValueError: A path parameter is empty, `.` or `..`.
        """
        return _get_liveness_session_result.sync_detailed(session_id=session_id, client=self)

    def delete_liveness_session(
        self,
        session_id: str,
    ) -> None:
        """Delete Liveness Session

        Deletes a liveness session and all of its data, its image included: get the image before. The
        session's authorization token is no longer valid, but requests with it still count towards the rate
        limit of the resource.

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
        return _delete_liveness_session.sync(session_id=session_id, client=self)

    def delete_liveness_session_detailed(
        self,
        session_id: str,
    ) -> Response[FaceErrorResponse | None]:
        """Delete Liveness Session

        Deletes a liveness session and all of its data, its image included: get the image before. The
        session's authorization token is no longer valid, but requests with it still count towards the rate
        limit of the resource.

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
        return _delete_liveness_session.sync_detailed(session_id=session_id, client=self)

    def create_liveness_with_verify_session(
        self,
        *,
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
        return _create_liveness_with_verify_session.sync(body=body, client=self)

    def create_liveness_with_verify_session_detailed(
        self,
        *,
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
        return _create_liveness_with_verify_session.sync_detailed(body=body, client=self)

    def get_liveness_with_verify_session_result(
        self,
        session_id: str,
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
        return _get_liveness_with_verify_session_result.sync(session_id=session_id, client=self)

    def get_liveness_with_verify_session_result_detailed(
        self,
        session_id: str,
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
        return _get_liveness_with_verify_session_result.sync_detailed(session_id=session_id, client=self)

    def delete_liveness_with_verify_session(
        self,
        session_id: str,
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
        return _delete_liveness_with_verify_session.sync(session_id=session_id, client=self)

    def delete_liveness_with_verify_session_detailed(
        self,
        session_id: str,
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
        return _delete_liveness_with_verify_session.sync_detailed(session_id=session_id, client=self)

    def get_session_image(
        self,
        session_image_id: str,
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
        return _get_session_image.sync(session_image_id=session_image_id, client=self)

    def get_session_image_detailed(
        self,
        session_image_id: str,
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
        return _get_session_image.sync_detailed(session_image_id=session_image_id, client=self)

    def get_session_image_stream(
        self,
        session_image_id: str,
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
        return _get_session_image.stream(session_image_id=session_image_id, client=self)


class AsyncClient(BaseAsyncClient):
    """Azure AI Face liveness sessions: the async client.

    The tasks of one event loop can share it. Close it with `async with` or `aclose`.

    Args:
        endpoint: The URL of the resource, such as `https://contoso.cognitiveservices.azure.com`.
            Plain http is only accepted for this machine.
        api_version: API Version, which is a part of every URL.
        auth: The authentication of requests. If None, the httpx client's own is used.
        timeout: Seconds, or an `httpx.Timeout`: by default 10 s to connect, and 60 s each to read the next chunk of the
            response, to write, and to wait for a connection of the pool. None waits forever.
        deadline: Seconds for a whole call including its retries; for a stream, until its body begins. None sets no
            limit.
        stall_timeout: Seconds of waiting within which a stream must receive 1 KiB. None sets no limit.
        max_retries: How often a GET is retried after a 408, 429, 500, 502, 503 or 504, a failed connection or an
            incomplete body; other methods only after a 429, a 503 with Retry-After, or if nothing was sent. The pause
            before a retry is the server's Retry-After (up to 60 s), or else 0.5 s, doubled for each retry up to 8 s,
            with up to 50% jitter.
        requests_per_second: The maximum rate of evenly spaced requests, including retries. None sets no limit. A 429
            with a Retry-After of up to 60 s always delays all calls of the client.
        headers: Headers of every request.
        httpx_args: Further arguments of `httpx.AsyncClient`, such as `verify` or `proxy`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: The endpoint is insecure or ambiguous, a header has an invalid character, or a number is out of
            range.
    """

    user_agent = "face-client/0.1.0"
    secret_headers = SECRET_HEADERS
    endpoint_example = "https://contoso.cognitiveservices.azure.com"
    logger = _logger

    def __init__(
        self,
        endpoint: str,
        *,
        api_version: str = API_VERSION,
        auth: httpx.Auth | None = None,
        timeout: httpx.Timeout | float | None = DEFAULT_TIMEOUT,
        deadline: float | None = DEFAULT_DEADLINE,
        stall_timeout: float | None = DEFAULT_STALL_TIMEOUT,
        max_retries: int = DEFAULT_MAX_RETRIES,
        requests_per_second: float | None = None,
        headers: Mapping[str, str] | None = None,
        httpx_args: Mapping[str, Any] | None = None,
    ) -> None:
        if auth is not None and not isinstance(auth, httpx.Auth):
            kind = type(auth).__name__
            del auth  # it may be a key, which a traceback with locals would show
            raise TypeError(f"auth must be an httpx.Auth, not {kind}")
        super().__init__(
            endpoint,
            SERVER_PATH.format(
                api_version=path_segment("api_version", api_version),
            ),
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            stall_timeout=stall_timeout,
            max_retries=max_retries,
            requests_per_second=requests_per_second,
            headers=headers,
            httpx_args=httpx_args,
        )

    async def create_liveness_session(
        self,
        *,
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
        return await _create_liveness_session.asyncio(body=body, client=self)

    async def create_liveness_session_detailed(
        self,
        *,
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
        return await _create_liveness_session.asyncio_detailed(body=body, client=self)

    async def get_liveness_session_result(
        self,
        session_id: str,
    ) -> LivenessSession:
        """Get Liveness Session Result

        Gets the status of a liveness session and the results of its attempts. The id of a stored image is
        the sessionImageId in the result of an attempt. The order of the attempts is not documented: the
        latest is the one with the highest attemptId.

        Args:
            session_id (str): The id of the session.

        Returns:
            LivenessSession

        Raises:
            ApiError: The response is not the documented success; there is a subclass for each status.
            IncompleteBody: The body ended early.
            DeadlineExceeded: The client's deadline passed before the response was complete.
            httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
            ValueError: A path parameter is empty, `.` or `..`.
        """
        return await _get_liveness_session_result.asyncio(session_id=session_id, client=self)

    async def get_liveness_session_result_detailed(
        self,
        session_id: str,
    ) -> Response[FaceErrorResponse | LivenessSession]:
        """Get Liveness Session Result

        Gets the status of a liveness session and the results of its attempts. The id of a stored image is
        the sessionImageId in the result of an attempt. The order of the attempts is not documented: the
        latest is the one with the highest attemptId.

        Args:
            session_id (str): The id of the session.

        Returns:
            The status, the headers and the body, parsed as documented: Response[FaceErrorResponse | LivenessSession]

        Raises:
            IncompleteBody: The body ended early.
            DeadlineExceeded: The client's deadline passed before the response was complete.
            httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
            ValueError: A path parameter is empty, `.` or `..`.
        """
        return await _get_liveness_session_result.asyncio_detailed(session_id=session_id, client=self)

    async def delete_liveness_session(
        self,
        session_id: str,
    ) -> None:
        """Delete Liveness Session

        Deletes a liveness session and all of its data, its image included: get the image before. The
        session's authorization token is no longer valid, but requests with it still count towards the rate
        limit of the resource.

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
        return await _delete_liveness_session.asyncio(session_id=session_id, client=self)

    async def delete_liveness_session_detailed(
        self,
        session_id: str,
    ) -> Response[FaceErrorResponse | None]:
        """Delete Liveness Session

        Deletes a liveness session and all of its data, its image included: get the image before. The
        session's authorization token is no longer valid, but requests with it still count towards the rate
        limit of the resource.

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
        return await _delete_liveness_session.asyncio_detailed(session_id=session_id, client=self)

    async def create_liveness_with_verify_session(
        self,
        *,
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
        return await _create_liveness_with_verify_session.asyncio(body=body, client=self)

    async def create_liveness_with_verify_session_detailed(
        self,
        *,
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
        return await _create_liveness_with_verify_session.asyncio_detailed(body=body, client=self)

    async def get_liveness_with_verify_session_result(
        self,
        session_id: str,
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
        return await _get_liveness_with_verify_session_result.asyncio(session_id=session_id, client=self)

    async def get_liveness_with_verify_session_result_detailed(
        self,
        session_id: str,
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
        return await _get_liveness_with_verify_session_result.asyncio_detailed(session_id=session_id, client=self)

    async def delete_liveness_with_verify_session(
        self,
        session_id: str,
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
        return await _delete_liveness_with_verify_session.asyncio(session_id=session_id, client=self)

    async def delete_liveness_with_verify_session_detailed(
        self,
        session_id: str,
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
        return await _delete_liveness_with_verify_session.asyncio_detailed(session_id=session_id, client=self)

    async def get_session_image(
        self,
        session_image_id: str,
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
        return await _get_session_image.asyncio(session_image_id=session_image_id, client=self)

    async def get_session_image_detailed(
        self,
        session_image_id: str,
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
        return await _get_session_image.asyncio_detailed(session_image_id=session_image_id, client=self)

    def get_session_image_stream(
        self,
        session_image_id: str,
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
        return _get_session_image.asyncio_stream(session_image_id=session_image_id, client=self)
