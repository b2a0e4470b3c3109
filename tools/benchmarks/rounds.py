"""The arithmetic: in which order contestants run, and what is made of their figures."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Spread(NamedTuple):
    """The middle of some figures, and the two between which the middle half of them is."""

    median: float
    low: float
    high: float


def order(names: Sequence[str], number: int) -> list[str]:
    """Returns who runs when in a round: A B C, then C B A, so that what changes slowly favours nobody."""
    return list(names) if number % 2 == 0 else list(reversed(names))


def spread(values: Iterable[float]) -> Spread:
    """Returns the median and the quartiles."""
    figures = list(values)
    if len(figures) == 1:
        return Spread(figures[0], figures[0], figures[0])
    low, median, high = statistics.quantiles(figures, n=4, method="inclusive")
    return Spread(median, low, high)


def ratios(rounds: Iterable[Mapping[str, float]], name: str, reference: str) -> list[float]:
    """Returns how many times as fast as the reference someone was, for each round in which both were measured.

    Within a round, since only those figures were taken under the same conditions.
    """
    return [figures[reference] / figures[name] for figures in rounds if name in figures and reference in figures]
