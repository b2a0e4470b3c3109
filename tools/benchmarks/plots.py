"""Draws the plots, as small SVGs: `python -m tools.benchmarks.plots RESULTS FOLDER`, where matplotlib is installed."""

import json
import statistics
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

from tools.benchmarks.contestants import AT
from tools.benchmarks.figures import growth_of

MB = 1_000_000
Points = dict[str, list[tuple[float, float]]]
# Each contestant has the same colour in all plots, and a marker to distinguish it without colours.
_STYLES = {
    "face-client": ("#0a58ca", "o"),
    "ours": ("#0a58ca", "o"),
    "azure-ai-vision-face": ("#c2410c", "s"),
    "openapi-python-client": ("#15803d", "^"),
    "openapi-generator": ("#a16207", "v"),
}
_BASELINE = ("#6610f2", "D")
_OTHERS = ("#6b7280", "x")


def draw(results: dict[str, Any], folder: Path) -> list[str]:
    """Draws the plots of all available figures, and returns the names of the files."""
    # Reproducible output.
    matplotlib.rcParams.update({"svg.hashsalt": "face-client", "svg.fonttype": "none", "font.size": 9})
    records = results["records"]
    peaks = [r for r in records if r.get("measure") == "peak" and "above_idle" in r]
    plots: list[tuple[str, Points, str, str, str]] = [
        (
            "throughput-against-concurrency",
            _timed(records, "concurrency", lambda r: r["requests"] * r["size"] / MB / r["seconds"]),
            "tasks at once, 640 kB each",
            "MB/s",
            "log x",
        ),
        ("memory-against-size-as-bytes", _memory(peaks, "get"), "MB as bytes", "peak above idle, MB", ""),
        ("memory-against-size-to-a-file", _memory(peaks, "save"), "MB to a file", "peak above idle, MB", ""),
        ("time-against-size", _timed(records, "size", _per_request), "bytes", "ms for an image", "log x, log y"),
        (
            "time-against-latency",
            _timed(records, "latency", _per_request),
            "ms until the answer",
            "ms for an image",
            "",
        ),
        ("generator", _timed(records, "operations", lambda r: r["seconds"]), "operations", "seconds", "log x, log y"),
    ]
    drawn = []
    for name, points, x, y, scales in plots:
        if any(len(line) > 1 for line in points.values()):
            _draw(folder / f"{name}.svg", points, x, y, scales)
            drawn.append(f"{name}.svg")
    return drawn


def _per_request(record: dict[str, Any]) -> float:
    milliseconds: float = record["seconds"] / record["requests"] * 1000
    return milliseconds


def _timed(records: Iterable[dict[str, Any]], by: str, value: Callable[[dict[str, Any]], float]) -> Points:
    return {
        name: sorted((x, statistics.median(map(value, some))) for x, some in line.items())
        for name, line in growth_of(records, by).items()
    }


def _memory(peaks: list[dict[str, Any]], form: str) -> Points:
    points: Points = {}
    for name in dict.fromkeys(r["contestant"] for r in peaks):
        mine = [r for r in peaks if r["contestant"] == name and r["form"] == form]
        sizes = sorted({r["size"] for r in mine})
        if len(sizes) > 1:
            points[name] = [
                (size / MB, statistics.median(r["above_idle"] for r in mine if r["size"] == size) / MB)
                for size in sizes
            ]
    return points


def _draw(path: Path, points: Points, x: str, y: str, scales: str) -> None:
    figure, axes = pyplot.subplots(figsize=(5.2, 3.2), layout="constrained")
    for name, line in points.items():
        colour, mark = _BASELINE if name.startswith(AT) else _STYLES.get(name, _OTHERS)
        axes.plot(*zip(*line, strict=True), label=name, color=colour, marker=mark, markersize=4, linewidth=1.3)
    axes.set(xlabel=x, ylabel=y)
    if "log x" in scales:
        axes.set_xscale("log")
    if "log y" in scales:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    target = Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    print(json.dumps(draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), target)))
