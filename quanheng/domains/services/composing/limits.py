"""Whether a budget and a number of days can be kept, and what would have to give way where they cannot.

Neither depends on who shares an order with whom, so both are settled exactly without a solver: the least price within
D days is the sum of each item's least price within D days. A distance is kept by leaving out who is farther away; more
of it never makes anything worse, so the least that is enough is one of the candidates' own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from quanheng.domains.services.composing.choice import Limits, Wanted


@dataclass(frozen=True)
class Relaxation:
    """One way out: ``limit`` ("budget" or "days") raised to ``least`` (cents or days) makes a plan possible.

    ``keeping``: whether the other limit, where there is one, is kept then.
    """

    limit: str
    least: int
    keeping: bool


@dataclass(frozen=True)
class Reach:
    """What can be reached at all: the least days, and the least price within each number of days."""

    least_days: int
    prices: dict[int, int]

    @classmethod
    def of(cls, wanted: Sequence[Wanted]) -> Reach:
        least = max(min(one.days for one in item.candidates) for item in wanted)
        steps = sorted({one.days for item in wanted for one in item.candidates if one.days >= least})
        return cls(
            least,
            {
                step: sum(min(one.price_cents for one in item.candidates if one.days <= step) for item in wanted)
                for step in steps
            },
        )

    @property
    def least_cents(self) -> int:
        """The least price, however long it takes."""
        return min(self.prices.values())

    def cents_within(self, days: int | None) -> int | None:
        """The least price within so many days; None where that cannot be."""
        reached = [price for step, price in self.prices.items() if days is None or step <= days]
        return min(reached, default=None)

    def days_within(self, cents: int | None) -> int | None:
        """The fewest days for so much money; None where that cannot be."""
        reached = [step for step, price in self.prices.items() if cents is None or price <= cents]
        return min(reached, default=None)

    def keeps(self, limits: Limits) -> bool:
        """Whether some choice keeps both limits."""
        least = self.cents_within(limits.days)
        return least is not None and (limits.budget_cents is None or least <= limits.budget_cents)


def ways_out(reach: Reach, limits: Limits) -> tuple[Relaxation, ...]:
    """What would have to give way; empty where the limits can be kept. Those that keep the other limit come first."""
    if reach.keeps(limits):
        return ()
    return tuple(sorted(_ways_out(reach, limits), key=lambda one: (not one.keeping, one.limit)))


def _ways_out(reach: Reach, limits: Limits) -> Iterator[Relaxation]:
    budget, days = limits.budget_cents, limits.days
    if budget is not None:
        kept = reach.cents_within(days)
        if kept is not None:
            yield Relaxation("budget", kept, True)
        if budget < reach.least_cents and (kept is None or kept > reach.least_cents):
            yield Relaxation("budget", reach.least_cents, False)
    if days is not None:
        within = reach.days_within(budget)
        if within is not None:
            yield Relaxation("days", within, True)
        if days < reach.least_days and (within is None or within > reach.least_days):
            yield Relaxation("days", reach.least_days, False)


def within(wanted: Sequence[Wanted], km: float) -> list[Wanted]:
    """The items with those candidates that a limit of distance leaves; an item may be left with none."""
    return [replace(item, candidates=tuple(one for one in item.candidates if one.km <= km)) for item in wanted]


def least_km(wanted: Sequence[Wanted], limits: Limits) -> float | None:
    """The least distance within which every item can be done and the limits are kept; None where none is enough."""
    steps = sorted({one.km for item in wanted for one in item.candidates})
    low, high = 0, len(steps)
    while low < high:
        middle = (low + high) // 2
        reached = within(wanted, steps[middle])
        if all(item.candidates for item in reached) and Reach.of(reached).keeps(limits):
            high = middle
        else:
            low = middle + 1
    return steps[low] if low < len(steps) else None


def nearest(reach: Reach, limits: Limits, *, price_first: bool) -> Limits:
    """The limits themselves where they can be kept, else the nearest that can.

    Where either could be kept but not both, the days are kept, or the budget with ``price_first``; the other gives
    way by as little as possible.
    """
    if reach.keeps(limits):
        return limits
    days_kept, budget_kept = reach.cents_within(limits.days), reach.days_within(limits.budget_cents)
    if budget_kept is not None and (price_first or days_kept is None):
        return replace(limits, days=budget_kept)
    if days_kept is not None:
        return replace(limits, budget_cents=days_kept)
    # Neither: as fast as can be, and no dearer than that needs.
    return Limits(budget_cents=reach.cents_within(reach.least_days), days=reach.least_days)
