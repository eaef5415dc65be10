"""Pages of the counter: a visit recorded, answered, acted on in the firm's name, rated; and the firm's mandates."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.domains.stations import queries, registry, services
from quanheng.domains.stations.forms import AnswerForm, FirmForm, NeedForm, ReasonForm, StarsForm, VisitForm
from quanheng.domains.stations.models import Mandate, Visit
from quanheng.domains.stations.services.contests import why_no_contest
from quanheng.domains.stations.views.shared import form_page, must_sign_in, organisation_named
from quanheng.domains.stations.views.stations import station_crumbs, works_at
from quanheng.kernel.audit.queries import row_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now, posted, pressed
from quanheng.kernel.base.errors import Denied
from quanheng.kernel.base.html import local
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import CLIENT_ROLES


@require_http_methods(["GET", "POST"])
def visit_new(request: ActorRequest, uid: str) -> HttpResponse:
    """Record a visit. A name that may mean several firms is asked back once."""
    must_sign_in(request)
    station = queries.station_by_uid(request.actor, uid)
    if not works_at(request, station):
        raise Denied(_("只有本站点的人员和运营机构管理员能登记来访。请联系运营机构管理员安排您到本站。"))
    given = posted(request)
    found = queries.firms_named(given.get("firm", "")) if given and given.get("firm", "").strip() else []
    exact = len(found) == 1 and given is not None and given["firm"].strip() in (found[0].uscc, found[0].name_zh)
    form = VisitForm(given, [] if exact else found)
    if form.is_bound and form.is_valid() and "chosen" in form.fields and not form.cleaned_data["chosen"]:
        form.add_error("chosen", _("平台上有名称相近的企业，请选择是哪一家。"))

    def act(firm: str, chosen: str = "", **filled: Any) -> Visit:
        client: Organisation | None = found[0] if exact else next((one for one in found if one.uid == chosen), None)
        return services.record_visit(
            request.actor, station, client=client, client_name="" if client else firm, **filled
        )

    title, back = _("登记来访"), reverse("stations:station", args=[uid])
    if answer := acted(request, form, act, back=back, done=_("来访已登记。"), onward=_address):
        return answer
    context = {
        "title": title,
        "lead": local(station),
        "cancel": back,
        "place": "workbench",
        "crumbs": station_crumbs(station, (title, "")),
    }
    return form_page(request, form, context)


def _address(visit: Visit) -> str:
    return reverse("stations:visit", args=[visit.uid])


def _visit_page(request: ActorRequest, visit: Visit, forms: dict[str, Any], status: int = 200) -> HttpResponse:
    works = works_at(request, visit.station)
    # Nobody writes on in a record that is contested or struck.
    open_ = visit.state != Visit.State.CLOSED and visit.standing == Visit.Standing.COUNTS
    mine = visit.client_id is not None and visit.client_id in request.actor.organisations(*CLIENT_ROLES)
    mandate = queries.mandate_between(request.actor, visit.station, visit.client) if visit.client else None
    behalf = queries.done_on_behalf(request.actor, visit)
    offered: dict[str, Any] = {}
    if works and open_:
        offered["answer"] = AnswerForm(initial={"answer": visit.answer})
        if visit.client is None:
            offered["identify"] = FirmForm(initial={"firm": visit.client_name})
        elif mandate and mandate.in_force and (behalf is None or behalf.open):
            offered["need"] = NeedForm(initial={"text": behalf.need.text if behalf else visit.question})
    if mine and visit.answered_at and visit.stars is None:
        offered["rate"] = StarsForm()
    commissioned = any(getattr(plan, "commission", None) for plan in behalf.plans) if behalf else False
    return render(
        request,
        "stations/visit.html",
        {
            "visit": visit,
            "firm": registry.visitor(visit),
            "topic": registry.topic(visit),
            "standing": registry.visit_standing(visit),
            "contest": queries.contest_of(request.actor, visit),
            "contestable": mine and why_no_contest(visit) is None,
            "badge_of": (visit.get_state_display(), registry.TONES[visit.state]),
            "works": works,
            "mine": mine,
            "open": open_,
            "mandate": mandate,
            "acted": behalf,
            "commissioned": commissioned,
            "forms": {**offered, **{name: form for name, form in forms.items() if name in offered}},
            "events": _events(request, visit),
            "place": "workbench",
            "crumbs": [(_("来访台账"), reverse("visits")), (registry.visitor(visit), "")],
        },
        status=status,
    )


def _events(request: ActorRequest, row: Any) -> list[dict[str, Any]]:
    return [
        {"what": told.what, "when": told.when, "who": told.who, "detail": told.reason}
        for told in row_story(request.actor, row)
    ]


@require_safe
def visit_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One visit: what was asked and answered, what was done in the firm's name, and what can be done now."""
    return _visit_page(request, queries.visit_by_uid(request.actor, uid), {})


