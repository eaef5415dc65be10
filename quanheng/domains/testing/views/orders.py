"""Pages of orders: the list, the order with its story, one page for each move that asks, the results grid."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.domains.testing import queries, services
from quanheng.domains.testing.forms import (
    AbandonForm,
    AcceptForm,
    AmendForm,
    IssueForm,
    LookForm,
    PostponeForm,
    QuoteForm,
    ReasonForm,
    ReceiveForm,
)
from quanheng.domains.testing.gate.evaluation import Evaluation, evaluate
from quanheng.domains.testing.gate.shown import told as gate_told
from quanheng.domains.testing.glance import glances
from quanheng.domains.testing.grid import grid_of, rows_of
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER
from quanheng.domains.testing.signing import to_be_signed
from quanheng.domains.testing.views.samples import samples_of
from quanheng.domains.testing.views.settling import settling
from quanheng.domains.testing.views.subcontracts import subcontracting
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.queries import chain
from quanheng.kernel.attestations.shown import STATUS, status_of
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import led_back, tell
from quanheng.kernel.base.errors import Invalid, Refusal, SignInNeeded
from quanheng.kernel.base.paging import capped_count, slice_of
from quanheng.kernel.cases.head import badge_of, head_of
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.cases.services import why_not_move
from quanheng.kernel.objects.models import Sample
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results.services import Entered

FORMS: dict[str, type[forms.Form]] = {
    "accept": AcceptForm,
    "quote": QuoteForm,
    "accept_quote": LookForm,
    "refuse_quote": ReasonForm,
    "decline": ReasonForm,
    "cancel": ReasonForm,
    "postpone": PostponeForm,
    "give_up": ReasonForm,
    "withdraw": ReasonForm,
    "report_loss": ReasonForm,
    "receive": ReceiveForm,
    "refuse_samples": ReasonForm,
    "review": LookForm,
    "return_for_correction": ReasonForm,
    "issue": IssueForm,
    "deliver": LookForm,
    "amend": AmendForm,
    "abandon_amendment": AbandonForm,
}
SERVICES: dict[str, Callable[..., Any]] = {
    "accept": services.accept_order,
    "quote": services.quote_order,
    "accept_quote": services.accept_quote,
    "refuse_quote": services.refuse_quote,
    "decline": services.decline_order,
    "cancel": services.cancel_order,
    "postpone": services.postpone_order,
    "give_up": services.give_up_order,
    "withdraw": services.withdraw_order,
    "report_loss": services.report_loss,
    "receive": services.receive_samples,
    "refuse_samples": services.refuse_samples,
    "submit": services.submit_results,
    "return_for_correction": services.return_for_correction,
    "review": services.review_results,
    "issue": services.issue_report,
    "deliver": services.deliver_report,
    "amend": services.amend_report,
    "abandon_amendment": services.abandon_amendment,
}
# Moves that are done on a page of their own; entering results has the grid.
ASKING = frozenset(FORMS) | {"enter"}
# Moves whose page shows what is decided; the others show the form alone.
TEMPLATES = {
    "quote": "testing/quote.html",
    "accept_quote": "testing/quote.html",
    "refuse_quote": "testing/quote.html",
    "review": "testing/review.html",
    "issue": "testing/issue.html",
    "deliver": "testing/deliver.html",
    "amend": "testing/amend.html",
    "abandon_amendment": "testing/amend.html",
}
# What is said of a move that has only begun something, or after which the other side goes on.
BEGUN = {
    "amend": gettext_lazy("已开始更正。改好后请照常提交、审核、签发；新报告签发时代替原报告。"),
    "quote": gettext_lazy("报价已发给委托方。对方接受之前，原约定不变。"),
    "refuse_quote": gettext_lazy("已告知机构。机构可按原条件接受、重新报价或谢绝。"),
    "report_loss": gettext_lazy("已告知委托方重新送样。新样品的标签已生成。"),
    "give_up": gettext_lazy("已告知委托方，由其改派其他机构。"),
}
# The usual way of an order, as its steps are drawn.
WAY = {
    "offered": pgettext_lazy("step", "接受"),
    "accepted": pgettext_lazy("step", "收样"),
    "working": pgettext_lazy("step", "检测"),
    "in_review": pgettext_lazy("step", "审核"),
    "for_decision": pgettext_lazy("step", "签发"),
    "issued": pgettext_lazy("step", "交付"),
}


@require_safe
def order_list(request: ActorRequest) -> HttpResponse:
    """Orders that concern the actor, with filters kept in the URL."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录查看任务单。"))
    rows = queries.orders(request.actor)
    state = request.GET.get("state", "")
    if state in ORDER.by_state:
        rows = rows.filter(case__state=state)
    cursor = request.GET.get("after") or request.GET.get("before") or ""
    page = slice_of(rows, cursor, 50, key="case_id")
    count, capped = capped_count(rows)
    return render(
        request,
        "testing/orders.html",
        {
            "orders": [(order, badge_of(order.case)) for order in page.items],
            "page": {"after": page.next, "before": page.previous, "count": count, "capped": capped},
            "states": ORDER.states,
            "state": state,
            "signs": any(post.role == Role.SIGNATORY for post in request.actor.posts),
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("全部任务单"), "")],
        },
    )


