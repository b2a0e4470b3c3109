"""From the id of a session to its image, and to a file before the session is deleted."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, overload

import httpx
from anyio import to_thread

from face_client import ApiError, AsyncClient, Client, NotFoundError
from face_client.models import LivenessSession, LivenessWithVerifySession
from face_client_runtime import printable

from ._attempts import AnySession, session_image_ids
from ._waiting import PollState, poll, poll_async

FilePath = str | os.PathLike[str]


class NoSessionImageError(LookupError):
    """The session has ended, and has no image.

    Attributes:
        session: The session, whose attempts say why.
    """

    session: AnySession


class NotDeletedError(Exception):
    """The image is saved, but the session may not be deleted. `__cause__` is the error of the deletion.

    Attributes:
        session: The session with its result, which the service may no longer have.
    """

    session: AnySession


def wait_for_image(
    client: Client, session_id: str, *, with_verify: bool = False, deadline: float | None = 600
) -> bytes:
    """Waits for the result of a session, and returns the image of the latest attempt that has one.

    Args:
        client, session_id, with_verify: As for `wait_for_result`.
        deadline: Seconds for everything, the image included, or None for no limit.

    Raises:
        NoSessionImageError: The session has ended without an image.
        DeadlineExceeded, ApiError, httpx.TransportError, TypeError, ValueError: As `wait_for_result`.
    """
    state = PollState(Client, client, deadline)
    image_id = _latest_image_id(poll(state, session_id, with_verify))
    with state.client() as limited:
        return limited.get_session_image(image_id)


async def wait_for_image_async(
    client: AsyncClient, session_id: str, *, with_verify: bool = False, deadline: float | None = 600
) -> bytes:
    """The async `wait_for_image`."""
    state = PollState(AsyncClient, client, deadline)
    image_id = _latest_image_id(await poll_async(state, session_id, with_verify))
    with state.client() as limited:
        return await limited.get_session_image(image_id)


@overload
def save_image_and_delete(
    client: Client,
    session_id: str,
    file: FilePath,
    *,
    with_verify: Literal[False] = False,
    deadline: float | None = ...,
) -> LivenessSession: ...
@overload
def save_image_and_delete(
    client: Client, session_id: str, file: FilePath, *, with_verify: Literal[True], deadline: float | None = ...
) -> LivenessWithVerifySession: ...
@overload
def save_image_and_delete(
    client: Client, session_id: str, file: FilePath, *, with_verify: bool, deadline: float | None = ...
) -> AnySession: ...
def save_image_and_delete(
    client: Client, session_id: str, file: FilePath, *, with_verify: bool = False, deadline: float | None = 600
) -> AnySession:
    """Waits for the result of a session, saves the image of the latest attempt that has one, and deletes the session.

    The session is only deleted when all of the image is on the disk: after any failure before, it is still there, and
    another call goes on. The image may be of an earlier attempt than the latest, which may have none.

    Args:
        client, session_id, with_verify: As for `wait_for_result`.
        file: The path of the file, which is whole or not there; see `BinaryStream.save`. An open file is not accepted,
            since what was written to it may not be on the disk yet.
        deadline: Seconds until the image begins, or None for no limit. From then on the client's own limits apply:
            `stall_timeout` to the image, and `deadline` to the deletion.

    Returns:
        The session with its result, which the service no longer has.

    Raises:
        NoSessionImageError: The session has ended without an image. It is not deleted.
        NotDeletedError: The image is saved, but the deletion failed. SessionNotFound counts as deleted.
        OSError: The image cannot be written to the file; a wrong path is refused before anything is sent.
        IncompleteBody: The image ended early.
        DeadlineExceeded, ApiError, httpx.TransportError, TypeError, ValueError: As `wait_for_result`.
    """
    path = _checked(file)
    state = PollState(Client, client, deadline)
    session = poll(state, session_id, with_verify)
    with state.client() as limited, limited.get_session_image_stream(_latest_image_id(session)) as body:
        body.save(path)
        _sync_folder(path)
    delete = client.delete_liveness_with_verify_session if with_verify else client.delete_liveness_session
    with _deleting(session):
        delete(session_id)
    return session


@overload
async def save_image_and_delete_async(
    client: AsyncClient,
    session_id: str,
    file: FilePath,
    *,
    with_verify: Literal[False] = False,
    deadline: float | None = ...,
) -> LivenessSession: ...
@overload
async def save_image_and_delete_async(
    client: AsyncClient, session_id: str, file: FilePath, *, with_verify: Literal[True], deadline: float | None = ...
) -> LivenessWithVerifySession: ...
@overload
async def save_image_and_delete_async(
    client: AsyncClient, session_id: str, file: FilePath, *, with_verify: bool, deadline: float | None = ...
) -> AnySession: ...
async def save_image_and_delete_async(
    client: AsyncClient, session_id: str, file: FilePath, *, with_verify: bool = False, deadline: float | None = 600
) -> AnySession:
    """The async `save_image_and_delete`."""
    path = _checked(file)
    state = PollState(AsyncClient, client, deadline)
    session = await poll_async(state, session_id, with_verify)
    image_id = _latest_image_id(session)
    with state.client() as limited:
        async with limited.get_session_image_stream(image_id) as body:
            await body.save(path)
            await to_thread.run_sync(_sync_folder, path)
    delete = client.delete_liveness_with_verify_session if with_verify else client.delete_liveness_session
    with _deleting(session):
        await delete(session_id)
    return session


def _checked(file: FilePath) -> Path:
    path = Path(os.fsdecode(file))
    if not os.fspath(file) or path.is_dir():
        raise IsADirectoryError(f"cannot save to {file!r}: it is not the path of a file")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"cannot save to {path}: there is no folder {path.parent}")
    return path


def _sync_folder(path: Path) -> None:
    """Writes the name of the new file to the disk, before the session is deleted. Windows has no way to do so."""
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _deleting(session: AnySession) -> Iterator[None]:
    """Keeps the result of a session whose deletion fails."""
    try:
        yield
    except (ApiError, httpx.TransportError) as error:
        if isinstance(error, NotFoundError) and error.code == "SessionNotFound":
            return
        failure = NotDeletedError(
            f"the image is saved, but the session may not be deleted: {error}. `session` of this error has the result;"
            " delete the session again, where NotFoundError means that it is deleted"
        )
        failure.session = session
        raise failure from error


def _latest_image_id(session: AnySession) -> str:
    for image_id in session_image_ids(session):
        return image_id
    error = NoSessionImageError(
        f"the session has no image, its status is {printable(str(session.status))}: an image is stored for an attempt"
        " with a result if the session was created with enable_session_image=True; `session` of this error has the"
        " attempts"
    )
    error.session = session
    raise error
