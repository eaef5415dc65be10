"""What the database's planner should know of its tables."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection, models


def refresh_statistics(*tables: type[models.Model], anyway: bool = False) -> None:
    """Let the database look at tables again at once: until then it would plan for empty ones.

    SQLite looks at a whole index to know it, so it is asked again only once a table has doubled, or ``anyway``.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            names = ", ".join(connection.ops.quote_name(table._meta.db_table) for table in tables)
            cursor.execute(f"ANALYZE {names}")
        elif connection.vendor == "sqlite":
            for table in tables:
                if anyway or _doubled(cursor, table):
                    cursor.execute(f"ANALYZE {connection.ops.quote_name(table._meta.db_table)}")


def refresh_grown() -> list[str]:
    """Let SQLite look at each table that has doubled since it last did, or that it never looked at; which they were.

    Of what it was not told it plans for a million rows: a list of nineteen was found by way of all reports. Whoever has
    the database open knows of it when it is opened next (``CONN_MAX_AGE``). PostgreSQL looks by itself.
    """
    if connection.vendor != "sqlite":
        return []
    grown = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
        if cursor.fetchone()[0]:
            cursor.execute("SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl")
        known: dict[str, int] = dict(cursor.fetchall())
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if not model._meta.managed or model._meta.proxy:
                continue
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"SELECT count(*) FROM {quoted}")
            rows = cursor.fetchone()[0]
            if rows and rows >= 2 * known.get(table, 0):
                cursor.execute(f"ANALYZE {quoted}")
                grown.append(table)
    return grown


def _doubled(cursor: Any, table: type[models.Model]) -> bool:
    """Whether a table has twice the rows that SQLite's statistics know of; its greatest key stands for their number."""
    cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
    known = 0
    if cursor.fetchone()[0]:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = %s", [table._meta.db_table])
        known = max((int(stat.split()[0]) for (stat,) in cursor.fetchall()), default=0)
    return (table._default_manager.aggregate(last=models.Max("pk"))["last"] or 0) >= 2 * max(known, 1)
