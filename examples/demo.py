"""What `make demo` runs: liveness sessions from their creation to their deletion, at an offline Face service."""

import asyncio
from pathlib import Path

from face_client import ApiError, AsyncClient, Client
from face_client.models import CreateLivenessSessionContent, CreateLivenessWithVerifySessionContent
from face_client.types import File
from face_client_auth import connect, connect_async
from face_client_sessions import (
    latest_attempt,
    save_image_and_delete,
    save_image_and_delete_async,
    session_image_ids,
    wait_for_result,
)
from face_emulator import SAMPLE_IMAGE_ID, Emulator

FOLDER = Path("build", "demo")


def play(client: Client, face: Emulator) -> None:
    """A session: the first attempt fails, the second one succeeds."""
    settings = CreateLivenessSessionContent("Passive", enable_session_image=True, device_correlation_id="a-device")
    created = client.create_liveness_session(body=settings)
    session_id = created.session_id
    print(f"created   {session_id}: {created.status}, with a token of {len(created.auth_token)} characters")
    print("          The person's device gets the token, and nothing else.")

    face.play_attempt(session_id, "mask")
    session = wait_for_result(client, session_id)
    attempt = latest_attempt(session)
    if attempt and attempt.error:
        print(f"attempt   {session.status}: {attempt.error.code}: {attempt.error.message}")

    face.play_attempt(session_id, "realface")
    picture = FOLDER / "session.jpg"
    session = save_image_and_delete(client, session_id, picture)
    attempt = latest_attempt(session)
    if attempt and attempt.result:
        print(f"attempt   {session.status}: {attempt.result.liveness_decision}")
    print(f"image     {picture.stat().st_size} bytes in {picture}, which only you can read")
    print("deleted   The session, and its image with it:")
    show_error(client, session_image_ids(session)[0])


async def play_with_verify(client: AsyncClient, face: Emulator) -> None:
    """A session that compares the person's face with a picture."""
    reference = File(face.images[SAMPLE_IMAGE_ID], "passport.jpg")
    settings = CreateLivenessWithVerifySessionContent(
        "Passive", reference, enable_session_image=True, device_correlation_id="a-device"
    )
    created = await client.create_liveness_with_verify_session(body=settings)
    print(f"created   {created.session_id}: {created.status}")

    face.play_attempt(created.session_id, "realface")
    picture = FOLDER / "session-with-verify.jpg"
    session = await save_image_and_delete_async(client, created.session_id, picture, with_verify=True)
    attempt = latest_attempt(session)
    if attempt and attempt.result and attempt.result.verify_result:
        verdict = attempt.result.verify_result
        print(f"attempt   {attempt.result.liveness_decision}; the same person: {verdict.is_identical}")
    print(f"image     {picture.stat().st_size} bytes in {picture}")


def show_error(client: Client, image_id: str) -> None:
    try:
        client.get_session_image(image_id)
    except ApiError as error:
        print(f"          {type(error).__name__}: {error.status_code} {error.code}: {error.message}")


async def main_async(face: Emulator) -> None:
    async with connect_async(face.endpoint, face.key) as client:
        await play_with_verify(client, face)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Emulator() as face:
        print(f"An offline Face service is at {face.endpoint}\n\nA liveness session, sync:")
        with connect(face.endpoint, face.key) as client:
            play(client, face)
        print("\nA liveness with verify session, async:")
        asyncio.run(main_async(face))
        print("\nThe portrait again, with a wrong key:")
        with connect(face.endpoint, "not-the-key") as client:
            show_error(client, SAMPLE_IMAGE_ID)
    print(f"\nThe pictures: {FOLDER.resolve()}")


if __name__ == "__main__":
    main()
