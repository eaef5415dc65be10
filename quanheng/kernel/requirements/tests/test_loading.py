"""Facts load whole or not at all, again and again, and every bad cell is named."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import quanheng
from quanheng.kernel.base.errors import Invalid, in_language
from quanheng.kernel.requirements import queries
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard
from quanheng.kernel.requirements.services import load_families, load_items, load_requirements, load_standards

ROOT = Path(quanheng.__file__).parent
pytestmark = pytest.mark.django_db

STANDARD = {
    "title_zh": "某规范", "title_en": "Some", "kind": "gb", "mandatory": "yes",
    "source": "s", "confidence": "confirmed",
}  # fmt: skip


def shipped(name: str) -> list[dict[str, str]]:
    folder = "domains/services/data" if name == "families" else "kernel/requirements/data"
    with (ROOT / folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load_all() -> list[int]:
    return [
        load_items(shipped("items")),
        load_families(shipped("families")),
        load_standards(shipped("standards")),
        load_requirements(shipped("requirements")),
    ]


def counts() -> list[int]:
    return [model.objects.count() for model in (Item, ProductFamily, Standard, Requirement)]


def test_the_shipped_facts_load_twice_to_the_same_rows() -> None:
    first = load_all()
    assert counts() == first
    uids = set(Standard.objects.values_list("uid", flat=True))
    load_all()
    assert counts() == first
    assert set(Standard.objects.values_list("uid", flat=True)) == uids


def test_a_changed_row_is_changed_and_keeps_its_name() -> None:
    load_standards([{**STANDARD, "number": "GB 1-2000"}])
    uid = Standard.objects.get().uid
    load_standards([{**STANDARD, "number": "gb1-2000", "title_zh": "新名称"}])
    changed = Standard.objects.get()
    assert (changed.uid, changed.title_zh, changed.number) == (uid, "新名称", "GB 1-2000")


def test_status_follows_from_dates() -> None:
    load_standards(
        [
            {**STANDARD, "number": "GB 17761-2018", "published": "2018-05-15", "effective": "2019-04-15"},
            {
                **STANDARD, "number": "GB 17761-2024", "published": "2024-12-31", "effective": "2025-09-01",
                "replaces": "GB17761-2018",
            },
            {**STANDARD, "number": "GB 5-1999", "published": "1999-01-01", "withdrawn": "2004-05-01"},
        ]
    )  # fmt: skip
    old, new, gone = (queries.standards(number=n).get() for n in ("GB 17761-2018", "gb17761：2024", "gb5-1999"))
    day = date(2025, 8, 31)
    assert [one.status_on(day) for one in (old, new, gone)] == ["in_force", "upcoming", "withdrawn"]
    assert [one.status_on(date(2025, 9, 1)) for one in (old, new)] == ["superseded", "in_force"]
    # Without a year: all editions, in whatever spelling, or the one in force that day.
    assert set(queries.standards(number="GB17761")) == {old, new}
    assert queries.standards(number="ＧＢ 17761", status="in_force", on=day).get() == old
    assert queries.standards(number="GB17761", status="in_force", on=date(2025, 9, 1)).get() == new
    assert not queries.standards(number="GB 99999").exists()


@pytest.mark.parametrize("status", queries.STATUSES)
def test_the_status_filter_agrees_with_the_status_of_every_row(status: str) -> None:
    load_standards(shipped("standards"))
    for day in (date(2001, 1, 1), date(2019, 4, 15), date(2025, 8, 31), date(2026, 11, 21)):
        found = set(Standard.objects.filter(queries.with_status(status, day)))
        assert found == {one for one in Standard.objects.all() if one.status_on(day) == status}


def test_a_successor_of_unknown_date_counts_from_the_end_of_its_year() -> None:
    load_standards([{**STANDARD, "number": "GB 1-2000"}, {**STANDARD, "number": "GB 1-2010", "replaces": "GB 1-2000"}])
    assert Standard.objects.get(number="GB 1-2000").superseded_on == date(2010, 12, 31)


BAD: list[tuple[Any, list[dict[str, Any]], list[tuple[str, int | None]]]] = [
    (load_standards, [{**STANDARD, "number": "no number"}], [("number", 1)]),
    (load_standards, [{**STANDARD, "number": "GB 1-2000"}, {**STANDARD, "number": "GB1-2000"}], [("number", 2)]),
    (load_standards, [{**STANDARD, "number": "GB 1-2000", "replaces": "GB 7-1999"}], [("replaces", 1)]),
    (load_standards, [{**STANDARD, "number": "GB 1-2000", "replaces": "GB 1-2000"}], [("replaces", 1)]),
    (load_standards, [{**STANDARD, "number": "GB 1-2000", "published": "1.2.2000"}], [("published", 1)]),
    (
        load_standards,
        [{**STANDARD, "number": "GB 1-2000", "published": "2000-02-01", "effective": "2000-01-01", "kind": "x"}],
        [("effective", 1), ("kind", 1)],
    ),
    (
        load_items,
        [
            {"code": "a", "name_zh": "压", "name_en": "p", "source": "s", "confidence": "confirmed"},
            {
                "code": "b", "name_zh": "压", "name_en": "p", "quantity": "pressure", "unit": "kg",
                "source": "s", "confidence": "confirmed",
            },
            {"code": "a", "name_zh": "", "name_en": "p", "quantity": "magic", "source": "s", "confidence": "sure"},
        ],
        [("unit", 2), ("quantity", 3), ("name_zh", 3), ("confidence", 3), ("code", 3)],
    ),
    (load_families, [{"code": "a", "name_zh": "车"}], [("name_en", 1), ("source", 1), ("confidence", 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("load", "rows", "where"), BAD)
def test_bad_cells_are_named_and_nothing_is_stored(load: Any, rows: list[Any], where: list[Any]) -> None:
    with pytest.raises(Invalid) as refused:
        load(rows)
    assert [(error.field, error.row) for error in refused.value.errors] == where
    assert counts() == [0, 0, 0, 0]
    for error in refused.value.errors:
        assert in_language(error.message, "zh-hans")


def test_bad_requirements_are_named() -> None:
    load_all()
    before = counts()
    good = {
        "family": "ebike", "item": "max_speed", "standard": "GB17761—2024", "method": "gb 17761-2024", "limit": "max",
        "upper": "25", "unit": "km/h", "limit_text_zh": "又一条", "source": "s", "confidence": "confirmed",
    }  # fmt: skip
    wrong = [
        {**good, "family": "boat", "unit": "MPa"},
        {**good, "upper": ""},
        {**good, "clause": "3", "limit": "range", "lower": "30"},
        {**good, "standard": "GB 1-1901", "upper": "1,000"},
        {**good, "clause": "5", "unit": "", "usual_days": "0"},
    ]
    with pytest.raises(Invalid) as refused:
        load_requirements(wrong)
    found = {(error.field, error.row) for error in refused.value.errors}
    assert found == {
        *(("family", 1), ("unit", 1), ("upper", 2), ("lower", 3), ("standard", 4), ("upper", 4)),
        *(("unit", 5), ("usual_days", 5)),
    }
    assert counts() == before
    assert load_requirements([good]) == 1
    assert counts()[3] == before[3] + 1


def test_requirements_of_a_family_are_those_of_standards_in_force() -> None:
    load_all()
    ebike = queries.family_by_code("ebike")
    today = queries.requirements_for(ebike, date(2026, 1, 1))
    assert today.filter(item__code="max_speed", upper="25").exists()
    assert not queries.requirements_for(ebike, date(2024, 1, 1)).filter(standard__number="GB 17761-2024").exists()
