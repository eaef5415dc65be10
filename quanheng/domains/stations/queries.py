"""Reads of stations, visits, mandates and zones, already restricted to what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import asin, cos, radians, sin, sqrt
from typing import Any, TypeVar

from django.db.models import Avg, Count, Exists, F, IntegerField, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services import across
from quanheng.domains.services import queries as one_stop
from quanheng.domains.services.across import Outcomes
from quanheng.domains.stations.grants import at_counter
from quanheng.domains.stations.models import Contest, Mandate, Staff, Station, Visit, Zone, ZoneMember, ZoneRelease
from quanheng.domains.stations.services.behalf import stand_in
from quanheng.kernel.audit.queries import Told, row_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.completing import completed, padded
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.lean import all_but_names
from quanheng.kernel.base.statements import Asked
from quanheng.kernel.cases.services import Option, options
from quanheng.kernel.parties.models import Membership, Organisation, Person
from quanheng.kernel.parties.queries import in_force, named
from quanheng.kernel.parties.roles import INSTITUTIONS
from quanheng.kernel.region.models import Region

M = TypeVar("M", bound=Model)


def _counted(rows: QuerySet[Any], path: str, what: str = "pk", **options: Any) -> Coalesce:
    """How many of some rows hang on the outer row at ``path``: computed with the list, not once a row."""
    counted = rows.order_by().values(path).annotate(n=Count(what, **options)).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _with_counts(day: date, *keys: int) -> QuerySet[Any, Any]:
    visits = Visit.objects.filter(station=OuterRef("pk"))
    counted = visits.filter(standing=Visit.Standing.COUNTS)
    posts = Membership.objects.filter(
        in_force(day), organisation=OuterRef("station__operator"), person=OuterRef("person"), person__is_active=True
    )
    staff = Staff.objects.filter(Exists(posts), in_force(day), station=OuterRef("pk"))
    mean = visits.order_by().values("station").annotate(n=Avg("stars")).values("n")
    rows = Station.objects.filter(pk__in=keys).order_by().values_list("pk")
    return rows.annotate(
        visit_count=_counted(counted, "station"),
        behalf_count=_counted(counted.filter(need__isnull=False), "station"),
        rating_count=_counted(visits.filter(stars__isnull=False), "station"),
        mean_stars=Subquery(mean),
        staff_count=_counted(staff, "station", "person", distinct=True),
    )


_COUNTS = Asked(_with_counts)


def _count(rows: Sequence[Any]) -> None:
    counted = {key: counts for key, *counts in _COUNTS(timezone.localdate(), *padded([row.pk for row in rows]))}
    for row in rows:
        # One that was removed meanwhile is shown as it was read.
        counts = counted.get(row.pk, (0, 0, 0, None, 0))
        row.visit_count, row.behalf_count, row.rating_count, row.mean_stars, row.staff_count = counts


def stations(actor: Actor) -> QuerySet[Station]:
    """The register, each with ``visit_count``, ``behalf_count``, ``rating_count``, ``mean_stars`` and ``staff_count``.

    Sums are public, the visits behind them are not. A visit that its firm contests, or that was struck, is not counted;
    what the firm said of its satisfaction is its own and always is.
    """
    rows = restrict(Station.objects.all(), actor).select_related("operator", "region", "zone")
    return completed(rows.defer(*all_but_names(Organisation, "operator")), _count)


def _one(rows: QuerySet[M], uid: str) -> M:
    found = rows.filter(uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该记录，或您无权查看。请核对编号。"))
    return found


def station_by_uid(actor: Actor, uid: str) -> Station:
    """One station with its counts. Raises NotFound."""
    return _one(stations(actor), uid)


def nearest(actor: Actor, region: str, limit: int = 5) -> list[tuple[Station, float]]:
    """Stations that serve now, nearest to the middle of a region first, each with how far it is in kilometres.

    Those of unknown place and those online are left out; empty where the region's own place is unknown.
    """
    middle = Region.objects.filter(code=region).exclude(latitude=None).first() if region else None
    if middle is None or middle.latitude is None or middle.longitude is None:
        return []
    placed = restrict(Station.objects.all(), actor).filter(closed_on=None)
    placed = placed.filter(kind=Station.Kind.PHYSICAL, opened_on__lte=timezone.localdate())
    far = {
        key: _kilometres(middle.latitude, middle.longitude, latitude, longitude)
        for key, latitude, longitude in placed.values_list("pk", "latitude", "longitude")
        if latitude is not None and longitude is not None
    }
    first = sorted(far, key=lambda key: (far[key], key))[:limit]
    found = stations(actor).in_bulk(first)
    return [(found[key], far[key]) for key in first]


def _kilometres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The distance on a sphere of the earth's mean radius: what a list needs to be ordered by."""
    north, other_north = radians(latitude), radians(other_latitude)
    half = sin((other_north - north) / 2) ** 2
    half += cos(north) * cos(other_north) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * 6371.0088 * asin(min(1.0, sqrt(half)))


