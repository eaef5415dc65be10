"""Results that agree better than their own uncertainty lets them.

Source: the chi-square distribution of a sample variance (GUM, 4.2 and annex E): n repeated results scatter with their
repeatability; much less is as unlikely as much more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from quanheng.science.arrays import DataRefused, column
from quanheng.science.special import chi_square_cdf

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class Scatter(NamedTuple):
    """The standard deviation of the results, as a share of the repeatability, and the chance of so little."""

    s: float
    share: float
    p: float


def too_little(results: ArrayLike, repeatability: float, resolution: float = 0.0) -> Scatter:
    """The chance that results of this repeatability scatter so little.

    ``resolution``: the step in which they are written; rounding adds its own variance to what may be expected and makes
    equal results likely, so that nothing is claimed where it exceeds the repeatability. Raises DataRefused.

    >>> too_little([10.01, 10.01, 10.01, 10.02, 10.01, 10.01], 0.2).p < 1e-5
    True
    """
    values = column(results, "results", least=3)
    if not repeatability > 0 or not resolution >= 0:
        raise DataRefused(
            "重复性须大于 0，分辨力不能为负", "repeatability above 0, resolution not below", "repeatability"
        )
    s = float(values.std(ddof=1))
    if resolution > repeatability:
        return Scatter(s, s / repeatability, 1.0)
    expected = repeatability**2 + resolution**2 / 12
    square = (len(values) - 1) * (s * s + resolution**2 / 12) / expected
    return Scatter(s, s / repeatability, chi_square_cdf(square, len(values) - 1))
