"""Pages of subcontracts: which items, to whom, the client's consent, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.domains.testing import queries, services
from quanheng.domains.testing.forms import LookForm, PositionsForm, ProviderForm, ReasonForm
from quanheng.domains.testing.models import Order, Subcontract
from quanheng.domains.testing.process import ORDER, RECEPTION
from quanheng.domains.testing.services.subcontracting import providers
from quanheng.domains.testing.subcontracting import SUBCONTRACT
from quanheng.kernel.audit.queries import case_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, led_back, not_now, tell
from quanheng.kernel.base.errors import Invalid, Refusal
from quanheng.kernel.base.html import local, yuan
from quanheng.kernel.cases.head import badge_of, head_of
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.services import why_not_move
from quanheng.kernel.parties.models import Organisation

ACTS: dict[str, tuple[type[forms.Form], Callable[..., Any]]] = {
    "agree": (LookForm, services.agree_subcontract),
    "refuse": (ReasonForm, services.refuse_subcontract),
    "withdraw": (ReasonForm, services.withdraw_subcontract),
}
_MAY_PROPOSE = ("accepted", "working")


def subcontracting(actor: Actor, order: Order, found: Iterable[Subcontract]) -> dict[str, Any] | None:
    """What the page of an order shows of its subcontracts; None where there is none and none can be proposed."""
    rows = [(one, badge_of(one.case)) for one in found]
    may = _may_propose(actor, order)
    return {"rows": rows, "may": may} if rows or may else None


def _may_propose(actor: Actor, order: Order) -> bool:
    return order.case.state in _MAY_PROPOSE and RECEPTION.allows(actor, order)


@require_http_methods(["GET", "POST"])
def propose(request: ActorRequest, uid: str) -> HttpResponse:
    """First the items, then who could determine all of them, by price."""
    order = queries.order_by_uid(request.actor, uid)
    back = ORDER.path.format(uid=uid)
    may = _may_propose(request.actor, order)
    if answer := led_back(request, back, None if may else not_now(_("提出分包"))):
        return answer
    open_items = [
        (one.position, f"{one.position}. {local(one.item)}")
        for one in queries.results_of(order.case_id)
        if not one.provider_id
    ]
    picking = PositionsForm(open_items, request.GET if {"pick", "positions"} & request.GET.keys() else None)
    chosen = picking.cleaned_data["positions"] if picking.is_bound and picking.is_valid() else []
    context: dict[str, Any] = {"order": order, "back": back, "picking": picking, "chosen": chosen, "place": "workbench"}
    context["crumbs"] = [(_("工作台"), "/work/"), (order.case.number, back), (_("提出分包"), "")]
    if not chosen:
        return render(request, "testing/subcontract_new.html", context, status=422 if picking.errors else 200)
    able = [
        (
            one.institution.uid,
            _("%(name)s：%(price)s 元，%(days)s 个工作日")
            % {"name": local(one.institution), "price": yuan(one.price_cents), "days": one.days},
        )
        for one in providers(order, chosen)
    ]
    form = ProviderForm(able, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        provider = Organisation.objects.get(uid=form.cleaned_data["provider"])
        try:
            made = services.propose_subcontract(
                request.actor, order, positions=chosen, provider=provider, reason=form.cleaned_data["reason"]
            )
        except Refusal as refusal:
            if not isinstance(refusal, Invalid):
                messages.error(request, str(refusal))
                return redirect(back)
            tell(form, refusal)
        else:
            messages.success(request, _("已请委托方同意。对方同意之前，项目仍由本机构承担。"))
            return redirect(SUBCONTRACT.path.format(uid=made.case.uid))
    context |= {"form": form, "able": able, "action": f"?{urlencode({'positions': chosen}, doseq=True)}"}
    context["items"] = [label for position, label in open_items if position in chosen]
    return render(request, "testing/subcontract_new.html", context, status=422 if form.errors else 200)


@require_safe
def subcontract_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One subcontract: which items, to whom, how it stands."""
    subcontract = queries.subcontract_by_uid(request.actor, uid)
    story = case_story(request.actor, subcontract.case, known=(subcontract,))
    wanted = set(subcontract.positions)
    return render(
        request,
        "testing/subcontract.html",
        {
            "subcontract": subcontract,
            "case": head_of(request.actor, subcontract, story, frozenset(ACTS)),
            "items": [one for one in queries.results_of(subcontract.order.case_id) if one.position in wanted],
            # What it costs is between the two institutions.
            "inside": Case.inside.allows(request.actor, subcontract.case),
            "events": [
                {"what": told.what, "when": told.when, "who": told.who, "detail": told.reason} for told in story
            ],
            "crumbs": _crumbs(subcontract),
            "place": "workbench",
        },
    )


def _crumbs(subcontract: Subcontract, last: str = "") -> list[tuple[str, str]]:
    order, here = subcontract.order.case, SUBCONTRACT.path.format(uid=subcontract.case.uid)
    crumbs = [(_("工作台"), "/work/"), (order.number, ORDER.path.format(uid=order.uid))]
    crumbs.append((subcontract.case.number, here if last else ""))
    return [*crumbs, (last, "")] if last else crumbs


@require_http_methods(["GET", "POST"])
def subcontract_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """One move of a subcontract."""
    subcontract = queries.subcontract_by_uid(request.actor, uid)
    form_class, service = ACTS[name]
    step, back = SUBCONTRACT.by_move[name], SUBCONTRACT.path.format(uid=uid)
    form = form_class(request.POST if request.method == "POST" else None)
    done = _("已%(act)s。") % {"act": step.label}
    act, why_not = partial(service, request.actor, subcontract), why_not_move(request.actor, subcontract, name)
    if answer := acted(request, form, act, back=back, done=done, why_not=why_not):
        return answer
    context = {"order": subcontract.order, "form": form, "label": step.label, "back": back, "place": "workbench"}
    context["crumbs"] = _crumbs(subcontract, str(step.label))
    return render(request, "testing/settle.html", context, status=422 if form.errors else 200)
