"""Acts on the register of standards. Each tells those who watch what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.cells import Cells, refuse
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, Invalid, bilingual
from quanheng.kernel.base.grants import Having, Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import OrganisationKind, Role
from quanheng.kernel.requirements.grants import KeepsRegisters
from quanheng.kernel.requirements.loading.codes import index_codes
from quanheng.kernel.requirements.loading.graph import date_supersession
from quanheng.kernel.requirements.loading.merging import resolve
from quanheng.kernel.requirements.loading.report import Report
from quanheng.kernel.requirements.loading.standards import read_facts, read_standard
from quanheng.kernel.requirements.models import Relation, Standard
from quanheng.kernel.requirements.services.watches import tell_changes
from quanheng.science.errors import ScienceError
from quanheng.science.identifiers.standard_number import parse_standard_number

# What a keeper may correct; the number is the standard itself and stays.
CORRECTABLE = (
    *("title_zh", "title_en", "kind", "doctype", "mandatory", "published", "effective", "withdrawn", "edition"),
    *("stage", "ics", "ccs", "committee", "body", "drafters", "remark"),
)


@dataclass(frozen=True)
class StandardFacts:
    """What is stated of a standard when it is registered; ``number`` in any spelling."""

    number: str
    title_zh: str
    kind: str
    source: str
    title_en: str = ""
    mandatory: bool = False
    published: date | None = None
    effective: date | None = None
    confidence: str = "confirmed"
    doctype: str = ""
    edition: int | None = None
    stage: str = ""
    ics: list[str] = field(default_factory=list)
    ccs: list[str] = field(default_factory=list)
    committee: str = ""
    body: str = ""
    drafters: list[str] = field(default_factory=list)


def _cells(facts: Mapping[str, Any]) -> Cells:
    """Facts as a row: flags and lists the way that a table writes them."""
    row = {**facts, "mandatory": "yes" if facts.get("mandatory") else "no"}
    return Cells({name: ";".join(value) if isinstance(value, list) else value for name, value in row.items()})


@act(
    "requirements.standard.register",
    on=Organisation,
    label=_("登记标准"),
    may=Having("kind", OrganisationKind.REGULATOR) & Holds("", Role.CASE_OFFICER),
)
def register_standard(actor: Actor, registrar: Organisation, *, facts: StandardFacts) -> Standard:
    """Enter a standard in the register; what named it before is linked. Raises Invalid by field, Conflict."""
    cells = _cells(asdict(facts))
    standard = read_standard(cells)
    refuse(cells.errors)
    if Standard.objects.filter(number=standard.number).exists():
        raise Conflict(filled(_("标准 %(number)s 已登记，请直接查看或修改该条。"), number=standard.number))
    standard.save()
    index_codes([standard], new=True)
    resolve([standard.number], Report())
    return standard


@act("requirements.standard.correct", on=Standard, label=_("更正标准题录"), may=KeepsRegisters())
def correct_standard(actor: Actor, standard: Standard, *, facts: Mapping[str, Any], reason: str) -> Standard:
    """Correct facts of a standard; files read later leave them alone. Raises Invalid by field.

    ``facts`` names the columns that change (``CORRECTABLE``). Days of supersession of what it replaces follow.
    """
    need_reason(reason)
    if unknown := sorted(set(facts) - set(CORRECTABLE)):
        raise Invalid.field(unknown[0], _("此项不能更正。"))
    now = {name: getattr(standard, name) for name in ("number", "source", "confidence", *CORRECTABLE)}
    # "At the latest" is not a day that others can be compared with.
    if not standard.withdrawn_exact:
        now["withdrawn"] = None
    cells = _cells({**now, **facts})
    read = read_facts(cells)
    refuse([error for error in cells.errors if error.field in facts])
    changed = [name for name in facts if read.get(name, _nothing(name)) != getattr(standard, name)]
    if not changed:
        raise Invalid(_("没有任何改动，请先修改再保存。"))
    for name in changed:
        setattr(standard, name, read.get(name, _nothing(name)))
    if "published" in changed:
        standard.published_to = Standard.Precision.DAY
    if "withdrawn" in changed:
        standard.withdrawn_exact = True
    standard.fixed = sorted({*standard.fixed, *changed})
    standard.save()
    if {"ics", "ccs"} & set(changed):
        index_codes([standard])
    date_supersession([standard.pk])
    standard.refresh_from_db(fields=["superseded_on"])
    tell_changes(_touched(standard))
    return standard


def _nothing(name: str) -> Any:
    """The empty value of a column that the row left blank."""
    column: Any = Standard._meta.get_field(name)
    return None if column.null else column.get_default()


def _touched(standard: Standard) -> list[int]:
    """The standard, and those that it replaces: their last day is its first."""
    return [standard.pk, *standard.replaces.values_list("pk", flat=True)]


@act("requirements.standard.replace", on=Standard, label=_("登记代替关系"), may=KeepsRegisters())
def record_replacement(actor: Actor, successor: Standard, *, predecessor: Standard, reason: str = "") -> Standard:
    """Record that ``successor`` replaces ``predecessor``, which is superseded from the day that one takes effect.

    Scope lines that cite the predecessor are flagged from that day. Raises Invalid, Conflict.
    """
    if predecessor.pk == successor.pk:
        raise Invalid.field("predecessor", _("标准不能代替它自己，请改正编号。"))
    if successor.replaces.filter(pk=predecessor.pk).exists():
        raise Conflict(_("这一代替关系已登记。"))
    newer, older = successor.takes_effect(), predecessor.takes_effect()
    if newer and older and newer < older:
        raise Invalid.field(
            "predecessor",
            filled(_("%(old)s 的实施日期晚于 %(new)s，请核对谁代替谁。"), old=predecessor.number, new=successor.number),
        )
    if _replaces(predecessor, successor.pk):
        raise Conflict(_("反向的代替关系已登记：二者不能互相代替，请核对。"))
    successor.replaces.add(predecessor)
    # What was doubted, waiting or refuted of the same two is decided by this.
    kinds = (Relation.Kind.REPLACES, Relation.Kind.NOT_REPLACES)
    Relation.objects.filter(standard=successor, kind__in=kinds, number=predecessor.number).delete()
    date_supersession([predecessor.pk])
    predecessor.refresh_from_db(fields=["superseded_on"])
    remark(predecessor=predecessor.number, superseded_on=predecessor.superseded_on)
    tell_changes([predecessor.pk])
    return successor


@act("requirements.standard.undo_replacement", on=Standard, label=_("撤销代替关系"), may=KeepsRegisters())
def undo_replacement(actor: Actor, successor: Standard, *, predecessor: Standard, reason: str) -> Standard:
    """Take a recorded replacement back; a file that states it again is not believed. Raises Invalid, Conflict."""
    reason = need_reason(reason)
    if not successor.replaces.filter(pk=predecessor.pk).exists():
        raise Conflict(_("没有登记过这一代替关系，请刷新页面。"))
    successor.replaces.remove(predecessor)
    Relation.objects.update_or_create(
        standard=successor,
        kind=Relation.Kind.NOT_REPLACES,
        number=predecessor.number,
        defaults={"other": predecessor, "source": reason},
    )
    date_supersession([predecessor.pk])
    predecessor.refresh_from_db(fields=["superseded_on"])
    remark(predecessor=predecessor.number, superseded_on=predecessor.superseded_on)
    tell_changes([predecessor.pk])
    return successor


def _replaces(standard: Standard, other: int) -> bool:
    """Whether ``standard`` replaces the other, at once or through standards between them."""
    seen: set[int] = set()
    found = {standard.pk}
    through = Standard.replaces.through.objects
    while found:
        seen |= found
        found = set(through.filter(from_standard_id__in=found).values_list("to_standard_id", flat=True)) - seen
        if other in found:
            return True
    return False


@act("requirements.standard.withdraw", on=Standard, label=_("废止标准"), may=KeepsRegisters())
def withdraw_standard(actor: Actor, standard: Standard, *, on: date, reason: str) -> Standard:
    """Withdraw a standard without a successor from a day on. Raises Invalid, Conflict.

    Where only "by this day at the latest" was known, the day becomes exact.
    """
    if standard.withdrawn and standard.withdrawn_exact:
        raise Conflict(filled(_("该标准已于 %(day)s 废止。"), day=standard.withdrawn))
    first = standard.effective or standard.published
    if first and on < first:
        raise Invalid.field("on", _("废止日期早于发布或实施日期，请核对。"))
    if not reason.strip():
        raise Invalid.field("reason", _("请填写废止依据，如公告编号。"))
    standard.withdrawn, standard.withdrawn_exact = on, True
    standard.fixed = sorted({*standard.fixed, "withdrawn"})
    standard.save(update_fields=["withdrawn", "withdrawn_exact", "fixed"])
    tell_changes([standard.pk])
    return standard


@act("requirements.standard.adopt", on=Standard, label=_("登记采标关系"), may=KeepsRegisters())
def record_adoption(actor: Actor, standard: Standard, *, number: str, degree: str, reason: str = "") -> Relation:
    """Record that the standard adopts an international one, to a degree; recorded again, the degree is changed.

    ``number`` need not be registered: it is linked once it is. Raises Invalid.
    """
    try:
        other = parse_standard_number(number)
    except ScienceError as error:
        raise Invalid.field("number", bilingual(error.zh, error.en)) from None
    if degree not in Relation.Degree.values:
        raise Invalid.field("degree", _("一致性程度应为 IDT、MOD 或 NEQ。"))
    if not other.international:
        raise Invalid.field("number", _("采用的应是国际标准，如 ISO 9001:2015。"))
    relation, _made = Relation.objects.update_or_create(
        standard=standard,
        kind=Relation.Kind.ADOPTS,
        number=other.text,
        defaults={
            "other": Standard.objects.filter(number=other.text).first(),
            "degree": degree,
            "source": reason.strip()[:300] or actor.name or "—",
        },
    )
    return relation
