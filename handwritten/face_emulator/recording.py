"""What a client sent, kept for assertions."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RecordedRequest:
    """One request as it came over the wire.

    Attributes:
        method: As sent, `"GET"` for example.
        path: The raw path, still percent-encoded, without the query.
        query: What followed the `?`, or `""`.
        headers: Names in lower case, and values, in the order sent. Not in the `repr`, as they hold keys and tokens.
        time: When it came, as a value of `time.monotonic`.
    """

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]] = field(repr=False)
    time: float = field(default=0.0, repr=False, compare=False)


def record(scope: Mapping[str, Any]) -> RecordedRequest:
    """Read a request from its ASGI scope."""
    return RecordedRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("ascii"),
        query=scope["query_string"].decode("ascii"),
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
        time=time.monotonic(),
    )
