"""What is known of an input quantity: its distribution, estimate, standard uncertainty, degrees of freedom.

Source: JCGM 101:2008, 6.4 and table 1 (distributions and how they are sampled); JCGM 100:2008, 4.2 and 4.3 (u).
Parameters are those of the standard; u is what the GUM framework uses. For Student's t that is its scale (s/√n).

>>> round(rectangular(0.0, half_width=3**0.5).u, 12)
1.0
>>> observed([5.007, 4.994, 5.005, 4.990, 4.999]).dof
4.0
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from quanheng.science.errors import ScienceError

if TYPE_CHECKING:
    import numpy as np

INF = math.inf


class InputRefused(ScienceError):
    """Facts from which no distribution follows."""


class Input(NamedTuple):
    """An input quantity: estimate ``value``, standard uncertainty ``u`` (same unit), degrees of freedom ``dof``.

    ``parameters`` are those that the distribution is sampled with; make inputs with the functions below.
    """

    dist: str
    value: float
    u: float
    dof: float
    parameters: tuple[float, ...]


def _checked(dist: str, value: float, u: float, dof: float, parameters: tuple[float, ...]) -> Input:
    value, u, dof = float(value), float(u), float(dof)
    if not math.isfinite(value):
        raise InputRefused("估计值须为有限数", "the estimate must be a finite number", "value")
    if not 0.0 <= u < INF:
        raise InputRefused(
            "标准不确定度须为有限数且不能为负", "the standard uncertainty must be finite, not negative", "u"
        )
    if not dof > 0.0:
        raise InputRefused("自由度须大于 0（无穷大则不填）", "the degrees of freedom must be above 0", "dof")
    return Input(dist, value, u, dof, parameters)


def constant(value: float) -> Input:
    """A quantity that is known exactly."""
    return _checked("constant", value, 0.0, INF, (value,))


def normal(value: float, u: float, dof: float = INF) -> Input:
    """N(value, u²): JCGM 101, 6.4.7."""
    return _checked("normal", value, u, dof, (value, u))


def student(value: float, u: float, dof: float) -> Input:
    """t_ν(value, u²) scaled and shifted: JCGM 101, 6.4.9. ``u`` is its scale, such as s/√n."""
    return _checked("t", value, u, dof, (value, u, dof))


def observed(readings: Sequence[float]) -> Input:
    """The mean of n independent readings: t with n − 1 degrees of freedom and scale s/√n (JCGM 101, 6.4.9.2).

    Raises InputRefused for fewer than two readings.
    """
    n = len(readings)
    if n < 2:
        raise InputRefused("A 类评定至少要有 2 个读数", "a type A evaluation needs at least 2 readings", "readings")
    mean = math.fsum(readings) / n
    s = math.sqrt(math.fsum((one - mean) ** 2 for one in readings) / (n - 1))
    return student(mean, s / math.sqrt(n), n - 1)


def _limits(
    value: float | None, half_width: float | None, lower: float | None, upper: float | None
) -> tuple[float, float, float]:
    """Lower limit, upper limit, middle. Raises InputRefused."""
    if value is not None and half_width is not None:
        if not half_width >= 0:
            raise InputRefused("半宽不能为负", "the half-width must not be negative", "half_width")
        return float(value) - half_width, float(value) + half_width, float(value)
    if lower is None or upper is None:
        raise InputRefused(
            "请给出 value 与 half_width，或 lower 与 upper",
            "give value and half_width, or lower and upper",
            "half_width",
        )
    if not lower <= upper:
        raise InputRefused("下限大于上限，请核对", "the lower limit exceeds the upper one; check them", "lower")
    return float(lower), float(upper), (float(lower) + float(upper)) / 2


def rectangular(
    value: float | None = None,
    *,
    half_width: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    dof: float = INF,
) -> Input:
    """R(a, b): JCGM 101, 6.4.2; u = (b − a)/√12."""
    a, b, middle = _limits(value, half_width, lower, upper)
    return _checked("rectangular", middle, (b - a) / math.sqrt(12), dof, (a, b))


def curvilinear_trapezoid(
    value: float | None = None,
    *,
    half_width: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    d: float,
    dof: float = INF,
) -> Input:
    """CTrap(a, b, d): a rectangle whose limits are known to ± d (JCGM 101, 6.4.3). Raises InputRefused."""
    a, b, middle = _limits(value, half_width, lower, upper)
    if not 0 < d < (b - a) / 2:
        raise InputRefused(
            "限的不准确度 d 须大于 0 且小于半宽",
            "the inexactness d of the limits must lie between 0 and the half-width",
            "d",
        )
    return _checked("ctrap", middle, math.sqrt((b - a) ** 2 / 12 + d * d / 9), dof, (a, b, float(d)))


def trapezoidal(
    value: float | None = None,
    *,
    half_width: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    beta: float,
    dof: float = INF,
) -> Input:
    """Trap(a, b, β): β is top by base (JCGM 101, 6.4.4); u² = (b − a)²(1 + β²)/24. Raises InputRefused."""
    a, b, middle = _limits(value, half_width, lower, upper)
    if not 0 <= beta <= 1:
        raise InputRefused(
            "梯形的上下底之比 beta 须在 0 与 1 之间", "beta, top by base, must lie between 0 and 1", "beta"
        )
    u = (b - a) * math.sqrt((1 + beta * beta) / 24)
    return _checked("trapezoidal", middle, u, dof, (a, b, float(beta)))


def triangular(
    value: float | None = None,
    *,
    half_width: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    dof: float = INF,
) -> Input:
    """T(a, b), symmetric: JCGM 101, 6.4.5; u = (b − a)/√24."""
    a, b, middle = _limits(value, half_width, lower, upper)
    return _checked("triangular", middle, (b - a) / math.sqrt(24), dof, (a, b))


def arcsine(
    value: float | None = None,
    *,
    half_width: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    dof: float = INF,
) -> Input:
    """U(a, b), U-shaped, of a quantity that cycles: JCGM 101, 6.4.6; u = (b − a)/√8."""
    a, b, middle = _limits(value, half_width, lower, upper)
    return _checked("arcsine", middle, (b - a) / math.sqrt(8), dof, (a, b))


def exponential(value: float) -> Input:
    """Ex(1/x) of a non-negative quantity of which the estimate alone is known: JCGM 101, 6.4.10; u = x."""
    if not value > 0:
        raise InputRefused(
            "指数分布的估计值须大于 0", "the estimate of an exponential quantity must be above 0", "value"
        )
    return _checked("exponential", value, value, INF, (float(value),))


def counted(counts: int) -> Input:
    """G(q + 1, 1): the mean of a Poisson process after q counts (JCGM 101, 6.4.11); estimate and u² are q + 1."""
    if not counts >= 0:
        raise InputRefused("计数不能为负", "counts must not be negative", "counts")
    return gamma(counts + 1.0, 1.0)


def gamma(shape: float, scale: float = 1.0) -> Input:
    """G(α, β) with estimate αβ and u = β√α."""
    if not (shape > 0 and scale > 0):
        raise InputRefused("形状与尺度参数须大于 0", "shape and scale must be above 0", "shape")
    return _checked("gamma", shape * scale, scale * math.sqrt(shape), INF, (float(shape), float(scale)))


# --- from keys, as tasks have them -----------------------------------------------------------------------------

#: Half the width of a symmetric distribution of limits by its standard uncertainty.
_HALF_BY_U = {"rectangular": math.sqrt(3), "triangular": math.sqrt(6), "arcsine": math.sqrt(2)}
_LIMITED: dict[str, Callable[..., Input]] = {
    "rectangular": rectangular,
    "triangular": triangular,
    "arcsine": arcsine,
    "trapezoidal": trapezoidal,
    "ctrap": curvilinear_trapezoid,
}
DISTRIBUTIONS = (
    "normal", "t", "rectangular", "triangular", "trapezoidal", "ctrap", "arcsine", "exponential", "gamma", "constant",
)  # fmt: skip
ALIASES = {
    "uniform": "rectangular", "gaussian": "normal", "student": "t", "student_t": "t", "u_shaped": "arcsine",
    "trap": "trapezoidal", "trapezoid": "trapezoidal", "curvilinear_trapezoid": "ctrap",
}  # fmt: skip
_TAKES = {
    "normal": {"value", "u", "U", "k", "dof"},
    "t": {"value", "u", "U", "k", "dof", "readings"},
    "rectangular": {"value", "u", "half_width", "lower", "upper", "dof"},
    "triangular": {"value", "u", "half_width", "lower", "upper", "dof"},
    "arcsine": {"value", "u", "half_width", "lower", "upper", "dof"},
    "trapezoidal": {"value", "half_width", "lower", "upper", "beta", "dof"},
    "ctrap": {"value", "half_width", "lower", "upper", "d", "dof"},
    "exponential": {"value"},
    "gamma": {"counts", "shape", "scale"},
    "constant": {"value"},
}


def input_of(facts: Mapping[str, Any]) -> Input:
    """An input from named facts: ``dist`` and what belongs to it. Raises InputRefused with the key that is wrong.

    Without ``dist``: readings make a t, limits a rectangle, a value with u (or U and k) a normal distribution, a
    value alone a constant. Keys that are None count as absent.

    >>> input_of({"value": 0, "half_width": 0.5, "dist": "arcsine"}).u == 0.5 / 2**0.5
    True
    """
    given = {key: value for key, value in facts.items() if value is not None and key != "dist"}
    dist = facts.get("dist") or _usual(given)
    dist = ALIASES.get(dist, dist)
    if dist not in _TAKES:
        there = ", ".join(DISTRIBUTIONS)
        raise InputRefused(
            f"没有分布“{dist}”，可选：{there}", f"there is no distribution '{dist}'; take {there}", "dist"
        )
    for key in given:
        if key not in _TAKES[dist]:
            takes = ", ".join(sorted(_TAKES[dist]))
            raise InputRefused(
                f"分布 {dist} 不用“{key}”，可用：{takes}",
                f"the distribution {dist} takes no '{key}'; it takes {takes}",
                key,
            )
    dof = float(given.get("dof", INF))
    if dist in _LIMITED:
        return _limited(dist, given)
    if dist == "gamma":
        if "counts" in given:
            return counted(given["counts"])
        return gamma(_needed(given, "shape"), given.get("scale", 1.0))
    if dist == "t" and "readings" in given:
        return observed(given["readings"])
    value = _needed(given, "value")
    if dist in ("constant", "exponential"):
        return constant(value) if dist == "constant" else exponential(value)
    u = _standard(given)
    if dist == "normal":
        return normal(value, u, dof)
    return student(value, u, _needed(given, "dof"))


def _usual(given: Mapping[str, Any]) -> str:
    if "readings" in given:
        return "t"
    if {"half_width", "lower", "upper"} & given.keys():
        return "rectangular"
    if "counts" in given or "shape" in given:
        return "gamma"
    return "normal" if {"u", "U"} & given.keys() else "constant"


def _limited(dist: str, given: dict[str, Any]) -> Input:
    if "u" in given:
        if {"half_width", "lower", "upper"} & given.keys():
            raise InputRefused("u 与半宽、上下限只能给一种", "give u or limits, not both", "u")
        given = {**given, "half_width": given["u"] * _HALF_BY_U[dist]}
        del given["u"]
    if "half_width" in given and "value" not in given:
        raise InputRefused("缺少估计值 value，请补上", "the estimate is missing; add value", "value")
    if "half_width" not in given and "value" in given and "lower" in given:
        del given["value"]  # the middle of the limits is the estimate
    for key in ("d", "beta"):
        if key in _TAKES[dist] and key not in given:
            raise InputRefused(f"分布 {dist} 缺少 {key}，请补上", f"the distribution {dist} needs {key}; add it", key)
    return _LIMITED[dist](**given)


def _standard(given: Mapping[str, Any]) -> float:
    if "u" in given:
        return float(given["u"])
    expanded, k = _needed(given, "U", "u"), float(given.get("k", 2.0))
    if not k > 0:
        raise InputRefused("包含因子 k 须大于 0", "the coverage factor k must be above 0", "k")
    return float(expanded) / k


def _needed(given: Mapping[str, Any], key: str, shown: str = "") -> Any:
    if key not in given:
        shown = shown or key
        raise InputRefused(f"缺少 {shown}，请补上", f"{shown} is missing; add it", shown)
    return given[key]


# --- sampling ------------------------------------------------------------------------------------------------


def draw(one: Input, generator: np.random.Generator, size: int) -> Any:
    """``size`` draws of an input, independent of all others; the number itself for a constant."""
    if one.u == 0.0:
        return one.value
    return _DRAWS[one.dist](generator, size, *one.parameters)


def _scaled(drawn: Any, scale: float, shift: float) -> Any:
    drawn *= scale
    drawn += shift
    return drawn


def _draw_ctrap(generator: np.random.Generator, size: int, a: float, b: float, d: float) -> Any:
    start = _scaled(generator.random(size), 2 * d, a - d)
    return start + ((a + b) - 2 * start) * generator.random(size)


def _draw_trapezoid(generator: np.random.Generator, size: int, a: float, b: float, beta: float) -> Any:
    half = (b - a) / 2
    wide = _scaled(generator.random(size), half * (1 + beta), a)
    return wide + _scaled(generator.random(size), half * (1 - beta), 0.0)


def _draw_arcsine(generator: np.random.Generator, size: int, a: float, b: float) -> Any:
    import numpy as np

    return _scaled(np.sin(_scaled(generator.random(size), math.pi, -math.pi / 2)), (b - a) / 2, (a + b) / 2)


_DRAWS: dict[str, Callable[..., Any]] = {
    "normal": lambda g, size, value, u: _scaled(g.standard_normal(size), u, value),
    "t": lambda g, size, value, u, dof: _scaled(g.standard_t(dof, size), u, value),
    "rectangular": lambda g, size, a, b: _scaled(g.random(size), b - a, a),
    "triangular": lambda g, size, a, b: _draw_trapezoid(g, size, a, b, 0.0),
    "trapezoidal": _draw_trapezoid,
    "ctrap": _draw_ctrap,
    "arcsine": _draw_arcsine,
    "exponential": lambda g, size, value: _scaled(g.standard_exponential(size), value, 0.0),
    "gamma": lambda g, size, shape, scale: _scaled(g.standard_gamma(shape, size), scale, 0.0),
}
