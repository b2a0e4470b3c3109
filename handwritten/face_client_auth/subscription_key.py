"""Signs requests in with the key of the resource."""

from collections.abc import Callable

import httpx

from face_client.document import OCP_APIM_SUBSCRIPTION_KEY_HEADER
from face_client_auth._flow import SteppedAuth, Steps
from face_client_auth._secret import Secret, Source


class SubscriptionKeyAuth(SteppedAuth):
    """Sends a key of the resource in the header `Ocp-Apim-Subscription-Key` (the reference page, "Security").

    A resource has two keys, so that each can be replaced while the other one works. With both given here, a 401 for one
    has the other tried, once; if that works, it is the first to be tried from then on.

    It is made for `face_client.Client`. A bare `httpx.Client` that follows redirects would take the key along to
    another server, which no auth can prevent.

    Args:
        key: The key, as the portal shows it under "Keys and Endpoint", or a function that fetches it, for example from
            a vault. A function is called for each request; an async client calls it in a thread.
        fallback: The other key, or a function; it is asked for when the first one is rejected.

    Raises:
        TypeError: A key is not a string. What a function returns is checked when a request is made.
        ValueError: A key is empty or has a character that no key has; the message does not repeat it.
    """

    def __init__(self, key: str | Callable[[], str], fallback: str | Callable[[], str] | None = None) -> None:
        first, second = Source(key), None if fallback is None else Source(fallback)
        del key, fallback  # so that no traceback with locals shows them
        self._keys = [source.check(name) for source, name in ((first, "key"), (second, "fallback")) if source]

    def steps(self, request: httpx.Request) -> Steps:
        keys = self._keys
        for key in keys:
            secret: Secret = (yield key.fetch) if key.is_function else key.fetch()
            secret.sign(request, OCP_APIM_SUBSCRIPTION_KEY_HEADER)
            response = yield request
            if response.status_code != 401:
                if key is not keys[0]:
                    self._keys = keys[::-1]
                return
