"""The Python client of openapi-generator with its library asyncio, which uses aiohttp."""

from typing import Any, Self

from oag_asyncio import ApiClient, Configuration, LivenessSessionOperationsApi


class Async:
    def __init__(self, endpoint: str, key: str) -> None:
        configuration = Configuration(host=f"{endpoint}/face/v1.2", api_key={"Ocp-Apim-Subscription-Key": key})
        self._client: Any = ApiClient(configuration)
        self._api: Any = LivenessSessionOperationsApi(self._client)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._client.__aexit__(*exception)

    async def get(self, image_id: str) -> bytes:
        image: bytes = await self._api.get_session_image(image_id)
        return image

    async def save(self, image_id: str, path: str) -> None:
        answer = await self._api.get_session_image_without_preload_content(image_id)
        with open(path, "wb") as file:  # noqa: PTH123
            async for piece in answer.content.iter_chunked(65536):
                file.write(piece)
