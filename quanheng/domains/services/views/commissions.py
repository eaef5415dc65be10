"""The commission: its orders, its story, what to do when one falls away, stars at the end."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.domains.services import queries, services
from quanheng.domains.services.forms import RateForm, ReasonForm, ReplaceForm
from quanheng.domains.services.models import Commission
from quanheng.domains.services.outlook import difference
from quanheng.domains.services.process import COMMISSION
from quanheng.domains.services.understood import label
from quanheng.domains.services.views.needs import may_act_for
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import led_back
from quanheng.kernel.base.errors import NotFound, Refusal, SignInNeeded
from quanheng.kernel.base.html import yuan
from quanheng.kernel.base.paging import capped_count, slice_of
from quanheng.kernel.cases.head import badge_of, head_of
from quanheng.kernel.cases.services import why_not_move
from quanheng.kernel.parties.models import Organisation

ASKING = frozenset({"close", "replace_order"})
# What can be done about a lost order stands on one page.
_ON_ITS_PAGE = ("replan_order", "forgo_order")
# How far an order is on the way of its commission.
_REACHED = {"offered": 2, "accepted": 3, "working": 3, "in_review": 3, "for_decision": 3, "issued": 4, "delivered": 5}


@require_safe
def commission_list(request: ActorRequest) -> HttpResponse:
    """Commissions that concern the actor, with the filter kept in the URL."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录查看委托。"))
    rows = queries.commissions(request.actor)
    state = request.GET.get("state", "")
    if state in COMMISSION.by_state:
        rows = rows.filter(case__state=state)
    page = slice_of(rows, request.GET.get("after") or request.GET.get("before") or "", 50, key="case_id")
    count, capped = capped_count(rows)
    return render(
        request,
        "services/commissions.html",
        {
            "commissions": [(one, badge_of(one.case)) for one in page.items],
            "page": {"after": page.next, "before": page.previous, "count": count, "capped": capped},
            "states": COMMISSION.states,
            "state": state,
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("全部委托"), "")],
        },
    )


def steps_of(page: queries.CommissionPage) -> list[dict[str, Any]]:
    """The way from the need to the stars; where the slowest order is decides."""
    live = [row for row in page.orders if row.order.case.state in _REACHED]
    at = min((_REACHED[row.order.case.state] for row in live), default=2)
    if live and at == 5 and all(row.rating for row in live):
        at = 6
    delivered = sum(row.order.case.state == "delivered" for row in live)
    labels = (_("提出需求"), _("方案"), _("委托"), _("检测"), _("报告"), _("评价"))
    steps: list[dict[str, Any]] = [
        {"label": name, "state": "done" if place < at else "now" if place == at else "todo"}
        for place, name in enumerate(labels)
    ]
    plan = page.commission.plan
    steps[0]["url"] = reverse("services:need", args=[plan.need.uid])
    steps[1]["url"] = reverse("services:plan", args=[plan.uid])
    if live:
        steps[4]["note"] = _("%(done)s / %(all)s 份") % {"done": delivered, "all": len(live)}
    return steps


