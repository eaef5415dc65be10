"""The plan: who does what, when, for how much and why; swapped, compared, confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from quanheng.domains.services import queries, services
from quanheng.domains.services.certifying import certified_on, fee_cents
from quanheng.domains.services.comparing import matrix
from quanheng.domains.services.forms import ConfirmForm
from quanheng.domains.services.models import Plan, PlanLine
from quanheng.domains.services.placing import place_map
from quanheng.domains.services.timeline import timeline
from quanheng.domains.services.views.needs import may_act_for
from quanheng.domains.services.wanting import bundle_of
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import NotFound, Refusal
from quanheng.kernel.base.html import yuan
from quanheng.kernel.cases import running
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties.models import Organisation

# What a reader compares first.
ABLE_SHOWN, UNABLE_SHOWN = 4, 2


@dataclass
class Bundle:
    """What one institution does of a plan in one order."""

    institution: Organisation
    activity: str
    lines: list[PlanLine] = field(default_factory=list)

    @property
    def price_cents(self) -> int:
        return sum(line.price_cents for line in self.lines)

    @property
    def days(self) -> int:
        return max(line.days for line in self.lines)

    @property
    def waits(self) -> int:
        """How many of the days are because of what the institution has in hand, or of its rate."""
        return max(line.days for line in self.lines) - max(line.days - line.wait_days for line in self.lines)

    @property
    def rows(self) -> list[tuple[PlanLine, list[dict[str, Any]], int]]:
        """Each line with the candidates that a reader compares first, and how many were considered in all."""
        considered = [(line, candidates(line)) for line in self.lines]
        return [(line, foremost(found), len(found)) for line, found in considered]


def bundles(lines: Sequence[PlanLine]) -> list[Bundle]:
    """The lines by the orders that they will become."""
    found: dict[tuple[int, str], Bundle] = {}
    for line in lines:
        key = (line.institution_id, bundle_of(line.item, line.activity))
        found.setdefault(key, Bundle(line.institution, line.get_activity_display())).lines.append(line)
    return list(found.values())


def candidates(line: PlanLine) -> list[dict[str, Any]]:
    """Who was considered for a line, each institution once: by its first line of scope, the chosen or cheapest one."""
    found: dict[str, dict[str, Any]] = {}
    for one in line.considered:
        found.setdefault(one["institution"], one)
    return list(found.values())


def foremost(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The chosen one, the next best and the nearest misses; the search of scopes shows everybody."""
    able = sorted((one for one in found if one["able"]), key=lambda one: not one["chosen"])
    return [*able[:ABLE_SHOWN], *[one for one in found if not one["able"]][:UNABLE_SHOWN]]


def ways(plan: Plan) -> list[tuple[dict[str, Any], str, bool, dict[str, bool]]]:
    """The ways that were compared: the entry, its name, whether it is the plan's, and in what none is better."""
    told = plan.schedule.get("ways", [])
    counted = ("total_cents", "days", "institutions")
    least = {name: min(way[name] for way in told) for name in counted} if told else {}
    # Where all are equal there is nothing to point at.
    telling = {name for name in least if any(way[name] != least[name] for way in told)}
    return [
        (
            way,
            str(Plan.Prefer(way["prefer"]).label),
            way["prefer"] == plan.prefer,
            {name: name in telling and way[name] == least[name] for name in counted},
        )
        for way in told
    ]


def fee_note(plan: Plan) -> str:
    """What of the price of certification is not in the total."""
    if not plan.certification:
        return ""
    known = fee_cents(plan.certification)
    asked = [one for one in plan.certification if one["asked"]]
    if asked and known and all(one["price_cents"] for one in asked):
        return _("另有认证费 %(yuan)s 元") % {"yuan": yuan(known)}
    return _("不含认证费")


