"""Reading rows of text cell by cell: each wrong cell is named (row, field, what, mend), then nothing is stored."""

from __future__ import annotations

import csv
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import FieldError, Invalid, bilingual
from quanheng.kernel.base.texts import filled, listed
from quanheng.science.errors import ScienceError

T = TypeVar("T")
Row = Mapping[str, str]
# Enough to mend a file by; more would only say the same again.
MAX_ERRORS = 100
MAX_TEXT = 10_000
# How sure a packaged fact is: read in the source itself, told by another, not found, or this platform's own.
CONFIDENCE = ("confirmed", "secondary", "unconfirmed", "platform")


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a packaged UTF-8 CSV file, cells stripped."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{name: (cell or "").strip() for name, cell in row.items()} for row in csv.DictReader(file)]


class Cells:
    """One row being read; what is wrong gathers in ``errors``."""

    def __init__(self, row: Mapping[str, Any], position: int | None = None) -> None:
        self.row = row
        self.position = position
        self.errors: list[FieldError] = []

    def wrong(self, name: str, message: Any) -> None:
        """Note what is wrong with a cell and how to mend it."""
        self.errors.append(FieldError(name, message, self.position))

    def text(self, name: str, longest: int, *, required: bool = True) -> str:
        """The stripped text of a cell, "" where it is wrong."""
        value = str(self.row.get(name) or "").strip()
        if required and not value:
            self.wrong(name, _("此列为空或缺少，请填写。"))
        elif len(value) > longest:
            self.wrong(name, filled(_("最多 %(longest)s 个字，请缩短。"), longest=longest))
            return ""
        elif "\x00" in value:
            self.wrong(name, _("含有不可见的控制字符，请删除。"))
            return ""
        return value

    def texts(self, model: type[Model], *names: str) -> dict[str, str]:
        """Cells as columns of a model: as long as the column allows, filled where it may not be blank."""
        columns: dict[str, Any] = {name: model._meta.get_field(name) for name in names}
        return {
            name: self.text(name, column.max_length or MAX_TEXT, required=not column.blank)
            for name, column in columns.items()
        }

    def many(self, name: str) -> list[str]:
        """The parts of a cell joined with ``;`` or ``；``."""
        parts = str(self.row.get(name) or "").replace("；", ";").split(";")
        return [part.strip() for part in parts if part.strip()]

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A date, or a text in ISO 8601; None where empty."""
        value = self.row.get(name)
        if isinstance(value, date):
            return value
        text = str(value or "").strip()
        if not text:
            if required:
                self.wrong(name, _("请填写日期，如 2026-01-31。"))
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.wrong(name, filled(_("“%(text)s”不是日期，请写成 2026-01-31 的样子。"), text=text[:40]))
            return None

    def flag(self, name: str) -> bool:
        """yes or no; an empty cell is no."""
        value = str(self.row.get(name) or "no").strip().lower()
        if value not in ("yes", "no"):
            self.wrong(name, filled(_("“%(text)s”应为 yes 或 no。"), text=value[:40]))
        return value == "yes"

    def integer(self, name: str, low: int, high: int, *, default: int) -> int:
        """A whole number from ``low`` to ``high``; ``default`` where empty or wrong."""
        value = self.row.get(name)
        text = str(value if value is not None else "").strip()
        if not text:
            return default
        number = int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 18 else None
        if number is None or not low <= number <= high:
            self.wrong(name, filled(_("应为 %(low)s 到 %(high)s 之间的整数。"), low=low, high=high))
            return default
        return number

    def degrees(self, name: str, limit: int) -> float | None:
        """An angle from -limit to limit in decimal degrees (WGS 84); None where empty or wrong."""
        text = str(self.row.get(name) or "").strip()
        if not text:
            return None
        try:
            angle = float(text)
        except ValueError:
            angle = float("nan")
        if not -limit <= angle <= limit:
            self.wrong(name, filled(_("应为 -%(limit)s 到 %(limit)s 之间的度数，如 39.12。"), limit=limit))
            return None
        return angle

    def choice(self, name: str, choices: Iterable[str]) -> str:
        """One of the codes."""
        value = str(self.row.get(name) or "").strip()
        codes = list(choices)
        if value not in codes:
            sentence = _("“%(text)s”不在可选值之中：%(codes)s。")
            self.wrong(name, filled(sentence, text=value[:40], codes=listed(codes)))
            return ""
        return value

    def known(self, name: str, table: Mapping[str, T], *, required: bool = True) -> T | None:
        """What a code names in a register; None where it is empty or unknown."""
        value = str(self.row.get(name) or "").strip()
        if not value and not required:
            return None
        found = table.get(value)
        if found is None:
            self.wrong(name, filled(_("登记册中没有“%(code)s”，请核对编号或先登记。"), code=value[:60]))
        return found

    def science(self, name: str, read: Callable[[], T]) -> T | None:
        """What a science function reads from the cell; its own message where it refuses."""
        try:
            return read()
        except ScienceError as error:
            self.wrong(name, bilingual(error.zh, error.en))
            return None


def read_rows(rows: Iterable[Mapping[str, Any]], build: Callable[[Cells], T]) -> list[T]:
    """Every row built in order, or an Invalid that names every bad cell (row 1 is the first below the head)."""
    errors: list[FieldError] = []
    built: list[T] = []
    for position, row in enumerate(rows, start=1):
        cells = Cells(row, position)
        made = build(cells)
        if cells.errors:
            errors += cells.errors
            if len(errors) >= MAX_ERRORS:
                break
        else:
            built.append(made)
    refuse(errors)
    return built


def once(name: str, build: Callable[[Cells], T], key: Callable[[T], Hashable]) -> Callable[[Cells], T]:
    """``build``, complaining at the cell ``name`` of a row that says again what an earlier one said."""
    first: dict[Hashable, int | None] = {}

    def build_once(cells: Cells) -> T:
        made = build(cells)
        earlier = first.setdefault(key(made), cells.position)
        if earlier != cells.position:
            cells.wrong(name, filled(_("与第 %(row)s 行重复，请删去其一。"), row=earlier))
        return made

    return build_once


def refuse(errors: list[FieldError]) -> None:
    """Raise Invalid where there are errors."""
    if len(errors) == 1 and errors[0].row is None:
        raise Invalid(errors[0].message, errors=errors)
    if errors:
        message = filled(_("有 %(count)s 处需要修改，全部未保存。"), count=len(errors))
        raise Invalid(message, errors=errors[:MAX_ERRORS])
