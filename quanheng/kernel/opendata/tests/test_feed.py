"""Every change of a published row reaches the feed, whoever makes it and however."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction

from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.cases.models import Holiday
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.opendata import triggers
from quanheng.kernel.opendata.declare import Column, Dataset, dataset_named
from quanheng.kernel.opendata.feed import TooOld, changes_since, publish
from quanheng.kernel.opendata.models import Change, Feed, Touched
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.region.models import Region
from quanheng.kernel.requirements.models import Standard
from tests import world

pytestmark = pytest.mark.django_db


def since(name: str) -> str:
    publish()
    return Feed.objects.get(name=name).cursor


def changed(name: str, cursor: str) -> list[tuple[str, str]]:
    publish()
    return [(one.op, one.key) for one in changes_since(dataset_named(name), cursor, 1000).items]


def test_the_database_has_the_triggers_that_are_declared() -> None:
    assert set(triggers.installed()) == set(triggers.declared())
    assert triggers.install() == set()


def test_a_row_is_added_changed_and_removed() -> None:
    start = since("regions")
    region = world.make_region("990000")
    assert changed("regions", start) == [("added", "990000")]
    then = since("regions")
    Region.objects.filter(pk=region.pk).update(name_zh="别名")
    assert changed("regions", then) == [("changed", "990000")]
    # For whoever has not seen it before it is still new.
    assert changed("regions", start) == [("added", "990000")]
    region.delete()
    assert changed("regions", then) == [("removed", "990000")]


def test_what_is_not_published_of_a_row_is_no_change() -> None:
    lab = world.make_organisation("laboratory", "120101")
    start = since("organisations")
    Organisation.objects.filter(pk=lab.pk).update(phone="022-1")
    assert changed("organisations", start) == []


def test_what_a_row_shows_of_another_is_a_change_of_the_row() -> None:
    recognition = world.make_recognition(world.make_organisation("laboratory", "120101"))
    line = world.make_scope_line(recognition, world.make_item("speed"), world.make_standard("GB 1-2001"))
    start = since("scope-lines")
    Organisation.objects.filter(pk=recognition.organisation_id).update(name_zh="新名称")
    assert changed("scope-lines", start) == [("changed", line.uid)]
    publish()
    page = changes_since(dataset_named("scope-lines"), start, 10)
    assert page.items[0].row is not None and "新名称" in page.items[0].row


def test_many_rows_at_once_raw_sql_and_upserts_are_seen() -> None:
    old = Holiday.objects.create(date=date(2031, 1, 1), kind="holiday", name_zh="元旦", name_en="New Year", source="x")
    start = since("holidays")
    facts = {"kind": "holiday", "name_en": "x", "source": "x"}
    days = [Holiday(date=date(2031, 1, day), name_zh="改名", **facts) for day in (1, 2, 3)]
    Holiday.objects.bulk_create(days, update_conflicts=True, unique_fields=["date"], update_fields=["name_zh"])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_holiday WHERE date = %s", ["2031-01-03"])
    assert sorted(changed("holidays", start)) == [
        ("added", "2031-01-02"),
        ("changed", str(old.date)),
        ("removed", "2031-01-03"),
    ]


def test_a_bulk_load_is_noted_as_a_whole_or_not_at_all() -> None:
    standard = world.make_standard("GB 1-2001")
    start = since("standards")

    def made(*numbers: int) -> None:
        facts = {"kind": "gb", "source": "x", "confidence": "confirmed", "title_zh": "x"}
        Standard.objects.bulk_create([Standard(number=f"GB {one}-2001", key=str(one), **facts) for one in numbers])

    with triggers.loading(Standard, Region):
        made(2, 3)
        Standard.objects.filter(pk=standard.pk).update(title_zh="改名")
        world.make_region("990000")
    assert sorted(op for op, _key in changed("standards", start)) == ["added", "added", "changed"]
    then = since("standards")
    with pytest.raises(RuntimeError), transaction.atomic(), triggers.loading(Standard):
        made(4)
        raise RuntimeError
    assert set(triggers.installed()) == set(triggers.declared())
    assert changed("standards", then) == []
    made(5)
    assert [op for op, _key in changed("standards", then)] == ["added"]


def test_a_relation_of_two_standards_is_a_row() -> None:
    start = since("standard-replacements")
    world.make_standard("GB 1-2001")
    new = world.make_standard("GB 1-2011", replaces="GB 1-2001")
    ((op, key),) = changed("standard-replacements", start)
    assert op == "added"
    then = since("standard-replacements")
    Standard.objects.filter(pk=new.pk).update(number="GB 1-2012")
    assert changed("standard-replacements", then) == [("changed", key)]
    new.replaces.clear()
    assert changed("standard-replacements", then) == [("removed", key)]


def test_pages_go_on_where_they_ended() -> None:
    start = since("regions")
    for number in range(7):
        world.make_region(f"99{number:02d}00")
    publish()
    seen: list[str] = []
    cursor, more = start, True
    while more:
        page = changes_since(dataset_named("regions"), cursor, 3)
        seen += [one.key for one in page.items]
        cursor, more = page.next, page.more
    assert sorted(seen) == [f"99{number:02d}00" for number in range(7)]
    assert changes_since(dataset_named("regions"), cursor, 3).items == []


@pytest.mark.parametrize("cursor", ["", "x", "abcdefgh", "abcdefgh.", "abcdefgh.-1", "abcdefgh.١", "a" * 40, ".1"])
def test_a_text_that_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        changes_since(dataset_named("regions"), cursor, 10)


def test_a_cursor_of_another_history_or_of_the_future_is_too_old() -> None:
    cursor = since("regions")
    feed = Feed.objects.get(name="regions")
    with pytest.raises(TooOld):
        changes_since(dataset_named("regions"), f"{feed.epoch}.{feed.last + 1}", 10)
    triggers.renew({"regions"})
    with pytest.raises(TooOld):
        changes_since(dataset_named("regions"), cursor, 10)


def test_a_missing_trigger_is_put_back_and_ends_the_history() -> None:
    before = {feed.name: feed.epoch for feed in Feed.objects.all()}
    name = next(name for name in triggers.installed() if name.startswith("opendata_regions_added"))
    triggers._drop({name: "region_region"})
    assert triggers.install() == {"regions"}
    after = {feed.name: feed.epoch for feed in Feed.objects.all()}
    assert {name for name in after if after[name] != before[name]} == {"regions"}
    start = since("regions")
    world.make_region("990000")
    assert changed("regions", start) == [("added", "990000")]


def test_the_feed_keeps_one_entry_per_row() -> None:
    region = world.make_region("990000")
    for number in range(5):
        Region.objects.filter(pk=region.pk).update(name_zh=str(number))
        publish()
    assert Change.objects.filter(key="990000").count() == 1
    assert not Touched.objects.exists()


def test_only_what_triggers_can_follow_and_everybody_may_see_is_declared() -> None:
    def dataset(model: type, *columns: Column, key: str = "uid") -> Dataset:
        return Dataset("x", model, "x", "x", columns=columns, key=key)

    uid = Column("uid", "text", "x")
    with pytest.raises(ValueError, match="key"):
        dataset(Organisation, Column("name_zh", "text", "x"))
    with pytest.raises(ValueError, match="one step"):
        dataset(Recognition, uid, Column("x", "text", "x", path="organisation__region__code"))
    with pytest.raises(ValueError, match="unknown kind"):
        Column("x", "datetime", "x")
    with pytest.raises(ValueError, match="none of its rows"):
        dataset(Person, uid)
