"""The order of the contestants, and the statistics of their figures."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Spread(NamedTuple):
    """The median and the quartiles of some figures."""

    median: float
    low: float
    high: float


def order(names: Sequence[str], number: int) -> list[str]:
    """Returns the order in a round: A B C, then C B A, so that slow changes affect all contestants equally."""
    return list(names) if number % 2 == 0 else list(reversed(names))


def spread(values: Iterable[float]) -> Spread:
    """Returns the median and the quartiles."""
    figures = list(values)
    if len(figures) == 1:
        return Spread(figures[0], figures[0], figures[0])
    low, median, high = statistics.quantiles(figures, n=4, method="inclusive")
    return Spread(median, low, high)


def ratios(rounds: Iterable[Mapping[str, float]], name: str, reference: str) -> list[float]:
    """Returns the speed relative to the reference, for each round in which both were measured.

    Only figures of the same round were measured under the same conditions.
    """
    return [figures[reference] / figures[name] for figures in rounds if name in figures and reference in figures]
