"""The progress of an archive: a bar on a terminal, otherwise a line every ten seconds."""

import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from face_client_archive import Progress

SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def shown_progress(console: Console, total: int | None, *, verbose: bool) -> Iterator[Callable[["Progress"], None]]:
    """Yields the `on_progress` of an archive.

    Args:
        console: Where the progress is shown.
        total: How many ids there are, or None if that is not known.
        verbose: Whether the log is shown too, among which there is no room for a bar.
    """
    description = _Description(total)
    if verbose:
        yield _Lines(console, description)
        return
    with _shown_warnings(console):
        if not console.is_interactive:
            yield _Lines(console, description)
            return
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        with Bar(BarColumn(), TextColumn("{task.description}", markup=False), console=console) as bar:
            task = bar.add_task("", total=total)
            yield lambda progress: bar.update(task, completed=_done(progress), description=description(progress))


@contextmanager
def _shown_warnings(console: Console) -> Iterator[None]:
    """Shows that the service does not answer, since there is no progress then."""
    from rich.logging import RichHandler

    handler = RichHandler(logging.WARNING, console, show_time=False, show_level=False, show_path=False)
    logger = logging.getLogger("face_client_archive")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _Lines:
    """Prints a progress if the one before is ten seconds old."""

    def __init__(self, console: Console, description: "_Description") -> None:
        self._console = console
        self._description = description
        self._next = SECONDS_BETWEEN_LINES

    def __call__(self, progress: "Progress") -> None:
        text = self._description(progress)
        if progress.elapsed >= self._next:
            self._next = progress.elapsed + SECONDS_BETWEEN_LINES
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class _Description:
    """Says how many ids are done, how fast they were in the last half minute, and how long the others will take."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._samples = deque([(0.0, 0)], maxlen=30)  # when, and how many were fetched, once a second

    def __call__(self, progress: "Progress") -> str:
        done = _done(progress)
        rate = self._rate(progress.elapsed, done - progress.skipped)
        count = f"{done:,}" if self._total is None else f"{done:,} of {self._total:,}"
        parts = [count, f"{rate:.1f}/s" if rate < 10 else f"{rate:,.0f}/s"]
        if rate and self._total is not None:
            parts.append(f"{_clock((self._total - done) / rate)} left")
        if progress.skipped:
            parts.append(f"{progress.skipped:,} skipped")
        if progress.failed:
            parts.append(f"{progress.failed:,} failed")
        return ", ".join(parts)

    def _rate(self, now: float, fetched: int) -> float:
        since, before = self._samples[0]
        if now >= self._samples[-1][0] + 1:
            self._samples.append((now, fetched))
        return (fetched - before) / (now - since) if now > since else 0.0


def _done(progress: "Progress") -> int:
    return progress.saved + progress.skipped + progress.failed


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
