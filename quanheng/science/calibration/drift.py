"""Intervals from measured drift: until the uncertainty, or the predicted value with it, leaves what is allowed.

Sources: H. Castrup, Calibration intervals from variables data (NCSLI RP-1 (2010), NASA-HDBK-8739.19-5, 5.4.3);
ILAC-G24:2022 / OIML D 10:2022, 7.2 (control chart).

>>> t, away = [70, 86, 104, 135, 167, 173], [0.1, 0.11, 0.251, 0.299, 0.403, 0.615]
>>> round(by_drift(t, away, 0.28, u_target=0.5, degree=2).interval, 2)
327.15
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quanheng.science.calibration.intervals import IntervalRefused, _positive, _share
from quanheng.science.special import student_t_quantile

MOST_POINTS = 10_000
_STEPS = 2_000


@dataclass(frozen=True)
class DriftInterval:
    """An interval by drift δ(t) = Σ b_k t^k: coefficients, scatter about it, degrees of freedom.

    ``value`` and ``u`` are what is predicted at the end of the interval; ``reached`` is false where the limit was not
    reached within ``longest``, which then is the interval.
    """

    interval: float
    coefficients: tuple[float, ...]
    scatter: float
    dof: float
    value: float
    u: float
    reached: bool


def by_drift(
    times: Sequence[float],
    changes: Sequence[float],
    u0: float,
    *,
    y0: float = 0.0,
    degree: int = 1,
    u_target: float | None = None,
    lower: float = -math.inf,
    upper: float = math.inf,
    coverage: float = 0.9,
    longest: float | None = None,
) -> DriftInterval:
    """The variables method: ``changes`` of the value since the last calibration, found after ``times``.

    ``u0`` is the standard uncertainty and ``y0`` the value just after calibration. With ``u_target`` the interval ends
    where the predicted standard uncertainty reaches it, u² = u0² + s²(1 + tᵀ(TᵀT)⁻¹t); else where y0 + δ(t) with
    its t-band of ``coverage`` (one-sided at a single limit) leaves the limits. ``longest`` bounds it (default ten
    times the longest time). Raises IntervalRefused.
    """
    t, away = _series(times, changes, degree)
    if not 0 <= u0 < math.inf:
        raise IntervalRefused("u0 须为有限数且不能为负", "u0 must be finite and not negative", "u0")
    powers = np.arange(1, degree + 1)
    span = float(t.max())
    b, variance, inverse = _least_squares((t / span)[:, None] ** powers, away, "changes")
    dof = len(t) - degree

    def at(x: float) -> tuple[float, float]:
        row = (x / span) ** powers
        return y0 + float(row @ b), math.sqrt(u0**2 + variance * (1 + float(row @ inverse @ row)))

    told = tuple((b / span**powers).tolist())
    return _until(at, told, variance, dof, u_target, lower, upper, coverage, longest or 10 * span)


def by_control_chart(
    times: Sequence[float],
    values: Sequence[float],
    *,
    lower: float = -math.inf,
    upper: float = math.inf,
    coverage: float = 0.9,
    u: float = 0.0,
    longest: float | None = None,
) -> DriftInterval:
    """The control chart of one point: values as found at past calibrations, carried on by their straight line.

    The interval runs from the last calibration until the prediction band of ``coverage`` leaves the limits; ``u`` is
    the standard uncertainty of a calibration that its scatter does not show. Raises IntervalRefused.

    >>> round(by_control_chart([0, 1, 2, 3], [0.0, 0.1, 0.2, 0.3], upper=0.8).interval, 9)
    5.0
    """
    t, y = _series(times, values, 2)
    span = float(t.max() - t.min())
    if span <= 0:
        raise IntervalRefused("各次校准的时间须不同", "the calibrations must be at different times", "times")
    last = float(t.max())
    design = np.column_stack([np.ones_like(t), (t - last) / span])
    b, variance, inverse = _least_squares(design, y, "values")

    def at(x: float) -> tuple[float, float]:
        row = np.array([1.0, x / span])
        return float(row @ b), math.sqrt(u**2 + variance * (1 + float(row @ inverse @ row)))

    told = (float(b[0] - b[1] * last / span), float(b[1] / span))
    return _until(at, told, variance, len(t) - 2, None, lower, upper, coverage, longest or 10 * span)


def _series(times: Sequence[float], values: Sequence[float], needs: int) -> tuple[Any, Any]:
    t, y = np.asarray(times, float), np.asarray(values, float)
    if t.ndim != 1 or t.shape != y.shape or not (np.isfinite(t).all() and np.isfinite(y).all()):
        raise IntervalRefused(
            "时间与数值须为个数相同的有限数", "times and values must be finite and equal in number", "times"
        )
    if (t < 0).any():
        raise IntervalRefused("时间不能为负", "times must not be negative", "times")
    if not 1 <= needs <= 3:
        raise IntervalRefused("漂移的次数须为 1 至 3", "the degree of the drift must be 1 to 3", "degree")
    if not needs < len(t) <= MOST_POINTS or len(set(t.tolist()) - {0.0}) < needs:
        raise IntervalRefused(
            f"至少要 {needs + 1} 个点、{needs} 个不同的时间，至多 {MOST_POINTS} 个",
            f"give at least {needs + 1} points with {needs} different times, at most {MOST_POINTS}",
            "times",
        )
    return t, y


def _least_squares(design: Any, y: Any, field: str) -> tuple[Any, float, Any]:
    """Coefficients, variance about them, (XᵀX)⁻¹."""
    q, r = np.linalg.qr(design)
    if np.abs(np.diag(r)).min() < 1e-12 * np.abs(np.diag(r)).max():
        raise IntervalRefused("时间太接近，不能确定漂移", "the times are too close to tell a drift", "times")
    b = np.linalg.solve(r, q.T @ y)
    away = y - design @ b
    inverse = np.linalg.inv(r)
    return b, float(away @ away) / (len(y) - design.shape[1]), inverse @ inverse.T


def _until(
    at: Callable[[float], tuple[float, float]],
    coefficients: tuple[float, ...],
    variance: float,
    dof: float,
    u_target: float | None,
    lower: float,
    upper: float,
    coverage: float,
    longest: float,
) -> DriftInterval:
    """The first time at which the prediction is not allowed any more."""
    _positive(longest, "longest")
    if u_target is not None:
        _positive(u_target, "u_target")

        def allowed(x: float) -> bool:
            return at(x)[1] <= u_target
    else:
        if math.isinf(lower) and math.isinf(upper):
            raise IntervalRefused("请给出 u_target 或限值", "give u_target or a limit", "upper")
        if not lower < upper:
            raise IntervalRefused("下限须小于上限", "the lower limit must lie below the upper one", "lower")
        _share(coverage, "coverage")
        both = math.isfinite(lower) and math.isfinite(upper)
        k = student_t_quantile(0.5 + coverage / 2 if both else coverage, dof)

        def allowed(x: float) -> bool:
            value, u = at(x)
            return (
                lower <= value - (k * u if math.isfinite(lower) else 0)
                and value + (k * u if math.isfinite(upper) else 0) <= upper
            )

    if not allowed(0.0):
        raise IntervalRefused(
            "刚校准后就已超出要求，没有可用的间隔；请放宽要求或改进校准",
            "what is asked is not met even just after calibration; ask less or calibrate better",
            "u_target" if u_target is not None else "upper",
        )
    # Steps first, so that the first crossing is found even where the drift turns back.
    low = 0.0
    for step in range(1, _STEPS + 1):
        high = longest * step / _STEPS
        if not allowed(high):
            break
        low = high
    else:
        return DriftInterval(longest, coefficients, math.sqrt(variance), dof, *at(longest), False)
    while (middle := (low + high) / 2) not in (low, high) and high - low > 1e-12 * longest:
        low, high = (middle, high) if allowed(middle) else (low, middle)
    return DriftInterval(low, coefficients, math.sqrt(variance), dof, *at(low), True)
