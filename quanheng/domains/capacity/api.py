"""Capacity over the API; its register is at /registers/capacities."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Query, Router
from pydantic import Field

from quanheng.domains.capacity import queries, services, shown
from quanheng.domains.capacity.models import MOST_A_WEEK, MOST_WEEKS, Capacity
from quanheng.domains.capacity.services import CapacityFacts
from quanheng.kernel.base.actor import region_prefix
from quanheng.kernel.base.api import ActorRequest, OrganisationRef, ReasonIn, Shape, problems
from quanheng.kernel.base.errors import Invalid, SignInNeeded
from quanheng.kernel.competence.models import Activity
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid

router = Router(tags=["capacity"])


class AmountsIn(Shape):
    """How much an institution can do in a week of five working days, and what it has in hand today."""

    unit: str = Field("items", max_length=8, description="items, or samples (one of each order; instruments each)")
    per_week: int = Field(ge=1, le=MOST_A_WEEK)
    outside: int = Field(0, ge=0, le=MOST_A_WEEK, description="In hand for others than clients of the platform")
    most_weeks: int | None = Field(None, ge=1, le=MOST_WEEKS, description="Weeks' work that is taken on ahead at most")
    opens_on: date | None = Field(None, description="New work begins on this day at the earliest")


class CapacityIn(AmountsIn):
    """The same with what it is for: a scope line, or an activity on a product family, or (no family) on all."""

    line: str = Field("", max_length=13, description="Public name of a scope line")
    activity: str = Field("", max_length=14)
    family: str = Field("", max_length=40)


class CapacityOut(Shape):
    """A statement, what waits ahead of new work under it, and the working days until new work would begin."""

    uid: str
    organisation: OrganisationRef
    activity: str
    family: str
    line: str
    unit: str
    per_week: int
    ahead: int = Field(description="Ordered on the platform and not determined yet")
    outside: int
    outside_on: date
    outside_counts: bool = Field(description="False once what was stated in hand is too old to be counted")
    most_weeks: int | None
    opens_on: date | None
    ended_on: date | None
    waits: int
    full: bool


class LoadOut(Shape):
    """What the institutions of a region state for a field in one unit, together."""

    region: str
    activity: str
    family: str
    unit: str
    institutions: int
    per_week: int
    ahead: int
    outside: int
    weeks: float = Field(description="Weeks' work in hand")
    least_wait: int
    longest_wait: int
    full: int = Field(description="Institutions that take nothing more on")


def _out(row: Any) -> dict[str, Any]:
    queue = shown.queue_of(row)
    same = ("uid", "organisation", "activity", "unit", "per_week", "ahead", "outside", "outside_on")
    return {
        **{name: getattr(row, name) for name in (*same, "most_weeks", "opens_on", "ended_on")},
        "family": row.family.code if row.family_id else "",
        "line": row.scope_line.uid if row.scope_line_id else "",
        "outside_counts": row.today.outside(row) == row.outside,
        "waits": queue.waits,
        "full": queue.full(1),
    }


def _again(request: ActorRequest, row: Capacity) -> dict[str, Any]:
    return _out(queries.capacity_by_uid(request.actor, row.uid))


_ACTED = problems(401, 403, 404, 409, 422)


@router.get("/capacities/{uid}", response={200: CapacityOut, **problems(404)})
def get_capacity(request: ActorRequest, uid: str) -> Any:
    """One statement of capacity."""
    return _out(queries.capacity_by_uid(request.actor, uid))


@router.post("/organisations/{uid}/capacities", response={200: CapacityOut, **_ACTED})
def state_capacity(request: ActorRequest, uid: str, body: CapacityIn) -> Any:
    """State what your institution can do in a week; plans reckon their days with it."""
    owner = by_uid(Organisation.objects.all(), uid, request.actor)
    made = services.state_capacity(request.actor, owner, facts=CapacityFacts(**body.model_dump()))
    return _again(request, made)


@router.post("/capacities/{uid}/change", response={200: CapacityOut, **_ACTED})
def change_capacity(request: ActorRequest, uid: str, body: AmountsIn) -> Any:
    """State anew how much, and what is in hand today."""
    row = queries.capacity_by_uid(request.actor, uid)
    return _again(request, services.change_capacity(request.actor, row, facts=CapacityFacts(**body.model_dump())))


@router.post("/capacities/{uid}/end", response={200: CapacityOut, **_ACTED})
def end_capacity(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Take a statement back."""
    row = queries.capacity_by_uid(request.actor, uid)
    return _again(request, services.end_capacity(request.actor, row, reason=body.reason))


@router.get("/capacity/overview", response={200: list[LoadOut], **problems(401, 422)})
def overview(
    request: ActorRequest,
    region: str = Query("", max_length=6, description="GB/T 2260 code; all below it count"),
    activity: str = Query("", max_length=14),
) -> Any:
    """Capacity and load by region and field, as far as you may see them; the fullest first."""
    if not request.actor.signed_in:
        raise SignInNeeded(queries.SIGN_IN)
    if region and not (region.isascii() and region.isdigit() and len(region) == 6):
        raise Invalid.field("region", queries.NO_REGION)
    if activity and activity not in Activity.values:
        raise Invalid.field("activity", queries.NO_ACTIVITY)
    found = queries.loads(request.actor, region_prefix(region) if region else "", activity)
    same = ("activity", "unit", "institutions", "per_week", "ahead", "outside", "least_wait", "longest_wait", "full")
    return [
        {
            **{name: getattr(one, name) for name in same},
            "region": one.region.code,
            "family": one.family.code if one.family else "",
            "weeks": round(one.weeks, 2),
        }
        for one in found
    ]
