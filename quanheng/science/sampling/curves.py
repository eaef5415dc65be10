"""What a sampling plan promises: the probability that it accepts, and the smallest plan that keeps two promises.

Sources: ISO 2859-1:1999, 12 (operating characteristic); ISO 3951-1:2022 (variables); ISO 2859-2:2020 (limiting
quality); GB/T 2828.11-2008 after ISO 2859-4 (audits of small populations): the risks are computed exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from quanheng.science.arrays import DataRefused
from quanheng.science.special import chi_square_quantile, gamma_cdf, normal_cdf, normal_quantile

Distribution = Literal["binomial", "poisson", "hypergeometric"]
#: Plans beyond this size are no plans.
LARGEST: Final = 10_000_000
_NODES: Final = 128


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
    if distribution == "hypergeometric":
        if lot is None or lot < sum(n):
            raise DataRefused("超几何分布需要批量，且不小于样本", "a lot no smaller than the samples is needed", "lot")
        return _accepts_hypergeometric(round(p * lot), lot, n, ac, re)
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
    if not 0 < p < 1:
        raise DataRefused("不合格率须在 0 与 1 之间", "a share nonconforming lies between 0 and 1", "p")
    if n < (1 if known else 2):
        raise DataRefused("样本量太小", "the sample is too small", "n")
    root, z = math.sqrt(n), -normal_quantile(p)
    if known:
        return normal_cdf(root * (z - k))
    return _over_s(n, lambda s: normal_cdf(root * (z - k * s)))


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
    return float(math.fsum(height * what(float(one)) for height, one in zip(heights, s, strict=True)))


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
        total = math.comb(left, size)
        for before, chance in undecided.items():
            for one in range(min(r - before, size + 1)):
                ways = math.comb(bad - before, one) * math.comb(left - bad + before, size - one)
                after[before + one] = after.get(before + one, 0.0) + chance * (ways / total)
        accepted += math.fsum(chance for count, chance in after.items() if count <= a)
        undecided = {count: chance for count, chance in after.items() if a < count < r}
        left -= size
    return min(1.0, accepted)


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
    def log_ways(of: int, some: int) -> float:
        return math.lgamma(of + 1) - math.lgamma(some + 1) - math.lgamma(of - some + 1)

    total = log_ways(lot, n)
    return math.fsum(
        math.exp(log_ways(bad, found) + log_ways(lot - bad, n - found) - total)
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
