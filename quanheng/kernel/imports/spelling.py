"""Cells in the spellings that people use, brought to the one that the services read: labels of choices, dates, yes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import in_language
from quanheng.kernel.base.texts import filled
from quanheng.kernel.imports.kinds import ImportColumn, ImportKind
from quanheng.kernel.imports.matching import plain

# 2026-03-05, 2026/3/5, 2026.3.5, 2026年3月5日, 20260305, and a time of midnight behind it.
_DAY = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[ T]00:00(?::00)?)?")
# Days since 1899-12-30, as spreadsheets count them: 1954 to 2119.
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.0+)?")
_EPOCH = date(1899, 12, 30)
_YES = {"yes", "y", "true", "是", "√", "✓", "1", "有"}
_NO = {"no", "n", "false", "否", "×", "✗", "0", "无"}
_NUMBER = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")

Spell = Callable[[str], str]


@lru_cache(maxsize=4096)
def _day(text: str) -> str:
    found = _DAY.fullmatch(text)
    if found is None:
        return text
    year, month, day, month_short, day_short = found.groups()
    try:
        return date(int(year), int(month or month_short), int(day or day_short)).isoformat()
    except ValueError:
        return text


def _flag(text: str) -> str:
    word = text.casefold()
    return "yes" if word in _YES else "no" if word in _NO else text


def _number(text: str) -> str:
    """A whole amount with separators of thousands; what else there is the service judges."""
    return text.replace(",", "") if _NUMBER.fullmatch(text) else text


def _choice(column: ImportColumn) -> Spell:
    known: dict[str, str] = {}
    for value, label in column.choices:
        for word in (value, *(in_language(label, language) for language in ("zh-hans", "en"))):
            known.setdefault(plain(word, whole=True), value)
            known.setdefault(plain(word), value)
    return lambda text: known.get(text) or known.get(plain(text, whole=True)) or known.get(plain(text)) or text


def _several(one: Spell) -> Spell:
    return lambda text: ";".join(one(part.strip()) for part in re.split(r"[;；,，、]", text) if part.strip())


def spells(kind: ImportKind) -> Mapping[str, Spell]:
    """For each column that has several spellings, what brings them to one."""
    found: dict[str, Spell] = {}
    for column in kind.columns:
        if column.choices and column.kind == "many":
            found[column.name] = _several(_choice(column))
        elif column.choices:
            found[column.name] = lru_cache(maxsize=1024)(_choice(column))
        elif column.kind == "date":
            found[column.name] = _day
        elif column.kind == "flag":
            found[column.name] = _flag
        elif column.kind == "number":
            found[column.name] = _number
    return found


def serial_day(text: str) -> date | None:
    """The day that a spreadsheet means by a number; None where it is hardly one."""
    return _EPOCH + timedelta(days=int(float(text))) if _SERIAL.fullmatch(text) else None


def serial_message(text: str, day: date) -> Any:
    """What to say of a date that came as a number."""
    told = _(
        "“%(text)s”是电子表格内部的日期序号，很可能是 %(day)s。"
        "请核对后改成日期，或在表格中将该列设为日期格式后重新上传。"
    )
    return filled(told, text=text, day=day)


def choice_message(text: str, column: ImportColumn) -> Any:
    """What to say of a word that is none of a column's choices: these, as people call them."""
    labels = [label for _value, label in column.choices]
    return filled(_("“%(text)s”不在可选值之中，可填：%(choices)s。"), text=text[:40], choices=_joined(labels))


def _join(labels: Sequence[Any]) -> str:
    return " / ".join(map(str, labels))


_joined = lazy(_join, str)


class Naming:
    """Turns the cells of a file's rows into rows by column names, as a mapping says."""

    def __init__(self, kind: ImportKind, mapping: Mapping[str, Mapping[str, Any]], width: int) -> None:
        spell = spells(kind)
        self.width = width
        self.spell = spell
        self.fixed: dict[str, str] = {column.name: "" for column in kind.columns}
        for name, choice in mapping.items():
            if "value" in choice:
                text = str(choice["value"])
                self.fixed[name] = spell[name](text) if name in spell else text
        places = [(name, choice["column"]) for name, choice in mapping.items() if "column" in choice]
        self.plain = [(name, place) for name, place in places if name not in spell]
        self.spelt = [(name, place, spell[name]) for name, place in places if name in spell]
        self.needed = max((place for _name, place in places), default=-1) + 1
        self.dates = [column.name for column in kind.columns if column.kind == "date"]
        self.choices = {
            column.name: (column, {value for value, _label in column.choices})
            for column in kind.columns
            if column.choices and column.kind != "many"
        }

    def row(self, cells: Sequence[str], mended: Mapping[str, str] | None = None) -> dict[str, str]:
        """One row; ``mended`` holds what was put in by hand."""
        if len(cells) < self.needed:
            cells = [*cells, *[""] * (self.needed - len(cells))]
        row = self.fixed.copy()
        for name, place in self.plain:
            row[name] = cells[place]
        for name, place, spell in self.spelt:
            text = cells[place]
            row[name] = spell(text) if text else text
        for name, text in (mended or {}).items():
            if name in row:
                row[name] = self.spell[name](text) if name in self.spell and text else text
        return row
