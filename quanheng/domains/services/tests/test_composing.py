"""Choosing institutions: the best choice, proved against all choices; limits kept, or what would have to give way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.domains.services.composing.choice import (
    Candidate,
    Choice,
    Limits,
    Wanted,
    longest_days,
    orders_of,
    total_cents,
)
from quanheng.domains.services.composing.limits import Relaxation
from quanheng.domains.services.composing.ways import WEIGHTS, compose
from quanheng.domains.services.tests.market import WAYS, city

ROOT = Path(__file__).parents[4]


def _wanted(*offers: dict[int, tuple[int, int]], bundles: str = "") -> list[Wanted]:
    return [
        Wanted(
            position,
            bundles[position - 1] if bundles else "testing",
            tuple(Candidate(key, position * 100 + key, price, days) for key, (price, days) in offer.items()),
        )
        for position, offer in enumerate(offers, start=1)
    ]


# Institution 1 does everything at a price, 2 and 3 are cheap but slow, 4 is fast and dear.
ITEMS = _wanted(
    {1: (300, 5), 2: (100, 10), 4: (900, 2)},
    {1: (300, 5), 3: (100, 10), 4: (900, 2)},
    {1: (300, 5), 2: (200, 8), 3: (150, 9)},
)


def _who(choice: Choice) -> list[int]:
    return [choice[position].institution for position in sorted(choice)]


# --- by hand ----------------------------------------------------------------------------------------------


def test_cheapest_takes_the_least_price_of_each_item() -> None:
    found = compose(ITEMS, "cheapest")
    assert _who(found.choice) == [2, 3, 3]
    assert (total_cents(found.choice), found.gap) == (350, 0)


def test_fastest_is_as_fast_as_can_be_and_no_dearer_than_that_needs() -> None:
    choice = compose(ITEMS, "fastest").choice
    # The third item takes 5 days whoever does it: 5 is the shortest plan, and within it 1 is cheaper than 4.
    assert longest_days(choice) == 5
    assert _who(choice) == [1, 1, 1]


def test_fewest_gives_everything_to_the_one_that_can() -> None:
    assert _who(compose(ITEMS, "fewest").choice) == [1, 1, 1]


def test_balanced_neither_the_cheapest_nor_the_slowest() -> None:
    choice = compose(ITEMS, "balanced").choice
    # 3 × price/350 + 2 × days/5 + orders/1: 400 cents, 10 days, 2 orders cost 9.43; 350, 10, 2 cost 9.0;
    # 900, 5, 1 cost 10.7. The second is the cheapest of the possible ones.
    assert (total_cents(choice), longest_days(choice), len(orders_of(ITEMS, choice))) == (350, 10, 2)


def test_balanced_pays_a_little_to_spare_an_order() -> None:
    wanted = _wanted({1: (100, 5), 2: (100, 5)}, {1: (105, 5), 3: (100, 5)})
    assert _who(compose(wanted, "balanced").choice) == [1, 1]


def test_equal_prices_go_to_whoever_makes_fewer_orders() -> None:
    wanted = _wanted({1: (100, 5), 2: (100, 5)}, {2: (100, 5)})
    assert _who(compose(wanted, "cheapest").choice) == [2, 2]


def test_nothing_wanted_is_an_empty_choice() -> None:
    assert compose([], "balanced").choice == {}


def test_instruments_and_products_make_orders_of_their_own() -> None:
    wanted = _wanted({1: (100, 3)}, {1: (100, 4)}, bundles="ab")
    choice = compose(wanted, "fewest").choice
    assert orders_of(wanted, choice) == {(1, "a"): [1], (1, "b"): [2]}
    assert longest_days(choice) == 4


def test_an_unknown_way_is_an_error() -> None:
    with pytest.raises(KeyError):
        compose(ITEMS, "luckiest")


# --- limits -----------------------------------------------------------------------------------------------


def test_a_deadline_is_kept_and_money_spent_for_it() -> None:
    found = compose(ITEMS, "cheapest", Limits(days=9))
    # Within 9 days: 300 + 300 + 150.
    assert (total_cents(found.choice), longest_days(found.choice), found.relaxations) == (750, 9, ())


def test_a_budget_is_kept_and_time_spent_for_it() -> None:
    found = compose(ITEMS, "fastest", Limits(budget_cents=760))
    assert (total_cents(found.choice), longest_days(found.choice), found.relaxations) == (750, 9, ())


def test_a_budget_below_everything_says_what_would_be_needed() -> None:
    found = compose(ITEMS, "balanced", Limits(budget_cents=200))
    assert found.relaxations == (Relaxation("budget", 350, True),)
    assert total_cents(found.choice) == 350


def test_a_deadline_before_everything_says_which_could_be_kept() -> None:
    found = compose(ITEMS, "cheapest", Limits(days=3))
    assert found.relaxations == (Relaxation("days", 5, True),)
    assert longest_days(found.choice) == 5


def test_where_either_can_be_kept_but_not_both_each_way_out_is_told() -> None:
    limits = Limits(budget_cents=400, days=6)
    ways_out = (Relaxation("budget", 900, True), Relaxation("days", 10, True))
    fast, cheap = compose(ITEMS, "fastest", limits), compose(ITEMS, "cheapest", limits)
    assert fast.relaxations == cheap.relaxations == ways_out
    # The days give way for whom the price comes first, else the money.
    assert (total_cents(fast.choice), longest_days(fast.choice)) == (900, 5)
    assert (total_cents(cheap.choice), longest_days(cheap.choice)) == (350, 10)


def test_where_neither_can_be_kept_all_ways_out_are_told() -> None:
    found = compose(ITEMS, "balanced", Limits(budget_cents=100, days=1))
    assert found.relaxations == (Relaxation("budget", 350, False), Relaxation("days", 5, False))
    assert (total_cents(found.choice), longest_days(found.choice)) == (900, 5)


# --- against all choices ----------------------------------------------------------------------------------


def _all_choices(wanted: list[Wanted]) -> list[Choice]:
    found: list[Choice] = [{}]
    for one in wanted:
        found = [{**choice, one.position: candidate} for choice in found for candidate in one.candidates]
    return found


def _keeps(choice: Choice, limits: Limits) -> bool:
    budget, days = limits.budget_cents, limits.days
    return (budget is None or total_cents(choice) <= budget) and (days is None or longest_days(choice) <= days)


def _worth(way: str, wanted: list[Wanted], possible: list[Choice], limits: Limits) -> Callable[[Choice], Any]:
    """What a way makes as small as can be, computed from the list of all choices."""

    def orders(choice: Choice) -> int:
        return len(orders_of(wanted, choice))

    if way == "cheapest":
        return lambda choice: (total_cents(choice), orders(choice))
    if way == "fastest":
        return lambda choice: (longest_days(choice), total_cents(choice), orders(choice))
    if way == "fewest":
        return lambda choice: (len({one.institution for one in choice.values()}), total_cents(choice))
    price, days, order = WEIGHTS
    slowest = max(map(longest_days, possible))
    in_time = [choice for choice in _all_choices(wanted) if longest_days(choice) <= slowest]
    best_price = max(1, min(map(total_cents, in_time)))
    best_days, best_orders = max(1, min(map(longest_days, possible))), min(map(orders, in_time))
    return lambda choice: round(
        price * total_cents(choice) / best_price
        + days * longest_days(choice) / best_days
        + order * orders(choice) / best_orders,
        7,
    )


def _small() -> st.SearchStrategy[list[Wanted]]:
    # Small numbers make ties; large ones are what things cost, with a cent between two of them.
    price = st.integers(0, 200) | st.integers(0, 3).map(lambda cents: 41_234_567 + cents)
    offer = st.dictionaries(st.integers(1, 6), st.tuples(price, st.integers(1, 8)), min_size=1, max_size=4)
    return st.lists(offer, min_size=1, max_size=5).flatmap(
        lambda offers: st.text("ab", min_size=len(offers), max_size=len(offers)).map(
            lambda bundles: _wanted(*offers, bundles=bundles)
        )
    )


LIMITS = st.builds(
    Limits, st.none() | st.integers(0, 900) | st.integers(82_469_134, 82_469_140), st.none() | st.integers(1, 9)
)


@settings(max_examples=150, deadline=None)
@given(wanted=_small(), limits=LIMITS, way=st.sampled_from(WAYS))
def test_the_choice_is_the_best_of_all_that_keep_the_limits(wanted: list[Wanted], limits: Limits, way: str) -> None:
    found = compose(wanted, way, limits, seconds=30)
    possible = [choice for choice in _all_choices(wanted) if _keeps(choice, limits)]
    assert bool(possible) == (not found.relaxations)
    assert found.gap == 0
    if possible:
        worth = _worth(way, wanted, possible, limits)
        assert found.choice in possible
        assert worth(found.choice) == min(map(worth, possible))


@settings(max_examples=100, deadline=None)
@given(wanted=_small(), limits=LIMITS)
def test_each_way_out_is_one_and_nothing_less_would_do(wanted: list[Wanted], limits: Limits) -> None:
    choices = _all_choices(wanted)
    for one in compose(wanted, "balanced", limits).relaxations:
        for least, possible in ((one.least, True), (one.least - 1, False)):
            relaxed = Limits(
                least if one.limit == "budget" else limits.budget_cents if one.keeping else None,
                least if one.limit == "days" else limits.days if one.keeping else None,
            )
            assert any(_keeps(choice, relaxed) for choice in choices) == possible


@settings(max_examples=60, deadline=None)
@given(wanted=_small(), limits=LIMITS, shuffle=st.randoms(use_true_random=False))
def test_every_way_is_complete_and_knows_no_order_of_asking(
    wanted: list[Wanted], limits: Limits, shuffle: Random
) -> None:
    mixed = [Wanted(one.position, one.bundle, tuple(reversed(one.candidates))) for one in wanted]
    shuffle.shuffle(mixed)
    for way in WAYS:
        choice = compose(wanted, way, limits).choice
        assert sorted(choice) == [one.position for one in wanted]
        assert all(choice[one.position] in one.candidates for one in wanted)
        assert compose(mixed, way, limits).choice == choice


# --- large ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_where_time_runs_out_the_answer_is_whole_and_says_how_far_it_may_be_from_the_best(way: str) -> None:
    wanted = city(40, 605, 0.5, seed=1)
    hasty, thorough = compose(wanted, way, seconds=0), compose(wanted, way, seconds=3)
    for found in (hasty, thorough):
        assert sorted(found.choice) == list(range(1, 41))
        assert 0 <= found.gap < 1
    assert thorough.gap <= hasty.gap + 1e-9


def test_the_solver_writes_nothing(tmp_path: Path) -> None:
    """Its banner would stand in the middle of what a command prints for machines."""
    script = tmp_path / "solve.py"
    script.write_text(
        "from quanheng.domains.services.tests.market import city\n"
        "from quanheng.domains.services.composing import exact, ways\n"
        "ways.compose(city(12, 40, 0.5, 1), 'fewest')\n"
        "exact._Silent().run()\n"
    )
    run = subprocess.run(
        [sys.executable, str(script)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == run.stderr == ""
