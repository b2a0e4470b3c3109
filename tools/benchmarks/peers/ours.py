"""This project's client."""

from typing import Self

from face_client.api.liveness_session_operations import get_session_image
from face_client_auth import SubscriptionKeyAuth, connect


class Sync:
    def __init__(self, endpoint: str, key: str) -> None:
        self._client = connect(endpoint, SubscriptionKeyAuth(key))

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.__exit__(*exception)

    def get(self, image_id: str) -> bytes:
        return get_session_image.sync(image_id, client=self._client)

    def save(self, image_id: str, path: str) -> None:
        with get_session_image.stream(image_id, client=self._client) as body:
            body.save(path)


class Async:
    def __init__(self, endpoint: str, key: str) -> None:
        self._client = connect(endpoint, SubscriptionKeyAuth(key))

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._client.__aexit__(*exception)

    async def get(self, image_id: str) -> bytes:
        return await get_session_image.asyncio(image_id, client=self._client)

    async def save(self, image_id: str, path: str) -> None:
        async with get_session_image.asyncio_stream(image_id, client=self._client) as body:
            await body.save(path)
