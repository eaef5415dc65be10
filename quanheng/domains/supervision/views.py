"""Pages of supervision: a laboratory among all others, an inquiry opened from there, and each of its moves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.domains.supervision import queries, services, telling
from quanheng.domains.supervision.forms import OpenForm, TextForm
from quanheng.domains.supervision.process import INQUIRY
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now
from quanheng.kernel.base.grants import Oversees
from quanheng.kernel.base.html import local
from quanheng.kernel.cases.head import head_of
from quanheng.kernel.cases.services import why_not_move
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.parties.roles import REGULATORS

# Each move asks for words: by which name they are asked for.
MOVES: dict[str, tuple[Callable[..., Any], Any]] = {
    "answer": (services.answer_inquiry, gettext_lazy("情况说明")),
    "ask_again": (services.ask_further, gettext_lazy("追问")),
    "clear": (services.clear_inquiry, gettext_lazy("结论理由")),
    "order": (services.order_correction, gettext_lazy("责令改正的内容")),
    "report": (services.report_correction, gettext_lazy("改正情况")),
    "accept": (services.accept_correction, gettext_lazy("复查情况")),
    "refuse": (services.refuse_correction, gettext_lazy("还要改正的内容")),
    "hand_over": (services.hand_over, gettext_lazy("移交理由")),
}
# What the page of a move says before its form.
BEFORE = {
    "ask_again": gettext_lazy("只能追问一次，机构的说明期限重新计算。"),
    "clear": gettext_lazy("核查以“未发现问题”结束，机构会看到理由。"),
    "hand_over": gettext_lazy("核查到此结束，案件另行办理；机构会看到理由。"),
}


def _list(register: Any, path: str) -> list[tuple[Any, str]]:
    return [(_("工作台"), "/work/"), (register, path)]


@require_safe
def laboratory(request: ActorRequest, uid: str) -> HttpResponse:
    """One laboratory among all others: what differs, by what evidence, and what honest reason there may be."""
    page = queries.laboratory_page(request.actor, uid)
    place = page.row.organisation
    shown = {
        "row": page.row,
        "place": "registers",
        "rows": [telling.measure_told(one.measure, one.numbers) for one in page.seen],
        "reports": [telling.gate_told(one) for one in page.reports],
        "inquiries": page.inquiries,
        "may_open": services.OPENING.allows(request.actor, place),
        "crumbs": [*_list(_("机构比对"), "/supervision/laboratories/"), (local(place), "")],
    }
    return render(request, "supervision/laboratory.html", shown)


@require_http_methods(["GET", "POST"])
def inquire(request: ActorRequest, uid: str) -> HttpResponse:
    """Open an inquiry: what the laboratory is asked to account for; what was found is chosen already.

    Of a single report one can ask an institution, too, that has issued too little to be compared.
    """
    row = queries.compared(request.actor, uid)
    place = row.organisation if row else by_uid(Organisation.objects.all(), uid, request.actor)
    if row is None and not services.OPENING.allows(request.actor, place):
        raise queries.not_compared()
    back = f"/supervision/laboratories/{uid}/" if row else f"/organisations/{uid}/"
    told = [telling.measure_told(one.measure, one.numbers) for one in queries.seen(row)] if row else []
    chosen = {
        "measures": [one["key"] for one in told if one["finding"]],
        "reports": request.GET.get("report", "")[:200],
    }
    posted = request.POST if request.method == "POST" else None
    form = OpenForm([(one["key"], f"{one['title']} · {one['told']}") for one in told], posted, initial=chosen)
    label = _("发起核查")
    may = services.OPENING.allows(request.actor, place)
    made: list[Any] = []
    opened = acted(
        request,
        form,
        lambda **given: made.append(services.open_inquiry(request.actor, place, **given)),
        back=back,
        done=_("核查已发起，机构已收到通知。"),
        why_not=None if may else not_now(label),
    )
    if opened:
        return redirect(INQUIRY.path.format(uid=made[0].case.uid)) if made else opened
    shown = {"form": form, "organisation": place, "title": label, "back": back, "place": "registers"}
    shown["crumbs"] = [*_list(_("机构比对"), "/supervision/laboratories/"), (local(place), back), (label, "")]
    return render(request, "supervision/inquire.html", shown, status=422 if form.errors else 200)


@require_safe
def inquiry_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One inquiry: what is asked, on what evidence, what was said on either side, and who has to act until when."""
    page = queries.inquiry_page(request.actor, uid)
    row = page.inquiry
    shown = {
        "case": head_of(request.actor, row, page.story, frozenset(MOVES), page.options),
        "row": row,
        "place": "workbench",
        "evidence": telling.evidence_told(row),
        "said": telling.said(row),
        "compared": Oversees("region_code", *REGULATORS).allows(request.actor, row.case),
        "events": [{"what": one.what, "when": one.when, "who": one.who, "detail": one.reason} for one in page.story],
        "crumbs": [*_list(_("核查登记册"), "/inquiries/"), (row.case.number, "")],
    }
    return render(request, "supervision/inquiry.html", shown)


@require_http_methods(["GET", "POST"])
def inquiry_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """One move of an inquiry, with its words."""
    page = queries.inquiry_page(request.actor, uid)
    row, (act, words), step = page.inquiry, MOVES[name], INQUIRY.by_move[name]
    back = INQUIRY.path.format(uid=uid)
    form = TextForm(words, request.POST if request.method == "POST" else None)
    why_not = why_not_move(request.actor, row, name, page.options)
    done = _("已%(act)s。") % {"act": step.label}
    if answer := acted(request, form, partial(act, request.actor, row), back=back, done=done, why_not=why_not):
        return answer
    shown = {"form": form, "row": row, "title": step.label, "back": back, "place": "workbench"}
    shown["before"] = BEFORE.get(name, "")
    shown["danger"] = name == "hand_over"
    shown["crumbs"] = [*_list(_("核查登记册"), "/inquiries/"), (row.case.number, back), (step.label, "")]
    return render(request, "supervision/act.html", shown, status=422 if form.errors else 200)