def _sees_commission(actor: Actor, order: Order) -> bool:
    """Whether the commission above the order is the reader's to open: the institution sees its own orders only."""
    return order.case.parent is not None and Case.visible_to.allows(actor, order.case.parent)


def _path_of(case: Case | None) -> str:
    """The page of what the order was placed under: a commission, or an objection whose retest it is."""
    process = PROCESSES.get(case.process) if case else None
    return process.path.format(uid=case.uid) if case and process else ""


def _crumbs(actor: Actor, order: Order, last: str = "") -> list[tuple[str, str]]:
    here = ORDER.path.format(uid=order.case.uid)
    crumbs = [(_("工作台"), "/work/"), (_("全部任务单"), "/orders/")]
    if order.case.parent and _sees_commission(actor, order):
        crumbs.insert(1, (order.case.parent.number, _path_of(order.case.parent)))
    crumbs.append((order.case.number, here if last else ""))
    return [*crumbs, (last, "")] if last else crumbs


def steps_of(state: str) -> list[dict[str, Any]]:
    """The usual way of an order with where it is now; empty for one that ended otherwise."""
    names = [*WAY, "delivered"]
    if state not in (*names, "quoted"):
        return []
    at = names.index("offered" if state == "quoted" else state)
    return [
        {"label": label, "state": "done" if place < at else "now" if place == at else "todo"}
        for place, label in enumerate(WAY.values())
    ]


