"""Recorded requests, for assertions."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4


@dataclass(frozen=True)
class RecordedRequest:
    """A request as it was received.

    Attributes:
        method: The method, such as `"GET"`.
        path: The raw path, percent-encoded, without the query.
        query: The raw query without the `?`, or `""`.
        headers: Lower-case names and values, in the order sent. The `repr` omits them, since they contain credentials.
        time: The time of receipt, a value of `time.monotonic`.
        request_id: The `apim-request-id` of the response, unless the `headers` of a `Fault` override it.
    """

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]] = field(repr=False)
    time: float = field(default=0.0, repr=False, compare=False)
    request_id: str = field(default="", compare=False)


def record(scope: Mapping[str, Any]) -> RecordedRequest:
    """Record a request from its ASGI scope, with a new id."""
    return RecordedRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("ascii"),
        query=scope["query_string"].decode("ascii"),
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
        time=time.monotonic(),
        request_id=str(uuid4()),
    )
