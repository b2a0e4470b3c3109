"""aiohttp alone: about the fastest in Python for concurrent downloads."""

from typing import Any, Self
from urllib.parse import quote

import aiohttp


class Async:
    def __init__(self, endpoint: str, key: str) -> None:
        self._base = f"{endpoint}/face/v1.2/sessionImages/"
        self._session: Any = aiohttp.ClientSession(headers={"Ocp-Apim-Subscription-Key": key}, raise_for_status=True)

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._session.close()

    async def get(self, image_id: str) -> bytes:
        async with self._session.get(self._base + quote(image_id, safe="")) as answer:
            image: bytes = await answer.read()
            return image

    async def save(self, image_id: str, path: str) -> None:
        async with self._session.get(self._base + quote(image_id, safe="")) as answer:
            with open(path, "wb") as file:  # noqa: PTH123
                async for piece in answer.content.iter_chunked(65536):
                    file.write(piece)
