"""The table of a register, written in Python: a page of fifty rows passes through no template."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from html import escape
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from quanheng.kernel.base.html import markup, moment
from quanheng.kernel.base.texts import listed
from quanheng.kernel.registers.declare import Column, Register

EMPTY = "—"


def cell(column: Column, row: Any) -> Any:
    """The markup or text of one cell; escape it unless it is markup."""
    if column.show:
        return column.show(row)
    value = column.reads(row)
    if value is None or value == "":
        return EMPTY
    if isinstance(value, date):
        return moment(value)
    if value is True or value is False:
        return _("是") if value else _("否")
    if isinstance(value, list):
        return str(listed(value)) or EMPTY
    return value


def body(register: Register, columns: Sequence[Column], rows: Iterable[Any], *, select: bool = False) -> SafeString:
    """The rows of a table; with ``select`` each has a box to tick, named ``uid``."""
    # A label belongs to the whole column: it is translated and escaped once.
    openings = [_opening(column) for column in columns]
    first, *others = columns
    written: list[str] = []
    for row in rows:
        written.append("<tr>")
        if select:
            written.append(f'<td class="select">{_tick(row, first)}</td>')
        written.append(f"{openings[0]}{_first(register, first, row)}</td>")
        for opening, column in zip(openings[1:], others, strict=True):
            shown = _markup(cell(column, row))
            written.append(f"{opening}{shown or EMPTY}</td>")
        written.append("</tr>")
    # Every piece above is escaped or markup of ours.
    return mark_safe("".join(written))


def _markup(shown: Any) -> str:
    """What is shown as markup. Most cells are plain texts: escaped without asking what else they might be."""
    if type(shown) is str:
        return escape(shown)
    if type(shown) is SafeString:
        return shown
    return "" if shown is None else conditional_escape(shown)


def _opening(column: Column) -> str:
    classes = " ".join(name for name, holds in (("n", column.number), ("code", column.code)) if holds)
    shape = f' class="{classes}"' if classes else ""
    return format_html('<td{} data-label="{}">', mark_safe(shape), column.label)


def _first(register: Register, column: Column, row: Any) -> str:
    shown = _markup(cell(column, row))
    url = register.url(row) if register.url else ""
    if url:
        shown = f'<a class="row-link" href="{escape(url)}">{shown}</a>'
    below = _markup(register.sub(row)) if register.sub else ""
    return f'{shown}<span class="sub">{below}</span>' if below else shown


def _tick(row: Any, column: Column) -> SafeString:
    label = _("选中 %(name)s") % {"name": column.reads(row)}
    return markup('<input type="checkbox" name="uid" value="{}" aria-label="{}">', row.uid, label)


def head(columns: Sequence[Column], sort: str, address: Callable[[str], str], *, select: bool = False) -> SafeString:
    """The head of the table: units in it, numbers right, a link where the column sorts."""
    cells = [format_html('<th scope="col" class="select"><span class="visually-hidden">{}</span></th>', _("选中"))]
    if not select:
        cells.clear()
    for column in columns:
        label: Any = column.label
        if column.unit:
            label = format_html('{} <span class="unit">/ {}</span>', label, column.unit)
        right = mark_safe(' class="n"') if column.number else ""
        if not column.sort:
            cells.append(format_html('<th scope="col"{}>{}</th>', right, label))
            continue
        turned = f"-{column.key}" if sort == column.key else column.key
        order = {column.key: "ascending", f"-{column.key}": "descending"}.get(sort, "none")
        cells.append(
            format_html(
                '<th scope="col"{} aria-sort="{}"><a href="?{}">{}</a></th>', right, order, address(turned), label
            )
        )
    return mark_safe("".join(cells))
