"""The archive: one thread decides and records, others fetch."""

import logging
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeGuard

import httpx
from attrs import frozen

from face_client import ApiError, AuthenticationError, Client, PermissionDeniedError, RateLimitError
from face_client_runtime import Pace, path_segment

from ._folders import Folder, Stored, open_folder
from ._lock import locked
from ._manifest import Manifest
from ._names import file_name
from ._progress import ArchiveSummary, Progress
from ._retries import MAX_RETRY_AFTER, Job, Retries

MAX_WAIT = 1.0  # seconds; on Windows, Ctrl-C does not interrupt a wait for a lock
INVALID_ID = "InvalidId"


def archive(
    client: Client,
    ids: Iterable[str],
    folder: str | os.PathLike[str],
    *,
    requests_per_second: float | None = 10.0,
    max_in_flight: int = 16,
    retry_failed: bool = False,
    manifest: str | os.PathLike[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> ArchiveSummary:
    """Saves the images of many ids into a folder, each as a file that is whole or not there, and records them.

    An id whose image was saved before is not fetched again, so that an archive can be ended in any way, also by a kill,
    and called again. After an interrupt (Ctrl-C), the requests in flight are completed and recorded before
    KeyboardInterrupt is raised; another one closes the client.

    Connection errors, incomplete bodies, the statuses 408, 429 and 5xx, and what a gateway answers instead of the
    service are retried, up to 6 requests for an id; the client's `max_retries` is not used. If ten ids in a row fail
    like this, the archive waits until the service answers.

    Args:
        client: The client, whose connections are used.
        ids: The ids, which are consumed as they are needed. Each is fetched once.
        folder: The folder, which is created; or a URL of fsspec, such as `s3://bucket/folder`, with the extra
            `fsspec`. Each id has the file `file_name(id)`.
        requests_per_second: The maximum rate, retries included, which is lowered for a while after a 429. None, or a
            client with a lower rate: that of the client.
        max_in_flight: How many requests are made at the same time.
        retry_failed: Whether ids that have failed in an earlier archive are fetched again.
        manifest: The path of the manifest, if the folder is a URL; by default a file of the current folder that is
            named after the URL. That of a local folder is `manifest.jsonl` in it.
        on_progress: Is called after each id, by the thread that has called `archive`.

    Returns:
        How many images were saved, and how many ids have failed and why.

    Raises:
        FolderInUseError: Another archive is at work with the same manifest.
        AuthenticationError, PermissionDeniedError: The key or token is not accepted.
        ServiceDownError: The service has been down for an hour, or there was no response at all since the start.
        OSError: The folder or the manifest cannot be written to, for example as the disk is full.
        ModuleNotFoundError: A URL needs a package that is not installed.
        TypeError, ValueError: An argument is invalid, or the manifest is another kind of file.
    """
    pace = _pace(client, requests_per_second)
    if isinstance(ids, str | bytes) or not isinstance(ids, Iterable):
        raise TypeError(f"ids must be an iterable of ids, not {type(ids).__name__}")
    if not isinstance(max_in_flight, int) or isinstance(max_in_flight, bool) or max_in_flight < 1:
        raise ValueError(f"max_in_flight must be a whole number, 1 or more: {max_in_flight!r}")
    target = open_folder(folder, manifest)
    with locked(target.manifest.with_name(f"{target.manifest.name}.lock")), Manifest(target.manifest) as book:
        target.remove_parts()
        total = len(ids) if isinstance(ids, Sized) else None
        run = _Run(client, target, book, pace, max_in_flight, retry_failed)
        run.fetch_all(iter(ids), total, on_progress or (lambda _: None))
        book.finish()
    return run.summary()


def _pace(client: Client, requests_per_second: float | None) -> Pace:
    if not isinstance(client, Client):
        raise TypeError(f"the client must be a face_client.Client, not {type(client).__name__}")
    pace = Pace(requests_per_second)
    if requests_per_second is None or (client.requests_per_second or requests_per_second) < requests_per_second:
        return Pace(client.requests_per_second)
    return pace


@frozen
class _Fetched:
    """An image, with its media type unless it was in the folder before."""

    stored: Stored
    media_type: str | None
    was_there: bool


@frozen
class _Outcome:
    """What has come of a request: an image or an error."""

    job: Job
    result: _Fetched | BaseException


class _Worker(Thread):
    """A thread. Before Python 3.13, a `join` that is interrupted takes a thread that runs for one that has ended."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(target=work, name="face-client-archive")
        self._has_ended = Event()

    def run(self) -> None:
        try:
            super().run()
        finally:
            self._has_ended.set()

    def wait(self) -> None:
        """Waits until it has ended, if it was started."""
        while self.ident and not self._has_ended.wait(MAX_WAIT):
            pass


class _Run:
    def __init__(
        self, client: Client, folder: Folder, manifest: Manifest, pace: Pace, max_in_flight: int, retry_failed: bool
    ) -> None:
        self._client = client.with_options(max_retries=0)
        self._folder = folder
        self._manifest = manifest
        self._pace = pace
        self._max_in_flight = max_in_flight
        self._retry_failed = retry_failed
        self._retries = Retries(logging.getLogger("face_client_archive"))
        self._in_flight = 0
        self._todo: SimpleQueue[Job | None] = SimpleQueue()
        # An outcome stays in it until it is recorded, since an interrupt can come at any place.
        self._finished: deque[_Outcome] = deque()
        self._signals: SimpleQueue[None] = SimpleQueue()
        self._saved = self._skipped = self._bytes = 0
        self._errors: Counter[str] = Counter()

    def summary(self) -> ArchiveSummary:
        errors = dict(self._errors.most_common())
        return ArchiveSummary(self._saved, self._skipped, self._errors.total(), errors, self._manifest.path)

    def fetch_all(self, ids: Iterator[str], total: int | None, on_progress: Callable[[Progress], None]) -> None:
        start = time.monotonic()

        def report() -> None:
            elapsed = time.monotonic() - start
            on_progress(Progress(self._saved, self._skipped, self._errors.total(), total, elapsed, self._bytes))

        self._report = report
        # Not a ThreadPoolExecutor, which loses a thread if an interrupt comes while `submit` starts it.
        workers = [_Worker(self._work) for _ in range(self._max_in_flight)]
        try:
            for worker in workers:
                worker.start()
            jobs = self._jobs(ids)
            while True:
                job = self._next(jobs)
                if job:
                    self._await_turn()
                    job.sent = time.monotonic()
                    job.requests += 1
                    self._todo.put(job)
                    self._in_flight += 1
                elif self._in_flight or self._retries:
                    self._settle(MAX_WAIT if self._is_busy() else self._retries.seconds_until_next())
                else:
                    break
        except BaseException:
            self._complete(workers)
            raise
        finally:
            self._end(workers)

    def _next(self, jobs: Iterator[Job]) -> Job | None:
        """Returns the next id to fetch, or None while there is none or it has to wait."""
        if self._is_busy():
            return None
        takes_new = not self._retries.is_down and not self._retries.is_full
        # After failures, a new id tells whether the service is at fault or the ids are.
        if takes_new and self._retries.is_failing and (job := next(jobs, None)):
            return job
        return self._retries.take() or (next(jobs, None) if takes_new else None)

    def _is_busy(self) -> bool:
        """Whether no further request may be made now."""
        return self._in_flight >= (1 if self._retries.is_down else self._max_in_flight)

    def _jobs(self, ids: Iterator[str]) -> Iterator[Job]:
        """Yields the ids that have to be fetched, and reports the others."""
        for image_id in ids:
            if not isinstance(image_id, str):
                raise TypeError(f"an id must be a string, not {type(image_id).__name__}")
            entry = self._manifest.look_up(image_id)
            if not entry.is_new or (entry.size is not None and self._folder.has(file_name(image_id), entry.size)):
                self._skipped += 1
            elif entry.code is not None and not self._retry_failed:
                self._errors[entry.code] += 1
            else:
                try:
                    path_segment("the id", image_id)
                    job = Job(image_id, file_name(image_id), replaces=entry.size is not None)
                except ValueError as error:
                    self._fail(image_id, INVALID_ID, str(error), None, 0)
                else:
                    yield job
                    continue
            self._report()

    def _await_turn(self) -> None:
        """Waits until the next request may be sent, while others are completed."""
        turn = self._pace.reserve(float("inf"))
        while (left := turn - time.monotonic()) > 0:
            self._settle(left)
            if turn < self._pace.resume:
                turn = self._pace.reserve(float("inf"))

    def _work(self) -> None:
        """Runs in each worker."""
        while job := self._todo.get():
            try:
                outcome = _Outcome(job, self._fetch(job))
            except BaseException as error:
                outcome = _Outcome(job, error)
            self._finished.append(outcome)
            self._signals.put(None)

    def _end(self, workers: list[_Worker]) -> None:
        """Waits until the workers have made the requests that they were given."""
        for _ in workers:
            self._todo.put(None)
        for worker in workers:
            worker.wait()

    def _fetch(self, job: Job) -> _Fetched:
        stored = None if job.replaces else self._folder.find(job.name)
        if stored:  # a killed archive has not recorded it
            return _Fetched(stored, None, True)
        with self._client.get_session_image_stream(job.image_id) as body:
            return _Fetched(self._folder.save(job.name, body), body.headers.get("content-type"), False)

    def _settle(self, seconds: float) -> None:
        """Waits for a request to be completed, and records what has come of it."""
        with suppress(Empty):
            self._signals.get(timeout=min(seconds, MAX_WAIT))
        if self._finished:
            outcome = self._finished[0]
            is_finished = self._record(outcome.job, outcome.result)
            self._finished.popleft()
            self._in_flight -= 1
            if is_finished:
                self._report()

    def _complete(self, workers: list[_Worker]) -> None:
        """Completes and records the requests in flight, after an error or an interrupt, which can come at any place.

        Another error is not raised: what cannot be recorded now is recorded by the next archive.
        """
        try:
            self._end(workers)
            for outcome in self._finished:
                with suppress(Exception):
                    if self._record(outcome.job, outcome.result):
                        self._report()
        except BaseException:
            self._client.close()
            raise

    def _record(self, job: Job, result: _Fetched | BaseException) -> bool:
        """Records what has come of a request. Returns False if it will be made again."""
        if isinstance(result, _Fetched):
            stored = result.stored
            fields = {"bytes": stored.size, "sha256": stored.sha256, "media_type": result.media_type}
            self._manifest.add(job.image_id, {"file": job.name, **fields})
            if result.was_there:
                self._skipped += 1
            else:
                self._retries.answered()
                self._saved += 1
                self._bytes += stored.size
        elif _is_temporary(result):
            if isinstance(result, RateLimitError):
                self._pace.slow_down(job.sent)
                self._pace.postpone(min(result.retry_after or 0.0, MAX_RETRY_AFTER))
            if self._retries.add(job, result):
                return False
            self._fail(job.image_id, _code(result), str(result), getattr(result, "status_code", None), job.requests)
        elif isinstance(result, ApiError) and not isinstance(result, AuthenticationError | PermissionDeniedError):
            self._retries.answered()
            self._fail(job.image_id, _code(result), str(result), result.status_code, job.requests)
        else:
            raise result
        return True

    def _fail(self, image_id: str, code: str, message: str, status: int | None, attempts: int) -> None:
        error = {"code": code, "message": message, "status": status}
        self._manifest.add(image_id, {"error": error, "attempts": attempts})
        self._errors[code] += 1


def _is_temporary(error: BaseException) -> TypeGuard[httpx.RequestError | ApiError]:
    if isinstance(error, ApiError):
        # What is no error of HTTP, such as a redirect or an HTML page, comes from a gateway instead of the service.
        return error.status_code < 400 or error.status_code in (408, 429) or error.status_code >= 500
    return isinstance(error, httpx.RequestError)


def _code(error: httpx.RequestError | ApiError) -> str:
    return getattr(error, "code", None) or type(error).__name__
