"""Truncated Taylor series of a model along many directions at once: derivatives up to the third, real or complex.

A series is an array of shape (4, D): row k holds the k-th coefficient of f(x + t·d) in t for each of D directions d.
Source of the recurrences: A. Griewank, A. Walther, Evaluating Derivatives (2008), table 13.1 and 13.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from quanheng.science.uncertainty.expression import Model, ModelRefused

ORDER = 4
Series = np.ndarray


def series(model: Model, values: Series, directions: Series) -> Series:
    """The coefficients of the model at ``values`` (n,) along ``directions`` (D, n): shape (4, D).

    Raises ModelRefused where they are not finite.
    """
    kind = complex if model.is_complex or np.iscomplexobj(values) else float
    registers: list[Series] = []
    for place in range(len(model.inputs)):
        one = np.zeros((ORDER, len(directions)), kind)
        one[0] = values[place]
        one[1] = directions[:, place]
        registers.append(one)
    for constant in model.constants:
        one = np.zeros((ORDER, len(directions)), kind)
        one[0] = constant
        registers.append(one)
    with np.errstate(all="ignore"):
        for step in model.steps:
            rule = _RULES[step.operation.name]
            given = [registers[step.first]] + ([registers[step.second]] if step.second >= 0 else [])
            registers.append(rule(*given))
    found = registers[model.result]
    if not np.isfinite(found).all():
        raise model._without_derivative()
    return found


def _multiply(x: Series, y: Series) -> Series:
    found = np.empty(x.shape, np.result_type(x, y))
    for k in range(ORDER):
        found[k] = sum(x[i] * y[k - i] for i in range(k + 1))
    return found


def _divide(x: Series, y: Series) -> Series:
    found = np.empty(x.shape, np.result_type(x, y))
    for k in range(ORDER):
        found[k] = (x[k] - sum(found[i] * y[k - i] for i in range(k))) / y[0]
    return found


def _integrated(first: Series, slope: Series, inner: Series) -> Series:
    """g(x) from its value and from the series of g'(x): (g∘x)' = g'(x)·x'."""
    found = np.empty(inner.shape, np.result_type(first, slope, inner))
    found[0] = first
    for k in range(1, ORDER):
        found[k] = sum(i * inner[i] * slope[k - i] for i in range(1, k + 1)) / k
    return found


def _exp(x: Series) -> Series:
    found = np.empty_like(x)
    found[0] = np.exp(x[0])
    for k in range(1, ORDER):
        found[k] = sum(i * x[i] * found[k - i] for i in range(1, k + 1)) / k
    return found


def _constant(x: Series, value: float) -> Series:
    found = np.zeros_like(x)
    found[0] = value
    return found


def _log(x: Series) -> Series:
    return _integrated(np.log(x[0]), _divide(_constant(x, 1.0), x), x)


def _sqrt(x: Series) -> Series:
    found = np.empty_like(x)
    found[0] = np.sqrt(x[0])
    for k in range(1, ORDER):
        found[k] = (x[k] - sum(found[i] * found[k - i] for i in range(1, k))) / (2 * found[0])
    return found


def _constant_power(x: Series, y: Series) -> Series:
    exponent = float(y[0, 0].real)
    if exponent.is_integer() and exponent >= 0:
        found, base, rest = _constant(x, 1.0), x, int(exponent)
        while rest:
            if rest & 1:
                found = _multiply(found, base)
            base, rest = _multiply(base, base), rest >> 1
        return found
    found = np.empty_like(x)
    found[0] = x[0] ** exponent
    for k in range(1, ORDER):
        found[k] = sum((exponent * i - (k - i)) * x[i] * found[k - i] for i in range(1, k + 1)) / (k * x[0])
    return found


def _power(x: Series, y: Series) -> Series:
    return _exp(_multiply(y, _log(x)))


def _pair(sign: float, sine: Callable[..., Any], cosine: Callable[..., Any], x: Series) -> tuple[Series, Series]:
    """Sine and cosine (sign −1) or their hyperbolic kin (sign +1) together."""
    s, c = np.empty_like(x), np.empty_like(x)
    s[0], c[0] = sine(x[0]), cosine(x[0])
    for k in range(1, ORDER):
        s[k] = sum(i * x[i] * c[k - i] for i in range(1, k + 1)) / k
        c[k] = sign * sum(i * x[i] * s[k - i] for i in range(1, k + 1)) / k
    return s, c


def _circular(x: Series) -> tuple[Series, Series]:
    return _pair(-1.0, np.sin, np.cos, x)


def _hyperbolic(x: Series) -> tuple[Series, Series]:
    return _pair(1.0, np.sinh, np.cosh, x)


def _inverse(function: Callable[..., Any], slope: Callable[[Series], Series]) -> Callable[[Series], Series]:
    return lambda x: _integrated(function(x[0]), slope(x), x)


def _one_over(x: Series) -> Series:
    return _divide(_constant(x, 1.0), x)


def _one_plus(x: Series, sign: float) -> Series:
    """1 + sign·x²."""
    found = sign * _multiply(x, x)
    found[0] += 1.0
    return found


def _real(x: Series) -> Series:
    return x.real.astype(x.dtype)


def _imag(x: Series) -> Series:
    return x.imag.astype(x.dtype)


def _abs(x: Series) -> Series:
    if np.iscomplexobj(x):
        re, im = _real(x), _imag(x)
        return _sqrt(_multiply(re, re) + _multiply(im, im))
    return x * np.where(x[0] == 0, np.nan, np.sign(x[0]))


def _atan2(y: Series, x: Series) -> Series:
    """The angle, by the integral of (x·y' − y·x') / (x² + y²)."""
    square = _multiply(x, x) + _multiply(y, y)
    k = np.arange(1, ORDER).reshape(-1, 1)
    rates_y, rates_x = np.zeros_like(y), np.zeros_like(x)
    rates_y[: ORDER - 1], rates_x[: ORDER - 1] = k * y[1:], k * x[1:]
    rate = _divide(_multiply(x, rates_y) - _multiply(y, rates_x), square)
    found = np.empty_like(rate)
    found[0] = np.arctan2(y[0].real, x[0].real)
    found[1:] = rate[: ORDER - 1] / k
    return found


def _arg(x: Series) -> Series:
    if np.iscomplexobj(x):
        return _atan2(_imag(x), _real(x))
    return _constant(x, 0.0) + np.where(x[0] < 0, np.pi, 0.0) * _constant(x, 1.0)


_RULES: dict[str, Callable[..., Series]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": _multiply,
    "div": _divide,
    "pow": _power,
    "powc": _constant_power,
    "neg": lambda x: -x,
    "sqrt": _sqrt,
    "exp": _exp,
    "log": _log,
    "log10": lambda x: _log(x) / np.log(10.0),
    "sin": lambda x: _circular(x)[0],
    "cos": lambda x: _circular(x)[1],
    "tan": lambda x: _divide(*_circular(x)),
    "asin": _inverse(np.arcsin, lambda x: _one_over(_sqrt(_one_plus(x, -1.0)))),
    "acos": _inverse(np.arccos, lambda x: -_one_over(_sqrt(_one_plus(x, -1.0)))),
    "atan": _inverse(np.arctan, lambda x: _one_over(_one_plus(x, 1.0))),
    "sinh": lambda x: _hyperbolic(x)[0],
    "cosh": lambda x: _hyperbolic(x)[1],
    "tanh": lambda x: _divide(*_hyperbolic(x)),
    "abs": _abs,
    "atan2": _atan2,
    "hypot": lambda x, y: _sqrt(_multiply(x, x) + _multiply(y, y)),
    "re": _real,
    "im": _imag,
    "arg": _arg,
    "conj": np.conj,
}


def higher_order_uncertainty(model: Model, values: Series, u: Series) -> float:
    """The standard uncertainty with the terms of the next higher order, for independent inputs.

    Source: JCGM 100:2008, 5.1.2, note: u² = Σ c_i²u_i² + Σ_i Σ_j [½ f_ij² + f_i f_ijj] u_i² u_j². The mixed
    derivatives come from series along u_i e_i, u_i e_i + u_j e_j and u_i e_i − u_j e_j. Raises ModelRefused.
    """
    n = len(values)
    if model.is_complex or not n:
        raise ModelRefused("复数模型没有高阶项", "there are no terms of higher order for complex models", "model")
    first, second = np.triu_indices(n, 1)
    unit = np.eye(n) * u
    found = series(model, values, np.vstack([unit, unit[first] + unit[second], unit[first] - unit[second]]))
    c1, c2, c3 = found[1, :n], found[2, :n], found[3, :n]
    plus, minus = found[:, n : n + len(first)], found[:, n + len(first) :]
    with np.errstate(all="ignore"):  # what overflows is not finite, which callers look at
        # Scaled derivatives: f_ii u_i² = 2 c2, f_iii u_i³ = 6 c3.
        mixed = (plus[2] - minus[2]) / 2
        by_second = plus[3] + minus[3] - 2 * c3[first]  # f_ijj u_i u_j²
        by_first = plus[3] - minus[3] - 2 * c3[second]  # f_iij u_i² u_j
        square = float((c1**2).sum())
        square += float((2 * c2**2 + 6 * c1 * c3).sum())
        square += float((mixed**2 + c1[first] * by_second + c1[second] * by_first).sum())
    return math.sqrt(max(square, 0.0))