def acts_for(actor: Actor, station: Station) -> bool:
    """Whether the actor acts for a station today: as one of its staff, or as an administrator of its operator."""
    return at_counter().allows(actor, station)


def staff(actor: Actor) -> QuerySet[Staff]:
    """Who works or worked at which station, as far as the actor may see; the latest first."""
    return restrict(Staff.objects.all(), actor).select_related("station__operator", "person").order_by("-id")


def staff_by_uid(actor: Actor, uid: str) -> Staff:
    """One assignment. Raises NotFound, also where the actor may not see it."""
    return _one(staff(actor), uid)


def staff_of(actor: Actor, station: Station) -> list[Staff]:
    """Who works at a station today, as far as the actor may see."""
    rows = staff(actor).filter(in_force(timezone.localdate()), station=station)
    return list(rows.order_by("person_id", "-id")[:200])


def assignable(station: Station) -> list[Person]:
    """The people of a station's operator, for its administrator to choose from."""
    posts = Membership.objects.filter(in_force(timezone.localdate()), organisation=station.operator)
    return list(Person.objects.filter(is_active=True, pk__in=posts.values("person")).order_by("name_zh", "pk")[:500])


def mandate_between(actor: Actor, station: Station, client: Organisation) -> Mandate | None:
    """The open mandate of a firm to a station, as far as the actor may see."""
    rows = mandates(actor).filter(station=station, client=client).exclude(state=Mandate.State.ENDED)
    return rows.first()


def mandates(actor: Actor) -> QuerySet[Mandate]:
    """Mandates that the actor's organisations gave or hold, newest first."""
    rows = restrict(Mandate.objects.all(), actor).select_related("station__operator", "client", "given_by", "asked_by")
    return rows.order_by("-id")


def mandate_by_uid(actor: Actor, uid: str) -> Mandate:
    """One mandate. Raises NotFound, also where the actor may not see it."""
    return _one(mandates(actor), uid)


def visits(actor: Actor) -> QuerySet[Visit]:
    """Visits that the actor may see, newest first: a firm's own, a station's, a region's."""
    rows = restrict(Visit.objects.all(), actor).select_related(
        "station__operator", "client", "recorded_by", "need", "mandate"
    )
    return rows.defer("need__understanding", *all_but_names(Organisation, "client")).order_by("-id")


def visit_by_uid(actor: Actor, uid: str) -> Visit:
    """One visit. Raises NotFound, also where the actor may not see it."""
    return _one(visits(actor), uid)


# Registers know a row by its ``uid``; these have that of their case.
_UID = {"uid": F("case__uid")}


def contests(actor: Actor) -> QuerySet[Contest]:
    """Contested records that the actor may see, newest first; known by the ``uid`` of their case."""
    rows = restrict(Contest.objects.alias(**_UID), actor)
    return rows.select_related(
        "case__client", "case__handler", "visit__station__operator", "visit__client", "decider"
    ).order_by("-case_id")


@dataclass(frozen=True)
class ContestPage:
    """A contest with its story, newest first, and what can be done now."""

    contest: Contest
    story: Sequence[Told]
    options: Sequence[Option]