@require_safe
def order_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One order: the four questions, samples, results, story."""
    order = queries.order_by_uid(request.actor, uid)
    queries.read_whole(order)
    reports, subcontracts = _reports(order), queries.subcontracts_of(order)
    settled = settling(request.actor, order)
    refunds = [one["row"] for one in settled["refunds"]] if settled else []
    story = queries.story_of(request.actor, order, *(one["row"] for one in reports), *subcontracts, *refunds)
    return render(
        request,
        "testing/order.html",
        {
            "order": order,
            "reports": reports,
            "case": head_of(request.actor, order, story, ASKING),
            "steps": steps_of(order.case.state),
            "glances": glances(list(order.case.results.all())),
            "samples": samples_of(request.actor, order),
            "above": order.case.parent if _sees_commission(request.actor, order) else None,
            "above_path": _path_of(order.case.parent),
            "sending": order.case.state == "accepted",
            "quotes": list(order.quotes.all()),
            "settling": settled,
            "subcontracting": subcontracting(request.actor, order, subcontracts),
            "events": [
                {"what": told.what, "when": told.when, "who": told.who, "detail": told.reason} for told in story
            ],
            "crumbs": _crumbs(request.actor, order),
            "place": "workbench",
        },
    )


def _reports(order: Order) -> list[dict[str, Any]]:
    """The reports of an order with how each stands, the latest first; the others are those that it amends."""
    if order.attestation is None:
        return []
    found = reversed(chain(order.attestation))
    return [{"row": one} | dict(zip(("tone", "word"), STATUS[status_of(one)], strict=False)) for one in found]


@require_safe
def order_labels(request: ActorRequest, uid: str) -> HttpResponse:
    """Labels of the samples, to be printed and stuck on."""
    order = queries.order_by_uid(request.actor, uid)
    return render(
        request,
        "testing/labels.html",
        {
            "order": order,
            "samples": order.case.samples.exclude(state__in=(Sample.State.REFUSED, Sample.State.LOST)).order_by("id"),
            "address": settings.SITE_URL + ORDER.path.format(uid=uid),
            "back": ORDER.path.format(uid=uid),
            "crumbs": _crumbs(request.actor, order, _("样品标签")),
            "place": "workbench",
        },
    )


def _gate(actor: Actor, order: Order, name: str) -> Evaluation | None:
    """What the checks before issue find, for the pages on which somebody decides by it; None for other moves."""
    if name not in ("review", "issue"):
        return None
    results, signatory = queries.results_of(order.case_id), actor.person_id if name == "issue" else None
    return evaluate(order, results, day=timezone.localdate(), signatory=signatory)


def _form(name: str, order: Order, data: Any, found: Evaluation | None) -> forms.Form | None:
    """What a move asks for, filled with what the order says already; None where it asks for nothing."""
    if name in ("amend", "abandon_amendment"):
        suspended = order.attestation is not None and order.attestation.state == Attestation.State.SUSPENDED
        called = {"object_name": order.object_name, "object_model": order.object_model}
        return (AmendForm if name == "amend" else AbandonForm)(data, initial=called, suspended=suspended)
    if name == "issue":
        explain = found.failing("soft") if found else ()
        return IssueForm(data, initial={"conclusion": order.conclusion}, explain=explain)
    if name == "quote":
        return QuoteForm(data, initial={"price_cents": Decimal(order.price_cents) / 100, "days": order.days})
    return FORMS[name](data) if name in FORMS else None


@require_http_methods(["GET", "POST"])
def order_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """One move: its page with what it asks for, or at once where it asks for nothing."""
    order = queries.order_by_uid(request.actor, uid)
    back = ORDER.path.format(uid=uid)
    step = ORDER.by_move[name]
    found = _gate(request.actor, order, name)
    form = _form(name, order, request.POST if request.method == "POST" else None, found)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            SERVICES[name](request.actor, order, **(form.cleaned_data if form else {}))
        except Refusal as refusal:
            if form is None or not isinstance(refusal, Invalid):
                messages.error(request, str(refusal))
                return redirect(back)
            tell(form, refusal)
        else:
            messages.success(request, BEGUN.get(name) or _("已%(act)s。") % {"act": step.label})
            return redirect(back)
    if form is None:
        return redirect(back)
    if answer := led_back(request, back, why_not_move(request.actor, order, name)):
        return answer
    return render(request, TEMPLATES.get(name, "testing/act.html"), _act_context(request, order, name, form, found))


def _act_context(
    request: ActorRequest, order: Order, name: str, form: forms.Form, found: Evaluation | None
) -> dict[str, Any]:
    step = ORDER.by_move[name]
    back = ORDER.path.format(uid=order.case.uid)
    context: dict[str, Any] = {"order": order, "step": step, "form": form, "back": back, "place": "workbench"}
    context["crumbs"] = _crumbs(request.actor, order, str(step.label))
    context["send_back"] = f"{back}return_for_correction/"
    context["danger"] = bool(step.target) and not ORDER.by_state[step.target or order.case.state].good
    if name in ("quote", "accept_quote", "refuse_quote"):
        context["quotes"] = queries.quotes_of(order)
    if found is not None:
        results = found.records.results
        context["gate"] = gate_told(found)
        context["glances"] = glances(results)
        context["statement"] = to_be_signed(order, results, request.actor.name)
    return context


@require_safe
def order_enter(request: ActorRequest, uid: str) -> HttpResponse:
    """The results grid of an order."""
    order = queries.order_by_uid(request.actor, uid)
    why_not = why_not_move(request.actor, order, "enter")
    if answer := led_back(request, ORDER.path.format(uid=uid), why_not):
        return answer
    return render(
        request,
        "testing/enter.html",
        {
            "order": order,
            "grid": grid_of(order, request.actor, timezone.localdate()),
            "back": ORDER.path.format(uid=uid),
            "crumbs": _crumbs(request.actor, order, _("录入结果")),
            "place": "workbench",
        },
    )


@require_http_methods(["PUT"])
def order_rows(request: ActorRequest, uid: str) -> HttpResponse:
    """Save rows of the grid: all or none; errors come back by row and column."""
    rows: list[Entered] = []
    try:
        order = queries.order_by_uid(request.actor, uid)
        rows = rows_of(order, request.body)
        saved = services.enter_results(request.actor, order, rows=rows)
    except Refusal as refusal:
        return _problem(refusal, [row.position for row in rows])
    return JsonResponse({"version": saved.case.changed_at.isoformat()})


# The grid has one instrument a row, the service takes several.
_COLUMNS = {"instruments": "instrument"}


def _problem(refusal: Refusal, positions: list[int]) -> HttpResponse:
    """The problem as the grid reads it: its own columns, and rows counted from 0 in what was sent."""
    body = refusal.problem()
    for error in body.get("errors", []):
        error["field"] = _COLUMNS.get(error["field"], error["field"])
        if error["row"] in positions:
            error["row"] = positions.index(error["row"])
    return JsonResponse(body, status=refusal.status, content_type="application/problem+json")
