"""Probability of conformity, specific and global risk for a measured value with a normal state of knowledge.

Source: JCGM 106:2012 (ISO/IEC Guide 98-4): 7.2 to 7.4 probability of conformity, 7.6 measurement capability
index, 8.3 guard bands, 9.3 specific risk, 9.5 global risks.

>>> round(conformity_probability(13.6, 1.8, 12.5, 16.3), 2)
0.66
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from quanheng.science.errors import ScienceError
from quanheng.science.special import normal_cdf as standard_normal
from quanheng.science.special import normal_quantile


class RiskRefused(ScienceError):
    """Numbers from which no probability of conformity follows."""


class GlobalRisks(NamedTuple):
    """Probabilities for an item drawn from the production: JCGM 106, 3.3.13 to 3.3.17 and 9.5.2."""

    consumer: float
    producer: float
    nonconforming: float

    @property
    def accepted(self) -> float:
        """Probability that an item is accepted."""
        return 1.0 - self.nonconforming - self.producer + self.consumer

    @property
    def consumer_if_accepted(self) -> float:
        """Probability that an accepted item does not conform; 0 where none is accepted."""
        return self.consumer / self.accepted if self.accepted > 0 else 0.0


def standard_normal_quantile(p: float) -> float:
    """The z for which Φ(z) = p, 0 < p < 1.

    >>> round(standard_normal_quantile(0.975), 6)
    1.959964
    """
    if not 0.0 < p < 1.0:
        raise RiskRefused(f"概率须在 0 与 1 之间，不能是 {p}", f"a probability must lie between 0 and 1, not {p}")
    return normal_quantile(p)


def conformity_probability(y: float, u: float, lower: float = -math.inf, upper: float = math.inf) -> float:
    """Probability that the measurand lies within the tolerance limits, given estimate ``y`` and standard
    uncertainty ``u``, all in one unit (JCGM 106, 7.3.3 and 7.4, equation 7).

    >>> round(conformity_probability(-5.47, 0.05, upper=-5.40), 2)
    0.92
    """
    return 1.0 - nonconformity_probability(y, u, lower, upper)


def nonconformity_probability(y: float, u: float, lower: float = -math.inf, upper: float = math.inf) -> float:
    """1 − probability of conformity, computed in the tails so that small risks keep their digits."""
    if not math.isfinite(y) or not 0.0 <= u < math.inf:
        raise RiskRefused(
            "测得值须为有限数，标准不确定度不能为负",
            "the value must be finite and its standard uncertainty not negative",
        )
    if lower > upper:
        raise RiskRefused("容许下限大于上限，请核对", "the lower tolerance limit exceeds the upper one; check them")
    if u == 0.0:
        return 0.0 if lower <= y <= upper else 1.0
    return min(1.0, standard_normal((lower - y) / u) + standard_normal((y - upper) / u))


def capability_index(tolerance: float, u: float) -> float:
    """Measurement capability index C_m = T/(4u) for a tolerance T = T_U − T_L (JCGM 106, 7.6.3).

    >>> capability_index(0.4, 0.04)
    2.5
    """
    if not (tolerance > 0 and u > 0):
        raise RiskRefused("容差与标准不确定度须大于 0", "tolerance and standard uncertainty must be above 0")
    return tolerance / (4.0 * u)


def guard_factor(conformity: float, k: float = 2.0) -> float:
    """The r of a guard band w = r·U (U = k·u) that leaves at least this probability of conformity to any item
    accepted at a single limit (JCGM 106, 8.3.2).

    >>> round(guard_factor(0.95), 2)
    0.82
    """
    return standard_normal_quantile(conformity) / k


def global_risks(
    density: Callable[[float], float],
    support: tuple[float, float],
    u: float,
    tolerance: tuple[float, float],
    acceptance: tuple[float, float],
    scale: float | None = None,
) -> GlobalRisks:
    """Consumer's, producer's risk and share of nonconforming items of an inspected production.

    ``density`` is the probability density of true values on the finite ``support``, ``u`` the standard
    uncertainty of the inspecting measuring system (normal), ``tolerance`` and ``acceptance`` the intervals
    (T_L, T_U) and (A_L, A_U), ±inf where one-sided. Source: JCGM 106, 9.5.2, equations 16 to 19. Integrated by
    Gauss-Legendre panels no wider than ``u``, so at 1e-10 for densities smooth on that scale; away from the
    acceptance limits no wider than ``scale``, on which the density is smooth (default: u).
    """
    if not u > 0:
        raise RiskRefused("标准不确定度须大于 0", "the standard uncertainty must be above 0")
    lower, upper = (max(support[0], min(support[1], limit)) for limit in tolerance)

    def accepted(y: float) -> float:
        return density(y) * (1.0 - nonconformity_probability(y, u, *acceptance))

    def rejected(y: float) -> float:
        return density(y) * nonconformity_probability(y, u, *acceptance)

    wide = scale or u

    def over(function: Callable[[float], float], a: float, b: float) -> float:
        return integral_near(function, a, b, acceptance, u, wide)

    outside = ((support[0], lower), (upper, support[1]))
    return GlobalRisks(
        sum(over(accepted, a, b) for a, b in outside),
        over(rejected, lower, upper),
        sum(integral(density, a, b, wide) for a, b in outside),
    )


def integral_near(
    function: Callable[[float], float], low: float, high: float, edges: tuple[float, ...], near: float, wide: float
) -> float:
    """The integral of a function that changes on the scale ``near`` about some edges and on ``wide`` elsewhere."""
    if not low < high:
        return 0.0
    reach = 10.0 * near
    cuts = {low, high} | {end for edge in edges for end in (edge - reach, edge + reach) if low < end < high}
    ends = sorted(cuts)
    total = 0.0
    for a, b in pairwise(ends):
        middle = 0.5 * (a + b)
        close = any(abs(middle - edge) < reach for edge in edges)
        total += integral(function, a, b, min(near, wide) if close else wide)
    return total


# Nodes and weights of the 5-point Gauss-Legendre rule on [-1, 1] (closed forms).
_INNER, _OUTER = (math.sqrt(5 - sign * 2 * math.sqrt(10 / 7)) / 3 for sign in (1, -1))
_W_INNER, _W_OUTER = ((322 + sign * 13 * math.sqrt(70)) / 900 for sign in (1, -1))
_RULE = ((-_OUTER, _W_OUTER), (-_INNER, _W_INNER), (0.0, 128 / 225), (_INNER, _W_INNER), (_OUTER, _W_OUTER))


def integral(function: Callable[[float], float], low: float, high: float, width: float) -> float:
    """The integral of a function that is smooth on the scale of ``width``: Gauss-Legendre in panels half as wide."""
    if high <= low:
        return 0.0
    panels = max(8, min(20_000, math.ceil(2 * (high - low) / width)))
    half = (high - low) / panels / 2
    centres = (low + (2 * panel + 1) * half for panel in range(panels))
    return half * math.fsum(weight * function(c + node * half) for c in centres for node, weight in _RULE)
