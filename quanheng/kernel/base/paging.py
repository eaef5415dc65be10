"""Keyset pages: a list costs the same on its last page as on its first, and is never counted exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.statements import rows_by_key

# SQL and its values.
Statement = tuple[str, Sequence[Any]]
MAX_LIMIT = 100
COUNT_CAP = 1000


@dataclass(frozen=True)
class Slice:
    """One page of rows with the cursors of its neighbours; empty where there is none."""

    items: list[Any]
    next: str
    previous: str


def _position(cursor: str) -> tuple[str, int]:
    """``a123``: after key 123; ``b123``: before it."""
    way, digits = cursor[:1], cursor[1:]
    if way not in ("a", "b") or not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise Invalid.field("cursor", _("翻页位置无效，请回到第一页。"))
    return way, int(digits)


def read_cursor(cursor: str) -> int | None:
    """The key after which a list that only goes on to older rows continues; None for its beginning."""
    return _position(cursor)[1] if cursor else None


def page_of(
    rows: QuerySet[Any], cursor: str, limit: int, *, key: str = "pk", show: Callable[[Any], Any] | None = None
) -> dict[str, Any]:
    """A page of a list that is shown by descending ``key``, as the API answers it."""
    found = slice_of(rows, cursor, limit, key=key)
    items = [show(row) for row in found.items] if show else found.items
    return {"items": items, "next": found.next, "previous": found.previous}


def slice_of(rows: QuerySet[Any], cursor: str, limit: int, *, key: str = "pk") -> Slice:
    """``limit`` rows by descending ``key`` after or before the cursor. Raises Invalid for a bad cursor."""
    limit = max(1, min(limit, MAX_LIMIT))
    way, at = _position(cursor) if cursor else ("", 0)
    if way == "b":
        keys = _keys(_past(rows, **{f"{key}__gt": at}).order_by(key), key, limit + 1)
        more, keys = len(keys) > limit, keys[:limit][::-1]
        after, before = bool(keys), more
    else:
        if way:
            rows = _past(rows, **{f"{key}__lt": at})
        keys = _keys(rows.order_by(f"-{key}"), key, limit + 1)
        more, keys = len(keys) > limit, keys[:limit]
        after, before = more, bool(way) and bool(keys)
    found = rows_with(rows, keys, key)
    return Slice(
        items=found,
        next=f"a{_key(found[-1], key)}" if after else "",
        previous=f"b{_key(found[0], key)}" if before else "",
    )


def _past(rows: QuerySet[Any], **place: int) -> QuerySet[Any]:
    """The rows past a place in the list. Where the list has a bound of its own, SQLite walks from whichever comes first
    among the conditions: that has to be the place.
    """
    past = rows.filter(**place)
    *others, bound = past.query.where.children
    past.query.where.children = [bound, *others]
    return past


def rows_with(rows: QuerySet[Any], keys: list[Any], key: str = "pk") -> list[Any]:
    """The rows with these keys, in their order, with all that ``rows`` fetches along.

    What has to be sorted or passed over on the way to a page are keys only; and what a key has met is not asked again.
    """
    if not keys:
        return []
    if key in ("pk", rows.model._meta.pk.attname) and isinstance(keys[0], int):
        found = rows_by_key(rows, keys)
    else:
        whole = rows.order_by()
        whole.query.clear_where()
        found = list(whole.filter(**{f"{key}__in": keys}))
    by_key = {_key(row, key): row for row in found}
    return [by_key[one] for one in keys if one in by_key]


def first_rows(rows: QuerySet[Any], count: int) -> list[Any]:
    """The first rows in the order of the query set: their keys, then what is shown of them, by a statement kept."""
    return rows_with(rows, _keys(rows, "pk", count))


def keys_of_each(parts: Sequence[QuerySet[Any] | Statement | None]) -> list[list[int]]:
    """The keys of several lists, each in its own order and to its own limit, by one statement.

    A list is given as its rows, or as the statement that selects their keys; None has none.
    """
    statements: list[str] = []
    values: list[Any] = []
    for place, rows in enumerate(parts):
        statement = keys_statement(rows) if isinstance(rows, QuerySet) else rows
        if statement is None:
            continue
        sql, given = statement
        statements.append(f"SELECT {place:d}, q{place:d}.* FROM ({sql}) AS q{place:d}")
        values += given
    found: list[list[int]] = [[] for _part in parts]
    if not statements:
        return found
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), values)
        for place, key, *_order in cursor.fetchall():
            found[place].append(int(key))
    return found


def counts_of_each(lists: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """How many rows several lists have, each to its own limit, by one statement."""
    asked = {name: keys_statement(rows) for name, rows in lists.items()}
    found = dict.fromkeys(asked, 0)
    names = [name for name, statement in asked.items() if statement]
    if not names:
        return found
    told = [statement for statement in asked.values() if statement]
    parts = [f"SELECT {place:d}, count(*) FROM ({sql}) AS q{place:d}" for place, (sql, _given) in enumerate(told)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [value for _sql, given in told for value in given])
        found |= {names[place]: int(count) for place, count in cursor.fetchall()}
    return found


def keys_statement(rows: QuerySet[Any]) -> Statement | None:
    """The statement that selects the keys of rows; None where there can be none."""
    try:
        sql, given = rows.values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return None
    return sql, given


def _keys(rows: QuerySet[Any], key: str, limit: int) -> list[Any]:
    return list(rows.values_list(key, flat=True)[:limit])


def _key(row: Model, key: str) -> Any:
    return row.pk if key == "pk" else getattr(row, key)


def capped_count(rows: QuerySet[Any]) -> tuple[int, bool]:
    """How many rows, counted to ``COUNT_CAP`` at most, and whether there are more."""
    some = rows.order_by()[: COUNT_CAP + 1]
    query = some.query
    if type(some).count is not QuerySet.count or query.combinator or query.distinct or query.annotations:
        found = some.count()
    else:
        found = _counted(some)
    return min(found, COUNT_CAP), found > COUNT_CAP


def _counted(rows: QuerySet[Any]) -> int:
    """As ``count``, which puts a limited query into SQL twice."""
    try:
        sql, given = rows.values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS counted", given)
        return int(cursor.fetchone()[0])
