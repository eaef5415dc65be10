"""Rules and holidays load all or nothing, name what is wrong, and doing it again changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.cases.loading import load_holidays, load_rules
from quanheng.kernel.cases.models import Holiday, Rule
from quanheng.kernel.cases.running import calendar, edition, rule_in_force
from quanheng.kernel.region.models import Region
from quanheng.kernel.region.services import load_regions

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[1] / "data"
RULES, DAYS = read_csv(DATA / "rules.csv"), read_csv(DATA / "holidays.csv")
RULE = RULES[0]


def test_what_is_shipped_loads_and_loads_again_without_a_trace() -> None:
    assert load_rules(RULES) == len(RULES) == Rule.objects.count()
    assert load_holidays(DAYS) == len(DAYS) == Holiday.objects.count()
    before = list(Rule.objects.order_by("pk").values()), list(Holiday.objects.order_by("pk").values())
    with CaptureQueriesContext(connection) as asked:
        load_rules(RULES)
        load_holidays(DAYS)
    assert not [query["sql"] for query in asked.captured_queries if query["sql"].startswith(("INSERT", "UPDATE"))]
    assert (list(Rule.objects.order_by("pk").values()), list(Holiday.objects.order_by("pk").values())) == before


def test_a_version_that_ends_keeps_its_name_and_the_next_one_begins() -> None:
    load_rules([{**RULE, "key": "t.x", "valid_from": "2024-01-01", "valid_to": ""}])
    first = Rule.objects.get(key="t.x")
    load_rules(
        [
            {**RULE, "key": "t.x", "valid_from": "2024-01-01", "valid_to": "2025-12-31"},
            {**RULE, "key": "t.x", "valid_from": "2026-01-01", "valid_to": "", "value": "7"},
        ]
    )
    assert Rule.objects.get(key="t.x", valid_to=date(2025, 12, 31)).uid == first.uid
    assert rule_in_force("t.x", date(2025, 12, 31)).pk == first.pk
    assert rule_in_force("t.x", date(2026, 1, 1)).value == "7"


@pytest.mark.parametrize(
    "change",
    [
        {"value": "soon"},
        {"unit": "fortnight"},
        {"day_type": "banking"},
        {"direction": "sideways"},
        {"valid_from": "2024-02-30"},
        {"valid_from": "2024-01-02", "valid_to": "2024-01-01"},
        {"confidence": "sure"},
        {"step_zh": "长" * 121},
    ],
)
def test_a_bad_rule_is_named_by_its_row_and_none_is_stored(change: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        load_rules([RULE, {**RULES[1], **change}])
    assert [error.row for error in refused.value.errors] == [2]
    assert not Rule.objects.exists()


def test_a_missing_column_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        load_rules([{name: cell for name, cell in RULE.items() if name != "source"}])
    assert [(error.field, error.row) for error in refused.value.errors] == [("source", 1)]


def test_the_same_version_twice_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        load_rules([RULE, RULES[1], {**RULE, "value": "9"}])
    assert [error.row for error in refused.value.errors] == [3]


@pytest.mark.parametrize("first_ends", ["", "2026-01-01"])
def test_two_versions_never_hold_on_one_day(first_ends: str) -> None:
    rows = [
        {**RULE, "key": "t.x", "valid_from": "2024-01-01", "valid_to": first_ends},
        {**RULE, "key": "t.x", "valid_from": "2026-01-01", "valid_to": ""},
    ]
    with pytest.raises(Invalid, match=r"t\.x"):
        load_rules(rows)
    load_rules(rows[:1])
    with pytest.raises(Invalid, match=r"t\.x"):
        load_rules(rows[1:])


def test_a_rule_without_one_length_starts_no_clock() -> None:
    load_rules([{**RULE, "key": "t.x", "valid_from": "", "valid_to": "", "value": "1;4;7"}])
    with pytest.raises(Invalid):
        rule_in_force("t.x", date(2026, 1, 1))


def _day(day: str, kind: str = "holiday", source: str = "n1") -> dict[str, str]:
    return {"date": day, "kind": kind, "name_zh": "国庆节", "name_en": "National Day", "source": source}


def test_every_read_after_a_loading_sees_the_new_calendar() -> None:
    assert edition().at is None
    load_holidays([_day("2030-10-01"), _day("2030-10-02")])
    first = edition()
    assert not calendar().is_workday(date(2030, 10, 2))
    load_holidays([_day("2030-10-01"), _day("2030-10-03"), _day("2030-10-05", "workday")])
    assert calendar().is_workday(date(2030, 10, 2)), "the notice no longer lists it"
    assert calendar().is_workday(date(2030, 10, 5))
    assert edition().at != first.at
    load_holidays([_day("2031-10-01", source="n2")])
    assert not calendar().is_workday(date(2030, 10, 3)), "another notice leaves the first alone"


def test_a_loading_that_was_rolled_back_leaves_no_calendar_behind() -> None:
    from django.db import transaction

    load_holidays([_day("2030-10-01")])
    with transaction.atomic():
        load_holidays([_day("2030-10-01"), _day("2030-10-02")])
        assert not calendar().is_workday(date(2030, 10, 2))
        transaction.set_rollback(True)
    assert calendar().is_workday(date(2030, 10, 2))


def test_the_calendar_is_built_once() -> None:
    load_holidays(DAYS)
    first = edition()
    with CaptureQueriesContext(connection) as asked:
        assert edition() is first
    assert len(asked) == 1


@pytest.mark.parametrize(
    "change", [{"date": ""}, {"date": "2026-13-01"}, {"date": "2206-10-01"}, {"kind": "half"}, {"name_zh": "长" * 41}]
)
def test_a_bad_day_is_named_by_its_row_and_none_is_stored(change: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        load_holidays([_day("2030-10-01"), {**_day("2030-10-02"), **change}])
    assert [error.row for error in refused.value.errors] == [2]
    assert not Holiday.objects.exists()


def test_a_day_twice_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        load_holidays([_day("2030-10-01"), _day("2030-10-01", "workday")])
    assert [error.row for error in refused.value.errors] == [2]


def test_every_bad_cell_of_a_row_is_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        load_rules([{**RULE, "valid_from": "soon", "step_zh": "", "confidence": "sure"}])
    found = [(error.field, error.row) for error in refused.value.errors]
    assert found == [("step_zh", 1), ("confidence", 1), ("valid_from", 1)]


def test_regions_are_checked_cell_by_cell() -> None:
    row = {"code": "990000", "name_zh": "甲", "name_en": "A", "level": "province", "source": "s"}
    row["confidence"] = "platform"
    assert load_regions([{**row, "latitude": "39.1", "longitude": "117.2"}]) == 1
    bad = {**row, "code": "990100", "level": "moon", "parent_code": "880000", "latitude": "139", "longitude": "east"}
    with pytest.raises(Invalid) as refused:
        load_regions([row, bad])
    assert [(error.field, error.row) for error in refused.value.errors] == [
        ("level", 2), ("parent_code", 2), ("latitude", 2), ("longitude", 2),
    ]  # fmt: skip
    assert not Region.objects.filter(code="990100").exists()
