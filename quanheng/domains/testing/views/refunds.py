"""Pages of what is owed of a retest's fee: why, how far it is paid, and the acts of both sides."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.domains.testing import queries, services
from quanheng.domains.testing.forms import ConfirmPaymentForm, PayForm, ReasonForm
from quanheng.domains.testing.models import Settlement
from quanheng.domains.testing.process import ORDER
from quanheng.domains.testing.registry import TONES
from quanheng.domains.testing.services.refunding import acts_of, why_owed
from quanheng.kernel.audit.queries import row_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.process import PROCESSES

# What each act is called and asks for, and what does it.
STEPS: dict[str, tuple[Any, type[forms.Form], Callable[..., Any]]] = {
    "pay": (gettext_lazy("登记付款"), PayForm, services.pay_settlement),
    "confirm": (gettext_lazy("确认到账"), ConfirmPaymentForm, services.confirm_settlement),
    "miss": (gettext_lazy("未收到付款"), ReasonForm, services.miss_settlement),
}


@require_safe
def settlement_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One refund or reclaim: who owes whom how much and why, both orders, the story."""
    settlement = queries.settlement_by_uid(request.actor, uid)
    case, path = settlement.case, f"/settlements/{uid}/"
    payer, payee = (case.handler, case.client) if settlement.to_client else (case.client, case.handler)
    story = row_story(request.actor, settlement)
    return render(
        request,
        "testing/settlement.html",
        {
            "settlement": settlement,
            "tone": TONES[Settlement.State(settlement.state)],
            "why": why_owed(settlement),
            "payer": payer,
            "payee": payee,
            "links": _links(request.actor, settlement),
            "acts": [
                {"label": STEPS[name][0], "url": f"{path}{name}/", "method": "get", "primary": not place}
                for place, name in enumerate(acts_of(request.actor, settlement))
            ],
            "events": [
                {"what": told.what, "when": told.when, "who": told.who, "detail": told.reason} for told in story
            ],
            "crumbs": [(_("工作台"), "/work/"), (_("结算"), "/settlements/"), (settlement.get_kind_display(), "")],
            "place": "workbench",
        },
    )


def _links(actor: Actor, settlement: Settlement) -> list[dict[str, Any]]:
    """The order, the dispute and the retest that a settlement comes from, with the pages that the reader sees."""
    retest = settlement.retest.case if settlement.retest else None
    named = (
        (_("原任务单"), settlement.case),
        (_("异议"), retest.parent if retest else None),
        (_("复测任务单"), retest),
    )
    return [
        {
            "label": label,
            "number": case.number,
            "url": PROCESSES[case.process].path.format(uid=case.uid) if Case.visible_to.allows(actor, case) else "",
        }
        for label, case in named
        if case is not None
    ]


@require_http_methods(["GET", "POST"])
def settlement_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """One act about a refund or a reclaim."""
    settlement = queries.settlement_by_uid(request.actor, uid)
    (label, form_class, service), back = STEPS[name], f"/settlements/{uid}/"
    if settlement.kind == Settlement.Kind.CHARGE:
        back = ORDER.path.format(uid=settlement.case.uid)
    why_not = None if name in acts_of(request.actor, settlement) else not_now(label)
    form = form_class(request.POST if request.method == "POST" else None, initial={"paid_on": timezone.localdate()})
    done = _("已%(act)s。") % {"act": label}
    act = partial(service, request.actor, settlement)
    if answer := acted(request, form, act, back=back, done=done, why_not=why_not):
        return answer
    context = {"settlement": settlement, "form": form, "label": label, "back": back, "place": "workbench"}
    context["crumbs"] = [
        (_("工作台"), "/work/"),
        (_("结算"), "/settlements/"),
        (settlement.get_kind_display(), back),
        (str(label), ""),
    ]
    return render(request, "testing/settlement_act.html", context, status=422 if form.errors else 200)
