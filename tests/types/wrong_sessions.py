# pyright: strict
"""Wrong uses of the session helpers. Type checkers have to report each marked line. Nothing here is run."""

from io import BytesIO

from face_client import AsyncClient, Client
from face_client.models import LivenessSession
from face_client_sessions import (
    latest_attempt,
    save_image_and_delete,
    save_image_and_delete_async,
    session_image_ids,
    wait_for_image,
    wait_for_image_async,
    wait_for_result,
    wait_for_result_async,
)


def sync(client: Client, other: AsyncClient, session: LivenessSession) -> None:
    wait_for_result(client)  # wrong
    wait_for_result(client, 7)  # wrong
    wait_for_result(other, "id")  # wrong
    wait_for_result(client, "id", True)  # wrong
    wait_for_result(client, "id", deadline="ten")  # wrong
    wait_for_image(client, "id", timeout=10)  # wrong
    print(wait_for_image(other, "id"))  # wrong
    save_image_and_delete(client, "id")  # wrong
    save_image_and_delete(client, "id", BytesIO())  # wrong
    print(wait_for_result(client, "id").results.verify_references)  # wrong
    print(latest_attempt(session).attempt_id)  # wrong
    session_image_ids("id")  # wrong


async def asynchronous(client: AsyncClient, other: Client) -> None:
    await wait_for_result_async(other, "id")  # wrong
    await wait_for_image_async(other, "id")  # wrong
    await save_image_and_delete_async(client, "id", BytesIO())  # wrong
    await wait_for_result(client, "id")  # wrong
    session = await wait_for_result_async(client, "id")
    print(session.results.verify_references)  # wrong
