"""Noticing every change of a published row: triggers made from the declarations of the data sets.

A trigger's name ends in a digest of its statements, so that comparing names tells whether what is installed is what
is declared. PostgreSQL looks at a statement's rows as a whole (a COPY of 600,000 rows fires once), SQLite row by
row. Writes that bypass triggers (TRUNCATE, ``session_replication_role``) are not noticed: after them, renew the
feeds with ``./qh manage open_data --renew``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, models, transaction

from quanheng.kernel.opendata.declare import Dataset, column_of, datasets
from quanheng.kernel.opendata.models import Change, Feed, Touched, new_epoch

PREFIX = "opendata_"
ADDED = "added"


@dataclass(frozen=True)
class Trigger:
    """A trigger by its name and the statements that make it; ``{name}`` stands for the name in them."""

    table: str
    dataset: str
    event: str
    statements: tuple[str, ...]

    @property
    def name(self) -> str:
        text = "\n".join((self.table, *self.statements))
        label = f"{self.dataset}_{self.event}".replace("-", "_")[:36]
        return f"{PREFIX}{label}_{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def _q(name: str) -> str:
    return connection.ops.quote_name(name)


def _table(model: type[models.Model]) -> str:
    return model._meta.db_table


def _column(dataset: Dataset) -> str:
    return column_of(dataset.step(dataset.key)[0])


def declared() -> dict[str, Trigger]:
    """The triggers that the data sets need on this database, by name."""
    make = _postgresql if connection.vendor == "postgresql" else _sqlite
    return {one.name: one for dataset in datasets().values() for one in make(dataset)}


def _into() -> str:
    columns = ", ".join(_q(name) for name in ("dataset", "key", "born"))
    return f"INSERT INTO {_q(_table(Touched))} ({columns})"


def _sqlite(dataset: Dataset) -> Iterator[Trigger]:
    table, key = _table(dataset.model), _q(_column(dataset))

    def trigger(on: str, event: str, when: str, *body: str) -> Trigger:
        made = f"CREATE TRIGGER {{name}} AFTER {when} BEGIN {' '.join(f'{one};' for one in body)} END"
        return Trigger(on, dataset.name, event, (made,))

    def touch(row: str, born: int, where: str = "") -> str:
        return f"{_into()} SELECT '{dataset.name}', CAST({row}.{key} AS TEXT), {born}{where}"

    yield trigger(table, ADDED, f"INSERT ON {_q(table)}", touch("NEW", 1))
    yield trigger(table, "removed", f"DELETE ON {_q(table)}", touch("OLD", 0))
    yield trigger(
        table,
        "changed",
        f"UPDATE OF {', '.join(map(_q, dataset.watched))} ON {_q(table)} WHEN {_differs_sqlite(dataset.watched)}",
        touch("NEW", 0),
        touch("OLD", 0, f" WHERE OLD.{key} IS NOT NEW.{key}"),
    )
    for field, columns in dataset.beyond:
        other = field.related_model
        assert other is not None and not isinstance(other, str)
        yield trigger(
            _table(other),
            f"via_{field.name}",
            f"UPDATE OF {', '.join(map(_q, columns))} ON {_q(_table(other))} WHEN {_differs_sqlite(columns)}",
            f"{_into()} SELECT '{dataset.name}', CAST({key} AS TEXT), 0 FROM {_q(table)} "
            f"WHERE {_q(column_of(field))} = NEW.{_q(column_of(other._meta.pk))}",
        )


def _differs_sqlite(columns: list[str]) -> str:
    return " OR ".join(f"OLD.{_q(name)} IS NOT NEW.{_q(name)}" for name in columns)


def _postgresql(dataset: Dataset) -> Iterator[Trigger]:
    table, key = _table(dataset.model), _q(_column(dataset))
    pk = _q(column_of(dataset.model._meta.pk))

    def trigger(on: str, event: str, when: str, given: str, *body: str) -> Trigger:
        return Trigger(
            on,
            dataset.name,
            event,
            (
                "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {' '.join(f'{one};' for one in body)} RETURN NULL; END $$",
                f"CREATE TRIGGER {{name}} AFTER {when} ON {_q(on)} REFERENCING {given} "
                "FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
            ),
        )

    def touch(row: str, born: str, rest: str) -> str:
        return f"{_into()} SELECT '{dataset.name}', {row}.{key}::text, {born} FROM {rest}"

    new, old = "NEW TABLE AS new_rows", "OLD TABLE AS old_rows"
    pairs = "new_rows n JOIN old_rows o ON o.{0} = n.{0}"
    yield trigger(table, ADDED, "INSERT", new, touch("n", "true", "new_rows n"))
    yield trigger(table, "removed", "DELETE", old, touch("o", "false", "old_rows o"))
    yield trigger(
        table,
        "changed",
        "UPDATE",
        f"{old} {new}",
        touch("n", "false", f"{pairs.format(pk)} WHERE {_differs_postgresql(dataset.watched)}"),
        touch("o", "false", f"{pairs.format(pk)} WHERE o.{key} IS DISTINCT FROM n.{key}"),
    )
    for field, columns in dataset.beyond:
        other = field.related_model
        assert other is not None and not isinstance(other, str)
        theirs = _q(column_of(other._meta.pk))
        yield trigger(
            _table(other),
            f"via_{field.name}",
            "UPDATE",
            f"{old} {new}",
            touch(
                "m",
                "false",
                f"{pairs.format(theirs)} JOIN {_q(table)} m ON m.{_q(column_of(field))} = n.{theirs} "
                f"WHERE {_differs_postgresql(columns)}",
            ),
        )


def _differs_postgresql(columns: list[str]) -> str:
    sides = (", ".join(f"{side}.{_q(name)}" for name in columns) for side in "no")
    return " IS DISTINCT FROM ".join(f"ROW({side})" for side in sides)


def installed() -> dict[str, str]:
    """The triggers of ours that the database has: name → table."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE t.tgname LIKE %s AND c.relnamespace = current_schema()::regnamespace",
                [f"{PREFIX}%"],
            )
        else:
            cursor.execute(
                "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{PREFIX}%"]
            )
        return dict(cursor.fetchall())


