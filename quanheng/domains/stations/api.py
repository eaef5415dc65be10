"""Stations, visits, mandates and zones over the API: the same services and queries as the pages."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from ninja import Query, Router, Status

from quanheng.domains.stations import queries, services
from quanheng.domains.stations import schemas as shapes
from quanheng.domains.stations.models import Contest, Mandate, Staff, Station, Visit
from quanheng.domains.stations.offers import offers
from quanheng.domains.stations.process import CONTEST
from quanheng.kernel.base.api import ActorRequest, Page, ReasonIn, problems
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.cases.api import moves_out
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.region.queries import region_by_code

router = Router(tags=["stations"])
_ACTED = problems(401, 403, 404, 409, 422)
_FACTS = (
    *("uid", "name_zh", "name_en", "kind", "operator", "zone", "region_code", "address", "latitude", "longitude"),
    *("website", "hours", "phone", "opened_on", "closed_on", "closing_reason", "synthetic"),
)
_VISIT = (
    *("uid", "station", "client", "client_name", "contact", "channel", "topic", "question", "answer", "state"),
    *("visited_on", "answered_at", "closed_at", "stars", "comment", "standing"),
)


def _organisation(uid: str) -> Organisation:
    return by_uid(Organisation.objects.all(), uid)


def _station(row: Any) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _FACTS},
        "offers": row.offers.split(),
        "staff": row.staff_count,
        "visits": row.visit_count,
        "on_behalf": row.behalf_count,
        "ratings": row.rating_count,
        "satisfaction": row.mean_stars,
    }


def _shown(request: ActorRequest, station: Station) -> dict[str, Any]:
    return _station(queries.station_by_uid(request.actor, station.uid))


def _visit(request: ActorRequest, uid: str) -> dict[str, Any]:
    visit = queries.visit_by_uid(request.actor, uid)
    done = queries.done_on_behalf(request.actor, visit)
    contest = queries.contest_of(request.actor, visit)
    return {
        **{name: getattr(visit, name) for name in _VISIT},
        "need": done.need.uid if done else None,
        "plans": [plan.uid for plan in done.plans] if done else [],
        "contest": contest.case.uid if contest else None,
    }


@router.get("/stations/offers", response=list[shapes.OfferOut])
def list_offers(request: ActorRequest) -> Any:
    """What a station can offer and a visit can be about."""
    return list(offers().values())


@router.get("/stations/nearest", response={200: list[shapes.NearOut], **problems(422)})
def nearest(request: ActorRequest, region: str = Query(max_length=6), limit: int = Query(5, ge=1, le=50)) -> Any:
    """Stations that serve now, nearest to the middle of a region (GB/T 2260) first."""
    region_by_code(region)
    found = queries.nearest(request.actor, region, limit)
    return [{"station": _station(station), "kilometres": round(far, 1)} for station, far in found]


@router.post("/stations", response={201: shapes.StationOut, **_ACTED})
def register_station(request: ActorRequest, body: shapes.StationIn) -> Any:
    """Enter a station in the register of your region."""
    facts = body.model_dump(exclude={"region", "operator"})
    operator = _organisation(body.operator)
    station = services.register_station(request.actor, region_by_code(body.region), operator=operator, **facts)
    return Status(201, _shown(request, station))


@router.get("/stations/{uid}", response={200: shapes.StationOut, **problems(404)})
def get_station(request: ActorRequest, uid: str) -> Any:
    """One station, with its visits and ratings counted."""
    return _station(queries.station_by_uid(request.actor, uid))


@router.patch("/stations/{uid}", response={200: shapes.StationOut, **_ACTED})
def change_station(request: ActorRequest, uid: str, body: shapes.StationPatch) -> Any:
    """Change what a station says of itself, with the reason."""
    station = queries.station_by_uid(request.actor, uid)
    return _shown(request, services.change_station(request.actor, station, **body.model_dump(exclude_unset=True)))


@router.post("/stations/{uid}/close", response={200: shapes.StationOut, **_ACTED})
def close_station(request: ActorRequest, uid: str, body: shapes.ClosingIn) -> Any:
    """Close a station; the reason is public."""
    station = queries.station_by_uid(request.actor, uid)
    return _shown(request, services.close_station(request.actor, station, **body.model_dump()))


@router.post("/stations/{uid}/reopen", response={200: shapes.StationOut, **_ACTED})
def reopen_station(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Open a closed station again."""
    station = queries.station_by_uid(request.actor, uid)
    return _shown(request, services.reopen_station(request.actor, station, reason=body.reason))


