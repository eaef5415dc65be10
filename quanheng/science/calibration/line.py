"""Calibration curves, straight or polynomial, with uncertainties in both variables and any covariances.

Source: ISO/TS 28037:2010 (straight line: 6 weights, 7 and 8 both variables, 9 and 10 covariances), ISO/TS 28038:2018
(polynomials), ISO/TS 28037, 6.5 and 11 (chi-square test of consistency; prediction forwards and inverse).

The observations are moved as little as their covariance matrix allows until the points lie on the curve: least
squares with the curve as constraint, linearised anew until nothing moves. It gives the estimates of each of the
standard's cases, and exact x, or exact x of some points, need no case of their own.

>>> line = fit([0, 1, 2, 3], [0.9, 3.1, 4.9, 7.1], u_y=0.1)
>>> round(line.inverse(5.0, u_y0=0.1).value, 6)
1.990196
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from quanheng.science.errors import ScienceError
from quanheng.science.special import chi_square_cdf

MOST_POINTS = 10_000
MOST_COVARIANCES = 300
MOST_DEGREE = 8
_ROUNDS = 100
Array = Any


class CurveRefused(ScienceError):
    """Data from which no calibration curve follows, or a question that it cannot answer."""


class Estimate(NamedTuple):
    """A predicted value with its standard uncertainty and degrees of freedom."""

    value: float
    u: float
    dof: float


@dataclass(frozen=True, eq=False)
class Curve:
    """y = Σ b_k x^k with uncertainties.

    ``coefficients`` (degree + 1) are those of 1, x, x², …, with ``covariance``. ``chi_square`` is the weighted sum of
    squares of what the points were moved, ``p_consistent`` the probability of more (None where uncertainties were
    taken from the scatter), ``dof`` the degrees of freedom of the uncertainties: infinite where they were given.
    """

    degree: int
    points: int
    x_range: tuple[float, float]
    chi_square: float | None
    p_consistent: float | None
    dof: float
    scatter: float | None
    # The fit itself is in t = (x − centre)/width within [−1, 1], where powers stay apart.
    centre: float
    width: float
    scaled: tuple[float, ...]
    scaled_covariance: Array

    @cached_property
    def _powers(self) -> Array:
        """From coefficients in t to those in x."""
        n = self.degree + 1
        found = np.zeros((n, n))
        for k in range(n):
            for j in range(k + 1):
                found[j, k] = math.comb(k, j) * (-self.centre) ** (k - j) / self.width**k
        return found

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Those of 1, x, x², …"""
        return tuple((self._powers @ np.array(self.scaled)).tolist())

    @property
    def covariance(self) -> Array:
        """The covariance matrix of ``coefficients``."""
        return self._powers @ self.scaled_covariance @ self._powers.T

    @property
    def u(self) -> tuple[float, ...]:
        """Standard uncertainties of ``coefficients``."""
        return tuple(np.sqrt(np.diag(self.covariance)).tolist())

    @property
    def correlation(self) -> Array:
        """The correlation matrix of ``coefficients``; zero beside those without uncertainty."""
        size = np.array(self.u)
        size[size == 0] = np.inf
        return self.covariance / np.outer(size, size)

    def _at(self, x: float) -> tuple[float, float, float]:
        """Value, slope by x, and variance that comes from the coefficients."""
        t = (x - self.centre) / self.width
        row = np.array([t**k for k in range(self.degree + 1)])
        slope = sum(k * b * t ** (k - 1) for k, b in enumerate(self.scaled) if k) / self.width
        with np.errstate(all="ignore"):
            found = float(row @ self.scaled), float(slope), float(row @ self.scaled_covariance @ row)
        if not all(map(math.isfinite, found)):
            raise OverflowError("the curve there leaves the range of floating-point numbers")
        return found

    def predict(self, x0: float, u_x0: float = 0.0) -> Estimate:
        """The value of the curve at x0, which has a standard uncertainty of its own."""
        _finite(x0, "x0")
        _uncertainty(u_x0, "u_x0")
        value, slope, variance = self._at(x0)
        return Estimate(value, math.sqrt(max(variance, 0.0) + (slope * u_x0) ** 2), self.dof)

    def inverse(self, y0: float, u_y0: float = 0.0, dof: float = math.inf) -> Estimate:
        """The x at which the curve is y0: what an instrument's reading means.

        A polynomial is solved within the calibrated range. ``dof`` are those of ``u_y0``. Raises CurveRefused where
        there is no such x, or more than one.
        """
        _finite(y0, "y0")
        _uncertainty(u_y0, "u_y0")
        x = self._solved(y0)
        _value, slope, variance = self._at(x)
        if slope == 0.0:
            raise CurveRefused(
                "曲线在此处水平，读数不能确定 x", "the curve is level there: a reading says nothing about x", "y0"
            )
        own, curve = u_y0**2, max(variance, 0.0)
        below = own**2 / dof + curve**2 / self.dof
        return Estimate(x, math.sqrt(own + curve) / abs(slope), (own + curve) ** 2 / below if below else math.inf)

    def _solved(self, y0: float) -> float:
        if self.degree == 1:
            b0, b1 = self.scaled
            if b1 == 0.0:
                raise CurveRefused(
                    "直线的斜率为零，读数不能确定 x", "the slope is zero: a reading says nothing about x", "y0"
                )
            return self.centre + self.width * (y0 - b0) / b1
        roots = np.roots([*self.scaled[:0:-1], self.scaled[0] - y0])
        real = np.unique(roots[np.abs(roots.imag) < 1e-9].real)
        inside = real[np.abs(real) <= 1 + 1e-9]
        if len(inside) == 1:
            return float(self.centre + self.width * inside[0])
        low, high = self.x_range
        if len(inside):
            raise CurveRefused(
                f"在 {low:g} 至 {high:g} 内有 {len(inside)} 个 x 给出这个读数，请缩小校准范围",
                f"{len(inside)} values of x between {low:g} and {high:g} give this reading; calibrate a narrower range",
                "y0",
            )
        raise CurveRefused(
            f"在校准范围 {low:g} 至 {high:g} 内没有 x 给出这个读数",
            f"no x in the calibrated range from {low:g} to {high:g} gives this reading",
            "y0",
        )


