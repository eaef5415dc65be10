"""What a table does not take, told so that whoever loads can mend it: row, columns, what, how."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, DataError, IntegrityError, connection, models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import FieldError, Invalid
from quanheng.kernel.base.texts import filled, listed

# Of SQLite's messages: "UNIQUE constraint failed: parties_organisation.uscc", "CHECK constraint failed: name".
_SQLITE = re.compile(r"(UNIQUE|CHECK|NOT NULL) constraint failed: (?:index '(?P<index>\w+)'|(?P<what>.+))")
_KINDS = {"23505": "UNIQUE", "23514": "CHECK", "23502": "NOT NULL"}
# Of PostgreSQL's: "COPY parties_organisation, line 3, column uscc: …".
_LINE = re.compile(r"COPY \w+, line (\d+)")


class Unstorable(Invalid):
    """The table does not take a row; ``errors`` name row (from 1) and columns, nothing of the load is kept.

    ``constraint`` is the broken constraint's name where the database gives it, "" elsewhere.
    """

    def __init__(self, message: Any, *, errors: Sequence[FieldError] = (), constraint: str = "") -> None:
        super().__init__(message, errors=errors, code="unstorable")
        self.constraint = constraint


class Broken(Exception):
    """A row broke a rule of its table: raised where it is noticed, explained once the transaction is taken back."""

    def __init__(self, kind: str, constraint: str, columns: Sequence[str], row: int | None) -> None:
        super().__init__(kind)
        self.kind, self.constraint, self.columns, self.row = kind, constraint, columns, row


def broken(error: DatabaseError, row: int | None, before: int) -> Broken | None:
    """What the error says of a row, the one at ``row`` where the error does not say; None for another trouble.

    ``before`` rows were stored ahead of the statement that failed.
    """
    if not isinstance(error, IntegrityError | DataError):
        return None
    diag = getattr(error.__cause__, "diag", None)
    if diag is not None:
        line = _LINE.search(diag.context or "")
        row = before + int(line.group(1)) if line else row
        columns = [diag.column_name] if diag.column_name else []
        return Broken(_KINDS.get(diag.sqlstate or "", ""), diag.constraint_name or "", columns, row)
    found = _SQLITE.match(str(error))
    if found is None:
        return Broken("", "", [], row)
    kind, what = found.group(1), found.group("what")
    if kind == "CHECK":
        return Broken(kind, what, [], row)
    if what is None:
        return Broken(kind, found.group("index"), [], row)
    return Broken(kind, "", [part.rsplit(".", 1)[1] for part in what.split(", ")], row)


def explained(model: type[models.Model], found: Broken) -> Unstorable:
    """The refusal. Asks the database which columns a constraint is on."""
    constraint, columns = found.constraint, list(found.columns)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        known: dict[str, Any] = connection.introspection.get_constraints(cursor, table)
    if constraint and not columns:
        columns = list(known.get(constraint, {}).get("columns") or ())
    if not constraint and found.kind == "UNIQUE":
        names = (name for name, one in known.items() if one["unique"] and set(one["columns"]) == set(columns))
        constraint = next(names, "")
    fields = {field.column: field for field in model._meta.local_concrete_fields}
    named = [fields[column] for column in columns if column in fields]
    told = listed([field.verbose_name for field in named])
    message = filled(_said(found.kind), columns=told, constraint=constraint)
    if found.row is None:
        return Unstorable(message, constraint=constraint)
    errors = [FieldError(field.attname, message, found.row) for field in named] or [FieldError("", message, found.row)]
    whole = filled(_("第 %(row)s 行：%(message)s全部未保存。"), row=found.row, message=message)
    return Unstorable(whole, errors=errors, constraint=constraint)


def _said(kind: str) -> Any:
    if kind == "UNIQUE":
        return _("“%(columns)s”已登记过或在本批中重复，请删除该行或改正。")
    if kind == "NOT NULL":
        return _("“%(columns)s”为空，请填写。")
    if kind == "CHECK":
        return _("“%(columns)s”不符合规则 %(constraint)s，请核对这些列的值。")
    return _("数据库不接受该行的值，请核对。")
