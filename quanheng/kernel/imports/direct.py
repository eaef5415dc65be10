"""Bringing a file in at once, without staging: for the platform itself, at the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.cells import MAX_ERRORS, Cells
from quanheng.kernel.base.errors import FieldError, Invalid
from quanheng.kernel.base.grants import PlatformOnly
from quanheng.kernel.base.texts import filled
from quanheng.kernel.imports import wording
from quanheng.kernel.imports.kinds import ImportKind, kind_named
from quanheng.kernel.imports.matching import checked, guess
from quanheng.kernel.imports.reading.apart import End, Head, read_apart
from quanheng.kernel.imports.reading.frames import Packed, rows_in
from quanheng.kernel.imports.reading.refused import Unreadable
from quanheng.kernel.imports.services import limits
from quanheng.kernel.imports.spelling import Naming
from quanheng.kernel.imports.staging import Row, errors_of
from quanheng.kernel.parties.models import Organisation


@dataclass
class Loaded:
    """How many rows were brought in, and what should be known of the file."""

    rows: int = 0
    remarks: list[Any] = field(default_factory=list)


@dataclass
class Table:
    """A file's head and rows in memory."""

    head: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    remarks: list[Any] = field(default_factory=list)


def table_of(path: Path) -> Table:
    """The table in a file. Raises Invalid."""
    table = Table()
    try:
        for part in read_apart(path, limits()):
            if isinstance(part, Head):
                table.head = part.names
            elif isinstance(part, Packed):
                table.rows += [(number, cells) for number, cells in rows_in(part.data)]
            elif isinstance(part, End):
                table.remarks = [wording.remark(code, facts) for code, facts in part.remarks]
    except Unreadable as unreadable:
        raise wording.refusal(unreadable) from unreadable
    return table


def load_file(kind: str, path: Path, *, organisation: str = "") -> Loaded:
    """Read, match, check and store a file as the platform; all or nothing.

    Raises Invalid naming every bad row (as a spreadsheet numbers it), NotFound for an unknown organisation.
    """
    what = kind_named(kind)
    if not path.is_file():
        raise Invalid(filled(_("没有文件 %(path)s，请核对路径。"), path=path))
    owner = _owner(what, organisation)
    table = table_of(path)
    naming = Naming(what, checked(what, table.head, guess(what, table.head).mapping), len(table.head))
    rows = [Row(number, cells, naming.row(cells), len(cells) - naming.width) for number, cells in table.rows]
    actor = Actor.platform()
    named = [row.cells for row in rows]
    build = what.check(actor, owner)(named)
    errors: list[FieldError] = []
    for row in rows:
        cells = Cells(row.cells, row.number)
        build(cells)
        errors += [FieldError(one.field, one.message, row.number) for one in errors_of(row, cells, naming)]
        if len(errors) >= MAX_ERRORS:
            break
    if errors:
        raise Invalid(filled(_("有 %(count)s 处需要修改，全部未保存。"), count=len(errors)), errors=errors[:MAX_ERRORS])
    with transaction.atomic():
        what.commit(actor, owner or Organisation(), named)
    return Loaded(len(rows), table.remarks)


def _owner(kind: ImportKind, code: str) -> Organisation | None:
    """Whose rows they are; None for the registers that all share."""
    if not code:
        if isinstance(kind.may, PlatformOnly) or kind.shared:
            return None
        raise Invalid(_("请用 --organisation 写明机构的统一社会信用代码：这些行属于一个机构。"))
    found = Organisation.objects.filter(uscc=code.strip().upper()).first()
    if found is None:
        raise Invalid(filled(_("没有登记代码为 %(code)s 的机构，请核对。"), code=code))
    return found
