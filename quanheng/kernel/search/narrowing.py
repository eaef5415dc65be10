"""Rows of a register that match a text, as a query set like any other.

Its condition is ``pk IN (what the index finds)``. Where such a query set is a page of a list (in the order of the
keys, with a limit) or a capped count, it is not run like that: of a common word the index would give out hundreds of
thousands of keys for fifty rows. It is run in steps instead: the next keys from the index, in the order of the list,
and of these the rows that meet the other conditions, until the page is full. Where the other conditions are so rare
that this finds little, rows are read by them, and each is looked up in the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db.models import BooleanField, Expression, F, Model, QuerySet
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.db.models.query import FlatValuesListIterable
from django.db.models.sql.where import AND, WhereNode

from quanheng.kernel.search import index
from quanheng.kernel.search.matching import All, as_text, to_fts5, to_tsqueries, to_tsquery
from quanheng.kernel.search.searchable import Searchable
from quanheng.kernel.search.storage import INDEX, TABLE

# Keys are taken from the index so many at a time, then more.
FIRST_STEP = 200
# After so many keys, or where the other conditions leave so few rows, these are read one by one.
PATIENCE = 6000
FEW = 3000
# So many keys are told to the database one by one where a list has another order than that of its keys.
TOLD = 3000

PROBE = "probe"
ANY = "any"


class InIndex(Expression):
    """Whether the index finds a row. How it is asked is said by ``index_plan`` of the query: a list of keys that are
    known to be found, ``PROBE`` (row by row), ``ANY`` (not at all), or by default all that is found.
    """

    conditional = True

    def __init__(self, kind: Searchable, asked: All, newest: Sequence[int] | None = None) -> None:
        super().__init__(output_field=BooleanField())
        self.kind = kind
        self.asked = asked
        # Keys that are known to be found: the newest FIRST_STEP of them, or, being fewer, all.
        self.newest = newest
        self.key: Any = F("pk")

    def get_source_expressions(self) -> list[Any]:
        return [self.key]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.key,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        key, given = compiler.compile(self.key)
        if getattr(compiler.query, "index_plan", None) == ANY:
            return f"{key} IS NOT NULL", list(given)
        plan = getattr(compiler.query, "index_plan", None)
        if isinstance(plan, list):
            # Keys are numbers that came out of the index: written out, they need no variable each.
            written = ", ".join(map(str, map(int, plan)))
            # PostgreSQL reads a thousand numbers faster in one value than each by itself.
            among = f"= ANY('{{{written}}}'::bigint[])" if connection.vendor == "postgresql" else f"IN ({written})"
            return (f"{key} {among}" if plan else "1 = 0"), list(given)
        first, last = self.kind.first, self.kind.last
        if connection.vendor == "postgresql":
            if plan == PROBE:
                # A subquery for one value is never turned into a join over all documents.
                sql = f"(SELECT d.tokens @@ %s::tsquery FROM {TABLE} d WHERE d.id = {key} + {first})"
                return sql, [to_tsquery(self.asked), *given]
            asked = to_tsqueries(self.asked)
            found = f"SELECT id - {first} FROM {TABLE} WHERE id BETWEEN {first} AND {last}"
            return f"{key} IN ({found}{' AND tokens @@ %s::tsquery' * len(asked)})", [*given, *asked]
        if plan == PROBE:
            # Reading one document is several times as fast as asking FTS5 for one row.
            groups = as_text(self.asked)
            tests = " AND ".join(f"({' OR '.join(['instr(d.tokens, %s)'] * len(ways))})" for ways in groups)
            sql = f"EXISTS (SELECT 1 FROM {TABLE} d WHERE d.id = {key} + {first} AND {tests})"
            return sql, [*given, *(way for ways in groups for way in ways)]
        found = f"SELECT rowid - {first} FROM {INDEX} WHERE {INDEX} MATCH %s AND rowid BETWEEN {first} AND {last}"
        return f"{key} IN ({found})", [*given, to_fts5(self.asked)]


class Narrowed(QuerySet[Any]):
    """Rows that the index finds. Made by ``narrowed``, which mixes it into the class of the rows."""

    _found: InIndex
    _plain: type[QuerySet[Any]]

    def _clone(self) -> Any:
        clone = super()._clone()  # type: ignore[misc]
        clone._found = self._found
        return clone

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            rows = self._stepwise()
            if rows is not None:
                self._result_cache = rows
        super()._fetch_all()

    def count(self) -> int:
        """Counted in steps where there is a limit."""
        query = self.query
        if self._result_cache is not None or not self._page() or query.low_mark:
            return super().count()
        wanted = query.high_mark or 0
        low, high = self._bounds()
        if low is None:
            return 0
        if self._alone():
            return self._many(wanted, low, high)
        counted, tested, step = 0, 0, max(FIRST_STEP, wanted)
        while True:
            keys = self._keys(step, low, high, newest=True)
            counted += self._with(keys, wanted - counted).count() if keys else 0
            tested += len(keys)
            if counted >= wanted or len(keys) < step:
                return counted
            high = min(keys) - 1
            if tested >= PATIENCE or (tested == step and self._few()):
                rest = self._with(PROBE, wanted - counted, pk__lte=high)
                return counted + rest.count()
            step = self._next(wanted - counted, counted, tested)

    def exists(self) -> bool:
        """Whether there is one; found in steps too."""
        if self._result_cache is None and not self.query.is_sliced and self._simple():
            return bool(len(self.order_by("-pk")[:1]))
        return super().exists()

    def _stepwise(self) -> list[Any] | None:
        """The rows of a page; None where the query is none."""
        query = self.query
        if not self._page():
            return None
        order = self._order()
        low, high = self._bounds()
        if low is None:
            return []
        wanted = (query.high_mark or 0) - query.low_mark
        if order is None or query.low_mark:
            keys = self._keys(TOLD + 1, low, high, newest=True)
            plan = keys if len(keys) <= TOLD else PROBE
            return list(self._with(plan, wanted, skip=query.low_mark))
        newest = order == "-"
        found: list[Any] = []
        step, tested = (wanted if self._alone() else max(FIRST_STEP, 2 * wanted)), 0
        while True:
            keys = self._keys(step, low, high, newest=newest)
            if keys:
                found += keys[: wanted - len(found)] if self._keys_alone() else self._with(keys, wanted - len(found))
            tested += len(keys)
            if len(found) >= wanted or len(keys) < step:
                return found
            low, high = (low, min(keys) - 1) if newest else (max(keys) + 1, high)
            if tested >= PATIENCE or (tested == step and self._few()):
                bound = {"pk__lte": high} if newest else {"pk__gte": low}
                return [*found, *self._with(PROBE, wanted - len(found), **bound)]
            step = self._next(wanted - len(found), len(found), tested)

    def _few(self) -> bool:
        """Whether the other conditions alone leave few rows."""
        others = self._with(ANY, FEW + 1)
        return others.count() <= FEW

    @staticmethod
    def _next(wanted: int, found: int, tested: int) -> int:
        """How many keys to take next, so that as many rows as are wanted should come of them."""
        return min(PATIENCE, wanted * tested * 5 // (found * 4) + 50) if found else PATIENCE

    def _simple(self) -> bool:
        query = self.query
        return not (query.combinator or query.distinct or query.group_by or query.is_empty())

    def _page(self) -> bool:
        """Whether this is a limited query that can be run in steps."""
        return self._simple() and self.query.high_mark is not None

    def _order(self) -> str | None:
        """``-`` or "" where the rows are in the order of their keys, else None."""
        order = self.query.order_by or (self.model._meta.ordering if self.query.default_ordering else ())
        name = self.model._meta.pk.name if self.model._meta.pk else "pk"
        if not order and not self.query.extra_order_by:
            return "-"
        if len(order) == 1 and isinstance(order[0], str) and order[0].lstrip("-") in ("pk", name):
            return "-" if order[0].startswith("-") else ""
        return None

    def _conditions(self) -> list[Any]:
        where: WhereNode = self.query.where
        return list(where.children) if where.connector == AND and not where.negated else [where]

    def _bounds(self) -> tuple[int | None, int]:
        """The least and the greatest key that the conditions allow; (None, 0) where none can be."""
        kind, newest = self._found.kind, self._found.newest
        low, high = 0, newest[0] if newest else kind.last - kind.first
        for one in self._conditions():
            if not _bounds_key(one, self.model):
                continue
            if isinstance(one, GreaterThan):
                low = max(low, one.rhs + 1)
            elif isinstance(one, GreaterThanOrEqual):
                low = max(low, one.rhs)
            elif isinstance(one, LessThan):
                high = min(high, one.rhs - 1)
            elif isinstance(one, LessThanOrEqual):
                high = min(high, one.rhs)
        return (low, high) if low <= high else (None, 0)

    def _alone(self) -> bool:
        """Whether nothing but the text and the place in the list decides."""
        return all(_asks_index(one) or _bounds_key(one, self.model) for one in self._conditions())

    def _keys_alone(self) -> bool:
        """Whether all that is asked for is what the index answers: keys, decided by nothing else."""
        iterable: Any = self._iterable_class
        pk: Any = self.model._meta.pk
        names = self.query.values_select
        return iterable is FlatValuesListIterable and names in ((pk.name,), ("pk",)) and self._alone()

    def _keys(self, limit: int, low: int | None, high: int, *, newest: bool) -> list[int]:
        kind, known = self._found.kind, self._found.newest
        if known is not None:
            here = [key for key in known if (low or 0) <= key <= high]
            if len(known) < FIRST_STEP or (newest and len(here) >= limit):
                return here[:limit] if newest else here[: -limit - 1 : -1]
        part = index.part_of(kind, self._found.asked, limit, low=low, high=high, newest=newest, known=known is not None)
        return [kind.key(identity) for identity in index.ids(part)]

    def _many(self, limit: int, low: int, high: int) -> int:
        """How many the index finds, up to a limit."""
        kind, known = self._found.kind, self._found.newest
        if known is not None and len(known) < FIRST_STEP:
            return len(self._keys(limit, low, high, newest=True))
        part = index.part_of(kind, self._found.asked, limit, low=low, high=high, known=known is not None)
        return index.counts([part]).get(part.tag, 0)

    def _with(self, plan: Any, limit: int, *, skip: int = 0, **bounds: int) -> QuerySet[Any]:
        """The same query by another plan."""
        clone = self._clone()
        clone.__class__ = self._plain
        clone._prefetch_related_lookups = ()
        clone.query.clear_limits()
        if bounds:
            clone = clone.filter(**bounds)
        clone.query.index_plan = plan
        clone.query.set_limits(skip, skip + limit)
        return clone


def _bounds_key(condition: Any, model: type[Model]) -> bool:
    """Whether a condition bounds the key by a number."""
    return (
        isinstance(condition, GreaterThan | GreaterThanOrEqual | LessThan | LessThanOrEqual)
        and getattr(getattr(condition.lhs, "target", None), "primary_key", False)
        and condition.lhs.target.model is model
        and isinstance(condition.rhs, int)
    )


def _asks_index(condition: Any) -> bool:
    """Whether a condition is that the index finds the row; Django keeps it as "is it so: true"."""
    return isinstance(getattr(condition, "lhs", condition), InIndex)


@lru_cache(maxsize=32)
def _mixed(plain: type[QuerySet[Any]]) -> type[QuerySet[Any]]:
    return type(f"Narrowed{plain.__name__}", (Narrowed, plain), {"_plain": plain})


def first_keys(kind: Searchable, asked: All) -> list[int]:
    """The keys of the newest FIRST_STEP rows that the index finds; all where they are fewer."""
    return [kind.key(identity) for identity in index.ids(index.part_of(kind, asked, FIRST_STEP))]


def narrowed(
    rows: QuerySet[Any], kind: Searchable, asked: All, *, newest: Sequence[int] | None = None
) -> QuerySet[Any]:
    """The rows that the index finds for a question; ``newest`` are its ``first_keys`` where they are known."""
    if isinstance(rows, Narrowed):
        # A second text is an ordinary condition of the first's pages.
        return rows.filter(InIndex(kind, asked))
    condition = InIndex(kind, asked, newest)
    found: Any = rows.filter(condition)
    found.__class__ = _mixed(type(rows))
    found._found = condition
    return found
