"""Files for tests, as people and programs make them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter


def workbook(rows: Sequence[Sequence[Any]], more: Callable[[Any, Any], None] | None = None) -> bytes:
    """An XLSX file of one sheet; ``more(book, sheet)`` may do anything else to it."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_numbers": False})
    sheet = book.add_worksheet("数据")
    for line, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell is not None:
                sheet.write(line, place, cell)
    if more:
        more(book, sheet)
    book.close()
    return out.getvalue()


def table(rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> bytes:
    """A CSV file without quotes."""
    return "".join(",".join(row) + "\n" for row in rows).encode(encoding)
