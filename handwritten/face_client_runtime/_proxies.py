"""The choice of a proxy."""

import re
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx

DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[\w.:-]+")


def proxy_for(url: str, options: Mapping[str, Any]) -> httpx.Proxy | None:
    """Returns the proxy of the options, or else the proxy of the environment for the URL.

    The environment variables are HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, unless NO_PROXY contains the host.

    Raises:
        ValueError: The URL of the proxy is not valid.
        ImportError: The proxy is a SOCKS proxy, and socksio is not installed.
    """
    if proxy := options.get("proxy"):
        return proxy if isinstance(proxy, httpx.Proxy) else _proxy(proxy, "httpx_args['proxy']")
    target, proxies = httpx.URL(url), getproxies() if options.get("trust_env", True) else {}
    kind = target.scheme if proxies.get(target.scheme) else "all"
    try:
        if not proxies.get(kind) or _is_excluded(target, proxies.get("no", "")):
            return None
        has_scheme = "://" in proxies[kind]
        return _proxy(proxies[kind] if has_scheme else f"http://{proxies[kind]}", f"{kind.upper()}_PROXY")
    finally:
        del proxies  # they may contain passwords, which a traceback with locals would show


def _proxy(url: httpx.URL | str, source: str) -> httpx.Proxy:
    proxy = None
    with suppress(ValueError, httpx.InvalidURL):
        proxy = httpx.Proxy(url)
        is_origin = proxy.url.raw_path == b"/" and not proxy.url.fragment
        if is_origin and _HOST.fullmatch(proxy.url.host) and (proxy.url.port or 1) < 65536:
            if proxy.url.scheme.startswith("socks") and find_spec("socksio") is None:
                del url, proxy
                raise ImportError(f"{source} is a SOCKS proxy: install httpx[socks]")
            return proxy
    del url, proxy  # they may contain a password, which a traceback with locals would show
    raise ValueError(f"{source} is not the URL of a proxy, such as http://proxy.example:8080 or socks5://...")


def _is_excluded(target: httpx.URL, no_proxy: str) -> bool:
    """Whether the URL is not for the proxy.

    NO_PROXY is read as by curl, requests and Go together, since none of them knows all of its forms.
    """
    host = target.raw_host.decode("ascii").rstrip(".")
    port = str(target.port or DEFAULT_PORTS.get(target.scheme))
    for entry in re.split(r"[,\s]+", no_proxy.lower()):
        name, _, entry_port = entry.rpartition(":") if entry.count(":") == 1 or "]:" in entry else (entry, "", port)
        name = name.strip("[]").removeprefix("*.").strip(".")
        if entry_port == port and (name == "*" or _covers(name, host)):
            return True
    return not no_proxy and bool(proxy_bypass(host))  # in the settings of Windows and macOS


def _covers(name: str, host: str) -> bool:
    """Whether the name is that of the host or of a parent domain, or the address or network of an IP address."""
    try:
        address = ip_address(host)
    except ValueError:
        return bool(name) and f".{host}".endswith(f".{name}")
    with suppress(ValueError):
        return address in ip_network(name, strict=False)
    return False
