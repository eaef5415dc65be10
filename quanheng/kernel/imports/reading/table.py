"""A file as a table: its head, then numbered rows in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quanheng.kernel.imports.reading import delimited, objects
from quanheng.kernel.imports.reading.refused import Cells, Limits, NumberedRow, Unreadable
from quanheng.kernel.imports.reading.sniffing import format_of
from quanheng.kernel.imports.reading.workbook import Remark, Workbook

BLOCK = 2000


@dataclass
class Table:
    """``format``, ``sheet`` and ``head`` are known at once, ``remarks`` once every block was taken."""

    format: str
    head: Cells
    blocks: Iterator[list[NumberedRow]]
    sheet: str = ""
    remarks: list[Remark] = field(default_factory=list)


def open_file(path: Path, limits: Limits) -> Table:
    """The table that a file holds. Raises Unreadable, also while its blocks are taken."""
    kind = format_of(path, limits)
    book: Workbook | None = None
    if kind == "csv":
        rows = delimited.rows_of(path, limits)
    elif kind in ("json", "jsonl"):
        rows = objects.rows_of(path, kind, limits)
    else:
        book = Workbook(path, kind, limits)
        rows = book.rows()
    number, head = next(rows, (0, []))
    if not head:
        raise Unreadable("empty")
    head = _checked(head, number, limits)
    found = Table(kind, head, iter(()), book.sheet if book else "", book.remarks if book else [])
    found.blocks = _blocks(rows, limits, found.remarks, len(head))
    return found


def _checked(head: Cells, row: int, limits: Limits) -> Cells:
    """The head without the empty cells at its end; each column has a name of its own."""
    while head and not head[-1]:
        head = head[:-1]
    if len(head) > limits.columns:
        raise Unreadable("too_many_columns", count=len(head), limit=limits.columns)
    seen: dict[str, int] = {}
    for place, name in enumerate(head, start=1):
        if not name:
            continue
        if len(name) > 200:
            raise Unreadable("long_name", row=row, column=place)
        if name.casefold() in seen:
            raise Unreadable("double_name", row=row, name=name[:60], first=seen[name.casefold()], second=place)
        seen[name.casefold()] = place
    return head


def _blocks(rows: Iterator[NumberedRow], limits: Limits, remarks: list[Remark], width: int) -> Iterator[Any]:
    block: list[NumberedRow] = []
    count, ragged, first = 0, 0, 0
    for number, row in rows:
        while len(row) > width and not row[-1]:
            row.pop()
        if len(row) > limits.columns:
            raise Unreadable("too_many_columns", count=len(row), limit=limits.columns)
        count += 1
        if count > limits.rows:
            raise Unreadable("too_many_rows", limit=limits.rows)
        if len(row) != width:
            ragged, first = ragged + 1, first or number
        block.append((number, row))
        if len(block) == BLOCK:
            yield block
            block = []
    if block:
        yield block
    if not count:
        raise Unreadable("no_rows")
    if ragged:
        remarks.append(("ragged", {"count": ragged, "row": first}))
