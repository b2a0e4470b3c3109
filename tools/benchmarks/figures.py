"""Computes the figures of each contestant in each case, also relative to the official SDK."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tools.benchmarks.cases import Record
from tools.benchmarks.contestants import REFERENCE
from tools.benchmarks.rounds import Spread, ratios, spread


@dataclass(frozen=True)
class Figure:
    """The figures of a contestant in a case; times are in seconds for one request."""

    contestant: str
    seconds: Spread
    cpu: Spread | None
    server_cpu: Spread | None
    speed: Spread | None
    """How many times as fast as the official SDK it was."""
    thrift: Spread | None
    """How many times as much processor time the official SDK took."""


def by_case(records: Iterable[Record]) -> dict[tuple[str, str], list[Record]]:
    """Returns the records of each case, by its section and its name, in the order of the run."""
    cases: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        cases[record["section"], record["case"]].append(record)
    return dict(cases)


def contestants_of(records: Iterable[Record]) -> list[str]:
    """Returns the contestants, in the order of the first round."""
    return list(dict.fromkeys(record["contestant"] for record in records))


def figures(records: Sequence[Record], reference: str = REFERENCE) -> list[Figure]:
    """Returns the figure of each contestant that did not fail in a timed case."""
    well = [record for record in records if "seconds" in record]
    return [
        Figure(
            contestant=name,
            seconds=spread(_values(well, name, "seconds")),
            cpu=_spread(_values(well, name, "cpu")),
            server_cpu=_spread(_values(well, name, "server_cpu")),
            speed=_spread(ratios(_rounds(well, "seconds"), name, reference)),
            thrift=_spread(ratios(_rounds(well, "cpu"), name, reference)),
        )
        for name in contestants_of(well)
    ]


def peaks(records: Sequence[Record], what: str = "above_idle") -> dict[str, Spread]:
    """Returns the peak memory of each contestant in a memory case, in bytes."""
    well = [record for record in records if what in record]
    return {name: spread(r[what] for r in well if r["contestant"] == name) for name in contestants_of(well)}


def _values(records: Sequence[Record], name: str, what: str) -> list[float]:
    return [r[what] / r["requests"] for r in records if r["contestant"] == name and what in r]


def _rounds(records: Sequence[Record], what: str) -> list[dict[str, float]]:
    rounds: dict[int, dict[str, float]] = defaultdict(dict)
    for record in records:
        if what in record:
            rounds[record["round"]][record["contestant"]] = record[what] / record["requests"]
    return list(rounds.values())


def _spread(values: Sequence[float]) -> Spread | None:
    return spread(values) if values else None


def growth_of(records: Iterable[Record], by: str) -> dict[str, dict[float, list[Any]]]:
    """Returns the records of each contestant at each value of an axis."""
    lines: dict[str, dict[float, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        if record.get("by") == by and "seconds" in record:
            lines[record["contestant"]][record["x"]].append(record)
    return lines
