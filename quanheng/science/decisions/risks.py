"""Risks of an inspected production for any prior, and of one item given the prior.

Source: JCGM 106:2012, 7.2 (probability of conformity given a prior), 9.5 (global risks). Two integrators stand side by
side, for this is where programs have gone wrong: ``global_risks`` integrates over true values, for any density;
``normal_global_risks`` over measured values, where the posterior of a normal production is known in closed form.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from quanheng.science.decisions.priors import Prior
from quanheng.science.special import normal_cdf
from quanheng.science.uncertainty.conformity import (
    GlobalRisks,
    RiskRefused,
    global_risks,
    integral,
    integral_near,
    nonconformity_probability,
)

Interval = tuple[float, float]
_SPAN = 9.0


def production_risks(prior: Prior, u: float, tolerance: Interval, acceptance: Interval | None) -> GlobalRisks:
    """Consumer's and producer's risk of a production that is inspected with standard uncertainty ``u``.

    ``tolerance`` and ``acceptance`` are (lower, upper), ±inf where one-sided; ``acceptance`` None accepts nothing.
    Raises RiskRefused.
    """
    lower, upper = tolerance
    if not lower < upper:
        raise RiskRefused("容许下限须小于上限", "the lower tolerance limit must lie below the upper one")
    conforming = prior.cdf(upper) - prior.cdf(lower)
    if acceptance is None or acceptance[0] > acceptance[1]:
        return GlobalRisks(0.0, conforming, 1.0 - conforming)
    if u == 0.0:
        low, high = acceptance
        within = max(0.0, prior.cdf(min(high, upper)) - prior.cdf(max(low, lower)))
        return GlobalRisks(max(0.0, prior.cdf(high) - prior.cdf(low) - within), conforming - within, 1.0 - conforming)
    if prior.kind == "normal":
        return normal_global_risks(prior.mean, prior.sd, u, tolerance, acceptance)
    return global_risks(prior.density, prior.support, u, tolerance, acceptance, prior.scale)


def normal_global_risks(mean: float, sd: float, u: float, tolerance: Interval, acceptance: Interval) -> GlobalRisks:
    """The global risks of a normal production, integrated over measured values.

    A measured value y leaves the true one normal about (mean·u² + y·sd²)/(sd² + u²) with standard deviation
    sd·u/√(sd² + u²) (JCGM 106, A.4). Accurate to about 1e-11.

    >>> found = normal_global_risks(0.0, 1 / 1.959963984540054, 1 / 8, (-1.0, 1.0), (-1.0, 1.0))
    >>> round(found.consumer, 9), round(found.producer, 9)
    (0.008582665, 0.015536513)
    """
    if not (sd > 0 and u > 0):
        raise RiskRefused("标准偏差与标准不确定度须大于 0", "standard deviation and uncertainty must be above 0")
    spread = math.hypot(sd, u)
    left, weight = sd * u / spread, (sd / spread) ** 2

    def measured(y: float) -> float:
        z = (y - mean) / spread
        return math.exp(-0.5 * z * z) / (spread * math.sqrt(2 * math.pi))

    def wrongly_accepted(y: float) -> float:
        return measured(y) * nonconformity_probability(mean + weight * (y - mean), left, *tolerance)

    def wrongly_rejected(y: float) -> float:
        return measured(y) * (1.0 - nonconformity_probability(mean + weight * (y - mean), left, *tolerance))

    ends = mean - _SPAN * spread, mean + _SPAN * spread
    low, high = (max(ends[0], min(ends[1], limit)) for limit in acceptance)
    # The posterior crosses a tolerance limit T where y is (T − mean)/weight from the mean.
    edges = tuple(mean + (limit - mean) / weight for limit in tolerance if math.isfinite(limit))

    def over(function: Callable[[float], float], a: float, b: float) -> float:
        return integral_near(function, a, b, edges, left / weight, spread)

    return GlobalRisks(
        over(wrongly_accepted, low, high),
        over(wrongly_rejected, ends[0], low) + over(wrongly_rejected, high, ends[1]),
        normal_cdf((tolerance[0] - mean) / sd) + normal_cdf((mean - tolerance[1]) / sd),
    )


def posterior_nonconformity(value: float, u: float, prior: Prior, lower: float, upper: float) -> float:
    """Probability that an item does not conform, given its measured value and the prior (JCGM 106, 7.2).

    Raises RiskRefused where the prior rules the measured value out.

    >>> from quanheng.science.decisions.priors import normal_prior
    >>> round(posterior_nonconformity(1.0, 0.1, normal_prior(0.0, 0.1), -1.0, 0.6), 6)
    0.07865
    """
    if u == 0.0:
        return nonconformity_probability(value, u, lower, upper)
    if prior.kind == "normal":
        weight = prior.sd**2 / (prior.sd**2 + u**2)
        left = prior.sd * u / math.hypot(prior.sd, u)
        return nonconformity_probability(prior.mean + weight * (value - prior.mean), left, lower, upper)

    def joint(x: float) -> float:
        return prior.density(x) * math.exp(-0.5 * ((value - x) / u) ** 2)

    start, stop = max(prior.support[0], value - 10 * u), min(prior.support[1], value + 10 * u)
    width = min(u, prior.scale)
    whole = integral(joint, start, stop, width)
    if not whole > 0.0:
        raise RiskRefused(
            "先验分布排除了这个测得值，请核对先验分布与测得值",
            "the prior rules the measured value out; check both",
            "prior",
        )
    low, high = (max(start, min(stop, limit)) for limit in (lower, upper))
    outside = integral(joint, start, low, width) + integral(joint, high, stop, width)
    return min(1.0, outside / whole)
