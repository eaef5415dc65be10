"""What the database's planner should know after a bulk load."""

from __future__ import annotations

from typing import Any

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


def _doubled(cursor: Any, table: type[models.Model]) -> bool:
    """Whether a table has twice the rows that SQLite's statistics know of; its greatest key stands for their number."""
    cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
    known = 0
    if cursor.fetchone()[0]:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = %s", [table._meta.db_table])
        known = max((int(stat.split()[0]) for (stat,) in cursor.fetchall()), default=0)
    return (table._default_manager.aggregate(last=models.Max("pk"))["last"] or 0) >= 2 * max(known, 1)
