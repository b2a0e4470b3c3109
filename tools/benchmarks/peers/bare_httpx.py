"""httpx alone, on which this project's client is based."""

from typing import Self
from urllib.parse import quote

import httpx


class Sync:
    def __init__(self, endpoint: str, key: str) -> None:
        headers = {"Ocp-Apim-Subscription-Key": key}
        self._client = httpx.Client(base_url=f"{endpoint}/face/v1.2", headers=headers)

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.close()

    def get(self, image_id: str) -> bytes:
        return self._client.get(f"/sessionImages/{quote(image_id, safe='')}").raise_for_status().content

    def save(self, image_id: str, path: str) -> None:
        url = f"/sessionImages/{quote(image_id, safe='')}"
        with self._client.stream("GET", url) as answer, open(path, "wb") as file:  # noqa: PTH123
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                file.write(piece)


class Async:
    def __init__(self, endpoint: str, key: str) -> None:
        headers = {"Ocp-Apim-Subscription-Key": key}
        self._client = httpx.AsyncClient(base_url=f"{endpoint}/face/v1.2", headers=headers)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._client.aclose()

    async def get(self, image_id: str) -> bytes:
        return (await self._client.get(f"/sessionImages/{quote(image_id, safe='')}")).raise_for_status().content

    async def save(self, image_id: str, path: str) -> None:
        url = f"/sessionImages/{quote(image_id, safe='')}"
        async with self._client.stream("GET", url) as answer:
            answer.raise_for_status()
            with open(path, "wb") as file:  # noqa: PTH123
                async for piece in answer.aiter_bytes():
                    file.write(piece)
