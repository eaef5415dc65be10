"""Asking the index: which rows, newest first; how many; and which of them fit best.

Both databases answer from the inverted index alone, in the order of the ids. SQLite's FTS5 does so by nature.
PostgreSQL's GIN would look at every row that holds a common word; it is asked block by block instead, from the newest
on, in one statement whose parts run only as far as rows are wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any as Anything

from django.db import connection

from quanheng.kernel.search.matching import All, to_fts5, to_tsqueries
from quanheng.kernel.search.models import BLOCK_BITS, KIND_BITS, MAX_KEY, block_token
from quanheng.kernel.search.searchable import Searchable
from quanheng.kernel.search.storage import INDEX, TABLE

# So few blocks are asked all at once.
FEW_BLOCKS = 2


@dataclass(frozen=True)
class Part:
    """One question to the index about one kind: ids between ``low`` and ``high``, ``limit`` of them, newest first.

    ``known`` tells that there are ids as great as ``high``: nobody has to look how far they go.
    """

    tag: int
    asked: All
    low: int
    high: int
    limit: int
    newest: bool = True
    known: bool = False


def part_of(
    kind: Searchable,
    asked: All,
    limit: int,
    *,
    tag: int = 0,
    low: int | None = None,
    high: int | None = None,
    newest: bool = True,
    known: bool = False,
) -> Part:
    """A question about the rows of a kind, those with keys between ``low`` and ``high``."""
    return Part(
        tag,
        asked,
        kind.first if low is None else kind.identity(max(low, 0)),
        kind.last if high is None else kind.identity(max(high, 0)),
        limit,
        newest,
        known,
    )


def find(parts: Sequence[Part]) -> Iterator[tuple[int, int, int]]:
    """(tag, id, rank) of what each part finds, by one statement."""
    yield from _run(parts, "SELECT {tag}, d.id, d.rank FROM ({sql}) AS f JOIN " + TABLE + " AS d ON d.id = f.id")


def ids(part: Part) -> list[int]:
    """The ids that one part finds, in its order."""
    found = [identity for (identity,) in _run([part], "SELECT f.id FROM ({sql}) AS f")]
    found.sort(reverse=part.newest)
    return found


def counts(parts: Sequence[Part]) -> dict[int, int]:
    """How many each part finds, up to its limit."""
    return {int(tag): int(count) for tag, count in _run(parts, "SELECT {tag}, count(*) FROM ({sql}) AS f")}


def _run(parts: Sequence[Part], frame: str) -> list[tuple[Anything, ...]]:
    if not parts:
        return []
    statements, values = [], []
    on_postgres = connection.vendor == "postgresql"
    top = _top({part.low >> KIND_BITS for part in parts if not part.known}) if on_postgres else {}
    for part in parts:
        sql, given = _postgresql(part, top) if on_postgres else _sqlite(part)
        if sql:
            statements.append(frame.format(tag=int(part.tag), sql=sql))
            values += given
    if not statements:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), values)
        return list(cursor.fetchall())


def _sqlite(part: Part) -> tuple[str, list[Anything]]:
    order = "DESC" if part.newest else "ASC"
    sql = (
        f"SELECT rowid AS id FROM {INDEX} WHERE {INDEX} MATCH %s AND rowid BETWEEN %s AND %s "
        f"ORDER BY rowid {order} LIMIT %s"
    )
    return sql, [to_fts5(part.asked), part.low, part.high, part.limit]


def _postgresql(part: Part, top: dict[int, int]) -> tuple[str, list[Anything]]:
    """The same, block after block from the end where the order begins; "" where the kind has no documents.

    Each step is a question of its own: however many steps there are, one is planned. ``+ 0`` keeps the planner from
    reading the index of all ids: the blocks narrow already.
    """
    high = part.high if part.known else min(part.high, top.get(part.low >> KIND_BITS, -1))
    if high < part.low:
        return "", []
    blocks = range(part.low >> BLOCK_BITS, (high >> BLOCK_BITS) + 1)
    steps = ["|".join(block_token(block << BLOCK_BITS) for block in step) for step in _steps(blocks, part.newest)]
    asked = to_tsqueries(part.asked)
    order = "DESC" if part.newest else "ASC"
    found = (
        f"SELECT id FROM {TABLE} WHERE tokens @@ step {'AND tokens @@ %s::tsquery ' * len(asked)}"
        f"AND id + 0 BETWEEN %s AND %s ORDER BY id + 0 {order} LIMIT %s"
    )
    sql = f"SELECT s.id FROM unnest(%s::tsquery[]) AS step CROSS JOIN LATERAL ({found}) AS s LIMIT %s"
    return sql, [steps, *asked, part.low, part.high, part.limit, part.limit]


def _steps(blocks: range, newest: bool) -> Iterator[range]:
    """The blocks in groups, in the order in which they are wanted, each group as large as all before it."""
    if newest:
        blocks = blocks[::-1]
    at, size = 0, 1 if len(blocks) > FEW_BLOCKS else FEW_BLOCKS
    while at < len(blocks):
        yield blocks[at : at + size]
        at, size = at + size, max(at + size, 1)


def _top(asked: Iterable[int]) -> dict[int, int]:
    """The greatest id of each of these kinds that has documents."""
    numbers = sorted(asked)
    if not numbers:
        return {}
    columns = ", ".join(
        f"(SELECT max(id) FROM {TABLE} WHERE id BETWEEN {number << KIND_BITS} AND {number << KIND_BITS | MAX_KEY})"
        for number in numbers
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}")
        return {number: top for number, top in zip(numbers, cursor.fetchone(), strict=True) if top is not None}
