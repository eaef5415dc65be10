"""A register as a file: CSV or XLSX, row by row, whatever its size.

Spreadsheet programs take a cell that begins with = + - @ for a formula. In CSV such a text gets an apostrophe in
front, which they show as text; in XLSX a text is a text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.registers.declare import Column, Register
from quanheng.kernel.registers.reading import Asked, order_of, shown_columns

# A spreadsheet holds so many rows, its head included.
SHEET_ROWS = 1_048_576
CHUNK = 2000
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?%?")


def guarded(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would take it for a formula.

    >>> guarded("=1+1"), guarded("-5.2"), guarded("GB/T 1")
    ("'=1+1", '-5.2', 'GB/T 1')
    """
    if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def ordered(register: Register, rows: QuerySet[Any], asked: Asked) -> Iterator[Any]:
    """The rows in the order asked for, read in blocks: memory does not grow with their number."""
    order = order_of(register, asked)
    sign = "-" if order.descending else ""
    terms = [f"{sign}pk"] if order.column == "pk" else [f"{sign}{order.column}", f"{sign}pk"]
    return rows.order_by(*terms).iterator(chunk_size=CHUNK)


def exported_columns(register: Register, asked: Asked) -> Sequence[Column]:
    """The columns chosen; otherwise all, hidden ones too."""
    return shown_columns(register, asked) if asked.columns else register.columns


def labels(columns: Sequence[Column]) -> list[str]:
    """The head of a file, units in brackets."""
    return [f"{column.label} ({column.unit})" if column.unit else str(column.label) for column in columns]


def _plain(value: Any, yes: str, no: str) -> Any:
    """A value as a file holds it: a number stays one, all else is text, ``yes`` and ``no`` among it."""
    if value is None:
        return ""
    if value is True or value is False:
        return yes if value else no
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ";".join(map(str, value))
    return value if isinstance(value, int | float) else str(value)


def csv_lines(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[str]:
    """CSV (RFC 4180) with a byte order mark, by which spreadsheet programs know UTF-8; some hundred rows at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(labels(columns))
    readers, said = [column.reads for column in columns], (_("是"), _("否"))
    for count, row in enumerate(rows, start=1):
        cells = [_plain(read(row), *said) for read in readers]
        writer.writerow([guarded(one) if isinstance(one, str) else one for one in cells])
        if count % 500 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def write_csv(path: Path, columns: Sequence[Column], rows: Iterable[Any]) -> int:
    """Write a CSV file; returns the number of rows."""
    counted = _Counted(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        for lines in csv_lines(columns, counted):
            file.write(lines)
    return counted.count


def write_xlsx(path: Path, title: str, columns: Sequence[Column], rows: Iterable[Any]) -> int:
    """Write a workbook of one sheet; returns the number of rows. Raises Invalid where a sheet cannot hold them."""
    import xlsxwriter  # an export wants it, no page does

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), {**options, "strings_to_numbers": False, "tmpdir": str(path.parent)})
    try:
        # No name of a sheet has these, or is longer.
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31].strip("'") or "Quanheng")
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, labels(columns), bold)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, 12 if column.number or column.kind is date else 24)
        count = 0
        readers, said = [column.reads for column in columns], (_("是"), _("否"))
        for count, row in enumerate(rows, start=1):
            if count >= SHEET_ROWS:
                raise Invalid(
                    gettext_lazy("一张工作表最多 1,048,575 行，请改用 CSV，或先加筛选条件。"), code="too-many-rows"
                )
            for place, read in enumerate(readers):
                value = read(row)
                if isinstance(value, date) and not isinstance(value, datetime):
                    sheet.write_datetime(count, place, datetime(value.year, value.month, value.day), day)
                elif isinstance(value, int | float) and not isinstance(value, bool):
                    sheet.write_number(count, place, value)
                elif plain := _plain(value, *said):
                    sheet.write_string(count, place, str(plain)[:32_767])
        return count
    finally:
        book.close()


class _Counted:
    """Counts rows as they pass."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self.count = 0
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        for row in self._rows:
            self.count += 1
            yield row