def fit(
    x: Sequence[float],
    y: Sequence[float],
    *,
    u_x: Sequence[float] | float = 0.0,
    u_y: Sequence[float] | float | None = None,
    covariance: Array = None,
    degree: int = 1,
) -> Curve:
    """Fit a calibration curve to m points.

    ``u_x`` and ``u_y`` are standard uncertainties (m, or one for all); ``covariance`` instead is the (2m × 2m) matrix
    of (x1 … xm, y1 … ym). With neither ``u_y`` nor ``covariance`` all y are taken as equally uncertain, by their
    scatter about the curve (JCGM 100, H.3), with m − degree − 1 degrees of freedom. Raises CurveRefused.
    """
    xs, ys = _vector(x, "x"), _vector(y, "y")
    m = len(xs)
    if len(ys) != m:
        raise CurveRefused("x 与 y 的个数不同", "x and y differ in number", "y")
    if not 1 <= degree <= MOST_DEGREE:
        raise CurveRefused(f"次数须为 1 至 {MOST_DEGREE}", f"the degree must be 1 to {MOST_DEGREE}", "degree")
    by_scatter = u_y is None and covariance is None
    if m > MOST_POINTS or m < degree + 1 + by_scatter or len(set(xs.tolist())) < degree + 1:
        raise CurveRefused(
            f"{degree} 次曲线至少要 {degree + 1 + by_scatter} 个点、{degree + 1} 个不同的 x，至多 {MOST_POINTS} 个点",
            f"degree {degree} needs at least {degree + 1 + by_scatter} points with {degree + 1} different x, and takes "
            f"at most {MOST_POINTS}",
            "x",
        )
    with np.errstate(all="ignore"):  # what leaves the floating-point range is looked at below
        curve = _fitted(xs, ys, u_x, u_y, covariance, degree)
    if not (np.isfinite(curve.scaled).all() and np.isfinite(curve.scaled_covariance).all()):
        raise OverflowError("the fit leaves the range of floating-point numbers")
    return curve


