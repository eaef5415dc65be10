"""Pages of complaints and objections: raised from the order's page, then one page each, with a form for each move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.domains.disputes import queries, services
from quanheng.domains.disputes.forms import (
    ComplainForm,
    ConcedeForm,
    ObjectForm,
    ReasonForm,
    ReplyForm,
    RetestForm,
)
from quanheng.domains.disputes.models import DisputedItem, Objection
from quanheng.domains.disputes.process import AMENDING, CLIENT, COMPLAINT, OBJECTION
from quanheng.domains.disputes.telling import complaint_told, marks, objection_told
from quanheng.domains.disputes.windows import why_no_complaint, why_no_objection
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER
from quanheng.domains.testing.queries import order_by_uid, results_of
from quanheng.domains.testing.views.settling import refunds
from quanheng.kernel.audit.queries import Told
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import led_back, not_now, tell
from quanheng.kernel.base.errors import Refusal
from quanheng.kernel.base.html import local, yuan
from quanheng.kernel.cases.head import head_of
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.process import Process
from quanheng.kernel.cases.services import Option, why_not_move
from quanheng.kernel.objects.custody import in_hand
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid

# Moves with what they ask for; None: nothing, they are done at once.
COMPLAINT_MOVES: dict[str, tuple[Callable[..., Any], type[forms.Form] | None]] = {
    "reply": (services.reply_to_complaint, ReplyForm),
    "settle": (services.settle_complaint, None),
    "ask_again": (services.ask_again, ReasonForm),
    "give_up": (services.give_up_complaint, ReasonForm),
    "withdraw": (services.withdraw_complaint, None),
}
OBJECTION_MOVES: dict[str, tuple[Callable[..., Any], type[forms.Form] | None]] = {
    "concede": (services.concede, ConcedeForm),
    "uphold": (services.uphold, ReplyForm),
    "accept": (services.accept_results, None),
    "adopt_confirmed": (services.adopt_confirmed, None),
    "adopt_contradicted": (services.adopt_contradicted, None),
    "adopt_unjudged": (services.adopt_unjudged, None),
    "close": (services.close_corrected, None),
    "withdraw": (services.withdraw_objection, None),
}
# What ends the matter at one press is asked once more.
SURE = {
    "settle": gettext_lazy("接受答复后投诉结束，不能再追问。"),
    "accept": gettext_lazy("接受后异议结束，这些项目不能再提异议。"),
    "withdraw": gettext_lazy("撤回后本事项结束。"),
    "adopt_confirmed": gettext_lazy("确认后异议结束，复测费由委托方承担；已返还的应退回。"),
    "adopt_contradicted": gettext_lazy("确认后机构应更正或撤销报告，并承担复测费。"),
    "adopt_unjudged": gettext_lazy("确认后由委托方另选机构复测，或接受原结果。"),
}
# What the page of a move says before its form.
BEFORE = {
    "concede": gettext_lazy(
        "认可后平台随即开始更正报告：检测人员改正结果，再审核、签发；新报告签发时代替原报告，异议办结。更正不收费。"
    ),
    "uphold": gettext_lazy("委托方看到答复后，可以接受，也可以请其他机构复测；复测推翻原结果的，复测费由本机构承担。"),
    "give_up": gettext_lazy("投诉以“未解决”结束，当地监管部门在登记册中能看到。您可以再向监管部门投诉举报。"),
    "ask_again": gettext_lazy("只能追问一次，机构的答复期限重新计算。"),
}


def _asking(moves: dict[str, tuple[Callable[..., Any], type[forms.Form] | None]]) -> frozenset[str]:
    return frozenset(name for name, (_act, form) in moves.items() if form) | {"ask_retest"}


def _sees(actor: Actor, order: Order | None) -> bool:
    """Whether the order is the reader's to open: the first institution does not see the retest, nor the other way."""
    return order is not None and Case.visible_to.allows(actor, order.case)


def _crumbs(process: Process, title: Any, case: Case, last: Any = "") -> list[tuple[Any, str]]:
    path = process.path.format(uid=case.uid)
    crumbs = [(_("工作台"), "/work/"), (title, process.path.split("{")[0]), (case.number, path if last else "")]
    return [*crumbs, (last, "")] if last else crumbs


def _page(
    request: ActorRequest,
    row: Any,
    story: list[Told],
    stands: Sequence[Option],
    moves: dict[str, tuple[Callable[..., Any], type[forms.Form] | None]],
) -> dict[str, Any]:
    """What both pages show: the four questions, the order, the story."""
    head = head_of(request.actor, row, story, _asking(moves), stands)
    for act in head["acts"]:
        act["confirm"] = SURE.get(act["url"].split("/")[-2], "")
    return {
        "case": head,
        "row": row,
        "mine": request.actor.organisations(),
        "events": [{"what": told.what, "when": told.when, "who": told.who, "detail": told.reason} for told in story],
        "place": "workbench",
    }


