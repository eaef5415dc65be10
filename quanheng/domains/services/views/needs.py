"""Saying what is needed: in one's own words or step by step, and what was understood of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.domains.services import queries, services
from quanheng.domains.services.forms import GuidedForm
from quanheng.domains.services.keeping import past_deadline
from quanheng.domains.services.models import Need, Plan
from quanheng.domains.services.revising import Revision
from quanheng.domains.services.understood import chips_by_kind, choices, guided_text, pieces, unknown_words
from quanheng.domains.services.wishes import Wish, chip_in, chips_of_fields, swapped, wish_of
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Invalid, Refusal, SignInNeeded
from quanheng.kernel.base.paging import capped_count, slice_of
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import CLIENT_ROLES


def may_act_for(request: ActorRequest, organisation_id: int) -> bool:
    """Whether the reader may state needs and confirm plans for an organisation; services ask again."""
    return organisation_id in request.actor.organisations(*CLIENT_ROLES)


def told_wrong(refusal: Refusal) -> list[str]:
    """Everything that a refusal names, or its one sentence."""
    return [str(error.message) for error in refusal.errors] or [str(refusal)]


@require_http_methods(["GET", "POST"])
def need_new(request: ActorRequest) -> HttpResponse:
    """The box, what was understood of it, and from there the plan. A visitor sees it all before signing in."""
    given = request.POST if request.method == "POST" else request.GET
    wrong: list[str] = []
    need: Need | None = None
    wish = Wish(given.get("text", "").strip())
    if given:
        try:
            wish = wish_of(given)
            if wish.text:
                need = wish.need()
            elif request.method == "POST":
                wrong = [_("请先写下您的需求。")]
        except Invalid as refusal:
            wrong = told_wrong(refusal)
    address = f"{reverse('services:need_new')}?{wish.query}"
    if request.method == "GET" and need and {"swap", "budget", "deadline", "distance"} & set(given):
        return redirect(address)
    if request.method == "POST" and need:
        if not request.actor.signed_in:
            return redirect(f"{reverse('account_login')}?{urlencode({'next': address})}")
        try:
            return _state(request, wish, given.get("organisation", ""))
        except Invalid as refusal:
            wrong = told_wrong(refusal)
    context: dict[str, Any] = {"wish": wish, "wrong": wrong, "crumbs": [(_("首页"), "/"), (_("提出需求"), "")]}
    if need:
        context |= _shown(need) | {
            "groups": chips_by_kind(need, lambda kind, code: f"?{wish.without(kind, code).query}"),
            "organisations": Organisation.objects.filter(
                pk__in=request.actor.organisations(*CLIENT_ROLES), merged_into=None
            ).order_by("id"),
            "login": f"{reverse('account_login')}?{urlencode({'next': address})}",
        }
    return render(request, "services/need_new.html", context, status=422 if wrong else 200)


def _shown(need: Need) -> dict[str, Any]:
    return {
        "need": need,
        "pieces": pieces(need),
        "unknown": unknown_words(need),
        "choices": choices(need),
        "past": past_deadline(need),
    }


def _state(request: ActorRequest, wish: Wish, organisation: str) -> HttpResponse:
    """Keep the need and propose the first plan. Raises Invalid."""
    mine = Organisation.objects.filter(pk__in=request.actor.organisations(*CLIENT_ROLES), merged_into=None)
    found = mine.filter(uid=organisation).first() if organisation else mine.first()
    if found is None:
        raise Invalid.field("organisation", _("您的账户不能代表任何机构提出需求。请联系本机构管理员授予“成员”角色。"))
    need = services.state_need(request.actor, found, text=wish.text, revision=wish.revision())
    plan = services.propose_plan(request.actor, need)
    return redirect("services:plan", uid=plan.uid)


@require_safe
def need_guided(request: ActorRequest) -> HttpResponse:
    """The same by steps: product, items, instruments, wishes; ends at what was understood."""
    family = request.GET.get("family", "")
    form = GuidedForm(family, request.GET if "done" in request.GET else None)
    if "done" in request.GET and form.is_valid():
        chosen = form.chosen()
        if chosen:
            added = [*chosen, *chips_of_fields(request.GET)]
            return redirect(f"{reverse('services:need_new')}?{Wish(guided_text(chosen), tuple(added)).query}")
        form.add_error("family", _("请至少选择一种产品或一件器具。"))
    if not form.is_bound:
        form.initial = {"family": family}
    crumbs = [(_("首页"), "/"), (_("提出需求"), reverse("services:need_new")), (_("逐步选择"), "")]
    return render(request, "services/need_guided.html", {"form": form, "family": family, "crumbs": crumbs})


@require_safe
def need_list(request: ActorRequest) -> HttpResponse:
    """Needs of the actor's organisations, newest first."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录查看需求。"))
    rows = queries.needs(request.actor)
    page = slice_of(rows, request.GET.get("after") or request.GET.get("before") or "", 50)
    count, capped = capped_count(rows)
    return render(
        request,
        "services/needs.html",
        {
            "needs": page.items,
            "page": {"after": page.next, "before": page.previous, "count": count, "capped": capped},
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("全部需求"), "")],
        },
    )


@require_safe
def need_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One need: its words, what was understood, the plans that answer it."""
    need = queries.need_by_uid(request.actor, uid)
    return render(
        request,
        "services/need.html",
        _shown(need)
        | {
            "groups": chips_by_kind(need),
            "plans": queries.last_plans(need),
            "prefers": Plan.Prefer.choices,
            "mine": may_act_for(request, need.organisation_id),
            "place": "workbench",
            "crumbs": [
                (_("工作台"), "/work/"),
                (_("全部需求"), reverse("services:needs")),
                (Truncator(need.text).chars(20), ""),
            ],
        },
    )


@require_POST
def need_revise(request: ActorRequest, uid: str) -> HttpResponse:
    """Change a need: words, chips, money, day; with ``then=propose`` straight on to a new plan."""
    need = queries.need_by_uid(request.actor, uid)
    given = request.POST
    try:
        wish = wish_of(given)
        text = given.get("text") if "text" in given else None
        if "swap" in given:
            text = swapped(given, need.text)
        revision = Revision(text=text, add=[chip_in(one) for one in wish.add], remove=wish.revision().remove)
        if "swap" in given:
            # The words are read anew: what was added by hand stays.
            revision = replace(revision, add=[*_by_hand(need), *revision.add])
        services.revise_need(request.actor, need, revision=revision)
        if given.get("then") == "propose":
            return need_propose(request, uid)
    except Refusal as refusal:
        for sentence in told_wrong(refusal):
            messages.error(request, sentence)
    return redirect("services:need", uid=uid)


def _by_hand(need: Need) -> list[Any]:
    return [
        chip_in(f"{one['kind']}:{one['code']}" + (f":{one['count']}" if "count" in one else ""))
        for one in need.understanding.get("chips", ())
        if not one["words"]
    ]


@require_POST
def need_propose(request: ActorRequest, uid: str) -> HttpResponse:
    """A new plan for a need."""
    need = queries.need_by_uid(request.actor, uid)
    try:
        plan = services.propose_plan(request.actor, need, prefer=request.POST.get("prefer", ""))
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("services:need", uid=uid)
    return redirect("services:plan", uid=plan.uid)
