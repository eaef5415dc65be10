"""The gamma-Poisson shrinker: how much of a high ratio remains once the others are taken into account.

Source: W. DuMouchel, Am. Stat. 53 (1999) 177; W. DuMouchel, D. Pregibon, KDD 2001 (truncation, grouping).

Pairs that were never reported are not in the data, so the likelihood is one of counts above zero. Two forms of it are
in use, which give different answers: each component truncated by itself ("component"), or the mixture ("marginal").
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from quanheng.science.arrays import DataRefused
from quanheng.science.gammas import digamma, log_gamma, mixture_quantile
from quanheng.science.signals.counting import Counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quanheng.science.arrays import Floats

Truncation = Literal["component", "marginal"]
#: Where the search begins: (α1, β1, α2, β2, P), DuMouchel's own and one without an opinion. The better end is taken.
STARTS: Final = ((0.2, 0.1, 2.0, 4.0, 1 / 3), (1.0, 0.5, 1.0, 1.0, 0.5))
_STEPS: Final = 500
_FLAT: Final = 1e-7  # of the gradient, in logarithms of the parameters
_UNSEEN: Final = 1e-12  # of the value: what rounding hides
#: Logarithms of parameters beyond these are a distribution that has no width, or no end.
_REACH: Final = 12.0


class Prior(NamedTuple):
    """Two gamma distributions of the ratio n/e, the first with the share p, and −ln of the likelihood."""

    alpha1: float
    beta1: float
    alpha2: float
    beta2: float
    p: float
    minus_log_likelihood: float


@dataclass(frozen=True)
class Shrunk:
    """By pair: geometric mean of the ratio's posterior, and its 5 % and 95 % points."""

    ebgm: Floats
    eb05: Floats
    eb95: Floats


def fit(
    counts: Counts,
    truncation: Truncation = "component",
    starts: Sequence[tuple[float, float, float, float, float]] = STARTS,
) -> Prior:
    """The most likely prior, exactly: pairs of equal n and e count together, and the gradient is analytic.

    The likelihood can have several tops. From the usual ``starts`` the one is reached that other programs report; from
    others a narrow component of very high ratios may prove a little more likely. Raises DataRefused with fewer than
    five pairs.
    """
    if truncation not in ("component", "marginal"):
        raise DataRefused(
            "截断方式只能是 component 或 marginal", "the truncation must be component or marginal", "truncation"
        )
    if len(counts.n) < 5:
        raise DataRefused(
            f"只有 {len(counts.n)} 个组合，五个参数无从估计",
            f"{len(counts.n)} pairs are too few for five parameters",
            "rows",
        )
    n, e, weights, _place = _grouped(counts)
    likelihood = _Likelihood(n, e, weights, truncation)
    ends = [_minimise(likelihood, np.array([*np.log(start[:4]), _logit(start[4])])) for start in starts]
    value, best = min(ends, key=lambda end: end[0])
    alpha1, beta1, alpha2, beta2 = (float(one) for one in np.exp(best[:4]))
    share = 1 / (1 + math.exp(-float(best[4])))
    if alpha1 / beta1 < alpha2 / beta2:  # the first is the one of high ratios
        alpha1, beta1, alpha2, beta2, share = alpha2, beta2, alpha1, beta1, 1 - share
    return Prior(alpha1, beta1, alpha2, beta2, share, value)


def shrink(counts: Counts, prior: Prior) -> Shrunk:
    """EBGM, EB05 and EB95 of each pair, from the untruncated posterior."""
    n, e, _weights, place = _grouped(counts)
    a1, b1, a2, b2, p = prior[:5]
    log1 = math.log(p) + _log_negative_binomial(n, e, a1, b1) if p > 0 else np.full(len(n), -np.inf)
    log2 = math.log1p(-p) + _log_negative_binomial(n, e, a2, b2) if p < 1 else np.full(len(n), -np.inf)
    top = np.maximum(log1, log2)
    share = np.exp(log1 - top) / (np.exp(log1 - top) + np.exp(log2 - top))
    mean = share * (digamma(a1 + n) - np.log(b1 + e)) + (1 - share) * (digamma(a2 + n) - np.log(b2 + e))
    low, high = (mixture_quantile(one, share, a1 + n, b1 + e, a2 + n, b2 + e) for one in (0.05, 0.95))
    return Shrunk(np.exp(mean)[place], low[place], high[place])


def _grouped(counts: Counts) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    """Distinct (n, e), how often each occurs, and which each pair has."""
    both = np.stack([counts.n.astype(float), counts.e], axis=1)
    order = np.lexsort((both[:, 1], both[:, 0]))
    ordered = both[order]
    new = np.ones(len(ordered), dtype=bool)
    # Expected counts that differ by rounding only are one.
    new[1:] = (ordered[1:, 0] != ordered[:-1, 0]) | (ordered[1:, 1] - ordered[:-1, 1] > 1e-12 * ordered[1:, 1])
    group = np.cumsum(new) - 1
    place = np.empty(len(order), dtype=np.int64)
    place[order] = group
    distinct = ordered[new]
    return distinct[:, 0], distinct[:, 1], np.bincount(group).astype(float), place


def _log_negative_binomial(n: Floats, e: Floats, alpha: float, beta: float) -> Floats:
    """ln of the probability of n where the ratio has a gamma distribution."""
    shape = np.full_like(n, alpha)
    found: Floats = (
        log_gamma(alpha + n) - log_gamma(shape) - log_gamma(n + 1)
        - alpha * np.log1p(e / beta) + n * (np.log(e) - np.log(beta + e))
    )  # fmt: skip
    return found


