"""What `make demo` runs: gets a session image from an offline Face service, in each way that the client has."""

import asyncio
from pathlib import Path

from face_client import AuthenticationError, Client, NotFoundError
from face_client.api.liveness_session_operations import get_session_image
from face_client_auth import SubscriptionKeyAuth, connect
from face_emulator import SAMPLE_IMAGE_ID, Emulator

FOLDER = Path("build", "demo")


def download(client: Client) -> None:
    image = get_session_image.sync(SAMPLE_IMAGE_ID, client=client)
    print(f"sync      {len(image):>7} bytes in memory, beginning with {image[:3].hex(' ')}: a JPEG")

    picture = FOLDER / "session.jpg"
    with get_session_image.stream(SAMPLE_IMAGE_ID, client=client) as body:
        size = body.save(picture)
    print(f"streamed  {size:>7} bytes to {picture}, mode {picture.stat().st_mode & 0o777:o}: for you alone")


async def download_async(endpoint: str, auth: SubscriptionKeyAuth) -> None:
    async with connect(endpoint, auth) as client:
        images = await asyncio.gather(*(get_session_image.asyncio(SAMPLE_IMAGE_ID, client=client) for _ in range(3)))
        print(f"async     {len(images[0]):>7} bytes, {len(images)} times at once")

        picture = FOLDER / "session-async.jpg"
        async with get_session_image.asyncio_stream(SAMPLE_IMAGE_ID, client=client) as body:
            size = await body.save(picture)
        print(f"streamed  {size:>7} bytes to {picture}, async")


def fail(endpoint: str, auth: SubscriptionKeyAuth) -> None:
    with connect(endpoint, auth) as client:
        try:
            get_session_image.sync("no-such-image", client=client)
        except NotFoundError as error:
            print(f"an unknown id: {error!r}")
    with connect(endpoint, SubscriptionKeyAuth("not-the-key")) as client:
        try:
            get_session_image.sync(SAMPLE_IMAGE_ID, client=client)
        except AuthenticationError as error:
            print(f"a wrong key:   {error!r}")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Emulator() as face:
        print(f"An offline Face service is at {face.endpoint}\n")
        auth = SubscriptionKeyAuth(face.key)
        with connect(face.endpoint, auth) as client:
            download(client)
        asyncio.run(download_async(face.endpoint, auth))
        print()
        fail(face.endpoint, auth)
    print(f"\nThe picture: {(FOLDER / 'session.jpg').resolve()}")


if __name__ == "__main__":
    main()
