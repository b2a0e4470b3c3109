"""Headers that are safe to print."""

from collections.abc import Iterable, Mapping

import httpx


class SafeHeaders(httpx.Headers):
    """Headers whose `repr` shows no secrets.

    Args:
        headers: The headers.
        secret: The names of secret headers, in addition to those that httpx hides.
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