def _fitted(xs: Array, ys: Array, u_x: Any, u_y: Any, covariance: Array, degree: int) -> Curve:
    m, by_scatter = len(xs), u_y is None and covariance is None
    centre, width = (xs.max() + xs.min()) / 2, (xs.max() - xs.min()) / 2
    if by_scatter:
        if np.any(_each(u_x, m, "u_x") > 0):
            raise CurveRefused(
                "给了 x 的不确定度就须给 y 的不确定度 u_y",
                "with uncertainties of x, those of y are needed: give u_y",
                "u_y",
            )
        return _by_scatter(xs, ys, degree, centre, width)
    of_x, both, of_y = _parts(m, u_x, u_y, covariance)
    t = (xs - centre) / width
    return _by_covariance(t, ys, of_x / width**2, both / width, of_y, degree, xs, centre, width)


def _by_scatter(xs: Array, ys: Array, degree: int, centre: float, width: float) -> Curve:
    design = ((xs - centre) / width)[:, None] ** np.arange(degree + 1)
    q, r = _decomposed(design)
    b = np.linalg.solve(r, q.T @ ys)
    away = ys - design @ b
    dof = len(xs) - degree - 1
    variance = float(away @ away) / dof
    inverse = np.linalg.inv(r)
    return Curve(
        degree, len(xs), (float(xs.min()), float(xs.max())), None, None, float(dof), math.sqrt(variance),
        float(centre), float(width), tuple(b.tolist()), inverse @ inverse.T * variance,
    )  # fmt: skip


def _by_covariance(
    t: Array, ys: Array, of_x: Array, both: Array, of_y: Array, degree: int, xs: Array, centre: float, width: float
) -> Curve:
    """``of_x``, ``both`` and ``of_y`` are covariances of x, of x with y, of y: matrices, or their diagonals alone."""
    m = len(t)
    powers = np.arange(degree + 1)
    moved = t.copy()
    b = np.linalg.lstsq(t[:, None] ** powers, ys, rcond=None)[0]
    rest = r = np.empty(0)
    step = math.inf
    for _ in range(_ROUNDS):
        design = moved[:, None] ** powers
        slope = design[:, :-1] @ (b[1:] * powers[1:])
        # Where the curve's tangents at the moved points miss the observations, and how uncertain that is.
        miss = ys - design @ b - slope * (t - moved)
        whiten = _whitening(slope, of_x, both, of_y)
        white, target = whiten(design), whiten(miss)
        q, r = _decomposed(white)
        change = np.linalg.solve(r, q.T @ target)
        rest = target - white @ change
        b = b + change
        # What of the rest is due to x moves x.
        pull = whiten(rest, True)
        new = t + _times(of_x, slope * pull) - _times(both, pull)
        step = float(max(np.abs(new - moved).max(), np.abs(change).max() / max(np.abs(b).max(), 1e-300)))
        moved = new
        if step < 1e-12:
            break
    if not step < 1e-6:
        raise CurveRefused(
            "拟合不收敛：x 的不确定度相对于点的间距过大，请降低次数或核对不确定度",
            "the fit does not settle: the uncertainties of x are too large beside the distances of the points; check "
            "them, or lower the degree",
            "u_x",
        )
    chi_square = float(rest @ rest)
    dof = m - degree - 1
    inverse = np.linalg.inv(r)
    return Curve(
        degree, m, (float(xs.min()), float(xs.max())), chi_square,
        1.0 - chi_square_cdf(chi_square, dof) if dof else None, math.inf, None,
        float(centre), float(width), tuple(b.tolist()), inverse @ inverse.T,
    )  # fmt: skip


