"""Which institution does which item: a choice among competent ones, the same whenever the question is the same.

Pure: it knows prices, days and who can do what, nothing else. Items of one institution and one bundle make one
order; orders run side by side, so the longest decides how long the plan takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

BALANCED, CHEAPEST, FASTEST, FEWEST = "balanced", "cheapest", "fastest", "fewest"


@dataclass(frozen=True, order=True)
class Candidate:
    """One institution that can do one item under one scope line; price of all its pieces, in cents; working days."""

    institution: int
    line: int
    price_cents: int
    days: int


@dataclass(frozen=True)
class Wanted:
    """One item of a plan with everyone who can do it (at least one). Items of one ``bundle`` may share an order."""

    position: int
    bundle: str
    candidates: tuple[Candidate, ...]


Choice = dict[int, Candidate]
Order = tuple[int, str]


def compose(wanted: Sequence[Wanted], prefer: str) -> Choice:
    """A candidate for every position.

    cheapest   the least price of each item
    fastest    the shortest possible plan; where there is slack, the least price
    fewest     as few institutions as a greedy cover finds; each then at its least price
    balanced   price, days and number of orders, each as a multiple of the best reachable, weighted alike
    """
    wanted = sorted(wanted, key=lambda one: one.position)
    if not wanted:
        return {}
    reach = _reach(wanted)
    return _WAYS[prefer](wanted, reach)


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


def _reach(wanted: Sequence[Wanted]) -> dict[int, int]:
    """Institution -> how many of the items it can do."""
    reach: dict[int, int] = {}
    for one in wanted:
        for institution in {candidate.institution for candidate in one.candidates}:
            reach[institution] = reach.get(institution, 0) + 1
    return reach


def _cheapest(wanted: Sequence[Wanted], reach: dict[int, int]) -> Choice:
    # At the same price, whoever can do more of the plan: that makes fewer orders.
    return {
        one.position: min(one.candidates, key=lambda c: (c.price_cents, -reach[c.institution], c.days, c))
        for one in wanted
    }


def _fastest(wanted: Sequence[Wanted], reach: dict[int, int]) -> Choice:
    limit = max(min(candidate.days for candidate in one.candidates) for one in wanted)
    return _cheapest([_only(one, lambda c: c.days <= limit) for one in wanted], reach)


def _fewest(wanted: Sequence[Wanted], reach: dict[int, int]) -> Choice:
    chosen: Choice = {}
    left = list(wanted)
    while left:
        offers: dict[int, list[tuple[int, Candidate]]] = {}
        for one in left:
            best: dict[int, Candidate] = {}
            for candidate in sorted(one.candidates, key=lambda c: (c.price_cents, c.days, c)):
                best.setdefault(candidate.institution, candidate)
            for institution, candidate in best.items():
                offers.setdefault(institution, []).append((one.position, candidate))
        taken = min(
            offers.items(),
            key=lambda offer: (
                -len(offer[1]),
                sum(candidate.price_cents for _position, candidate in offer[1]),
                max(candidate.days for _position, candidate in offer[1]),
                offer[0],
            ),
        )
        chosen.update(taken[1])
        left = [one for one in left if one.position not in chosen]
    return chosen


def _balanced(wanted: Sequence[Wanted], reach: dict[int, int]) -> Choice:
    """Start from each pure way, improve one item at a time while that helps, keep the best."""
    starts = [_fewest(wanted, reach), _cheapest(wanted, reach), _fastest(wanted, reach)]
    best_price = max(1, total_cents(starts[1]))
    best_days = max(1, longest_days(starts[2]))
    best_orders = max(1, len(orders_of(wanted, starts[0])))

    def cost(choice: Choice) -> int:
        # price / best price + days / best days + orders / fewest orders, over their common denominator: exact.
        return (
            total_cents(choice) * best_days * best_orders
            + longest_days(choice) * best_price * best_orders
            + len(orders_of(wanted, choice)) * best_price * best_days
        )

    improved = [_improve(wanted, start, cost) for start in starts]
    return min(improved, key=lambda choice: (cost(choice), sorted(choice.items())))


def _improve(wanted: Sequence[Wanted], choice: Choice, cost: Callable[[Choice], int]) -> Choice:
    best = cost(choice)
    moved = True
    while moved:
        moved = False
        for one in wanted:
            for candidate in sorted(one.candidates):
                trial = {**choice, one.position: candidate}
                price = cost(trial)
                if price < best:
                    choice, best, moved = trial, price, True
    return choice


def _only(one: Wanted, keep: Callable[[Candidate], bool]) -> Wanted:
    return Wanted(one.position, one.bundle, tuple(candidate for candidate in one.candidates if keep(candidate)))


_WAYS = {BALANCED: _balanced, CHEAPEST: _cheapest, FASTEST: _fastest, FEWEST: _fewest}
