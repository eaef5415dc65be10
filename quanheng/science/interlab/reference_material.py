"""The certified value of a reference material and the uncertainty that it carries.

Source: ISO 33405:2024 (formerly ISO Guide 35:2017): 7 homogeneity, 8 stability, 9 characterisation, 10 evaluation of
the property value. Arrhenius: 8.7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quanheng.science.arrays import DataRefused, column, positive, table
from quanheng.science.interlab import consensus
from quanheng.science.special import student_t_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

#: The gas constant, exact since 2019 (CODATA), in J/(mol K).
GAS_CONSTANT: Final = 8.314_462_618
ZERO_CELSIUS: Final = 273.15


@dataclass(frozen=True)
class BetweenUnits:
    """What differences between units contribute: ``u_hom`` is the larger of s_bb and the u that repeatability hides."""

    mean: float
    s_wb: float
    s_bb: float
    u_hidden: float
    u_hom: float


@dataclass(frozen=True)
class Trend:
    """A straight line through values over time, and whether its slope differs from zero at 95 %."""

    intercept: float
    slope: float
    u_slope: float
    t: float
    t_limit: float
    stable: bool


@dataclass(frozen=True)
class Characterised:
    """The property value by several laboratories or methods, and its standard uncertainty ``u_char``.

    ``chi2`` and ``p`` tell whether the results agree within their uncertainties (None where none were stated).
    """

    value: float
    u_char: float
    laboratories: int
    chi2: float | None
    p: float | None


@dataclass(frozen=True)
class Certified:
    """The certified value with its combined and expanded uncertainty, and what each part contributes to u²."""

    value: float
    u: float
    k: float
    U: float
    shares: dict[str, float]


def between_units(data: ArrayLike) -> BetweenUnits:
    """Between-unit and within-unit standard deviations of ``data`` (units × replicates), by analysis of variance.

    u_hidden = s_wb/√n · ⁴√(2/ν) (7.7): a spread between units as large would have gone unseen. Raises DataRefused.

    >>> found = between_units([[10.0, 10.2], [10.4, 10.6], [10.1, 10.1]])
    >>> round(found.s_bb, 4), round(found.s_wb, 4)
    (0.216, 0.1155)
    """
    values = table(data, "data")
    units, replicates = values.shape
    if units < 2 or replicates < 2:
        raise DataRefused(
            f"至少要有 2 个单元、每个 2 次测量，现为 {units}×{replicates}",
            f"at least 2 units with 2 measurements each are needed; there are {units} × {replicates}",
            "data",
        )
    within = float(values.var(axis=1, ddof=1).mean())
    between = float(values.mean(axis=1).var(ddof=1))
    s_bb = math.sqrt(max(0.0, between - within / replicates))
    dof = units * (replicates - 1)
    hidden = math.sqrt(within / replicates) * (2 / dof) ** 0.25
    return BetweenUnits(float(values.mean()), math.sqrt(within), s_bb, hidden, max(s_bb, hidden))


def trend(time: ArrayLike, values: ArrayLike) -> Trend:
    """The line through ``values`` at ``time``, 8.5: stable where |slope| ≤ t₀.₉₅ · u(slope). Raises DataRefused.

    >>> trend([0, 6, 12, 18, 24], [10.0, 10.1, 9.9, 10.05, 9.95]).stable
    True
    """
    t, y = column(time, "time", least=3), column(values, "values", least=3)
    if len(t) != len(y):
        raise DataRefused("“time”与“values”须一一对应", "'time' and 'values' must have equal length", "values")
    away = t - t.mean()
    square = float((away * away).sum())
    if not square:
        raise DataRefused("所有时间相同，无从求趋势", "all times are equal: there is no trend", "time")
    slope = float((away * y).sum()) / square
    intercept = float(y.mean()) - slope * float(t.mean())
    rest = y - intercept - slope * t
    dof = len(t) - 2
    u_slope = math.sqrt(float((rest * rest).sum()) / dof / square)
    limit = student_t_quantile(0.975, dof)
    ratio = abs(slope) / u_slope if u_slope else (math.inf if slope else 0.0)
    return Trend(intercept, slope, u_slope, ratio, limit, ratio <= limit)


def stability_uncertainty(found: Trend, shelf_life: float) -> float:
    """u_stab = u(slope) · shelf life, 8.6, for a material that proved stable; times as in the study."""
    if shelf_life < 0:
        raise DataRefused("有效期不能为负", "a shelf life cannot be negative", "shelf_life")
    return found.u_slope * shelf_life


@dataclass(frozen=True)
class Arrhenius:
    """ln k = ln A − E/(RT): activation energy in J/mol, the rate at a storage temperature and the time until a loss."""

    energy: float
    ln_factor: float
    rate: float
    months: float


def arrhenius(celsius: ArrayLike, rates: ArrayLike, storage: float, loss: float) -> Arrhenius:
    """Shelf life from ``rates`` of degradation (relative loss per unit of time) at raised temperatures, 8.7.

    ``storage`` is the temperature in °C, ``loss`` the relative loss that may be borne. The line is fitted to ln k over
    1/T. ``months`` has the unit of time of the rates. Raises DataRefused.

    >>> found = arrhenius([40, 50, 60], [0.002, 0.006, 0.017], 4, 0.05)
    >>> 80_000 < found.energy < 100_000, found.months > 100
    (True, True)
    """
    temperatures = column(celsius, "celsius", least=2) + ZERO_CELSIUS
    speeds = positive(rates, "rates", least=2)
    if len(temperatures) != len(speeds) or (temperatures <= 0).any() or storage <= -ZERO_CELSIUS:
        raise DataRefused(
            "温度须高于绝对零度，且与“rates”一一对应",
            "temperatures must lie above absolute zero and there must be one for each rate",
            "celsius",
        )
    x, y = 1 / temperatures, np.log(speeds)
    away = x - x.mean()
    square = float((away * away).sum())
    if not square:
        raise DataRefused("所有温度相同", "all temperatures are equal", "celsius")
    slope = float((away * y).sum()) / square
    ln_factor = float(y.mean()) - slope * float(x.mean())
    rate = math.exp(ln_factor + slope / (storage + ZERO_CELSIUS))
    if not 0 < loss < 1:
        raise DataRefused("“loss”须在 0 与 1 之间", "'loss' must lie between 0 and 1", "loss")
    return Arrhenius(-slope * GAS_CONSTANT, ln_factor, rate, -math.log1p(-loss) / rate)


def characterise(x: ArrayLike, u: ArrayLike | None = None, method: str = "mean") -> Characterised:
    """The property value from ``x``, one result of each laboratory, clause 9.

    "mean" and "median" (robust) take the scatter between laboratories as it is. With ``u``, their standard
    uncertainties, every estimator of ``interlab.consensus`` may be named: "mandel_paule" and "reml" add the variance
    between laboratories that the uncertainties do not explain. Raises DataRefused below three laboratories.

    >>> found = characterise([10.0, 10.4, 10.2, 10.2])
    >>> round(found.value, 2), round(found.u_char, 4)
    (10.2, 0.0816)
    """
    values = column(x, "x", least=3)
    if method not in consensus.METHODS or (u is None and method not in ("mean", "median")):
        raise DataRefused(
            f"方法“{method}”须给出不确定度“u”，或不存在；可选：{'、'.join(consensus.METHODS)}",
            f"method '{method}' needs uncertainties 'u', or there is none; there are {', '.join(consensus.METHODS)}",
            "method",
        )
    found = consensus.METHODS[method](values, np.ones(len(values)) if u is None else u)
    stated = u is not None
    return Characterised(
        found.value, found.u, len(found.used), found.chi2 if stated else None, found.p if stated else None
    )


def certified(value: float, u_char: float, u_hom: float, u_stab: float, k: float = 2.0) -> Certified:
    """The certified value with u² = u_char² + u_hom² + u_stab², clause 10. Raises DataRefused.

    >>> found = certified(10.0, 0.03, 0.04, 0.0)
    >>> round(found.u, 6), round(found.U, 6), round(found.shares["homogeneity"], 6)
    (0.05, 0.1, 0.64)
    """
    column([value], "value")
    parts = {"characterisation": u_char, "homogeneity": u_hom, "stability": u_stab}
    for name, one in parts.items():
        positive([one], f"u_{name}", zero=True)
    u = math.sqrt(sum(one * one for one in parts.values()))
    shares = {name: (one / u) ** 2 if u else 0.0 for name, one in parts.items()}
    return Certified(value, u, k, k * u, shares)
