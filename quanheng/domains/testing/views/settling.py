"""Pages of an order's settlement: the bill, the payment, its receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from quanheng.domains.testing import queries, services
from quanheng.domains.testing.forms import BillForm, ConfirmPaymentForm, PayForm, ReasonForm
from quanheng.domains.testing.models import Order, Settlement
from quanheng.domains.testing.process import CLIENT, ORDER, RECEPTION
from quanheng.domains.testing.registry import TONES
from quanheng.domains.testing.services.settling import why_not_billed
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now


@dataclass(frozen=True)
class Step:
    """One act of settling: what it is called, what it asks for, what does it, and in which states it is offered."""

    label: Any
    form: type[forms.Form]
    service: Callable[..., Any]
    by_payer: bool
    states: frozenset[str]


_BILLED, _PAID = Settlement.State.BILLED.value, Settlement.State.PAID.value
STEPS = {
    "bill": Step(gettext_lazy("开具账单"), BillForm, services.bill_order, False, frozenset({"", _BILLED})),
    "pay": Step(gettext_lazy("登记付款"), PayForm, services.pay_order, True, frozenset({_BILLED})),
    "confirm_payment": Step(
        gettext_lazy("确认到账"), ConfirmPaymentForm, services.confirm_payment, False, frozenset({_BILLED, _PAID})
    ),
    "miss_payment": Step(gettext_lazy("未收到付款"), ReasonForm, services.miss_payment, False, frozenset({_PAID})),
}


def refunds(actor: Actor, order: Order, retest: Order | None = None) -> list[dict[str, Any]]:
    """The refunds and reclaims about an order, or of one retest's fee, each with the tone of its badge."""
    found = queries.refunds_of(actor, order, retest)
    return [{"row": one, "tone": TONES[Settlement.State(one.state)]} for one in found]


def settling(actor: Actor, order: Order) -> dict[str, Any] | None:
    """What the page of an order shows of its settlement; None where there is nothing to settle and nobody to do it."""
    settlement = getattr(order, "settlement", None)
    state = settlement.state if settlement else ""
    # Asked with the order, so that pages of orders without refunds ask no further query.
    owed = refunds(actor, order) if getattr(order, "with_refunds", False) else []
    able = {True: CLIENT.allows(actor, order), False: RECEPTION.allows(actor, order)}
    acts = [(name, step.label) for name, step in STEPS.items() if state in step.states and able[step.by_payer]]
    if settlement is None and (why_not_billed(order) or not acts):
        acts = []
    return {"row": settlement, "acts": acts, "refunds": owed} if settlement or acts or owed else None


def _initial(name: str, order: Order) -> dict[str, Any]:
    settlement = getattr(order, "settlement", None)
    if name == "bill":
        cents = settlement.amount_cents if settlement else order.price_cents
        kept = {"invoice": settlement.invoice, "note": settlement.note} if settlement else {}
        return {"amount_cents": Decimal(cents) / 100, **kept}
    return {"paid_on": timezone.localdate()}


@require_http_methods(["GET", "POST"])
def settlement_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """One act of settling an order."""
    order = queries.order_by_uid(request.actor, uid)
    step, back = STEPS[name], ORDER.path.format(uid=uid)
    shown = settling(request.actor, order)
    why_not = None if shown and name in dict(shown["acts"]) else not_now(step.label)
    form = step.form(request.POST if request.method == "POST" else None, initial=_initial(name, order))
    done = _("已%(act)s。") % {"act": step.label}
    service = partial(step.service, request.actor, order)
    if answer := acted(request, form, service, back=back, done=done, why_not=why_not):
        return answer
    context = {"order": order, "form": form, "label": step.label, "back": back, "place": "workbench"}
    context["crumbs"] = [(_("工作台"), "/work/"), (order.case.number, back), (str(step.label), "")]
    return render(request, "testing/settle.html", context, status=422 if form.errors else 200)
