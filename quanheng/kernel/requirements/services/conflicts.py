"""Settling where two records of one standard disagree."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base import errors
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.requirements.grants import KeepsRegisters
from quanheng.kernel.requirements.loading.graph import date_supersession
from quanheng.kernel.requirements.loading.international import ended
from quanheng.kernel.requirements.models import Conflict, Standard
from quanheng.kernel.requirements.services.watches import tell_changes

DATES = ("published", "effective", "withdrawn")


@act("requirements.conflict.settle", on=Conflict, label=_("裁定题录分歧"), may=KeepsRegisters())
def settle_conflict(actor: Actor, conflict: Conflict, *, choice: str, reason: str) -> Conflict:
    """Decide which of two values holds. The fact is fixed: files read later leave it alone. Raises Invalid, Conflict.

    The standard's row is locked with the conflict: of two keepers at once the second is told that it is settled.
    """
    reason = need_reason(reason)
    if choice not in Conflict.Choice.values:
        raise errors.Invalid.field("choice", _("请选择保留现值或改用另一值。"))
    if conflict.settled_at:
        raise errors.Conflict(_("这一分歧已经裁定，请刷新页面查看。"))
    standard = conflict.standard
    if conflict.field in standard.fixed and choice == Conflict.Choice.OTHER:
        # Fixed meanwhile by a correction or by another conflict: the later decision holds, and says so.
        remark(overrules=str(getattr(standard, conflict.field) or ""))
    if choice == Conflict.Choice.OTHER:
        _take(standard, conflict.field, conflict.other)
    standard.fixed = sorted({*standard.fixed, conflict.field})
    standard.save()
    conflict.settled_at, conflict.settled_by_id = timezone.now(), actor.person_id
    conflict.choice, conflict.reason = choice, reason
    conflict.save()
    remark(standard=standard.number, value=conflict.other if choice == Conflict.Choice.OTHER else conflict.kept)
    date_supersession([standard.pk])
    tell_changes([standard.pk, *standard.replaces.values_list("pk", flat=True)])
    return conflict


def _take(standard: Standard, name: str, value: str) -> None:
    """Give the standard the other value, and what follows from it."""
    if name in DATES:
        setattr(standard, name, date.fromisoformat(value) if value else None)
        if name == "withdrawn":
            # A notice says that it ended, not when.
            standard.withdrawn_exact = False
        elif name == "published":
            standard.published_to = Standard.Precision.DAY
        return
    setattr(standard, name, value)
    if name == "stage" and not (standard.withdrawn and standard.withdrawn_exact):
        over = ended(value)
        standard.withdrawn = (standard.withdrawn or timezone.localdate()) if over else None
        standard.withdrawn_exact = not over
