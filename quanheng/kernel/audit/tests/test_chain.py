"""Whatever is changed in the trail is found, and the first changed entry named."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from quanheng.kernel.audit import chain
from quanheng.kernel.audit.models import Entry, Head
from quanheng.kernel.audit.services import prove
from quanheng.kernel.audit.tests.triggers import drop_triggers
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.parties import services
from quanheng.kernel.parties.tests.world import actor, organisation, person

pytestmark = pytest.mark.django_db

COLUMNS = [column.attname for column in Entry._meta.concrete_fields]


@pytest.fixture
def trail() -> list[Entry]:
    """Five entries with and without actor, reason and made records."""
    own = organisation()
    boss = actor((own, "administrator"))
    services.change_organisation(boss, own, address="一", reason="更新")
    services.change_organisation(boss, own, latitude=39.1, longitude=117.2, reason="更新")
    services.correct_registration(Actor.platform(), own, name_zh="新名", reason="更正")
    services.create_group(boss, own, name_zh="集团")
    services.change_organisation(boss, own, address="二", reason="更新")
    assert prove().sound
    assert prove().entries == 5
    return list(Entry.objects.order_by("id"))


def other(column: str, entry: Entry) -> object:
    """Another value for a column, as an attacker might choose it."""
    value = getattr(entry, column)
    if column == "id":
        return value + 1000
    if column == "at":
        return value + timedelta(microseconds=1)
    if column == "actor_id":
        return person().pk
    if column == "case_id":
        return 7
    if isinstance(value, dict):
        return {**value, "x": "y"}
    if isinstance(value, str):
        return ("f" if value[:1] != "f" else "e") + value[1:]
    return (value or 0) + 1


@pytest.mark.parametrize("column", COLUMNS)
def test_a_change_of_any_column_is_found_and_named(trail: list[Entry], column: str) -> None:
    drop_triggers()
    with connection.constraint_checks_disabled():
        Entry.objects.filter(pk=3).update(**{column: other(column, trail[2])})
        proof = prove()
        # A changed later entry does not hide the first one.
        if column != "id":
            Entry.objects.filter(pk=4).update(reason="also")
            assert prove().broken_at == 3
        Entry.objects.filter(reason="also").update(reason="")
        Entry.objects.filter(errand=trail[2].errand if column != "errand" else other("errand", trail[2])).update(
            **{column: getattr(trail[2], column)}
        )
    assert not proof.sound
    assert proof.broken_at == 3
    assert proof.entries == 2
    assert prove().sound


def test_the_database_itself_refuses_changes(trail: list[Entry]) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Entry.objects.filter(pk=3).update(reason="changed")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Entry.objects.filter(pk=3)._raw_delete(using="default")


@pytest.mark.parametrize("key", [1, 3, 5])
def test_a_deleted_entry_is_missed(trail: list[Entry], key: int) -> None:
    drop_triggers()
    Entry.objects.filter(pk=key)._raw_delete(using="default")
    proof = prove()
    assert (proof.broken_at, proof.why) == (key, "missing")


@pytest.mark.parametrize(("key", "why"), [(6, "extra"), (0, "extra"), (-4, "extra")])
def test_an_inserted_entry_is_found(trail: list[Entry], key: int, why: str) -> None:
    forged = trail[-1]
    forged.pk = key
    forged.previous = trail[4].hash
    forged.hash = chain.digest(forged)
    forged.save(force_insert=True)
    proof = prove()
    assert (proof.broken_at, proof.why) == (key, why)


@pytest.mark.parametrize(
    ("change", "broken_at", "why"),
    [({"last": 6}, 6, "missing"), ({"last": 4}, 4, "head"), ({"hash": "f" * 64}, 5, "head"), ({"last": 0}, 1, "extra")],
)
def test_a_changed_head_is_found(trail: list[Entry], change: dict[str, object], broken_at: int, why: str) -> None:
    Head.objects.filter(pk=1).update(**change)
    proof = prove()
    assert (proof.broken_at, proof.why) == (broken_at, why)


def test_numbers_survive_both_databases() -> None:
    own = organisation()
    boss = actor((own, "administrator"))
    for latitude in (1e-7, -0.0, 39.10000000000001):
        services.change_organisation(boss, own, latitude=latitude, longitude=100.0, reason="更新")
    assert prove().sound


def test_a_long_trail_is_proven_in_constant_memory() -> None:
    last, previous, rows = 0, chain.GENESIS, []
    for last in range(1, 20_001):
        entry = Entry(
            id=last, at=timezone.now(), act="test.act", actor_name="某人", subject_type="parties.organisation",
            subject_id=last, before={"address": "旧地址"}, after={"address": "新地址" * 20}, errand="0" * 13,
            previous=previous,
        )  # fmt: skip
        entry.hash = previous = chain.digest(entry)
        rows.append(entry)
    Entry.objects.bulk_create(rows, batch_size=2000)
    del rows
    Head.objects.filter(pk=1).update(last=last, hash=previous)
    tracemalloc.start()
    try:
        proof = prove()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert proof.sound
    assert proof.entries == 20_000
    assert proof.end == previous
    assert peak < 25e6
