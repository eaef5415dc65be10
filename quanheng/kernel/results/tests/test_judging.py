"""One typed row against its limit: what is a result, what conforms, what is wrong and how it is told."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from quanheng.kernel.results.judging import LimitOf, judge
from quanheng.kernel.results.services import Entered

AT_MOST_25 = LimitOf("max", "", "25", "km/h")
AT_MOST_TENTH = LimitOf("max", "", "0.1", "mg/kg")


@dataclass
class Case:
    limit: LimitOf
    quantity: str
    value: str
    unit: str
    expanded: str
    verdict: str
    rule: str = "simple"


@pytest.mark.parametrize(
    "case",
    [
        Case(AT_MOST_25, "speed", "24.1", "km/h", "0.2", "pass"),
        Case(AT_MOST_25, "speed", "25", "km/h", "0.2", "pass"),
        Case(AT_MOST_25, "speed", "25.1", "km/h", "0.2", "fail"),
        # The guard band takes U from the limit (ILAC-G8:09/2019, 4.2.2).
        Case(AT_MOST_25, "speed", "24.9", "km/h", "0.2", "fail", "guarded"),
        Case(AT_MOST_25, "speed", "24.8", "km/h", "0.2", "pass", "guarded"),
        # 6.9 m/s is 24.84 km/h.
        Case(AT_MOST_25, "speed", "6.9", "m/s", "0.05", "pass"),
        Case(AT_MOST_25, "speed", "7.0", "m/s", "0.05", "fail"),
        Case(LimitOf("min", "40", "", "MΩ"), "insulation_resistance", "39999", "kΩ", "1", "fail"),
        Case(LimitOf("min", "40", "", "MΩ"), "insulation_resistance", "0.05", "GΩ", "0.001", "pass"),
        Case(LimitOf("range", "75", "100", "%"), "ratio", "75", "%", "1", "pass"),
        Case(LimitOf("range", "75", "100", "%"), "ratio", "74.9", "%", "1", "fail"),
        Case(AT_MOST_TENTH, "mass_fraction", "<0.01", "mg/kg", "", "pass"),
        Case(AT_MOST_TENTH, "mass_fraction", "１２", "μg/kg", "１", "pass"),
        Case(LimitOf("report", "", "", ""), "speed", "24.1", "km/h", "0.2", "reported"),
    ],
)
def test_a_measured_value_is_decided_in_the_unit_of_its_limit(case: Case) -> None:
    entered = Entered(1, case.value, case.unit, case.expanded, "2")
    found = judge(limit=case.limit, quantity=case.quantity, entered=entered, rule=case.rule)
    assert [str(message) for _field, message in found.errors] == []
    assert found.verdict == case.verdict


@pytest.mark.parametrize(
    ("value", "verdict"), [("符合", "pass"), ("不符合", "fail"), ("合格", "pass"), ("FAIL", "fail"), ("pass", "pass")]
)
def test_an_observation_is_decided_by_its_words(value: str, verdict: str) -> None:
    found = judge(limit=LimitOf("qualitative", "", "", ""), quantity="", entered=Entered(1, value), rule="simple")
    assert found.verdict == verdict
    assert not found.measured


@pytest.mark.parametrize(
    ("entered", "field", "words"),
    [
        (Entered(1, ""), "value", "Enter the result"),
        (Entered(1, "24.1", "km/h"), "uncertainty", "expanded uncertainty"),
        (Entered(1, "24.1", "kg", "0.2"), "unit", "kg does not fit"),
        (Entered(1, "24.1", "furlong", "0.2"), "unit", "furlong"),
        (Entered(1, "24.1", "km/h", "0"), "uncertainty", "greater than 0"),
        (Entered(1, "24.1", "km/h", "-1"), "uncertainty", "greater than 0"),
        (Entered(1, "24.1", "km/h", "0.2", "50"), "k", "greater than 0 and at most 5"),
        (Entered(1, "1,234", "km/h", "0.2"), "value", ""),
        (Entered(1, "NaN", "km/h", "0.2"), "value", ""),
        (Entered(1, "24.1.1", "km/h", "0.2"), "value", ""),
        (Entered(1, "<30", "km/h"), "value", "does not settle the limit"),
        (Entered(1, "'; DROP TABLE results; --", "km/h", "0.2"), "value", ""),
    ],
)
def test_what_is_wrong_is_told_by_field_in_both_languages(entered: Entered, field: str, words: str) -> None:
    found = judge(limit=AT_MOST_25, quantity="speed", entered=entered, rule="simple")
    assert found.verdict == ""
    assert field in [name for name, _message in found.errors]
    message = next(message for name, message in found.errors if name == field)
    with override("en"):
        english = str(message)
    with override("zh-hans"):
        chinese = str(message)
    assert words in english
    assert english != chinese
    assert not any("\u4e00" <= character <= "\u9fff" for character in english)


def test_an_unknown_word_neither_passes_nor_fails() -> None:
    found = judge(limit=LimitOf("qualitative", "", "", ""), quantity="", entered=Entered(1, "差不多"), rule="simple")
    assert found.verdict == ""
    assert found.errors


@given(st.decimals(min_value=0, max_value=100, places=3), st.decimals(min_value="0.001", max_value=5, places=3))
def test_a_guarded_pass_is_a_simple_pass(value: object, expanded: object) -> None:
    """The guard band only ever takes away: whatever passes guarded passes by simple acceptance."""
    entered = Entered(1, str(value), "km/h", str(expanded), "2")
    guarded = judge(limit=AT_MOST_25, quantity="speed", entered=entered, rule="guarded")
    simple = judge(limit=AT_MOST_25, quantity="speed", entered=entered, rule="simple")
    assert not guarded.errors and not simple.errors
    assert (guarded.verdict, simple.verdict) != ("pass", "fail")


@given(st.text(max_size=80), st.text(max_size=30), st.text(max_size=50), st.text(max_size=20))
def test_no_text_breaks_the_judging(value: str, unit: str, expanded: str, k: str) -> None:
    found = judge(limit=AT_MOST_25, quantity="speed", entered=Entered(1, value, unit, expanded, k), rule="simple")
    assert bool(found.errors) != bool(found.verdict)
