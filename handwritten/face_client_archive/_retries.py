"""Which ids are fetched again, and when; and whether the service is down."""

import heapq
import logging
import random
import time
from itertools import count

import httpx
from attrs import define

from face_client import ApiError, IncompleteBody, RateLimitError

from ._errors import ServiceDownError

MAX_ATTEMPTS = 6
FIRST_PAUSE = 1.0
MAX_PAUSE = 60.0
MAX_RETRY_AFTER = 3600.0
MAX_WAITING = 1000  # ids; no others are fetched until some of these are
DOWN = 10  # ids that have failed, and none between that was answered
PATIENCE = 3600.0
FIRST_PATIENCE = 15.0  # if there was no response at all since the start


@define
class Job:
    """An id to fetch.

    Attributes:
        image_id: The id.
        name: The name of its file.
        replaces: Whether a file with this name is not the image.
        failures: How often it has failed, but for 429 and while the service was down.
        requests: How often it was sent.
        sent: When it was sent last, a value of `time.monotonic`.
    """

    image_id: str
    name: str
    replaces: bool
    failures: int = 0
    requests: int = 0
    sent: float = 0.0


class Retries:
    """The ids that wait to be fetched again.

    The service is down if so many ids have failed that it is not for their sake, or if there was no response at all
    since the start. Then one request after the other finds out whether it is back, and no id is given up for that.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._waiting: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._failing: set[str] = set()
        self._failing_since = 0.0
        self._down_since: float | None = None
        self._next_probe = 0.0
        self._has_response = False

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def is_down(self) -> bool:
        """Whether the service is down."""
        return self._down_since is not None

    @property
    def is_failing(self) -> bool:
        """Whether ids have failed since the service has answered last."""
        return bool(self._failing)

    @property
    def is_full(self) -> bool:
        """Whether no more ids may be added."""
        return len(self._waiting) >= MAX_WAITING

    def seconds_until_next(self) -> float:
        """Returns the seconds until `take` returns an id, 0 or more."""
        if not self._waiting:
            return float("inf")
        return max(0.0, (self._next_probe if self.is_down else self._waiting[0][0]) - time.monotonic())

    def take(self) -> Job | None:
        """Returns the id to fetch now, or None."""
        return heapq.heappop(self._waiting)[2] if self.seconds_until_next() == 0 else None

    def answered(self) -> None:
        """Notes that the service has answered a request as documented."""
        if self._down_since is not None:
            self._logger.warning("archive: the service answers again")
        self._has_response = True
        self._down_since = None
        self._failing.clear()

    def add(self, job: Job, error: httpx.RequestError | ApiError) -> bool:
        """Lets an id be fetched again after a pause. Returns False if it has failed too often.

        Raises:
            ServiceDownError: The service has been down for too long.
        """
        now = time.monotonic()
        self._has_response |= isinstance(error, ApiError | IncompleteBody)
        if not self._failing:
            self._failing_since = now
        if len(self._failing) < DOWN:
            self._failing.add(job.image_id)
        asked = min(getattr(error, "retry_after", None) or 0.0, MAX_RETRY_AFTER)
        is_limited = isinstance(error, RateLimitError)
        # The last ids of a list can be fewer.
        lasts = is_limited and now - self._failing_since >= MAX_PAUSE
        if len(self._failing) >= DOWN or not self._has_response or lasts:
            self._note_down(now, asked, error)
        elif not is_limited:
            job.failures += 1
        if job.failures >= MAX_ATTEMPTS:
            return False
        pause = min(FIRST_PAUSE * 2.0 ** (job.failures - 1), MAX_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
        heapq.heappush(self._waiting, (now + max(asked, pause), next(self._numbers), job))
        return True

    def _note_down(self, now: float, asked: float, error: Exception) -> None:
        if self._down_since is None:
            self._down_since = now
            self._logger.warning("archive: waiting until the service answers: %s", type(error).__name__)
        elapsed = now - self._down_since
        if elapsed >= (PATIENCE if self._has_response else FIRST_PATIENCE):
            raise ServiceDownError(
                f"nothing but failures for {elapsed:.0f} s: {error}. What was saved is recorded: the same archive again"
                " goes on with the rest"
            ) from error
        self._next_probe = now + max(asked, min(max(elapsed / 2, FIRST_PAUSE), MAX_PAUSE))
