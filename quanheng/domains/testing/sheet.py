"""Results of an order as a file: a template with its items, and what comes back, matched by position.

The file is read in a process of its own, within bounds (``kernel/imports/reading``).
"""

from __future__ import annotations

import io
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing import services
from quanheng.domains.testing.grid import COLUMNS, NotADay, day_of, grid_of
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.queries import usable_instruments
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import FieldError, Invalid, in_language
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.imports.reading.apart import Head, read_apart
from quanheng.kernel.imports.reading.frames import Packed, rows_in
from quanheng.kernel.imports.reading.refused import Limits, Unreadable
from quanheng.kernel.imports.sheets import csv_lines, guarded
from quanheng.kernel.imports.wording import refusal
from quanheng.kernel.results.services import MAX_ROWS, Entered

LIMITS = Limits(file=5 * 1024 * 1024, json=1024 * 1024, rows=5000, columns=60, memory=1024 * 1024 * 1024, seconds=20)
POSITION = ("position", _("序号"))
# What the template tells beside it; nothing of it is read.
_TOLD = (_("项目"), _("要求与方法"))
_KEYS = tuple(key for key, _label, _kind in COLUMNS)
_TEXTS = tuple(key for key in _KEYS if key not in ("instrument", "measured_on"))


@dataclass
class Filled:
    """What a file holds for an order: cells by position, and what cannot be read in it."""

    cells: dict[int, dict[str, str]] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)


def read_sheet(file: File[Any]) -> Filled:
    """The cells of a file by the positions that it names. Raises Invalid for a file that is no such table."""
    if (file.size or 0) > LIMITS.file:
        raise refusal(Unreadable("too_large", size=file.size, limit=LIMITS.file))
    with tempfile.NamedTemporaryFile(prefix="qh-results-") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        try:
            parts = list(read_apart(Path(copy.name), LIMITS))
        except Unreadable as unreadable:
            raise refusal(unreadable) from unreadable
    head = next(part.names for part in parts if isinstance(part, Head))
    rows = [row for part in parts if isinstance(part, Packed) for row in rows_in(part.data)]
    return _filled(_places(head), rows)


def _names() -> dict[str, str]:
    """How the head may call each column: by its key, or as people know it."""
    names = {}
    for key, label in (POSITION, *((key, label) for key, label, _kind in COLUMNS)):
        for name in (key, in_language(label, "zh-hans"), in_language(label, "en")):
            names[name] = key
    return names


def _places(head: Sequence[str]) -> dict[str, int]:
    names = _names()
    folded = {name.casefold(): key for name, key in names.items() if len(name) > 1}
    places: dict[str, int] = {}
    for place, name in enumerate(head):
        bare = name.rstrip("*＊ ").strip()
        # A small u is the standard uncertainty, which is not asked for.
        key = names.get(bare) or folded.get(bare.casefold() if len(bare) > 1 else "")
        if key:
            places.setdefault(key, place)
    missing = [label for key, label in (POSITION, (COLUMNS[0][0], COLUMNS[0][1])) if key not in places]
    if missing:
        told = _("文件缺少列：%(names)s。请用本单的模板，第一行保留列名。")
        raise Invalid.field("file", filled(told, names=listed(missing)))
    return places


def _filled(places: Mapping[str, int], rows: Sequence[tuple[int, Sequence[str]]]) -> Filled:
    found = Filled()
    for number, row in rows:
        cells = {key: row[place].strip() if place < len(row) else "" for key, place in places.items()}
        position = cells.pop("position")
        if not cells["value"]:
            continue
        if not (position.isascii() and position.isdigit() and 0 < int(position[:6]) <= 32767):
            told = _("文件第 %(row)s 行的序号“%(text)s”不是本单的项目序号，请按模板填写。")
            found.errors.append(FieldError("position", filled(told, row=number, text=position[:20])))
        elif int(position) in found.cells:
            told = _("文件第 %(row)s 行：序号 %(position)s 出现了两次，请只保留一行。")
            found.errors.append(FieldError("position", filled(told, row=number, position=position)))
        else:
            found.cells[int(position)] = cells
    if not found.cells and not found.errors:
        raise Invalid.field("file", _("文件中没有填写任何结果。请在“结果”列填写后重新上传。"))
    if len(found.cells) > MAX_ROWS:
        raise Invalid.field("file", filled(_("一次最多保存 %(limit)s 行，请分批保存。"), limit=MAX_ROWS))
    return found


def _instruments(actor: Actor, order: Order, today: date) -> dict[str, list[str]]:
    """What a usable instrument may be called in a file: its public name, its name with serial number, the latter."""
    called: dict[str, list[str]] = defaultdict(list)
    for one in usable_instruments(actor, order, today):
        names = (one.uid, one.serial, f"{one.name_zh} {one.serial}", f"{one.name_en} {one.serial}")
        for name in {name.strip().casefold() for name in names} - {""}:
            called[name].append(one.uid)
    return called


def entered_of(actor: Actor, order: Order, found: Filled, today: date) -> list[Entered]:
    """The rows of a file as they are recorded; what is wrong with them goes into ``found.errors``."""
    called, rows = _instruments(actor, order, today), []
    for position, cells in found.cells.items():
        used, day = cells.get("instrument", ""), None
        uids = called.get(used.casefold(), []) if used else []
        if len(uids) == 1:
            cells["instrument"] = uids[0]
        elif used:
            told = _("本机构可用的设备中没有唯一对应“%(name)s”的，请从模板的清单中选，或填写出厂编号。")
            found.errors.append(FieldError("instrument", filled(told, name=used[:60]), position))
        try:
            day = day_of(cells.get("measured_on", ""))
        except NotADay:
            found.errors.append(FieldError("measured_on", _("日期请写成 2026-03-05 的形式。"), position))
        texts = {key: cells.get(key, "") for key in _TEXTS}
        rows.append(Entered(position=position, **texts, instruments=tuple(uids[:1]), measured_on=day))
    return rows


