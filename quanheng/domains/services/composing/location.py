"""Which institutions to open orders with, and who serves which item: the uncapacitated facility location.

    minimise  Σ_i c[i, g(i)] + opening · (number of different g chosen)

over all choices g(i) of a finite ``c[i, g]`` for each item i. Three things work together, each cheap before the next:
a local search finds a good choice; the ascent of the dual (Erlenkotter, Operations Research 26 (1978) 992) proves how
good a choice can be at all; and HiGHS settles what is left between the two, from which the dual has struck out nearly
everything.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

TOLERANCE, PRECISION = 1e-6, 1e-9
_ROUNDS = 6  # of lowering and raising the dual again
_TRIALS = 8  # of the multiplier of a budget


@dataclass(frozen=True)
class Located:
    """``group[i]`` serves item i, ``cost`` in all; no choice costs less than ``bound``.

    ``least[i, g]``: what any choice costs at least in which g serves i.
    """

    group: tuple[int, ...]
    cost: float
    bound: float
    least: Matrix

    @property
    def proved(self) -> bool:
        """Whether nothing better exists."""
        return self.bound >= self.cost - small(self.cost)

    @property
    def gap(self) -> float:
        """By which share of its cost a better choice could be cheaper at most."""
        return 0.0 if self.proved else 1 - self.bound / self.cost


@dataclass(frozen=True)
class Dual:
    """A lower bound with its proof: what each item would pay, and what is then left of each opening."""

    value: float
    pay: Matrix
    slack: Matrix

    def least(self, costs: Matrix) -> Matrix:
        """What any choice costs at least in which that group serves that item."""
        return self.value + np.maximum(costs - self.pay[:, None], 0.0) + self.slack


@dataclass(frozen=True)
class Question:
    """Items (rows) and groups (columns) with what each would cost, inf where it cannot; every row has a finite one.

    ``budget`` limits what a choice costs without openings; some choice must keep it.
    """

    costs: Matrix
    opening: float
    budget: float | None = None

    def cost(self, group: Sequence[int]) -> float:
        """What it costs that ``group[i]`` serves item i."""
        return self.served(group) + self.opening * len(set(group))

    def served(self, group: Sequence[int]) -> float:
        """The same without openings."""
        return float(self.costs[np.arange(len(group)), list(group)].sum())


def locate(asked: Question, deadline: float) -> Located:
    """The best choice, or the best found by ``deadline`` (of time.perf_counter) with the bound reached by then."""
    return settled(asked, approached(asked), deadline)


def approached(asked: Question, good: float = np.inf) -> Located:
    """A good choice with a bound, quickly. Where the bound passes ``good``, the choice is not looked for further."""
    found = _freely(asked.costs, asked.opening, good)
    if asked.budget is None or asked.served(found.group) <= asked.budget + TOLERANCE:
        return found
    return _within(asked, found)


def settled(asked: Question, found: Located, deadline: float, good: float = np.inf) -> Located:
    """The best choice that costs less than ``good``, as far as time allows; ``found`` where there is none."""
    upper = min(found.cost, good)
    if found.bound >= upper - small(upper) or time.perf_counter() >= deadline:
        return found
    from quanheng.domains.services.composing.exact import settle  # 30 MB with HiGHS, where something is left to settle

    better, bound = settle(asked, found.least <= upper + small(upper), deadline)
    bound = min(upper, max(found.bound, bound))
    if better is not None and asked.cost(better) < found.cost:
        return Located(better, asked.cost(better), min(bound, asked.cost(better)), found.least)
    return replace(found, bound=bound)


def _freely(costs: Matrix, opening: float, good: float = np.inf) -> Located:
    dual = best_dual(costs, opening, good)
    starts = [_from_dual(costs, dual)]
    if dual.value < good:
        starts = [_searched(costs, opening, start) for start in (*starts, _greedy(costs, opening))]
    opened = min(starts, key=lambda some: _cost(costs, opening, some))
    cost = _cost(costs, opening, opened)
    return Located(_serving(costs, opened), cost, min(dual.value, cost), dual.least(costs))


def _within(asked: Question, free: Located) -> Located:
    """A choice within a budget that the best of all does not keep.

    Openings are made to count less until what is served fits: Lagrange's relaxation of the budget, its multiplier
    being opening / openings' part - 1. Each trial gives a bound.
    """
    costs, opening, budget = asked.costs, asked.opening, asked.budget or 0.0
    group = tuple(int(one) for one in costs.argmin(axis=1))
    bound, least = free.bound, free.least
    low, high = 0.0, opening
    for _trial in range(_TRIALS):
        part = (low + high) / 2
        times = opening / part
        found = _freely(costs, part)
        bound = max(bound, times * found.bound - (times - 1) * budget)
        least = np.maximum(least, times * found.least - (times - 1) * budget)
        if asked.served(found.group) <= budget + TOLERANCE:
            low = part
            group = min(group, found.group, key=asked.cost)
        else:
            high = part
    return Located(group, asked.cost(group), min(bound, asked.cost(group)), least)


def best_dual(costs: Matrix, opening: float, good: float = np.inf) -> Dual:
    """The dual raised as far as it goes, lowered where it is stuck, and raised again, while that helps."""
    order = np.sort(costs, axis=1)
    pay = order[:, 0].copy()
    slack = np.full(costs.shape[1], float(opening))
    by_choice = np.argsort(np.isfinite(costs).sum(axis=1), kind="stable")
    _raise(costs, pay, slack, by_choice)
    best = Dual(float(pay.sum()), pay.copy(), slack.copy())
    for round_ in range(_ROUNDS):
        if best.value >= good - TOLERANCE:
            break
        before = float(pay.sum())
        _adjust(costs, order, pay, slack, by_choice if round_ % 2 else by_choice[::-1])
        value = float(pay.sum())
        if value > best.value + TOLERANCE:
            best = Dual(value, pay.copy(), slack.copy())
        elif value <= before + TOLERANCE:
            break
    return best


def _raise(costs: Matrix, pay: Matrix, slack: Matrix, items: NDArray[np.int64]) -> None:
    """Let each item pay more, step by step to its next dearer group, until some group it pays for is used up."""
    moving = list(items)
    while moving:
        still = []
        for item in moving:
            row = costs[item]
            reached = row <= pay[item] + TOLERANCE
            room = float(slack[reached].min()) if reached.any() else 0.0
            if room <= TOLERANCE:
                continue
            dearer = row[~reached]
            step = float(dearer.min()) - pay[item] if dearer.size else np.inf
            if step > room:
                step = room
            else:
                still.append(item)
            pay[item] += step
            slack[reached] -= step
        moving = still
    np.maximum(slack, 0.0, out=slack)


def _adjust(costs: Matrix, order: Matrix, pay: Matrix, slack: Matrix, items: NDArray[np.int64]) -> None:
    """Where an item pays for several groups that are used up, it pays less, so that others may pay more."""
    for item in items:
        row = costs[item]
        paid = row < pay[item] - TOLERANCE
        used_up = paid & (slack <= TOLERANCE)
        if used_up.sum() < 2:
            continue
        lower = order[item][order[item] < pay[item] - TOLERANCE]
        if not lower.size:
            continue
        down = pay[item] - float(lower[-1])
        pay[item] -= down
        slack[paid] += down
        # Those first who were stuck at the groups that are free again.
        waiting = np.flatnonzero((costs[:, used_up] <= pay[:, None] + TOLERANCE).any(axis=1))
        _raise(costs, pay, slack, waiting[waiting != item])
        _raise(costs, pay, slack, np.array([item]))
        _raise(costs, pay, slack, items)


def _from_dual(costs: Matrix, dual: Dual) -> list[int]:
    """The used-up groups, without those that no item needs."""
    tight = np.flatnonzero(dual.slack <= TOLERANCE)
    reached = costs[:, tight] <= dual.pay[:, None] + TOLERANCE
    opened: list[int] = []
    served = np.zeros(costs.shape[0], dtype=bool)
    while not served.all():
        gain = reached[~served].sum(axis=0)
        if not gain.size or not gain.max():
            left = costs[~served]
            opened += [int(one) for one in left.argmin(axis=1)]
            break
        place = int(gain.argmax())
        opened.append(int(tight[place]))
        served |= reached[:, place]
    return sorted(set(opened))


def _greedy(costs: Matrix, opening: float) -> list[int]:
    """Opens what serves most for its price, item for item, until all are served."""
    left = np.arange(costs.shape[0])
    opened: list[int] = []
    while left.size:
        part = np.sort(costs[left], axis=0)
        spent = np.cumsum(part, axis=0) + opening
        each = spent / np.arange(1, left.size + 1)[:, None]
        group = int(each.min(axis=0).argmin())
        many = int(each[:, group].argmin()) + 1
        taken = np.argsort(costs[left, group], kind="stable")[:many]
        opened.append(group)
        left = np.delete(left, taken)
    return sorted(set(opened))


def _searched(costs: Matrix, opening: float, opened: list[int]) -> list[int]:
    """Opens, closes or exchanges one group while that saves anything."""
    now = _cost(costs, opening, opened)
    while True:
        some = costs[:, opened]
        nearest = some.min(axis=1)
        with np.errstate(invalid="ignore"):
            saved = np.maximum(nearest[:, None] - costs, 0.0).sum(axis=0)
        trials = [(now - float(saved.max()) + opening, [*opened, int(saved.argmax())])]
        for place in range(len(opened)):
            rest = [group for group in opened if group != opened[place]]
            without = costs[:, rest].min(axis=1) if rest else np.full(costs.shape[0], np.inf)
            if np.isfinite(without).all():
                trials.append((float(without.sum()) + opening * len(rest), rest))
            joined = np.minimum(without[:, None], costs).sum(axis=0) + opening * len(opened)
            group = int(joined.argmin())
            trials.append((float(joined[group]), [*rest, group]))
        best, trial = min(trials, key=lambda one: one[0])
        if not best < now - TOLERANCE:
            return sorted(set(opened))
        now, opened = best, sorted(set(trial))


def small(amount: float) -> float:
    """What does not count beside an amount: less than the smallest part of a cent that an order stands for."""
    return max(TOLERANCE, PRECISION * abs(amount)) if np.isfinite(amount) else 0.0


def _cost(costs: Matrix, opening: float, opened: list[int]) -> float:
    return Question(costs, opening).cost(_serving(costs, opened))


def _serving(costs: Matrix, opened: list[int]) -> tuple[int, ...]:
    return tuple(opened[place] for place in costs[:, opened].argmin(axis=1))
