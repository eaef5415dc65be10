"""SQLite plans by what it was told of its tables: of those that have grown it is told anew."""

from __future__ import annotations

import pytest
from django.db import connection

from quanheng.kernel.base.planner import refresh_grown
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.tests.world import organisation

pytestmark = pytest.mark.django_db


def rows_known_of(table: str) -> int:
    """How many rows SQLite takes a table to have."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = %s", [table])
        return int(cursor.fetchone()[0])


def test_a_table_is_looked_at_when_it_is_new_and_again_when_it_has_doubled() -> None:
    table = Organisation._meta.db_table
    organisation(1)
    looked_at = refresh_grown()
    if connection.vendor != "sqlite":
        assert looked_at == []  # it looks by itself
        return
    assert table in looked_at
    assert rows_known_of(table) == 1
    assert refresh_grown() == []
    organisation(2)
    assert table in refresh_grown()
    organisation(3)
    assert table not in refresh_grown()
    organisation(4)
    assert table in refresh_grown()
    assert rows_known_of(table) == 4
