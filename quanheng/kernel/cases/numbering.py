"""Gapless numbers: taken inside the transaction that uses them, given back when it fails."""

from __future__ import annotations

from django.db import connections, transaction

from quanheng.kernel.base.statements import run
from quanheng.kernel.cases.models import Series

# One statement takes the numbers and, until the transaction ends, the lock on their series (SQLite 3.35, PostgreSQL).
_NEXT = (
    f"INSERT INTO {Series._meta.db_table} (name, last) VALUES (%s, %s) "
    f"ON CONFLICT (name) DO UPDATE SET last = {Series._meta.db_table}.last + %s RETURNING last"
)


def next_number(series: str) -> int:
    """The next number of a series, 1 first. RuntimeError outside a transaction: a number could be lost there."""
    return next_numbers(series, 1)[0]


def next_numbers(series: str, count: int) -> range:
    """The next ``count`` numbers of a series, all of them to be used. RuntimeError outside a transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a number is taken inside the transaction that uses it only")
    with run(connections["default"], _NEXT, [series, count, count]) as cursor:
        last = int(cursor.fetchone()[0])
    return range(last - count + 1, last + 1)