@require_POST
def visit_act(request: ActorRequest, uid: str, name: str) -> HttpResponse:
    """One act on a visit; what is wrong stands in its form on the visit's page."""
    visit = queries.visit_by_uid(request.actor, uid)
    back = reverse("stations:visit", args=[uid])
    if name in _PLAIN:
        perform, said = _PLAIN[name]
        return pressed(request, lambda: perform(request.actor, visit), back=back, done=said)
    kind, act = _FORMS[name]
    form = kind(request.POST)
    answer = acted(request, form, partial(act, request.actor, visit), back=back, done=_("已保存。"))
    return answer or _visit_page(request, visit, {name: form}, 422)


def _identify(actor: Actor, visit: Visit, *, firm: str) -> None:
    services.identify_visitor(actor, visit, client=organisation_named("firm", firm))


def _need(actor: Actor, visit: Visit, *, text: str) -> None:
    if visit.need_id is None:
        services.state_need_for(actor, visit, text=text)
    else:
        services.plan_for(actor, visit, text=text)


_PLAIN: dict[str, Any] = {
    "close": (services.close_visit, gettext_lazy("来访已办结。")),
    "mandate": (services.ask_mandate, gettext_lazy("已请企业授权，企业会收到通知。")),
}
_FORMS: dict[str, Any] = {
    "answer": (AnswerForm, services.answer_visit),
    "identify": (FirmForm, _identify),
    "need": (NeedForm, _need),
    "rate": (StarsForm, services.rate_visit),
}


@require_safe
def visit_plan(request: ActorRequest, uid: str, other: str) -> HttpResponse:
    """A plan made in the firm's name, as the station explains it at the counter; the firm confirms on its own page."""
    visit = queries.visit_by_uid(request.actor, uid)
    page = queries.plan_on_behalf(request.actor, visit, other)
    here = reverse("stations:visit", args=[uid])
    return render(
        request,
        "stations/plan.html",
        {
            "visit": visit,
            "plan": page.plan,
            "lines": page.lines,
            "commission": page.commission,
            "mine": visit.client_id in request.actor.organisations(*CLIENT_ROLES),
            "place": "workbench",
            "crumbs": [
                (_("来访台账"), reverse("visits")),
                (registry.visitor(visit), here),
                (_("服务方案"), ""),
            ],
        },
    )


@require_safe
def mandate_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One mandate: who let whom do what, until when, and everything done under it."""
    mandate = queries.mandate_by_uid(request.actor, uid)
    return render(
        request,
        "stations/mandate.html",
        {
            "mandate": mandate,
            "badge_of": registry.mandate_standing(mandate),
            "mine": _mine(request, mandate),
            "ends": _ends(request, mandate),
            "visits": list(queries.visits(request.actor).filter(mandate=mandate)[:50]),
            "events": _events(request, mandate),
            "place": "workbench",
            "crumbs": [(_("代办授权"), reverse("mandates")), (local(mandate.client), "")],
        },
    )


def _mine(request: ActorRequest, mandate: Mandate) -> bool:
    return mandate.client_id in request.actor.organisations(*CLIENT_ROLES)


def _ends(request: ActorRequest, mandate: Mandate) -> bool:
    """Whether the reader may end a mandate that still stands or is asked for."""
    return mandate.state != "ended" and (_mine(request, mandate) or works_at(request, mandate.station))


@require_http_methods(["GET", "POST"])
def mandate_end(request: ActorRequest, uid: str) -> HttpResponse:
    """Refuse, take back or give back a mandate."""
    mandate = queries.mandate_by_uid(request.actor, uid)
    form, title, back = ReasonForm(posted(request)), _("终止代办授权"), reverse("stations:mandate", args=[uid])
    act, done = partial(services.end_mandate, request.actor, mandate), _("授权已终止，立即生效。")
    why_not = None if _ends(request, mandate) else not_now(title)
    if answer := acted(request, form, act, back=back, done=done, why_not=why_not):
        return answer
    crumbs = [(_("代办授权"), reverse("mandates")), (local(mandate.client), back), (title, "")]
    context = {"title": title, "lead": local(mandate.station), "cancel": back, "danger": True, "crumbs": crumbs}
    return form_page(request, form, context)
