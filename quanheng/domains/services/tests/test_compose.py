"""Choosing institutions: each way keeps its promise, and the same question has the same answer."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.domains.services.compose import (
    Candidate,
    Choice,
    Wanted,
    compose,
    longest_days,
    orders_of,
    total_cents,
)

WAYS = ("balanced", "cheapest", "fastest", "fewest")


def _wanted(*offers: dict[int, tuple[int, int]]) -> list[Wanted]:
    return [
        Wanted(
            position,
            "testing",
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


def test_cheapest_takes_the_least_price_of_each_item() -> None:
    choice = compose(ITEMS, "cheapest")
    assert _who(choice) == [2, 3, 3]
    assert total_cents(choice) == 350


def test_fastest_is_as_fast_as_can_be_and_no_dearer_than_that_needs() -> None:
    choice = compose(ITEMS, "fastest")
    # The third item takes 5 days whoever does it: 5 is the shortest plan, and within it 1 is cheaper than 4.
    assert longest_days(choice) == 5
    assert _who(choice) == [1, 1, 1]


def test_fewest_gives_everything_to_the_one_that_can() -> None:
    assert _who(compose(ITEMS, "fewest")) == [1, 1, 1]


def test_balanced_neither_the_cheapest_nor_the_slowest() -> None:
    choice = compose(ITEMS, "balanced")
    # 3 × price/350 + 2 × days/5 + orders/1: 400 cents, 10 days, 2 orders cost 9.43; 350, 10, 2 cost 9.0;
    # 900, 5, 1 cost 10.7. The second is the cheapest of the possible ones.
    assert (total_cents(choice), longest_days(choice), len(orders_of(ITEMS, choice))) == (350, 10, 2)


def test_balanced_pays_a_little_to_spare_an_order() -> None:
    wanted = _wanted({1: (100, 5), 2: (100, 5)}, {1: (105, 5), 3: (100, 5)})
    assert _who(compose(wanted, "balanced")) == [1, 1]


def _all_choices(wanted: list[Wanted]) -> list[Choice]:
    found: list[Choice] = [{}]
    for one in wanted:
        found = [{**choice, one.position: candidate} for choice in found for candidate in one.candidates]
    return found


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_balanced_comes_close_to_the_best_of_all_choices(seed: int) -> None:
    chance = Random(seed)
    wanted = _wanted(
        *(
            {key: (chance.randrange(80, 200), chance.randrange(2, 12)) for key in chance.sample(range(1, 6), 3)}
            for _item in range(5)
        )
    )
    bests = [total_cents(compose(wanted, "cheapest")), longest_days(compose(wanted, "fastest"))]
    fewest = len(orders_of(wanted, compose(wanted, "fewest")))

    def cost(choice: Choice) -> float:
        orders = len(orders_of(wanted, choice))
        return 3 * total_cents(choice) / bests[0] + 2 * longest_days(choice) / bests[1] + orders / fewest

    assert cost(compose(wanted, "balanced")) <= 1.1 * min(cost(choice) for choice in _all_choices(wanted))


def test_equal_prices_go_to_whoever_makes_fewer_orders() -> None:
    wanted = _wanted({1: (100, 5), 2: (100, 5)}, {2: (100, 5)})
    assert _who(compose(wanted, "cheapest")) == [2, 2]


def test_nothing_wanted_is_an_empty_choice() -> None:
    assert compose([], "balanced") == {}


def test_instruments_and_products_make_orders_of_their_own() -> None:
    wanted = [
        Wanted(1, "verification", (Candidate(1, 1, 100, 3),)),
        Wanted(2, "verification of instruments", (Candidate(1, 2, 100, 4),)),
    ]
    choice = compose(wanted, "fewest")
    assert orders_of(wanted, choice) == {(1, "verification"): [1], (1, "verification of instruments"): [2]}
    assert longest_days(choice) == 4


def _items() -> st.SearchStrategy[list[Wanted]]:
    offer = st.dictionaries(
        st.integers(1, 6), st.tuples(st.integers(0, 500), st.integers(1, 20)), min_size=1, max_size=5
    )
    return st.lists(offer, min_size=1, max_size=6).map(lambda offers: _wanted(*offers))


@settings(max_examples=60, deadline=None)
@given(wanted=_items(), shuffle=st.randoms(use_true_random=False))
def test_every_way_is_complete_and_knows_no_order_of_asking(wanted: list[Wanted], shuffle: object) -> None:
    mixed = [Wanted(one.position, one.bundle, tuple(reversed(one.candidates))) for one in wanted]
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    choices = {way: compose(wanted, way) for way in WAYS}
    for way, choice in choices.items():
        assert sorted(choice) == [one.position for one in wanted]
        assert all(choice[one.position] in one.candidates for one in wanted)
        assert compose(mixed, way) == choice
    assert total_cents(choices["cheapest"]) == min(total_cents(choice) for choice in choices.values())
    assert longest_days(choices["fastest"]) == min(longest_days(choice) for choice in choices.values())


def test_an_unknown_way_is_an_error() -> None:
    with pytest.raises(KeyError):
        compose(ITEMS, "luckiest")
