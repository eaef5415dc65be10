"""Intervals from a reliability curve: the share in tolerance as a function of the time since calibration.

Source: NCSLI RP-1 (2010), method S2, in NASA-HDBK-8739.19-5, 5.4.2 and table 5-1: ten models, fitted to counts by
maximum likelihood. The recommended practice chooses among them by a figure of merit of its own; here the choice is
by Akaike's criterion among the models that the data do not reject, and every model is told.

>>> found = by_reliability([30, 60, 90, 120], [50, 50, 50, 50], [48, 45, 43, 40], 0.85, models=["exponential"])
>>> found.model, round(found.interval)
('exponential', 94)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quanheng.science.calibration.intervals import IntervalRefused, _positive, _share
from quanheng.science.special import chi_square_cdf, chi_square_quantile, normal_cdf

#: Each time costs in every step of every fit: more of them are put together in groups.
MOST_POINTS = 60
_LEAST, _MOST = 1e-12, 1 - 1e-12


@dataclass(frozen=True)
class ReliabilityFit:
    """One fitted model: parameters, deviance (2·log-likelihood below the saturated model), its degrees of freedom, the
    probability of more (None without degrees of freedom), Akaike's criterion, the interval for the target or None."""

    model: str
    parameters: tuple[float, ...]
    deviance: float
    dof: int
    p: float | None
    aic: float
    interval: float | None


@dataclass(frozen=True)
class ReliabilityInterval:
    """The interval of the chosen model, its bounds at ``confidence`` (profile of the likelihood), and all fits."""

    model: str
    interval: float
    low: float
    high: float | None
    confidence: float
    fits: tuple[ReliabilityFit, ...]


def _random_walk(t: float, a: float, b: float) -> float:
    return math.erf(1 / math.sqrt(2 * (a + b * t)))


def _restricted(t: float, a: float, b: float, c: float) -> float:
    return math.erf(1 / math.sqrt(2 * (a + b * -math.expm1(-c * t))))


def _modified_gamma(t: float, a: float) -> float:
    x = a * t
    return math.exp(-x) * (1 + x + x * x / 2 + x**3 / 6)


def _drift(t: float, a: float, b: float, c: float) -> float:
    return normal_cdf(a + c * t) + normal_cdf(b - c * t) - 1


def _warranty(t: float, a: float, b: float) -> float:
    return 1 / (1 + math.exp(min(a * (t - b), 700)))


#: Each model of time in units of the mean time, with starting values of its parameters, all of which are above 0.
MODELS: dict[str, tuple[Callable[..., float], tuple[float, ...]]] = {
    "exponential": (lambda t, a: math.exp(-a * t), (0.3,)),
    "weibull": (lambda t, a, b: math.exp(-((a * t) ** b)), (0.3, 1.0)),
    "mixed_exponential": (lambda t, a, b: (1 + a * t) ** -b, (0.3, 1.0)),
    "random_walk": (_random_walk, (0.2, 0.5)),
    "restricted_random_walk": (_restricted, (0.2, 0.7, 1.0)),
    "modified_gamma": (_modified_gamma, (2.0,)),
    "mortality_drift": (lambda t, a, b: math.exp(-(a * t + b * t * t)), (0.2, 0.1)),
    "warranty": (_warranty, (1.0, 2.0)),
    "drift": (_drift, (2.0, 2.0, 1.0)),
    "lognormal": (lambda t, a, b: normal_cdf(-math.log(a * t) / b) if t > 0 else 1.0, (0.5, 1.0)),
}


