"""urllib3 alone: about the fastest in Python for sequential downloads."""

from typing import Any, Self
from urllib.parse import quote

import urllib3


class Sync:
    def __init__(self, endpoint: str, key: str) -> None:
        self._base = f"{endpoint}/face/v1.2/sessionImages/"
        self._pool: Any = urllib3.PoolManager(headers={"Ocp-Apim-Subscription-Key": key})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.clear()

    def get(self, image_id: str) -> bytes:
        answer = self._pool.request("GET", self._base + quote(image_id, safe=""))
        if answer.status != 200:
            raise ValueError(f"the server answered {answer.status}")
        image: bytes = answer.data
        return image

    def save(self, image_id: str, path: str) -> None:
        answer = self._pool.request("GET", self._base + quote(image_id, safe=""), preload_content=False)
        if answer.status != 200:
            raise ValueError(f"the server answered {answer.status}")
        with open(path, "wb") as file:  # noqa: PTH123
            for piece in answer.stream(65536):
                file.write(piece)
        answer.release_conn()
