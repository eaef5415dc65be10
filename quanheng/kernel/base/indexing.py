"""Indexes that are made when the rows are there, not while they come; and those that go, as another does their work.

A row that comes goes to another place of each index of its table; an index made from all rows is sorted once and
written from its beginning to its end. Of loading a whole register, 600,000 scope lines under ten indexes, that is half.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, migrations, models, transaction

from quanheng.kernel.base.bulk import roomy


@contextmanager
def indexed_afterwards(model: type[models.Model], *, but: Collection[str] = ()) -> Iterator[None]:
    """Around all that loads a whole register: an empty table of SQLite's has its indexes made at the end.

    In one transaction, so that nobody else ever sees the table without them; all or nothing, as the rows are. Indexes
    that hold a rule (unique ones) stay, for a row that breaks it is named as it comes, and so do those named in
    ``but``: what is asked by meanwhile. A table with rows keeps all of them, and so does PostgreSQL, where whoever
    reads would wait for the end. What breaks off inside takes the caller's transaction with it.
    """
    if connection.vendor != "sqlite" or model._default_manager.exists():
        yield
        return
    quoted = connection.ops.quote_name
    # No savepoint: under one, SQLite keeps what each page was before.
    with transaction.atomic(savepoint=False), roomy():
        made = [(name, statement) for name, statement in _indexes(model) if name not in but]
        for name, _statement in made:
            _execute(f"DROP INDEX {quoted(name)}")
        yield
        for _name, statement in made:
            _execute(statement)


def _indexes(model: type[models.Model]) -> list[tuple[str, str]]:
    """The indexes of a table that hold no rule: names, and the statements that make them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql LIKE 'CREATE INDEX%%'",
            [model._meta.db_table],
        )
        return list(cursor.fetchall())


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


class Unindexed(migrations.AlterField):
    """A relation loses the index of its own, where another index begins with the same column.

    To Django it is a change of the column: it makes SQLite's table anew, and the triggers that guard it are gone. Here
    the index goes and nothing else.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop what stands on this column alone, under whatever name."""
        model = from_state.apps.get_model(app_label, self.model_name)
        declared = {index.name for index in model._meta.indexes}
        column = model._meta.get_field(self.name).column
        for name in schema_editor._constraint_names(model, [column], index=True, unique=False, exclude=declared):
            schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Make it again, as Django names it."""
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(schema_editor._create_index_sql(model, fields=[model._meta.get_field(self.name)]))
