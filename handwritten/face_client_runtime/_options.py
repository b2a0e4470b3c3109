"""The default options of a client, and their validation."""

import re
from collections.abc import Iterable, Mapping
from inspect import signature
from numbers import Real

import httpx

DEFAULT_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
DEFAULT_DEADLINE = 120.0
DEFAULT_STALL_TIMEOUT = 30.0
DEFAULT_MAX_RETRIES = 3

TOKEN = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")  # RFC 9110, section 5.6.2
MAX_SECONDS = 86_400  # a day; operating systems reject much longer timeouts
MAX_RETRIES = 100
MIN_RATE, MAX_RATE = 0.001, 1_000_000


def check_seconds(name: str, seconds: object) -> float | None:
    """Returns a number of seconds, or None for no limit. Raises TypeError or ValueError if it is neither."""
    _check_number(name, seconds)
    if seconds is None:
        return None
    if not 0 < seconds <= MAX_SECONDS:  # type: ignore[operator]
        raise ValueError(f"{name} must be above 0 and at most {MAX_SECONDS} seconds, or None for no limit: {seconds!r}")
    return float(seconds)  # type: ignore[arg-type]


def check_timeout(timeout: object) -> None:
    """Raises TypeError or ValueError unless it is a valid timeout."""
    timeouts = timeout.as_dict() if isinstance(timeout, httpx.Timeout) else {"": timeout}
    for name, seconds in timeouts.items():
        check_seconds(f"timeout {name}".rstrip(), seconds)


def check_max_retries(max_retries: object) -> None:
    """Raises TypeError or ValueError unless it is a valid number of retries."""
    if not isinstance(max_retries, int) or isinstance(max_retries, bool):
        raise TypeError(f"max_retries must be a whole number, not {max_retries!r}")
    if not 0 <= max_retries <= MAX_RETRIES:
        raise ValueError(f"max_retries must be 0 to {MAX_RETRIES}: {max_retries!r}")


def check_rate(requests_per_second: object) -> None:
    """Raises TypeError or ValueError unless it is a valid rate, or None for no limit."""
    _check_number("requests_per_second", requests_per_second)
    if requests_per_second is not None and not MIN_RATE <= requests_per_second <= MAX_RATE:  # type: ignore[operator]
        limits = f"{MIN_RATE} to {MAX_RATE}"
        raise ValueError(f"requests_per_second must be {limits}, or None for no limit: {requests_per_second!r}")


def check_headers(headers: object) -> None:
    """Raises TypeError or ValueError unless they are a mapping of valid names and values."""
    if not isinstance(headers, Mapping):
        raise TypeError(f"headers must be a mapping, not {type(headers).__name__}")
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"the header {name!r} must be a string, and so must its value")
        if not TOKEN.fullmatch(name):
            raise ValueError(f"the header {name!r} has an invalid name")
        if value != value.strip() or not value.isprintable():
            # httpx's own error would quote the value, which may be a secret.
            raise ValueError(f"the header {name} has a line break, a control character, or surrounding whitespace")


def check_httpx_args(names: Iterable[str]) -> None:
    """Raises TypeError unless these are the names of arguments of an httpx client."""
    if unknown := sorted(set(names) - set(signature(httpx.Client).parameters)):
        raise TypeError(f"httpx_args has {unknown[0]!r}, which is not an argument of httpx.Client")


def _check_number(name: str, value: object) -> None:
    if value is not None and (not isinstance(value, Real) or isinstance(value, bool)):
        raise TypeError(f"{name} must be a number or None, not {type(value).__name__}")