@transaction.atomic
def install() -> set[str]:
    """Bring the database's triggers to what is declared; returns the data sets of which something was missing.

    What changed while a trigger was missing is not known: those data sets begin a new epoch.
    """
    wanted, there = declared(), installed()
    _drop({name: table for name, table in there.items() if name not in wanted})
    missing = [one for name, one in wanted.items() if name not in there]
    for one in missing:
        _create(one)
    known = set(Feed.objects.values_list("name", flat=True))
    Feed.objects.bulk_create([Feed(name=name) for name in datasets() if name not in known])
    renewed = {one.dataset for one in missing}
    renew(renewed & known)
    return renewed


@contextmanager
def loading(*tables: type[models.Model]) -> Iterator[None]:
    """Add many rows to tables inside: on SQLite they are noted together at the end instead of one by one.

    The triggers for added rows are away meanwhile, which nobody else can notice: SQLite has one writer, and a
    transaction that fails brings them back. All else is noticed as ever, and so are tables whose keys are not numbers
    that the database gives. There is no savepoint, inside of which SQLite would take ten times as long.
    """
    with transaction.atomic(savepoint=False):
        chosen = [
            dataset
            for dataset in datasets().values()
            if dataset.model in tables and isinstance(dataset.model._meta.pk, models.AutoField | models.BigAutoField)
        ]
        if connection.vendor != "sqlite" or not chosen:
            yield
            return
        added = {one.dataset: one for one in declared().values() if one.event == ADDED and one.name in set(installed())}
        chosen = [dataset for dataset in chosen if dataset.name in added]
        before = [dataset.model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0 for dataset in chosen]
        _drop({added[dataset.name].name: added[dataset.name].table for dataset in chosen})
        yield
        for dataset, last in zip(chosen, before, strict=True):
            with connection.cursor() as cursor:
                cursor.execute(
                    f"{_into()} SELECT '{dataset.name}', CAST({_q(_column(dataset))} AS TEXT), 1 "
                    f"FROM {_q(_table(dataset.model))} WHERE {_q(column_of(dataset.model._meta.pk))} > %s",
                    [last],
                )
            _create(added[dataset.name])


@transaction.atomic
def remove() -> None:
    """Drop every trigger of ours."""
    _drop(installed())


def renew(names: set[str]) -> None:
    """Begin a new epoch of data sets: every cursor given so far is refused from now on."""
    for feed in Feed.objects.select_for_update().filter(name__in=names).order_by("id"):
        Touched.objects.filter(dataset=feed.name).delete()
        Change.objects.filter(feed=feed).delete()
        feed.epoch, feed.last = new_epoch(), 0
        feed.save(update_fields=["epoch", "last"])


def _create(trigger: Trigger) -> None:
    with connection.cursor() as cursor:
        for statement in trigger.statements:
            cursor.execute(statement.replace("{name}", _q(trigger.name)))


def _drop(triggers: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        for name, table in triggers.items():
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER {_q(name)} ON {_q(table)}")
                cursor.execute(f"DROP FUNCTION {_q(name)}()")
            else:
                cursor.execute(f"DROP TRIGGER {_q(name)}")
