"""What leaves as a table: templates, and rows with their errors to be mended elsewhere. No cell is ever a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.imports.kinds import ImportColumn, ImportKind
from quanheng.kernel.imports.matching import ROW_ERRORS, ROW_NUMBER
from quanheng.kernel.imports.models import Batch
from quanheng.kernel.imports.queries import messages_of
from quanheng.kernel.imports.reading.cells import DANGEROUS, GUARD
from quanheng.kernel.imports.staging import Rows

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
# Rows that one sheet of errors holds: whoever has more mends the file itself.
MOST = 20_000


def guarded(text: str) -> str:
    """The text as a cell of a CSV file that no spreadsheet takes for a formula; plain numbers stay as they are.

    >>> guarded("=1+1"), guarded("-40"), guarded("@home")
    ("'=1+1", '-40', "'@home")
    """
    return f"{GUARD}{text}" if text.startswith(DANGEROUS) and not _NUMBER.fullmatch(text) else text


def _attachment(answer: Any, name: str) -> Any:
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """CSV with the mark by which spreadsheets know UTF-8, line by line."""
    line = io.StringIO()
    writer = csv.writer(line)
    yield "\ufeff"
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _expected(column: ImportColumn) -> str:
    """What may stand in a column, in words."""
    if column.choices:
        return "；".join(str(label) for _value, label in column.choices)
    return {"date": _("日期，如 2026-01-31"), "number": _("整数"), "flag": _("是或否")}.get(column.kind, _("文字"))


def template(kind: ImportKind, form: str) -> HttpResponse:
    """An empty table of a kind with an example row. Raises Invalid for another form than csv and xlsx."""
    name = f"{kind.name}-template.{form}"
    labels = [f"{column.label}{'*' if column.required else ''}" for column in kind.columns]
    example = [column.example for column in kind.columns]
    if form == "csv":
        body = "".join(csv_lines([labels, example]))
        return _attachment(HttpResponse(body, content_type="text/csv; charset=utf-8"), name)
    if form != "xlsx":
        raise Invalid.field("format", _("模板只有 csv 和 xlsx 两种格式。"))
    return _attachment(HttpResponse(_workbook(kind, labels, example), content_type=XLSX), name)


def _workbook(kind: ImportKind, labels: Sequence[str], example: Sequence[str]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    needed = book.add_format({"bold": True, "bg_color": "#DCE6EE", "text_wrap": True, "valign": "top"})
    optional = book.add_format({"bold": True, "bg_color": "#F2F2F2", "text_wrap": True, "valign": "top"})
    text, wrapped = book.add_format({"num_format": "@"}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(_sheet_name(str(kind.label)))
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(kind.columns):
        sheet.write_string(0, place, labels[place], needed if column.required else optional)
        sheet.set_column(place, place, max(12, min(40, 2 * len(labels[place]))), text)
        if example[place]:
            sheet.write_string(1, place, example[place], text)
        if column.choices and column.kind != "many":
            options = [str(label) for _value, label in column.choices]
            if len(",".join(options)) <= 255:
                sheet.data_validation(
                    1, place, 5000, place, {"validate": "list", "source": options, "ignore_blank": True}
                )
    told = book.add_worksheet(_sheet_name(_("说明")))
    told.set_column(0, 0, 22)
    told.set_column(1, 1, 20)
    told.set_column(2, 2, 8)
    told.set_column(3, 4, 44)
    told.write_row(0, 0, [_("列"), _("接口中的名称"), _("必填"), _("填什么"), _("示例")], needed)
    for line, column in enumerate(kind.columns, start=1):
        words = "。".join(part for part in (_expected(column), str(column.help)) if part)
        for place, cell in enumerate(
            (str(column.label), column.name, _("是") if column.required else "", words, column.example)
        ):
            told.write_string(line, place, cell, wrapped)
    notes = (
        _("第一行是列名，带 * 的列必须有；列的顺序不限，多余的列不会导入。"),
        _("第二行是示例，填写时请改掉或删除；原样留着也不会导入。"),
        _("不要合并单元格；日期可写成 2026-01-31；编号请保持文本格式，以免丢失前面的零。"),
    )
    for line, note in enumerate(notes, start=len(kind.columns) + 2):
        told.write_string(line, 0, note)
    book.close()
    return out.getvalue()


def _sheet_name(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", name)[:31] or "1"


def _wrong(batch: Batch) -> Iterator[list[str]]:
    """Rows with errors as the kind names its columns, number and errors last; they can be uploaded again."""
    english = (get_language() or "").startswith("en")
    columns = batch.what.columns
    yield [*(str(column.label) for column in columns), str(ROW_NUMBER), str(ROW_ERRORS)]
    rows, last, given = Rows(batch), -1, 0
    while given < MOST and (page := rows.wrong(after=last, count=500)):
        for row in page:
            words = "；".join(
                f"{batch.what.by_name[one['field']].label}: {one['message']}"
                if one["field"] in batch.what.by_name
                else one["message"]
                for one in messages_of(row, english)
            )
            yield [*(row.cells[column.name] for column in columns), str(row.number), words]
        last, given = page[-1].number, given + len(page)


def wrong_rows(batch: Batch, form: str) -> HttpResponse | StreamingHttpResponse:
    """The rows with errors as a file, to be mended there and uploaded. Raises Invalid."""
    name = f"{batch.kind}-{batch.uid}.{form}"
    if form == "csv":
        # Written out within this request: the language of the page is not that of a later moment.
        body = "".join(csv_lines(_wrong(batch)))
        return _attachment(HttpResponse(body, content_type="text/csv; charset=utf-8"), name)
    if form != "xlsx":
        raise Invalid.field("format", _("只有 csv 和 xlsx 两种格式。"))
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(_sheet_name(str(batch.what.label)))
    # A cell of such a format stays text even when it is saved as CSV and opened again.
    quoted, text = book.add_format({"quote_prefix": True, "num_format": "@"}), book.add_format({"num_format": "@"})
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(_wrong(batch)):
        for place, cell in enumerate(row):
            if cell:
                sheet.write_string(line, place, cell[:32_000], quoted if guarded(cell) != cell else text)
    book.close()
    return _attachment(HttpResponse(out.getvalue(), content_type=XLSX), name)
