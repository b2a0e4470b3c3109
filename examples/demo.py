"""What `make demo` runs: gets a session image from an offline Face service, in each way that the client has."""

import asyncio
from pathlib import Path

from face_client import ApiError
from face_client_auth import connect, connect_async
from face_emulator import SAMPLE_IMAGE_ID, Emulator

FOLDER = Path("build", "demo")


def download(endpoint: str, key: str) -> None:
    with connect(endpoint, key) as client:
        image = client.get_session_image(SAMPLE_IMAGE_ID)
        print(f"sync      {len(image):>7} bytes in memory, beginning with {image[:3].hex(' ')}: a JPEG")

        picture = FOLDER / "session.jpg"
        with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
            body.save(picture)
        print(f"streamed  {picture.stat().st_size:>7} bytes to {picture}, which only you can read")


async def download_async(endpoint: str, key: str) -> None:
    async with connect_async(endpoint, key) as client:
        images = await asyncio.gather(*(client.get_session_image(SAMPLE_IMAGE_ID) for _ in range(3)))
        print(f"async     {len(images[0]):>7} bytes, {len(images)} times at once")

        picture = FOLDER / "session-async.jpg"
        async with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
            await body.save(picture)
        print(f"streamed  {picture.stat().st_size:>7} bytes to {picture}, async")


def fail(endpoint: str, key: str, image_id: str) -> None:
    with connect(endpoint, key) as client:
        try:
            client.get_session_image(image_id)
        except ApiError as error:
            print(repr(error))


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Emulator() as face:
        print(f"An offline Face service is at {face.endpoint}\n")
        download(face.endpoint, face.key)
        asyncio.run(download_async(face.endpoint, face.key))
        print("\nAn unknown id, and a wrong key:")
        fail(face.endpoint, face.key, "no-such-image")
        fail(face.endpoint, "not-the-key", SAMPLE_IMAGE_ID)
    print(f"\nThe picture: {(FOLDER / 'session.jpg').resolve()}")


if __name__ == "__main__":
    main()
