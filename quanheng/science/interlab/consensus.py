"""Reference values from the results of several laboratories, each with its standard uncertainty.

Sources: M. G. Cox, Metrologia 39 (2002) 589 (weighted mean, chi-square) and 44 (2007) 187 (largest consistent subset);
R. DerSimonian, N. Laird, Control. Clin. Trials 7 (1986) 177; J. Mandel, R. C. Paule, Anal. Chem. 42 (1970) 1194;
D. A. Harville, JASA 72 (1977) 320 (REML); J. Hartung, G. Knapp, Stat. Med. 20 (2001) 3875 (HKSJ);
M. G. Vangel, A. L. Rukhin, Biometrics 55 (1999) 129; S. Pommé, J. Keightley, Metrologia 52 (2015) S200 (power-moderated
mean, CCRI(II)).

All estimators are weighted means; what differs is the variance τ² between laboratories that they add, and the weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from quanheng.science.arrays import DataRefused, column, positive
from quanheng.science.special import chi_square_quantile, gamma_cdf, student_t_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from quanheng.science.arrays import Floats

_ENOUGH: Final = 1e-13
_MOST: Final = 200
#: Subsets that are looked through at most before the search for the largest consistent one gives up; and the results
#: in all of them together.
SUBSETS, MEMBERS = 200_000, 5_000_000


@dataclass(frozen=True)
class Consensus:
    """A reference value with its standard uncertainty, in the unit of the results.

    ``tau`` is the standard deviation between laboratories that the estimator adds; ``chi2`` is Cox's observed
    chi-square of the used results about their weighted mean and ``p`` the probability of a larger one by chance;
    ``weights`` belong to the used results; ``interval`` is the 95 % one where the estimator has one of its own.
    """

    value: float
    u: float
    tau: float
    chi2: float
    p: float
    used: tuple[int, ...]
    weights: tuple[float, ...]
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Equivalence:
    """Degree of equivalence of one result: its distance from the reference value and the U of it."""

    d: float
    U: float


def weighted_mean(x: ArrayLike, u: ArrayLike) -> Consensus:
    """The mean weighted by 1/u²: right where all results agree within their uncertainties.

    >>> found = weighted_mean([10.0, 10.2], [0.1, 0.1])
    >>> round(found.value, 3), round(found.u, 4), round(found.chi2, 3)
    (10.1, 0.0707, 2.0)
    """
    values, variances = _given(x, u)
    return _of(values, variances, 0.0)


def dersimonian_laird(x: ArrayLike, u: ArrayLike) -> Consensus:
    """τ² from the moments of the weighted mean, in one step."""
    values, variances = _given(x, u)
    return _of(values, variances, _tau2_moments(values, variances))


def hartung_knapp(x: ArrayLike, u: ArrayLike) -> Consensus:
    """DerSimonian-Laird's value with the uncertainty and interval of Hartung, Knapp, Sidik and Jonkman.

    >>> found = hartung_knapp([10.0, 10.4, 10.2], [0.05, 0.05, 0.05])
    >>> round(found.u, 4), [round(one, 3) for one in found.interval]
    (0.1155, [9.703, 10.697])
    """
    values, variances = _given(x, u)
    moments = _of(values, variances, _tau2_moments(values, variances))
    weights, dof = np.array(moments.weights), len(values) - 1
    u_value = math.sqrt(float((weights * (values - moments.value) ** 2).sum()) / dof) if dof else moments.u
    reach = student_t_quantile(0.975, dof) * u_value if dof else math.inf
    interval = (moments.value - reach, moments.value + reach)
    return Consensus(
        moments.value, u_value, moments.tau, moments.chi2, moments.p, moments.used, moments.weights, interval
    )


def mandel_paule(x: ArrayLike, u: ArrayLike) -> Consensus:
    """τ² such that the results scatter about their mean just as their uncertainties say: χ² = n − 1."""
    values, variances = _given(x, u)
    return _of(values, variances, _tau2_mandel_paule(values, variances))


def reml(x: ArrayLike, u: ArrayLike) -> Consensus:
    """τ² by restricted maximum likelihood."""
    values, variances = _given(x, u)
    return _of(values, variances, _tau2_reml(values, variances))


def vangel_rukhin(x: ArrayLike, u: ArrayLike, replicates: ArrayLike) -> Consensus:
    """Maximum likelihood where ``u`` are standard deviations of means of so many replicates, themselves uncertain.

    Raises DataRefused where a laboratory has fewer than two replicates.
    """
    values, variances = _given(x, u)
    counts = column(replicates, "replicates")
    if len(counts) != len(values) or (counts < 2).any():
        raise DataRefused(
            "“replicates”须与“x”一一对应，且每家至少 2 次",
            "'replicates' must have a number for each result, each at least 2",
            "replicates",
        )
    tau2, within = _tau2_mandel_paule(values, variances), variances.copy()
    for _ in range(_MOST):
        weights = 1 / (tau2 + within)
        mean = float((weights * values).sum() / weights.sum())
        before = tau2
        residuals = (values - mean) ** 2
        # Maximise over τ² and over each laboratory's own variance in turn; each step can only raise the likelihood.
        tau2 = max(0.0, float((weights**2 * (residuals - within)).sum() / (weights**2).sum()))
        within = _within(residuals, variances, counts, tau2)
        if abs(tau2 - before) <= 1e-12 * max(tau2, float(variances.min())):
            break
    weights = 1 / (tau2 + within)
    mean = float((weights * values).sum() / weights.sum())
    classic = _of(values, variances, 0.0)
    return Consensus(
        mean, float(weights.sum()) ** -0.5, math.sqrt(tau2), classic.chi2, classic.p, classic.used,
        tuple((weights / weights.sum()).tolist()),
    )  # fmt: skip


def power_moderated_mean(x: ArrayLike, u: ArrayLike, alpha: float | None = None) -> Consensus:
    """The mean that the CCRI(II) uses: between the plain mean (``alpha`` 0) and the weighted one (2).

    ``alpha`` is 2 − 3/n by default: uncertainties that tell something but tend to be stated too small.

    >>> found = power_moderated_mean([5973, 5985, 5971, 6005, 5974], [17, 7, 22, 48, 19])
    >>> round(found.value, 2), round(found.u, 2)
    (5980.76, 6.44)
    """
    values, variances = _given(x, u)
    n = len(values)
    power = 2 - 3 / n if alpha is None else alpha
    if not 0 <= power <= 2:
        power = min(2.0, max(0.0, power)) if alpha is None else power
        if alpha is not None:
            raise DataRefused("“alpha”须在 0 到 2 之间", "'alpha' must lie between 0 and 2", "alpha")
    tau2 = _tau2_mandel_paule(values, variances)
    total = variances + tau2
    mean = float(values.mean())
    u2_plain = float(((values - mean) ** 2).sum()) / (n * (n - 1)) if n > 1 else float(total[0])
    u2_paule = 1 / float((1 / total).sum())
    typical = math.sqrt(n * max(u2_plain, u2_paule))
    raw = 1 / (np.sqrt(total) ** power * typical ** (2 - power))
    u2 = 1 / float(raw.sum())
    weights = raw * u2
    classic = _of(values, variances, 0.0)
    return Consensus(
        float((weights * values).sum()), math.sqrt(u2), math.sqrt(tau2), classic.chi2, classic.p, classic.used,
        tuple(weights.tolist()),
    )  # fmt: skip


def largest_consistent_subset(x: ArrayLike, u: ArrayLike, alpha: float = 0.05) -> Consensus:
    """The weighted mean of the most results that agree by the chi-square test; of several the most probable.

    Raises DataRefused where more than SUBSETS of them would have to be looked through.

    >>> largest_consistent_subset([1.0, 1.1, 5.0], [0.1, 0.1, 0.1]).used
    (0, 1)
    """
    values, variances = _given(x, u)
    n, looked = len(values), 0
    for size in range(n, 0, -1):
        looked += math.comb(n, size)
        if looked > SUBSETS or looked * n > MEMBERS:
            raise DataRefused(
                f"需要检查的组合超过 {SUBSETS} 个，结果之间过于不一致；请先排除明显离群者，或改用其他方法",
                f"more than {SUBSETS} subsets would have to be looked through: too many results disagree; exclude what "
                "plainly lies apart, or take another method",
                "x",
            )
        limit = chi_square_quantile(1 - alpha, size - 1) if size > 1 else math.inf
        chosen = np.array(list(combinations(range(n), size)))
        w, v = 1 / variances[chosen], values[chosen]
        means = (w * v).sum(axis=1) / w.sum(axis=1)
        chi2 = (w * (v - means[:, None]) ** 2).sum(axis=1)
        best = int(chi2.argmin())
        if chi2[best] <= limit:
            kept = chosen[best]
            return _of(values[kept], variances[kept], 0.0, tuple(int(one) for one in kept))
    raise AssertionError("one result agrees with itself")


def median(x: ArrayLike, u: ArrayLike) -> Consensus:
    """The median, with the uncertainty of 1.25 scaled MAD over √n (ISO 13528:2022, 7.7)."""
    values, variances = _given(x, u)
    middle = float(np.median(values))
    scale = 1.4826 * float(np.median(abs(values - middle)))
    classic = _of(values, variances, 0.0)
    equal = (1 / len(values),) * len(values)
    return Consensus(middle, 1.25 * scale / math.sqrt(len(values)), 0.0, classic.chi2, classic.p, classic.used, equal)


def mean(x: ArrayLike, u: ArrayLike) -> Consensus:
    """The plain mean, with the standard deviation of the results over √n."""
    values, variances = _given(x, u)
    n = len(values)
    classic = _of(values, variances, 0.0)
    u_mean = float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else classic.u
    return Consensus(float(values.mean()), u_mean, 0.0, classic.chi2, classic.p, classic.used, (1 / n,) * n)


METHODS: Final[dict[str, Callable[[ArrayLike, ArrayLike], Consensus]]] = {
    "weighted_mean": weighted_mean,
    "dersimonian_laird": dersimonian_laird,
    "hartung_knapp": hartung_knapp,
    "mandel_paule": mandel_paule,
    "reml": reml,
    "power_moderated_mean": power_moderated_mean,
    "largest_consistent_subset": largest_consistent_subset,
    "median": median,
    "mean": mean,
}


def equivalence(found: Consensus, x: ArrayLike, u: ArrayLike, k: float = 2.0) -> tuple[Equivalence, ...]:
    """Degrees of equivalence of all results, those included that the reference value did not use.

    u²(d) = (1 − 2w)(u² + τ²) + u²(ref) with the weight w of the result (0 where it was not used), since reference value
    and result are correlated by it. Raises DataRefused.

    >>> one, other = equivalence(weighted_mean([10.0, 10.2], [0.1, 0.1]), [10.0, 10.2], [0.1, 0.1])
    >>> round(one.d, 3), round(one.U, 4)
    (-0.1, 0.1414)
    """
    values, variances = _given(x, u)
    weights = np.zeros(len(values))
    weights[list(found.used)] = found.weights
    squares = (1 - 2 * weights) * (variances + found.tau**2) + found.u**2
    reach = k * np.sqrt(np.maximum(squares, 0.0))
    return tuple(Equivalence(float(d), float(one)) for d, one in zip(values - found.value, reach, strict=True))


def median_scaled_difference(x: ArrayLike, u: ArrayLike) -> Floats:
    """Each result's median distance from the others, in its standard uncertainties: large for who lies apart.

    >>> [round(float(one), 3) for one in median_scaled_difference([1.0, 1.1, 5.0], [0.1, 0.1, 0.1])]
    [14.496, 14.142, 27.931]
    """
    values, variances = _given(x, u)
    if len(values) < 2:
        raise DataRefused("至少要有两个结果", "at least two results are needed", "x")
    scaled = abs(values[:, None] - values[None, :]) / np.sqrt(variances[:, None] + variances[None, :])
    others = scaled[~np.eye(len(values), dtype=bool)].reshape(len(values), -1)
    found: Floats = np.median(others, axis=1)
    return found


def pairwise_chi_square(x: ArrayLike, u: ArrayLike) -> Floats:
    """Each result's mean squared difference from the others, in their standard uncertainties: about 1 by chance.

    Raises DataRefused for fewer than two results.

    >>> [round(float(one), 2) for one in pairwise_chi_square([1.0, 1.1, 5.0], [0.1, 0.1, 0.1])]
    [400.25, 380.5, 780.25]
    """
    values, variances = _given(x, u)
    if len(values) < 2:
        raise DataRefused("至少要有两个结果", "at least two results are needed", "x")
    scaled = (values[:, None] - values[None, :]) ** 2 / (variances[:, None] + variances[None, :])
    found: Floats = scaled.sum(axis=1) / (len(values) - 1)
    return found


# --- within ---------------------------------------------------------------------------------------------------


def _given(x: ArrayLike, u: ArrayLike) -> tuple[Floats, Floats]:
    values, uncertainties = column(x, "x"), positive(u, "u")
    if len(values) != len(uncertainties):
        raise DataRefused(
            f"“u”有 {len(uncertainties)} 个数，“x”有 {len(values)} 个，须一一对应",
            f"'u' has {len(uncertainties)} numbers and 'x' {len(values)}; there must be one for each result",
            "u",
        )
    return values, uncertainties**2


def _of(values: Floats, variances: Floats, tau2: float, used: Sequence[int] | None = None) -> Consensus:
    """The mean weighted by 1/(u² + τ²)."""
    ones, plain = np.ones(len(values)), 1 / variances
    away = values - (plain @ values) / (plain @ ones)
    chi2 = float(plain @ (away * away))
    weights = 1 / (variances + tau2)
    total = float(weights @ ones)
    dof = len(values) - 1
    return Consensus(
        float(weights @ values) / total, total**-0.5, math.sqrt(tau2), chi2,
        chi_square_tail(chi2, dof), tuple(range(len(values))) if used is None else tuple(used),
        tuple((weights / total).tolist()),
    )  # fmt: skip


def chi_square_tail(chi2: float, dof: int) -> float:
    """The probability of a larger chi-square by chance; 1 where there is nothing to compare.

    >>> round(chi_square_tail(11.070498, 5), 6)
    0.05
    """
    if dof < 1:
        return 1.0
    half, x = dof / 2, chi2 / 2
    if x < half + 1:
        return 1 - gamma_cdf(x, half)
    # Far out one minus the probability would lose all digits: the continued fraction of the upper tail.
    b, c = x + 1 - half, 1e300
    d = 1 / b
    found = d
    for step in range(1, 10_000):
        factor = -step * (step - half)
        b += 2
        d = 1 / (factor * d + b)
        c = b + factor / c
        found *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return math.exp(-x + half * math.log(x) - math.lgamma(half)) * found


def _tau2_moments(values: Floats, variances: Floats) -> float:
    weights = 1 / variances
    total = float(weights.sum())
    centre = float((weights * values).sum()) / total
    spread = float((weights * (values - centre) ** 2).sum())
    scale = total - float((weights**2).sum()) / total
    return max(0.0, (spread - (len(values) - 1)) / scale) if scale > 0 else 0.0


def _tau2_mandel_paule(values: Floats, variances: Floats) -> float:
    """Newton's steps from 0: χ²(τ²) falls and is convex, so they never overshoot."""
    tau2, target, ones = 0.0, len(values) - 1, np.ones(len(values))
    for _ in range(_MOST):
        weights = 1 / (variances + tau2)
        away = values - (weights @ values) / (weights @ ones)
        scaled = weights * away
        excess, slope = float(scaled @ away) - target, float(scaled @ scaled)
        if excess <= 0 or not slope:
            break
        step = excess / slope
        tau2 += step
        if step <= _ENOUGH * tau2:
            break
    return tau2


