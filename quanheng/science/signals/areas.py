"""Rates of small areas, drawn towards the rate of all as far as their numbers are small.

Source: R. J. Marshall, J. R. Stat. Soc. C 40 (1991) 283: global empirical Bayes by moments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from quanheng.science.arrays import DataRefused, positive

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from quanheng.science.arrays import Floats


class Rates(NamedTuple):
    """The rate of all, the variance between areas, and by area the raw rate, the drawn one and its own weight."""

    overall: float
    between: float
    raw: Floats
    shrunk: Floats
    weight: Floats


def empirical_bayes(events: ArrayLike, exposure: ArrayLike) -> Rates:
    """Rates of ``events`` by ``exposure`` (inhabitants, lifts, reports). Raises DataRefused.

    >>> found = empirical_bayes([0, 5, 100], [10, 100, 10_000])
    >>> bool(found.raw[0] < found.shrunk[0] < found.overall)
    True
    """
    y, n = positive(events, "events", zero=True), positive(exposure, "exposure")
    if len(y) != len(n):
        raise DataRefused("每个区域须有事件数与暴露量", "each area needs events and exposure", "exposure")
    raw, total = y / n, float(n.sum())
    overall = float(y.sum()) / total
    scatter = float((n * (raw - overall) ** 2).sum()) / total
    between = max(0.0, scatter - overall / (total / len(n)))
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.where(overall > 0, between / (between + overall / n), 0.0)
    return Rates(overall, between, raw, overall + weight * (raw - overall), weight)