def by_reliability(
    times: Sequence[float],
    tested: Sequence[int],
    in_tolerance: Sequence[int],
    target: float,
    *,
    models: Sequence[str] = tuple(MODELS),
    confidence: float = 0.9,
    rejected_below: float = 0.05,
    longest: float | None = None,
) -> ReliabilityInterval:
    """RP-1 method S2: the time at which the fitted reliability falls to the target.

    ``times`` since calibration, at each the number ``tested`` and how many of them were found ``in_tolerance``.
    ``longest`` bounds the interval (default ten times the longest time). Raises IntervalRefused.
    """
    data = _counts(times, tested, in_tolerance)
    _share(target, "target")
    _share(confidence, "confidence")
    if unknown := [name for name in models if name not in MODELS]:
        there = ", ".join(MODELS)
        raise IntervalRefused(
            f"没有模型“{unknown[0]}”，可选：{there}", f"there is no model '{unknown[0]}'; take {there}", "models"
        )
    unit = sum(t * n for t, n, _g in data) / sum(n for _t, n, _g in data)
    scaled = [(t / unit, n, g) for t, n, g in data]
    end = (longest or 10 * max(t for t, _n, _g in data)) / unit
    _positive(end, "longest")
    fits = [one for one in (_fitted(name, scaled, target, unit, end) for name in models) if one is not None]
    usable = [one for one in fits if one.interval is not None]
    if not usable:
        raise IntervalRefused(
            "数据太少，或目标可靠度在校准后立即就达不到，没有模型给出间隔",
            "no model gives an interval: too few times, or the target is not met even just after calibration",
            "target",
        )
    sound = [one for one in usable if one.p is None or one.p >= rejected_below] or usable
    best = min(sound, key=lambda one: one.aic)
    assert best.interval is not None
    low, high = _bounds(best, scaled, target, unit, end, confidence)
    return ReliabilityInterval(
        best.model, best.interval, low, high, confidence, tuple(sorted(fits, key=lambda one: one.aic))
    )


_Data = Sequence[tuple[float, int, int]]


def _counts(times: Sequence[float], tested: Sequence[int], in_tolerance: Sequence[int]) -> list[tuple[float, int, int]]:
    if not len(times) == len(tested) == len(in_tolerance) or not 2 <= len(times) <= MOST_POINTS:
        raise IntervalRefused(
            f"times、tested、in_tolerance 须个数相同，2 至 {MOST_POINTS} 个",
            f"times, tested and in_tolerance must be equal in number, 2 to {MOST_POINTS}",
            "times",
        )
    for t in times:
        _positive(t, "times")
    for n, g in zip(tested, in_tolerance, strict=True):
        if not 0 <= g <= n or n < 1:
            raise IntervalRefused(
                "每个时间的合格数须在 0 与校准数之间",
                "those in tolerance must be 0 to the number tested",
                "in_tolerance",
            )
    return list(zip(map(float, times), tested, in_tolerance, strict=True))


def _deviance(model: Callable[..., float], logs: Sequence[float], data: _Data) -> float:
    total = 0.0
    try:
        parameters = [math.exp(one) for one in logs]
        for t, n, g in data:
            r = min(max(model(t, *parameters), _LEAST), _MOST)
            if g:
                total += g * math.log(g / n / r)
            if g < n:
                total += (n - g) * math.log((n - g) / n / (1 - r))
    except (ValueError, ArithmeticError):
        return math.inf
    return 2 * total


def _fitted(name: str, data: _Data, target: float, unit: float, end: float) -> ReliabilityFit | None:
    model, start = MODELS[name]
    dof = len(data) - len(start)
    if dof < 0:
        return None
    starts = [[math.log(one * factor) for one in start] for factor in (1.0, 0.3, 3.0)]
    found = min((nelder_mead(lambda logs: _deviance(model, logs, data), one) for one in starts), key=lambda one: one[1])
    logs, deviance = found
    if not math.isfinite(deviance):
        return None
    parameters = tuple(math.exp(one) for one in logs)
    crossing = _crossing(lambda t: model(t, *parameters), target, end)
    # The saturated model's own part is the same for all: only differences of Akaike's criterion count.
    return ReliabilityFit(
        name, parameters, deviance, dof, 1 - chi_square_cdf(deviance, dof) if dof else None,
        deviance + 2 * len(start), None if crossing is None else crossing * unit,
    )  # fmt: skip


