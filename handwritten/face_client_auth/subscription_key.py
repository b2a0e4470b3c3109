"""Signs requests in with a subscription key of the resource."""

from collections.abc import Awaitable, Callable

import httpx

from face_client.document import OCP_APIM_SUBSCRIPTION_KEY_HEADER
from face_client_auth._flow import BaseAuth, Steps
from face_client_auth._secret import SecretSource
from face_client_auth.credentials import KeyCredential

Key = str | KeyCredential | Callable[[], str | Awaitable[str]]


class SubscriptionKeyAuth(BaseAuth):
    """Sends a key of the resource in the header `Ocp-Apim-Subscription-Key`.

    A resource has two keys, so that one works while the other is regenerated. With a fallback, on a 401 the other key
    is tried, once; if it works, it is used from then on.

    Use it with `face_client.Client`. A bare `httpx.Client` that follows redirects would send the key to the server
    that it is redirected to, which no auth class can prevent.

    Args:
        key: The key, as the portal shows it under "Keys and Endpoint"; an object with a `key` attribute, such as
            azure-core's `AzureKeyCredential`, which is read for each request; or a function that returns the key, for
            example from a vault. A function is called for each request. An async client awaits an async function, and
            runs another one in a worker thread; a sync client cannot use an async one.
        fallback: The other key, likewise. A function is called only after a 401.

    Raises:
        TypeError: A key is not a string, or a sync client has an async function. What a function returns is checked
            when a request is made.
        ValueError: A key is empty or has a character that no key has; the message does not repeat it.
    """

    def __init__(self, key: Key, fallback: Key | None = None) -> None:
        try:
            self._keys = [SecretSource(key, "key", attribute="key")]
            if fallback is not None:
                self._keys.append(SecretSource(fallback, "fallback", attribute="key"))
            self.is_async = any(each.is_async for each in self._keys)
        finally:
            del key, fallback  # so that no traceback with locals shows them

    def steps(self, request: httpx.Request) -> Steps:
        keys = self._keys
        for key in keys:
            secret = yield from key.fetch()
            secret.set_header(request, OCP_APIM_SUBSCRIPTION_KEY_HEADER)
            response = yield request
            if response.status_code != 401:
                if key is not keys[0]:
                    self._keys = keys[::-1]
                return
