"""Recorded requests, for assertions."""

import dataclasses
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from starlette.datastructures import Headers


@dataclass(frozen=True)
class RecordedRequest:
    """A request as it was received.

    Attributes:
        method: The method, such as `"GET"`.
        path: The raw path, percent-encoded, without the query.
        query: The raw query without the `?`, or `""`.
        headers: The headers, by name in any case: `headers["accept"]`, `headers.getlist("accept")`. `headers.items()`
            are all pairs, with lower-case names, in the order sent. The `repr` of the request omits them, since they
            contain credentials.
        body: The body, or its first 16 MiB. The `repr` omits it, since it may contain a face.
        time: The time of receipt, a value of `time.monotonic`.
        request_id: The `apim-request-id` of the response, unless the `headers` of a `Fault` override it.
    """

    method: str
    path: str
    query: str
    headers: "Headers" = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    time: float = field(default=0.0, repr=False, compare=False)
    request_id: str = field(default="", compare=False)


def record(scope: Mapping[str, Any]) -> RecordedRequest:
    """Record a request from its ASGI scope, without its body, with a new id."""
    from starlette.datastructures import Headers  # not at the top: a plain install can import this module

    return RecordedRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("ascii"),
        query=scope["query_string"].decode("ascii"),
        headers=Headers(raw=list(scope["headers"])),
        time=time.monotonic(),
        request_id=str(uuid4()),
    )


MAX_BODIES = 64 * 2**20


class Requests:
    """The latest requests. It is thread-safe.

    Args:
        limit: The number of requests to keep; None for all. Fewer are kept if their bodies are larger than 64 MiB
            together.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._kept: deque[RecordedRequest] = deque()
        self._bodies = 0
        self._lock = threading.Lock()

    def add(self, request: RecordedRequest, body: bytes) -> None:
        """Add a request with its body."""
        with self._lock:
            self._kept.append(dataclasses.replace(request, body=body))
            self._bodies += len(body)
            while self._bodies > MAX_BODIES or (self._limit is not None and len(self._kept) > self._limit):
                self._bodies -= len(self._kept.popleft().body)

    def as_tuple(self) -> tuple[RecordedRequest, ...]:
        """Return the requests, oldest first."""
        with self._lock:
            return tuple(self._kept)
