"""How documents lie in the two databases: the statements that make the index, take it away and fill it.

SQLite: FTS5 over the column ``tokens`` of the table of documents (external content), kept by triggers. Its tokenizer
``ascii`` takes every character beyond ASCII for a letter, so tokens stay whole whatever they are of.
PostgreSQL: the column is a tsvector itself, under a GIN index. Without pending list, because a search would read
that list from end to end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from django.db import connection

from quanheng.kernel.search.models import Document, block_token, spaced, vector

TABLE = "search_document"
INDEX = "search_index"
# How many documents are written by one statement.
BATCH = 2000

# id, tokens, rank, digest
Row = tuple[int, str, int, int]

_TRIGGERS = {
    "search_document_in": (
        f"AFTER INSERT ON {TABLE} BEGIN INSERT INTO {INDEX}(rowid, tokens) VALUES (new.id, new.tokens); END"
    ),
    "search_document_out": (
        f"AFTER DELETE ON {TABLE} BEGIN "
        f"INSERT INTO {INDEX}({INDEX}, rowid, tokens) VALUES ('delete', old.id, old.tokens); END"
    ),
    "search_document_change": (
        f"AFTER UPDATE OF tokens ON {TABLE} BEGIN "
        f"INSERT INTO {INDEX}({INDEX}, rowid, tokens) VALUES ('delete', old.id, old.tokens); "
        f"INSERT INTO {INDEX}(rowid, tokens) VALUES (new.id, new.tokens); END"
    ),
}
_GIN = f"CREATE INDEX {INDEX} ON {TABLE} USING gin (tokens) WITH (fastupdate = off)"


def build_index(vendor: str) -> list[str]:
    """The statements that make the index over an empty table."""
    if vendor == "postgresql":
        return [_GIN]
    return [
        f"CREATE VIRTUAL TABLE {INDEX} USING fts5(tokens, content='{TABLE}', content_rowid='id', "
        "tokenize='ascii', columnsize=0)",
        *_make_triggers(),
    ]


def _make_triggers() -> list[str]:
    return [f"CREATE TRIGGER {name} {body}" for name, body in _TRIGGERS.items()]


def write(rows: Iterable[Row]) -> None:
    """Put documents in, each in place of the one with its id."""
    statement = (
        f"INSERT INTO {TABLE} (id, tokens, rank, digest) VALUES (%s, {{}}, %s, %s) "
        "ON CONFLICT (id) DO UPDATE SET tokens = excluded.tokens, rank = excluded.rank, digest = excluded.digest"
    ).format("%s::tsvector" if connection.vendor == "postgresql" else "%s")
    with connection.cursor() as cursor:
        waiting = iter(rows)
        while batch := list(islice(waiting, BATCH)):
            cursor.executemany(statement, [_stored(row) for row in batch])


def _stored(row: Row) -> Row:
    identity, tokens, rank, digest = row
    if connection.vendor != "postgresql":
        return identity, spaced(tokens), rank, digest
    return identity, vector(f"{tokens} {block_token(identity)}"), rank, digest


def digests(identities: Sequence[int]) -> dict[int, int]:
    """The digests of the documents that there are among ``identities``."""
    return dict(Document.objects.filter(pk__in=identities).values_list("pk", "digest"))


def remove(identities: Sequence[int]) -> None:
    """Take documents out."""
    if identities:
        Document.objects.filter(pk__in=identities).delete()


def refill(rows: Iterable[Row]) -> int:
    """Replace all documents, the index made anew behind them: several times as fast as putting them in one by one.

    Inside a transaction; returns how many there are.
    """
    return _refill_postgresql(rows) if connection.vendor == "postgresql" else _refill_sqlite(rows)


def _refill_sqlite(rows: Iterable[Row]) -> int:
    count = 0
    with connection.cursor() as cursor:
        for name in _TRIGGERS:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(f"DELETE FROM {TABLE}")
        waiting = iter(rows)
        while batch := list(islice(waiting, BATCH)):
            stored = [_stored(row) for row in batch]
            cursor.executemany(f"INSERT INTO {TABLE} (id, tokens, rank, digest) VALUES (%s, %s, %s, %s)", stored)
            count += len(batch)
        cursor.execute(f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')")
        cursor.execute(f"INSERT INTO {INDEX}({INDEX}) VALUES ('optimize')")
        for statement in _make_triggers():
            cursor.execute(statement)
    return count


def _refill_postgresql(rows: Iterable[Row]) -> int:
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {INDEX}")
        cursor.execute(f"TRUNCATE {TABLE}")
        waiting = iter(rows)
        # Rows are read over the connection on which they are copied in: never both at once.
        while batch := list(islice(waiting, BATCH)):
            with cursor.copy(f"COPY {TABLE} (id, tokens, rank, digest) FROM STDIN") as copy:
                for row in batch:
                    copy.write_row(_stored(row))
            count += len(batch)
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute(_GIN)
        cursor.execute(f"ANALYZE {TABLE}")
    return count
