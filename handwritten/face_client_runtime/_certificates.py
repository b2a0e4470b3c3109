"""The certificates that a TLS connection trusts: httpx's, with one clear error where a variable cannot be used."""

import os
import ssl
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx

ContextFactory = Callable[[], ssl.SSLContext]


def context_factory(trust_env: bool, verify: Any, cert: Any, is_shared: bool) -> ContextFactory:
    """Returns a function that returns the context for these arguments of an httpx client.

    It is shared with other clients if `is_shared`: not for HTTP/2, since httpcore changes the context then.
    """
    if verify is True and cert is None and is_shared:
        return partial(_shared_context, trust_env, *_certificate_paths(trust_env))
    context = httpx.create_ssl_context(verify, cert, trust_env)
    return lambda: context


def check_certificates(options: Mapping[str, Any]) -> None:
    """Raises ValueError if `verify`, SSL_CERT_FILE or SSL_CERT_DIR names a file or a folder that cannot be used."""
    paths, verify = _certificate_paths(options.get("trust_env", True)), options.get("verify", True)
    if any(paths) and verify is True:
        _shared_context(True, *paths)
    if isinstance(verify, str) and not Path(verify).exists():
        raise ValueError(f"verify={verify!r} cannot be used: no such file or folder")


def _certificate_paths(trust_env: bool) -> list[str | None]:
    return [os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if trust_env]


@cache
def _shared_context(trust_env: bool, file: str | None = None, folders: str | None = None) -> ssl.SSLContext:
    """Cached, since loading the certificates is slower than most calls."""
    if folders and not file and not any(any(Path(each).glob("*.[0-9]")) for each in folders.split(os.pathsep)):
        raise ValueError(f"SSL_CERT_DIR={folders!r} has no file that `openssl rehash` has given its name")
    try:
        return httpx.create_ssl_context(trust_env=trust_env)
    except OSError as error:  # also an ssl.SSLError
        if not file:
            raise
        reason = error.strerror or error
    raise ValueError(f"SSL_CERT_FILE={file!r} cannot be used: {reason}")