class _Likelihood:
    """−ln of the likelihood and its gradient in (ln α1, ln β1, ln α2, ln β2, logit P)."""

    def __init__(self, n: Floats, e: Floats, weights: Floats, truncation: Truncation) -> None:
        self.n, self.e, self.weights, self.component = n, e, weights, truncation == "component"
        self.count = n.astype(np.int64)
        self.steps = np.arange(int(self.count.max()), dtype=float)
        self.fixed = n * np.log(e) - log_gamma(n + 1)

    def __call__(self, at: Floats) -> tuple[float, Floats]:
        p = 1 / (1 + math.exp(-at[4]))
        logs = (math.log(max(p, 1e-300)), math.log(max(1 - p, 1e-300)))
        terms = [self._component(math.exp(at[2 * i]), math.exp(at[2 * i + 1])) for i in (0, 1)]
        if self.component:
            parts = [logs[i] + log_f - np.log1p(-zero) for i, (log_f, zero, *_) in enumerate(terms)]
            unseen = [zero / (1 - zero) for _log_f, zero, *_ in terms]
        else:
            parts = [logs[i] + log_f for i, (log_f, *_) in enumerate(terms)]
        top = np.maximum(*parts)
        shares = [np.exp(one - top) for one in parts]
        total = shares[0] + shares[1]
        shares = [one / total for one in shares]
        each = top + np.log(total)
        toward = shares[0] * (1 - p) - shares[1] * p
        if not self.component:
            zeros = [math.exp(logs[i]) * zero for i, (_log_f, zero, *_) in enumerate(terms)]
            seen = np.maximum(1 - zeros[0] - zeros[1], 1e-300)
            each = each - np.log(seen)
            toward = toward + (zeros[0] * (1 - p) - zeros[1] * p) / seen
            unseen = [zero / (share * seen) for zero, share in zip(zeros, np.maximum(shares, 1e-300), strict=True)]
        gradient = np.empty(5)
        for i, (_log_f, _zero, by_alpha, by_beta, zero_alpha, zero_beta) in enumerate(terms):
            weight = self.weights * shares[i]
            gradient[2 * i] = -(weight @ (by_alpha + unseen[i] * zero_alpha))
            gradient[2 * i + 1] = -(weight @ (by_beta + unseen[i] * zero_beta))
        gradient[4] = -(self.weights @ toward)
        return -float(self.weights @ each), gradient

    def _component(self, a: float, b: float) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
        """ln f(n), f(0), and the derivatives of ln f(n) and ln f(0) by ln α and ln β."""
        # ln Γ(α+n) − ln Γ(α) and its derivative, by recurrence: n are small whole numbers.
        rising = np.concatenate([[0.0], np.cumsum(np.log(a + self.steps))])[self.count]
        turning = np.concatenate([[0.0], np.cumsum(1 / (a + self.steps))])[self.count]
        both = b + self.e
        spread = np.log(both / b)
        log_f = rising + self.fixed - a * spread - self.n * np.log(both)
        zero = np.minimum(np.exp(-a * spread), 1 - 1e-16)
        gone = a * self.e / both
        return log_f, zero, a * (turning - spread), gone - b * self.n / both, -a * spread, gone


def _minimise(what: Callable[[Floats], tuple[float, Floats]], start: Floats) -> tuple[float, Floats]:
    """Broyden, Fletcher, Goldfarb and Shanno down to what rounding hides of the value, then Newton on the gradient."""
    x = start.copy()
    value, gradient = what(x)
    inverse = np.eye(len(x)) / max(1.0, float(abs(gradient).max()))
    for _ in range(_STEPS):
        direction = -inverse @ gradient
        slope = float(direction @ gradient)
        if slope >= 0:
            inverse = np.eye(len(x)) / max(1.0, float(abs(gradient).max()))
            direction, slope = -inverse @ gradient, -float(gradient @ inverse @ gradient)
        if -slope <= 100 * _UNSEEN * abs(value):
            break
        length = min(1.0, 2.0 / float(abs(direction).max()))
        while True:
            after = np.clip(x + length * direction, -_REACH, _REACH)
            new_value, new_gradient = what(after)
            if new_value <= value + 1e-4 * length * slope or length < 1e-10:
                break
            length /= 2
        moved, turned = after - x, new_gradient - gradient
        curved = float(moved @ turned)
        if curved > 0:
            left = np.eye(len(x)) - np.outer(moved, turned) / curved
            inverse = left @ inverse @ left.T + np.outer(moved, moved) / curved
        if length < 1e-10:
            break
        x, value, gradient = after, new_value, new_gradient
    return _polish(what, x, value, gradient)


def _polish(
    what: Callable[[Floats], tuple[float, Floats]], x: Floats, value: float, gradient: Floats
) -> tuple[float, Floats]:
    """Newton's steps where the surface is a bowl; each must flatten the gradient."""
    for _ in range(10):
        size = float(abs(gradient).max())
        if size < _FLAT:
            break
        near = 1e-4 * np.eye(len(x))
        bend = np.array([(what(x + one)[1] - what(x - one)[1]) / 2e-4 for one in near])
        bend = (bend + bend.T) / 2
        if float(np.linalg.eigvalsh(bend)[0]) <= 0:
            break
        after = x - np.linalg.solve(bend, gradient)
        new_value, new_gradient = what(after)
        if not abs(new_gradient).max() < size or new_value > value + 1e3 * _UNSEEN * abs(value):
            break
        x, value, gradient = after, new_value, new_gradient
    return value, x


def _logit(p: float) -> float:
    return math.log(p / (1 - p))