@require_safe
def complaint_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One complaint: who has to answer until when, what was said on either side."""
    page = queries.complaint_page(request.actor, uid)
    shown = _page(request, page.complaint, page.story, page.options, COMPLAINT_MOVES)
    shown |= {"told": complaint_told(page.complaint)}
    shown["crumbs"] = _crumbs(COMPLAINT, _("投诉登记册"), page.complaint.case)
    return render(request, "disputes/complaint.html", shown)


@require_safe
def objection_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One objection: the results objected to, the retest beside them, who bears what."""
    page = queries.objection_page(request.actor, uid)
    objection = page.objection
    shown = _page(request, objection, page.story, page.options, OBJECTION_MOVES)
    if objection.case.state == "retesting" and objection.retest is not None:
        shown["case"] |= {"holder": local(objection.retest.case.handler), "holder_note": _("复测机构")}
    if objection.case.state == "correcting" and AMENDING.allows(request.actor, objection):
        shown["case"]["acts"].insert(0, _to_amend(objection.order))
    shown |= {
        "told": objection_told(objection),
        "marks": marks(objection),
        "earlier": _earlier(objection, page.items),
        "items": page.items,
        "retest": objection.retest,
        "refunds": refunds(request.actor, objection.order, objection.retest) if objection.retest else [],
        "sees_retest": _sees(request.actor, objection.retest),
        "judged": any(item.basis for item in page.items),
    }
    shown["crumbs"] = _crumbs(OBJECTION, _("异议与复测登记册"), objection.case)
    return render(request, "disputes/objection.html", shown)


def _earlier(objection: Objection, items: Sequence[DisputedItem]) -> list[dict[str, Any]]:
    """The judgements that do not hold any more, the latest first: until when, on which reports, what they came to."""
    names, outcomes = {one.position: local(one.item) for one in items}, dict(Objection.Outcome.choices)
    return [
        {
            "until": datetime.fromisoformat(one["until"]),
            "first": one["first"],
            "retest": one["retest"],
            "outcome": outcomes.get(one["outcome"], ""),
            "items": [item | {"name": names.get(item["position"], "")} for item in one["items"]],
        }
        for one in reversed(objection.judgements)
    ]


def _to_amend(order: Order) -> dict[str, Any]:
    """The way to the order, where the report is amended."""
    path = ORDER.path.format(uid=order.case.uid)
    begun = bool(order.amendment_reason)
    return {
        "label": _("到任务单办理更正") if begun else _("开始更正报告"),
        "url": path if begun else f"{path}amend/",
        "method": "get",
        "primary": True,
    }


def _refused(form: forms.Form | None, refusal: Refusal) -> bool:
    """Put a refusal beside the fields that it names, else on top of the form; False where there is none."""
    if form is None or refusal.status != 422:
        return False
    tell(form, refusal)
    return True


def _ask(request: ActorRequest, form: forms.Form, **shown: Any) -> HttpResponse:
    shown = {"form": form, "place": "workbench", **shown}
    template = shown.pop("template", "disputes/ask.html")
    return render(request, template, shown, status=422 if form.is_bound and form.errors else 200)


@require_http_methods(["GET", "POST"])
def complaint_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """One move of a complaint."""
    page = queries.complaint_page(request.actor, uid)
    return _moved(request, page.complaint, page.options, COMPLAINT, COMPLAINT_MOVES, name, _("投诉登记册"))


@require_http_methods(["GET", "POST"])
def objection_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """One move of an objection."""
    page = queries.objection_page(request.actor, uid)
    return _moved(request, page.objection, page.options, OBJECTION, OBJECTION_MOVES, name, _("异议与复测登记册"))


def _moved(
    request: ActorRequest,
    row: Any,
    stands: Sequence[Option],
    process: Process,
    moves: dict[str, tuple[Callable[..., Any], type[forms.Form] | None]],
    name: str,
    title: str,
) -> HttpResponse:
    """Do a move, or ask for what it wants."""
    act, kind = moves[name]
    back, step = process.path.format(uid=row.case.uid), process.by_move[name]
    form = kind(request.POST if request.method == "POST" else None) if kind else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            act(request.actor, row, **(form.cleaned_data if form else {}))
        except Refusal as refusal:
            if not _refused(form, refusal):
                messages.error(request, str(refusal))
                return redirect(back)
        else:
            messages.success(request, _("已%(act)s。") % {"act": step.label})
            return redirect(back)
    if form is None:
        return redirect(back)
    if answer := led_back(request, back, why_not_move(request.actor, row, name, stands)):
        return answer
    return _ask(
        request,
        form,
        row=row,
        title=step.label,
        before=BEFORE.get(name, ""),
        back=back,
        danger=name == "give_up",
        crumbs=_crumbs(process, title, row.case, step.label),
    )