def _decomposed(design: Array) -> tuple[Array, Array]:
    """QR of a design matrix. Raises CurveRefused where its columns cannot be told apart."""
    if not np.isfinite(design).all():
        raise OverflowError("weights leave the range of floating-point numbers")
    q, r = np.linalg.qr(design)
    size = np.abs(np.diag(r))
    if not size.min() > 1e-14 * size.max():
        raise CurveRefused(
            "各 x 太接近（或不确定度相差过大），不能确定这个次数的曲线，请降低次数或核对",
            "the x are too close to each other (or uncertainties too unequal) for a curve of this degree; lower it",
            "x",
        )
    return q, r


def _times(covariance: Array, vector: Array) -> Array:
    return covariance * vector if covariance.ndim == 1 else covariance @ vector


def _whitening(slope: Array, of_x: Array, both: Array, of_y: Array) -> Callable[..., Array]:
    """What divides by a root of the covariance matrix of the misses; with True by that root's transpose."""
    if of_y.ndim == 1:
        variances = of_y - 2 * slope * both + slope**2 * of_x
        if not (variances > 0).all():
            raise _not_definite()
        root = np.sqrt(variances)
        return lambda values, transposed=False: (values.T / root).T
    crossed = slope[:, None] * both
    try:
        factor = np.linalg.cholesky(of_y - crossed - crossed.T + slope[:, None] * of_x * slope)
    except np.linalg.LinAlgError:
        raise _not_definite() from None
    return lambda values, transposed=False: np.linalg.solve(factor.T if transposed else factor, values)


def _not_definite() -> CurveRefused:
    return CurveRefused(
        "协方差矩阵不正定（不可能，或有的点没有任何不确定度），请核对",
        "the covariance matrix is not positive definite (impossible, or a point without any uncertainty); check it",
        "u_y",
    )


def _parts(m: int, u_x: Any, u_y: Any, covariance: Array) -> tuple[Array, Array, Array]:
    if covariance is None:
        return _each(u_x, m, "u_x") ** 2, np.zeros(m), _each(u_y, m, "u_y") ** 2
    if m > MOST_COVARIANCES:
        raise CurveRefused(
            f"给出协方差矩阵时至多 {MOST_COVARIANCES} 个点",
            f"with a covariance matrix at most {MOST_COVARIANCES} points",
            "covariance",
        )
    found = np.asarray(covariance if all(len(row) == 2 * m for row in covariance) else (), float)
    if found.shape != (2 * m, 2 * m) or not np.isfinite(found).all():
        raise CurveRefused(
            f"协方差矩阵须为 {2 * m} × {2 * m} 的有限数",
            f"the covariance matrix must be {2 * m} × {2 * m}, and finite",
            "covariance",
        )
    if not np.allclose(found, found.T, rtol=1e-9, atol=0) or (np.diag(found) < 0).any():
        raise CurveRefused("协方差矩阵须对称且方差非负", "the covariance matrix must be symmetric", "covariance")
    found = (found + found.T) / 2
    return found[:m, :m], found[:m, m:], found[m:, m:]


def _vector(given: Sequence[float], field: str) -> Array:
    found = np.asarray(given, float)
    if found.ndim != 1 or not np.isfinite(found).all():
        raise CurveRefused(f"{field} 须为有限数的列表", f"{field} must be a list of finite numbers", field)
    return found


def _each(given: Any, m: int, field: str) -> Array:
    found = np.broadcast_to(np.asarray(given, float), (m,)) if np.ndim(given) == 0 else np.asarray(given, float)
    if found.shape != (m,):
        raise CurveRefused(f"{field} 的个数须与 x 相同", f"{field} must be one number, or as many as x", field)
    if not np.isfinite(found).all() or (found < 0).any():
        raise CurveRefused(f"{field} 须为有限数且不能为负", f"{field} must be finite and not negative", field)
    return found


def _finite(value: float, field: str) -> None:
    if not math.isfinite(value):
        raise CurveRefused(f"{field} 须为有限数", f"{field} must be a finite number", field)


def _uncertainty(value: float, field: str) -> None:
    if not 0.0 <= value < math.inf:
        raise CurveRefused(f"{field} 须为有限数且不能为负", f"{field} must be finite and not negative", field)
