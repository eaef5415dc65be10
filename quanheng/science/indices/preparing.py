"""Raw indicators made comparable: gaps filled, outliers held back, one scale, one direction.

Source: OECD/JRC handbook (2008), steps 3 (imputation), 5 (normalisation) and 2.4 (outliers: skewness above 2 together
with kurtosis above 3.5). Indicators are columns, units (cities, firms) are rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quanheng.science.arrays import DataRefused

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from quanheng.science.arrays import Floats

SKEWNESS, KURTOSIS = 2.0, 3.5
#: Values that may be pulled in on one indicator before its logarithm is taken instead.
PULLED: Final = 5
IMPUTATIONS: Final = ("none", "mean", "median")
SCALES: Final = ("minmax", "zscore", "rank", "target", "none")


class Treated(NamedTuple):
    """A column without outliers, and what was done: "", "winsorised N" or "log"."""

    values: Floats
    treatment: str


def matrix(values: ArrayLike) -> Floats:
    """Units × indicators as floats, NaN where nothing is known. Raises DataRefused."""
    try:
        found = np.array(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataRefused(
            "指标值中有不是数的内容，或各指标的单位数不同",
            "values hold something that is no number, or indicators differ in their number of units",
            "indicators",
        ) from error
    if found.ndim != 2 or not found.size:
        raise DataRefused("须有单位和指标", "units and indicators are needed", "indicators")
    if np.isinf(found).any():
        raise DataRefused("指标值须为有限的数", "values must be finite", "indicators")
    return found


def impute(values: Floats, method: str = "median") -> Floats:
    """Fill what is missing by the indicator's mean or median. Raises DataRefused where nothing is known of one.

    >>> impute(np.array([[1.0], [np.nan], [3.0]]), "mean").ravel().tolist()
    [1.0, 2.0, 3.0]
    """
    missing = np.isnan(values)
    if not missing.any():
        return values
    if method not in IMPUTATIONS or method == "none":
        raise DataRefused("有缺失值，请选择填补方法", "values are missing; choose how to fill them", "steps.impute")
    if missing.all(axis=0).any():
        raise DataRefused(
            f"第 {int(missing.all(axis=0).argmax()) + 1} 个指标没有任何值",
            f"indicator {int(missing.all(axis=0).argmax()) + 1} has no value at all",
            "indicators",
        )
    middle = np.nanmean(values, axis=0) if method == "mean" else np.nanmedian(values, axis=0)
    found: Floats = np.where(missing, middle[None, :], values)
    return found


def treat(column: Floats) -> Treated:
    """Pull in the farthest values until skewness or kurtosis is ordinary, or else take logarithms.

    >>> treat(np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 1000])).treatment
    'winsorised 1'
    """
    if ordinary(column):
        return Treated(column, "")
    pulled = column.copy()
    for count in range(1, PULLED + 1):
        if skewness(column) > 0:
            place = np.argsort(pulled)[-count:]
            pulled[place] = np.sort(column)[-count - 1]
        else:
            place = np.argsort(pulled)[:count]
            pulled[place] = np.sort(column)[count]
        if ordinary(pulled):
            return Treated(pulled, f"winsorised {count}")
    shifted = column - column.min() + 0.01 * (column.max() - column.min())
    return Treated(np.log(shifted), "log")


def ordinary(column: Floats) -> bool:
    """Whether skewness is at most 2 in size or kurtosis at most 3.5."""
    return len(column) < 4 or abs(skewness(column)) <= SKEWNESS or kurtosis(column) <= KURTOSIS


def skewness(column: Floats) -> float:
    """The sample skewness G1."""
    n, spread = len(column), float(column.std(ddof=1))
    if n < 3 or not spread:
        return 0.0
    return n / ((n - 1) * (n - 2)) * float((((column - column.mean()) / spread) ** 3).sum())


def kurtosis(column: Floats) -> float:
    """The sample excess kurtosis G2."""
    n, spread = len(column), float(column.std(ddof=1))
    if n < 4 or not spread:
        return 0.0
    fourth = float((((column - column.mean()) / spread) ** 4).sum())
    return n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * fourth - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))


def normalise(
    values: Floats, directions: Floats, scale: str = "minmax", bounds: tuple[float, float] = (0.0, 100.0)
) -> Floats:
    """All indicators on one scale, more being better; ``directions`` is −1 where less is better.

    "minmax" and "rank" lie within ``bounds``; "target" divides by the best value; "zscore" has mean 0, deviation 1.
    An indicator on which all are equal tells nothing: all get the middle.

    >>> normalise(np.array([[1.0], [3.0], [2.0]]), np.array([-1.0])).ravel().tolist()
    [100.0, 0.0, 50.0]
    """
    if scale not in SCALES:
        raise DataRefused(f"标准化方法只能是 {'、'.join(SCALES)}", f"one of {', '.join(SCALES)}", "steps.normalise")
    low, high = bounds
    if not low < high:
        raise DataRefused("范围须从小到大", "the range must rise", "steps.range")
    if scale == "none":
        return values
    toward = values * directions
    least, most = toward.min(axis=0), toward.max(axis=0)
    level = most > least
    if scale == "rank":
        below = (toward[:, None, :] > toward[None, :, :]).sum(axis=1)
        equal = (toward[:, None, :] == toward[None, :, :]).sum(axis=1) - 1
        share = (below + equal / 2) / max(1, len(values) - 1)
        ranked: Floats = low + (high - low) * share
        return ranked
    with np.errstate(divide="ignore", invalid="ignore"):
        if scale == "minmax":
            return np.where(level, low + (high - low) * (toward - least) / (most - least), (low + high) / 2)
        if scale == "zscore":
            return np.where(level, (toward - toward.mean(axis=0)) / toward.std(axis=0, ddof=1), 0.0)
        best = np.where(directions > 0, values.max(axis=0), values.min(axis=0))
        found = np.where(directions > 0, values / best, best / values)
    if not np.isfinite(found).all() or (values < 0).any():
        raise DataRefused("按目标值标准化要求各值大于 0", "values must be above 0 to be divided by the best", "steps")
    return high * found
