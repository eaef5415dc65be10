"""Reading crawls of the Chinese registers: national standards, metrology regulations, construction standards.

Their words for the status are out of date, replacements stand in free text, codes are joined by commas. Dates decide
the status; free text is read as far as it can be, and kept beside the standard where it cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.bulk import roomy
from quanheng.kernel.base.cells import Cells, Row, read_rows
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.requirements.loading.codes import read_codes
from quanheng.kernel.requirements.loading.graph import date_supersession
from quanheng.kernel.requirements.loading.merging import (
    Facts,
    connect,
    fetch,
    identity,
    keep_conflicts,
    kind_of,
    merge,
    relate,
    resolve,
)
from quanheng.kernel.requirements.loading.remarks import Remark, read_remark
from quanheng.kernel.requirements.loading.report import Report
from quanheng.kernel.requirements.loading.standards import read_number
from quanheng.kernel.requirements.loading.tables import read_table
from quanheng.kernel.requirements.models import Classification, Conflict, Relation, Standard
from quanheng.science.identifiers.standard_number import StandardNumber

# Words of the registers, and the computed statuses that agree with them.
WORDS = {
    "现行": ("in_force",),
    "确认有效": ("in_force",),
    "即将实施": ("upcoming",),
    "作废": ("superseded", "withdrawn"),
    "已作废": ("superseded", "withdrawn"),
    "废止": ("superseded", "withdrawn"),
    "被代替": ("superseded",),
    "": ("in_force", "upcoming", "superseded", "withdrawn"),
}
ENDED = ("作废", "已作废", "废止")
SOURCES = {
    "national": "国家标准公开题录（LDAssistant 汇集，2026-07-10）",
    "metrology": "计量技术规范公开题录（LDAssistant 汇集，2026-07-10）",
    "construction": "Arch-Standards-Index (zhiyao87, CC BY 4.0)",
}
FILES = ("cn_national_standards.csv", "cn_metrology_regulations.csv", "cn_construction_standards.csv")
TYPES = {
    Standard.Kind.JJG: Standard.Type.REGULATION,
    Standard.Kind.JJF: Standard.Type.SPECIFICATION,
    Standard.Kind.GBZ: Standard.Type.GUIDE,
}


class _Read:
    """One row, read: its facts, its free text and its word for the status."""

    def __init__(self, facts: Facts, remark: Remark, word: str) -> None:
        self.facts, self.remark, self.word = facts, remark, word


@roomy()
def load_chinese(path: Path, on: date | None = None) -> Report:
    """Read one crawl, or a folder of them, told apart by their columns. Raises Invalid.

    ``on`` is the day (today) that what the source calls ended without a date has ended by, and for which its words
    for the status are compared with the computed ones.
    """
    files = [path / name for name in FILES if (path / name).is_file()] if path.is_dir() else [path]
    if not files:
        raise Invalid.field("file", _("文件夹中没有标准题录，请指定 cn_national_standards.csv 等文件。"))
    report = Report()
    for file in files:
        load_rows(read_table(file), on or timezone.localdate(), report)
    return report


@transaction.atomic(savepoint=False)
def load_rows(rows: list[dict[str, str]], on: date, report: Report) -> None:
    """Enter the rows of one crawl. Raises Invalid."""
    columns = set(rows[0]) if rows else set()
    if {"number", "title_zh", "status", "replaces_raw"} <= columns:
        metrology = sum(row["number"].startswith("JJ") for row in rows) > len(rows) / 2
        source = SOURCES["metrology" if metrology else "national"]
    elif {"number", "title_zh", "status", "nature", "note"} <= columns:
        source = SOURCES["construction"]
    else:
        sentence = _("看不出是哪种题录：需要列 number、title_zh、status 和 replaces_raw（或 nature、note）。")
        raise Invalid.field("file", sentence)
    stated: dict[str, _Read] = {}

    def build(cells: Cells) -> _Read:
        one = _read(cells, source, on, report)
        if one.facts.get("number") in stated:
            report.merged += 1
        stated.setdefault(one.facts.get("number", ""), one)
        return one

    read_rows(rows, build)
    report.read += len(rows)
    made = merge({number: one.facts for number, one in stated.items()}, report)
    _link(stated, made, source, on, report)
    resolve(made, report)
    date_supersession([one.pk for one in made.values()])
    _compare(stated, on, report)


def _read(cells: Cells, source: str, on: date, report: Report) -> _Read:
    number = read_number(cells)
    word = cells.choice("status", WORDS)
    title = cells.text("title_zh", 300)
    published, effective = cells.day("published"), cells.day("effective")
    facts: Facts = {"number": ""}
    if number is None:
        return _Read(facts, Remark(), word)
    kind = kind_of(number)
    construction = str(cells.row.get("nature") or "")
    facts = {
        **identity(number),
        "title_zh": title,
        "kind": kind,
        "doctype": TYPES.get(Standard.Kind(kind), Standard.Type.STANDARD).value,
        "mandatory": construction == "强制性" if construction else kind == Standard.Kind.GB,
        "published": published,
        "effective": effective,
        "body": cells.text("body", 200, required=False),
        "source": source,
        "confidence": "secondary",
    }
    for scheme in Classification.Scheme.values:
        facts[scheme], bad = read_codes(str(cells.row.get(scheme) or ""), scheme)
        report.unread += [(number.text, f"{scheme.upper()} {piece}") for piece in bad]
    text = str(cells.row.get("replaces_raw") or cells.row.get("note") or "").strip()
    remark = Remark(rest=text) if construction else read_remark(text, number)
    rest = "; ".join([*filter(None, [remark.rest]), *remark.unread])
    if rest and len(rest) <= 600:
        facts["remark"] = rest
    report.unread += [(number.text, piece) for piece in remark.unread]
    if remark.named:
        report.remarks += 1
        report.named += remark.named
    if word in ENDED or (remark.listed and remark.repealed):
        facts |= {"withdrawn": on, "withdrawn_exact": False}
    return _Read(facts, remark, word)


def _link(stated: Mapping[str, _Read], made: Mapping[str, Standard], source: str, on: date, report: Report) -> None:
    """Enter what the free texts say: replacements both ways, partial ones, and doubtful repeals as conflicts."""
    named = {
        number.text: number
        for one in stated.values()
        for number in (*one.remark.replaces, *one.remark.partly, *one.remark.replaced_by)
    }
    table = {**_known_by_number(named, made, source, report), **made}
    links: dict[tuple[int, int], str] = {}
    relations: list[Relation] = []
    conflicts: list[Conflict] = []
    for number, one in stated.items():
        row = made[number]
        links |= {(row.pk, table[old.text].pk): source for old in one.remark.replaces}
        links |= {(table[new.text].pk, row.pk): source for new in one.remark.replaced_by}
        relations += [
            Relation(standard=row, kind=Relation.Kind.PARTLY, number=old.text, other=table[old.text], source=source)
            for old in one.remark.partly
        ]
        if one.remark.repealed and not one.remark.listed and one.word not in ENDED:
            conflicts.append(
                Conflict(
                    standard=row,
                    field="withdrawn",
                    kept=str(row.withdrawn or ""),
                    other=on.isoformat(),
                    kept_source=f"{source} · {one.word}",
                    other_source=one.remark.rest[:200],
                )
            )
    connect(links, {one.pk: one for one in table.values()}, report)
    relate(relations)
    report.conflicts += keep_conflicts(conflicts)


def _known_by_number(
    named: Mapping[str, StandardNumber], made: Mapping[str, Standard], source: str, report: Report
) -> dict[str, Standard]:
    """The standards that are named: one that the register lacks is entered with what its number says.

    That it existed and what replaced it is certain; its titles and dates wait for a source that has them.
    """
    known = fetch(set(named) - set(made))
    unknown = {text: number for text, number in named.items() if text not in made and text not in known}
    facts = {
        text: {
            **identity(number),
            "kind": (kind := kind_of(number)),
            "doctype": TYPES.get(Standard.Kind(kind), Standard.Type.STANDARD).value,
            "mandatory": kind == Standard.Kind.GB,
            "source": source,
            "confidence": "secondary",
        }
        for text, number in unknown.items()
    }
    inner = Report()
    entered = merge(facts, inner)
    report.named_only += inner.added
    return {**known, **entered}


def _compare(stated: Mapping[str, _Read], on: date, report: Report) -> None:
    """Count the rows whose word for the status is not what their dates say."""
    rows = fetch(stated)
    for number, one in stated.items():
        status = rows[number].status_on(on)
        if status not in WORDS[one.word]:
            report.corrected[one.word, status] += 1


def load_chinese_rows(rows: Iterable[Row]) -> Report:
    """The same over rows in hand, as of today."""
    report = Report()
    load_rows([dict(row) for row in rows], timezone.localdate(), report)
    return report
