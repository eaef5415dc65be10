"""CSV as spreadsheets write it: commas, semicolons or tabs, quoted cells, any of the usual encodings."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from quanheng.kernel.imports.reading.cells import text_of
from quanheng.kernel.imports.reading.encodings import encoding_of
from quanheng.kernel.imports.reading.refused import Limits, NumberedRow, Unreadable

_DELIMITERS = (",", "\t", ";", "，", "|")


def rows_of(path: Path, limits: Limits) -> Iterator[NumberedRow]:
    """Every row that is not empty; rows count as a spreadsheet counts them. Raises Unreadable naming the row."""
    encoding = encoding_of(path, limits)
    csv.field_size_limit(limits.cell)
    # newline="": line ends inside quoted cells stay as they are.
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(limits.line + 1)
        if len(first) > limits.line:
            raise Unreadable("line_too_long", line=1)
        skipped = 0
        if first.lower().startswith("sep=") and len(first.strip()) == 5:
            delimiter, skipped = first.strip()[4], 1
        else:
            delimiter = _delimiter(first)
            file.seek(0)
        if delimiter in ('"', "\r", "\n"):
            raise Unreadable("malformed", row=1)
        reader = csv.reader(_bounded(file, limits), delimiter=delimiter, strict=True)
        number = skipped
        try:
            for number, cells in enumerate(reader, start=1 + skipped):
                row = [text_of(cell) for cell in cells]
                if any(row):
                    yield number, row
        except csv.Error as error:
            code = "cell_too_long" if "field limit" in str(error) else "malformed"
            raise Unreadable(code, row=number + 1, limit=limits.cell) from error


def _bounded(file: Iterator[str], limits: Limits) -> Iterator[str]:
    line = 0
    read = file.readline  # type: ignore[attr-defined]
    while text := read(limits.line + 1):
        line += 1
        if len(text) > limits.line:
            raise Unreadable("line_too_long", line=line)
        yield text


def _delimiter(head: str) -> str:
    """The sign that parts the cells of the head: the one found most often outside quotes."""
    outside = "".join(head.split('"')[::2])
    return max(_DELIMITERS, key=lambda sign: (outside.count(sign), -_DELIMITERS.index(sign)))
