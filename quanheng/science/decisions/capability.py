"""Capability of a process: indices, the share out of tolerance, and how sure a sample makes of them.

Sources: ISO 22514-2:2017, 4 (Cp, Cpk); GB/T 4091; L. K. Chan, S. W. Cheng, F. A. Spiring (1988) for Cpm; A. F. Bissell,
Applied Statistics 39 (1990) 331 for the interval of Cpk. The scatter that the measurement adds can be taken out.

>>> found = capability(10.0, 0.1, 9.6, 10.4)
>>> round(found.cp, 4), round(found.nonconforming * 1e6, 1)
(1.3333, 63.3)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from quanheng.science.errors import ScienceError
from quanheng.science.special import chi_square_quantile, normal_quantile
from quanheng.science.uncertainty.conformity import nonconformity_probability


class CapabilityRefused(ScienceError):
    """Data from which no capability follows."""


@dataclass(frozen=True)
class Capability:
    """Indices of a normal process: Cp (None with one limit), Cpk, Cpm (None without target), share out of tolerance.

    ``sd`` is the standard deviation of the items, without what the measurement adds.
    """

    mean: float
    sd: float
    cp: float | None
    cpk: float
    cpm: float | None
    nonconforming: float


@dataclass(frozen=True)
class SampleCapability:
    """Capability from a sample of n, with intervals for Cp and Cpk at ``confidence``."""

    estimate: Capability
    n: int
    confidence: float
    cp_interval: tuple[float, float] | None
    cpk_interval: tuple[float, float]


def capability(
    mean: float,
    sd: float,
    lower: float = -math.inf,
    upper: float = math.inf,
    *,
    target: float | None = None,
    u: float = 0.0,
) -> Capability:
    """Indices of a process whose measured values have this mean and standard deviation.

    ``u`` is the standard uncertainty with which single items are measured: its square is taken off. Raises
    CapabilityRefused.
    """
    if math.isinf(lower) and math.isinf(upper):
        raise CapabilityRefused("没有限值，请给出 lower 或 upper", "there is no limit; give lower or upper", "upper")
    if not lower < upper or not math.isfinite(mean):
        raise CapabilityRefused(
            "下限须小于上限，均值须为有限数", "lower must lie below upper, and the mean be finite", "lower"
        )
    if not 0 <= u < sd < math.inf:
        raise CapabilityRefused(
            "标准偏差须大于 0，且大于测量的标准不确定度 u",
            "the standard deviation must be above 0 and above the standard uncertainty u of the measurements",
            "sd",
        )
    own = math.sqrt(sd * sd - u * u)
    both = math.isfinite(lower) and math.isfinite(upper)
    return Capability(
        mean,
        own,
        (upper - lower) / (6 * own) if both else None,
        min(upper - mean, mean - lower) / (3 * own),
        (upper - lower) / (6 * math.hypot(own, mean - target)) if both and target is not None else None,
        nonconformity_probability(mean, own, lower, upper),
    )


def capability_of_sample(
    values: Sequence[float],
    lower: float = -math.inf,
    upper: float = math.inf,
    *,
    target: float | None = None,
    u: float = 0.0,
    confidence: float = 0.95,
) -> SampleCapability:
    """Capability from measured items (at least 2), as a stable normal process. Raises CapabilityRefused."""
    n = len(values)
    if n < 2 or not all(map(math.isfinite, values)):
        raise CapabilityRefused("至少要有 2 个有限的测得值", "give at least 2 finite values", "values")
    if not 0 < confidence < 1:
        raise CapabilityRefused("置信水平须在 0 与 1 之间", "the confidence must lie between 0 and 1", "confidence")
    mean = math.fsum(values) / n
    sd = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / (n - 1))
    if sd == 0.0:
        raise CapabilityRefused("所有测得值相同，不能估计离散", "all values are equal: there is no scatter", "values")
    found = capability(mean, sd, lower, upper, target=target, u=u)
    side = (1 - confidence) / 2
    factors = [math.sqrt(chi_square_quantile(p, n - 1) / (n - 1)) for p in (side, 1 - side)]
    z = normal_quantile(1 - side)
    half = z * math.sqrt(1 / (9 * n) + found.cpk**2 / (2 * (n - 1)))
    return SampleCapability(
        found,
        n,
        confidence,
        None if found.cp is None else (found.cp * factors[0], found.cp * factors[1]),
        (found.cpk - half, found.cpk + half),
    )
