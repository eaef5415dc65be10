"""Loading standards from a table of our own: every column checked, every bad cell named with its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.cells import CONFIDENCE, Cells, Row, read_rows
from quanheng.kernel.base.texts import filled
from quanheng.kernel.requirements.loading.codes import read_codes
from quanheng.kernel.requirements.loading.graph import date_supersession
from quanheng.kernel.requirements.loading.merging import Facts, identity, merge, resolve
from quanheng.kernel.requirements.loading.report import Report
from quanheng.kernel.requirements.models import Classification, Relation, Standard
from quanheng.science.errors import ScienceError
from quanheng.science.identifiers.standard_number import StandardNumber, parse_standard_number


def provenance(cells: Cells) -> dict[str, str]:
    """Where a row comes from and how sure it is."""
    return {"source": cells.text("source", 300), "confidence": cells.choice("confidence", CONFIDENCE)}


def read_number(cells: Cells, name: str = "number") -> StandardNumber | None:
    """A standard's number in any spelling."""
    text = cells.text(name, 80)
    return cells.science(name, lambda: parse_standard_number(text)) if text else None


def read_facts(cells: Cells) -> Facts:
    """A standard as a row states it, its predecessors aside; columns that the row does not have are left out."""
    number = read_number(cells)
    if number and len(number.text) > 60:
        cells.wrong("number", filled(_("最多 %(longest)s 个字，请缩短。"), longest=60))
    published, effective, withdrawn = cells.day("published"), cells.day("effective"), cells.day("withdrawn")
    if published and effective and effective < published:
        cells.wrong("effective", _("实施日期早于发布日期，请核对。"))
    if withdrawn and (first := effective or published) and withdrawn < first:
        cells.wrong("withdrawn", _("废止日期早于发布或实施日期，请核对。"))
    # An international document may have no Chinese title; any other is found by it.
    foreign = number is not None and number.international
    facts: Facts = {
        **(identity(number) if number else {"number": ""}),
        "title_zh": cells.text("title_zh", 300, required=not foreign),
        "title_en": cells.text("title_en", 600, required=foreign and not cells.row.get("title_zh")),
        "kind": cells.choice("kind", Standard.Kind.values),
        "mandatory": cells.flag("mandatory"),
        "published": published,
        "published_to": Standard.Precision.DAY.value,
        "effective": effective,
        "withdrawn": withdrawn,
        "withdrawn_exact": True,
        **provenance(cells),
    }
    for scheme in Classification.Scheme.values:
        if cells.row.get(scheme):
            facts[scheme] = _codes(cells, scheme)
    for name, longest in (("committee", 160), ("body", 200), ("remark", 600)):
        if cells.row.get(name):
            facts[name] = cells.text(name, longest)
    if cells.row.get("drafters"):
        facts["drafters"] = cells.many("drafters")
    if cells.row.get("doctype"):
        facts["doctype"] = cells.choice("doctype", Standard.Type.values)
    if cells.row.get("edition"):
        facts["edition"] = cells.integer("edition", 1, 999, default=1)
    if cells.row.get("stage"):
        facts["stage"] = _stage(cells)
    return facts


def _codes(cells: Cells, scheme: str) -> list[str]:
    value = cells.row.get(scheme)
    good, bad = read_codes(";".join(value) if isinstance(value, list | tuple) else str(value or ""), scheme)
    if bad:
        sentence = _("“%(code)s”不是分类号，请写成 17.020 或 A50 的样子，多个用分号隔开。")
        cells.wrong(scheme, filled(sentence, code=bad[0][:40]))
    return good


def _stage(cells: Cells) -> str:
    text = cells.text("stage", 5)
    if len(text) != 5 or text[2] != "." or not (text[:2] + text[3:]).isascii() or not (text[:2] + text[3:]).isdigit():
        cells.wrong("stage", _("阶段应写成 60.60 的样子（国际通用阶段代码）。"))
    return text


def read_standard(cells: Cells) -> Standard:
    """A standard as a row states it, not stored."""
    return Standard(**read_facts(cells))


def number_table(numbers: Iterable[str]) -> dict[str, Standard]:
    """Standards by every spelling of their numbers in ``numbers``; those not registered are left out."""
    normal: dict[str, str] = {}
    for text in set(numbers):
        try:
            normal[text] = parse_standard_number(text).text
        except ScienceError:
            continue
    found = {one.number: one for one in Standard.objects.filter(number__in=set(normal.values()))}
    return {text: found[number] for text, number in normal.items() if number in found}


