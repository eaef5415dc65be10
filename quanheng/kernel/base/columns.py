"""A column of values as Django hands it to the database's driver, and what no database can hold refused.

Values of the usual type pass as they are, whole columns at a time; others go through their field one by one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any, NoReturn

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import FieldError
from quanheng.kernel.base.texts import filled
from quanheng.kernel.base.unstorable import Unstorable

# Python's driver for SQLite looks in five places how nothing and truth are stored, half a microsecond for each value:
# of a row with a dozen of them half of what storing it takes. Told once, it does not look.
sqlite3.register_adapter(NoneType, lambda nothing: nothing)
sqlite3.register_adapter(bool, int)

Field = models.Field[Any, Any]
Values = Sequence[Any]
_TEXTS = (models.CharField, models.TextField, models.SlugField, models.URLField, models.EmailField)
_INTEGERS = (
    *(models.IntegerField, models.BigIntegerField, models.SmallIntegerField, models.PositiveIntegerField),
    *(models.PositiveBigIntegerField, models.PositiveSmallIntegerField),
    *(models.AutoField, models.BigAutoField, models.SmallAutoField),
)
# Equal values of one of these types are stored alike, so that each is converted once.
_ALIKE = (str, int, date, Decimal)


def adapted(field: Field, values: Values, before: int) -> Values:
    """A column's values as Django would hand them to the driver; most kinds as they are."""
    kinds = set(map(type, values))
    kinds.discard(type(None))
    stored = _stored_as(field)
    if not kinds <= plain_types(field):
        values = _converted(field, values, kinds)
    if type(stored) in _TEXTS:
        _check_texts(field, stored, values, before)
    elif type(stored) in _INTEGERS:
        _check_integers(field, stored, values, before)
    return values


def _stored_as(field: Field) -> Field:
    """The field that decides how values are kept: of a key, that of the row it names."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field


def plain_types(field: Field) -> frozenset[type]:
    """The types whose values Django hands on unchanged. Kinds of fields that are not known here have none."""
    kept: dict[str, frozenset[type]] = field.__dict__
    if "_plain_types" not in kept:
        kept["_plain_types"] = frozenset(_plain(_stored_as(field)))
    return kept["_plain_types"]


def _plain(field: Field) -> set[type]:
    kind = type(field)
    if kind in _TEXTS:
        return {str, NoneType}
    if kind in _INTEGERS:
        return {int, NoneType}
    if kind is models.FloatField:
        return {float, NoneType}
    if kind is models.BooleanField:
        return {bool, NoneType}
    if kind is models.DateField and connection.vendor == "postgresql":
        return {date, NoneType}
    return set()


def _converted(field: Field, values: Values, kinds: set[type]) -> Values:
    """Values one by one through the field; equal values of one type once only."""
    convert = _converter(field)
    if len(kinds) == 1 and issubclass(next(iter(kinds)), _ALIKE):
        known = {value: convert(value) for value in set(values)}
        return [known[value] for value in values]
    return [convert(value) for value in values]


def _converter(field: Field) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        adapted = field.get_db_prep_save(value, connection)
        # Choices are texts of a type of their own, for which COPY would look up its own writing.
        return str.__str__(adapted) if isinstance(adapted, str) else adapted

    return convert


def _check_texts(field: Field, stored: Field, values: Values, before: int) -> None:
    """Refuse alike on every database what one of them cannot hold: texts too long, U+0000, half of a pair."""
    texts = [text for text in values if text is not None]
    longest = stored.max_length
    if longest is not None and max(map(len, texts), default=0) > longest:
        wrong = next(place for place, text in enumerate(values) if text is not None and len(text) > longest)
        _unfit(field, before + wrong, filled(_("最多 %(longest)s 个字，请缩短。"), longest=longest))
    try:
        if b"\x00" not in "".join(texts).encode():
            return
    except UnicodeEncodeError:
        pass
    wrong = next(place for place, text in enumerate(values) if text is not None and not _storable(text))
    _unfit(field, before + wrong, _("含有不可见的控制字符，请删除。"))


def _storable(text: str) -> bool:
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


def _check_integers(field: Field, stored: Field, values: Values, before: int) -> None:
    low, high = connection.ops.integer_field_ranges[stored.get_internal_type()]
    numbers = [number for number in values if number is not None]
    if numbers and (min(numbers) < low or max(numbers) > high):
        wrong = next(place for place, number in enumerate(values) if number is not None and not low <= number <= high)
        _unfit(field, before + wrong, filled(_("应为 %(low)s 到 %(high)s 之间的整数。"), low=low, high=high))


def _unfit(field: Field, place: int, message: Any) -> NoReturn:
    error = FieldError(field.attname, message, place + 1)
    raise Unstorable(
        filled(_("第 %(row)s 行的“%(field)s”：%(message)s"), row=place + 1, field=field.verbose_name, message=message),
        errors=[error],
    )