def contest_page(actor: Actor, uid: str) -> ContestPage:
    """One contest for its page: for both sides and whoever rules, whoever has the case now. Raises NotFound."""
    found = contests(actor).filter(case__uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该异议，或您无权查看。请核对编号。"))
    return ContestPage(found, row_story(actor, found), options(actor, found))


def contest_of(actor: Actor, visit: Visit) -> Contest | None:
    """The latest contest of a visit, as far as the actor may see."""
    return contests(actor).filter(visit=visit).first()


@dataclass(frozen=True)
class Done:
    """What was done in a firm's name on a visit: the need, and the plans made for it, newest first.

    ``open``: the reader may see them: the firm and its regulator always, the station while its mandate is in force.
    """

    need: Any
    plans: Sequence[Any]
    open: bool


def done_on_behalf(actor: Actor, visit: Visit) -> Done | None:
    """What was done in the firm's name on a visit; None where nothing was."""
    if visit.need is None or visit.client is None:
        return None
    need = one_stop.needs(actor).filter(pk=visit.need.pk).first()
    if need is None and acts_for(actor, visit.station):
        mandate = visit.mandate
        if mandate is not None and mandate.in_force:
            need = one_stop.needs(stand_in(actor, visit.client)).filter(pk=visit.need.pk).first()
    if need is None:
        return Done(visit.need, (), False)
    return Done(need, list(one_stop.plans_of(need)[:10]), True)


def plan_on_behalf(actor: Actor, visit: Visit, uid: str) -> one_stop.PlanPage:
    """One of the plans made on a visit, for whoever may see it. Raises NotFound."""
    done = done_on_behalf(actor, visit)
    if done is None or not done.open or visit.client is None or uid not in {plan.uid for plan in done.plans}:
        raise NotFound(_("没有找到该方案，或您无权查看。请核对编号。"))
    return one_stop.plan_page(stand_in(actor, visit.client), uid)


def firms_named(text: str, limit: int = 8) -> list[Organisation]:
    """Organisations that a visitor's words may mean: the one with this credit code or name, else those like it."""
    text = text.strip()
    standing = Organisation.objects.filter(merged_into=None)
    exact = list(standing.filter(uscc=text.upper())[:1]) or list(standing.filter(name_zh=text)[:2])
    return exact or list(named(standing, text).order_by("name_zh")[:limit])


# --- zones ---------------------------------------------------------------------------------------------------

# Quarters that the page of a zone shows.
RELEASES = 8


def zones(actor: Actor) -> QuerySet[Zone]:
    """The register of zones, each with ``member_count`` and ``station_count``."""
    members = ZoneMember.objects.filter(zone=OuterRef("pk"), state=ZoneMember.State.JOINED)
    there = Station.objects.filter(zone=OuterRef("pk"), closed_on=None)
    rows = restrict(Zone.objects.all(), actor).select_related("operator", "region")
    return rows.annotate(member_count=_counted(members, "zone"), station_count=_counted(there, "zone"))


def zone_by_uid(actor: Actor, uid: str) -> Zone:
    """One zone with its counts. Raises NotFound."""
    return _one(zones(actor), uid)


def member_by_uid(actor: Actor, uid: str) -> ZoneMember:
    """One membership of a zone. Raises NotFound, also where the actor may not see it."""
    return _one(members_seen(actor), uid)


def members_seen(actor: Actor) -> QuerySet[ZoneMember]:
    """Memberships of zones that the actor may see."""
    return restrict(ZoneMember.objects.all(), actor).select_related("zone__operator", "organisation")


def joined(zone: Zone) -> QuerySet[Any, Any]:
    """Keys of the organisations that are members of a zone."""
    return ZoneMember.objects.filter(zone=zone, state=ZoneMember.State.JOINED).values("organisation")


def records(actor: Actor, zone: Zone, kind: str) -> QuerySet[Any]:
    """The rows behind a count of a zone that the actor may see, of members that the actor may know to be members.

    Raises NotFound for a kind that is none.
    """
    known = ZoneMember.objects.filter(ZoneMember.visible_to.q(actor) | Q(named=True))
    members = known.filter(zone=zone, state=ZoneMember.State.JOINED).values("organisation")
    return across.behind(actor, kind, members)


@dataclass(frozen=True)
class ZonePage:
    """What the page of a zone shows. ``releases``: its outcomes by closed quarter, those withheld with the reason."""

    zone: Zone
    releases: Sequence[ZoneRelease]
    firms: Sequence[Organisation]
    institutions: Sequence[Organisation]
    unnamed: int
    stations: Sequence[Station]
    members: Sequence[ZoneMember]


def zone_page(actor: Actor, uid: str) -> ZonePage:
    """One zone for its page: what everybody sees, and the memberships that the actor may."""
    zone = zone_by_uid(actor, uid)
    named = ZoneMember.objects.filter(zone=zone, state=ZoneMember.State.JOINED, named=True)
    shown = [one.organisation for one in named.select_related("organisation").order_by("organisation__name_zh")[:500]]
    count: int = zone.member_count  # type: ignore[attr-defined]
    return ZonePage(
        zone=zone,
        releases=releases(zone),
        firms=[one for one in shown if one.kind not in INSTITUTIONS],
        institutions=[one for one in shown if one.kind in INSTITUTIONS],
        unnamed=count - len(shown),
        stations=list(stations(actor).filter(zone=zone).order_by("closed_on", "name_zh")[:100]),
        members=list(members_seen(actor).filter(zone=zone).exclude(state="left").order_by("state", "-id")[:500]),
    )


def releases(zone: Zone) -> list[ZoneRelease]:
    """What was released of a zone's outcomes, or withheld, the latest quarter first."""
    return list(ZoneRelease.objects.filter(zone=zone).defer("cohort").order_by("-quarter")[:RELEASES])


def own_figures(actor: Actor, member: ZoneMember) -> Outcomes:
    """The figures of one member, for itself and, where it allows that, for the zone's operator. Raises NotFound."""
    own = member.organisation_id in actor.all_organisations
    if not own and not (member.shown and member.zone.operator_id in actor.all_organisations):
        raise NotFound(_("该成员没有允许运营机构查看本单位数据。"))
    return across.outcomes_of([member.organisation_id])