@transaction.atomic
def load_standards(rows: Iterable[Row]) -> int:
    """Upsert standards by number, the replacements and the adoptions that they name. Raises Invalid.

    Columns: number, title_zh, title_en, kind, mandatory, published, effective, withdrawn, replaces, source,
    confidence; where there is more to say ics, ccs, committee, body, drafters, doctype, edition, stage, remark and
    adopts ("IDT ISO 9001:2015"), each joined with ``;`` where it holds several. Replacements recorded earlier
    stay: a file adds facts and takes none away.
    """
    given = list(rows)
    wanted: dict[str, list[str]] = {}

    def build(cells: Cells) -> Facts:
        facts = read_facts(cells)
        if facts["number"] in wanted:
            cells.wrong("number", filled(_("标准 %(number)s 重复出现，请只保留一行。"), number=facts["number"]))
        elif facts["number"]:
            wanted[facts["number"]] = cells.many("replaces")
        return facts

    stated = {facts["number"]: facts for facts in read_rows(given, build)}
    made = merge(stated, Report(), disputing=False)
    table = {**number_table(old for olds in wanted.values() for old in olds), **made}
    _replacements(given, table)
    _adoptions(given, table)
    resolve(wanted, Report())
    date_supersession(standard.pk for standard in table.values())
    return len(stated)


def _replacements(given: list[Row], table: Mapping[str, Standard]) -> None:
    def replaced(cells: Cells) -> list[tuple[int, int]]:
        number = read_number(cells)
        successor = table[number.text] if number else None
        pairs = []
        for old in cells.many("replaces"):
            predecessor = table.get(old)
            if successor is None or predecessor is None:
                cells.wrong("replaces", filled(_("登记册中没有标准“%(number)s”，请先登记或改正编号。"), number=old))
            elif predecessor.pk == successor.pk:
                cells.wrong("replaces", _("标准不能代替它自己，请改正编号。"))
            elif (successor.pk, predecessor.pk) not in refuted:
                pairs.append((successor.pk, predecessor.pk))
        return pairs

    refuted: set[Any] = set(
        Relation.objects.filter(kind=Relation.Kind.NOT_REPLACES).values_list("standard_id", "other_id")
    )
    pairs = {pair for found in read_rows(given, replaced) for pair in found}
    through = Standard.replaces.through
    through.objects.bulk_create(
        [through(from_standard_id=new, to_standard_id=old) for new, old in pairs], ignore_conflicts=True
    )


def read_adoption(text: str) -> tuple[str, StandardNumber]:
    """Degree and number of "IDT ISO 9001:2015" or "ISO 9001:2015, IDT". Raises ScienceError or ValueError."""
    words = text.replace(",", " ").replace("，", " ").split()
    degrees = [word.upper() for word in words if word.upper() in Relation.Degree.values]
    if len(degrees) != 1:
        raise ValueError(text)
    return degrees[0], parse_standard_number(" ".join(word for word in words if word.upper() != degrees[0]))


def _adoptions(given: list[Row], table: Mapping[str, Standard]) -> None:
    def adopted(cells: Cells) -> list[tuple[str, str, StandardNumber, str]]:
        number = read_number(cells)
        found = []
        for text in cells.many("adopts"):
            try:
                degree, other = read_adoption(text)
            except (ScienceError, ValueError):
                sentence = _("“%(text)s”应写明一致性程度和国际标准号，如 IDT ISO 9001:2015。")
                cells.wrong("adopts", filled(sentence, text=text[:40]))
                continue
            found.append((number.text if number else "", degree, other, cells.text("source", 300)))
        return found

    adoptions = [one for found in read_rows(given, adopted) for one in found]
    others = number_table(other.text for _number, _degree, other, _source in adoptions)
    Relation.objects.bulk_create(
        [
            Relation(
                standard=table[number],
                kind=Relation.Kind.ADOPTS,
                number=other.text,
                other=others.get(other.text),
                degree=degree,
                source=source,
            )
            for number, degree, other, source in adoptions
        ],
        update_conflicts=True,
        unique_fields=["standard", "kind", "number"],
        update_fields=["degree", "other", "source"],
    )
