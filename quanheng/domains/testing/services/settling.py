"""Settling an order: what it is charged at, the payment that the client reports, its receipt.

Never more than both sides agreed; less with a reason. Work that came to nothing is charged only where the client left.
"""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.models import Order, Settlement
from quanheng.domains.testing.process import BOTH, CLIENT, RECEPTION
from quanheng.domains.testing.services.refunding import follow_charge
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.checks import REASON_LENGTH, checked_text, need_reason
from quanheng.kernel.base.errors import Conflict, FieldError, Invalid
from quanheng.kernel.base.html import yuan
from quanheng.kernel.base.texts import filled


def why_not_billed(order: Order) -> object | None:
    """Why an order cannot be charged for now; None where it can."""
    if order.attestation_id:
        return None
    if order.case.state == "cancelled" and order.ending == Order.Ending.CLIENT:
        return None
    if order.case.closed_at:
        return _("该任务单未出具报告，也不是委托方中途终止的，不能收费。")
    return _("报告签发后才能结算。")


@act("testing.order.bill", on=Order, label=_("开具账单"), may=RECEPTION, tells=BOTH)
def bill_order(
    actor: Actor, order: Order, *, amount_cents: int | None = None, invoice: str = "", note: str = ""
) -> Settlement:
    """Charge for an order, by itself what was agreed. A bill that is not paid yet can be made anew.

    Raises Conflict (nothing to charge for, paid already), Invalid (more than agreed; less without a reason).
    """
    if reason := why_not_billed(order):
        raise Conflict(reason, code="not-billable")
    found = Settlement.objects.filter(order=order).first()
    if found is not None and found.state != Settlement.State.BILLED:
        raise Conflict(_("委托方已付款，账单不能再改。"), code="paid")
    amount = order.price_cents if amount_cents is None else amount_cents
    invoice = checked_text("invoice", invoice, 40, required=False)
    note = checked_text("note", note, REASON_LENGTH, required=False)
    if not 0 <= amount <= order.price_cents:
        told = filled(_("应付金额应在 0 与约定价格 %(yuan)s 元之间。"), yuan=yuan(order.price_cents))
        raise Invalid(_("账单未开具，请按提示修改。"), errors=[FieldError("amount_cents", told)])
    if (amount < order.price_cents or not order.attestation_id) and not note:
        told = _("请说明金额的由来，例如“只完成前两项”。")
        raise Invalid(_("账单未开具，请按提示修改。"), errors=[FieldError("note", told)])
    made = found or Settlement(order=order, case_id=order.case_id)
    made.amount_cents, made.invoice, made.note = amount, invoice, note
    # Nothing to pay is settled at once.
    made.state = Settlement.State.BILLED if amount else Settlement.State.SETTLED
    made.save()
    remark(amount_cents=amount, agreed_cents=order.price_cents)
    follow_charge(order)
    return made


@act("testing.order.pay", on=Order, label=_("登记付款"), may=CLIENT, tells=BOTH)
def pay_order(actor: Actor, order: Order, *, paid_on: date, reference: str = "") -> Settlement:
    """The client has paid, and says by which reference the payment is found. Raises Conflict, Invalid."""
    settlement = _settlement(order, Settlement.State.BILLED)
    _paid(settlement, paid_on)
    settlement.reference = checked_text("reference", reference, 80, required=False)
    settlement.state = Settlement.State.PAID
    settlement.save()
    remark(amount_cents=settlement.amount_cents, paid_on=str(paid_on))
    return settlement


@act("testing.order.confirm_payment", on=Order, label=_("确认到账"), may=RECEPTION, tells=BOTH)
def confirm_payment(actor: Actor, order: Order, *, paid_on: date | None = None) -> Settlement:
    """The institution has the money; ``paid_on`` where it was paid at the counter and the client reported nothing."""
    settlement = _settlement(order, Settlement.State.BILLED, Settlement.State.PAID)
    if settlement.state == Settlement.State.BILLED:
        _paid(settlement, paid_on or timezone.localdate())
    settlement.state = Settlement.State.SETTLED
    settlement.save()
    remark(amount_cents=settlement.amount_cents)
    return settlement


@act("testing.order.miss_payment", on=Order, label=_("未收到付款"), may=RECEPTION, tells=BOTH)
def miss_payment(actor: Actor, order: Order, *, reason: str) -> Settlement:
    """The payment that the client reported cannot be found; it is asked again."""
    need_reason(reason)
    settlement = _settlement(order, Settlement.State.PAID)
    settlement.state = Settlement.State.BILLED
    settlement.save()
    return settlement


def _settlement(order: Order, *states: Settlement.State) -> Settlement:
    """The settlement of an order, in one of some states. Raises Conflict with what it is instead."""
    found = Settlement.objects.filter(order=order).first()
    if found is None:
        raise Conflict(_("机构还没有开具账单。"), code="not-billed")
    if found.state not in states:
        told = filled(_("结算状态为“%(state)s”，不能这样办理。请刷新页面。"), state=found.get_state_display())
        raise Conflict(told, code="wrong-state")
    return found


def _paid(settlement: Settlement, day: date) -> None:
    if day > timezone.localdate():
        raise Invalid.field("paid_on", _("付款日期在今天之后，请核对。"))
    settlement.paid_on = day
