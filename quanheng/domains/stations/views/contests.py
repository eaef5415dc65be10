"""Pages of a contested record: raised from the visit's page, then one page with a form for each move."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.domains.stations import queries, registry, services
from quanheng.domains.stations.forms import ContestForm, CorrectForm, ReasonForm, SayForm
from quanheng.domains.stations.models import Contest
from quanheng.domains.stations.process import CONTEST
from quanheng.domains.stations.services.contests import why_no_contest
from quanheng.domains.stations.views.shared import form_page, must_sign_in
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, posted, pressed
from quanheng.kernel.base.html import local
from quanheng.kernel.cases.head import head_of
from quanheng.kernel.cases.services import why_not_move

# Moves with what they ask for; None: nothing, they are done at once.
MOVES: dict[str, tuple[Callable[..., Any], type[forms.Form] | None]] = {
    "correct": (services.correct_contested, CorrectForm),
    "strike": (services.strike_contested, ReasonForm),
    "stand": (services.stand_by_record, SayForm),
    "accept": (services.accept_record, None),
    "ask_ruling": (services.ask_ruling, SayForm),
    "rule_struck": (services.rule_struck, SayForm),
    "rule_kept": (services.rule_kept, SayForm),
    "withdraw": (services.withdraw_contest, None),
}
_ASKING = frozenset(name for name, (_act, form) in MOVES.items() if form)
# What ends the matter at one press is asked once more.
_SURE = {
    "accept": gettext_lazy("接受后异议结束，该记录重新计入站点的来访，不能再提异议。"),
    "withdraw": gettext_lazy("撤回后该记录重新计入站点的来访。"),
}
# What the page of a move says before its form.
_BEFORE = {
    "correct": gettext_lazy("更正后记录重新计入；企业会收到通知，对更正后的记录仍可提出异议。"),
    "strike": gettext_lazy("撤销后记录保留可查，但不再计入任何统计，也不能恢复。企业的评价不受影响。"),
    "stand": gettext_lazy("企业看到理由后，可以接受，也可以请求裁定；到期未表态的，记录有效。"),
    "ask_ruling": gettext_lazy("由不是任何一方的示范区运营机构裁定；没有的，由当地市场监管部门裁定。以裁定为准。"),
}


@require_http_methods(["GET", "POST"])
def visit_contest(request: ActorRequest, uid: str) -> HttpResponse:
    """A firm contests what was recorded in its name."""
    must_sign_in(request)
    visit = queries.visit_by_uid(request.actor, uid)
    back = reverse("stations:visit", args=[uid])
    form = ContestForm(posted(request))
    answer = acted(
        request,
        form,
        partial(services.contest_visit, request.actor, visit),
        back=back,
        done=_("异议已提出，站点会收到通知。"),
        why_not=why_no_contest(visit),
        onward=lambda contest: CONTEST.path.format(uid=contest.case.uid),
    )
    if answer:
        return answer
    title = _("对来访记录提出异议")
    context = {
        "title": title,
        "lead": local(visit.station),
        "note": _("办结之前，这条记录不计入站点的来访和代办。您的满意度评价不受影响。"),
        "cancel": back,
        "place": "workbench",
        "crumbs": [(_("来访台账"), reverse("visits")), (registry.visitor(visit), back), (title, "")],
    }
    return form_page(request, form, context)


def _crumbs(contest: Contest, last: Any = "") -> list[tuple[Any, str]]:
    path = CONTEST.path.format(uid=contest.case.uid)
    crumbs = [(_("来访异议"), reverse("visit-contests")), (contest.case.number, path if last else "")]
    return [*crumbs, (last, "")] if last else crumbs


@require_safe
def contest_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One contested record: who has to answer until when, what each side says, how it ended."""
    page = queries.contest_page(request.actor, uid)
    contest = page.contest
    head = head_of(request.actor, contest, list(page.story), _ASKING, page.options)
    for one in head["acts"]:
        one["confirm"] = _SURE.get(one["url"].split("/")[-2], "")
    visit = contest.visit
    return render(
        request,
        "stations/contest.html",
        {
            "contest": contest,
            "visit": visit,
            "topic": registry.topic(visit),
            "case": head,
            "standing": registry.visit_standing(visit),
            "sees_visit": type(visit).visible_to.allows(request.actor, visit),
            "events": [
                {"what": told.what, "when": told.when, "who": told.who, "detail": told.reason} for told in page.story
            ],
            "place": "workbench",
            "crumbs": _crumbs(contest),
        },
    )


@require_http_methods(["GET", "POST"])
def contest_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """One move of a contest: at once where it asks for nothing, else on a page of its own."""
    page = queries.contest_page(request.actor, uid)
    contest, (perform, kind) = page.contest, MOVES[name]
    back, step = CONTEST.path.format(uid=uid), CONTEST.by_move[name]
    said = _("已%(act)s。") % {"act": step.label}
    if kind is None:
        return pressed(request, lambda: perform(request.actor, contest), back=back, done=said)
    form = kind(posted(request))
    if kind is CorrectForm:
        names = ("contact", "channel", "topic", "question", "answer")
        form.initial = {name: getattr(contest.visit, name) for name in names} | {"on": contest.visit.visited_on}

    why_not = why_not_move(request.actor, contest, name, page.options)
    act = partial(perform, request.actor, contest)
    if answer := acted(request, form, act, back=back, done=said, why_not=why_not):
        return answer
    context = {
        "title": step.label,
        "lead": f"{contest.case.title} · {contest.case.number}",
        "note": _BEFORE.get(name, ""),
        "cancel": back,
        "danger": name in ("strike", "rule_struck"),
        "place": "workbench",
        "crumbs": _crumbs(contest, step.label),
    }
    return form_page(request, form, context)
