"""The few statements that every act, request and list makes, in SQL that is not built anew each time.

Django's query compiler takes three times as long over "the row with this key" or "these columns of this row" as the
database takes to answer. What is always asked in the same words is therefore put into SQL once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import connections, models
from django.db.backends.sqlite3.base import FORMAT_QMARK_REGEX
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesListIterable,
)
from django.db.models.sql.compiler import SQLCompiler

from quanheng.kernel.base.completing import Completed, complete
from quanheng.kernel.base.shaping import Shape, converted, converted_columns

R = TypeVar("R")
Field = models.Field[Any, Any]

Key = int | str | date

# Stands for a key while a question is put into SQL: a number that no key reaches and nobody writes into a query.
_PLACE = 9_100_000_000_000_000_000
# The same for a day: before any that is asked for.
_DAY = date(1001, 1, 1)


def _stand_in(place: int, key: Key) -> Key:
    if isinstance(key, date):
        return _DAY + timedelta(days=place)
    return _PLACE + place if isinstance(key, int) else str(_PLACE + place)


def _as_told(key: Key) -> Key:
    """The key as the database's driver is given it."""
    if not isinstance(key, date):
        return key
    told: str | date = connections["default"].ops.adapt_datefield_value(key)  # type: ignore[assignment]
    return told


_kept_answers: ContextVar[dict[Any, Any] | None] = ContextVar("kept_answers", default=None)


@contextmanager
def answers_kept() -> Iterator[None]:
    """Around acts on many rows in one transaction: what is ``steady`` while they are done is asked once for all."""
    token = _kept_answers.set({})
    try:
        yield
    finally:
        _kept_answers.reset(token)


def once(name: Any, ask: Callable[[], R]) -> R:
    """What ``ask`` answers; where answers are kept, what it answered first under this name.

    None is not kept: what is missing is often made then.
    """
    kept = _kept_answers.get()
    if kept is None:
        return ask()
    answer: R = kept[name] if name in kept else ask()
    if answer is not None:
        kept[name] = answer
    return answer