@require_safe
def commission_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One commission: the four questions, steps, orders, story."""
    page = queries.commission_page(request.actor, uid)
    commission = page.commission
    story = list(page.story)
    head = head_of(request.actor, commission, story, ASKING, page.options)
    lost = [row for row in page.orders if row.lost]
    mine = may_act_for(request, commission.case.client_id)
    # With one order only, its number before each of its acts would be noise.
    numbers = {row.order.case_id: row.order.case.number for row in page.orders if len(page.orders) > 1}
    hidden = tuple(f"/{name}/" for name in (*_ON_ITS_PAGE, *(() if lost else ("replace_order",))))
    head["acts"] = [act for act in head["acts"] if not act["url"].endswith(hidden)]
    for act in head["acts"]:
        if act["url"].endswith("/replace_order/"):
            act["url"] += f"?order={lost[0].order.case.uid}"
            act["primary"] = True
    rate = next((row for row in page.orders if mine and row.order.case.state == "delivered" and not row.rating), None)
    if rate and not lost:
        url = reverse("services:rate", args=[uid, rate.order.case.uid])
        head["acts"].insert(0, {"label": _("评价服务"), "url": url, "method": "get", "primary": True, "icon": "star"})
    return render(
        request,
        "services/commission.html",
        {
            "commission": commission,
            "case": head,
            "steps": steps_of(page),
            "orders": [(row, badge_of(row.order.case)) for row in page.orders],
            "outlook": page.outlook,
            "mine": mine,
            "events": [
                {
                    "what": f"{numbers[told.case_id]} {told.what}" if told.case_id in numbers else told.what,
                    "when": told.when,
                    "who": told.who,
                    "detail": told.reason,
                }
                for told in story
            ],
            "place": "workbench",
            "crumbs": _crumbs(commission),
        },
    )


def _crumbs(commission: Commission, last: str = "") -> list[tuple[str, str]]:
    here = reverse("services:commission", args=[commission.case.uid])
    crumbs = [(_("工作台"), "/work/"), (_("全部委托"), reverse("services:commissions"))]
    crumbs.append((commission.case.number, here if last else ""))
    return [*crumbs, (last, "")] if last else crumbs


def _asked(
    request: ActorRequest, commission: Commission, form: forms.Form, title: str, *, template: str = "services/ask.html",
    status: int = 200, **more: Any,
) -> HttpResponse:  # fmt: skip
    back = reverse("services:commission", args=[commission.case.uid])
    context = {"commission": commission, "form": form, "title": title, "back": back, "place": "workbench", **more}
    return render(request, template, {**context, "crumbs": _crumbs(commission, title)}, status=status)


def _refused(request: ActorRequest, form: forms.Form, refusal: Refusal) -> bool:
    """Put a refusal beside the fields that it names; False where it names none of them."""
    named = [error for error in refusal.errors if error.field in form.fields]
    for error in named:
        form.add_error(error.field, str(error.message))
    if not named:
        messages.error(request, str(refusal))
    return bool(named)


def _led_back(request: ActorRequest, commission: Commission, name: str) -> HttpResponse | None:
    """Back to the commission with the reason where a move is not possible as it stands."""
    back = reverse("services:commission", args=[commission.case.uid])
    return led_back(request, back, why_not_move(request.actor, commission, name))


@require_http_methods(["GET", "POST"])
def commission_close(request: ActorRequest, uid: str) -> HttpResponse:
    """End a commission that cannot be completed."""
    commission = queries.commission_by_uid(request.actor, uid)
    if answer := _led_back(request, commission, "close"):
        return answer
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.close_commission(request.actor, commission, **form.cleaned_data)
        except Refusal as refusal:
            if not _refused(request, form, refusal):
                return redirect("services:commission", uid=uid)
        else:
            messages.success(request, _("委托已结束。"))
            return redirect("services:commission", uid=uid)
    return _asked(request, commission, form, _("结束委托"), danger=True, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def order_replace(request: ActorRequest, uid: str) -> HttpResponse:
    """Another institution for a declined or cancelled order; those that cannot do all of it are told with why."""
    commission = queries.commission_by_uid(request.actor, uid)
    if answer := _led_back(request, commission, "replace_order"):
        return answer
    order_uid = request.GET.get("order", "")
    order, found = queries.replacements_for(request.actor, uid, order_uid)
    able = [one for one in found if not one.missing]
    choices = [
        (
            one.institution.uid,
            _("%(name)s：%(price)s 元，%(days)s 个工作日")
            % {
                "name": label(one.institution.name_zh, one.institution.name_en),
                "price": yuan(one.price_cents),
                "days": one.days,
            },
        )
        for one in able
    ]
    form = ReplaceForm(choices, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        chosen = Organisation.objects.get(uid=form.cleaned_data["institution"])
        try:
            services.replace_order(request.actor, commission, order=order_uid, institution=chosen)
        except Refusal as refusal:
            if not _refused(request, form, refusal):
                return redirect("services:commission", uid=uid)
        else:
            messages.success(request, _("已改派给 %(name)s。") % {"name": label(chosen.name_zh, chosen.name_en)})
            return redirect("services:commission", uid=uid)
    partly = [one for one in found if one.missing]
    again = queries.replanned_for(request.actor, uid, order_uid)
    asked = urlencode({"order": order_uid})
    return _asked(
        request,
        commission,
        form,
        _("改派机构"),
        template="services/replace.html",
        order=order,
        able=able,
        partly=partly,
        again=again,
        difference=difference(again.price_cents - order.price_cents, again.days - order.days),
        action=f"{request.path}?{asked}",
        replan=f"{reverse('services:replan', args=[uid])}?{asked}",
        forgo=f"{reverse('services:forgo', args=[uid])}?{asked}",
        status=422 if form.errors else 200,
    )


@require_POST
def order_replan(request: ActorRequest, uid: str) -> HttpResponse:
    """A lost order placed again as the platform proposes."""
    commission = queries.commission_by_uid(request.actor, uid)
    try:
        services.replan_order(request.actor, commission, order=request.GET.get("order", ""))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已重新安排，机构将收到新的任务单。"))
    return redirect("services:commission", uid=uid)


@require_http_methods(["GET", "POST"])
def order_forgo(request: ActorRequest, uid: str) -> HttpResponse:
    """A lost order that is not wanted any more."""
    commission = queries.commission_by_uid(request.actor, uid)
    if answer := _led_back(request, commission, "forgo_order"):
        return answer
    order_uid = request.GET.get("order", "")
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.forgo_order(request.actor, commission, order=order_uid, **form.cleaned_data)
        except Refusal as refusal:
            if not _refused(request, form, refusal):
                return redirect("services:commission", uid=uid)
        else:
            messages.success(request, _("已注明不再需要。其余任务单照常办理。"))
            return redirect("services:commission", uid=uid)
    action = f"{request.path}?{urlencode({'order': order_uid})}"
    return _asked(
        request, commission, form, _("不再需要"), danger=True, action=action, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
def order_rate(request: ActorRequest, uid: str, order_uid: str) -> HttpResponse:
    """Stars and words for one delivered order."""
    page = queries.commission_page(request.actor, uid)
    row = next((one for one in page.orders if one.order.case.uid == order_uid), None)
    if row is None:
        raise NotFound(_("委托中没有这张任务单，请核对编号。"))
    form = RateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.rate_order(request.actor, row.order.case, **form.cleaned_data)
        except Refusal as refusal:
            if not _refused(request, form, refusal):
                return redirect("services:commission", uid=uid)
        else:
            messages.success(request, _("谢谢，评价已记录。"))
            return redirect("services:commission", uid=uid)
    return _asked(
        request, page.commission, form, _("评价服务"), template="services/rate.html", order=row.order,
        status=422 if form.errors else 200,
    )  # fmt: skip