@require_safe
def plan_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One plan."""
    return _page(request, queries.plan_page(request.actor, uid), None)


def _page(request: ActorRequest, page: queries.PlanPage, form: ConfirmForm | None, status: int = 200) -> HttpResponse:
    plan, need = page.plan, page.plan.need
    mine = may_act_for(request, plan.organisation_id)
    expired = plan.valid_until < timezone.localdate()
    open_ = mine and not page.commission and not expired
    orders, where = bundles(page.lines), place_map(plan.schedule, page.lines)
    compared = ways(plan)
    first = ConfirmForm(initial={"product_name": need.product_name, "product_model": need.product_model})
    return render(
        request,
        "services/plan.html",
        {
            "plan": plan,
            "fee": fee_note(plan),
            "certified": certified_on(plan.certification),
            "gap_percent": f"{100 * plan.gap:.1f}" if plan.gap else "",
            "need": need,
            "lines": page.lines,
            # What is missing can be posted as a technical need.
            "gaps": queries.gaps(request.actor).filter(need=need, met_on=None).order_by("id")
            if plan.gaps and mine
            else (),
            "bundles": orders,
            "time": timeline(plan, orders, need.deadline, running.calendar()),
            "matrix": matrix([(line, candidates(line)) for line in page.lines], where),
            "map": where,
            "ways": compared,
            "ways_same": len({tuple(way.values())[1:] for way, *_rest in compared}) == 1 and plan.gap is not None,
            "commission": page.commission,
            "expired": expired,
            "mine": mine,
            "open": open_,
            "form": (form or first) if open_ and page.lines else None,
            "variants": [one for one in plan.advice if one["kind"] == "variants"],
            "schemes": [one for one in plan.advice if one["kind"] in ("certification", "licence")],
            "prefers": [(value, label, value == plan.prefer) for value, label in Plan.Prefer.choices],
            "others": [one for one in queries.last_plans(need)[:10] if one.pk != plan.pk],
            "steps": [
                {"label": _("提出需求"), "state": "done", "url": reverse("services:need", args=[need.uid])},
                {"label": _("方案"), "state": "done" if page.commission else "now"},
                {"label": _("委托"), "state": "done" if page.commission else "todo"},
                {"label": _("检测"), "state": "todo"},
                {"label": _("报告"), "state": "todo"},
                {"label": _("评价"), "state": "todo"},
            ],
            "place": "workbench",
            "crumbs": [
                (_("工作台"), "/work/"),
                (Truncator(need.text).chars(20), reverse("services:need", args=[need.uid])),
                (_("服务方案"), ""),
            ],
        },
        status=status,
    )


@require_POST
def plan_choose(request: ActorRequest, uid: str) -> HttpResponse:
    """Another institution for one line."""
    plan = queries.plan_page(request.actor, uid).plan
    position = request.POST.get("position", "")
    line = ScopeLine.objects.select_related("organisation").filter(uid=request.POST.get("scope_line", "")).first()
    try:
        if line is None or not position.isdigit() or len(position) > 5:
            raise NotFound(_("没有找到该能力范围，请核对编号。"))
        services.choose_institution(request.actor, plan, position=int(position), scope_line=line)
        messages.success(request, _("第 %(position)s 项已改由 %(name)s 承担。") % {
            "position": position, "name": line.organisation.name_zh,
        })  # fmt: skip
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{reverse('services:plan', args=[uid])}#line-{position if position.isdigit() else '1'}")


@require_POST
def plan_confirm(request: ActorRequest, uid: str) -> HttpResponse:
    """Commission the plan."""
    page = queries.plan_page(request.actor, uid)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _page(request, page, form, status=422)
    try:
        commission = services.confirm_plan(request.actor, page.plan, **form.cleaned_data)
    except Refusal as refusal:
        named = [error for error in refusal.errors if error.field in form.fields]
        for error in named:
            form.add_error(error.field, str(error.message))
        if not named:
            form.add_error(None, str(refusal))
        for error in refusal.errors:
            if error not in named:
                place = _("第 %(row)s 项：") % {"row": error.row} if error.row is not None else ""
                form.add_error(None, f"{place}{error.message}")
        if not may_act_for(request, page.plan.organisation_id) or refusal.reason in ("plan-confirmed", "plan-expired"):
            messages.error(request, str(refusal))
            return redirect("services:plan", uid=uid)
        return _page(request, page, form, status=refusal.status)
    messages.success(request, _("委托已成立，任务单已发给各机构。"))
    return redirect("services:commission", uid=commission.case.uid)
