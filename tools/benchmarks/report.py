"""Writes the results as Markdown: a summary, and a page with all cases."""

from collections.abc import Callable, Sequence
from typing import Any

from tools.benchmarks.cases import Record
from tools.benchmarks.contestants import CAPACITY, REFERENCE, STOCK
from tools.benchmarks.figures import Figure, by_case, figures, peaks
from tools.benchmarks.rounds import Spread

MB = 1_000_000
_SPEEDS = (
    ("sync", "640 kB, http", "640 kB"),
    ("sync", "640 kB, TLS", "640 kB, TLS"),
    ("sync", "2 kB, http", "2 kB"),
    ("async", "640 kB, http", "32 at once"),
    ("async", "640 kB, TLS", "32 at once, TLS"),
)
_PEAKS = (("memory", "200 MB as bytes", "200 MB in memory"), ("memory", "200 MB to a file", "200 MB to a file"))
_FIRST = ("startup", "first 2 kB, http", "first image")
_HEADS = {
    "sync": "One at a time",
    "async": "32 at once",
    "memory": "Memory",
    "startup": "Start-up",
    "growth": "How the cost grows",
    "generator": "The generator",
}


def summary(results: dict[str, Any], pictures: Sequence[str] = ()) -> str:
    """Returns the summary: the table, the machine and the plots."""
    cases = by_case(results["records"])
    lines = [
        "How many times as fast as the official SDK, for one image at a time and for 32 images of 640 kB at once:",
        "",
        _summary_table(cases, _SPEEDS),
        "",
        "Memory above the idle process at its peak, and the time in which a new process has its first image:",
        "",
        _summary_table(cases, (*_PEAKS, _FIRST)),
        "",
        f"The official SDK is {REFERENCE}. All values are medians.",
        "",
        machine_line(results["machine"], results.get("quick", False)),
    ]
    lines += ["", *(f"![{_caption(picture)}]({picture})" for picture in pictures)] if pictures else []
    return "\n".join(lines)


def page(results: dict[str, Any], pictures: Sequence[str] = ()) -> str:
    """Returns the page with a table for every case."""
    lines = ["# Benchmarks", "", machine_line(results["machine"], results.get("quick", False)), "", _METHOD]
    lines += [f"\n![{_caption(picture)}]({picture})" for picture in pictures]
    written: set[str] = set()
    for (section, name), records in by_case(results["records"]).items():
        if section not in written:
            lines += ["", f"## {_HEADS.get(section, section)}"]
            written.add(section)
        lines += ["", f"### {name}", "", _case_table(section, records)]
        lines += [f"\n{r['contestant']} failed: {r['failed']}" for r in records if "failed" in r]
    return "\n".join(lines) + "\n"


