"""Whether the items of a proficiency test are alike enough, and stay so.

Source: ISO 13528:2022 (GB/T 28043), Annex B: B.2 homogeneity with the expanded criterion, B.4 and B.5 stability.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quanheng.science.arrays import DataRefused, column, positive, table
from quanheng.science.interlab.critical import cochran_limit, homogeneity_factors

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

#: The share of σ_pt that differences between items may have.
SHARE: Final = 0.3


class Homogeneity(NamedTuple):
    """Standard deviations in the unit of the data; the item of the largest spread and whether chance explains it."""

    mean: float
    s_x: float
    s_w: float
    s_s: float
    criterion: float
    expanded: float
    adequate: bool
    adequate_expanded: bool
    cochran: float
    cochran_limit: float
    cochran_item: int


class Stability(NamedTuple):
    """The change of the mean, and what it may be."""

    change: float
    criterion: float
    expanded: float
    adequate: bool
    adequate_expanded: bool


def homogeneity(data: ArrayLike, sigma_pt: float) -> Homogeneity:
    """Between-item and within-item standard deviations of ``data`` (items × replicates), B.2 and B.3.

    Adequate where s_s ≤ 0.3 σ_pt; ``expanded`` is √c of the test that allows for few items and rough repeatability.
    Raises DataRefused.

    >>> found = homogeneity([[10.1, 10.2], [10.0, 10.1], [10.3, 10.1]], 1.0)
    >>> found.adequate, round(found.s_w, 4)
    (True, 0.1)
    """
    values = table(data, "data")
    items, replicates = values.shape
    if items < 2 or replicates < 2:
        raise DataRefused(
            f"至少要有 2 个样品、每个 2 次测量，现为 {items}×{replicates}",
            f"at least 2 items with 2 measurements each are needed; there are {items} × {replicates}",
            "data",
        )
    (sigma,) = positive([sigma_pt], "sigma_pt")
    means, variances = values.mean(axis=1), values.var(axis=1, ddof=1)
    s_x, s_w = float(means.std(ddof=1)), math.sqrt(float(variances.mean()))
    s_s = math.sqrt(max(0.0, s_x**2 - s_w**2 / replicates))
    criterion = SHARE * float(sigma)
    f1, f2 = homogeneity_factors(items, replicates)
    expanded = math.sqrt(f1 * criterion**2 + f2 * s_w**2)
    total = float(variances.sum())
    return Homogeneity(
        float(values.mean()), s_x, s_w, s_s, criterion, expanded, s_s <= criterion, s_s <= expanded,
        float(variances.max()) / total if total else 0.0, cochran_limit(items, replicates), int(variances.argmax()),
    )  # fmt: skip


def stability(before: ArrayLike, after: ArrayLike, sigma_pt: float) -> Stability:
    """Whether the mean changed by no more than 0.3 σ_pt, B.5.1; ``expanded`` adds twice the uncertainty of the change.

    ``before`` and ``after`` are the means of the items looked at before and after the round. Raises DataRefused.

    >>> stability([10.0, 10.1], [10.1, 10.2], 1.0).adequate
    True
    """
    first, second = column(before, "before", least=2), column(after, "after", least=2)
    (sigma,) = positive([sigma_pt], "sigma_pt")
    change = float(abs(first.mean() - second.mean()))
    u = math.sqrt(float(first.var(ddof=1)) / len(first) + float(second.var(ddof=1)) / len(second))
    criterion = SHARE * float(sigma)
    expanded = criterion + 2 * u
    # Equal in decimals is no excess: binary fractions differ in the last bit.
    slack = 4 * float(np.finfo(float).eps) * max(abs(float(first.mean())), abs(float(second.mean())))
    return Stability(change, criterion, expanded, change <= criterion + slack, change <= expanded + slack)
