"""Two items in one round: Youden's plot, and where results gather: kernel density.

Sources: W. J. Youden, Ind. Qual. Control 15 (1959) 24; ISO 13528:2022, 10.4 (kernel density) and 10.7 (Youden's plot).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quanheng.science.arrays import DataRefused, column
from quanheng.science.interlab.robust import algorithm_a

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from quanheng.science.arrays import Floats

_FAR: Final = 3.0  # robust standard deviations beyond which a result has no more say in the correlation
_THIN: Final = 1 - 1e-12


@dataclass(frozen=True)
class Youden:
    """Centre, axes and tilt (radians) of the confidence ellipse; the correlation of the items, far results held back.

    ``outside`` are the laboratories beyond the ellipse, counted from 0.
    """

    centre: tuple[float, float]
    axes: tuple[float, float]
    tilt: float
    correlation: float
    outside: tuple[int, ...]


def youden(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Youden:
    """The ellipse that holds ``confidence`` of the laboratories where results are normal, centre and spread robust.

    Raises DataRefused.

    >>> youden([1, 2, 3, 4, 5], [1.1, 2.1, 2.9, 4.2, 4.9]).outside
    ()
    """
    a, b = column(first, "first", least=3), column(second, "second", least=3)
    if len(a) != len(b):
        raise DataRefused("两个样品的结果须一一对应", "both items need a result of each laboratory", "second")
    if not 0 < confidence < 1:
        raise DataRefused("置信水平须在 0 与 1 之间", "the confidence must lie between 0 and 1", "confidence")
    one, other = algorithm_a(a), algorithm_a(b)
    if not one.scale or not other.scale:
        raise DataRefused("结果没有分散，画不出椭圆", "the results do not scatter: there is no ellipse", "first")
    scaled = np.clip([(a - one.location) / one.scale, (b - other.location) / other.scale], -_FAR, _FAR)
    correlation = float(np.corrcoef(scaled)[0, 1])
    # Results on a line have an ellipse as thin as rounding, not none.
    cross = min(max(correlation, -_THIN), _THIN) * one.scale * other.scale
    covariance = np.array([[one.scale**2, cross], [cross, other.scale**2]])
    reach = -2 * math.log(1 - confidence)
    values, vectors = np.linalg.eigh(covariance)
    major = vectors[:, 1]
    away = np.stack([a - one.location, b - other.location])
    along = vectors.T @ away
    sizes = np.maximum(values, 0)
    distances = (along**2 / np.maximum(sizes, np.finfo(float).tiny)[:, None]).sum(axis=0)
    outside = np.flatnonzero(distances > reach)
    return Youden(
        (one.location, other.location),
        (math.sqrt(reach * float(sizes[1])), math.sqrt(reach * float(sizes[0]))),
        math.atan2(float(major[1]), float(major[0])) % math.pi,
        correlation,
        tuple(int(one) for one in outside),
    )


def kernel_density(x: ArrayLike, bandwidth: float, points: int = 200) -> tuple[Floats, Floats]:
    """The density of results smoothed by normal curves of standard deviation ``bandwidth``: places and heights.

    ISO 13528 suggests 0.75 σ_pt for a bandwidth. Raises DataRefused.

    >>> places, heights = kernel_density([9.9, 10.0, 10.1], 0.1)
    >>> round(float((heights[1:] * np.diff(places)).sum()), 2)
    1.0
    """
    values = column(x, "x")
    if not bandwidth > 0 or points < 2:
        raise DataRefused("带宽须大于 0，点数至少为 2", "the bandwidth must be above 0, points at least 2", "bandwidth")
    places = np.linspace(values.min() - 4 * bandwidth, values.max() + 4 * bandwidth, points)
    # Place by place: a million results take a few megabytes.
    sums = np.array([np.exp(-0.5 * ((values - place) / bandwidth) ** 2).sum() for place in places])
    return places, sums / (len(values) * bandwidth * math.sqrt(2 * math.pi))
