"""The Python client of openapi-generator with its library urllib3."""

from typing import Any, Self

from oag_urllib3 import ApiClient, Configuration, LivenessSessionOperationsApi


class Sync:
    def __init__(self, endpoint: str, key: str) -> None:
        configuration = Configuration(host=f"{endpoint}/face/v1.2", api_key={"Ocp-Apim-Subscription-Key": key})
        self._client: Any = ApiClient(configuration)
        self._api: Any = LivenessSessionOperationsApi(self._client)

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.__exit__(*exception)

    def get(self, image_id: str) -> bytes:
        image: bytes = self._api.get_session_image(image_id)
        return image

    def save(self, image_id: str, path: str) -> None:
        answer = self._api.get_session_image_without_preload_content(image_id)
        with open(path, "wb") as file:  # noqa: PTH123
            for piece in answer.stream(65536):
                file.write(piece)
        answer.release_conn()
