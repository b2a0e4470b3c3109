"""The progress of an archive on standard error: a bar on a terminal, otherwise a line every ten seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from face_client_archive import Progress

SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def shown_progress(console: Console) -> Iterator[Callable[["Progress"], None]]:
    """Yields the `on_progress` of an archive, which shows each progress on the console."""
    if not console.is_interactive:
        yield _Lines(console)
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    with Bar(BarColumn(), TextColumn("{task.description}", markup=False), console=console) as bar:
        task = bar.add_task("", total=None)

        def update(progress: "Progress") -> None:
            bar.update(task, description=described(progress), completed=_done(progress), total=progress.total)

        yield update


class _Lines:
    """Prints a progress if the last one that it printed is ten seconds old."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next = SECONDS_BETWEEN_LINES

    def __call__(self, progress: "Progress") -> None:
        if progress.elapsed >= self._next:
            self._next = progress.elapsed + SECONDS_BETWEEN_LINES
            self._console.print(described(progress), markup=False, highlight=False, soft_wrap=True)


def described(progress: "Progress") -> str:
    """Returns the progress as text: how many are done, how fast, and how long the others will take."""
    done = _done(progress)
    fetched = done - progress.skipped
    rate = fetched / progress.elapsed if progress.elapsed > 0 else 0.0
    parts = [f"{done:,}" if progress.total is None else f"{done:,} of {progress.total:,}"]
    if rate:
        parts.append(f"{rate:.1f}/s")
        if progress.total is not None:
            parts.append(f"{_clock((progress.total - done) / rate)} left")
    if progress.skipped:
        parts.append(f"{progress.skipped:,} skipped")
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    return ", ".join(parts)


def _done(progress: "Progress") -> int:
    return progress.saved + progress.skipped + progress.failed


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
