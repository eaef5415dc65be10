"""Who bears a retest: its fee goes back to the client where the first result fell, and comes back where it did not.

The retest is charged to the client who ordered it. What the first institution owes the client of it is reckoned from
all that was paid of it so far, so that nothing is asked twice, whatever becomes of the judgement.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.models import Order, Settlement
from quanheng.domains.testing.process import BOTH, CLIENT, RECEPTION
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import checked_text, need_reason
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Having, PlatformOnly
from quanheng.kernel.base.texts import filled

Kind, State = Settlement.Kind, Settlement.State

_REFUND, _RECLAIM = Having("kind", Kind.REFUND), Having("kind", Kind.RECLAIM)
# The institution returns a fee, the client what was returned to it wrongly; each confirms what the other has paid.
PAYER = (_REFUND & RECEPTION) | (_RECLAIM & CLIENT)
PAYEE = (_REFUND & CLIENT) | (_RECLAIM & RECEPTION)


@act("testing.order.settle_retest", on=Order, label=_("结算复测费"), may=PlatformOnly(), tells=BOTH)
def settle_retest(actor: Actor, order: Order, *, retest: Order, by_institution: bool) -> Order | Settlement:
    """Bring what the institution of ``order`` owes its client of a retest's fee to where it ought to be.

    ``by_institution``: it bears the fee, which is what the retest is charged at; otherwise nothing of it. Returns what
    was made open by it, else the order.
    """
    charge = Settlement.objects.filter(order=retest).first()
    fee = charge.amount_cents if charge and by_institution else 0
    rows = list(Settlement.objects.filter(retest=retest).order_by("id"))
    moved = sum(one.signed_cents for one in rows if one.state in (State.PAID, State.SETTLED))
    remark(retest=retest.case.number, fee_cents=fee, returned_cents=moved)
    return _owe(order, retest, fee - moved) or order


def follow_charge(retest: Order) -> None:
    """The charge of a retest was changed: where another institution bears it, what that one owes changes with it."""
    rows = list(Settlement.objects.filter(retest=retest).select_related("case"))
    if rows:
        borne = sum(one.signed_cents for one in rows) > 0
        settle_retest(Actor.platform(), Order.objects.get(pk=rows[0].case_id), retest=retest, by_institution=borne)


def _owe(order: Order, retest: Order, cents: int) -> Settlement | None:
    """Let exactly this be open of a retest's fee: to the client, from it where negative. The order is locked.

    Returns the settlement that was made for it, if one was.
    """
    kind = Kind.REFUND if cents > 0 else Kind.RECLAIM
    known = Settlement.objects.filter(retest=retest, state=State.BILLED).first()
    if known is not None and (not cents or known.kind != kind):
        known.state = State.VOID
        known.save(update_fields=["state"])
        known = None
    remark(owed_cents=cents)
    if not cents:
        return None
    owed = known or Settlement(case_id=order.case_id, retest=retest, kind=kind)
    owed.amount_cents = abs(cents)
    owed.save()
    return None if known else owed


@act("testing.settlement.pay", on=Settlement, label=_("登记付款"), may=PAYER, tells=BOTH)
def pay_settlement(actor: Actor, settlement: Settlement, *, paid_on: date, reference: str = "") -> Settlement:
    """Whoever owes has paid, and says by which reference the payment is found. Raises Conflict, Invalid."""
    _need(settlement, "pay")
    reference = checked_text("reference", reference, 80, required=False)
    return _set(settlement, State.PAID, _day(paid_on), reference)


@act("testing.settlement.confirm", on=Settlement, label=_("确认到账"), may=PAYEE, tells=BOTH)
def confirm_settlement(actor: Actor, settlement: Settlement, *, paid_on: date | None = None) -> Settlement:
    """The money is here; ``paid_on`` where the other side has reported nothing."""
    _need(settlement, "confirm")
    day = settlement.paid_on if settlement.state == State.PAID else _day(paid_on or timezone.localdate())
    return _set(settlement, State.SETTLED, day, settlement.reference)


@act("testing.settlement.miss", on=Settlement, label=_("未收到付款"), may=PAYEE, tells=BOTH)
def miss_settlement(actor: Actor, settlement: Settlement, *, reason: str) -> Settlement:
    """The payment that was reported cannot be found; it is asked again.

    Where the judgement has changed meanwhile, it is set off against what that made open.
    """
    need_reason(reason)
    _need(settlement, "miss")
    retest = settlement.retest
    assert retest is not None  # a charge has no payer here
    since = Settlement.objects.filter(retest=retest, state=State.BILLED).first()
    if since is None:
        return _set(settlement, State.BILLED, settlement.paid_on, settlement.reference)
    cents = since.signed_cents + settlement.signed_cents
    _set(settlement, State.VOID, settlement.paid_on, settlement.reference)
    _owe(Order.objects.get(pk=settlement.case_id), retest, cents)
    return settlement


def _need(settlement: Settlement, name: str) -> None:
    if settlement.state not in _ACTS[name][1]:
        told = filled(_("结算状态为“%(state)s”，不能这样办理。请刷新页面。"), state=settlement.get_state_display())
        raise Conflict(told, code="wrong-state")


def _set(settlement: Settlement, state: Settlement.State, paid_on: date | None, reference: str) -> Settlement:
    settlement.state, settlement.paid_on, settlement.reference = state, paid_on, reference
    settlement.save(update_fields=["state", "paid_on", "reference"])
    remark(amount_cents=settlement.amount_cents)
    return settlement


def _day(day: date) -> date:
    if day > timezone.localdate():
        raise Invalid.field("paid_on", _("付款日期在今天之后，请核对。"))
    return day


# act -> (who, in which states)
_ACTS = {
    "pay": (PAYER, (State.BILLED,)),
    "confirm": (PAYEE, (State.BILLED, State.PAID)),
    "miss": (PAYEE, (State.PAID,)),
}


def acts_of(actor: Actor, settlement: Settlement) -> list[str]:
    """What the actor may do about a refund or a reclaim as it stands."""
    return [
        name for name, (may, states) in _ACTS.items() if settlement.state in states and may.allows(actor, settlement)
    ]


def why_owed(settlement: Settlement) -> Any:
    """Why one side owes the other, in a sentence; what was said of a charge. Lazy."""
    if settlement.retest is None:
        return settlement.note
    case = settlement.retest.case
    facts = {"retest": case.number, "objection": case.parent.number if case.parent else ""}
    if settlement.state == State.VOID:
        return filled(_("异议 %(objection)s 的复测（任务单 %(retest)s）判定已变，此款不必再付。"), **facts)
    if settlement.to_client:
        return filled(
            _("异议 %(objection)s 的复测（任务单 %(retest)s）推翻了原结果，复测费由原机构承担，应返还委托方。"), **facts
        )
    return filled(
        _("异议 %(objection)s 的复测（任务单 %(retest)s）重新判定后不再由原机构承担，已返还的复测费应退回。"), **facts
    )
