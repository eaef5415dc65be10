"""Reading classification tables: ICS with its notes, and the three levels of CCS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.cells import Cells, once, read_rows
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.requirements.loading.codes import index_codes
from quanheng.kernel.requirements.loading.report import Report
from quanheng.kernel.requirements.loading.tables import read_table
from quanheng.kernel.requirements.models import Classification, Standard

ICS, CCS = Classification.Scheme.ICS.value, Classification.Scheme.CCS.value
# What a folder of tables is read in: notes need their codes.
FILES = ("ics.csv", "ics_notes.csv", "ccs_level1.csv", "ccs_level2.csv", "ccs_level3.csv")


@transaction.atomic(savepoint=False)
def load_classifications(path: Path) -> Report:
    """Read one table, or a folder of them, told apart by their columns. Raises Invalid.

    ``code, level, description_en`` is ICS; ``code, note, see`` its notes; ``code, name_zh`` (``parent``,
    ``note_zh``) a level of CCS.
    """
    report = Report()
    files = [path / name for name in FILES if (path / name).is_file()] if path.is_dir() else [path]
    if not files:
        raise Invalid.field("file", _("文件夹中没有分类表，请指定 ics.csv 或 ccs_level1.csv 等文件。"))
    for file in files:
        rows = read_table(file)
        columns = set(rows[0]) if rows else set()
        if {"code", "level", "description_en"} <= columns:
            _store(read_rows(rows, once("code", _ics, lambda one: one.code)), report)
        elif {"code", "note", "see"} <= columns:
            _notes(rows, report)
        elif {"code", "name_zh"} <= columns:
            _store(read_rows(rows, once("code", _ccs, lambda one: one.code)), report)
        else:
            sentence = _("看不出是哪种分类表：需要列 code 和 description_en、note 或 name_zh。")
            raise Invalid.field("file", sentence)
        report.read += len(rows)
    if any(file.name.startswith("ccs") for file in files):
        # The groups of CCS stand in its table alone.
        report.classified += index_codes(Standard.objects.exclude(ccs=[]).only("pk", "ics", "ccs"))
    return report


def _ics(cells: Cells) -> Classification:
    code = cells.text("code", 12)
    return Classification(
        scheme=ICS,
        code=code,
        parent=code.rpartition(".")[0],
        level=cells.integer("level", 1, 3, default=code.count(".") + 1),
        name_en=cells.text("description_en", 300),
    )


def _ccs(cells: Cells) -> Classification:
    code = cells.text("code", 12)
    return Classification(
        scheme=CCS,
        code=code,
        parent=cells.text("parent", 12, required=False),
        level=1 if len(code) == 1 else 2 if "/" in code else 3,
        name_zh=cells.text("name_zh", 120),
        note_zh=cells.text("note_zh", 2000, required=False),
    )


_TABLE = ("parent", "level", "name_zh", "name_en", "note_zh")


def _store(rows: Iterable[Classification], report: Report) -> None:
    new = {(one.scheme, one.code): one for one in rows}
    known = {(one.scheme, one.code): one for one in Classification.objects.all()}
    fresh = [one for mark, one in new.items() if mark not in known]
    changed = []
    for mark, one in new.items():
        old = known.get(mark)
        if old is None:
            continue
        news = {name: getattr(one, name) for name in _TABLE if getattr(one, name) != getattr(old, name)}
        news = {name: value for name, value in news.items() if value not in ("", None)}
        for name, value in news.items():
            setattr(old, name, value)
        if news:
            changed.append(old)
    Classification.objects.bulk_create(fresh, batch_size=1000)
    Classification.objects.bulk_update(changed, _TABLE, batch_size=200)
    report.added += len(fresh)
    report.changed += len(changed)
    report.unchanged += len(new) - len(fresh) - len(changed)


def _notes(rows: Iterable[Mapping[str, str]], report: Report) -> None:
    """Notes in the order of the table, a line each; ``{ics-code}`` in one stands for the code in ``see``."""
    notes: dict[str, list[str]] = defaultdict(list)
    see: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        code, other = row["code"], row["see"]
        notes[code].append(row["note"].replace("{ics-code}", other))
        if other and other not in see[code]:
            see[code].append(other)
    known = {one.code: one for one in Classification.objects.filter(scheme=ICS, code__in=notes)}
    report.unread += [(code, "; ".join(lines)) for code, lines in notes.items() if code not in known]
    changed: list[Any] = []
    for code, one in known.items():
        text = "\n".join(notes[code])
        if (one.note_en, one.see) != (text, see[code]):
            one.note_en, one.see = text, see[code]
            changed.append(one)
    Classification.objects.bulk_update(changed, ["note_en", "see"], batch_size=200)
    report.changed += len(changed)
    report.unchanged += len(known) - len(changed)
