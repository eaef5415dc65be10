"""Who may decide on a proposal: whoever may do the act that is proposed, on the row that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q

from quanheng.kernel.base.acts import every_act
from quanheng.kernel.base.grants import ALL, NONE, Grant
from quanheng.kernel.changes.table import demands

if TYPE_CHECKING:
    from quanheng.kernel.base.actor import Actor


@dataclass(frozen=True)
class MayDoIt(Grant):
    """The actor may do the proposed act; the proposer too, who is kept from deciding by the acts themselves."""

    def q(self, actor: Actor) -> Q:
        if actor.system:
            return ALL
        condition = NONE
        for name in demands():
            declared = every_act()[name]
            may = declared.may.q(actor)
            if may == NONE:
                continue
            about = Q(act=name)
            if may != ALL:
                about &= Q(subject_id__in=declared.on._default_manager.filter(may).values("pk"))
            condition = about if condition == NONE else condition | about
        return condition

    def allows(self, actor: Actor, row: Any) -> bool:
        if actor.system:
            return True
        declared = every_act().get(row.act) if row.act in demands() else None
        subject: Model | None = row.subject() if declared else None
        return declared is not None and subject is not None and declared.may.allows(actor, subject)
