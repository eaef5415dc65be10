"""What is asked of a register, read from an address, and the rows that answer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import FieldError, Invalid, SignInNeeded
from quanheng.kernel.base.keyset import Order, ordered_slice
from quanheng.kernel.base.paging import Slice
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.registers.declare import Column, Filter, Register

LONGEST_TEXT = 100


@dataclass(frozen=True)
class Asked:
    """What is asked: words, filters by key (only those in force), the order, the columns by key."""

    text: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""
    columns: tuple[str, ...] = ()

    def query(self) -> str:
        """The address that asks the same, without a place in the list; empty for nothing."""
        pairs = [("q", self.text), *((key, _written(value)) for key, value in self.filters.items())]
        pairs += [("sort", self.sort), ("cols", ",".join(self.columns))]
        return urlencode([(key, value) for key, value in pairs if value])


def _written(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return "1" if value is True else str(value)


def ask(register: Register, given: Mapping[str, Any], *, strict: bool = True) -> Asked:
    """What an address asks of a register.

    ``strict`` raises Invalid naming each parameter that means nothing; otherwise such a parameter asks for nothing,
    as befits a person's address bar and a saved view whose column is gone.
    """
    errors: list[FieldError] = []
    filters = {}
    for one in register.filters:
        try:
            value = _value(one, given.get(one.key))
        except Invalid as refusal:
            errors += refusal.errors
            continue
        if value:
            filters[one.key] = value
    text = str(given.get("q") or "").strip()
    if "\x00" in text or len(text) > LONGEST_TEXT or (text and register.search is None):
        errors.append(FieldError("q", filled(_("请用不超过 %(longest)s 个字的词来查。"), longest=LONGEST_TEXT)))
        text = ""
    sort = str(given.get("sort") or "")
    if sort and sort.removeprefix("-") not in register.sorts():
        errors.append(FieldError("sort", filled(_("不能按此排序，可选：%(keys)s。"), keys=listed(register.sorts()))))
        sort = ""
    wanted = [key for key in str(given.get("cols") or "").split(",") if key]
    if unknown := [key for key in wanted if key not in register.by_key]:
        errors.append(
            FieldError("cols", filled(_("没有这些列：%(keys)s。"), keys=listed(one[:40] for one in unknown[:10])))
        )
    if strict and errors:
        raise Invalid(errors[0].message, errors=errors)
    # In the order of the declaration, each once.
    columns = tuple(column.key for column in register.columns if column.key in wanted)
    return Asked(text, filters, sort, columns)


def _value(one: Filter, given: Any) -> Any:
    if given is None or given == "":
        return None
    if one.kind is bool:
        return given is True or str(given).lower() in ("1", "true", "yes", "on")
    if one.kind is date and not isinstance(given, date):
        try:
            return date.fromisoformat(str(given))
        except ValueError:
            sentence = _("“%(text)s”不是日期，请写成 2026-01-31 的样子。")
            raise Invalid.field(one.key, filled(sentence, text=str(given)[:40])) from None
    if one.kind is str:
        text = str(given).strip()
        if "\x00" in text or len(text) > one.longest:
            raise Invalid.field(one.key, filled(_("最多 %(longest)s 个字，请缩短。"), longest=one.longest))
        return text
    return given


def rows_of(register: Register, actor: Actor, asked: Asked) -> QuerySet[Any]:
    """The rows that answer, without an order. Raises Invalid for a value that a filter refuses, SignInNeeded."""
    if register.signed_in and not actor.signed_in and not actor.system:
        raise SignInNeeded(_("请先登录再查看该登记册。"))
    rows = register.rows(actor)
    by_key = {one.key: one for one in register.filters}
    decided = getattr(register.search, "decides", ()) if asked.text.strip() else ()
    for key, value in asked.filters.items():
        # What the search index decides, it decides while it finds the words; here the value is only looked at.
        narrower = by_key[key].apply(rows, value)
        rows = rows if key in decided else narrower
    if asked.text and register.search:
        rows = register.search(rows, asked.text, asked.filters)
    return rows


def order_of(register: Register, asked: Asked) -> Order:
    """The order that is asked for, or the register's own."""
    if not asked.sort:
        return Order.read(register.order)
    return Order(register.sorts()[asked.sort.removeprefix("-")], asked.sort.startswith("-"))


def page(register: Register, rows: QuerySet[Any], asked: Asked, cursor: str, limit: int) -> Slice:
    """One page of the rows in the order asked for. Raises Invalid for a cursor that is none."""
    return ordered_slice(rows, cursor, limit, order_of(register, asked))


def shown_columns(register: Register, asked: Asked) -> Sequence[Column]:
    """The columns of a page: those chosen, with the first always; by default all that are not hidden."""
    if not asked.columns:
        return [column for column in register.columns if not column.hidden]
    return [column for column in register.columns if column.key in asked.columns or column is register.columns[0]]
