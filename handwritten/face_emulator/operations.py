"""The operations of the service."""

import re
from collections.abc import Mapping

VERSIONS = ("v1.2", "v1.3-preview.1")

OPERATIONS: Mapping[str, tuple[str, str]] = {
    "createLivenessSession": ("POST", "/detectLiveness-sessions"),
    "getLivenessSessionResult": ("GET", "/detectLiveness-sessions/{id}"),
    "deleteLivenessSession": ("DELETE", "/detectLiveness-sessions/{id}"),
    "createLivenessWithVerifySession": ("POST", "/detectLivenessWithVerify-sessions"),
    "getLivenessWithVerifySessionResult": ("GET", "/detectLivenessWithVerify-sessions/{id}"),
    "deleteLivenessWithVerifySession": ("DELETE", "/detectLivenessWithVerify-sessions/{id}"),
    "getSessionImage": ("GET", "/sessionImages/{id}"),
}
"""The method and the path below the version, by operationId."""

_BASE = f"/face/(?:{'|'.join(map(re.escape, VERSIONS))})"
_PATTERNS = [
    (name, method, re.compile(_BASE + path.replace("{id}", "[^/]+"))) for name, (method, path) in OPERATIONS.items()
]


def operation_of(method: str, path: str) -> str | None:
    """Return the operationId of a request with this raw path, or None."""
    return next((name for name, verb, pattern in _PATTERNS if verb == method and pattern.fullmatch(path)), None)
