"""Headers that are safe to print, and Retry-After."""

import math
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime

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


def retry_after(headers: httpx.Headers) -> float | None:
    """Returns the seconds that the server asks to wait; None if the header is missing or invalid.

    `Retry-After` is a number of seconds or a date (RFC 9110, section 10.2.3), which is compared with the server's own
    `Date`, since the two clocks may differ. Azure also sends headers in milliseconds:
    https://learn.microsoft.com/azure/azure-app-configuration/rest-api-throttling.
    """
    for name, unit in (("retry-after-ms", 1000), ("x-ms-retry-after-ms", 1000), ("retry-after", 1)):
        value = headers.get(name, "").strip()
        if value.isascii() and value.replace(".", "", 1).isdigit() and math.isfinite(float(value)):
            return float(value) / unit
    if (end := _timestamp(value)) is None:
        return None
    now = _timestamp(headers.get("date", ""))
    return max(0.0, end - (time.time() if now is None else now))


def _timestamp(date: str) -> float | None:
    with suppress(ValueError, OverflowError):
        parsed = parsedate_to_datetime(date)
        # A date without a time zone is in UTC (RFC 9110, section 5.6.7).
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    return None
