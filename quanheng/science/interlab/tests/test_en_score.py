"""E_n against values computed by hand, and against what must hold of any two results."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.science.errors import ScienceError
from quanheng.science.interlab import EnRefused, Stated, en_score

values = st.decimals("-1000", "1000", places=3)
spreads = st.decimals("0.001", "50", places=3)


@pytest.mark.parametrize(
    ("first", "second", "text", "agrees"),
    [
        # 0.01 / √(0.003² + 0.004²) = 0.01 / 0.005
        (("10.01", "0.003", "MPa"), ("10.00", "0.004", "MPa"), "2.00", False),
        # −5 / √(3² + 4²) = −1: the limit belongs to what agrees
        (("100", "3", "kg"), ("105", "4", "kg"), "-1.00", True),
        # 0.8 / √(0.3² + 0.4²) = 1.6
        (("24.9", "0.3", "km/h"), ("24.1", "0.4", "km/h"), "1.60", False),
        # 1 / √(5² + 12²) = 1/13 = 0.0769
        (("1", "5", "V"), ("0", "12", "V"), "0.08", True),
        # one uncertainty of nothing: 0.5 / 2
        (("10.5", "2", "mm"), ("10", "0", "mm"), "0.25", True),
        # 10.004 MPa and 10 001 kPa: 3 kPa / √(4² + 3²) kPa = 0.6
        (("10.004", "0.004", "MPa"), ("10001", "3", "kPa"), "0.60", True),
        # 25 ℃ ± 1 ℃ and 300.15 K ± 1 K: −2 / √2 = −1.414; an uncertainty has no offset
        (("25", "1", "℃"), ("300.15", "1", "K"), "-1.41", False),
        (("7", "0.1", "mg/kg"), ("7", "0.1", "mg/kg"), "0.00", True),
    ],
)
def test_scores_computed_by_hand(
    first: tuple[str, str, str], second: tuple[str, str, str], text: str, agrees: bool
) -> None:
    found = en_score(Stated(*first), Stated(*second))
    assert (found.text, found.agrees) == (text, agrees)


def test_another_coverage_factor_is_brought_to_two() -> None:
    """U = 0.45 at k = 3 is U = 0.3 at k = 2."""
    assert en_score(Stated("24.9", "0.45", "km/h", "3"), Stated("24.1", "0.4", "km/h")).text == "1.60"


def test_what_lies_just_beyond_is_not_written_as_one() -> None:
    for value, text in (("5.01", "1.002"), ("5.000001", ">1"), ("-5.000001", "<-1"), ("5e30", "1.00e+30")):
        found = en_score(Stated(value, "3", "kg"), Stated("0", "4", "kg"))
        assert not found.agrees
        assert found.text == text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Stated("1", "0", "kg"), Stated("1", "0", "kg")),
        (Stated("1", "-1", "kg"), Stated("1", "1", "kg")),
        (Stated("1", "1", "kg", "0"), Stated("1", "1", "kg")),
        (Stated("1", "1", "kg"), Stated("1", "1", "m")),
        (Stated("<1", "1", "kg"), Stated("1", "1", "kg")),
        (Stated("1", "", "kg"), Stated("1", "1", "kg")),
    ],
)
def test_without_an_answer_both_languages_say_why(first: Stated, second: Stated) -> None:
    with pytest.raises(ScienceError) as refused:
        en_score(first, second)
    assert refused.value.zh and refused.value.en


def test_two_results_without_uncertainty_have_no_score_even_where_they_are_equal() -> None:
    with pytest.raises(EnRefused):
        en_score(Stated("1", "0", "kg"), Stated("2", "0", "kg"))


@given(values, spreads, values, spreads)
def test_who_is_asked_first_decides_the_sign_alone(x1: Decimal, u1: Decimal, x2: Decimal, u2: Decimal) -> None:
    first, second = Stated(x1, u1, "kg"), Stated(x2, u2, "kg")
    there, back = en_score(first, second), en_score(second, first)
    assert there.score == back.score.copy_negate()
    assert there.agrees is back.agrees


@given(values, spreads, values, spreads)
def test_units_change_nothing(x1: Decimal, u1: Decimal, x2: Decimal, u2: Decimal) -> None:
    second = Stated(x2 * 1000, u2 * 1000, "g")
    assert en_score(Stated(x1, u1, "kg"), second).score == en_score(Stated(x1, u1, "kg"), Stated(x2, u2, "kg")).score


@given(values, spreads, spreads)
def test_equal_values_agree_whatever_their_uncertainties(x: Decimal, u1: Decimal, u2: Decimal) -> None:
    found = en_score(Stated(x, u1, "V"), Stated(x, u2, "V"))
    assert found.score == 0 and found.agrees and found.text == "0.00"


@given(values, spreads, values, spreads)
def test_agreement_is_what_the_squares_say(x1: Decimal, u1: Decimal, x2: Decimal, u2: Decimal) -> None:
    """(x1 − x2)² ≤ U1² + U2², without a root."""
    assert en_score(Stated(x1, u1, "m"), Stated(x2, u2, "m")).agrees is ((x1 - x2) ** 2 <= u1**2 + u2**2)
