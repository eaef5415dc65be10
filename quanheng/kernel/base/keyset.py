"""Keyset pages in any order: by a column and then by the key, forwards and backwards.

Nothing (NULL) counts as smaller than everything, on every database. The conditions are written so that an index
over (column, key) is walked from the place where the last page ended, however far down the list that is.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, FloatField, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.paging import MAX_LIMIT, Slice, keys_of_each, rows_with, slice_of

LONGEST = 600


@dataclass(frozen=True)
class Order:
    """By a column of the model (``pk``: by the key alone), ascending or descending."""

    column: str = "pk"
    descending: bool = True

    @classmethod
    def read(cls, text: str) -> Order:
        """``-name`` is descending."""
        return cls(text.removeprefix("-"), text.startswith("-"))


def ordered_slice(rows: QuerySet[Any], cursor: str, limit: int, order: Order) -> Slice:
    """``limit`` rows in an order, after or before the cursor. Raises Invalid for a cursor that is none."""
    if order == Order():
        return slice_of(rows, cursor, limit)
    limit = max(1, min(limit, MAX_LIMIT))
    column = None if order.column == "pk" else rows.model._meta.get_field(order.column)
    way, value, key = _read(cursor, column) if cursor else ("", None, 0)
    back = way == "b"
    down = order.descending != back
    parts = _parts(column, way, value, key, down)
    found_keys = keys_of_each([rows.filter(part).order_by(*terms)[: limit + 1] for part, terms in parts])
    keys = [one for part in found_keys for one in part]
    more, keys = len(keys) > limit, keys[:limit]
    if back:
        keys.reverse()
    found = rows_with(rows, keys)
    after, before = (bool(found), more) if back else (more, bool(way) and bool(found))
    return Slice(
        items=found,
        next=_write("a", found[-1], column) if after else "",
        previous=_write("b", found[0], column) if before else "",
    )


def _parts(column: Field[Any, Any] | None, way: str, value: Any, key: int, down: bool) -> list[tuple[Q, list[str]]]:
    """What is left of the list in the direction of reading, with its order: in one part or in two.

    Rows without a value are a part of their own: no index is walked for "less than this, or nothing at all", and
    PostgreSQL's puts nothing at the other end.
    """
    by_key = ["-pk" if down else "pk"]
    past = (Q(pk__lt=key) if down else Q(pk__gt=key)) if way else Q()
    if column is None:
        return [(past, by_key)]
    name = column.name
    by_value = [f"-{name}" if down else name, *by_key]
    nothing, something = Q(**{f"{name}__isnull": True}), Q(**{f"{name}__isnull": False})
    if way and value is None:
        return [(nothing & past, by_key)] if down else [(nothing & past, by_key), (something, by_value)]
    if way:
        # "At most" narrows the index; the rest decides among equals.
        at_most, beyond = ("lte", "lt") if down else ("gte", "gt")
        left = Q(**{f"{name}__{at_most}": value}) & (Q(**{f"{name}__{beyond}": value}) | past)
    else:
        left = something if column.null else Q()
    if not column.null or (way and not down):
        return [(left, by_value)]
    return [(left, by_value), (nothing, by_key)] if down else [(nothing, by_key), (left, by_value)]


def _write(way: str, row: Any, column: Field[Any, Any] | None) -> str:
    value = None if column is None else getattr(row, column.attname)
    if isinstance(value, date | datetime):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = str(value)
    return way + base64.urlsafe_b64encode(json.dumps([value, row.pk]).encode()).decode().rstrip("=")


def _read(cursor: str, column: Field[Any, Any] | None) -> tuple[str, Any, int]:
    try:
        if cursor[:1] not in ("a", "b") or len(cursor) > LONGEST:
            raise ValueError
        padded = cursor[1:] + "=" * (-len(cursor[1:]) % 4)
        value, key = json.loads(base64.urlsafe_b64decode(padded))
        if isinstance(key, bool) or not isinstance(key, int) or not 0 <= key < 2**63:
            raise ValueError
        if isinstance(value, list | dict) or (isinstance(value, str) and "\x00" in value):
            raise ValueError
        if isinstance(value, float) and not (isinstance(column, FloatField) and isfinite(value)):
            raise ValueError
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise ValueError
        if column is None or value is None:
            if column is not None and not column.null:
                raise ValueError
            return cursor[0], None, key
        meant = column.to_python(value)
        if isinstance(meant, datetime) and meant.tzinfo is None:
            raise ValueError
        return cursor[0], meant, key
    except (ValueError, TypeError, binascii.Error, UnicodeError, RecursionError, ValidationError):
        raise Invalid.field("cursor", _("翻页位置无效，请回到第一页。")) from None
