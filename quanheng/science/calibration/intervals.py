"""Intervals between calibrations from what the last ones found: by counts, by steps, by use.

Sources: NCSLI RP-1 (2010), method A3, in NASA-HDBK-8739.19-5, 5; ILAC-G24:2022 / OIML D 10:2022, 7.1 (automatic
adjustment, "staircase") and 7.3 (in-use time). Verification intervals that regulation fixes are not ours to change.

>>> found = adjust_by_reliability(15, 20, 365, 0.95)
>>> round(found.interval, 3), round(found.confidence, 6)
(230.846, 0.994852)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from quanheng.science.errors import ScienceError
from quanheng.science.special import beta_quantile, binomial_cdf


class IntervalRefused(ScienceError):
    """Facts from which no interval follows."""


@dataclass(frozen=True)
class AttributeInterval:
    """An interval by counts: ``confidence`` is that with which the assigned interval does not meet the target.

    ``observed`` is the share in tolerance, ``low`` and ``high`` its bounds at ``range_confidence``.
    """

    interval: float
    confidence: float
    observed: float
    low: float
    high: float
    range_confidence: float
    changed: bool


def adjust_by_reliability(
    in_tolerance: int,
    tested: int,
    interval: float,
    target: float,
    *,
    significance: float = 0.5,
    range_confidence: float = 0.5,
    most_change: float = 2.0,
    longest: float = math.inf,
) -> AttributeInterval:
    """RP-1 method A3: an interval changes by how far and how surely the observed reliability misses the target.

    I₁ = I₀·10^(C·(R − R_target)), where C is the two-sided confidence with which the binomial test rejects the target;
    below ``significance`` it stays. The change is at most by the factor ``most_change``. Raises IntervalRefused.
    """
    if not (isinstance(tested, int) and isinstance(in_tolerance, int) and 1 <= tested <= 10**6):
        raise IntervalRefused(
            "校准次数须为正整数", "the number of calibrations must be a whole number above 0", "tested"
        )
    if not 0 <= in_tolerance <= tested:
        raise IntervalRefused(
            "合格次数须在 0 与校准次数之间",
            "those in tolerance must be 0 to the number of calibrations",
            "in_tolerance",
        )
    _positive(interval, "interval")
    _share(target, "target")
    if not most_change > 1:
        raise IntervalRefused("最大调整倍数须大于 1", "the greatest change must be a factor above 1", "most_change")
    observed = in_tolerance / tested
    tail = (
        binomial_cdf(in_tolerance, tested, target)
        if observed < target
        else 1.0 - binomial_cdf(in_tolerance - 1, tested, target)
    )
    confidence = max(0.0, 1.0 - 2.0 * tail)
    changed = confidence >= significance and observed != target
    factor = 10.0 ** (confidence * (observed - target)) if changed else 1.0
    factor = min(max(factor, 1.0 / most_change), most_change)
    outside = (1.0 - range_confidence) / 2
    low = beta_quantile(outside, in_tolerance, tested - in_tolerance + 1) if in_tolerance else 0.0
    high = beta_quantile(1 - outside, in_tolerance + 1, tested - in_tolerance) if in_tolerance < tested else 1.0
    return AttributeInterval(
        min(interval * factor, longest), confidence, observed, low, high, range_confidence, changed
    )


def staircase(
    interval: float,
    errors: Sequence[float],
    mpe: float,
    *,
    within: float = 0.8,
    longer: float = 1.5,
    shorter: float = 0.5,
    longest: float = math.inf,
    shortest: float = 0.0,
) -> float:
    """ILAC-G24 / OIML D 10, 7.1: lengthen when all errors as found lie within a share of the maximum permissible
    error, shorten when one exceeds it, else stay.

    ``errors`` and ``mpe`` in one unit. ``within`` is 80 % in the document; by how much to lengthen or shorten it
    leaves to the laboratory. Raises IntervalRefused.

    >>> staircase(365, [0.2, -0.5], 1.0), staircase(365, [0.9], 1.0), staircase(365, [1.2], 1.0)
    (547.5, 365, 182.5)
    """
    _positive(interval, "interval")
    _positive(mpe, "mpe")
    if not errors or not all(map(math.isfinite, errors)):
        raise IntervalRefused("请给出至少一个有限的示值误差", "give at least one finite error", "errors")
    if not (0 < within <= 1 and longer >= 1 and 0 < shorter <= 1):
        raise IntervalRefused(
            "within、shorter 须在 0 与 1 之间，longer 不小于 1",
            "within and shorter must lie in (0, 1], longer not below 1",
            "within",
        )
    worst = max(map(abs, errors)) / mpe
    factor = longer if worst <= within else shorter if worst > 1 else 1.0
    found = interval if factor == 1.0 else interval * factor
    return min(max(found, shortest), longest)


def by_use(limit: float, log: Sequence[tuple[float, float]]) -> float:
    """ILAC-G24 / OIML D 10, 7.3: the time until an instrument has been used for ``limit`` hours (or cycles).

    ``log`` has (time, reading of its counter) since the last calibration, times in one unit, at least two; the answer
    is the interval in that unit from the first. Raises IntervalRefused.

    >>> by_use(500, [(0, 100), (30, 160), (60, 220)])
    250.0
    """
    _positive(limit, "limit")
    if len(log) < 2 or not all(math.isfinite(value) for entry in log for value in entry):
        raise IntervalRefused("使用记录至少要有两个时刻", "the log of use needs at least two entries", "log")
    entries = sorted(log)
    hours = entries[-1][1] - entries[0][1]
    if any(later[1] < earlier[1] for earlier, later in pairwise(entries)):
        raise IntervalRefused("使用计数不能减少，请核对记录", "a counter of use cannot go back; check the log", "log")
    span = entries[-1][0] - entries[0][0]
    if hours <= 0 or span <= 0:
        raise IntervalRefused(
            "记录期间没有使用，无法推算", "it was not used in the time of the log, so nothing can be inferred", "log"
        )
    return limit * span / hours


def _positive(value: float, field: str) -> None:
    if not 0 < value < math.inf:
        raise IntervalRefused(f"{field} 须大于 0", f"{field} must be above 0", field)


def _share(value: float, field: str) -> None:
    if not 0 < value < 1:
        raise IntervalRefused(f"{field} 须在 0 与 1 之间", f"{field} must lie between 0 and 1", field)
