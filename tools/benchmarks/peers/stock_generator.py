"""The client of openapi-python-client with its own templates. It cannot stream: a file is written from memory."""

from typing import Any, Self

from stock_client import AuthenticatedClient
from stock_client.api.liveness_session_operations import get_session_image


def _client(endpoint: str, key: str) -> Any:
    header = {"prefix": "", "auth_header_name": "Ocp-Apim-Subscription-Key"}
    return AuthenticatedClient(f"{endpoint}/face/v1.2", token=key, **header)


class Sync:
    def __init__(self, endpoint: str, key: str) -> None:
        self._client = _client(endpoint, key)

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.__exit__(*exception)

    def get(self, image_id: str) -> bytes:
        image: bytes = get_session_image.sync(image_id, client=self._client).payload.getvalue()
        return image

    def save(self, image_id: str, path: str) -> None:
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(self.get(image_id))


class Async:
    def __init__(self, endpoint: str, key: str) -> None:
        self._client = _client(endpoint, key)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._client.__aexit__(*exception)

    async def get(self, image_id: str) -> bytes:
        image: bytes = (await get_session_image.asyncio(image_id, client=self._client)).payload.getvalue()
        return image

    async def save(self, image_id: str, path: str) -> None:
        image = await self.get(image_id)
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(image)
