"""Which institution does which item: the best choice among competent ones, proved or with how far it may be from it.

Pure: it knows prices, days and who can do what, nothing else. Items of one institution and one bundle make one
order; orders run side by side, so the longest decides how long the plan takes. The same question has the same answer.

cheapest   the least price; of choices at that price the fewest orders
fastest    the fewest days; of choices in those days the least price, then the fewest orders
fewest     the fewest institutions; then the least price
balanced   price, days and orders, each as a multiple of the least reachable, weighted 3 : 2 : 1
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from quanheng.domains.services.composing.choice import Candidate, Choice, Limits, Wanted
from quanheng.domains.services.composing.limits import Reach, Relaxation, nearest, ways_out
from quanheng.domains.services.composing.location import Located, Question, approached, locate, settled, small

BALANCED, CHEAPEST, FASTEST, FEWEST = "balanced", "cheapest", "fastest", "fewest"
WEIGHTS = (3, 2, 1)  # of price, days and number of orders in a balanced plan
# What may be spent on one plan; then the best found so far is taken, and how far from the best it may be is told.
SECONDS = 1.3
# What the solver's own precision leaves open.
NO_GAP = 1e-6


@dataclass(frozen=True)
class Composition:
    """A candidate for every position; ``gap``: no choice is better by more than this share of its cost (0: proved).

    ``relaxations``: where not all limits could be kept, what would have to give way.
    """

    choice: Choice
    gap: float = 0.0
    relaxations: tuple[Relaxation, ...] = ()


def compose(
    wanted: Sequence[Wanted], prefer: str, limits: Limits | None = None, seconds: float = SECONDS
) -> Composition:
    """The best choice by ``prefer`` that keeps the limits, or the nearest limits that can be kept.

    ``seconds``: after so many from now the best choice found is taken, unless it is proved earlier.
    """
    way, ends = _WAYS[prefer], time.perf_counter() + seconds
    if not wanted:
        return Composition({})
    wanted = sorted(wanted, key=lambda one: one.position)
    asked = limits or Limits()
    reach = Reach.of(wanted)
    kept = nearest(reach, asked, price_first=prefer == CHEAPEST)
    choice, gap = way(_Task(wanted, reach, kept, ends))
    return Composition(choice, gap if gap > NO_GAP else 0.0, ways_out(reach, asked))


@dataclass(frozen=True)
class _Task:
    wanted: Sequence[Wanted]
    reach: Reach
    limits: Limits
    ends: float

    @property
    def steps(self) -> list[int]:
        """The numbers of days that a plan within the limits can take, ascending."""
        budget, most = self.limits.budget_cents, self.limits.days
        return [
            step
            for step, price in self.reach.prices.items()
            if (most is None or step <= most) and (budget is None or price <= budget)
        ]


class _Table:
    """The cheapest candidate of each item (row) in each group (column) within some days.

    A group is an order, or with ``by_order`` false an institution.
    """

    def __init__(self, wanted: Sequence[Wanted], days: int, *, by_order: bool = True) -> None:
        best: dict[tuple[int, tuple[int, str]], Candidate] = {}
        for row, one in enumerate(wanted):
            for candidate in one.candidates:
                if candidate.days <= days:
                    key = (row, (candidate.institution, one.bundle if by_order else ""))
                    known = best.get(key)
                    if known is None or _rank(candidate) < _rank(known):
                        best[key] = candidate
        groups = sorted({group for _row, group in best})
        column = {group: place for place, group in enumerate(groups)}
        self.wanted = wanted
        self.cents = np.full((len(wanted), len(groups)), np.inf)
        self.candidates: dict[tuple[int, int], Candidate] = {}
        for (row, group), candidate in best.items():
            self.cents[row, column[group]] = candidate.price_cents
            self.candidates[row, column[group]] = candidate

    def choice(self, found: Located) -> Choice:
        return {one.position: self.candidates[row, found.group[row]] for row, one in enumerate(self.wanted)}


def _rank(candidate: Candidate) -> tuple[int, int, Candidate]:
    return candidate.price_cents, candidate.days, candidate


def _cheapest(task: _Task) -> tuple[Choice, float]:
    return _cheapest_within(task, task.steps[-1])


def _fastest(task: _Task) -> tuple[Choice, float]:
    return _cheapest_within(task, task.steps[0])


def _cheapest_within(task: _Task, days: int) -> tuple[Choice, float]:
    """All orders together count less than a cent."""
    return _located(task, _Table(task.wanted, days), 1 / (len(task.wanted) + 1))


def _fewest(task: _Task) -> tuple[Choice, float]:
    """One institution more costs more than all prices together."""
    table = _Table(task.wanted, task.steps[-1], by_order=False)
    return _located(task, table, float(np.where(np.isfinite(table.cents), table.cents, 0).max(axis=1).sum()) + 1)


def _located(task: _Task, table: _Table, opening: float) -> tuple[Choice, float]:
    found = locate(Question(table.cents, opening, task.limits.budget_cents), task.ends)
    return table.choice(found), found.gap


def _balanced(task: _Task) -> tuple[Choice, float]:
    """For each number of days the best choice within them, where that can be better than what is known."""
    opening, a_day = _worth(task)
    least_cents = task.reach.prices[task.steps[-1]]
    # No choice within so many days costs less; first by what is plain, then by what was found.
    bounds = {step: least_cents + opening + a_day * step for step in task.steps}
    trials: dict[int, tuple[_Table, Question, Located]] = {}
    good, chosen = np.inf, None
    for step in task.steps:
        if bounds[step] >= good or (chosen is not None and time.perf_counter() > task.ends):
            break
        table = _Table(task.wanted, step)
        asked = Question(table.cents, opening, task.limits.budget_cents)
        found = approached(asked, good - a_day * step)
        trials[step] = table, asked, found
        bounds[step] = max(bounds[step], found.bound + a_day * step)
        if found.cost + a_day * step < good:
            good, chosen = found.cost + a_day * step, table.choice(found)
    for step in sorted(trials, key=lambda step: (bounds[step], step)):
        table, asked, found = trials[step]
        found = settled(asked, found, task.ends, good - a_day * step)
        bounds[step] = max(bounds[step], found.bound + a_day * step)
        if found.cost + a_day * step < good:
            good, chosen = found.cost + a_day * step, table.choice(found)
    bound = min(bounds.values())
    return chosen or {}, 0.0 if bound >= good - small(good) else 1 - bound / good


def _worth(task: _Task) -> tuple[float, float]:
    """What an order and a day cost in cents, by the weights and the least that can be reached of each."""
    price, days, orders = WEIGHTS
    table = _Table(task.wanted, task.steps[-1])
    soon = time.perf_counter() + (task.ends - time.perf_counter()) / 5
    fewest = locate(Question(np.where(np.isfinite(table.cents), 0.0, np.inf), 1.0), soon)
    least = max(1, task.reach.prices[task.steps[-1]])
    return (
        orders * least / (price * len(set(fewest.group))),
        days * least / (price * max(1, task.steps[0])),
    )


_WAYS: dict[str, Callable[[_Task], tuple[Choice, float]]] = {
    BALANCED: _balanced,
    CHEAPEST: _cheapest,
    FASTEST: _fastest,
    FEWEST: _fewest,
}
