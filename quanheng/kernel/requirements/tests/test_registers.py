"""The real registers, read: the figures that their sources predict, twice to the same rows, without contradiction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from quanheng.kernel.requirements import family, queries
from quanheng.kernel.requirements.loading import Report, load_chinese, load_classifications, load_international
from quanheng.kernel.requirements.loading.graph import components
from quanheng.kernel.requirements.models import Classification, Conflict, Relation, Standard, StandardCode

DATA = Path(__file__).resolve().parents[5] / "shared" / "data"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.timeout(1200),
    # What the loaders ask of a database is asked of both with rows of our own (test_loading and its neighbours).
    pytest.mark.any_database,
    pytest.mark.skipif(not (DATA / "standards-iso").is_dir(), reason="the registers (reference data) are not at hand"),
]
ON = date(2026, 11, 20)


def read_all() -> dict[str, Report]:
    chinese, iso = DATA / "standards-cn", DATA / "standards-iso"
    return {
        "classes": load_classifications(DATA / "classifications"),
        "national": load_chinese(chinese / "cn_national_standards.csv", ON),
        "metrology": load_chinese(chinese / "cn_metrology_regulations.csv", ON),
        "construction": load_chinese(chinese / "cn_construction_standards.csv", ON),
        "iso": load_international(iso / "iso_deliverables.parquet", ON),
        "relations": load_international(iso / "iso_relations.parquet", ON),
        "duplicates": load_international(iso / "iso_duplicate_records.parquet", ON),
    }


@pytest.fixture(scope="module")
def reports(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Report]]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield read_all()
        transaction.set_rollback(True)


def test_every_row_is_read_and_codes_have_names(reports: dict[str, Report]) -> None:
    assert {name: one.read for name, one in reports.items()} == {
        "classes": 4088, "national": 1121, "metrology": 498, "construction": 83,
        "iso": 61638, "relations": 62777, "duplicates": 19258,
    }  # fmt: skip
    assert Classification.objects.count() == 1381 + 24 + 225 + 1608
    assert (reports["iso"].added, reports["iso"].merged) == (61638, 0)
    known = set(Classification.objects.values_list("scheme", "code"))
    assert all(("ics", code) in known for one in Standard.objects.filter(kind="iso").only("ics") for code in one.ics)


def test_dates_decide_the_status(reports: dict[str, Report]) -> None:
    assert reports["national"].corrected["即将实施", "in_force"] == reports["national"].corrections == 669
    assert reports["metrology"].corrected == {("现行", "withdrawn"): 2}
    repealed = queries.standards(number="JJG(铁道)205-2015").get()
    assert (repealed.status_on(ON), repealed.withdrawn_exact) == ("withdrawn", False)
    counted = Counter(one.status_on(ON) for one in Standard.objects.all())
    for status in queries.STATUSES:
        assert Standard.objects.filter(queries.with_status(status, ON)).count() == counted[status]


def test_free_text_becomes_links(reports: dict[str, Report]) -> None:
    report = reports["national"]
    assert (report.remarks, report.named, report.linked) == (302, 409, 409)
    assert [text for number, text in report.unread if number == "GB 10408-2025"] == ["GB 1"]
    new = queries.standards(number="GB 47415-2026").get()
    assert new.replaces.count() == 8
    both = queries.standards(number="GB 2763-2016").get()
    before, after = queries.neighbours(both)
    assert ([one.number for one in before], [one.number for one in after]) == (["GB 2763-2014"], ["GB 2763-2019"])
    assert queries.standards(number="JJF(津)3002-2018").get().remark.startswith("京津冀共建规范")
    assert queries.standards(number="GB 12021.4-2013").get().superseded_on == date(2027, 4, 1)


def test_double_records_are_merged_and_their_conflicts_kept(reports: dict[str, Report]) -> None:
    assert reports["duplicates"].merged == 9629
    fields = Counter(
        Conflict.objects.filter(standard__kind__in=("iso", "iec", "international")).values_list("field", flat=True)
    )
    assert fields == {"stage": 515, "title_en": 596}
    assert reports["metrology"].conflicts == 3


def test_updates_are_turned_and_the_graph_has_no_circle(reports: dict[str, Report]) -> None:
    report = reports["relations"]
    assert report.turned == 29886
    assert report.doubted == Relation.objects.exclude(doubt="").count() == 1463
    links = list(Standard.replaces.through.objects.values_list("from_standard_id", "to_standard_id"))
    assert len(links) > 30_000
    assert not components(links)
    rows = Standard.objects.in_bulk()
    earliest: dict[int, date] = {}
    for new, old in links:
        day = rows[new].takes_effect()
        older = rows[old].takes_effect()
        assert not (day and older and day < older)
        if day:
            earliest[old] = min(day, earliest.get(old, day))
    assert all(one.superseded_on == earliest.get(key) for key, one in rows.items())
    old = queries.standards(number="ISO 9001:2008").get()
    assert [one.number for one in queries.neighbours(old)[1]] == ["ISO 9001:2015"]
    amended = queries.standards(number="ISO 9001:2015").get()
    assert [one.standard.number for one in family.relations(amended).amended_by] == ["ISO 9001:2015/Amd 1:2024"]
    assert amended.status_on(ON) == "in_force"


def test_families_are_bounded(reports: dict[str, Report]) -> None:
    for number in ("ISO 10303-1:1994", "ISO/IEC 2382:2015", "ISO 7149:1982", "ISO 1833:1977"):
        one = queries.standards(number=number).get()
        tree, numbers = family.tree(one, ON), family.editions(one)
        assert 1 < len(tree.members) <= family.NODES
        assert len(numbers.parts) <= family.PARTS
    assert numbers.editions


def test_read_again_nothing_changes(reports: dict[str, Report]) -> None:
    def state() -> tuple[object, ...]:
        models = (Standard, Relation, Conflict, StandardCode, Classification, Standard.replaces.through)
        columns = [name.attname for name in Standard._meta.concrete_fields]
        return (
            *(model.objects.count() for model in models),
            hash(tuple(map(str, Standard.objects.order_by("pk").values_list(*columns)))),
        )

    before = state()
    again = read_all()
    assert state() == before
    for report in again.values():
        figures = (report.added, report.changed, report.linked, report.doubted, report.conflicts, report.named_only)
        assert figures == (0,) * 6
