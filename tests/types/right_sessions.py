# pyright: strict
"""Right uses of the session helpers, which type checkers accept, with their types; nothing here is run."""

from pathlib import Path
from typing import assert_type

from face_client import AsyncClient, Client
from face_client.models import (
    LivenessSession,
    LivenessSessionAttempt,
    LivenessWithVerifySession,
    LivenessWithVerifySessionAttempt,
)
from face_client_sessions import (
    NoSessionImageError,
    latest_attempt,
    save_image_and_delete,
    save_image_and_delete_async,
    session_image_ids,
    wait_for_image,
    wait_for_image_async,
    wait_for_result,
    wait_for_result_async,
)

AnySession = LivenessSession | LivenessWithVerifySession


def sync(client: Client, flag: bool) -> None:
    assert_type(wait_for_result(client, "id"), LivenessSession)
    assert_type(wait_for_result(client, "id", with_verify=False, deadline=None), LivenessSession)
    assert_type(wait_for_result(client, "id", with_verify=True, deadline=10.5), LivenessWithVerifySession)
    assert_type(wait_for_result(client, "id", with_verify=flag), AnySession)
    assert_type(wait_for_image(client, "id", with_verify=flag, deadline=10), bytes)
    assert_type(save_image_and_delete(client, "id", "session.jpg"), LivenessSession)
    assert_type(save_image_and_delete(client, "id", Path("a.jpg"), with_verify=True), LivenessWithVerifySession)
    assert_type(save_image_and_delete(client, "id", "session.jpg", with_verify=flag, deadline=None), AnySession)


async def asynchronous(client: AsyncClient, flag: bool) -> None:
    assert_type(await wait_for_result_async(client, "id"), LivenessSession)
    assert_type(await wait_for_result_async(client, "id", with_verify=True, deadline=10), LivenessWithVerifySession)
    assert_type(await wait_for_result_async(client, "id", with_verify=flag), AnySession)
    assert_type(await wait_for_image_async(client, "id", with_verify=flag, deadline=None), bytes)
    assert_type(await save_image_and_delete_async(client, "id", "session.jpg"), LivenessSession)
    assert_type(
        await save_image_and_delete_async(client, "id", Path("a.jpg"), with_verify=True), LivenessWithVerifySession
    )
    assert_type(await save_image_and_delete_async(client, "id", "session.jpg", with_verify=flag), AnySession)


def attempts(session: LivenessSession, verified: LivenessWithVerifySession, either: AnySession) -> None:
    assert_type(latest_attempt(session), LivenessSessionAttempt | None)
    assert_type(latest_attempt(verified), LivenessWithVerifySessionAttempt | None)
    assert_type(latest_attempt(either), LivenessSessionAttempt | LivenessWithVerifySessionAttempt | None)
    assert_type([*session_image_ids(session), *session_image_ids(verified), *session_image_ids(either)], list[str])


def errors(error: NoSessionImageError) -> None:
    missing: LookupError = error
    assert_type(error.session, AnySession)
    print(missing)
