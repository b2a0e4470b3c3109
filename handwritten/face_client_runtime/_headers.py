"""Headers that can be printed."""

from collections.abc import Iterable, Mapping

import httpx


class SafeHeaders(httpx.Headers):
    """Headers whose `repr` shows no secret.

    Args:
        headers: The headers.
        secret: The names of those that carry a secret, beside those that httpx hides itself.
    """

    def __init__(self, headers: Mapping[str, str], secret: Iterable[str]) -> None:
        super().__init__(headers)
        self._secret = tuple(secret)

    def __repr__(self) -> str:
        shown = httpx.Headers(self)
        for name in self._secret:
            if name in shown:
                shown[name] = "[secure]"
        return repr(shown)
