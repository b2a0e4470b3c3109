"""Which proxy the requests of a client go through."""

from collections.abc import Mapping
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx


def proxy_for(url: str, options: Mapping[str, Any]) -> httpx.Proxy | None:
    """Returns the `proxy` of the options, or the one that the environment names for the URL.

    That is HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, unless NO_PROXY names the host.
    """
    if proxy := options.get("proxy"):
        return proxy if isinstance(proxy, httpx.Proxy) else httpx.Proxy(proxy)
    target, proxies = httpx.URL(url), getproxies()
    named = proxies.get(target.scheme) or proxies.get("all")
    if not options.get("trust_env", True) or not named or proxy_bypass(target.netloc.decode("ascii")):
        return None
    return httpx.Proxy(named if "://" in named else f"http://{named}")
