"""This project's client."""

from typing import Self

from face_client import AsyncClient, Client
from face_client_auth import SubscriptionKeyAuth


class Sync:
    def __init__(self, endpoint: str, key: str) -> None:
        self._client = Client(endpoint, auth=SubscriptionKeyAuth(key))

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.__exit__(*exception)

    def get(self, image_id: str) -> bytes:
        return self._client.get_session_image(image_id)

    def save(self, image_id: str, path: str) -> None:
        with self._client.get_session_image_stream(image_id) as body:
            body.save(path)


class Async:
    def __init__(self, endpoint: str, key: str) -> None:
        self._client = AsyncClient(endpoint, auth=SubscriptionKeyAuth(key))

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._client.__aexit__(*exception)

    async def get(self, image_id: str) -> bytes:
        return await self._client.get_session_image(image_id)

    async def save(self, image_id: str, path: str) -> None:
        async with self._client.get_session_image_stream(image_id) as body:
            await body.save(path)
