"""The choice of a proxy."""

from collections.abc import Mapping
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx


def proxy_for(url: str, options: Mapping[str, Any]) -> httpx.Proxy | None:
    """Returns the proxy of the options, or else the proxy of the environment for the URL.

    The environment variables are HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, unless NO_PROXY contains the host.
    """
    if proxy := options.get("proxy"):
        return proxy if isinstance(proxy, httpx.Proxy) else httpx.Proxy(proxy)
    target, proxies = httpx.URL(url), getproxies()
    proxy_url = proxies.get(target.scheme) or proxies.get("all")
    if not options.get("trust_env", True) or not proxy_url or proxy_bypass(target.netloc.decode("ascii")):
        return None
    return httpx.Proxy(proxy_url if "://" in proxy_url else f"http://{proxy_url}")
