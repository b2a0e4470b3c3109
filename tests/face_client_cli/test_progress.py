"""What is shown while an archive is made."""

import re
from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from face_client_archive import Progress
from face_client_cli._progress import shown_progress

TERMINAL: dict[str, Any] = {"force_terminal": True, "width": 100, "_environ": {"TERM": "xterm"}}


def _show(
    progresses: Sequence[Progress], total: int | None = 1_000, *, verbose: bool = False, **options: object
) -> str:
    """What a console shows of these progresses."""
    shown = StringIO()
    console = Console(file=shown, **{"force_terminal": False, **options})
    with shown_progress(console, total, verbose=verbose) as on_progress:
        for progress in progresses:
            on_progress(progress)
    return shown.getvalue()


def _progress(elapsed: float, saved: int = 0, skipped: int = 0, failed: int = 0) -> Progress:
    return Progress(saved=saved, skipped=skipped, failed=failed, total=None, elapsed=elapsed, bytes=0)


def _ten_a_second(seconds: int) -> list[Progress]:
    return [_progress(second, saved=10 * second) for second in range(seconds + 1)]


def test_lines_every_ten_seconds() -> None:
    """Without a terminal, a line says how many are done, how fast, and how long the others take."""
    assert _show(_ten_a_second(35)) == (
        "100 of 1,000, 10/s, 0:01:30 left\n200 of 1,000, 10/s, 0:01:20 left\n300 of 1,000, 10/s, 0:01:10 left\n"
    )


def test_a_short_archive_prints_no_line() -> None:
    """Whatever takes less than ten seconds is over before it is news."""
    assert _show(_ten_a_second(9)) == ""


def test_without_a_total_no_time_is_left() -> None:
    """Nobody knows how many ids standard input has."""
    assert _show([_progress(10, saved=100)], total=None) == "100, 10/s\n"


def test_skipped_ids_are_not_fetched() -> None:
    """They count as done, but not for the rate, which would make the time left too short."""
    assert _show([_progress(10, saved=90, skipped=400, failed=10)]) == (
        "500 of 1,000, 10/s, 0:00:50 left, 400 skipped, 10 failed\n"
    )


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    """An archive that becomes slower says so."""
    slow = [_progress(20 + second, saved=200 + second) for second in range(1, 41)]

    assert _show([*_ten_a_second(20), *slow]).splitlines()[-1].startswith("240 of 1,000, 1.0/s, ")


def test_a_bar_on_a_terminal() -> None:
    """The line is drawn over and over again."""
    shown = _show([_progress(1, saved=10), _progress(2, saved=20)], **TERMINAL)

    drawn = shown.split("\r\x1b[2K")
    assert len(drawn) > 2
    assert "━━━━" in drawn[-1]
    assert "20 of 1,000, 10/s, 0:01:38 left" in shown


@pytest.mark.parametrize("options", [{"verbose": True}, {"_environ": {"TERM": "dumb"}}])
def test_no_bar_where_it_would_be_in_the_way(options: dict[str, Any]) -> None:
    """A log on the same terminal, and a terminal that cannot move its cursor, get lines."""
    shown = _show([_progress(10, saved=100)], **{**TERMINAL, **options})

    assert shown == "100 of 1,000, 10/s, 0:01:30 left\n"


def test_no_color() -> None:
    """NO_COLOR leaves the bar, without colours."""
    shown = _show([_progress(50, saved=500)], **{**TERMINAL, "_environ": {"TERM": "xterm", "NO_COLOR": "1"}})

    assert "━━━━" in shown
    assert set(re.findall("\x1b\\[(.*?)[a-zA-Z]", shown)) <= {"?25", "2"}  # the cursor, and the line
