"""Workbooks: the first visible sheet that is not empty, by Calamine; and what a reader should be told of it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from quanheng.kernel.imports.reading.cells import LONG_NUMBER, text_of
from quanheng.kernel.imports.reading.refused import Limits, NumberedRow, Unreadable

# How many places a remark names.
NAMED = 5
_CHUNK = 1 << 20
# A cell with a formula: where it stands, and what follows the formula (its value, where it was kept).
_FORMULA = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*(<?[^<]{0,9}.?)'
)
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>[^<]")
# A cell that says #N/A, #REF! and the like: it is read as empty.
_ERROR = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3}\d{1,7})"[^>]*\bt="e"')
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

# What may come out of a call of Calamine and is not its doing.
_OURS = (KeyboardInterrupt, SystemExit, MemoryError)

Remark = tuple[str, dict[str, Any]]


class Workbook:
    """A workbook: ``sheet``, its ``rows``, and ``remarks`` (codes of ``wording`` with facts), known once it is read."""

    def __init__(self, path: Path, kind: str, limits: Limits) -> None:
        self.path, self.kind, self.limits = path, kind, limits
        self.remarks: list[Remark] = []
        self.sheet = ""

    def rows(self) -> Iterator[NumberedRow]:
        """Every row that is not empty, numbered as the sheet numbers it. Raises Unreadable."""
        from python_calamine import load_workbook

        with _calamine():
            book = load_workbook(str(self.path))
            sheet, others = self._choose(book)
            merged = sheet.merged_cell_ranges or []
        self.sheet = sheet.name
        if others:
            self.remarks.append(("other_sheets", {"sheet": sheet.name, "others": ", ".join(others[:NAMED])}))
        if sheet.width > self.limits.columns:
            raise Unreadable("too_many_columns", count=sheet.width, limit=self.limits.columns)
        self._tell_merged(merged)
        if self.kind == "xlsx":
            self._tell_formulas(sheet.name)
        yield from self._read(sheet)

    def _choose(self, book: Any) -> tuple[Any, list[str]]:
        shown = [one.name for one in book.sheets_metadata if not str(one.visible).endswith("Hidden")]
        filled = []
        for name in shown or list(book.sheet_names):
            sheet = book.get_sheet_by_name(name)
            if sheet.height:
                filled.append(sheet)
                if len(filled) == 1:
                    chosen = sheet
            if len(filled) > NAMED:
                break
        if not filled:
            raise Unreadable("empty")
        return chosen, [one.name for one in filled[1:]]

    def _read(self, sheet: Any) -> Iterator[NumberedRow]:
        long: list[str] = []
        limit = self.limits.cell
        for number, values in enumerate(_sound(sheet.iter_rows()), start=1):
            row = [text_of(value) for value in values]
            if not any(row):
                continue
            for value, text in zip(values, row, strict=True):
                if len(text) > limit:
                    raise Unreadable("cell_too_long", row=number, limit=limit)
                if type(value) is float and abs(value) >= LONG_NUMBER and len(long) < NAMED:
                    long.append(f"{number}: {text}")
            yield number, row
        if long:
            self.remarks.append(("long_numbers", {"places": ", ".join(long)}))

    def _tell_merged(self, merged: Sequence[Any]) -> None:
        if merged:
            places = [f"{_place(*start)}:{_place(*end)}" for start, end in merged[:NAMED]]
            self.remarks.append(("merged", {"count": len(merged), "places": ", ".join(places)}))

    def _tell_formulas(self, sheet: str) -> None:
        formulas, valueless, errors = _Places(), _Places(), _Places()
        try:
            with zipfile.ZipFile(self.path) as archive:
                path = _path_of(archive, sheet)
                for part in _parts(archive, path, self.limits) if path else ():
                    for match in _FORMULA.finditer(part) if b"<f" in part or b":f" in part else ():
                        formulas.add(match[1])
                        if not _VALUE.match(match[2]):
                            valueless.add(match[1])
                    for match in _ERROR.finditer(part) if b't="e"' in part else ():
                        errors.add(match[1])
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
            raise Unreadable("broken_workbook") from error
        for code, places in (
            ("formulas", formulas),
            ("formulas_without_value", valueless),
            ("error_cells", errors),
        ):
            if places.count:
                self.remarks.append((code, {"count": places.count, "places": ", ".join(places.named)}))


@contextmanager
def _calamine() -> Iterator[None]:
    """Whatever the reader breaks down over is a broken workbook: its panics are not even Exceptions."""
    try:
        yield
    except (Unreadable, *_OURS):
        raise
    except BaseException as error:
        encrypted = type(error).__name__ == "PasswordError"
        raise Unreadable("encrypted" if encrypted else "broken_workbook") from error


def _sound(rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """The same rows. Raises Unreadable where the reader breaks down over one of them."""
    while True:
        with _calamine():
            row = next(rows, None)
        if row is None:
            return
        yield row


class _Places:
    """How many cells, and the first few by name."""

    def __init__(self) -> None:
        self.count = 0
        self.named: list[str] = []

    def add(self, place: bytes) -> None:
        self.count += 1
        if len(self.named) < NAMED:
            self.named.append(place.decode())


def _place(row: int, column: int) -> str:
    letters, column = "", column + 1
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return f"{letters}{row + 1}"


def _path_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Where in the archive a sheet lies; None where the archive does not say (a binary workbook)."""
    names = set(archive.namelist())
    book, relations = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if not {book, relations} <= names:
        return None
    if max(archive.getinfo(book).file_size, archive.getinfo(relations).file_size) > 4 * 1024 * 1024:
        return None
    try:
        key = next(
            (one.get(_RELATION) for one in ElementTree.fromstring(archive.read(book)).iter(_SHEET)
             if one.get("name") == sheet),
            None,
        )  # fmt: skip
        for one in ElementTree.fromstring(archive.read(relations)):
            if key and one.get("Id") == key:
                target = (one.get("Target") or "").lstrip("/")
                path = target if target.startswith("xl/") else f"xl/{target}"
                return path if path in names else None
    except ElementTree.ParseError:
        return None
    return None


def _parts(archive: zipfile.ZipFile, path: str, limits: Limits) -> Iterator[bytes]:
    """A sheet's XML piece by piece, cut between rows. Raises Unreadable where it unpacks to more than it may."""
    total, kept = 0, b""
    with archive.open(path) as file:
        while chunk := file.read(_CHUNK):
            total += len(chunk)
            if total > limits.unpacked:
                raise Unreadable("bomb", size=total, limit=limits.unpacked)
            kept += chunk
            cut = kept.rfind(b"</row>")
            if cut >= 0:
                yield kept[:cut]
                kept = kept[cut:]
            elif len(kept) > 8 * _CHUNK:
                yield kept
                kept = b""
    yield kept
