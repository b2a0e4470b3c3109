# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.
"""Headers that can be printed."""

import httpx

SECRET_HEADERS = (
    "Authorization",
    "Ocp-Apim-Subscription-Key",
)


class SafeHeaders(httpx.Headers):
    """Headers whose `repr` shows no key and no token."""

    def __repr__(self) -> str:
        shown = httpx.Headers(self)
        for name in SECRET_HEADERS:
            if name in shown:
                shown[name] = "[secure]"
        return repr(shown)
