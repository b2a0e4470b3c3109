"""Draws the plots, as small SVGs: `python -m tools.benchmarks.plots RESULTS FOLDER`, where matplotlib is installed."""

import json
import statistics
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

from tools.benchmarks.contestants import AT
from tools.benchmarks.figures import growth_of

MB = 1_000_000
Points = dict[str, list[tuple[float, float]]]
# Each contestant has the same colour in all plots, and a marker to distinguish it without colours. The plots have no
# background: each colour has a contrast of 3 to 1 with white and with black.
_STYLES = {
    "face-client": ("#2f7ff0", "o"),
    "ours": ("#2f7ff0", "o"),
    "azure-ai-vision-face": ("#d2691e", "s"),
    "openapi-python-client": ("#2f9e52", "^"),
    "openapi-generator": ("#a5852b", "v"),
}
_BASELINE = ("#9a6cf0", "D")
_OTHERS = ("#c2549d", "x")
_TEXT = "#777d87"


@dataclass(frozen=True)
class Plot:
    """A plot; its axes are marked at the values that were measured."""

    name: str
    title: str
    points: Points
    x: str
    y: str
    x_scale: str = "log"
    y_scale: str = "log"
    mark: Callable[[float], str] = "{:,.0f}".format


def draw(results: dict[str, Any], folder: Path) -> list[str]:
    """Draws the plots of all available figures, and returns the names of the files."""
    matplotlib.rcParams.update({"svg.hashsalt": "face-client"})  # reproducible output
    matplotlib.rcParams.update({"svg.fonttype": "none", "font.size": 9, "text.color": _TEXT, "axes.edgecolor": _TEXT})
    matplotlib.rcParams.update({f"{axis}tick.color": _TEXT for axis in "xy"} | {"axes.labelcolor": _TEXT})
    records = results["records"]
    peaks = [r for r in records if r.get("measure") == "peak" and "above_idle" in r]
    drawn = []
    for plot in (
        Plot(
            "throughput-against-concurrency",
            "Images of 640 kB, async: more is better",
            _timed(records, "concurrency", lambda r: r["requests"] * r["size"] / MB / r["seconds"]),
            "requests at once",
            "MB/s",
            y_scale="linear",
        ),
        Plot(
            "memory-against-size-as-bytes",
            "Memory for an image as bytes: less is better",
            _memory(peaks, "get"),
            "size of the image, MB",
            "peak above the idle process, MB",
        ),
        Plot(
            "memory-against-size-to-a-file",
            "Memory for an image that is saved: less is better",
            _memory(peaks, "save"),
            "size of the image, MB",
            "peak above the idle process, MB",
        ),
        Plot(
            "time-against-size",
            "One image at a time, by its size: less is better",
            _timed(records, "size", _per_request),
            "size of the image",
            "ms for an image",
            mark=_size,
        ),
        Plot(
            "time-against-latency",
            "One image of 640 kB at a time, by the server's latency: less is better",
            _timed(records, "latency", _per_request),
            "ms until the server answers",
            "ms for an image",
            x_scale="symlog",  # from 0
        ),
        Plot(
            "generator",
            "Generating a client: less is better",
            _timed(records, "operations", lambda r: r["seconds"]),
            "operations in the document",
            "seconds",
        ),
    ):
        if any(len(line) > 1 for line in plot.points.values()):
            _draw(folder / f"{plot.name}.svg", plot)
            drawn.append(f"{plot.name}.svg")
    return drawn


def _size(number: float) -> str:
    return f"{number / MB:.0f} MB" if number >= MB else f"{number / 1000:.0f} kB"


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


def _draw(path: Path, plot: Plot) -> None:
    figure, axes = pyplot.subplots(figsize=(5.6, 3.8), layout="constrained")
    for above, (name, line) in enumerate(reversed(plot.points.items())):
        colour, mark = _BASELINE if name.startswith(AT) else _STYLES.get(name, _OTHERS)
        # Each is wider than those that are drawn over it, so that equal values can be seen.
        width = 1.2 + 1.1 * (len(plot.points) - 1 - above)
        style = {"color": colour, "marker": mark, "markersize": 4 + width, "linewidth": width}
        axes.plot(*zip(*line, strict=True), label=name, **style)
    axes.set_title(plot.title, fontsize=10, loc="left")
    axes.set(xlabel=plot.x, ylabel=plot.y, xscale=plot.x_scale, yscale=plot.y_scale)
    measured = sorted({x for line in plot.points.values() for x, _ in line})
    axes.set_xticks(measured, [plot.mark(x) for x in measured])
    axes.set_xticks([], minor=True)
    if plot.y_scale == "log":
        axes.yaxis.set_major_formatter("{x:g}")
    else:
        axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3, color=_TEXT)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    figure.savefig(path, metadata={"Date": None}, transparent=True)
    pyplot.close(figure)


if __name__ == "__main__":
    target = Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    print(json.dumps(draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), target)))
