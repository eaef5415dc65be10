"""The fast loader stores what the ORM would store, all or nothing, and says what a table does not take."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import timezone as zone
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone, translation
from django.utils.functional import lazystr

from quanheng.kernel.base import bulk
from quanheng.kernel.base.bulk import Unstorable, load
from quanheng.kernel.base.models import UID_ALPHABET, Record, new_uids
from quanheng.kernel.base.tests.worlds import NOT_TAKEN_OUT, World, guarded_models
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.objects.models import Product
from quanheng.kernel.opendata.models import Touched
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import OrganisationKind
from quanheng.kernel.parties.tests.world import credit_code, organisation, region
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard

pytestmark = pytest.mark.django_db

ORGANISATION = ("uscc", "name_zh", "kind", "region_id", "region_code")


def rows_of(count: int, first: int = 5000) -> list[tuple[Any, ...]]:
    where = region()
    return [(credit_code(first + place), f"机构{place}", "laboratory", where.pk, where.code) for place in range(count)]


def as_stored(model: type[models.Model], keys: list[Any]) -> list[tuple[Any, ...]]:
    """Every column just as the table holds it."""
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in model._meta.local_concrete_fields)
    marks = ", ".join(["%s"] * len(keys))
    key = connection.ops.quote_name(str(model._meta.pk.column))
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {table} WHERE {key} IN ({marks}) ORDER BY {key}", keys)
        return [tuple(row) for row in cursor.fetchall()]


def test_every_table_is_stored_as_the_orm_stores_it() -> None:
    """Random rows of every model, stored by the ORM, taken out, and loaded again."""
    world = World(seed=11)
    compared = 0
    for model in guarded_models():
        if model._meta.label in NOT_TAKEN_OUT:
            continue
        rows = world.rows[model]
        keys = sorted(row.pk for row in rows)
        first = as_stored(model, keys)
        read = [model._default_manager.get(pk=key) for key in keys]
        columns = [field.attname for field in model._meta.local_concrete_fields]
        with transaction.atomic():
            again = [[getattr(row, name) for name in columns] for row in read]
            take_out(model, keys)
            assert load(model, columns, again) == len(keys)
        assert as_stored(model, keys) == first, model
        compared += len(keys)
    assert compared > 200


def take_out(model: type[models.Model], keys: list[Any]) -> None:
    """Take rows out from under those that refer to them: keys are checked when the transaction ends."""
    marks = ", ".join(["%s"] * len(keys))
    table, key = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(str(model._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {key} IN ({marks})", keys)


def test_values_of_other_types_are_converted_as_by_the_orm() -> None:
    where = region()
    kinds: list[Any] = [OrganisationKind.LABORATORY, "laboratory", lazystr("laboratory")]
    moment = datetime(2026, 3, 1, 8, tzinfo=zone(timedelta(hours=8)))
    columns = (*ORGANISATION, "latitude", "longitude", "created_at", "synthetic")
    given = [
        (credit_code(7000 + place), f"异型{place}", kind, where.pk, where.code, latitude, None, created, place)
        for place, (kind, latitude, created) in enumerate(
            zip(kinds, (39, Decimal("39.5"), None), (moment, moment.astimezone(UTC), timezone.now()), strict=True)
        )
    ]
    given = [(*row[:-1], bool(row[-1])) for row in given]
    assert load(Organisation, columns, given) == 3
    for row in given:
        made = Organisation.objects.get(uscc=row[0])
        assert made.kind == "laboratory"
        assert made.latitude == (None if row[5] is None else float(row[5]))
        assert made.created_at == row[7]
        assert made.synthetic is row[8]


def test_structured_values_and_dates_come_back() -> None:
    columns = ("code", "name_zh", "name_en", "aliases", "source", "confidence")
    assert load(ProductFamily, columns, [("f1", "米", "Rice", ["大米", "rice"], "s", "platform")]) == 1
    family = ProductFamily.objects.get(code="f1")
    assert (family.aliases, family.schemes, family.hs, family.chain) == (["大米", "rice"], [], [], "")
    own = organisation("laboratory")
    days = (date(2026, 1, 1), date(2027, 1, 1))
    load(
        Recognition, ("organisation_id", "scheme", "number", "valid_from", "valid_until"), [(own.pk, "CMA", "1", *days)]
    )
    held = Recognition.objects.get()
    assert (held.valid_from, held.valid_until, held.state, held.state_since) == (*days, "valid", None)


def test_names_and_times_are_made_where_they_are_not_given() -> None:
    before = timezone.now()
    assert load(Organisation, ORGANISATION, rows_of(50)) == 50
    made = Organisation.objects.filter(kind="laboratory")
    assert len({one.uid for one in made}) == 50
    assert all(before <= one.created_at <= timezone.now() for one in made)
    assert made[0].phone == made[0].introduction_en == ""


def test_public_names_are_well_formed_and_differ() -> None:
    names = list(new_uids(5000))
    assert len(set(names)) == 5000
    assert {len(name) for name in names} == {13}
    assert set("".join(names)) == set(UID_ALPHABET)


def test_the_next_row_gets_a_key_of_its_own_after_keys_were_given() -> None:
    own = organisation()
    rows = [(own.pk + 100 + place, *row) for place, row in enumerate(rows_of(3))]
    load(Organisation, ("id", *ORGANISATION), rows)
    assert organisation().pk > own.pk + 102
    load(Organisation, ("id", *ORGANISATION), [(own.pk + 50, *rows_of(1, 6000)[0])])
    assert organisation().pk > own.pk + 103
    load(Organisation, ORGANISATION, rows_of(1, 6100))


def test_what_the_model_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="no column nonsense"):
        load(Organisation, (*ORGANISATION, "nonsense"), [])
    with pytest.raises(ValueError, match="named twice"):
        load(Organisation, (*ORGANISATION, "uscc"), [])
    with pytest.raises(ValueError, match="row 2 has 2 values for 5 columns"):
        load(Organisation, ORGANISATION, [rows_of(1)[0], ("a", "b")])
    assert not Organisation.objects.exists()


def test_a_load_goes_back_with_the_transaction_of_its_caller() -> None:
    class Stop(Exception):
        pass

    with pytest.raises(Stop), transaction.atomic():
        load(Organisation, ORGANISATION, rows_of(10))
        raise Stop
    assert not Organisation.objects.exists()


def test_a_source_that_refuses_midway_leaves_nothing_and_the_transaction_goes_on(monkeypatch: Any) -> None:
    monkeypatch.setattr(bulk, "BATCH", 4)

    def source() -> Iterator[tuple[Any, ...]]:
        for place, row in enumerate(rows_of(10)):
            # A source may read the database while it is loaded from.
            assert Organisation.objects.count() == place // 4 * 4 + 1
            if place == 9:
                raise LookupError
            yield row

    with transaction.atomic():
        own = organisation()
        with pytest.raises(LookupError):
            load(Organisation, ORGANISATION, source())
        assert list(Organisation.objects.all()) == [own]


@pytest.mark.parametrize("place", [0, 5, 9])
def test_a_row_given_already_is_named(monkeypatch: Any, place: int) -> None:
    monkeypatch.setattr(bulk, "BATCH", 4)
    rows = rows_of(10)
    taken = Organisation.objects.create(
        uscc=rows[place][0], name_zh="先到", kind="laboratory", region=region(), region_code="120101"
    )
    with transaction.atomic():
        with pytest.raises(Unstorable) as refused:
            load(Organisation, ORGANISATION, rows)
        (error,) = refused.value.errors
        assert (error.row, error.field) == (place + 1, "uscc")
        assert refused.value.constraint
        assert f"第 {place + 1} 行" in str(refused.value)
        with translation.override("en"):
            assert f"Row {place + 1}" in str(refused.value)
            assert "credit code" in str(refused.value)
        assert list(Organisation.objects.all()) == [taken]


def test_a_double_within_the_rows_is_named() -> None:
    rows = [*rows_of(5), rows_of(5)[1]]
    with pytest.raises(Unstorable) as refused:
        load(Organisation, ORGANISATION, rows)
    assert [(error.row, error.field) for error in refused.value.errors] == [(6, "uscc")]


def test_a_constraint_over_several_columns_is_named_with_them() -> None:
    facts = {"source": "s", "confidence": "platform"}
    family = ProductFamily.objects.create(code="f", name_zh="f", name_en="f", **facts)
    item = Item.objects.create(code="i", name_zh="i", name_en="i", **facts)
    standard = Standard.objects.create(number="GB 1-2020", key="GB 1", title_zh="t", kind="gb", **facts)
    columns = ("family_id", "item_id", "standard_id", "method_id", "limit", "source", "confidence")
    row = (family.pk, item.pk, standard.pk, standard.pk, "report", "s", "platform")
    with pytest.raises(Unstorable) as refused:
        load(Requirement, columns, [row, row])
    assert refused.value.constraint == "one_requirement"
    assert {error.field for error in refused.value.errors} >= {"family_id", "item_id", "standard_id"}
    assert {error.row for error in refused.value.errors} == {2}


def test_a_rule_of_the_table_is_named() -> None:
    own = organisation("laboratory")
    columns = ("organisation_id", "scheme", "number", "valid_from", "valid_until")
    good, bad = date(2026, 1, 1), date(2025, 1, 1)
    with pytest.raises(Unstorable) as refused:
        load(Recognition, columns, [(own.pk, "CMA", "1", good, good), (own.pk, "CMA", "2", good, bad)])
    assert refused.value.constraint == "recognition_ends_after_it_begins"
    assert {error.row for error in refused.value.errors} == {2}
    assert "recognition_ends_after_it_begins" in str(refused.value)


def test_what_is_missing_is_named() -> None:
    row = rows_of(1)[0]
    with pytest.raises(Unstorable) as refused:
        load(Organisation, ORGANISATION, [row, (None, *row[1:])])
    assert [(error.row, error.field) for error in refused.value.errors] == [(2, "uscc")]
    with pytest.raises(Unstorable):
        load(Organisation, ORGANISATION[1:], [row[1:]] * 2)


@pytest.mark.parametrize("text", ["x" * 121, "a\x00b", "\ud800"])
def test_a_text_that_no_column_holds_is_refused_on_every_database(text: str) -> None:
    row = rows_of(1)[0]
    with pytest.raises(Unstorable) as refused:
        load(Organisation, ORGANISATION, [row, (credit_code(9999), text, *row[2:])])
    assert [(error.row, error.field) for error in refused.value.errors] == [(2, "name_zh")]
    assert not Organisation.objects.exists()


def test_a_number_out_of_range_is_refused_on_every_database() -> None:
    own = organisation()
    row = rows_of(1)[0]
    for number in (2**63, -1 - 2**63):
        with pytest.raises(Unstorable):
            load(Organisation, ("id", *ORGANISATION), [(number, *row)])
    assert list(Organisation.objects.all()) == [own]


@pytest.mark.django_db(transaction=False)
def test_a_key_that_refers_to_nothing_is_refused_at_the_end_of_the_transaction() -> None:
    own = organisation()
    with pytest.raises(IntegrityError), transaction.atomic():
        load(Product, ("owner_id", "family_id", "name"), [(own.pk, 987654, "x")])
        connection.check_constraints(["objects_product"])


@pytest.mark.any_database
def test_a_few_rows_change_no_schema_and_are_noticed_all_the_same() -> None:
    def version() -> int:
        with connection.cursor() as cursor:
            return int(cursor.execute("PRAGMA schema_version").fetchone()[0])

    rows, before = rows_of(3), version()
    load(Organisation, ORGANISATION, rows)
    assert version() == before, "whoever is connected to SQLite reads a schema that has changed anew"
    assert Touched.objects.filter(dataset="organisations").count() == 3


def test_memory_stays_the_same_however_many_rows() -> None:
    where = region()

    def source(count: int) -> Iterator[tuple[Any, ...]]:
        codes = (f"{place:018d}" for place in range(count))
        return ((code, "机构" * 30, "laboratory", where.pk, where.code) for code in codes)

    peaks = []
    for count in (4000, 40_000):
        tracemalloc.start()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            assert load(Organisation, ORGANISATION, source(count)) == count
            raise ZeroDivisionError
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5


def test_every_record_can_be_loaded() -> None:
    """No table is made of two, and no kind of column is unknown to the loader's own checks."""
    for model in guarded_models():
        if issubclass(model, Record):
            assert load(model, ("uid",), []) == 0
