"""Rows stored in fewer steps are stored as the ORM stores them, and what is asked in SQL kept is answered alike."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.models import Count, F
from django.db.models.functions import Upper
from django.test.utils import CaptureQueriesContext

from quanheng.kernel.base import models as base
from quanheng.kernel.base.models import Row
from quanheng.kernel.base.statements import (
    Asked,
    keep_prefetched,
    keep_related,
    prefetched,
    row_with,
    rows_by_key,
    share_related,
)
from quanheng.kernel.base.storing import insert_all
from quanheng.kernel.base.tests.test_bulk import as_stored, take_out
from quanheng.kernel.base.tests.worlds import NOT_TAKEN_OUT, World, guarded_models
from quanheng.kernel.cases.models import Series
from quanheng.kernel.parties.models import Group, Membership, Organisation
from quanheng.kernel.parties.tests.world import organisation, person
from quanheng.kernel.requirements.models import Standard
from quanheng.kernel.requirements.queries import with_status

pytestmark = pytest.mark.django_db


def compared(world: World) -> list[tuple[type[models.Model], list[Any]]]:
    return [
        (model, sorted(world.rows[model], key=lambda row: row.pk))
        for model in guarded_models()
        if issubclass(model, Row) and model._meta.label not in NOT_TAKEN_OUT and world.rows[model]
    ]


def _left_to_the_orm(*_args: Any, **_named: Any) -> bool:
    return False


def test_every_column_of_every_row_is_updated_as_the_orm_updates_it(monkeypatch: pytest.MonkeyPatch) -> None:
    several = compared(World(seed=12))
    assert len(several) > 30
    for model, rows in several:
        keys = [row.pk for row in rows]
        names = [field.name for field in model._meta.local_concrete_fields if not field.primary_key]
        for row in rows:
            row.save(update_fields=names)
        quick = as_stored(model, keys)
        with monkeypatch.context() as patched:
            patched.setattr(base, "save_row", _left_to_the_orm)
            for row in rows:
                row.save(update_fields=names)
        assert quick == as_stored(model, keys), model


def test_every_row_is_inserted_as_the_orm_inserts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for model, rows in compared(World(seed=13)):
        key, row = rows[-1].pk, rows[-1]
        stored = []
        for way in (base.save_row, _left_to_the_orm):
            with transaction.atomic(), monkeypatch.context() as patched:
                patched.setattr(base, "save_row", way)
                take_out(model, [key])
                row.save(force_insert=True)
            stored.append(dict(zip(model._meta.local_concrete_fields, as_stored(model, [key])[0], strict=True)))
        for field, value in stored[0].items():
            if not getattr(field, "auto_now_add", False):
                assert value == stored[1][field], field


def test_a_new_row_knows_the_key_that_the_database_gave() -> None:
    made = organisation()
    assert made.pk and Organisation.objects.get(uid=made.uid) == made


def test_an_expression_is_left_to_the_orm() -> None:
    made = organisation()
    made.name_en = "lower"
    made.save()
    made.name_en = Upper(F("name_en"))  # type: ignore[assignment]
    made.save(update_fields=["name_en"])
    made.refresh_from_db()
    assert made.name_en == "LOWER"


def test_a_whole_row_is_stored_as_it_is_and_a_part_of_one_keeps_the_rest() -> None:
    made = organisation()
    made.name_en, made.address = "One", "here"
    with CaptureQueriesContext(connection) as asked:
        made.save()
    assert len(asked) == 1
    part = Organisation.objects.only("name_en").get(pk=made.pk)
    part.name_en = "Two"
    part.save()
    made.refresh_from_db()
    assert (made.name_en, made.address) == ("Two", "here")


def test_what_does_not_go_together_is_refused_as_the_orm_refuses_it() -> None:
    made, unstored = organisation(), Organisation(name_zh="未登记")
    with pytest.raises(ValueError, match="unsaved related object"):
        Membership(person=person(), organisation=unstored, role="member").save()
    with pytest.raises(ValueError, match="do not exist"):
        made.save(update_fields=["nothing"])
    with pytest.raises(ValueError, match="Cannot force both"):
        made.save(force_insert=True, update_fields=["name_en"])
    with pytest.raises(IntegrityError), transaction.atomic():
        made.save(force_insert=True)
    # A key that was set beside the row that was known stands.
    other = organisation(2)
    post = Membership.objects.create(person=person(), organisation=made, role="member")
    assert post.organisation == made
    post.organisation_id = other.pk
    post.save(update_fields=["organisation"])
    post.refresh_from_db()
    assert post.organisation == other


def test_rows_of_one_answer_share_the_row_that_they_point_to() -> None:
    where, group = organisation(), Group.objects.create(name_zh="组", lead=organisation())
    for _ in range(3):
        person((where, "firm_staff"))
    posts = Asked(lambda key: Membership.objects.filter(organisation=key).select_related("organisation__region"))
    found = posts(where.pk)
    assert len(found) == 3 and found[0].organisation is found[2].organisation == where
    assert found[0].organisation.region == where.region
    # The next answer is read anew.
    where.name_en = "Another"
    where.save(update_fields=["name_en"])
    assert posts(where.pk)[0].organisation.name_en == "Another" and found[0].organisation.name_en != "Another"
    # What points nowhere does so.
    alone = Asked(lambda key: Organisation.objects.filter(pk=key).select_related("merged_into"))
    assert alone(where.pk)[0].merged_into is None and group.lead_id


def test_a_row_that_is_gone_is_not_updated_in_silence() -> None:
    made = organisation()
    Organisation.objects.filter(pk=made.pk).delete()
    with pytest.raises(DatabaseError):
        made.save(update_fields=["name_zh"])


def test_a_kept_question_is_answered_for_each_key_as_a_query_is() -> None:
    several = [organisation() for _ in range(3)]
    one = Asked(lambda key: Organisation.objects.select_related("region").filter(pk=key))
    for made in several:
        [found] = one(made.pk)
        assert found == made and found.region == made.region
    assert one(0) == []
    names = Asked(lambda *keys: Organisation.objects.filter(pk__in=keys).order_by("pk").values_list("name_zh", "pk"))
    for count in (1, 2, 3, 2):
        keys = [made.pk for made in several[:count]]
        assert names(*keys) == [(made.name_zh, made.pk) for made in several[:count]]


def test_a_day_is_a_key_and_may_be_asked_for_more_than_once() -> None:
    for year in (2020, 2022):
        Standard.objects.create(number=f"GB/T 1-{year}", key="GB/T 1", superseded_on=date(year, 5, 1))
    kept = Asked(lambda day: Standard.objects.filter(with_status("superseded", day)).order_by("number"))
    for day, many in ((date(2020, 4, 30), 0), (date(2020, 5, 1), 1), (date(2022, 5, 1), 2), (date(2021, 1, 1), 1)):
        assert len(kept(day)) == many
        assert kept(day) == list(Standard.objects.filter(with_status("superseded", day)).order_by("number"))


def test_what_varies_in_more_than_its_keys_is_no_kept_question() -> None:
    with pytest.raises(ValueError, match="each key"):
        Asked(lambda _key: Organisation.objects.all())(1)
    with pytest.raises(ValueError, match="each key"):
        Asked(lambda key: Organisation.objects.filter(region_id=key))(1)


def test_many_rows_at_once_are_stored_in_as_many_statements_as_their_values_need() -> None:
    insert_all([Series(name=f"s{place}", last=place) for place in range(1500)])
    assert Series.objects.filter(name__startswith="s").count() >= 1500
    insert_all([])


def test_rows_by_key_are_whole_whatever_the_list_is_narrowed_by() -> None:
    lead, member = organisation(), organisation()
    group = Group.objects.create(name_zh="组", lead=lead)
    group.members.add(lead, member)
    keys = [lead.pk, member.pk]
    narrowed = Organisation.objects.filter(groups__lead=lead, groups__members=lead).select_related("region")
    plain = Organisation.objects.select_related("region").prefetch_related("led_groups").defer("address")
    for rows in (narrowed, plain, narrowed):
        found = rows_by_key(rows, [*keys, 0])
        assert sorted(one.pk for one in found) == sorted(keys)
        assert all(one.region.code for one in found)
    [counted, _other] = rows_by_key(Organisation.objects.annotate(size=Count("groups")).filter(uid="none"), keys)
    assert counted.size == 1
    assert rows_by_key(Organisation.objects.all(), []) == []


def test_a_new_session_with_the_database_is_told_anew() -> None:
    made = organisation()
    question = Asked(lambda key: Organisation.objects.filter(pk=key))
    assert question(made.pk) == [made]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
        del connection.connection._prepared_here
    assert question(made.pk) == [made]
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("nonsense")
    assert question(made.pk) == [made]


def test_rows_that_were_read_already_stand_for_a_relation() -> None:
    made = organisation()
    mine = list(Membership.objects.bulk_create([Membership(person=person(), organisation=made, role="member")]))
    keep_related(made, "memberships", mine)
    with CaptureQueriesContext(connection) as asked:
        assert list(made.memberships.all()) == mine
        assert made.memberships.all()[0].organisation is made
    assert not asked
    assert made.memberships.filter(role="operator").count() == 0


def test_members_that_were_read_already_are_not_asked_for_and_are_narrowed_by_the_database() -> None:
    lead, one, other = organisation(1), organisation(2), organisation(3)
    group = Group.objects.create(lead=lead, name_zh="甲")
    group.members.set([one])
    keep_prefetched(group, "members", [one])
    with CaptureQueriesContext(connection) as asked:
        assert list(group.members.all()) == prefetched(group, "members") == [one]
        assert len(group.members.all()) == 1 and group.members.all()[0] is one
    assert not asked
    assert not group.members.filter(pk=other.pk).exists()
    assert group.members.order_by("-pk").first() == group.members.exclude(pk=other.pk).get() == one
    group.members.add(other)  # what was read is not known any more
    assert set(group.members.all()) == {one, other}


def test_rows_that_stand_to_the_same_row_share_it_and_what_is_known_is_not_read() -> None:
    some, other = organisation(1), organisation(2)
    for where in (some, some, some, other):
        person((where, "firm_staff"))
    rows = list(Membership.objects.order_by("pk"))
    with CaptureQueriesContext(connection) as queries:
        share_related(rows, ("organisation",), Organisation.objects.all(), [other])
        assert [row.organisation.pk for row in rows] == [row.organisation_id for row in rows]
    assert len(queries) == 1 and rows[0].organisation is rows[2].organisation and rows[3].organisation is other
    with CaptureQueriesContext(connection) as queries:
        share_related([], ("organisation",), Organisation.objects.all())
        share_related(rows[3:], ("organisation",), Organisation.objects.all(), [other])
    assert not queries


def test_one_row_by_a_unique_text_is_what_the_queryset_would_give() -> None:
    some, other = organisation(1), organisation(2)
    holder = person((some, "firm_staff"))
    post = holder.memberships.get()
    with CaptureQueriesContext(connection) as queries:
        found = row_with(Membership.objects.select_related("organisation"), "uid", post.uid)
        assert found == post and found is not None and found.organisation == some
    assert len(queries) == 1
    assert row_with(Membership.objects.all(), "organisation__uid", some.uid) == post
    assert row_with(Membership.objects.all(), "uid", "nothing") is None
    # Narrowed, counted or prefetched rows stay what they are.
    assert row_with(Membership.objects.filter(organisation=other), "uid", post.uid) is None
    counted = row_with(Organisation.objects.annotate(people=Count("memberships")), "uid", some.uid)
    assert counted is not None and counted.people == 1
    with CaptureQueriesContext(connection) as queries:
        prefetched = row_with(Organisation.objects.prefetch_related("memberships"), "uid", some.uid)
        assert prefetched is not None and list(prefetched.memberships.all()) == [post]
    assert len(queries) == 2
