"""The results of an order as an editable grid, and what the grid sends back."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from quanheng.domains.testing.models import Order
from quanheng.domains.testing.queries import results_of, usable_instruments
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import FieldError, Invalid
from quanheng.kernel.requirements.models import Requirement
from quanheng.kernel.results.models import Result
from quanheng.kernel.results.services import MAX_ROWS, Entered
from quanheng.science.quantities import units_of

# What can be filled in, as the grid and its files show it: key, label, kind.
COLUMNS = (
    ("value", gettext_lazy("结果"), "text"),
    ("unit", gettext_lazy("单位"), "select"),
    ("uncertainty", "U", "number"),
    ("k", "k", "number"),
    ("instrument", gettext_lazy("测量设备"), "select"),
    ("measured_on", gettext_lazy("检测日期"), "text"),
    ("pieces", gettext_lazy("检测件数"), "number"),
    ("environment", gettext_lazy("环境条件"), "text"),
    ("remark", gettext_lazy("备注"), "text"),
)
_TEXTS = ("value", "unit", "uncertainty", "k", "pieces", "environment", "remark")
# Dates as spreadsheets and people write them: 2026-03-05, 2026/3/5, 2026.3.5, 2026年3月5日, 20260305.
_DAY = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))")


def _units(result: Result) -> list[tuple[str, str]]:
    if not result.item.quantity:
        return [("", "—")]
    first = [unit for unit in (result.limit_unit, result.item.unit) if unit]
    symbols = dict.fromkeys([*first, *(unit.symbol for unit in units_of(result.item.quantity))])
    return [(symbol, symbol) for symbol in symbols]


def grid_of(order: Order, actor: Actor, today: date) -> dict[str, Any]:
    """What ``components/results_grid.html`` shows: a row for each planned result, instruments usable today."""
    english = (get_language() or "").startswith("en")
    usable = [
        (one.uid, f"{(english and one.name_en) or one.name_zh} {one.serial}")
        for one in usable_instruments(actor, order, today)
    ]
    choices: dict[str, list[tuple[str, str]]] = {"instrument": [("", "—"), *usable]}
    rows = []
    for result in results_of(order.case_id):
        used = [one.uid for one in result.instruments.all()]
        observed = not result.item.quantity
        cells = {name: str(getattr(result, name) or "") for name in _TEXTS}
        cells["unit"] = result.unit or ("" if observed else result.limit_unit or result.item.unit)
        cells["k"] = result.k or ("" if observed else "2")
        cells["instrument"] = used[0] if used else ""
        cells["measured_on"] = result.measured_on.isoformat() if result.measured_on else today.isoformat()
        rows.append(
            {
                "id": str(result.position),
                "label": result.item.name_en if english else result.item.name_zh,
                "sub": _limit_words(result, english),
                "cells": cells,
                "choices": {"unit": _units(result)},
            }
        )
    return {
        "id": "results",
        "head": _("项目"),
        "save": f"/orders/{order.case.uid}/rows/",
        "version": order.case.changed_at.isoformat(),
        "columns": [
            {"key": key, "label": label, "kind": kind, "choices": choices.get(key, [])} for key, label, kind in COLUMNS
        ],
        "rows": rows,
    }


def _limit_words(result: Result, english: bool) -> str:
    words = result.limit_text_en if english else result.limit_text_zh
    standard = result.standard.number if result.standard else result.method.number
    if result.limit == Requirement.Limit.REPORT and not words:
        words = _("仅报告结果")
    return f"{words} · {standard} {result.clause}".strip()


def rows_of(order: Order, body: bytes) -> list[Entered]:
    """The rows that a grid sent. Raises Invalid where the message or a date cannot be read; rows count from 0."""
    unreadable = Invalid(_("发送的内容无法读取，请刷新页面后重试。"))
    try:
        sent = json.loads(body)
        given = sent["rows"]
        if not isinstance(given, list) or len(given) > MAX_ROWS:
            raise unreadable
        rows, errors = [], []
        for place, row in enumerate(given):
            try:
                rows.append(_row(row, day_of(str(row.get("measured_on", "")))))
            except NotADay:
                errors.append(FieldError("measured_on", _("日期请写成 2026-03-05 的形式。"), place))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise unreadable from None
    if errors:
        raise Invalid(_("有 %(count)s 处需要修改，全部结果尚未保存。") % {"count": len(errors)}, errors=errors)
    return rows


def _row(row: dict[str, str], measured_on: date | None) -> Entered:
    instrument = str(row.get("instrument", "")).strip()
    return Entered(
        position=int(row["id"]),
        **{name: str(row.get(name, "")) for name in _TEXTS},
        instruments=(instrument,) if instrument else (),
        measured_on=measured_on,
    )


class NotADay(Exception):
    """A cell for a date holds something else."""


def day_of(text: str) -> date | None:
    """The day that was typed or pasted; None for an empty cell. Raises NotADay.

    >>> day_of("2026/3/5"), day_of(" ")
    (datetime.date(2026, 3, 5), None)
    """
    text = text.strip()
    if not text:
        return None
    found = _DAY.fullmatch(text)
    if found is None:
        raise NotADay(text)
    year, month, day, month_short, day_short = found.groups()
    try:
        return date(int(year), int(month or month_short), int(day or day_short))
    except ValueError:
        raise NotADay(text) from None
