"""Indexes made after their rows are those that stood before, and nobody ever misses them."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, transaction

from quanheng.kernel.base.bulk import Unstorable, load
from quanheng.kernel.base.indexing import indexed_afterwards
from quanheng.kernel.objects.models import Instrument
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.tests.world import organisation

pytestmark = pytest.mark.django_db

COLUMNS = ("owner_id", "name_zh", "serial")
TABLE = Instrument._meta.db_table


def standing() -> dict[str, str]:
    """The indexes of the table as the database describes them."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [TABLE])
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s", [TABLE])
        return dict(cursor.fetchall())


def rows(owner: Organisation, count: int) -> list[tuple[int, str, str]]:
    return [(owner.pk, f"台秤{place}", f"S-{place}") for place in range(count)]


def test_all_indexes_are_back_and_hold_every_row() -> None:
    owner, before = organisation(), standing()
    with indexed_afterwards(Instrument):
        load(Instrument, COLUMNS, rows(owner, 3000))
        if connection.vendor == "sqlite":
            assert len(standing()) < len(before)
    assert standing() == before
    assert Instrument.objects.filter(owner=owner).count() == 3000
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA integrity_check('{TABLE}')")
            assert cursor.fetchall() == [("ok",)]


def test_what_is_asked_by_meanwhile_stays() -> None:
    kept = next(index.name for index in Instrument._meta.indexes)
    with indexed_afterwards(Instrument, but={kept}):
        assert kept in standing()


def test_a_table_with_rows_keeps_its_indexes_all_along() -> None:
    owner, before = organisation(), standing()
    load(Instrument, COLUMNS, rows(owner, 1))
    with indexed_afterwards(Instrument):
        assert standing() == before
        load(Instrument, COLUMNS, [(owner.pk, "台秤", "S-9")])
    assert standing() == before


def test_what_breaks_off_leaves_no_row_and_every_index() -> None:
    owner, before = organisation(), standing()
    with pytest.raises(RuntimeError), transaction.atomic(), indexed_afterwards(Instrument):
        load(Instrument, COLUMNS, rows(owner, 10))
        raise RuntimeError("power")
    assert standing() == before and not Instrument.objects.exists()
    # Rules hold while the rows come: what breaks one is named by its row.
    uid = organisation(2).uid
    with pytest.raises(Unstorable) as refused, transaction.atomic(), indexed_afterwards(Instrument):
        load(Instrument, (*COLUMNS, "uid"), [(*row, uid) for row in rows(owner, 2)])
    assert refused.value.errors[0].row == 2
    assert standing() == before and not Instrument.objects.exists()


def test_a_relation_without_an_index_of_its_own_is_found_by_another() -> None:
    found = {
        "attestations.Attestation": ("issuer", "client"),
        "audit.Entry": ("actor", "case"),
        "audit.Notice": ("organisation",),
        "audit.Delivery": ("webhook",),
        "objects.Instrument": ("owner",),
        "objects.Product": ("owner",),
        "results.Result": ("case", "operator"),
    }
    for label, names in found.items():
        model = apps.get_model(label)
        with connection.cursor() as cursor:
            known = connection.introspection.get_constraints(cursor, model._meta.db_table).values()
        indexes = [one["columns"] for one in known if one["index"] or one["unique"]]
        for name in names:
            column = model._meta.get_field(name).column
            assert [column] not in indexes, (label, name)
            assert any(columns and columns[0] == column for columns in indexes), (label, name)
