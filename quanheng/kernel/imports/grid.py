"""Rows of an import as an editable grid, and what the grid sends back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.imports.kinds import ImportColumn
from quanheng.kernel.imports.models import Batch
from quanheng.kernel.imports.queries import messages_of
from quanheng.kernel.imports.services import MAX_MENDED, Mend
from quanheng.kernel.imports.staging import Row

# The column that says whether a row is brought in; no column of a kind is called so.
USE = "_use"


def _shown(batch: Batch, rows: Sequence[Row]) -> list[ImportColumn]:
    """What the file has, what is needed, and what is complained of: the rest would only be empty."""
    wrong = {one["field"] for row in rows for one in row.errors}
    return [one for one in batch.what.columns if one.required or one.name in batch.mapping or one.name in wrong]


def grid_of(batch: Batch, rows: Sequence[Row], english: bool) -> dict[str, Any]:
    """What ``components/results_grid.html`` shows."""
    columns = _shown(batch, rows)
    use = {"key": USE, "label": _("导入"), "kind": "select", "choices": [("", _("导入")), ("drop", _("不导入"))]}
    return {
        "id": "rows",
        "head": _("行"),
        "save": reverse("import-rows", args=[batch.uid]),
        "submit": _("保存并检查"),
        "version": str(batch.version),
        "columns": [use, *(_column(one) for one in columns)],
        "rows": [_row(row, columns, english) for row in rows],
    }


def _column(column: ImportColumn) -> dict[str, Any]:
    label = f"{column.label}{' *' if column.required else ''}"
    if column.choices and column.kind != "many":
        return {"key": column.name, "label": label, "kind": "select", "choices": [("", "—"), *column.choices]}
    return {"key": column.name, "label": label, "kind": "text"}


def _row(row: Row, columns: Sequence[ImportColumn], english: bool) -> dict[str, Any]:
    names = {column.name for column in columns}
    errors: dict[str, str] = {}
    whole = []
    for one in messages_of(row, english):
        if one["field"] in names:
            errors[one["field"]] = (
                f"{errors[one['field']]} {one['message']}" if one["field"] in errors else one["message"]
            )
        else:
            whole.append(one["message"])
    choices = {
        # What the file says and nobody knows must be seen, not silently become the first choice.
        column.name: [(row.cells[column.name], row.cells[column.name]), ("", "—"), *column.choices]
        for column in columns
        if column.choices and row.cells[column.name] not in {"", *(value for value, _label in column.choices)}
    }
    return {
        "id": str(row.number),
        "label": _("第 %(number)s 行") % {"number": row.number},
        "cells": {**row.cells, USE: "drop" if row.dropped else ""},
        "choices": choices,
        "errors": errors,
        "wrong": " ".join(whole),
    }


def mends_of(body: bytes) -> tuple[list[Mend], int | None]:
    """What a grid sent: rows, and the version that they were made from. Raises Invalid."""
    unreadable = Invalid(_("发送的内容无法读取，请刷新页面后重试。"))
    try:
        sent = json.loads(body)
        given = sent["rows"]
        version = int(sent["version"]) if "version" in sent else None
        if not isinstance(given, list) or len(given) > MAX_MENDED:
            raise unreadable
        mends = []
        for row in given:
            values = {str(name): str(text) for name, text in row.items() if name not in ("id", USE)}
            mends.append(Mend(int(row["id"]), values, row.get(USE) == "drop"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise unreadable from None
    return mends, version
