"""One score from many indicators, along a tree of groups or against an ideal.

Sources: OECD/JRC handbook, step 7; C. L. Hwang, K. Yoon, Multiple Attribute Decision Making (1981) (TOPSIS); L.
Cherchye et al., J. Oper. Res. Soc. 59 (2008) 239 (benefit of the doubt).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quanheng.science.arrays import DataRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quanheng.science.arrays import Floats

    Ranks = NDArray[np.int64]

#: The power of the weighted mean: from full compensation of a weakness by a strength down to hardly any.
POWERS: Final[Mapping[str, float]] = {"arithmetic": 1.0, "partial": 0.5, "geometric": 0.0, "harmonic": -1.0}


@dataclass(frozen=True)
class Group:
    """A node of the tree: its parts are indicators (by column) or further groups, each with a weight above 0."""

    name: str
    parts: tuple[Group | int, ...]
    weights: tuple[float, ...]
    method: str = "arithmetic"


class Scores(NamedTuple):
    """The score of each unit, and of each group by name."""

    total: Floats
    groups: dict[str, Floats]


def flat(name: str, weights: Sequence[float], method: str = "arithmetic") -> Group:
    """A tree of one group over all indicators."""
    return Group(name, tuple(range(len(weights))), tuple(weights), method)


def aggregate(values: Floats, tree: Group) -> Scores:
    """Weighted means along the tree. Raises DataRefused.

    >>> found = aggregate(np.array([[10.0, 90.0], [50.0, 50.0]]), flat("index", [1, 1], "geometric"))
    >>> found.total.round(6).tolist()
    [30.0, 50.0]
    """
    groups: dict[str, Floats] = {}
    total = _node(values[:, :, None], tree, None, groups)
    return Scores(total[:, 0], {name: one[:, 0] for name, one in groups.items()})


def aggregate_varied(values: Floats, tree: Group, factors: Floats) -> Floats:
    """Total scores, units × trials, with each weight of the tree multiplied by its own row of ``factors``.

    ``factors``: weights × trials, in the order in which `weights_of` lists them.
    """
    found: Floats = _node(values[:, :, None], tree, iter(factors), {})
    return found


def weights_of(tree: Group) -> list[tuple[str, str]]:
    """The weights of a tree as (group, part) in the order of `aggregate_varied`; indicators are "#column"."""
    listed: list[tuple[str, str]] = []
    for part in tree.parts:
        listed.append((tree.name, part.name if isinstance(part, Group) else f"#{part}"))
        if isinstance(part, Group):
            listed += weights_of(part)
    return listed


def _node(values: Floats, node: Group, factors: Iterator[Floats] | None, groups: dict[str, Floats]) -> Floats:
    parts: list[Floats] = []
    weights: list[Floats] = []
    for part, weight in zip(node.parts, node.weights, strict=True):
        if not weight >= 0:
            raise DataRefused(f"“{node.name}”的权重不能为负", f"weights of '{node.name}' must not be negative", "tree")
        weights.append(weight * next(factors) if factors is not None else np.array([weight]))
        parts.append(_node(values, part, factors, groups) if isinstance(part, Group) else values[:, part, :])
    share = np.stack(weights)
    total = share.sum(axis=0)
    if not (total > 0).all():
        raise DataRefused(f"“{node.name}”的权重合计须大于 0", f"weights of '{node.name}' must add up above 0", "tree")
    share = share / total
    power = POWERS[node.method]
    if power <= 0 and any((one[:, 0] <= 0).any() for one in parts):
        raise DataRefused(
            f"“{node.name}”取几何或调和平均，各值须大于 0；请把标准化范围设为 1 到 100",
            f"'{node.name}' takes a geometric or harmonic mean: values must be above 0; scale them to 1 to 100",
            "steps.range",
        )
    if power == 0:
        found = np.exp(sum(w[None, :] * np.log(one) for w, one in zip(share, parts, strict=True)))
    elif power == 1:
        found = sum(w[None, :] * one for w, one in zip(share, parts, strict=True))
    else:
        if power == 0.5 and any((one < 0).any() for one in parts):
            raise DataRefused(
                "部分补偿要求各值不为负", "partial compensation needs values that are not negative", "steps"
            )
        found = sum(w[None, :] * one**power for w, one in zip(share, parts, strict=True)) ** (1 / power)
    groups[node.name] = found
    return found


def ranks(scores: Floats) -> Ranks:
    """Ranks from 1 for the highest score, along the first axis; equal scores share the better rank.

    >>> ranks(np.array([3.0, 5.0, 3.0])).tolist()
    [2, 1, 2]
    """
    order = np.sort(-scores, axis=0)
    if scores.ndim == 1:
        return np.asarray(np.searchsorted(order, -scores, side="left") + 1)
    return np.stack(
        [np.searchsorted(order[:, at], -scores[:, at], side="left") + 1 for at in range(scores.shape[1])], axis=1
    )


def topsis(values: Floats, weights: Floats, directions: Floats) -> Floats:
    """Closeness to the ideal: the distance to the worst as a share of both distances, 0 to 1.

    >>> topsis(np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([0.5, 0.5]), np.array([1.0, 1.0])).tolist()
    [0.0, 1.0]
    """
    length = np.sqrt((values**2).sum(axis=0))
    scaled = values / np.where(length > 0, length, 1.0) * weights / weights.sum() * directions
    best, worst = scaled.max(axis=0), scaled.min(axis=0)
    to_best, to_worst = (np.sqrt(((scaled - one) ** 2).sum(axis=1)) for one in (best, worst))
    both = to_best + to_worst
    found: Floats = np.where(both > 0, to_worst / np.where(both > 0, both, 1.0), 0.5)
    return found


def benefit_of_the_doubt(values: Floats, least: float = 0.0) -> Floats:
    """Each unit's score with the weights that suit it best, no unit exceeding 1 with them.

    ``least``: the smallest share that each indicator must have in a unit's own score. Values must not be negative.
    Raises DataRefused.

    >>> benefit_of_the_doubt(np.array([[1.0, 4.0], [4.0, 1.0], [1.0, 1.0]])).round(3).tolist()
    [1.0, 1.0, 0.4]
    """
    units, count = values.shape
    if (values < 0).any() or not values.any(axis=1).all():
        raise DataRefused(
            "各值不能为负，且每个单位至少有一个大于 0", "values must not be negative, nor all zero", "steps"
        )
    if not 0 <= least * count <= 1:
        raise DataRefused("最小份额与指标数不相容", "the least share does not fit the number of indicators", "steps")
    import highspy

    class Silent(highspy.Highs):
        """Writes nothing: made the usual way it prints a banner before it can be told not to."""

        def __init__(self) -> None:
            super(highspy.Highs, self).__init__()
            self.setOptionValue("output_flag", False)

    solver = Silent()
    solver.setOptionValue("threads", 1)
    scores = np.empty(units)
    for unit in range(units):
        lp = highspy.HighsLp()
        shares = [values[unit] * -least + (np.arange(count) == one) * values[unit, one] for one in range(count)]
        rows = np.vstack([values, *([np.array(shares)] if least > 0 else [])])
        lp.num_col_, lp.num_row_ = count, len(rows)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = values[unit], np.zeros(count), np.full(count, highspy.kHighsInf)
        lp.sense_ = highspy.ObjSense.kMaximize
        bounds = [np.full(units, -highspy.kHighsInf), *([np.zeros(count)] if least > 0 else [])]
        tops = [np.ones(units), *([np.full(count, highspy.kHighsInf)] if least > 0 else [])]
        lp.row_lower_, lp.row_upper_ = np.concatenate(bounds), np.concatenate(tops)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.arange(0, rows.size + 1, count)
        lp.a_matrix_.index_ = np.tile(np.arange(count), len(rows))
        lp.a_matrix_.value_ = rows.ravel()
        solver.passModel(lp)
        solver.run()
        scores[unit] = solver.getInfo().objective_function_value
    return scores
