"""Which institution does which item: a choice among competent ones, the same whenever the question is the same.

Pure: it knows prices, days and who can do what, nothing else. Items of one institution and one bundle make one
order; orders run side by side, so the longest decides how long the plan takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

BALANCED, CHEAPEST, FASTEST, FEWEST = "balanced", "cheapest", "fastest", "fewest"
WEIGHTS = (3, 2, 1)  # of price, days and number of orders in a balanced plan


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
    balanced   price, days and number of orders, each as a multiple of the best reachable, weighted 3 : 2 : 1
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
    """Start from each pure way, change one item or one institution while that helps, keep the best found."""
    starts = [_fewest(wanted, reach), _cheapest(wanted, reach), _fastest(wanted, reach)]
    best_price = max(1, total_cents(starts[1]))
    best_days = max(1, longest_days(starts[2]))
    best_orders = max(1, len(orders_of(wanted, starts[0])))
    # The sum of weight × value / best value, over the common denominator: whole numbers, so exact.
    price, days, orders = WEIGHTS
    weights = (price * best_days * best_orders, days * best_price * best_orders, orders * best_price * best_days)
    found = [_settle(wanted, start, weights) for start in starts]
    return min(found, key=lambda one: (one[0], sorted(one[1].items())))[1]


def _settle(wanted: Sequence[Wanted], choice: Choice, weights: tuple[int, int, int]) -> tuple[int, Choice]:
    """The cost and the choice when neither another candidate for an item nor another institution makes it better."""
    while True:
        cost, choice = _improve(wanted, choice, weights)
        trials = [
            _joined(wanted, choice, institution, all_items)
            for institution in sorted({one.institution for item in wanted for one in item.candidates})
            for all_items in (False, True)
        ]
        best, position = min((_cost_of(wanted, trial, weights), at) for at, trial in enumerate(trials))
        if best >= cost:
            return cost, choice
        choice = trials[position]


def _joined(wanted: Sequence[Wanted], choice: Choice, institution: int, all_items: bool) -> Choice:
    """With an institution brought in for all items it can do, or for those it does at a lower price."""
    trial = dict(choice)
    for one in wanted:
        offers = [candidate for candidate in one.candidates if candidate.institution == institution]
        if offers:
            best = min(offers, key=lambda candidate: (candidate.price_cents, candidate.days, candidate))
            if all_items or best.price_cents < choice[one.position].price_cents:
                trial[one.position] = best
    return trial


def _cost_of(wanted: Sequence[Wanted], choice: Choice, weights: tuple[int, int, int]) -> int:
    return _cost(total_cents(choice), longest_days(choice), len(orders_of(wanted, choice)), weights)


def _improve(wanted: Sequence[Wanted], start: Choice, weights: tuple[int, int, int]) -> tuple[int, Choice]:
    """The cost and the choice when no other candidate for one item is better; sums are kept, not counted anew."""
    choice = dict(start)
    price = total_cents(choice)
    days = Counter(candidate.days for candidate in choice.values())
    orders = Counter((choice[one.position].institution, one.bundle) for one in wanted)
    cost = _cost(price, max(days), len(orders), weights)
    moved = True
    while moved:
        moved = False
        for one in wanted:
            now = choice[one.position]
            days[now.days] -= 1
            orders[now.institution, one.bundle] -= 1
            days, orders = +days, +orders
            longest, rest = max(days, default=0), price - now.price_cents
            trial, best = min(
                (
                    _cost(
                        rest + candidate.price_cents,
                        max(longest, candidate.days),
                        len(orders) + ((candidate.institution, one.bundle) not in orders),
                        weights,
                    ),
                    candidate,
                )
                for candidate in one.candidates
            )
            if trial < cost:
                cost, now, moved = trial, best, True
            choice[one.position], price = now, rest + now.price_cents
            days[now.days] += 1
            orders[now.institution, one.bundle] += 1
    return cost, choice


def _cost(price: int, days: int, orders: int, weights: tuple[int, int, int]) -> int:
    return price * weights[0] + days * weights[1] + orders * weights[2]


def _only(one: Wanted, keep: Callable[[Candidate], bool]) -> Wanted:
    return Wanted(one.position, one.bundle, tuple(candidate for candidate in one.candidates if keep(candidate)))


_WAYS = {BALANCED: _balanced, CHEAPEST: _cheapest, FASTEST: _fastest, FEWEST: _fewest}