class Asked(Generic[R]):
    """A question about rows that differs from time to time in its keys alone (integers, texts or days).

    CLOCKS = Asked(lambda case: Clock.objects.filter(case=case, stopped_at=None))
    CLOCKS(case.pk)  →  what list(Clock.objects.filter(case=case.pk, stopped_at=None)) is

    The question is built once for each connection and for each number of keys. Nothing else in it may vary, such as
    the language; the day is a key. ``steady``: no act that is done on many rows at once changes the answer, see
    ``answers_kept``.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, R]], *, steady: bool = False) -> None:
        self._build = build
        self._steady = steady

    def __call__(self, *keys: Key) -> list[R]:
        return once((self, keys), lambda: self._answered(keys)) if self._steady else self._answered(keys)

    def _answered(self, keys: Sequence[Key]) -> list[R]:
        stand_ins = [_stand_in(place, key) for place, key in enumerate(keys)]
        question = self._question(tuple(stand_ins))
        given = dict(zip(map(_as_told, stand_ins), map(_as_told, keys), strict=True))
        return question.answered(
            [given.get(value, value) if isinstance(value, Key) else value for value in question.params]
        )

    def _question(self, stand_ins: tuple[Key, ...]) -> _Question:
        kept = _kept()
        if (self, stand_ins) not in kept:
            question = _Question(self._build(*stand_ins))
            if not all(_as_told(key) in question.params for key in stand_ins):
                raise ValueError(f"each key has to be asked for, as it is: {question.sql}")
            kept[self, stand_ins] = question
        return kept[self, stand_ins]


def rows_by_key(rows: models.QuerySet[Any, R], keys: Sequence[int]) -> list[R]:
    """The rows with these keys, in any order, with what ``rows`` fetches along but whatever it is narrowed to."""
    asked: Any = rows
    question = _by_key(asked)
    if question is None:
        whole = asked.order_by()
        whole.query.clear_where()
        return list(whole.filter(pk__in=keys))
    found = question.answered([list(keys) if _on_postgres() else json.dumps(list(keys))])
    complete(asked, found)
    if asked._prefetch_related_lookups:
        models.prefetch_related_objects(found, *asked._prefetch_related_lookups)
    return found


def read_related(row: models.Model, *names: str) -> None:
    """Let ``row.name`` know its row, for relations to one that were not read yet: a query for each kind of row.

    Where answers are kept, those rows are: what is pointed to is steady.
    """
    fields: dict[type[models.Model], list[Any]] = {}
    for name in names:
        field: Any = row._meta.get_field(name)
        if getattr(row, field.attname) is not None and not field.is_cached(row):
            fields.setdefault(field.related_model, []).append(field)
    for model, some in fields.items():
        keys = {getattr(row, field.attname) for field in some}
        found = once((model, frozenset(keys)), lambda: _by_their_keys(model, keys))  # noqa: B023 (asked at once)
        for field in some:
            row._state.fields_cache[field.name] = found[getattr(row, field.attname)]


def _by_their_keys(model: type[models.Model], keys: Iterable[int]) -> dict[int, models.Model]:
    return {one.pk: one for one in rows_by_key(model._default_manager.all(), list(keys))}


def share_related(
    rows: Iterable[models.Model],
    names: Sequence[str],
    related: models.QuerySet[Any],
    known: Iterable[models.Model] = (),
) -> None:
    """Let ``row.name`` know its row, for each row and name: a ``known`` one, or among ``related``, read by one query.

    All that stand to a row share it, where a join would read and make the same row for each of them.
    """
    waiting: dict[int, list[tuple[models.Model, str]]] = {}
    for row in rows:
        for name in names:
            key = row.__dict__[f"{name}_id"]
            if key is not None:
                waiting.setdefault(key, []).append((row, name))
    found = {one.pk: one for one in known}
    if unknown := waiting.keys() - found.keys():
        found |= {one.pk: one for one in rows_by_key(related, list(unknown))}
    for key, those in waiting.items():
        for row, name in those:
            row._state.fields_cache[name] = found[key]


def prefetched(row: models.Model, name: str) -> list[Any]:
    """The rows of a relation to many that was prefetched, without the manager and the copy of its queryset that
    ``row.name.all()`` makes each time; read now where they were not."""
    known = row.__dict__.get("_prefetched_objects_cache", {}).get(name)
    return list(getattr(row, name).all() if known is None else known)


class _Known(models.QuerySet[Any]):
    """The rows of a relation to many that were read already. Whoever narrows or orders them asks the database."""

    def __init__(self, row: models.Model, name: str, model: type[models.Model], rows: list[Any]) -> None:
        super().__init__(model)
        self._row, self._name = row, name
        self._result_cache, self._prefetch_done = rows, True

    def _chain(self) -> Any:
        kept: dict[str, Any] = self._row.__dict__["_prefetched_objects_cache"]
        known = kept.pop(self._name)
        try:
            return getattr(self._row, self._name).get_queryset()
        finally:
            kept[self._name] = known


def keep_prefetched(row: models.Model, name: str, rows: list[Any]) -> None:
    """Let ``row.name.all()`` be these rows, which were read already, as ``prefetch_related`` does with what it reads.
    ``name`` is a relation to many.

    The relation's own manager, which is made anew for each row, is not asked for what it would ask.
    """
    model: Any = row._meta.get_field(name).related_model
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = _Known(row, name, model, rows)


def keep_related(row: models.Model, name: str, rows: list[Any]) -> None:
    """Let ``row.name.all()`` be these rows, which were read already, as ``prefetch_related`` does with what it reads.

    ``name`` is a relation from the many: each of the rows knows its ``row``.
    """
    relation: Any = getattr(row, name)
    for one in rows:
        one._state.fields_cache[relation.field.name] = row
    known = relation.all()
    known._result_cache, known._prefetch_done = rows, True
    row.__dict__.setdefault("_prefetched_objects_cache", {})[relation.field.remote_field.cache_name] = known


def row_with(rows: models.QuerySet[Any, R], column: str, value: str) -> R | None:
    """The row whose ``column`` (a unique text, of its own or of what it is joined with) has the value, with what
    ``rows`` fetches along; None where there is none among ``rows``."""
    asked: Any = rows
    question = None if asked.query.where else _with_column(asked, column)
    if question is None:
        first: R | None = asked.filter(**{column: value}).first()
        return first
    found = question.answered([value])
    complete(asked, found)
    if asked._prefetch_related_lookups:
        models.prefetch_related_objects(found, *asked._prefetch_related_lookups)
    return found[0] if found else None


def _with_column(rows: Any, column: str) -> _Question | None:
    """The kept question for one row by a column, see ``_whole``."""
    kind = _kind(rows)
    if kind is None:
        return None
    kept, stand_in = _kept(), str(_PLACE)
    if (kind, column) not in kept:
        question = _Question(_whole(rows).filter(**{column: stand_in}))
        if question.params != (stand_in,):
            raise ValueError(f"asked for more than a column: {question.sql}")
        kept[kind, column] = question
    return kept[kind, column]


def _by_key(rows: Any) -> _Question | None:
    """The kept question for rows by their keys, see ``_whole``."""
    kind, kept = _kind(rows), _kept()
    if kind is None:
        return None
    if kind not in kept:
        question = _Question(_whole(rows).filter(pk=_PLACE))
        if question.params != (_PLACE,) or question.sql.count(" = %s") != 1:
            raise ValueError(f"asked for more than a key: {question.sql}")
        among = " = ANY(%s)" if _on_postgres() else " IN (SELECT value FROM json_each(%s))"
        question.sql = question.sql.replace(" = %s", among)
        kept[kind] = question
    return kept[kind]


def _kind(rows: Any) -> tuple[Any, ...] | None:
    """What tells apart questions for rows that fetch such relations and columns along; None where ``rows`` holds more,
    as annotations. What rows are only narrowed by (``alias``) they do not hold."""
    query = rows.query
    if query.annotation_select or query.distinct or query.combinator or query.extra or query.select_related is True:
        return None
    if not issubclass(rows._iterable_class, Completed) and rows._iterable_class is not ModelIterable:
        return None
    if rows._known_related_objects:
        return None
    named, left = query.deferred_loading
    return rows.model, str(query.select_related), frozenset(named), left


def _whole(rows: Any) -> Any:
    """All rows of the model with the relations and columns that ``rows`` fetches along. Not ``rows`` itself: the joins
    of what it is narrowed by stay in it when the conditions are taken out."""
    whole = rows.model._default_manager.order_by()
    whole.query.select_related, whole.query.deferred_loading = rows.query.select_related, rows.query.deferred_loading
    return whole


def _on_postgres() -> bool:
    return connections["default"].vendor == "postgresql"


class _Question:
    """A query in SQL, with what turns its rows into what the ORM makes of them.

    Which columns become which attribute, and of which row, is found once: Django's iterables find it out anew each
    time, which takes as long as the answer.
    """

    def __init__(self, queryset: Any) -> None:
        self._queryset = queryset.using("default")
        compiler: SQLCompiler = self._queryset.query.get_compiler(using="default")
        self.sql, params = compiler.as_sql()
        self.params = tuple(params)
        self._rows = self._maker(compiler)

    def answered(self, params: list[Any]) -> list[Any]:
        connection = connections["default"]
        sql = self._prepared(connection, len(params)) if _on_postgres() else self.sql
        with run(connection, sql, params) as cursor:
            found = cursor.fetchall()
        return self._rows(found, connection)

    def _maker(self, compiler: SQLCompiler) -> Callable[[list[Any], Any], list[Any]]:
        kind = self._queryset._iterable_class
        if kind is ModelIterable and not self._queryset._known_related_objects:
            return Shape(compiler).rows_of
        columns = converted_columns(compiler)
        if kind is ValuesListIterable:
            return lambda found, connection: list(map(tuple, converted(found, columns, connection)))
        if kind is FlatValuesListIterable:
            return lambda found, connection: [row[0] for row in converted(found, columns, connection)]
        raise ValueError(f"neither rows nor columns are asked for: {self.sql}")

    def _prepared(self, connection: Any, count: int) -> str:
        """PostgreSQL plans a join of six tables for as long as answering it takes: its plan is kept, too."""
        # A session that the server has ended is noticed here: the next one knows no statement yet.
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        session = connection.connection
        known: dict[_Question, str] = session.__dict__.setdefault("_prepared_here", {})
        if self not in known:
            # Logs and locks tell the statement by its name alone.
            name = f"{self._queryset.model._meta.db_table}_{len(known)}"
            numbered = self.sql % tuple(f"${place}" for place in range(1, count + 1))
            # Once in a session and so none of the queries of a page: it passes by whatever counts or logs those.
            with connection.wrap_database_errors:
                session.execute(f"PREPARE {name} AS {numbered}")
            known[self] = f"EXECUTE {name}({', '.join(['%s'] * count)})" if count else f"EXECUTE {name}"
        return known[self]


def run(connection: Any, sql: str, params: Sequence[Any]) -> Any:
    """The cursor of a statement, for a connection of this thread.

    Django goes through seven calls for each (to guard threads, to log, to put other placeholders in), which takes
    SQLite's answer as long again. Where nobody logs or watches statements, it is asked without them.
    """
    if connection.force_debug_cursor or connection.execute_wrappers:
        cursor = connection.cursor()
        cursor.execute(sql, params)
        return cursor
    connection.validate_no_broken_transaction()
    on_sqlite = connection.vendor == "sqlite"
    if not on_sqlite:
        # A session that the server has ended is noticed here.
        connection.close_if_health_check_failed()
    if connection.connection is None:
        connection.ensure_connection()
    with connection.wrap_database_errors:
        if on_sqlite:
            return closing(connection.connection.execute(_with_question_marks(sql), params))
        cursor = connection.connection.cursor()
        cursor.execute(sql, params)
        return cursor


@lru_cache(maxsize=4096)
def _with_question_marks(sql: str) -> str:
    return FORMAT_QMARK_REGEX.sub("?", sql).replace("%%", "%")


def _kept() -> dict[Any, _Question]:
    # A connection belongs to one thread, and so does what is kept with it.
    kept: dict[Any, _Question] = connections["default"].__dict__.setdefault("_asked", {})
    return kept
