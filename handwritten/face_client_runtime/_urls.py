"""Validation of the endpoint, and encoding of path parameters."""

import re
from datetime import date
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urlsplit
from uuid import UUID

import httpx


def path_segment(name: str, value: object) -> str:
    """Returns the value as one percent-encoded path segment (RFC 3986, section 3.3).

    Raises:
        TypeError: The value is not text, a number, a date or a UUID.
        ValueError: The value is empty, `.` or `..`, which would change the path, or cannot be encoded.
    """
    if not isinstance(value, str | int | float | date | UUID):
        raise TypeError(f"{name} must be a string, not {type(value).__name__}")
    if isinstance(value, bool):
        text = str(value).lower()
    else:
        text = value.isoformat() if isinstance(value, date) else str(value)
    if text in ("", ".", ".."):
        raise ValueError(f"{name} must not be {text!r}: as a path segment, that would change the URL")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise ValueError(f"{name} contains an invalid character: a lone surrogate") from None


def normalize_endpoint(endpoint: str, path: str, example: str) -> str:
    """Returns the endpoint without trailing slashes and without `path` at its end, which the client appends.

    `path` is removed once; the rest of the endpoint's path is a prefix that is not changed, for example of a gateway. A
    missing `https://` is added. `example` is a URL for error messages.

    Raises:
        TypeError: The endpoint is not a string.
        ValueError: The endpoint is neither an https URL nor an http URL of this machine; or it has a user, a query, a
            fragment, or an ambiguous path.
    """
    if not isinstance(endpoint, str):
        raise TypeError(f"endpoint must be a string such as {example!r}, not {type(endpoint).__name__}")
    text = endpoint.strip()
    if not text:
        raise ValueError(f"endpoint is empty: use the endpoint of your resource, such as {example!r}")
    # No message repeats the endpoint: its user, query or fragment may be a secret.
    if "{" in text or "<" in text:
        raise ValueError(f"endpoint contains a placeholder: use the endpoint of your resource, such as {example!r}")
    if re.search(r"[\x00-\x20\x7f\\]", text):
        raise ValueError("endpoint contains whitespace, a control character or a backslash")
    if "://" not in text:
        host = re.split(r"[:/?#]", text, maxsplit=1)[0]
        if "." not in host or is_loopback(host):
            raise ValueError(f"endpoint has no scheme: add https://, as in {example!r}, or http:// for this machine")
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
        host = httpx.URL(scheme=parts.scheme, host=parts.hostname or "", port=port).host
    except (ValueError, httpx.InvalidURL):
        raise ValueError("endpoint is not a valid URL: its host or port is invalid") from None
    _check_parts(parts, host, example)
    return f"{parts.scheme}://{parts.netloc}{_own_path(parts.path, path)}"


@lru_cache
def is_loopback(host: str) -> bool:
    """Whether the host is this machine: localhost (RFC 6761), 127.0.0.0/8 or ::1."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_confidential(scheme: str, host: str) -> bool:
    """Whether a secret may be sent to the host: over https, or over http on this machine."""
    return scheme == "https" or (scheme == "http" and is_loopback(host))


def _check_parts(parts: SplitResult, host: str, example: str) -> None:
    if parts.scheme not in ("https", "http"):
        raise ValueError(f"endpoint must start with https://, as in {example!r}")
    if not host:
        raise ValueError(f"endpoint has no host: use the endpoint of your resource, such as {example!r}")
    if "@" in parts.netloc:
        raise ValueError("endpoint must not contain a user name or password: sign in with auth=")
    if parts.query or parts.fragment:
        raise ValueError(
            "endpoint must not have a query or a fragment: sign in with auth=; the client adds the rest of the URL"
        )
    if not is_confidential(parts.scheme, host):
        raise ValueError(f"endpoint must use https: over http, anyone on the network path to {host} could read the key")


def _own_path(own: str, path: str) -> str:
    """Returns the endpoint's own path, without `path` at its end."""
    own = own.rstrip("/").removesuffix(path).rstrip("/")
    if any(segment in ("", ".", "..") or "%" in segment for segment in own.split("/")[1:]):
        raise ValueError("endpoint has a path with empty, dot or percent-encoded segments")
    return own
