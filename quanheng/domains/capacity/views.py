"""Pages of capacity: stated, stated anew, taken back; and for planners what all of it comes to."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.domains.capacity import queries, services, shown
from quanheng.domains.capacity.forms import AmountsForm, OverviewForm, ReasonForm, StateForm
from quanheng.domains.capacity.models import Capacity
from quanheng.domains.capacity.services import CapacityFacts
from quanheng.kernel.audit.queries import row_story
from quanheng.kernel.base.actor import region_prefix
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import acted, not_now
from quanheng.kernel.base.errors import SignInNeeded
from quanheng.kernel.base.html import local
from quanheng.kernel.base.lists import asked, chips
from quanheng.kernel.competence.services import STEWARDS
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.requirements.shown import family_choices

_AMOUNTS = ("unit", "per_week", "outside", "most_weeks", "opens_on")


def _crumbs(*more: tuple[Any, str]) -> list[tuple[Any, str]]:
    return [(_("工作台"), "/work/"), (_("承接能力与负荷"), "/capacities/" if more else ""), *more]


@require_http_methods(["GET", "POST"])
def state(request: ActorRequest, uid: str) -> HttpResponse:
    """State what an institution can do in a week; ``uid`` is the institution's, or "mine" for the reader's own."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    own = queries.stating(request.actor, *STEWARDS)
    if uid == "mine":
        return redirect("capacity:state", uid=own[0].uid) if own else redirect("/capacities/")
    owner = by_uid(Organisation.objects.all(), uid, request.actor)
    label = _("申报承接能力")
    form = StateForm(family_choices(), request.POST if request.method == "POST" else None)
    answer = acted(
        request,
        form,
        lambda **given: services.state_capacity(request.actor, owner, facts=_facts(given)),
        back="/capacities/",
        done=_("承接能力已申报，以后的方案按它排期。"),
        why_not=None if owner in own else not_now(label),
    )
    if answer:
        return answer
    crumbs = _crumbs((label, ""))
    context = {"form": form, "title": label, "lead": local(owner), "back": "/capacities/", "others": own}
    return render(request, "capacity/form.html", {**_place(crumbs), **context}, status=422 if form.errors else 200)


def _facts(given: dict[str, Any]) -> CapacityFacts:
    return CapacityFacts(**{name: "" if value is None else value for name, value in given.items()})


def _place(crumbs: list[tuple[Any, str]]) -> dict[str, Any]:
    return {"place": "workbench", "crumbs": crumbs}


@require_safe
def capacity_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One statement: what is stated, what waits ahead, when new work could begin, and what it was before."""
    row = queries.capacity_by_uid(request.actor, uid)
    queue, today = shown.queue_of(row), row.today  # type: ignore[attr-defined]
    story = row_story(request.actor, row)
    context = {
        "row": row,
        "field": shown.field_of(row),
        "days": queue.waits,
        "waits": shown.waits_text(queue.waits),
        "standing": shown.standing_of(row, queue),
        "weeks": f"{queue.ahead / row.per_week:.1f}",
        "room": queue.room(),
        "counts_until": today.last_day(row),
        "outside": today.outside(row),
        "may": services.STATES.allows(request.actor, row) and not row.ended_on,
        "events": [{"what": one.what, "when": one.when, "who": one.who, "detail": one.reason} for one in story],
    }
    return render(request, "capacity/capacity.html", {**_place(_crumbs((_field(row), ""))), **context})


def _field(row: Capacity) -> str:
    return f"{row.get_activity_display()} · {shown.field_of(row)}"


@require_http_methods(["GET", "POST"])
def change(request: ActorRequest, uid: str) -> HttpResponse:
    """State anew how much, and what is in hand today."""
    row = queries.capacity_by_uid(request.actor, uid)
    initial = {name: getattr(row, name) for name in _AMOUNTS}
    form = AmountsForm(request.POST if request.method == "POST" else None, initial=initial)
    label = _("更新承接能力")
    perform = lambda **given: services.change_capacity(request.actor, row, facts=_facts(given))  # noqa: E731
    return _on(request, row, form, label, perform, _("承接能力已更新。"))


@require_http_methods(["GET", "POST"])
def end(request: ActorRequest, uid: str) -> HttpResponse:
    """Take a statement back."""
    row = queries.capacity_by_uid(request.actor, uid)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    perform = partial(services.end_capacity, request.actor, row)
    before = gettext_lazy("撤回后，方案只按能力范围的工期计算日期，不再考虑排队。")
    return _on(request, row, form, _("撤回承接能力"), perform, _("承接能力已撤回。"), before=before, danger=True)


def _on(
    request: ActorRequest, row: Capacity, form: Any, label: Any, perform: Any, done: Any, **more: Any
) -> HttpResponse:
    back = reverse("capacity:capacity", args=[row.uid])
    may = services.STATES.allows(request.actor, row) and not row.ended_on
    if answer := acted(request, form, perform, back=back, done=done, why_not=None if may else not_now(label)):
        return answer
    context = {"form": form, "title": label, "lead": f"{local(row.organisation)} · {_field(row)}", "back": back}
    crumbs = _crumbs((_field(row), back), (label, ""))
    return render(
        request, "capacity/form.html", {**_place(crumbs), **context, **more}, status=422 if form.errors else 200
    )


@require_safe
def overview(request: ActorRequest) -> HttpResponse:
    """Capacity and load by region and field: where work piles up, and where there is room."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    seen = queries.places(request.actor)
    form = OverviewForm([(one.code, local(one)) for one in seen], request.GET)
    wanted = asked(form)
    rows = queries.loads(request.actor, region_prefix(wanted["region"]) if wanted["region"] else "", wanted["activity"])
    context = {"rows": rows, "form": form, "active": chips(form)}
    return render(request, "capacity/overview.html", {**_place(_crumbs((_("按地区和领域"), ""))), **context})
