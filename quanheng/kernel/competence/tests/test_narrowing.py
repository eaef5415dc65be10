"""Statements that are kept for a shape of question are those that the question itself would be put into."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quanheng.kernel.base.paging import keys_statement
from quanheng.kernel.competence import narrowing
from quanheng.kernel.competence.asking import Ask, Place
from quanheng.kernel.requirements.models import Item, ProductFamily
from quanheng.science.identifiers.standard_number import parse_standard_number
from quanheng.science.quantities import parse_range

pytestmark = pytest.mark.django_db

METHODS = ["GB 17761-2024", "GB/T 3565.4", "JJG 52-2013"]
RANGES = ["(0~60) km/h", "25 km/h", "≤ 5 mm", "(-20~60) ℃", "≥ 3", "0.5 %"]

asks = st.builds(
    Ask,
    item=st.integers(1, 10**9).map(lambda key: Item(pk=key)),
    activity=st.sampled_from(["testing", "calibration", ""]),
    on=st.dates(date(2000, 1, 1), date(2090, 1, 1)),
    family=st.none() | st.integers(1, 10**6).map(lambda key: ProductFamily(pk=key)),
    method=st.none() | st.sampled_from(METHODS).map(parse_standard_number),
    range=st.none() | st.sampled_from(RANGES).map(parse_range),
    place=st.builds(
        Place,
        region=st.sampled_from(["", "", "120116", "120000"]),
        point=st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
        radius_km=st.none() | st.floats(0.1, 20_100),
    ),
    scheme=st.sampled_from(["", "CMA", "CNAS"]),
    holder=st.none() | st.integers(1, 10**6),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ask=asks)
def test_a_kept_statement_is_that_of_the_question(ask: Ask) -> None:
    for kept, rows in (
        (narrowing.fitting(ask, 0, 51), narrowing._fitting(ask)[:51]),
        (narrowing.fitting(ask, 51, 51), narrowing._fitting(ask)[51:102]),
        (narrowing.missing(ask, 30), narrowing._missing(ask)[:30]),
    ):
        asked = keys_statement(rows)
        assert (kept is None) == (asked is None)
        if kept and asked:
            assert (kept[0], list(kept[1])) == (asked[0], list(asked[1]))


def test_a_value_that_looks_like_another_keeps_its_place() -> None:
    """Keys and days that happen to be equal are each put where they belong."""
    ask = Ask(Item(pk=7), "testing", date(2026, 1, 1), ProductFamily(pk=7), holder=7, scheme="CMA")
    other = replace(ask, family=ProductFamily(pk=8), holder=9)
    (sql, first), (again, second) = narrowing.fitting(ask, 0, 5), narrowing.fitting(other, 0, 5)  # type: ignore[misc]
    assert sql == again
    assert [(a, b) for a, b in zip(first, second, strict=True) if a != b] == [(7, 9), (7, 8)]
