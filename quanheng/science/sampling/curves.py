"""What a sampling plan promises: the probability that it accepts, and the smallest plan that keeps two promises.

Sources: ISO 2859-1:1999, 12 (operating characteristic); ISO 3951-1:2022 (variables); ISO 2859-2:2020 (limiting
quality); GB/T 2828.11-2008 after ISO 2859-4 (audits of small populations): the risks are computed exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from quanheng.science.arrays import DataRefused, column
from quanheng.science.special import binomial_cdf, chi_square_quantile, gamma_cdf, normal_cdf, normal_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Distribution = Literal["binomial", "poisson", "hypergeometric"]
#: Plans beyond this size are no plans.
LARGEST: Final = 10_000_000
_NODES: Final = 128
#: Probabilities that one call may need: a second or two.
MOST_TERMS: Final = 500_000
_EXACT: Final = 2000  # lots in whole numbers up to here: beyond, their binomial coefficients cost too much
_FEW: Final = 1000  # summed one by one up to here; beyond, by continued fractions


class SinglePlan(NamedTuple):
    """Sample size and acceptance number."""

    n: int
    ac: int


class VariablesPlan(NamedTuple):
    """Sample size and acceptability constant k: accept where (U − mean)/s ≥ k."""

    n: int
    k: float


def accepts(
    p: float,
    n: Sequence[int],
    ac: Sequence[int],
    re: Sequence[int],
    distribution: Distribution = "binomial",
    lot: int | None = None,
) -> float:
    """Probability that a plan accepts at the share ``p`` nonconforming (Poisson: nonconformities per item).

    ``n`` are the sample sizes, ``ac`` and ``re`` the acceptance and rejection numbers cumulated over the samples.
    A hypergeometric probability needs the ``lot``; p·lot is rounded to whole items. Raises DataRefused.

    >>> round(accepts(0.01, [80], [2], [3]), 6)
    0.953447
    >>> round(accepts(0.05, [8, 8], [0, 1], [2, 2]), 8)
    0.84873692
    """
    if not len(n) == len(ac) == len(re) or not n:
        raise DataRefused("每个样本须有 n、ac、re 各一个数", "each sample needs one n, one ac and one re", "plan")
    if any(one < 1 for one in n) or any(not 0 <= a < r for a, r in zip(ac, re, strict=True)):
        raise DataRefused("须有 n ≥ 1、0 ≤ ac < re", "a plan needs n ≥ 1 and 0 ≤ ac < re", "plan")
    if re[-1] != ac[-1] + 1:
        raise DataRefused("最后一个样本须有 re = ac + 1", "the last sample needs re = ac + 1", "plan")
    if not p >= 0 or (distribution != "poisson" and p > 1):
        raise DataRefused("不合格率须在 0 与 1 之间", "a share nonconforming lies between 0 and 1", "p")
    if terms(ac, re, distribution) > MOST_TERMS:
        raise DataRefused(
            "接收数太大，无法计算；请减小方案", "the acceptance numbers are too large to calculate with", "plan"
        )
    if distribution == "hypergeometric":
        if lot is None or lot < sum(n):
            raise DataRefused("超几何分布需要批量，且不小于样本", "a lot no smaller than the samples is needed", "lot")
        return _accepts_hypergeometric(round(p * lot), lot, n, ac, re)
    if len(n) == 1 and ac[0] > _FEW:
        return binomial_cdf(ac[0], n[0], p) if distribution == "binomial" else 1 - gamma_cdf(n[0] * p, ac[0] + 1)
    chances = {"binomial": _binomial, "poisson": _poisson}[distribution]
    undecided = {0: 1.0}  # how many were found so far, with its probability
    accepted = 0.0
    for size, a, r in zip(n, ac, re, strict=True):
        found = chances(size, p, r - 1)
        after: dict[int, float] = {}
        for before, chance in undecided.items():
            for one, probability in enumerate(found[: max(0, r - before)]):
                after[before + one] = after.get(before + one, 0.0) + chance * probability
        accepted += math.fsum(chance for count, chance in after.items() if count <= a)
        undecided = {count: chance for count, chance in after.items() if a < count < r}
    return min(1.0, accepted)


def terms(ac: Sequence[int], re: Sequence[int], distribution: str = "binomial") -> int:
    """How many probabilities one point of the curve of such a plan needs: what it costs."""
    if len(ac) == 1:
        return 1 if ac[0] > _FEW and distribution != "hypergeometric" else ac[0] + 1
    return sum(one * one for one in re)


def quality_at(pa: float, n: int, ac: int) -> float:
    """The share nonconforming at which a single plan accepts with probability ``pa`` (binomial). Raises DataRefused.

    >>> round(100 * quality_at(0.10, 50, 1), 4)
    7.5581
    """
    if not 0 < pa < 1:
        raise DataRefused("接收概率须在 0 与 1 之间", "a probability of acceptance lies between 0 and 1", "pa")
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if accepts(middle, [n], [ac], [ac + 1]) > pa else (low, middle)
    return (low + high) / 2


def find_plan(
    producer: tuple[float, float],
    consumer: tuple[float, float],
    distribution: Distribution = "binomial",
    lot: int | None = None,
) -> SinglePlan:
    """The smallest single plan that accepts ``producer`` = (p, at least) and hardly ``consumer`` = (p, at most).

    Raises DataRefused where no plan can tell the two apart.

    >>> find_plan((0.05, 0.95), (0.15, 0.075)), find_plan((0.05, 0.95), (0.15, 0.075), "hypergeometric", 100)
    (SinglePlan(n=80, ac=7), SinglePlan(n=47, ac=4))
    """
    (p1, most), (p2, least) = producer, consumer
    if not (0 < p1 < p2 <= 1 and 0 < least < most < 1):
        raise DataRefused(
            "须有 0 < 生产方质量 < 使用方质量 ≤ 1，且两处接收概率相应递减",
            "there must be 0 < producer's p < consumer's p ≤ 1, and a smaller probability of acceptance there",
            "consumer",
        )
    if distribution == "poisson":
        return _find_poisson(p1, most, p2, least)
    if distribution == "hypergeometric":
        if lot is None or lot < 1:
            raise DataRefused("超几何分布需要批量", "a hypergeometric plan needs the lot", "lot")
        good, whole = round(p1 * lot), lot
        return _walk(
            _Hypergeometric(lot, round(p2 * lot)), lambda n, c: _hypergeometric_cdf(whole, good, n, c), most, least, lot
        )
    return _walk(_Binomial(p2), lambda n, c: math.fsum(_binomial(n, p1, c)), most, least, LARGEST)


def wrong_failure(population: int, nonconforming: int, n: int, limit: int) -> float:
    """The risk that an audit fails a population that is just as good as it declares to be.

    It passes where at most ``limit`` of ``n`` are found. Exact, by the hypergeometric distribution (GB/T 2828.11).
    Raises DataRefused.

    >>> [round(wrong_failure(*one), 5) for one in ((50, 3, 8, 1), (100, 5, 10, 1), (200, 10, 13, 2))]
    [0.06286, 0.07686, 0.01989]
    """
    if not (0 <= nonconforming <= population and 0 < n <= population and limit >= 0):
        raise DataRefused("总体、不合格数、样本量不相容", "population, nonconforming and sample do not fit", "n")
    total = math.comb(population, n)
    passed = sum(
        math.comb(nonconforming, found) * math.comb(population - nonconforming, n - found)
        for found in range(min(limit, n, nonconforming) + 1)
    )
    return (total - passed) / total


class AuditPlan(NamedTuple):
    """An audit: it passes where at most ``limit`` of ``n`` are found nonconforming; with both its risks.

    ``wrong_failure``: it fails a population just as good as declared. ``missed``: it passes one with twice as many
    nonconforming. To pass is no proof of conformity: nothing was found against it.
    """

    n: int
    limit: int
    wrong_failure: float
    missed: float


def audit_plan(population: int, declared: int, limit: int, risk: float = 0.05) -> AuditPlan:
    """The largest sample that wrongly fails a population with ``declared`` nonconforming at most with ``risk``.

    Exact, by the hypergeometric distribution (the printed tables of GB/T 2828.11 round). Raises DataRefused.

    >>> plan = audit_plan(100, 5, 1)
    >>> plan.n, round(plan.wrong_failure, 5), wrong_failure(100, 5, plan.n + 1, 1) > 0.05
    (8, 0.0499, True)
    """
    if not (0 <= declared <= population and population >= 1 and limit >= 0 and 0 < risk < 1):
        raise DataRefused(
            "总体、声明的不合格数、限定数或风险不相容",
            "population, declared number, limit or risk do not fit",
            "declared",
        )
    low, high = 0, population  # the risk rises with the sample
    if wrong_failure(population, declared, high, limit) > risk:
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if wrong_failure(population, declared, middle, limit) > risk else (middle, high)
        if not low:
            raise DataRefused(
                f"限定数为 {limit} 时，抽 1 件的风险已超过 {risk:g}；请增大限定数",
                f"with the limit {limit} a sample of 1 has more than the risk {risk:g}; take a larger limit",
                "limit",
            )
        high = low
    missed = 1 - wrong_failure(population, min(population, 2 * declared), high, limit)
    return AuditPlan(high, limit, wrong_failure(population, declared, high, limit), missed)


def limiting_quality_plan(lot: int, quality: float, consumer_risk: float = 0.10, ac: int | None = None) -> SinglePlan:
    """The smallest sample that accepts an isolated lot of limiting ``quality`` with at most ``consumer_risk``.

    Exact, for this lot (ISO 2859-2 prints preferred sizes instead). Without ``ac`` it is 0. Raises DataRefused.

    >>> limiting_quality_plan(1000, 0.05)
    SinglePlan(n=44, ac=0)
    """
    number, bad = ac or 0, math.ceil(quality * lot - 1e-9)
    if not (0 < quality < 1 and 0 < consumer_risk < 1 and number < bad <= lot):
        raise DataRefused("极限质量与批量不相容", "limiting quality and lot do not fit", "quality")
    chance = _Hypergeometric(lot, bad)
    while chance.n < lot and chance.pa > consumer_risk:
        chance.more()
        while chance.c < number:
            chance.accept()
    return SinglePlan(chance.n, number)


# --- variables ------------------------------------------------------------------------------------------------


def accepts_variables(p: float, n: int, k: float, *, known: bool) -> float:
    """Probability that a plan by variables accepts at the share ``p`` beyond one limit (normal quality).

    ``known``: whether the process standard deviation is known; otherwise the sample's is used. Raises DataRefused.

    >>> round(accepts_variables(0.05, 14, 1.205, known=True), 8)
    0.95009563
    >>> round(accepts_variables(0.01, 35, 1.89, known=False), 9)
    0.941672485
    """
    if not 0 <= p <= 1:
        raise DataRefused("不合格率须在 0 与 1 之间", "a share nonconforming lies between 0 and 1", "p")
    if n < (1 if known else 2):
        raise DataRefused("样本量太小", "the sample is too small", "n")
    if p in (0.0, 1.0):
        return 1.0 - p
    root, z = math.sqrt(n), -normal_quantile(p)
    if known:
        return normal_cdf(root * (z - k))
    return _over_s(n, lambda s: normal_cdf(root * (z - k * s)))


class VariablesVerdict(NamedTuple):
    """Whether a lot is accepted by variables; the quality statistics of the limits it has, NaN without one."""

    accepted: bool
    mean: float
    s: float
    q_lower: float
    q_upper: float


def judge_variables(
    x: ArrayLike, k: float, lower: float | None = None, upper: float | None = None, sigma: float | None = None
) -> VariablesVerdict:
    """Judge a lot by measured values ``x``: accepted where (U − mean)/s ≥ k and (mean − L)/s ≥ k, ISO 3951-1.

    With both limits each has this k of its own (separate control); ``sigma`` is the process standard deviation where
    it is known, otherwise the sample's s is taken. Raises DataRefused.

    >>> found = judge_variables([9.9, 10.0, 10.1, 10.0, 10.2], 1.5, upper=10.4)
    >>> found.accepted, round(found.q_upper, 4)
    (True, 3.1574)
    """
    values = column(x, "x", least=1 if sigma is not None else 2)
    if lower is None and upper is None:
        raise DataRefused("至少要有一个规范限", "at least one limit is needed", "upper")
    if lower is not None and upper is not None and not lower < upper:
        raise DataRefused("下限须小于上限", "the lower limit must be below the upper one", "lower")
    if sigma is not None and not sigma > 0:
        raise DataRefused("标准差须大于 0", "a standard deviation must be above 0", "sigma")
    mean = float(values.mean())
    s = sigma if sigma is not None else float(values.std(ddof=1))

    def quality(distance: float) -> float:
        # Values that do not scatter are as far from a limit as can be, on their side of it.
        return distance / s if s else math.copysign(math.inf, distance)

    q_lower = math.nan if lower is None else quality(mean - lower)
    q_upper = math.nan if upper is None else quality(upper - mean)
    accepted = all(one >= k for one in (q_lower, q_upper) if not math.isnan(one))
    return VariablesVerdict(accepted, mean, s, q_lower, q_upper)


def find_variables_plan(producer: tuple[float, float], consumer: tuple[float, float], *, known: bool) -> VariablesPlan:
    """The smallest plan by variables that keeps both promises; its k keeps the producer's exactly.

    >>> found = find_variables_plan((0.05, 0.95), (0.15, 0.075), known=True)
    >>> found.n, round(found.k, 7)
    (26, 1.3222713)
    """
    (p1, most), (p2, least) = producer, consumer
    if not (0 < p1 < p2 < 1 and 0 < least < most < 1):
        raise DataRefused(
            "须有 0 < 生产方质量 < 使用方质量 < 1，且两处接收概率相应递减",
            "there must be 0 < producer's p < consumer's p < 1, and a smaller probability of acceptance there",
            "consumer",
        )
    z1, z2 = -normal_quantile(p1), -normal_quantile(p2)
    reach = normal_quantile(most) - normal_quantile(least)
    n = max(1, math.ceil((reach / (z1 - z2)) ** 2 - 1e-9))
    if known:
        return VariablesPlan(n, z1 - normal_quantile(most) / math.sqrt(n))

    def constant(size: int) -> float:
        low, high = -20.0, 20.0
        for _ in range(60):
            middle = (low + high) / 2
            above = accepts_variables(p1, size, middle, known=False) > most
            low, high = (middle, high) if above else (low, middle)
        return (low + high) / 2

    def keeps(size: int) -> bool:
        return accepts_variables(p2, size, constant(size), known=False) <= least

    low, high = max(2, n) - 1, max(2, n)
    while not keeps(high):
        low, high = high, 2 * high
        if high > LARGEST:
            raise DataRefused("两处质量过于接近", "the two qualities lie too close together", "consumer")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if keeps(middle) else (middle, high)
    return VariablesPlan(high, constant(high))


def _over_s(n: int, what: Callable[[float], float]) -> float:
    """The mean of ``what(s)`` over the sample standard deviation of n normal values (σ = 1), by Gauss and Legendre."""
    return math.fsum(height * what(s) for s, height in _deviations(n))


@lru_cache(maxsize=64)
def _deviations(n: int) -> tuple[tuple[float, float], ...]:
    """Standard deviations of samples of n, each with its share of all samples."""
    import numpy as np

    dof = n - 1
    # s² ν is chi-square: beyond these quantiles lies less than 1e-14.
    low = math.sqrt(chi_square_quantile(1e-15, dof) / dof)
    high = math.sqrt(chi_square_quantile(1 - 1e-15, dof) / dof)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    s = (high + low) / 2 + (high - low) / 2 * nodes
    log_density = (
        math.log(2) + dof / 2 * math.log(dof / 2) - math.lgamma(dof / 2) + (dof - 1) * np.log(s) - dof / 2 * s * s
    )
    heights = np.exp(log_density) * weights * (high - low) / 2
    return tuple(zip(s.tolist(), heights.tolist(), strict=True))


# --- within ---------------------------------------------------------------------------------------------------


def _binomial(n: int, p: float, most: int) -> list[float]:
    """Probabilities of 0 to ``most`` found."""
    most = min(most, n)
    if p in (0.0, 1.0):
        return [float(one == (0 if p == 0 else n)) for one in range(most + 1)]
    log_p, log_q, top = math.log(p), math.log1p(-p), math.lgamma(n + 1)
    return [
        math.exp(top - math.lgamma(one + 1) - math.lgamma(n - one + 1) + one * log_p + (n - one) * log_q)
        for one in range(most + 1)
    ]


def _poisson(n: int, p: float, most: int) -> list[float]:
    rate = n * p
    if rate == 0:
        return [float(one == 0) for one in range(most + 1)]
    return [math.exp(one * math.log(rate) - rate - math.lgamma(one + 1)) for one in range(most + 1)]


def _accepts_hypergeometric(bad: int, lot: int, n: Sequence[int], ac: Sequence[int], re: Sequence[int]) -> float:
    accepted, undecided, left = 0.0, {0: 1.0}, lot
    for size, a, r in zip(n, ac, re, strict=True):
        after: dict[int, float] = {}
        for before, chance in undecided.items():
            found = _hypergeometric(left, bad - before, size, r - 1 - before)
            for one, probability in enumerate(found):
                after[before + one] = after.get(before + one, 0.0) + chance * probability
        accepted += math.fsum(chance for count, chance in after.items() if count <= a)
        undecided = {count: chance for count, chance in after.items() if a < count < r}
        left -= size
    return min(1.0, accepted)


def _hypergeometric(lot: int, bad: int, n: int, most: int) -> list[float]:
    """Probabilities of 0 to ``most`` found among ``n`` of a lot: exact in small lots, to about 1e-9 in the largest."""
    most = min(most, n)
    if lot <= _EXACT:
        total = math.comb(lot, n)
        return [math.comb(bad, one) * math.comb(lot - bad, n - one) / total for one in range(most + 1)]
    total_log = _log_ways(lot, n)
    return [
        math.exp(_log_ways(bad, one) + _log_ways(lot - bad, n - one) - total_log)
        if one <= bad and n - one <= lot - bad
        else 0.0
        for one in range(most + 1)
    ]


def _log_ways(of: int, some: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(some + 1) - math.lgamma(of - some + 1)


class _Binomial:
    """Pa of n and c, followed as n or c grows by one: a whole search is one walk."""

    def __init__(self, p: float) -> None:
        self.p, self.n, self.c = p, 0, 0
        self.pa = self.here = 1.0  # P(X ≤ c), P(X = c)

    def more(self) -> None:
        """One more item in the sample."""
        self.pa -= self.p * self.here
        self.n += 1
        self.here *= self.n / (self.n - self.c) * (1 - self.p)

    def accept(self) -> None:
        """One more nonconforming item is accepted."""
        self.here *= (self.n - self.c) / (self.c + 1) * self.p / (1 - self.p)
        self.c += 1
        self.pa += self.here


class _Hypergeometric:
    """The same without replacement, from a lot with so many nonconforming items."""

    def __init__(self, lot: int, bad: int) -> None:
        self.lot, self.bad, self.n, self.c = lot, bad, 0, 0
        self.pa = self.here = 1.0

    def more(self) -> None:
        """One more item in the sample."""
        n, c, left = self.n, self.c, self.lot - self.n
        self.pa -= self.here * (self.bad - c) / left
        self.n += 1
        self.here *= self.n * (self.lot - self.bad - n + c) / ((self.n - c) * left)

    def accept(self) -> None:
        """One more nonconforming item is accepted."""
        n, c = self.n, self.c
        good = self.lot - self.bad - n + c + 1
        self.here = self.here * (self.bad - c) * (n - c) / ((c + 1) * good) if good else 0.0
        self.c += 1
        self.pa += self.here


def _walk(
    bad: _Binomial | _Hypergeometric, good: Callable[[int, int], float], most: float, least: float, largest: int
) -> SinglePlan:
    """For each c the smallest n that satisfies the consumer, until one satisfies the producer too."""
    while True:
        while bad.pa > least:
            if bad.n >= largest:
                raise DataRefused(
                    "没有抽样方案能区分这两种质量", "no sampling plan can tell these two qualities apart", "consumer"
                )
            bad.more()
        if good(bad.n, bad.c) >= most:
            return SinglePlan(bad.n, bad.c)
        bad.accept()


def _hypergeometric_cdf(lot: int, bad: int, n: int, c: int) -> float:
    total = _log_ways(lot, n)
    return math.fsum(
        math.exp(_log_ways(bad, found) + _log_ways(lot - bad, n - found) - total)
        for found in range(max(0, n - lot + bad), min(c, n, bad) + 1)
    )


def _find_poisson(p1: float, most: float, p2: float, least: float) -> SinglePlan:
    for c in range(100_000):
        n = math.ceil(chi_square_quantile(1 - least, 2 * c + 2) / 2 / p2 - 1e-9)
        if n > LARGEST:
            break
        if 1 - gamma_cdf(n * p1, c + 1) >= most:
            return SinglePlan(n, c)
    raise DataRefused("没有抽样方案能区分这两种质量", "no sampling plan can tell these two qualities apart", "consumer")
