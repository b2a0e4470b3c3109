"""Signs requests in with the key of the resource."""

from collections.abc import Generator

import httpx

from face_client.document import OCP_APIM_SUBSCRIPTION_KEY_HEADER
from face_client_auth._secrets import checked


class SubscriptionKeyAuth(httpx.Auth):
    """Sends one of the resource's two keys in the header `Ocp-Apim-Subscription-Key`.

    Source: the operation's reference page, "Security".

    Args:
        key: The key, as the portal shows it under "Keys and Endpoint".

    Raises:
        TypeError: The key is not a string.
        ValueError: The key is empty or has a character that no key has; the message does not repeat it.
    """

    def __init__(self, key: str) -> None:
        self._key = checked("key", key)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers[OCP_APIM_SUBSCRIPTION_KEY_HEADER] = self._key
        yield request
