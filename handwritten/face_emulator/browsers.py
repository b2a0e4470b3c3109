"""Keeps out the pages of other origins, for which a browser can send requests to this machine."""

import ipaddress
import re
from collections.abc import Container

from starlette.datastructures import Headers
from starlette.responses import Response

from face_emulator.control import CONTROL_PATHS
from face_emulator.errors import face_error


def refusal(path: str, headers: Headers, names: Container[str]) -> Response | None:
    """Return the response to a request that such a page may have caused, or None for any other request.

    With DNS rebinding, a page's own name leads to this machine, so the `Host` must be an IP address or one of the
    names, which are in lower case. The control paths need no credentials, so they are closed to other origins.
    """
    host = headers.get("host", "")
    name = re.sub(r":\d*$", "", host.lower())
    if name not in names and not _is_address(name):
        message = f"Unknown host {name!r}. Allow it with --allowed-host, or with allowed_hosts of Emulator."
        return face_error(421, {"code": "421", "message": message})
    if path.startswith(CONTROL_PATHS) and _is_cross_origin(headers, host):
        return face_error(403, {"code": "403", "message": "The control paths are closed to pages of other origins."})
    return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _is_cross_origin(headers: Headers, host: str) -> bool:
    """Whether a page of another origin sent it. Browsers send Sec-Fetch-Site only to https and loopback."""
    if site := headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != host
