"""What is chosen among: items wanted, candidates for each, and what a choice of them comes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Candidate:
    """One institution that can do one item under one scope line; price of all its pieces, in cents; working days.

    ``km``: how far the limit of distance would have to reach for it; 0 where it is within what was asked.
    """

    institution: int
    line: int
    price_cents: int
    days: int
    km: float = 0.0


@dataclass(frozen=True)
class Wanted:
    """One item of a plan with everyone who can do it (at least one). Items of one ``bundle`` may share an order."""

    position: int
    bundle: str
    candidates: tuple[Candidate, ...]


Choice = dict[int, Candidate]
Order = tuple[int, str]


@dataclass(frozen=True)
class Limits:
    """What a plan must keep, where that is possible: cents in all, working days of its longest order."""

    budget_cents: int | None = None
    days: int | None = None


def orders_of(wanted: Iterable[Wanted], choice: Choice) -> dict[Order, list[int]]:
    """Positions by the order (institution, bundle) they would be placed in, in the order of the plan."""
    orders: dict[Order, list[int]] = {}
    for one in sorted(wanted, key=lambda one: one.position):
        orders.setdefault((choice[one.position].institution, one.bundle), []).append(one.position)
    return orders


def total_cents(choice: Choice) -> int:
    """The price of a choice, in cents."""
    return sum(candidate.price_cents for candidate in choice.values())


def longest_days(choice: Choice) -> int:
    """Working days of the longest order; orders run side by side."""
    return max((candidate.days for candidate in choice.values()), default=0)
