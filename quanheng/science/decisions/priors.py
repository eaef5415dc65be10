"""What is known of a production before an item is measured: the distribution of its true values.

Source: JCGM 106:2012, 6.2 and 9.5.1; in-tolerance probability and Cpk as makers state them.

>>> prior = normal_prior(10.0, 0.1)
>>> round(prior.cdf(10.1), 6)
0.841345
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from quanheng.science.errors import ScienceError
from quanheng.science.special import gamma_cdf, normal_cdf, normal_quantile


class PriorRefused(ScienceError):
    """Facts from which no distribution of a production follows."""


@dataclass(frozen=True)
class Prior:
    """A distribution of true values: density and distribution function, the finite range outside of which nothing
    that matters lies, the scale on which the density is smooth; all in the unit of the limits."""

    kind: str
    mean: float
    sd: float
    density: Callable[[float], float]
    cdf: Callable[[float], float]
    support: tuple[float, float]
    scale: float


# Standard deviations on either side that a support spans: beyond lies 10⁻¹⁹.
_SPAN = 9.0
_ROOT_2PI = math.sqrt(2 * math.pi)


def _normal_density(z: float) -> float:
    return math.exp(-0.5 * z * z) / _ROOT_2PI


def normal_prior(mean: float, sd: float) -> Prior:
    """A normal production. Raises PriorRefused."""
    _finite(mean, "prior.mean")
    _above_zero(sd, "prior.sd")
    return Prior(
        "normal",
        mean,
        sd,
        lambda x: _normal_density((x - mean) / sd) / sd,
        lambda x: normal_cdf((x - mean) / sd),
        (mean - _SPAN * sd, mean + _SPAN * sd),
        sd,
    )


def uniform_prior(lower: float, upper: float) -> Prior:
    """Values anywhere between two ends, such as what a sorting leaves. Raises PriorRefused."""
    _finite(lower, "prior.lower")
    _finite(upper, "prior.upper")
    _above_zero(upper - lower, "prior.upper")
    width = upper - lower
    return Prior(
        "uniform",
        (lower + upper) / 2,
        width / math.sqrt(12),
        lambda x: 1 / width if lower <= x <= upper else 0.0,
        lambda x: min(max((x - lower) / width, 0.0), 1.0),
        (lower, upper),
        width,
    )


def gamma_prior(shape: float, scale: float) -> Prior:
    """Gamma(shape, scale) of values that cannot be negative, such as roundness; shape at least 1."""
    if not 1 <= shape <= 1e4:
        raise PriorRefused("形状参数须为 1 至 10000", "the shape must be 1 to 10000", "prior.shape")
    _above_zero(scale, "prior.scale")
    logs = math.lgamma(shape) + shape * math.log(scale)

    def density(x: float) -> float:
        if x <= 0:
            return 1 / scale if x == 0 and shape == 1 else 0.0
        return math.exp((shape - 1) * math.log(x) - x / scale - logs)

    top = scale * (shape + 12 * math.sqrt(shape) + 45)
    sd = scale * math.sqrt(shape)
    return Prior("gamma", shape * scale, sd, density, lambda x: gamma_cdf(x / scale, shape), (0.0, top), sd / 2)


def lognormal_prior(median: float, sd_log: float) -> Prior:
    """Values whose logarithm is normal about ln(median) with standard deviation ``sd_log`` (at most 0.5)."""
    _above_zero(median, "prior.median")
    if not 0 < sd_log <= 0.5:
        raise PriorRefused("对数标准差须大于 0 且不超过 0.5", "sd_log must be above 0 and at most 0.5", "prior.sd_log")
    mean = median * math.exp(sd_log**2 / 2)
    return Prior(
        "lognormal",
        mean,
        mean * math.sqrt(math.expm1(sd_log**2)),
        lambda x: _normal_density(math.log(x / median) / sd_log) / (x * sd_log) if x > 0 else 0.0,
        lambda x: normal_cdf(math.log(x / median) / sd_log) if x > 0 else 0.0,
        (0.0, median * math.exp(_SPAN * sd_log)),
        median * sd_log / 2,
    )


def prior_of(facts: Mapping[str, Any], lower: float, upper: float) -> Prior:
    """A prior from named facts, for tolerance limits that may be infinite.

    ``dist`` (normal) with its parameters; or for a normal production ``itp``, the probability of an item within the
    limits, or ``cpk``, with ``mean`` (default: midway). Raises PriorRefused.

    >>> round(prior_of({"itp": 0.95}, -1.0, 1.0).sd, 6)
    0.510213
    """
    given = {key: value for key, value in facts.items() if value is not None}
    dist = given.pop("dist", "normal")
    if dist == "normal" and ("itp" in given or "cpk" in given):
        return _by_capability(given, lower, upper)
    for key in _PARAMETERS[dist]:
        if key not in given:
            raise PriorRefused(
                f"先验分布 {dist} 缺少 {key}，请补上", f"the prior {dist} needs {key}; add it", f"prior.{key}"
            )
    if spare := [key for key in given if key not in _PARAMETERS[dist]]:
        takes = ", ".join(_PARAMETERS[dist])
        raise PriorRefused(
            f"先验分布 {dist} 只用 {takes}，请删去 {spare[0]}",
            f"the prior {dist} takes {takes}; take {spare[0]} away",
            f"prior.{spare[0]}",
        )
    return _MAKERS[dist](*[float(given[key]) for key in _PARAMETERS[dist]])


_PARAMETERS = {
    "normal": ("mean", "sd"),
    "uniform": ("lower", "upper"),
    "gamma": ("shape", "scale"),
    "lognormal": ("median", "sd_log"),
}
_MAKERS: dict[str, Callable[..., Prior]] = {
    "normal": normal_prior,
    "uniform": uniform_prior,
    "gamma": gamma_prior,
    "lognormal": lognormal_prior,
}
PRIORS = tuple(_PARAMETERS)


def _by_capability(given: Mapping[str, Any], lower: float, upper: float) -> Prior:
    if {"sd", "itp"} <= given.keys() or {"sd", "cpk"} <= given.keys() or {"itp", "cpk"} <= given.keys():
        raise PriorRefused("sd、itp、cpk 只能给一个", "give one of sd, itp, cpk", "prior")
    two_sided = math.isfinite(lower) and math.isfinite(upper)
    if "mean" not in given and not two_sided:
        raise PriorRefused("单侧限值须给出 mean", "with a single limit, mean is needed", "prior.mean")
    mean = float(given.get("mean", (lower + upper) / 2))
    near = min(mean - lower, upper - mean)
    _above_zero(near, "prior.mean")
    if "cpk" in given:
        return normal_prior(mean, near / (3 * float(given["cpk"])))
    itp = float(given["itp"])
    if not 0.5 < itp < 1:
        raise PriorRefused("合格率 itp 须在 0.5 与 1 之间", "itp must lie between 0.5 and 1", "prior.itp")
    # Within one limit at least, within both at most: the standard deviation lies between.
    low, high = near / normal_quantile(0.5 + itp / 2) / 2, near / normal_quantile(itp)
    while (middle := (low + high) / 2) not in (low, high):
        inside = normal_cdf((upper - mean) / middle) - normal_cdf((lower - mean) / middle)
        low, high = (middle, high) if inside > itp else (low, middle)
    return normal_prior(mean, low)


def _finite(value: float, field: str) -> None:
    if not math.isfinite(value):
        raise PriorRefused(f"{field} 须为有限数", f"{field} must be a finite number", field)


def _above_zero(value: float, field: str) -> None:
    if not 0 < value < math.inf:
        raise PriorRefused(
            f"{field} 不可用：均值须在限值之内，离散与宽度须大于 0",
            f"{field} cannot be used: a mean lies within the limits, spreads and widths are above 0",
            field,
        )