def enter_file(actor: Actor, order: Order, file: File[Any], today: date) -> tuple[Filled, Order | None]:
    """Record the results of a file: all, or none and everything that is wrong with them (``errors`` by position).

    Raises Invalid for a file that cannot be read, and whatever else entering results refuses.
    """
    found = read_sheet(file)
    rows = entered_of(actor, order, found, today)
    if not found.errors:
        try:
            return found, services.enter_results(actor, order, rows=rows)
        except Invalid as wrong:
            if not wrong.errors:
                raise
            found.errors += _as_columns(wrong.errors)
            return found, None
    if rows:
        found.errors += _rehearsed(actor, order, rows, {(error.row, error.field) for error in found.errors})
    return found, None


def _rehearsed(actor: Actor, order: Order, rows: list[Entered], known: set[Any]) -> list[FieldError]:
    """What else would be wrong with the rows: told together, so that a file is mended once."""
    with transaction.atomic():
        try:
            services.enter_results(actor, order, rows=rows)
        except Invalid as wrong:
            return [error for error in _as_columns(wrong.errors) if (error.row, error.field) not in known]
        finally:
            transaction.set_rollback(True)
    return []


def _as_columns(errors: Sequence[FieldError]) -> list[FieldError]:
    """The grid and its files have one instrument a row, the service takes several."""
    return [
        FieldError("instrument", error.message, error.row) if error.field == "instruments" else error
        for error in errors
    ]


def grid_with(order: Order, actor: Actor, found: Filled, today: date) -> tuple[dict[str, Any], list[Any]]:
    """The grid as the file would have it, unsaved, with what is wrong in each cell; and what concerns no cell."""
    grid = grid_of(order, actor, today)
    wrong: dict[str, dict[str, str]] = defaultdict(dict)
    shown, loose = {row["id"] for row in grid["rows"]}, []
    for error in found.errors:
        place = str(error.row)
        if place in shown and error.field in _KEYS:
            before = wrong[place].get(error.field)
            wrong[place][error.field] = f"{before} {error.message}" if before else str(error.message)
        elif error.row is None:
            loose.append(error.message)
        else:
            loose.append(filled(_("序号 %(position)s：%(told)s"), position=error.row, told=error.message))
    usual = {column["key"]: column["choices"] for column in grid["columns"]}
    for row in grid["rows"]:
        cells = found.cells.get(int(row["id"]))
        if cells is None:
            continue
        row["unsaved"], row["errors"] = True, wrong[row["id"]]
        row["cells"] = {**row["cells"], **{key: text for key, text in cells.items() if text}}
        for key in ("unit", "instrument"):
            text, choices = row["cells"][key], row["choices"].get(key) or usual[key]
            if text not in {value for value, _label in choices}:
                # What the file says must be seen, not silently become the first choice.
                row["choices"][key] = [(text, text), *choices]
    return grid, loose


# --- the template ---------------------------------------------------------------------------------------------


def template_rows(order: Order, actor: Actor, today: date) -> tuple[list[str], list[list[str]], list[str]]:
    """Head, a row for each item as the grid shows it, and the instruments to choose from."""
    grid = grid_of(order, actor, today)
    instruments = dict(next(column["choices"] for column in grid["columns"] if column["key"] == "instrument")[1:])
    head = [str(POSITION[1]), *map(str, _TOLD), *(str(label) for _key, label, _kind in COLUMNS)]
    rows = []
    for row in grid["rows"]:
        cells = {**row["cells"], "instrument": instruments.get(row["cells"]["instrument"], "")}
        rows.append([row["id"], row["label"], row["sub"], *(cells[key] for key in _KEYS)])
    return head, rows, list(instruments.values())


def template_csv(order: Order, actor: Actor, today: date) -> bytes:
    head, rows, _instruments = template_rows(order, actor, today)
    return "".join(csv_lines([head, *rows])).encode()


def template_xlsx(order: Order, actor: Actor, today: date) -> bytes:
    """Every cell is text, so that 10.00 stays 10.00; instruments are chosen from a second sheet."""
    import xlsxwriter

    head, rows, instruments = template_rows(order, actor, today)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "bg_color": "#DCE6EE"})
    text, told = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "font_color": "#666666"})
    quoted = book.add_format({"num_format": "@", "quote_prefix": True})
    sheet = book.add_worksheet(str(_("结果")))
    sheet.freeze_panes(1, 2)
    for place, name in enumerate(head):
        width = {1: 24, 2: 40}.get(place, 30 if place == 3 + _KEYS.index("instrument") else 12)
        sheet.set_column(place, place, width, text)
        sheet.write_string(0, place, name, bold)
    for line, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            look = told if place < 3 else quoted if guarded(cell) != cell else text
            sheet.write_string(line, place, cell, look)
    if instruments:
        choices = book.add_worksheet(str(_("测量设备")))
        choices.set_column(0, 0, 40, text)
        for line, name in enumerate(instruments):
            choices.write_string(line, 0, name, text)
        place = 3 + _KEYS.index("instrument")
        source = f"='{choices.get_name()}'!$A$1:$A${len(instruments)}"
        sheet.data_validation(
            1, place, len(rows), place, {"validate": "list", "source": source, "error_type": "warning"}
        )
    book.close()
    return out.getvalue()