def _crossing(reliability: Callable[[float], float], target: float, end: float) -> float | None:
    """When the reliability falls to the target; the end where it does not; None where it starts below."""
    try:
        if reliability(0.0) <= target:
            return None
        if reliability(end) >= target:
            return end
        low, high = 0.0, end
        while (middle := (low + high) / 2) not in (low, high):
            low, high = (middle, high) if reliability(middle) >= target else (low, middle)
    except (ValueError, ArithmeticError):
        return None
    return low


def _bounds(
    fit: ReliabilityFit, data: _Data, target: float, unit: float, end: float, confidence: float
) -> tuple[float, float | None]:
    """Where the likelihood, maximised with the interval held, falls by what chi-square allows with one dof."""
    model, _start = MODELS[fit.model]
    logs = [math.log(one) for one in fit.parameters]
    allowed = fit.deviance + chi_square_quantile(confidence, 1)
    assert fit.interval is not None
    centre = fit.interval / unit

    def held(t: float) -> float:
        """The least deviance with reliability ``target`` at t: a stiff spring holds it there."""

        def penalised(point: Sequence[float]) -> float:
            try:
                gap = model(t, *[math.exp(one) for one in point]) - target
            except (ValueError, ArithmeticError):
                return math.inf
            return _deviance(model, point, data) + 1e7 * gap * gap

        return nelder_mead(penalised, logs, 400)[1]

    def edge(inside: float, outside: float) -> float:
        for _ in range(25):
            middle = math.sqrt(inside * outside)
            inside, outside = (middle, outside) if held(middle) <= allowed else (inside, middle)
        return inside

    low, high = centre / 50, min(centre * 50, end)
    bottom = low if held(low) <= allowed else edge(centre, low)
    top = None if centre >= end or held(high) <= allowed else edge(centre, high) * unit
    return bottom * unit, top


def nelder_mead(
    function: Callable[[Sequence[float]], float], start: Sequence[float], rounds: int = 600
) -> tuple[list[float], float]:
    """The least of a function of few variables, without derivatives (J. A. Nelder, R. Mead, Comput. J. 7 (1965) 308).

    >>> point, value = nelder_mead(lambda x: (x[0] - 1) ** 2 + (x[1] + 2) ** 2, [0.0, 0.0])
    >>> [round(one, 4) for one in point]
    [1.0, -2.0]
    """
    n = len(start)
    corners = [list(start)] + [[x + (0.4 if i == j else 0.0) for j, x in enumerate(start)] for i in range(n)]
    simplex = sorted(((function(one), one) for one in corners), key=lambda one: one[0])
    for _ in range(rounds):
        best, worst = simplex[0], simplex[-1]
        if worst[0] - best[0] <= 1e-12 * (abs(best[0]) + 1e-12) and math.isfinite(worst[0]):
            break
        middle = [sum(one[1][j] for one in simplex[:-1]) / n for j in range(n)]

        def moved(
            by: float, middle: list[float] = middle, worst: tuple[float, list[float]] = worst
        ) -> tuple[float, list[float]]:
            point = [m + by * (m - w) for m, w in zip(middle, worst[1], strict=True)]
            return function(point), point

        tried = moved(1.0)
        if tried[0] < best[0]:
            tried = min(tried, moved(2.0), key=lambda one: one[0])
        elif tried[0] >= simplex[-2][0]:
            tried = min(tried, moved(0.5 if tried[0] < worst[0] else -0.5), key=lambda one: one[0])
        if tried[0] < worst[0]:
            simplex[-1] = tried
        else:
            shrunk = [[(x + b) / 2 for x, b in zip(one[1], best[1], strict=True)] for one in simplex[1:]]
            simplex[1:] = [(function(one), one) for one in shrunk]
        simplex.sort(key=lambda one: one[0])
    return simplex[0][1], simplex[0][0]
