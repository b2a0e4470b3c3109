"""azure-ai-vision-face by Microsoft; it returns the image in pieces, which the caller joins."""

from typing import Any, Self

from azure.ai.vision.face import FaceSessionClient
from azure.core.credentials import AzureKeyCredential


class Sync:
    def __init__(self, endpoint: str, key: str) -> None:
        self._client: Any = FaceSessionClient(endpoint, AzureKeyCredential(key))

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.__exit__(*exception)

    def get(self, image_id: str) -> bytes:
        return b"".join(self._client.get_session_image(image_id))

    def save(self, image_id: str, path: str) -> None:
        with open(path, "wb") as file:  # noqa: PTH123 - pathlib would be an import of ours in their cold start
            for piece in self._client.get_session_image(image_id):
                file.write(piece)


class Async:
    def __init__(self, endpoint: str, key: str) -> None:
        from azure.ai.vision.face.aio import FaceSessionClient as AsyncFaceSessionClient

        self._client: Any = AsyncFaceSessionClient(endpoint, AzureKeyCredential(key))

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._client.__aexit__(*exception)

    async def get(self, image_id: str) -> bytes:
        return b"".join([piece async for piece in await self._client.get_session_image(image_id)])

    async def save(self, image_id: str, path: str) -> None:
        with open(path, "wb") as file:  # noqa: PTH123
            async for piece in await self._client.get_session_image(image_id):
                file.write(piece)
