"""The GUM framework: law of propagation of uncertainty, effective degrees of freedom, expanded uncertainty, budget.

Source: JCGM 100:2008, 5.1.2, 5.2.2 (propagation, correlated inputs), G.4.1 (Welch–Satterthwaite), G.6.4 (U_p).

>>> from quanheng.science.uncertainty.inputs import normal, rectangular
>>> found = propagate("a + 2*b", {"a": normal(10, 0.3), "b": rectangular(1, half_width=0.2 * 3**0.5)})
>>> found.value, round(found.u, 12), [row.name for row in found.budget]
(12.0, 0.5, ['a', 'b'])
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from quanheng.science.errors import ScienceError
from quanheng.science.special import student_t_quantile
from quanheng.science.uncertainty.correlation import Correlations, correlated
from quanheng.science.uncertainty.expression import Model, ModelRefused, parse_model, plain_name
from quanheng.science.uncertainty.inputs import Input


class UncertaintyRefused(ScienceError):
    """A statement of uncertainty that cannot be made as asked."""


class BudgetRow(NamedTuple):
    """One input in the budget: sensitivity c = ∂f/∂x, contribution |c|·u in the unit of Y, share of u²(y).

    Shares sum to 1; with correlations each takes half of its covariances, so that a share may be negative.
    """

    name: str
    dist: str
    value: float
    u: float
    dof: float
    sensitivity: float
    contribution: float
    share: float


@dataclass(frozen=True)
class Propagated:
    """Y by the GUM framework: estimate, u, effective ν, k, U = k·u, [y − U, y + U], and where u comes from."""

    value: float
    u: float
    dof: float
    k: float
    U: float
    interval: tuple[float, float]
    coverage: float | None
    budget: tuple[BudgetRow, ...]


def prepared(
    model: str | Model, inputs: Mapping[str, Input], correlations: Sequence[tuple[str, str, float]] = ()
) -> tuple[Model, tuple[str, ...], tuple[Input, ...], Correlations]:
    """The model with its inputs in the model's order: (model, names as given, inputs, correlations).

    Raises ModelRefused where the model names what is not given or an input is not in the model.
    """
    found = parse_model(model) if isinstance(model, str) else model
    names = {plain_name(name): name for name in inputs}
    if len(names) < len(inputs):
        raise ModelRefused("有两个输入量名称相同", "two inputs have the same name", "inputs")
    if missing := [name for name in found.inputs if name not in names]:
        shown = ", ".join(missing[:5])
        raise ModelRefused(
            f"模型中的 {shown} 没有给出，请补上",
            f"the model uses {shown}, which is not given; add it",
            f"inputs.{missing[0]}",
        )
    if spare := [names[name] for name in names if name not in found.inputs]:
        shown = ", ".join(spare[:5])
        raise ModelRefused(
            f"模型中没有 {shown}，请删去或补进模型",
            f"the model does not use {shown}; take it away or put it into the model",
            f"inputs.{spare[0]}",
        )
    order = tuple(names[name] for name in found.inputs)
    return found, order, tuple(inputs[name] for name in order), correlated(order, correlations)


def propagate(
    model: str | Model,
    inputs: Mapping[str, Input],
    correlations: Sequence[tuple[str, str, float]] = (),
    *,
    coverage: float = 0.95,
    k: float | None = None,
    truncate_dof: bool = False,
) -> Propagated:
    """Y = f(X1, …, Xn) by first-order propagation.

    ``coverage`` is the probability p of U_p = t_p(ν_eff)·u; ``k`` instead fixes the factor. ``truncate_dof`` takes
    the next lower whole ν_eff, as JCGM 100, G.4.1, note 1 does for tables. Raises ModelRefused, CorrelationRefused,
    UncertaintyRefused.
    """
    if k is None and not 0.0 < coverage < 1.0:
        raise UncertaintyRefused(
            "包含概率须在 0 与 1 之间", "the coverage probability must lie between 0 and 1", "coverage"
        )
    if k is not None and not 0.0 < k < math.inf:
        raise UncertaintyRefused("包含因子 k 须大于 0", "the coverage factor k must be above 0", "k")
    found, names, given, related = prepared(model, inputs, correlations)
    if found.is_complex:
        raise ModelRefused(
            "复数模型请用 propagate_many", "a complex model has several outputs; use propagate_many", "model"
        )
    value, slopes = found.gradient([one.value for one in given])
    parts = [slope * one.u for slope, one in zip(slopes, given, strict=True)]
    # By the largest part, so that squares neither vanish nor leave the range of floating-point numbers.
    size = max(map(abs, parts), default=0.0) or 1.0
    if not math.isfinite(size):
        raise OverflowError("c·u leaves the range of floating-point numbers")
    relative = [one / size for one in parts]
    joint = _joint(relative, related)
    variance = max(math.fsum(joint), 0.0)
    u = size * math.sqrt(variance)
    dof = effective_dof(relative, [one.dof for one in given], related)
    if k is None:
        usable = math.floor(dof) if truncate_dof and 1 <= dof < math.inf else dof
        k = student_t_quantile(0.5 + 0.5 * coverage, usable)
        stated: float | None = coverage
    else:
        stated = None
    expanded = k * u
    rows = tuple(
        BudgetRow(name, one.dist, one.value, one.u, one.dof, slope, abs(part), both / variance if variance else 0.0)
        for name, one, slope, part, both in zip(names, given, slopes, parts, joint, strict=True)
    )
    return Propagated(value, u, dof, k, expanded, (value - expanded, value + expanded), stated, rows)


def _joint(parts: Sequence[float], related: Correlations) -> list[float]:
    """What each input adds to u²: its own square and half of each of its covariances."""
    if not related.groups:
        return [one * one for one in parts]
    return [
        one * math.fsum(r * other for r, other in zip(row, parts, strict=True))
        for one, row in zip(parts, related.matrix, strict=True)
    ]


def effective_dof(parts: Sequence[float], dofs: Sequence[float], related: Correlations) -> float:
    """ν_eff of Σ parts, each c·u with its own degrees of freedom: u⁴ / Σ (variance of a component)² / ν.

    Only the ratios of the parts count. JCGM 100, G.4.1, for independent inputs. Inputs that are correlated and have
    one ν were read together: they are one component, whose variance is that of their sum (R. Willink, Metrologia 44
    (2007) 340). Where correlated inputs differ in ν, each is taken with half of its covariances: what that does to u²
    to first order when each u is estimated by itself and the correlations are known.
    """
    joint = _joint(parts, related)
    total = math.fsum(joint)
    if total <= 0.0:
        return math.inf
    grouped = {place for group in related.groups for place in group}
    below = 0.0
    for group in related.groups:
        if len({dofs[place] for place in group}) == 1:
            below += math.fsum(joint[place] for place in group) ** 2 / dofs[group[0]]
        else:
            below += math.fsum(joint[place] ** 2 / dofs[place] for place in group)
    for place, one in enumerate(joint):
        if place not in grouped:
            below += one * one / dofs[place]
    return total * total / below if below else math.inf
