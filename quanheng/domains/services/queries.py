"""Reads of needs, plans and commissions, already restricted to what the actor may see."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, OuterRef, QuerySet, Subquery, When, prefetch_related_objects
from django.db.models import Case as Choice
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.confirming import lost_order, replacements
from quanheng.domains.services.elsewhere import Replacement
from quanheng.domains.services.models import Commission, Gap, Need, Plan, PlanLine, Rating
from quanheng.domains.services.outlook import Outlook, is_unanswered, outlook
from quanheng.domains.services.replanning import Replanned, replan
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.process import ORDER
from quanheng.domains.testing.queries import orders_of
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.audit.queries import Told, case_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.lean import all_but, all_but_names, structures
from quanheng.kernel.base.statements import Asked, keep_related, row_with
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.services import Option, options
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import CLIENT_ROLES, INSTITUTIONS
from quanheng.kernel.requirements.models import Item, ProductFamily, Standard


def needs(actor: Actor) -> QuerySet[Need]:
    """Needs that the actor may see, newest first."""
    return restrict(Need.objects.all(), actor).select_related("organisation", "family").order_by("-id")


_NEED = Need.objects.select_related("organisation", "family", "visit__station")


def need_by_uid(actor: Actor, uid: str) -> Need:
    """One need. Raises NotFound, also where the actor may not see it."""
    found = row_with(_NEED, "uid", uid)
    if found is None or not Need.visible_to.allows(actor, found):
        raise NotFound(_("没有找到该需求，或您无权查看。请核对编号。"))
    return found


def plans_of(need: Need) -> QuerySet[Plan]:
    """The plans proposed for a need, newest first, each with ``size``, the number of its lines."""
    return _plans(need.pk)


def _plans(need: int) -> QuerySet[Plan]:
    rows = Plan.objects.filter(need=need).defer("gaps", "warnings", "advice", "certification", "schedule")
    return rows.annotate(size=Count("lines")).select_related("commission__case").order_by("-id")


_LAST_PLANS = Asked(lambda need: _plans(need)[:20])


def last_plans(need: Need) -> list[Plan]:
    """The newest of ``plans_of``, as the page of the need shows them."""
    return _LAST_PLANS(need.pk)


@dataclass(frozen=True)
class PlanPage:
    """A plan with its lines in order and, once confirmed, its commission."""

    plan: Plan
    lines: Sequence[PlanLine]
    commission: Commission | None


_PLAN = Asked(
    lambda uid: (
        Plan.objects.filter(uid=uid)
        .select_related("need", "organisation", "family", "commission__case")
        .defer("need__understanding", *structures(ProductFamily, "family"))
    )
)
# What is shown of a line: of the two standards their numbers alone, and so with the rest.
_LINES = Asked(
    lambda plan: (
        PlanLine.objects.filter(plan=plan)
        .select_related("item", "method", "institution", "requirement__standard", "scope_line__recognition")
        .defer(
            *all_but(Item, "item", "code", "name_zh", "name_en"),
            *all_but(Standard, "method", "number"),
            *all_but_names(Organisation, "institution"),
            *all_but(Standard, "requirement__standard", "number"),
            *all_but(ScopeLine, "scope_line", "uid", "recognition"),
            *all_but(Recognition, "scope_line__recognition", "scheme", "number"),
        )
        .order_by("position")
    )
)


def plan_page(actor: Actor, uid: str) -> PlanPage:
    """One plan for its page, in two queries. Raises NotFound, also where the actor may not see it."""
    plan = next((found for found in _PLAN(uid) if Plan.visible_to.allows(actor, found)), None)
    if plan is None:
        raise NotFound(_("没有找到该方案，或您无权查看。请核对编号。"))
    return PlanPage(plan, _LINES(plan.pk), getattr(plan, "commission", None))


def gaps(actor: Actor) -> QuerySet[Gap]:
    """What was needed and nobody here could do, as far as the actor may see it."""
    return restrict(Gap.objects.all(), actor).select_related("item", "family", "organisation__region")


def gaps_with_posts(actor: Actor) -> QuerySet[Gap]:
    """The register of gaps, each with ``posted``, the uid of the technical need posted from it (None: none that stands)
    and ``own``, whether the actor may post one. Whoever sees a gap knows whose it is, so nobody is unveiled by it."""
    posts: Any = Gap._meta.get_field("posted_needs").related_model
    standing = posts._default_manager.filter(gap=OuterRef("pk")).exclude(state__in=("withdrawn", "lapsed"))
    return gaps(actor).annotate(
        posted=Subquery(standing.order_by("-id").values("uid")[:1]),
        own=Choice(When(organisation__in=actor.organisations(*CLIENT_ROLES), then=True), default=False),
    )


@dataclass(frozen=True)
class Missed:
    """An item that is missing now: how many enterprises needed it, how often."""

    item: Item
    enterprises: int
    needs: int


def most_missed(actor: Actor, count: int = 10) -> list[Missed]:
    """The items that most enterprises need and nobody can do; two queries."""
    open_ = restrict(Gap.objects.filter(met_on=None), actor)
    counted = (
        open_.values("item").annotate(enterprises=Count("organisation", distinct=True), needs=Count("id")).order_by(
            "-enterprises", "-needs", "item"
        )[:count]
    )  # fmt: skip
    rows = list(counted)
    items = Item.objects.only("code", "name_zh", "name_en").in_bulk([row["item"] for row in rows])
    return [Missed(items[row["item"]], row["enterprises"], row["needs"]) for row in rows]


def commissions(actor: Actor) -> QuerySet[Commission]:
    """Commissions that the actor may see, newest first."""
    return restrict(Commission.objects.all(), actor).select_related("case__client", "plan").order_by("-case_id")


_COMMISSION = Commission.objects.select_related("case__client", "plan__need", "confirmed_by")


def commission_by_uid(actor: Actor, uid: str) -> Commission:
    """One commission. Raises NotFound, also where the actor may not see it."""
    found = row_with(_COMMISSION, "case__uid", uid)
    if found is None or not Commission.visible_to.allows(actor, found):
        raise NotFound(_("没有找到该委托，或您无权查看。请核对编号。"))
    return found


@dataclass(frozen=True)
class OrderRow:
    """An order on the page of its commission; ``lost``: it waits to be replaced."""

    order: Order
    rating: Rating | None
    lost: bool


@dataclass(frozen=True)
class CommissionPage:
    """What the page of a commission shows: its orders, its story newest first, what can be done now."""

    commission: Commission
    orders: Sequence[OrderRow]
    outlook: Outlook
    story: Sequence[Told]
    options: Sequence[Option]


_ORDERS = Asked(lambda commission: orders_of(commission).select_related("case__rating"))


def commission_page(actor: Actor, uid: str) -> CommissionPage:
    """One commission for its page. Raises NotFound, also where the actor may not see it."""
    commission = commission_by_uid(actor, uid)
    orders = _ORDERS(commission.case_id)
    for order in orders:
        keep_related(order, "replacements", [one for one in orders if one.replaces_id == order.pk])
    prefetch_related_objects([order for order in orders if order.case.state == "quoted"], "quotes")
    rows = [OrderRow(order, getattr(order.case, "rating", None), is_unanswered(order)) for order in orders]
    read = [row for one in orders for row in (one, one.case, one.attestation, getattr(one, "settlement", None))]
    story = case_story(actor, commission.case, children=True, known=(commission, commission.plan, *read))
    return CommissionPage(commission, rows, outlook(commission, orders), story, options(actor, commission))


def replacements_for(actor: Actor, uid: str, order_uid: str) -> tuple[Order, list[Replacement]]:
    """A lost order and who could take it over. Raises NotFound, Conflict."""
    commission = commission_by_uid(actor, uid)
    order = lost_order(commission, order_uid)
    return order, replacements(commission, order)


def replanned_for(actor: Actor, uid: str, order_uid: str) -> Replanned:
    """How the platform would place a lost order again today. Raises NotFound, Conflict."""
    commission = commission_by_uid(actor, uid)
    return replan(commission, lost_order(commission, order_uid))


@dataclass(frozen=True)
class Reputation:
    """What clients think of an institution: the mean of 1 to 5 stars (None: not rated yet) over ``count`` orders."""

    mean: float | None
    count: int


def rating_of(institution: Organisation) -> Reputation:
    """The ratings of an institution's orders. The average is public, what the single clients wrote is not."""
    return Reputation(**Rating.objects.filter(institution=institution).aggregate(mean=Avg("stars"), count=Count("pk")))


@dataclass(frozen=True)
class LiveFigures:
    """What the home page counts."""

    institutions: int
    scope_lines: int
    orders_under_way: int
    reports_issued: int


FIGURES_AGE = 60.0
_figures: tuple[float, LiveFigures] | None = None


def live_figures() -> LiveFigures:
    """Counts for the home page, at most a minute old; public, because they are sums only."""
    global _figures
    if _figures is None or time.monotonic() - _figures[0] > FIGURES_AGE:
        counted = LiveFigures(
            institutions=Organisation.objects.filter(kind__in=INSTITUTIONS, merged_into=None).count(),
            scope_lines=ScopeLine.objects.count(),
            orders_under_way=Case.objects.filter(process=ORDER.name, closed_at=None).count(),
            reports_issued=Attestation.objects.count(),
        )
        _figures = (time.monotonic(), counted)
    return _figures[1]
