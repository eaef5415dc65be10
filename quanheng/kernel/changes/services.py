"""Acts on proposals: storing, approving, declining, taking back; and where a second person is wanted."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.services import overheard
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import SERVICES, act, beside, every_act, remark
from quanheng.kernel.base.checks import REASON_LENGTH, checked_text, need_reason
from quanheng.kernel.base.errors import Conflict, Denied, FieldError, Invalid
from quanheng.kernel.base.grants import Having, Holds, Is
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.changes.bulk import Bulk, bulk
from quanheng.kernel.changes.codec import decode
from quanheng.kernel.changes.gate import cleared
from quanheng.kernel.changes.grants import MayDoIt
from quanheng.kernel.changes.models import Proposal, Switch
from quanheng.kernel.changes.proposing import basis_of, effects_of, shifted
from quanheng.kernel.changes.table import demands
from quanheng.kernel.changes.wording import column_label
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.roles import OrganisationKind, Role

__all__ = [
    "Bulk",
    "approve_proposal",
    "bulk",
    "decline_proposal",
    "store_proposal",
    "switch_rule",
    "take_back_proposal",
]

STATE = Proposal.State


@act("changes.propose", on=Organisation, label=_("提出变更"), may=Holds(""), tells=("asked",))
def store_proposal(
    actor: Actor,
    office: Organisation,
    *,
    act: str,
    subject: models.Model,
    arguments: dict[str, Any],
    basis: dict[str, Any],
    effects: list[dict[str, Any]],
    reason: str,
    asked: Organisation,
) -> Proposal:
    """Keep an act for a second person. Called by the gate alone, after the act was rehearsed.

    Raises Conflict where the same act on the row waits already; one whose ground has shifted makes room.
    """
    proposer = actor.person_id
    if proposer is None:
        raise Denied(_("变更须由具名的人员提出。"))
    waiting = Proposal.objects.select_for_update(of=("self",), no_key=True).filter(
        act=act, subject_id=subject.pk, state=STATE.WAITING
    )
    if (other := waiting.select_related("proposer").first()) is not None:
        if not shifted(other.basis):
            sentence = _("%(who)s 已提出同样的变更，正在等待批准；请先处理那一件。")
            raise Conflict(filled(sentence, who=other.proposer.name_zh), code="already-proposed")
        other.state, other.decided_at = STATE.OUTDATED, timezone.now()
        other.save(update_fields=["state", "decided_at"])
    try:
        with transaction.atomic():
            proposal = Proposal.objects.create(
                act=act,
                subject_type=subject._meta.label_lower,
                subject_id=int(subject.pk),
                subject_name=str(subject)[:200],
                arguments=arguments,
                basis=basis,
                effects=effects,
                reason=reason[:REASON_LENGTH],
                proposer_id=proposer,
                office=office,
                asked=asked,
            )
    except IntegrityError:
        raise Conflict(_("同样的变更刚刚由他人提出，请刷新后查看。"), code="already-proposed") from None
    remark(proposal=proposal.uid, proposed=act)
    return proposal


def _close(proposal: Proposal, actor: Actor, state: str, decision: str) -> Proposal:
    proposal.state, proposal.decided_by_id, proposal.decided_at = state, actor.person_id, timezone.now()
    proposal.decision = decision
    proposal.save(update_fields=["state", "decided_by", "decided_at", "decision", "effects"])
    remark(proposal=proposal.uid, proposed=proposal.act)
    return proposal


def _must_wait(proposal: Proposal) -> None:
    if proposal.state == STATE.WAITING:
        return
    who = proposal.decided_by.name_zh if proposal.decided_by else proposal.proposer.name_zh
    sentence = _("该变更已由 %(who)s 处理：%(state)s。")
    raise Conflict(filled(sentence, who=who, state=STATE(proposal.state).label), code="decided")


def _somebody_else(actor: Actor, proposal: Proposal) -> None:
    if actor.person_id is None or actor.system:
        raise Denied(_("变更须由另一位有权办理的人决定。"))
    if actor.person_id == proposal.proposer_id:
        raise Denied(_("提出人不能决定自己提出的变更，须由另一位有权办理的人决定；您可以撤回它。"))


@act("changes.approve", on=Proposal, label=_("批准变更"), may=MayDoIt(), tells=("office",))
def approve_proposal(actor: Actor, proposal: Proposal, *, reason: str = "") -> Proposal:
    """Do what was proposed, now, as it was proposed; both people are named in its audit entry.

    Raises Denied for the proposer, Conflict where somebody else was faster, where the proposer may no longer do
    it, or (code ``outdated``, with every column) where a row that it was based on has changed since.
    """
    decision = checked_text("reason", reason, REASON_LENGTH, required=False)
    _must_wait(proposal)
    _somebody_else(actor, proposal)
    declared, subject = every_act()[proposal.act], proposal.subject()
    if subject is None:
        raise Conflict(_("提案所涉的一条记录已不存在，请退回后重新提出。"), code="outdated")
    if not proposal.proposer.is_active or not declared.may.allows(actor_of(proposal.proposer), subject):
        raise Conflict(_("提出人现已无权办理该事项，须由有权的人重新提出。"), code="proposer-gone")
    if changed := shifted(proposal.basis):
        raise Conflict(
            _("提出之后，所依据的记录已有变化，该提案不再适用。请退回，或由提出人按现状重新提出。"),
            code="outdated",
            errors=[_changed(*one) for one in changed],
        )
    arguments = decode(proposal.arguments)
    before = basis_of(subject, arguments)
    with overheard() as heard, cleared(), beside(proposal=proposal.uid, proposed_by=proposal.proposer.name_zh):
        SERVICES[proposal.act](actor, subject, **arguments)
    proposal.effects = effects_of(heard, before)
    return _close(proposal, actor, STATE.APPROVED, decision)


def _changed(row: str, column: str, then: Any, now: Any) -> FieldError:
    label = column_label(row, column)
    return FieldError(
        column, filled(_("%(label)s：提出时为“%(then)s”，现为“%(now)s”。"), label=label, then=then, now=now)
    )


@act("changes.decline", on=Proposal, label=_("不批准变更"), may=MayDoIt(), tells=("office",))
def decline_proposal(actor: Actor, proposal: Proposal, *, reason: str) -> Proposal:
    """Refuse what was proposed, with the reason. Raises Denied for the proposer, Conflict, Invalid."""
    decision = need_reason(reason)
    _must_wait(proposal)
    _somebody_else(actor, proposal)
    return _close(proposal, actor, STATE.DECLINED, decision)


@act("changes.take_back", on=Proposal, label=_("撤回变更"), may=Is("proposer"), tells=("asked",))
def take_back_proposal(actor: Actor, proposal: Proposal, *, reason: str = "") -> Proposal:
    """Take one's own proposal back while nobody has decided. Raises Conflict."""
    decision = checked_text("reason", reason, REASON_LENGTH, required=False)
    _must_wait(proposal)
    return _close(proposal, actor, STATE.TAKEN_BACK, decision)


@act(
    "changes.rule.switch",
    on=Organisation,
    label=_("设定是否需要第二人"),
    may=Having("kind", OrganisationKind.REGULATOR.value)
    & Having("region_code", settings.PACK["deployment"]["region"])
    & Holds("", Role.ADMINISTRATOR),
    tells=("",),
)
def switch_rule(actor: Actor, regulator: Organisation, *, act: str, required: bool, reason: str) -> Switch:
    """Say whether an act of the table needs a second person here. Raises Invalid, Conflict where it is so already.

    What waits already is decided on as before.
    """
    need_reason(reason)
    demand = demands().get(act)
    if demand is None:
        sentence = _("“%(act)s”不在可设第二人的事项之中，可选：%(acts)s。")
        raise Invalid.field("act", filled(sentence, act=act[:80], acts=listed(demands())))
    row = Switch.objects.select_for_update().filter(act=act).first()
    if (row.required if row else demand.required) == required:
        raise Conflict(_("该事项已是这样设定的。"))
    switch, _made = Switch.objects.update_or_create(act=act, defaults={"required": required})
    remark(act=act, required=required)
    return switch
