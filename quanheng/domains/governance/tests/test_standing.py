"""Reached, on the way, behind: and what can be said when the count is not quite what the plan counts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from quanheng.domains.governance.measures import Fit
from quanheng.domains.governance.standing import Goal, Standing

RISING = Goal(">=", Decimal(650), 2025, Decimal(605), 2020)
FALLING = Goal("<=", Decimal(18), 2025, Decimal(28), 2020)


def test_the_path_is_straight_between_the_ends_of_the_two_years() -> None:
    assert RISING.path(date(2020, 12, 31)) == 605
    assert RISING.path(date(2025, 12, 31)) == 650
    half = RISING.path(date(2023, 7, 2))
    assert half is not None and abs(half - Decimal("627.5")) < Decimal("0.1")


def test_the_path_stays_at_its_ends_outside_of_its_years() -> None:
    assert RISING.path(date(2019, 1, 1)) == 605
    assert RISING.path(date(2031, 1, 1)) == 650


@pytest.mark.parametrize(
    "goal",
    [
        Goal(">=", Decimal(650), 2025),
        Goal(">=", Decimal(650), 2025, Decimal(605)),
        Goal(">=", Decimal(650), 2025, None, 2020),
        Goal(">=", Decimal(650), None, Decimal(605), 2020),
        Goal(">=", Decimal(650), 2020, Decimal(605), 2020),
        Goal(">=", Decimal(650), 2015, Decimal(605), 2020),
    ],
)
def test_without_a_base_and_a_later_year_there_is_no_path(goal: Goal) -> None:
    assert goal.path(date(2023, 1, 1)) is None


@pytest.mark.parametrize(
    ("value", "day", "standing"),
    [
        (650, date(2021, 1, 1), Standing.REACHED),
        (651, date(2026, 1, 1), Standing.REACHED),
        (605, date(2020, 12, 31), Standing.ON_THE_WAY),
        (604, date(2020, 12, 31), Standing.BEHIND),
        (628, date(2023, 7, 2), Standing.ON_THE_WAY),
        (627, date(2023, 7, 2), Standing.BEHIND),
        # On the last day of the target's year the line is at the target.
        (649, date(2025, 12, 31), Standing.BEHIND),
        (649, date(2026, 1, 1), Standing.BEHIND),
        (0, date(2019, 1, 1), Standing.BEHIND),
    ],
)
def test_a_rising_number_is_held_to_the_line(value: int, day: date, standing: Standing) -> None:
    assert RISING.standing(Decimal(value), day) is standing


@pytest.mark.parametrize(
    ("value", "day", "standing"),
    [
        (18, date(2021, 1, 1), Standing.REACHED),
        (28, date(2020, 12, 31), Standing.ON_THE_WAY),
        (22, date(2023, 7, 2), Standing.ON_THE_WAY),
        (24, date(2023, 7, 2), Standing.BEHIND),
        (19, date(2026, 1, 1), Standing.BEHIND),
    ],
)
def test_a_falling_number_is_held_to_the_line_from_above(value: int, day: date, standing: Standing) -> None:
    assert FALLING.standing(Decimal(value), day) is standing


@pytest.mark.parametrize(
    ("comparator", "at_target"),
    [(">=", True), (">", False), ("=", True), ("<=", True), ("<", False)],
)
def test_the_target_itself_is_enough_only_where_the_plan_says_so(comparator: str, at_target: bool) -> None:
    goal = Goal(comparator, Decimal(30), 2025)
    assert goal.reached(Decimal(30)) is at_target
    assert goal.reached(Decimal("30.1")) is (comparator in (">=", ">"))
    assert goal.reached(Decimal("29.9")) is (comparator in ("<=", "<"))


def test_exactly_a_number_is_held_to_the_line_from_either_side() -> None:
    goal = Goal("=", Decimal(4), 2020, Decimal(15), 2015)
    assert goal.standing(Decimal(4), date(2018, 1, 1)) is Standing.REACHED
    assert goal.standing(Decimal(5), date(2018, 1, 1)) is Standing.ON_THE_WAY
    assert goal.standing(Decimal(14), date(2018, 1, 1)) is Standing.BEHIND
    assert goal.standing(Decimal(3), date(2021, 1, 1)) is Standing.BEHIND


def test_without_a_line_only_the_distance_is_known_until_the_year_is_over() -> None:
    goal = Goal(">=", Decimal(70), 2025)
    assert goal.standing(Decimal(20), date(2025, 12, 31)) is Standing.SHORT
    assert goal.standing(Decimal(20), date(2026, 1, 1)) is Standing.BEHIND
    assert Goal(">=", Decimal(70)).standing(Decimal(20), date(2099, 1, 1)) is Standing.SHORT


def test_a_count_that_misses_some_proves_only_what_more_could_not_change() -> None:
    early = date(2023, 7, 2)
    assert RISING.standing(Decimal(650), early, Fit.FEWER) is Standing.REACHED
    assert RISING.standing(Decimal(628), early, Fit.FEWER) is Standing.ON_THE_WAY
    assert RISING.standing(Decimal(600), early, Fit.FEWER) is Standing.OPEN
    assert RISING.standing(Decimal(600), date(2026, 1, 1), Fit.FEWER) is Standing.OPEN
    assert FALLING.standing(Decimal(10), early, Fit.FEWER) is Standing.OPEN
    assert FALLING.standing(Decimal(27), early, Fit.FEWER) is Standing.BEHIND
    assert Goal("=", Decimal(5), 2025).standing(Decimal(5), early, Fit.FEWER) is Standing.OPEN


def test_a_count_of_something_near_proves_nothing() -> None:
    assert RISING.standing(Decimal(9999), date(2023, 1, 1), Fit.NEAR) is Standing.OPEN