def _tau2_reml(values: Floats, variances: Floats) -> float:
    """Where the restricted likelihood has its top: the score is 0, or below 0 already at τ² = 0.

    False position (Illinois) over ln(τ² + the least variance), where the score times that sum is nearly straight.
    """
    if len(values) < 2:
        return 0.0
    ones, least = np.ones(len(values)), float(variances.min())

    def score(at: float) -> float:
        both = math.exp(at)
        weights = 1 / (variances + (both - least))
        total = float(weights @ ones)
        scaled = weights * (values - (weights @ values) / total)
        return (float(scaled @ scaled) - total + float(weights @ weights) / total) * both

    low = math.log(least)
    high = math.log(least + _tau2_mandel_paule(values, variances))
    of_low, of_high = score(low), score(high)
    while of_high > 0:
        low, of_low, high = high, of_high, high + 1
        of_high = score(high)
    if of_low <= 0:
        return 0.0
    kept = 0
    for _ in range(_MOST):
        at = high - of_high * (high - low) / (of_high - of_low)
        value = score(at)
        moved = min(at - low, high - at)
        if value > 0:
            low, of_low = at, value
            of_high, kept = (of_high / 2 if kept > 0 else of_high), 1
        else:
            high, of_high = at, value
            of_low, kept = (of_low / 2 if kept < 0 else of_low), -1
        if value == 0 or abs(moved) <= _ENOUGH or high - low <= _ENOUGH:
            break
    return math.exp(at) - least


def _within(residuals: Floats, variances: Floats, counts: Floats, tau2: float) -> Floats:
    """The most likely variance of each laboratory's mean: a root of its likelihood's derivative, by bisection.

    −½[log(τ² + v) + r/(τ² + v) + (n − 1)(log v + s/v)] with the stated variance s of the mean.
    """
    low, high = 1e-9 * variances, (residuals + variances) * counts + tau2 + variances
    for _ in range(100):
        middle = np.sqrt(low * high)
        both = tau2 + middle
        rising = -(both - residuals) / both**2 - (counts - 1) * (middle - variances) / middle**2 > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    found: Floats = np.sqrt(low * high)
    return found