def machine_line(machine: dict[str, Any], quick: bool = False) -> str:
    """Returns the date, the machine and the versions."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"Measured on {machine['date']} by `python -m tools.benchmarks{' --quick' if quick else ''}`: "
        f"{machine['python']}, {machine['system']}, {machine['processor']}, "
        f"{machine['cores']} cores, which the server shares, load {machine['busy']} before the start; {versions}."
    )


_METHOD = f"""\
Every figure is from a fresh process. The contestants take turns, A B C and then C B A. Times are for one request: the
median over the rounds, and the quartiles in brackets. "CPU" is the processor time of the contestant's process, all
threads, and "server CPU" that of the server's. "Speed" and "thrift" say how many times as fast as `{REFERENCE}` it was
in the same round, and how many times as much processor time that one took. `{CAPACITY}` is no client: it shows what the
server can do. Where a contestant comes near it, the server is what was measured. The length of every image was checked,
and the hash of the last one of each series."""


def _summary_table(cases: dict[tuple[str, str], list[Record]], columns: Sequence[tuple[str, str, str]]) -> str:
    # By contestant and then by column; what was not run, or not by everyone, leaves no trace or a dash.
    cells: dict[str, dict[int, str]] = {}
    heads: list[str] = []
    for section, name, head in columns:
        records = cases.get((section, name))
        if not records:
            continue
        column = len(heads)
        heads.append(head)
        for contestant, text in _column(section, records):
            cells.setdefault(contestant, {})[column] = text
    rows = [[name, *(texts.get(column, "-") for column in range(len(heads)))] for name, texts in cells.items()]
    return _table(["", *heads], rows) if heads else "Nothing that this table shows was measured."


def _column(section: str, records: Sequence[Record]) -> list[tuple[str, str]]:
    if section == "memory":
        return [(name, f"{peak.median / MB:.0f} MB") for name, peak in peaks(records).items()]
    found = sorted(figures(records), key=lambda figure: figure.contestant == CAPACITY)
    if section == "startup":
        return [(figure.contestant, f"{figure.seconds.median * 1000:.0f} ms") for figure in found]
    return [(figure.contestant, f"{figure.speed.median:.2f}" if figure.speed else "-") for figure in found]


def _case_table(section: str, records: Sequence[Record]) -> str:
    if any(record.get("measure") == "peak" for record in records):
        return _peak_table(records)
    if any(record.get("measure") == "flat" for record in records):
        return _flat_table(records)
    reference = STOCK if section == "generator" else REFERENCE
    found = figures(records, reference)
    columns: list[tuple[str, Callable[[Figure], str]]] = [
        ("", lambda figure: figure.contestant),
        ("requests/s", lambda figure: f"{1 / figure.seconds.median:,.0f}"),
        ("ms", lambda figure: _milliseconds(figure.seconds)),
        ("CPU ms", lambda figure: _milliseconds(figure.cpu)),
        ("server CPU ms", lambda figure: _milliseconds(figure.server_cpu)),
        ("speed", lambda figure: _ratio(figure.speed)),
        ("thrift", lambda figure: _ratio(figure.thrift)),
    ]
    if section in ("startup", "generator"):
        columns = [column for column in columns if column[0] not in ("requests/s", "server CPU ms")]
    if section == "startup":
        columns = [column for column in columns if column[0] not in ("CPU ms", "thrift")]
    return _table([head for head, _ in columns], [[cell(figure) for _, cell in columns] for figure in found])


def _peak_table(records: Sequence[Record]) -> str:
    warm = peaks(records, "above_warm")
    size = records[0]["size"]
    rows = [
        [name, f"{_megabytes(peak)}", f"{_megabytes(warm[name])}", f"{peak.median / size:.2f}"]
        for name, peak in peaks(records).items()
    ]
    return _table(["", "peak above imports, MB", "above a first small image, MB", "times the body"], rows)


def _flat_table(records: Sequence[Record]) -> str:
    rows = []
    for record in (record for record in records if "samples" in record):
        idle, first, last = record["idle"], record["samples"][0], record["samples"][-1]
        # The garbage collector can run at any time, so peaks say more than single values.
        rows.append(
            [
                record["contestant"],
                f"{(record['peak'] - idle['resident']) / MB:.1f}",
                " / ".join(f"{(at['resident'] - idle['resident']) / MB:.1f}" for at in (first, last)),
                *(f"{idle[what]} / {first[what]} / {last[what]}" for what in ("fds", "threads", "tasks")),
            ]
        )
    heads = ["", "peak above one download, MB", "after a tenth / all, MB", "files before / a tenth / all"]
    return _table([*heads, "threads", "tasks"], rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _milliseconds(figure: Spread | None) -> str:
    if figure is None:
        return "-"
    return _with_quartiles(Spread(*(value * 1000 for value in figure)), _digits)


def _ratio(figure: Spread | None) -> str:
    return "-" if figure is None else _with_quartiles(figure, lambda value: f"{value:.2f}")


def _megabytes(figure: Spread) -> str:
    return _with_quartiles(Spread(*(value / MB for value in figure)), lambda value: f"{value:.1f}")


def _with_quartiles(figure: Spread, text: Callable[[float], str]) -> str:
    """A single round, and the reference compared with itself, have no spread."""
    middle, low, high = map(text, figure)
    return middle if low == high else f"{middle} ({low}-{high})"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _caption(picture: str) -> str:
    return picture.rpartition("/")[2].removesuffix(".svg").replace("-", " ").capitalize()
