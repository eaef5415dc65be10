"""Repeatability and reproducibility of a measurement method, from an interlaboratory study.

Source: ISO 5725-2:2019 (GB/T 6379.2), 7 and 8; ASTM E691 gives the same for equal numbers of replicates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from quanheng.science.arrays import DataRefused, column
from quanheng.science.interlab.critical import cochran_limit, grubbs_limit, mandel_h_limit, mandel_k_limit


@dataclass(frozen=True)
class Cochran:
    """The largest variance as a share of all, whose it is, and what chance explains at 5 % and 1 %.

    Limits are None where laboratories have no replicates; they hold for the usual number of replicates.
    """

    statistic: float
    lab: str
    limit5: float | None
    limit1: float | None


@dataclass(frozen=True)
class Grubbs:
    """The lowest and highest mean, in standard deviations from the mean of all, and what chance explains."""

    low: float
    low_lab: str
    high: float
    high_lab: str
    limit5: float | None
    limit1: float | None


@dataclass(frozen=True)
class Mandel:
    """The consistency statistics of one laboratory at one level; k is None without replicates."""

    lab: str
    h: float
    k: float | None


@dataclass(frozen=True)
class Level:
    """One level of the study: ``s_R² = s_r² + s_L²``, all in the unit of the data."""

    level: str
    labs: int
    results: int
    mean: float
    s_r: float
    s_L: float
    s_R: float
    cochran: Cochran | None
    grubbs: Grubbs | None
    mandel: tuple[Mandel, ...]
    h_limit5: float | None
    k_limit5: float | None


def precision(data: Iterable[tuple[str, str, float]]) -> tuple[Level, ...]:
    """Each level of ``data`` (laboratory, level, value), in the order in which levels first come.

    Laboratories may have different numbers of replicates. Nothing is left out: whoever rejects a result says so by
    leaving it out of ``data``. Raises DataRefused below two laboratories or without replicates at a level.

    >>> found, = precision([("a", "1", 10.1), ("a", "1", 10.3), ("b", "1", 10.6), ("b", "1", 10.4), ("c", "1", 10.0),
    ...                     ("c", "1", 10.2)])
    >>> round(found.s_r, 4), round(found.s_R, 4)
    (0.1414, 0.2309)
    """
    levels: dict[str, dict[str, list[float]]] = {}
    for lab, level, value in data:
        levels.setdefault(level, {}).setdefault(lab, []).append(value)
    if not levels:
        raise DataRefused("没有数据", "there are no data", "data")
    return tuple(_level(level, cells) for level, cells in levels.items())


def _level(level: str, cells: dict[str, list[float]]) -> Level:
    labs = list(cells)
    groups = [column(cells[lab], f"{level}.{lab}") for lab in labs]
    counts = np.array([len(one) for one in groups])
    p, n = len(groups), int(counts.sum())
    if p < 2 or n == p:
        raise DataRefused(
            f"水平“{level}”至少要有两家实验室，且有重复测量",
            f"level '{level}' needs at least two laboratories, and replicates",
            "data",
        )
    means = np.array([one.mean() for one in groups])
    squares = np.array([float(((one - one.mean()) ** 2).sum()) for one in groups])
    grand = float((counts * means).sum() / n)
    within = float(squares.sum()) / (n - p)
    between = float((counts * (means - grand) ** 2).sum()) / (p - 1)
    usual = (n - float((counts**2).sum()) / n) / (p - 1)
    s_l2 = max(0.0, (between - within) / usual)
    replicates = round(n / p)
    return Level(
        level, p, n, grand, math.sqrt(within), math.sqrt(s_l2), math.sqrt(within + s_l2),
        _cochran(labs, squares, counts, replicates), _grubbs(labs, means), _mandel(labs, means, squares, counts),
        mandel_h_limit(p) if p > 2 else None, mandel_k_limit(p, replicates) if replicates > 1 else None,
    )  # fmt: skip


def _cochran(labs: Sequence[str], squares: np.ndarray, counts: np.ndarray, replicates: int) -> Cochran | None:
    several = counts > 1
    variances = np.where(several, squares / np.maximum(counts - 1, 1), 0.0)
    if not variances.sum():
        return None
    at, p = int(variances.argmax()), int(several.sum())
    usual = p > 1 and replicates > 1
    return Cochran(
        float(variances[at] / variances.sum()),
        labs[at],
        cochran_limit(p, replicates) if usual else None,
        cochran_limit(p, replicates, 0.01) if usual else None,
    )


def _grubbs(labs: Sequence[str], means: np.ndarray) -> Grubbs | None:
    spread = float(means.std(ddof=1))
    if not spread:
        return None
    low, high, middle, p = int(means.argmin()), int(means.argmax()), float(means.mean()), len(labs)
    return Grubbs(
        (middle - float(means[low])) / spread, labs[low], (float(means[high]) - middle) / spread, labs[high],
        grubbs_limit(p) if p > 2 else None, grubbs_limit(p, 0.01) if p > 2 else None,
    )  # fmt: skip


def _mandel(labs: Sequence[str], means: np.ndarray, squares: np.ndarray, counts: np.ndarray) -> tuple[Mandel, ...]:
    spread, middle = float(means.std(ddof=1)), float(means.mean())
    several = counts > 1
    pooled = math.sqrt(float(squares[several].sum() / (counts[several] - 1).sum()))
    return tuple(
        Mandel(
            lab,
            (float(mean) - middle) / spread if spread else 0.0,
            (math.sqrt(float(square) / (int(count) - 1)) / pooled if pooled else 0.0) if count > 1 else None,
        )
        for lab, mean, square, count in zip(labs, means, squares, counts, strict=True)
    )