def _staff(request: ActorRequest, row: Staff) -> dict[str, Any]:
    near = row.station.operator_id in request.actor.organisations(Role.ADMINISTRATOR)
    return {
        **{name: getattr(row, name) for name in ("uid", "role", "valid_from", "valid_until")},
        **{name: getattr(row.person, name) for name in ("name_zh", "name_en")},
        "person": row.person.uid if near else None,
        "in_force": row.in_force_on(timezone.localdate()),
    }


@router.get("/stations/{uid}/staff", response={200: Page[shapes.StaffOut], **problems(404, 422)})
def list_staff(request: ActorRequest, uid: str, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """Who works or worked at a station, newest first, as far as you may see; how many work there now is public."""
    station = queries.station_by_uid(request.actor, uid)
    rows = queries.staff(request.actor).filter(station=station)
    return page_of(rows, cursor, limit, show=lambda one: _staff(request, one))


@router.post("/stations/{uid}/staff", response={201: shapes.StaffOut, **_ACTED})
def assign_staff(request: ActorRequest, uid: str, body: shapes.StaffIn) -> Any:
    """Assign somebody of the operator to the station."""
    station = queries.station_by_uid(request.actor, uid)
    given = body.model_dump()
    person = by_uid(Person.objects.all(), given.pop("person"))
    staff = services.assign_staff(request.actor, station, person=person, **given)
    return Status(201, _staff(request, queries.staff_by_uid(request.actor, staff.uid)))


@router.post("/stations/staff/{uid}/end", response={200: shapes.StaffOut, **_ACTED})
def end_staff(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """End somebody's work at a station, at once and with the reason."""
    services.end_staff(request.actor, queries.staff_by_uid(request.actor, uid), reason=body.reason)
    return _staff(request, queries.staff_by_uid(request.actor, uid))


@router.post("/stations/{uid}/visits", response={201: shapes.VisitOut, **_ACTED})
def record_visit(request: ActorRequest, uid: str, body: shapes.VisitIn) -> Any:
    """Record that a firm came, called or wrote."""
    station = queries.station_by_uid(request.actor, uid)
    client = _organisation(body.client) if body.client else None
    given = body.model_dump(exclude={"client"})
    visit = services.record_visit(request.actor, station, client=client, **given)
    return Status(201, _visit(request, visit.uid))


@router.get("/visits/{uid}", response={200: shapes.VisitOut, **problems(404)})
def get_visit(request: ActorRequest, uid: str) -> Any:
    """One visit: what was asked, answered and done. Lists: GET /registers/visits."""
    return _visit(request, uid)


def _of(request: ActorRequest, uid: str) -> Visit:
    return queries.visit_by_uid(request.actor, uid)


@router.post("/visits/{uid}/answer", response={200: shapes.VisitOut, **_ACTED})
def answer_visit(request: ActorRequest, uid: str, body: shapes.AnswerIn) -> Any:
    """What the firm was told."""
    services.answer_visit(request.actor, _of(request, uid), answer=body.answer)
    return _visit(request, uid)


@router.post("/visits/{uid}/identify", response={200: shapes.VisitOut, **_ACTED})
def identify_visitor(request: ActorRequest, uid: str, body: shapes.FirmIn) -> Any:
    """Say which organisation the firm of a visit is, once it is on the platform."""
    services.identify_visitor(request.actor, _of(request, uid), client=_organisation(body.client))
    return _visit(request, uid)


@router.post("/visits/{uid}/close", response={200: shapes.VisitOut, **_ACTED})
def close_visit(request: ActorRequest, uid: str) -> Any:
    """Close an answered visit."""
    services.close_visit(request.actor, _of(request, uid))
    return _visit(request, uid)


@router.post("/visits/{uid}/rating", response={200: shapes.VisitOut, **_ACTED})
def rate_visit(request: ActorRequest, uid: str, body: shapes.StarsIn) -> Any:
    """The firm rates the visit, once."""
    services.rate_visit(request.actor, _of(request, uid), stars=body.stars, comment=body.comment)
    return _visit(request, uid)


def _contest(request: ActorRequest, uid: str) -> dict[str, Any]:
    page = queries.contest_page(request.actor, uid)
    row = page.contest
    case = row.case
    return {
        **{name: getattr(case, name) for name in ("uid", "number", "state", "client")},
        **{name: getattr(case, name) for name in ("opened_at", "due_at", "closed_at")},
        **{name: getattr(row, name) for name in ("decider", "ground", "text", "answer", "rejoinder", "ruling")},
        "visit": row.visit.uid,
        "station": row.visit.station,
        "standing": row.visit.standing,
        "state_label": str(CONTEST.by_state[case.state].label),
        "moves": moves_out(page.options),
    }


def _contested(request: ActorRequest, uid: str) -> Contest:
    return queries.contest_page(request.actor, uid).contest


@router.post("/visits/{uid}/contest", response={201: shapes.ContestOut, **_ACTED})
def contest_visit(request: ActorRequest, uid: str, body: shapes.ContestIn) -> Any:
    """Contest what was recorded in your firm's name; until that has ended the visit is in no count."""
    made = services.contest_visit(request.actor, _of(request, uid), **body.model_dump())
    return Status(201, _contest(request, made.case.uid))


@router.get("/visit-contests/{uid}", response={200: shapes.ContestOut, **problems(404)})
def get_contest(request: ActorRequest, uid: str) -> Any:
    """One contested record. Lists: GET /registers/visit-contests."""
    return _contest(request, uid)


@router.post("/visit-contests/{uid}/correct", response={200: shapes.ContestOut, **_ACTED})
def correct_contested(request: ActorRequest, uid: str, body: shapes.VisitCorrectionIn) -> Any:
    """The station puts its record right; it counts again, and may be contested anew."""
    services.correct_contested(request.actor, _contested(request, uid), **body.model_dump(exclude_unset=True))
    return _contest(request, uid)


@router.post("/visit-contests/{uid}/strike", response={200: shapes.ContestOut, **_ACTED})
def strike_contested(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """The station takes its record back; it stays to be read, and never counts."""
    services.strike_contested(request.actor, _contested(request, uid), reason=body.reason)
    return _contest(request, uid)


@router.post("/visit-contests/{uid}/stand", response={200: shapes.ContestOut, **_ACTED})
def stand_by_record(request: ActorRequest, uid: str, body: shapes.SayIn) -> Any:
    """The station stands by its record, and says why."""
    services.stand_by_record(request.actor, _contested(request, uid), text=body.text)
    return _contest(request, uid)


@router.post("/visit-contests/{uid}/accept", response={200: shapes.ContestOut, **_ACTED})
def accept_record(request: ActorRequest, uid: str) -> Any:
    """The firm lets the record stand."""
    services.accept_record(request.actor, _contested(request, uid))
    return _contest(request, uid)


@router.post("/visit-contests/{uid}/ask-ruling", response={200: shapes.ContestOut, **_ACTED})
def ask_ruling(request: ActorRequest, uid: str, body: shapes.SayIn) -> Any:
    """Have somebody rule who is neither side: whoever runs the zone, else the nearest regulator."""
    services.ask_ruling(request.actor, _contested(request, uid), text=body.text)
    return _contest(request, uid)


@router.post("/visit-contests/{uid}/ruling", response={200: shapes.ContestOut, **_ACTED})
def rule(request: ActorRequest, uid: str, body: shapes.RulingIn) -> Any:
    """Rule between the two: the record is struck, or it stands."""
    perform = services.rule_struck if body.struck else services.rule_kept
    perform(request.actor, _contested(request, uid), text=body.text)
    return _contest(request, uid)


@router.post("/visit-contests/{uid}/withdraw", response={200: shapes.ContestOut, **_ACTED})
def withdraw_contest(request: ActorRequest, uid: str) -> Any:
    """The firm takes its contest back."""
    services.withdraw_contest(request.actor, _contested(request, uid))
    return _contest(request, uid)


@router.post("/visits/{uid}/mandate", response={201: shapes.MandateOut, **_ACTED})
def ask_mandate(request: ActorRequest, uid: str) -> Any:
    """Ask the firm of a visit to let the station act for it."""
    mandate = services.ask_mandate(request.actor, _of(request, uid))
    return Status(201, queries.mandate_by_uid(request.actor, mandate.uid))


@router.post("/visits/{uid}/need", response={201: shapes.VisitOut, **_ACTED})
def state_need_for(request: ActorRequest, uid: str, body: shapes.BehalfIn) -> Any:
    """State a need for the firm and have a plan made, under its mandate."""
    services.state_need_for(request.actor, _of(request, uid), text=body.text)
    return Status(201, _visit(request, uid))


@router.post("/visits/{uid}/plan", response={200: shapes.VisitOut, **_ACTED})
def plan_for(request: ActorRequest, uid: str, body: shapes.ReplanIn) -> Any:
    """Another plan for the need stated before, under the firm's mandate."""
    services.plan_for(request.actor, _of(request, uid), text=body.text, prefer=body.prefer)
    return _visit(request, uid)


@router.get("/mandates", response={200: Page[shapes.MandateOut], **problems(422)})
def list_mandates(request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """Mandates that your organisations gave or hold, newest first."""
    return page_of(queries.mandates(request.actor), cursor, limit)


@router.post("/stations/{uid}/mandates", response={201: shapes.MandateOut, **_ACTED})
def give_mandate(request: ActorRequest, uid: str, body: shapes.MandateIn) -> Any:
    """Let a station state needs and have plans made for your organisation, until a day."""
    station = queries.station_by_uid(request.actor, uid)
    client = _organisation(body.client)
    mandate = services.give_mandate(request.actor, client, station=station, valid_until=body.valid_until)
    return Status(201, queries.mandate_by_uid(request.actor, mandate.uid))


def _mandate(request: ActorRequest, uid: str) -> Mandate:
    return queries.mandate_by_uid(request.actor, uid)


@router.get("/mandates/{uid}", response={200: shapes.MandateOut, **problems(404)})
def get_mandate(request: ActorRequest, uid: str) -> Any:
    """One mandate."""
    return _mandate(request, uid)


@router.post("/mandates/{uid}/end", response={200: shapes.MandateOut, **_ACTED})
def end_mandate(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Refuse, take back or give back a mandate, with the reason."""
    services.end_mandate(request.actor, _mandate(request, uid), reason=body.reason)
    return _mandate(request, uid)


def _zone(request: ActorRequest, uid: str) -> dict[str, Any]:
    page = queries.zone_page(request.actor, uid)
    plain = ("uid", "name_zh", "name_en", "operator", "region_code", "address", "hectares")
    return {
        **{name: getattr(page.zone, name) for name in (*plain, "introduction_zh", "introduction_en")},
        "members": page.zone.member_count,  # type: ignore[attr-defined]
        "named_members": page.firms,
        "institutions": page.institutions,
        "stations": page.stations,
        "outcomes": page.releases,
    }


@router.post("/zones", response={201: shapes.ZoneOut, **_ACTED})
def register_zone(request: ActorRequest, body: shapes.ZoneIn) -> Any:
    """Enter a zone in the register of your region."""
    facts = body.model_dump(exclude={"region", "operator"})
    operator = _organisation(body.operator)
    zone = services.register_zone(request.actor, region_by_code(body.region), operator=operator, **facts)
    return Status(201, _zone(request, zone.uid))


@router.get("/zones/{uid}", response={200: shapes.ZoneOut, **problems(404)})
def get_zone(request: ActorRequest, uid: str) -> Any:
    """One zone with its outcomes. Lists: GET /registers/zones."""
    return _zone(request, uid)


@router.patch("/zones/{uid}", response={200: shapes.ZoneOut, **_ACTED})
def change_zone(request: ActorRequest, uid: str, body: shapes.ZonePatch) -> Any:
    """Change what a zone says of itself, with the reason."""
    zone = queries.zone_by_uid(request.actor, uid)
    services.change_zone(request.actor, zone, **body.model_dump(exclude_unset=True))
    return _zone(request, uid)


@router.get("/zones/{uid}/members", response={200: Page[shapes.ZoneMemberOut], **problems(404, 422)})
def list_members(request: ActorRequest, uid: str, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """Memberships, invitations and applications that you may see: your own, your zone's, your region's."""
    zone = queries.zone_by_uid(request.actor, uid)
    return page_of(queries.members_seen(request.actor).filter(zone=zone), cursor, limit)


def _member(request: ActorRequest, uid: str) -> Any:
    return queries.member_by_uid(request.actor, uid)


@router.post("/zones/{uid}/invite", response={201: shapes.ZoneMemberOut, **_ACTED})
def invite(request: ActorRequest, uid: str, body: shapes.InviteIn) -> Any:
    """Invite an organisation into a zone that you run."""
    zone = queries.zone_by_uid(request.actor, uid)
    member = services.invite_to_zone(request.actor, zone, organisation=_organisation(body.organisation))
    return Status(201, _member(request, member.uid))


@router.post("/zones/{uid}/apply", response={201: shapes.ZoneMemberOut, **_ACTED})
def apply(request: ActorRequest, uid: str, body: shapes.ApplyIn) -> Any:
    """Ask to be admitted to a zone."""
    zone = queries.zone_by_uid(request.actor, uid)
    member = services.ask_to_join(request.actor, _organisation(body.organisation), zone=zone, named=body.named)
    return Status(201, _member(request, member.uid))


@router.post("/zones/members/{uid}/admit", response={200: shapes.ZoneMemberOut, **_ACTED})
def admit(request: ActorRequest, uid: str) -> Any:
    """Admit an organisation that asked."""
    services.admit_member(request.actor, _member(request, uid))
    return _member(request, uid)


@router.post("/zones/members/{uid}/join", response={200: shapes.ZoneMemberOut, **_ACTED})
def join(request: ActorRequest, uid: str, body: shapes.ConsentIn) -> Any:
    """Accept an invitation, and say what of you may be seen."""
    services.join_zone(request.actor, _member(request, uid), named=body.named, shown=body.shown)
    return _member(request, uid)


@router.put("/zones/members/{uid}/consent", response={200: shapes.ZoneMemberOut, **_ACTED})
def consent(request: ActorRequest, uid: str, body: shapes.ConsentIn) -> Any:
    """Say anew what of you may be seen."""
    services.settle_consent(request.actor, _member(request, uid), named=body.named, shown=body.shown)
    return _member(request, uid)


@router.post("/zones/members/{uid}/part", response={200: shapes.ZoneMemberOut, **_ACTED})
def part(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Leave a zone, remove a member, or decline: with the reason."""
    services.part_from_zone(request.actor, _member(request, uid), reason=body.reason)
    return _member(request, uid)


@router.get("/zones/members/{uid}/figures", response={200: shapes.OutcomesOut, **problems(404)})
def figures(request: ActorRequest, uid: str) -> Any:
    """One member's own figures: for itself, and for the zone's operator where the member allows it."""
    return queries.own_figures(request.actor, _member(request, uid))