@require_http_methods(["GET", "POST"])
def retest(request: ActorRequest, uid: str) -> HttpResponse:
    """Where the disputed items are determined again: the institutions that can do them all, with price and time."""
    page = queries.objection_page(request.actor, uid)
    objection, back = page.objection, OBJECTION.path.format(uid=uid)
    label = OBJECTION.by_move["ask_retest"].label
    if why := why_not_move(request.actor, objection, "ask_retest", page.options):
        messages.error(request, str(why))
        return redirect(back)
    found = queries.retest_institutions(objection)
    able = [(one.institution.uid, _offer(one)) for one in found if not one.missing]
    retained = bool(in_hand(objection.order.case))
    form = RetestForm(able, request.POST if request.method == "POST" else None, retained=retained)
    if request.method == "POST" and form.is_valid():
        chosen = by_uid(Organisation.objects.all(), form.cleaned_data["institution"])
        try:
            services.ask_retest(request.actor, objection, institution=chosen, sample=form.cleaned_data["sample"])
        except Refusal as refusal:
            if not _refused(form, refusal):
                messages.error(request, str(refusal))
                return redirect(back)
        else:
            messages.success(request, _("复测任务单已下达给 %(name)s。") % {"name": local(chosen)})
            return redirect(back)
    return _ask(
        request,
        form,
        template="disputes/retest.html",
        row=objection,
        title=label,
        able=able,
        partly=[one for one in found if one.missing],
        items=page.items,
        back=back,
        crumbs=_crumbs(OBJECTION, _("异议与复测登记册"), objection.case, label),
    )


def _offer(one: Any) -> str:
    said = {"name": local(one.institution), "price": yuan(one.price_cents), "days": one.days}
    return _("%(name)s：%(price)s 元，%(days)s 个工作日") % said


@require_http_methods(["GET", "POST"])
def complain(request: ActorRequest, uid: str) -> HttpResponse:
    """Complain of an order's service."""
    order = order_by_uid(request.actor, uid)
    form = ComplainForm(request.POST if request.method == "POST" else None)
    return _raised(request, order, form, services.complain, why_no_complaint(order), _("提出投诉"), COMPLAINT)


@require_http_methods(["GET", "POST"])
def object_to(request: ActorRequest, uid: str) -> HttpResponse:
    """Object to results of an order's report."""
    order = order_by_uid(request.actor, uid)
    form = ObjectForm(
        [(one.position, _result(one)) for one in results_of(order.case_id)],
        request.POST if request.method == "POST" else None,
    )
    return _raised(request, order, form, services.object_to, why_no_objection(order), _("对结果提出异议"), OBJECTION)


def _result(result: Any) -> str:
    """A result as the client ticks it: position, item, value, verdict."""
    value = " ".join(part for part in (result.value, result.unit) if part)
    value += f" ± {result.uncertainty}" if result.uncertainty else ""
    return f"{result.position}. {local(result.item)}: {value} · {result.get_verdict_display()}"


def _raised(
    request: ActorRequest,
    order: Order,
    form: forms.Form,
    act: Callable[..., Any],
    why_not: Any | None,
    title: str,
    process: Process,
) -> HttpResponse:
    """Raise a complaint or an objection, or ask for what it wants."""
    back = ORDER.path.format(uid=order.case.uid)
    # The permission is that of both acts: it is the client's to raise them.
    if answer := led_back(request, back, why_not if CLIENT.allows(request.actor, order) else not_now(title)):
        return answer
    if request.method == "POST" and form.is_valid():
        try:
            made = act(request.actor, order, **form.cleaned_data)
        except Refusal as refusal:
            if not _refused(form, refusal):
                messages.error(request, str(refusal))
                return redirect(back)
        else:
            messages.success(request, _("已提交，编号 %(number)s。") % {"number": made.case.number})
            return redirect(process.path.format(uid=made.case.uid))
    crumbs = [(_("工作台"), "/work/"), (_("全部任务单"), "/orders/"), (order.case.number, back), (title, "")]
    return _ask(request, form, row=order, title=title, back=back, crumbs=crumbs)
