"""Propagation of distributions by Monte Carlo, with both coverage intervals and the verdict on the GUM framework.

Source: JCGM 101:2008, 7.2 to 7.7 (trials, sampling, intervals), 7.9 (adaptive procedure), 8 (validation).
Draws come in blocks that fit the processor's cache from a generator of the caller's seed: one seed, one answer.

>>> from quanheng.science.uncertainty.inputs import normal
>>> found = simulate("a + b", {"a": normal(0, 3), "b": normal(0, 4)}, trials=200_000, seed=1)
>>> round(found.u, 1), [round(end) for end in found.symmetric]
(5.0, [-10, 10])
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from quanheng.science.uncertainty.correlation import Correlations
from quanheng.science.uncertainty.expression import Model, ModelRefused
from quanheng.science.uncertainty.gum import Propagated, UncertaintyRefused, prepared
from quanheng.science.uncertainty.inputs import Input, draw

BLOCK = 1 << 15
LEAST_TRIALS, MOST_TRIALS = 1_000, 10_000_000
#: What one run may cost, in additions: about three seconds.
MOST_WORK = 2_000_000_000
#: What a draw costs in additions.
_DRAW_COSTS = {"normal": 8, "t": 60, "gamma": 40, "arcsine": 16}
_DRAW_COST = 8
#: JCGM 101, 7.9.4: the trials of one sequence of the adaptive procedure.
SEQUENCE = 10_000


@dataclass(frozen=True)
class Simulated:
    """Y by Monte Carlo: mean, standard deviation u, and the coverage intervals with probability ``coverage``.

    ``symmetric`` leaves equal probability on both sides, ``shortest`` is the narrowest. ``tolerance`` is the adaptive
    procedure's δ, ``stable`` whether it was reached; both None without it. ``values`` are the sorted draws, shape
    (trials,), read-only.
    """

    mean: float
    u: float
    symmetric: tuple[float, float]
    shortest: tuple[float, float]
    trials: int
    coverage: float
    tolerance: float | None
    stable: bool | None
    values: Any

    def histogram(self, bins: int = 60) -> tuple[list[float], list[float]]:
        """Edges (bins + 1) and probability densities (bins) of the middle 99.8 % of the draws."""
        low, high = self.values[len(self.values) // 1000], self.values[-1 - len(self.values) // 1000]
        if low == high:
            return [float(low), float(high)], [0.0]
        edges = np.linspace(low, high, bins + 1)
        counts = np.diff(np.searchsorted(self.values, edges, side="right"))
        return edges.tolist(), (counts / (len(self.values) * (edges[1] - edges[0]))).tolist()


def simulate(
    model: str | Model,
    inputs: Mapping[str, Input],
    correlations: Sequence[tuple[str, str, float]] = (),
    *,
    coverage: float = 0.95,
    trials: int | Literal["adaptive"] = 1_000_000,
    seed: int = 1,
    digits: int = 2,
    most: int = MOST_TRIALS,
) -> Simulated:
    """Propagate the distributions of the inputs through the model.

    ``adaptive`` goes on in sequences of 10⁴ until mean, u and both ends of the symmetric interval are stable to
    ``digits`` significant digits of u (JCGM 101, 7.9), at most ``most`` trials. Raises ModelRefused (also where the
    model has no finite value for some draws), CorrelationRefused, UncertaintyRefused.
    """
    if not 0.0 < coverage < 1.0:
        raise UncertaintyRefused(
            "包含概率须在 0 与 1 之间", "the coverage probability must lie between 0 and 1", "coverage"
        )
    if not 1 <= digits <= 4:
        raise UncertaintyRefused("有效数字位数须为 1 至 4", "the significant digits must be 1 to 4", "digits")
    found, _names, given, related = prepared(model, inputs, correlations)
    if found.is_complex:
        raise ModelRefused(
            "复数模型请用 simulate_many", "a complex model has several outputs; use simulate_many", "model"
        )
    source = Source(given, related, seed)
    # JCGM 101, 7.2.2: enough for the tail that the coverage leaves.
    sequence = max(SEQUENCE, math.ceil(100 / (1 - coverage)))
    if trials == "adaptive":
        return _adaptive(found, source, coverage, digits, sequence, affordable([found], given, most))
    check_trials([found], given, trials)
    if trials * (1 - coverage) < 2:
        raise UncertaintyRefused(
            f"试验次数太少，不能给出 {coverage:g} 的包含区间，请至少取 {sequence}",
            f"too few trials for a coverage of {coverage:g}; take at least {sequence}",
            "trials",
        )
    return _told(_outputs(found, source, trials), coverage, None, None)


def affordable(models: Sequence[Model], given: Sequence[Input], most: int = MOST_TRIALS) -> int:
    """How many trials of these models the bound on work allows."""
    each = sum(one.cost for one in models) + sum(_DRAW_COSTS.get(one.dist, _DRAW_COST) for one in given if one.u > 0)
    return min(most, MOST_WORK // max(each, 1))


def check_trials(models: Sequence[Model], given: Sequence[Input], trials: int) -> None:
    """Refuse numbers of trials that are too small or cost too much."""
    most = affordable(models, given)
    if not LEAST_TRIALS <= trials <= most:
        raise UncertaintyRefused(
            f"试验次数须在 {LEAST_TRIALS} 与 {most} 之间", f"the trials must be from {LEAST_TRIALS} to {most}", "trials"
        )


class Source:
    """Draws of all inputs of a model, in blocks; correlated ones jointly (JCGM 101, 6.4.8; JCGM 102, 5.3)."""

    def __init__(self, inputs: Sequence[Input], related: Correlations, seed: int) -> None:
        self.inputs, self.related = inputs, related
        # The stream is part of the answer: it must not change with numpy's default.
        self.generator = np.random.Generator(np.random.SFC64(seed))
        self.joint = {place for group in related.groups for place in group}
        for group in related.groups:
            self._check(group)

    def _check(self, group: Sequence[int]) -> None:
        kinds = {self.inputs[place].dist for place in group if self.inputs[place].u > 0}
        dofs = {self.inputs[place].dof for place in group if self.inputs[place].u > 0}
        if kinds <= {"normal"} or (kinds == {"t"} and len(dofs) == 1):
            return
        raise UncertaintyRefused(
            "蒙特卡洛法中，相关的输入量须都是正态分布，或自由度相同的 t 分布；"
            "请把共同的影响写成模型中单独的输入量，或用 GUM 方法（gum）",
            "for Monte Carlo, correlated inputs must all be normal, or t with one number of degrees of freedom; write "
            "their common influence as an input of its own, or use the GUM framework (gum)",
            "correlations",
        )

    def blocks(self, trials: int) -> Iterator[list[Any]]:
        """The draws of each input, ``BLOCK`` at a time; numbers for constants."""
        while trials > 0:
            size = min(trials, BLOCK)
            trials -= size
            drawn: list[Any] = [
                None if place in self.joint else draw(one, self.generator, size)
                for place, one in enumerate(self.inputs)
            ]
            for group, factor in zip(self.related.groups, self.related.factors, strict=True):
                self._draw_group(drawn, group, factor, size)
            yield drawn

    def _draw_group(self, drawn: list[Any], group: Sequence[int], factor: Sequence[Sequence[float]], size: int) -> None:
        independent = [self.generator.standard_normal(size) for _ in group]
        first = next((self.inputs[place] for place in group if self.inputs[place].u > 0), self.inputs[group[0]])
        wider = np.sqrt(first.dof / self.generator.chisquare(first.dof, size)) if first.dist == "t" else None
        for place, row in zip(group, factor, strict=True):
            one = self.inputs[place]
            mixed = sum(weight * part for weight, part in zip(row, independent, strict=False))
            drawn[place] = one.value + one.u * (mixed if wider is None else mixed * wider)


def _outputs(model: Model, source: Source, trials: int) -> Any:
    values = np.empty(trials)
    at = 0
    for drawn in source.blocks(trials):
        size = min(BLOCK, trials - at)
        values[at : at + size] = model.arrays(drawn)
        at += size
    check_finite(values, model)
    return values


def check_finite(values: Any, model: Model) -> None:
    """Refuse a model that has no finite value for some draws: leaving them out would change the distribution."""
    # The sum of finite numbers is not finite only where they are huge, which the count then finds out.
    with np.errstate(all="ignore"):
        if math.isfinite(float(values.sum().real)):
            return
    if bad := int(np.count_nonzero(~np.isfinite(values))):
        share = f"{bad / values.size:.2g}"
        raise ModelRefused(
            f"有 {bad} 次试验（占 {share}）模型没有有限值：输入量的分布伸到了模型无定义之处（如负数开方、除以零），"
            "请改用有界的分布或改写模型",
            f"in {bad} trials (a share of {share}) the model has no finite value: the distributions reach where it is "
            "not defined (root of a negative number, division by zero); take bounded distributions or another model",
            "model",
        )


def _told(values: Any, coverage: float, tolerance: float | None, stable: bool | None) -> Simulated:
    values.sort()
    mean, u = moments(values)
    if not math.isfinite(u):
        raise OverflowError("the squares of the draws leave the range of floating-point numbers")
    values.setflags(write=False)
    return Simulated(
        mean, u, symmetric_interval(values, coverage), shortest_interval(values, coverage), len(values), coverage,
        tolerance, stable, values,
    )  # fmt: skip


def moments(values: Any) -> tuple[float, float]:
    """Mean and standard deviation of draws (JCGM 101, 7.6), without an array of their squares."""
    away = 0.0
    with np.errstate(all="ignore"):
        mean = float(values.mean())
        for at in range(0, len(values), BLOCK):
            block = values[at : at + BLOCK] - mean
            away += float((block * block).sum())  # not BLAS: its threads cost more than they save
    return mean, math.sqrt(away / (len(values) - 1))


def _covered(trials: int, coverage: float) -> int:
    """q of JCGM 101, 7.7.1: how many draws an interval spans."""
    return min(trials - 1, int(coverage * trials + 0.5))


def symmetric_interval(ordered: Any, coverage: float) -> tuple[float, float]:
    """The probabilistically symmetric interval of sorted draws: JCGM 101, 7.7.2."""
    q = _covered(len(ordered), coverage)
    r = (len(ordered) - q + 1) // 2
    r = min(max(r, 1), len(ordered) - q)
    return float(ordered[r - 1]), float(ordered[r - 1 + q])


def shortest_interval(ordered: Any, coverage: float) -> tuple[float, float]:
    """The narrowest interval of sorted draws: JCGM 101, 7.7.3 and 7.7.4."""
    q = _covered(len(ordered), coverage)
    narrowest, start = math.inf, 0
    for at in range(0, len(ordered) - q, BLOCK):
        stop = min(at + BLOCK, len(ordered) - q)
        widths = ordered[at + q : stop + q] - ordered[at:stop]
        place = int(widths.argmin())
        if widths[place] < narrowest:
            narrowest, start = widths[place], at + place
    return float(ordered[start]), float(ordered[start + q])


def numerical_tolerance(u: float, digits: int = 2) -> float:
    """δ of JCGM 101, 7.9.2: half of the last of ``digits`` significant digits of u.

    >>> numerical_tolerance(0.0754, 2), numerical_tolerance(32, 1)
    (0.0005, 5.0)
    """
    if u == 0.0:
        return 0.0
    text = f"{u:.{digits - 1}e}"
    return 0.5 * 10.0 ** (int(text.partition("e")[2]) - digits + 1)


def _adaptive(model: Model, source: Source, coverage: float, digits: int, sequence: int, most: int) -> Simulated:
    """JCGM 101, 7.9.4: sequences until twice the standard deviation of each average is below δ."""
    found: list[Any] = []
    rows: list[tuple[float, float, float, float]] = []
    tolerance, stable = 0.0, False
    q = _covered(sequence, coverage)
    r = min(max((sequence - q + 1) // 2, 1), sequence - q)
    while not stable and (len(found) + 1) * sequence <= max(most, 2 * sequence):
        values = _outputs(model, source, sequence)
        ends = np.partition(values, (r - 1, r - 1 + q))
        rows.append((*moments(values), float(ends[r - 1]), float(ends[r - 1 + q])))
        found.append(values)
        if (h := len(rows)) < 2:
            continue
        table = np.array(rows)
        of_averages = table.std(0, ddof=1) / math.sqrt(h)
        # Within and between sequences make up the variance of all draws, as if they stood in one row.
        total = (sequence - 1) * float((table[:, 1] ** 2).sum()) + sequence * (h - 1) * float(table[:, 0].var(ddof=1))
        tolerance = numerical_tolerance(math.sqrt(total / (h * sequence - 1)), digits)
        stable = bool((2 * of_averages <= tolerance).all())
    return _told(np.concatenate(found), coverage, tolerance, stable)


@dataclass(frozen=True)
class Validation:
    """JCGM 101, 8.1.3: how far the GUM framework's interval lies from Monte Carlo's, and the tolerance for it."""

    low: float
    high: float
    tolerance: float
    validated: bool


def validate(gum: Propagated, simulated: Simulated, digits: int = 2) -> Validation:
    """Whether Monte Carlo confirms y ± U_p: both ends agree within δ of ``digits`` significant digits of u(y).

    Compared with the probabilistically symmetric interval. Raises UncertaintyRefused where the two have different
    coverage probabilities.
    """
    if gum.coverage != simulated.coverage:
        raise UncertaintyRefused(
            "两种方法的包含概率须相同", "both methods must have one coverage probability", "coverage"
        )
    low = abs(gum.interval[0] - simulated.symmetric[0])
    high = abs(gum.interval[1] - simulated.symmetric[1])
    tolerance = numerical_tolerance(gum.u, digits)
    return Validation(low, high, tolerance, max(low, high) <= tolerance)
