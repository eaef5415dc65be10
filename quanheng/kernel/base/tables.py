"""Reading tables of facts: every cell that is wrong is named with its row, and nothing is half-loaded."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import FieldError, Invalid
from quanheng.kernel.base.texts import filled

Row = Mapping[str, str]
T = TypeVar("T")

# Enough to mend a file by; more would only say the same again.
MAX_ERRORS = 100


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a packaged UTF-8 CSV file, cells stripped."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{name: (cell or "").strip() for name, cell in row.items()} for row in csv.DictReader(file)]


def day_of(text: str) -> date | None:
    """A date in ISO 8601, or None where the cell is empty. Raises ValueError."""
    return date.fromisoformat(text) if text else None


def convert(rows: Iterable[Row], build: Callable[[Row], T]) -> list[T]:
    """Every row built, or an Invalid that names each bad row (1 is the first below the head) and why."""
    errors: list[FieldError] = []
    built = []
    for position, row in enumerate(rows, start=1):
        try:
            built.append(build(row))
        except KeyError as missing:
            errors.append(FieldError(str(missing.args[0]), _("缺少这一列，或所引用的记录不存在。"), position))
        except ValueError as wrong:
            errors.append(FieldError("", filled(_("无法读取：%(why)s"), why=wrong), position))
        if len(errors) >= MAX_ERRORS:
            break
    if errors:
        raise Invalid(filled(_("有 %(count)s 行无法载入，全部未保存。"), count=len(errors)), errors=errors)
    return built
