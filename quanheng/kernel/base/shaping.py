"""What the database has answered, made into rows of models: the same as the ORM makes of it, each row once.

Django makes an object for each relation of each row, although fifty lines of a list belong to one laboratory, and it
converts the columns of each of them. Here rows of one answer share the row that several of them point to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connections, models
from django.db.models.sql.compiler import SQLCompiler

# The place of a column in the answer, what converts its value one after the other, and the column itself.
_Converted = tuple[int, list[Any], Any]
_Answered = tuple[Any, ...]


def converted_columns(compiler: SQLCompiler) -> list[_Converted]:
    """The columns of a query whose values are not taken as the driver gives them."""
    converters = compiler.get_converters([column for column, *_rest in compiler.select])
    return [(at, [_lighter(one) for one in found], column) for at, (found, column) in converters.items()]


def converted(rows: Iterable[_Answered], columns: list[_Converted], connection: Any) -> Iterable[Any]:
    """The rows of an answer with the values of those columns converted."""
    if not columns:
        return rows
    return (_row_converted(row, columns, connection) for row in rows)


def _row_converted(row: _Answered, columns: list[_Converted], connection: Any) -> list[Any]:
    values = list(row)
    for at, converters, column in columns:
        value = values[at]
        for convert in converters:
            value = convert(value, column, connection)
        values[at] = value
    return values


def _lighter(convert: Any) -> Any:
    """What a moment needs in SQLite, which Django keeps in UTC: the driver has read it, and it lacks its zone. Django's
    own asks five questions more of each, and each row has several."""
    connection = connections["default"]
    operations: Any = connection.ops
    if connection.vendor == "postgresql" or convert != operations.convert_datetimefield_value:
        return convert

    def in_utc(value: Any, column: Any, connection: Any) -> Any:
        if type(value) is datetime and connection.timezone is UTC:
            return value.replace(tzinfo=UTC)
        return convert(value, column, connection)

    return in_utc


class Shape:
    """How an answer becomes rows of a model: which columns are its own, and which those of the rows it points to."""

    def __init__(self, compiler: SQLCompiler) -> None:
        known: Any = compiler.klass_info
        columns = converted_columns(compiler)
        self._whole = _Part(known, compiler.select, columns)
        self._annotated = list((compiler.annotation_col_map or {}).items())
        annotations = {at for _name, at in self._annotated}
        self._converted = [one for one in columns if one[0] in annotations]

    def rows_of(self, answer: Iterable[_Answered], connection: Any) -> list[Any]:
        """The rows of an answer, annotated as the query says."""
        make = self._whole.maker(connection)
        if not self._annotated:
            return [make(values) for values in answer]
        made = []
        for values in answer:
            one = make(values)
            row = _row_converted(values, self._converted, connection) if self._converted else values
            for name, at in self._annotated:
                one.__dict__[name] = row[at]
            made.append(one)
        return made


class _Part:
    """The columns of an answer that make a row of one model, and the parts that it points to."""

    def __init__(self, known: Any, select: Any, columns: list[_Converted]) -> None:
        if known.get("from_parent"):
            raise ValueError(f"{known['model']} has its columns in several tables")
        self._model: type[models.Model] = known["model"]
        fields = known["select_fields"]
        self._first, self._end = fields[0], fields[-1] + 1
        self._names = [select[at][0].target.attname for at in range(self._first, self._end)]
        # Where its key is: None there means that the answer holds no such row.
        self.key_at = self._first + self._names.index(self._model._meta.pk.attname)
        self._converted = [
            (at - self._first, converters, column)
            for at, converters, column in columns
            if self._first <= at < self._end
        ]
        self._related = [_Related(one, select, columns) for one in known.get("related_klass_infos", ())]

    def maker(self, connection: Any) -> Callable[[_Answered], Any]:
        """What makes rows of one answer; the next answer has a maker of its own."""
        first, end, names, related = self._first, self._end, self._names, self._related
        convert, from_db, alias = self._converted, self._model.from_db, connection.alias
        fillers = [one.filler(connection) for one in related]

        def make(answered: _Answered) -> Any:
            values: Any = answered[first:end]
            if convert:
                values = _row_converted(values, convert, connection)
            row = from_db(alias, names, values)
            for fill in fillers:
                fill(answered, row)
            return row

        return make


class _Related:
    """A relation to one that was read along."""

    def __init__(self, known: Any, select: Any, columns: list[_Converted]) -> None:
        self._part = _Part(known, select, columns)
        self._near, self._far = known["local_setter"], known["remote_setter"]
        self._name = known["field"].cache_name
        # A row that knows who points to it is one's own.
        self._shared = not known["field"].unique and not known["reverse"]

    def filler(self, connection: Any) -> Callable[[_Answered, Any], None]:
        """What lets the rows of one answer know what they point to."""
        make, key_at, near, far = self._part.maker(connection), self._part.key_at, self._near, self._far
        if not self._shared:

            def fill(answered: _Answered, row: Any) -> None:
                pointed = None if answered[key_at] is None else make(answered)
                near(row, pointed)
                if pointed is not None:
                    far(pointed, row)

            return fill
        known: dict[Any, Any] = {None: None}
        name = self._name

        def share(answered: _Answered, row: Any) -> None:
            key = answered[key_at]
            if key not in known:
                known[key] = make(answered)
            row._state.fields_cache[name] = known[key]

        return share
