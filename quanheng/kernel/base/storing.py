"""Rows put into the database in fewer steps than Django's own, which serve what nobody here asks for.

No signals are sent (nobody listens), and SQL is not built anew for what is always stored in the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, connections, models, transaction

from quanheng.kernel.base.columns import plain_types
from quanheng.kernel.base.statements import run

Field = models.Field[Any, Any]


def save_row(row: models.Model, *, inserted: bool, names: Sequence[str] | None, using: str) -> bool:
    """Insert a row, or update these columns of it (None: all); False where the ORM has to do it, all of it.

    Raises DatabaseError where there is no such row whose columns are named, as the ORM does.
    """
    meta: Any = row._meta
    new = inserted or (row._state.adding and row.pk is None and names is None)
    if meta.proxy or meta.parents or (names is not None and (inserted or not names)):
        return False
    if not new and names is None and (row._state.adding or row.get_deferred_fields()):
        return False
    fields = _fields(type(row), new, names and tuple(names), row.pk is not None)
    if not fields or not _in_step(row, fields):
        return False
    values = [(field, field.pre_save(row, new)) for field in fields]
    with transaction.mark_for_rollback_on_error(using=using):
        if not (_insert_row(row, values, using) if new else _update_row(row, values, using, required=bool(names))):
            return False
    row._state.db, row._state.adding = using, False
    return True


@lru_cache(maxsize=1024)
def _fields(model: type[models.Model], new: bool, names: tuple[str, ...] | None, keyed: bool) -> tuple[Field, ...]:
    """The columns of a new row, of these names, or all but the key; none where they are not for a plain statement."""
    meta: Any = model._meta
    if new:
        given = [one for one in meta.local_concrete_fields if keyed or one is not meta.auto_field]
        return tuple(one for one in given if not one.generated) if keyed or meta.auto_field else ()
    found = [
        one
        for one in meta.local_concrete_fields
        if (not (one.primary_key or one.generated) if names is None else one.name in names or one.attname in names)
    ]
    told = names is None or len(found) == len(set(names))
    return tuple(found) if keyed and told and not any(one.primary_key or one.generated for one in found) else ()


def _in_step(row: models.Model, fields: Sequence[Field]) -> bool:
    """Whether the keys that are stored are those of the rows that the row knows; the ORM refuses or mends it else."""
    known: dict[str, Any] = row._state.fields_cache
    for field in fields if known else ():
        pointed = known.get(field.name) if field.is_relation else None
        if pointed is not None and (pointed.pk is None or pointed.pk != getattr(row, field.attname)):
            return False
    return True


def _update_row(row: models.Model, values: Sequence[tuple[Field, Any]], using: str, *, required: bool) -> bool:
    connection = connections[using]
    prepared = _values(values, connection)
    if prepared is None:
        return False
    sql = _update(type(row), tuple(field for field, _value in values))
    with run(connection, sql, [*prepared, row._meta.pk.get_db_prep_save(row.pk, connection)]) as cursor:
        changed = int(cursor.rowcount)
    if not changed and required:
        raise DatabaseError("Save with update_fields did not affect any rows.")
    return changed > 0


def _insert_row(row: models.Model, values: Sequence[tuple[Field, Any]], using: str) -> bool:
    connection = connections[using]
    returning: Any = row._meta.db_returning_fields
    prepared = _values(values, connection)
    if prepared is None or any(not isinstance(field, models.AutoField) for field in returning):
        return False
    sql = _insert(type(row), tuple(field for field, _value in values), 1)
    if returning:
        sql += f" RETURNING {', '.join(_quoted(field) for field in returning)}"
    with run(connection, sql, prepared) as cursor:
        for field, value in zip(returning, cursor.fetchone() if returning else (), strict=True):
            setattr(row, field.attname, value)
    return True


def insert_all(rows: Sequence[models.Model]) -> None:
    """Store new rows of one model, no value of which is an expression. Keys that the database gives stay unknown."""
    if not rows:
        return
    connection = connections["default"]
    model = type(rows[0])
    keyed = rows[0].pk is not None
    fields = tuple(field for field in model._meta.local_concrete_fields if keyed or not field.primary_key)
    together = max(1, (connection.features.max_query_params or 10_000) // len(fields))
    for start in range(0, len(rows), together):
        some = rows[start : start + together]
        values = _values([(field, field.pre_save(row, True)) for row in some for field in fields], connection)
        assert values is not None  # no expressions
        with run(connection, _insert(model, fields, len(some)), values):
            pass


@lru_cache(maxsize=1024)
def _update(model: type[models.Model], fields: tuple[Field, ...]) -> str:
    sets = ", ".join(f"{_quoted(field)} = %s" for field in fields)
    return f"UPDATE {_name(model._meta.db_table)} SET {sets} WHERE {_quoted(model._meta.pk)} = %s"


@lru_cache(maxsize=1024)
def _insert(model: type[models.Model], fields: tuple[Field, ...], count: int) -> str:
    names = ", ".join(map(_quoted, fields))
    places = f"({', '.join(['%s'] * len(fields))})"
    return f"INSERT INTO {_name(model._meta.db_table)} ({names}) VALUES {', '.join([places] * count)}"


def _quoted(field: Any) -> str:
    return _name(field.column)


def _name(name: str) -> str:
    return str(connections["default"].ops.quote_name(name))


def _keeps_utc(connection: Any, value: datetime) -> bool:
    """Whether the database keeps a moment as a text in UTC, as SQLite does."""
    return connection.vendor == "sqlite" and connection.timezone is UTC and value.tzinfo is not None


def _is_placed(field: Field) -> bool:
    """Whether SQL stands around the values of a column. Bytes have it on MySQL alone."""
    return hasattr(field, "get_placeholder") and not isinstance(field, models.BinaryField)


def _values(values: Sequence[tuple[Field, Any]], connection: Any) -> list[Any] | None:
    """Values as the database takes them; None where one of them is for the compiler (an expression, a type cast)."""
    prepared = []
    for field, value in values:
        if type(value) in plain_types(field):
            prepared.append(value)
        elif type(value) is datetime and type(field) is models.DateTimeField and _keeps_utc(connection, value):
            prepared.append(str(value.astimezone(UTC).replace(tzinfo=None)))
        elif hasattr(value, "resolve_expression") or _is_placed(field):
            return None
        else:
            prepared.append(field.get_db_prep_save(value, connection))
    return prepared or None
