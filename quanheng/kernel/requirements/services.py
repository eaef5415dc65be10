"""Acts on the register of standards, and the loading of its facts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.cells import Cells, refuse
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Having, Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import OrganisationKind, Role
from quanheng.kernel.requirements.grants import KeepsRegisters
from quanheng.kernel.requirements.loading import (
    date_supersession,
    load_families,
    load_items,
    load_requirements,
    load_standards,
    read_standard,
)
from quanheng.kernel.requirements.models import Standard

__all__ = [
    "StandardFacts",
    "load_families",
    "load_items",
    "load_requirements",
    "load_standards",
    "record_replacement",
    "register_standard",
    "withdraw_standard",
]


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


@act(
    "requirements.standard.register",
    on=Organisation,
    label=_("登记标准"),
    may=Having("kind", OrganisationKind.REGULATOR) & Holds("", Role.CASE_OFFICER),
)
def register_standard(actor: Actor, registrar: Organisation, *, facts: StandardFacts) -> Standard:
    """Enter a standard in the register. Raises Invalid by field, Conflict where it is registered already."""
    cells = Cells({**asdict(facts), "mandatory": "yes" if facts.mandatory else "no"})
    standard = read_standard(cells)
    refuse(cells.errors)
    if Standard.objects.filter(number=standard.number).exists():
        raise Conflict(filled(_("标准 %(number)s 已登记，请直接查看或修改该条。"), number=standard.number))
    standard.save()
    return standard


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
    with transaction.atomic():
        successor.replaces.add(predecessor)
        date_supersession([predecessor.pk])
    predecessor.refresh_from_db(fields=["superseded_on"])
    remark(predecessor=predecessor.number, superseded_on=predecessor.superseded_on)
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
    """Withdraw a standard without a successor from a day on. Raises Invalid, Conflict."""
    if standard.withdrawn:
        raise Conflict(filled(_("该标准已于 %(day)s 废止。"), day=standard.withdrawn))
    first = standard.effective or standard.published
    if first and on < first:
        raise Invalid.field("on", _("废止日期早于发布或实施日期，请核对。"))
    if not reason.strip():
        raise Invalid.field("reason", _("请填写废止依据，如公告编号。"))
    standard.withdrawn = on
    standard.save(update_fields=["withdrawn"])
    return standard
