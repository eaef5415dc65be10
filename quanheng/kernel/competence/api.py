"""Competence over the API: who can do this, scopes, recognitions."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, OrganisationRef, Page, ReasonIn, Shape, problems, waits
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.competence import queries, services
from quanheng.kernel.competence.asking import Ask, Candidate, read_place
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.competence.services import RecognitionFacts, ScopeFacts
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.requirements.queries import family_by_code, item_by_code

router = Router(tags=["competence"])


class RecognitionOut(Shape):
    """A recognition of an organisation's competence; state is of now, dates are inclusive."""

    uid: str
    organisation: OrganisationRef
    scheme: str
    number: str
    valid_from: date
    valid_until: date
    state: str


class OutdatedOut(Shape):
    """The method is no longer in force: since when, and what replaced it (empty: withdrawn)."""

    since: date
    by: list[str]


class ScopeLineOut(Shape):
    """One line of scope. Range ends are decimal strings in ``unit``, "" where unbounded; U is a formula of x."""

    uid: str
    organisation: OrganisationRef
    recognition: str = Field(description="Public name of the recognition")
    scheme: str
    activity: str
    family: str
    item: str
    method: str
    method_clause: str
    range_lower: str
    range_upper: str
    lower_open: bool
    upper_open: bool
    unit: str
    uncertainty: str
    k: str
    restriction_zh: str
    restriction_en: str
    valid_from: date
    valid_until: date
    price_cents: int
    days: int
    outdated: OutdatedOut | None


class CriterionOut(Shape):
    """One thing that was asked: whether it holds, and why, in both languages by the reader's choice."""

    code: str
    ok: bool
    text: str


class CandidateOut(Shape):
    line: str = Field(description="Public name of the scope line")
    organisation: OrganisationRef
    recognition: str
    method: str
    distance_km: float | None
    price_cents: int
    days: int
    criteria: list[CriterionOut]


class AnswerOut(Shape):
    """Who can, best first, and who fails one criterion alone; ``more`` where there are more who can."""

    able: list[CandidateOut]
    unable: list[CandidateOut]
    more: bool


class ScopeIn(Shape):
    """What is stated of a scope line; ``range`` as written, or ``lower`` and ``upper`` with ``unit``."""

    activity: str = Field(max_length=14)
    item: str = Field(max_length=60)
    method: str = Field(max_length=60)
    family: str = Field("", max_length=40)
    method_clause: str = Field("", max_length=60)
    range: str = Field("", max_length=120)
    lower: str = Field("", max_length=40)
    upper: str = Field("", max_length=40)
    unit: str = Field("", max_length=20)
    uncertainty: str = Field("", max_length=200)
    k: str = Field("", max_length=10)
    restriction_zh: str = Field("", max_length=300)
    restriction_en: str = Field("", max_length=400)
    valid_from: date | None = None
    valid_until: date | None = None
    price_cents: int = Field(0, ge=0, le=100_000_000)
    days: int = Field(5, ge=1, le=365)


class ScopeChangeIn(ScopeIn):
    reason: str = Field(max_length=300)


class EndIn(Shape):
    on: date = Field(description="The last day of the line")
    reason: str = Field(max_length=300)


class RecognitionIn(Shape):
    organisation: str = Field(max_length=13, description="Public name of the holder")
    scheme: str = Field(max_length=12)
    number: str = Field(max_length=60)
    valid_from: date
    valid_until: date


_LINE = (
    *("uid", "organisation", "activity", "method_clause", "range_lower", "range_upper", "lower_open", "upper_open"),
    *("unit", "uncertainty", "k", "restriction_zh", "restriction_en", "valid_from", "valid_until", "price_cents"),
    "days",
)


def _line(line: ScopeLine) -> dict[str, Any]:
    outdated = line.outdated(timezone.localdate())
    return {
        **{name: getattr(line, name) for name in _LINE},
        "recognition": line.recognition.uid,
        "scheme": line.recognition.scheme,
        "family": line.family.code if line.family else "",
        "item": line.item.code,
        "method": line.method.number,
        "outdated": {"since": outdated.since, "by": list(outdated.by)} if outdated else None,
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "line": one.line.uid,
        "organisation": one.line.organisation,
        "recognition": str(one.line.recognition),
        "method": one.line.method.number,
        "distance_km": None if one.distance_km is None else round(one.distance_km, 1),
        "price_cents": one.line.price_cents,
        "days": one.line.days,
        "criteria": [{"code": each.code, "ok": each.ok, "text": str(each.text)} for each in one.criteria],
    }


@router.get("/competence/who-can", response={200: AnswerOut, **problems(404, 422)})
def who_can(
    request: ActorRequest,
    item: str = Query(..., max_length=60, description="Code of the item"),
    activity: str = Query(..., max_length=14, description="testing, calibration, verification, …"),
    family: str = Query("", max_length=40, description="Code of the product family"),
    method: str = Query("", max_length=60, description="Standard in any spelling; with a year, that edition alone"),
    range: str = Query("", max_length=120, description='A value or a range: "10 MPa", "(0~60) MPa", "≥5 mg/kg"'),
    unit: str = Query("", max_length=20, description="Unit of a range that names none"),
    uncertainty: str = Query("", max_length=120, description='Greatest U (k = 2): "0.02 MPa", or relative "0.5%"'),
    region: str = Query("", max_length=6, description="GB/T 2260 code of the region"),
    latitude: float | None = None,
    longitude: float | None = None,
    radius_km: float | None = Query(None, description="Within this distance of the point, or of the region's seat"),
    scheme: str = Query("", max_length=12, description="CMA, CNAS, …"),
    on: date | None = None,
    limit: int = Query(50, ge=1, le=100),
) -> Any:
    """Who is competent for this, and why each candidate is or is not."""
    ask = Ask.read(
        item_by_code(item),
        activity,
        on=on,
        family=family_by_code(family) if family else None,
        method=method,
        range=range,
        unit=unit,
        uncertainty=uncertainty,
        place=read_place(region=region, latitude=latitude, longitude=longitude, radius_km=radius_km),
        scheme=scheme,
    )
    answer = queries.who_can(ask, able=limit)
    return {
        "able": [_candidate(one) for one in answer.able],
        "unable": [_candidate(one) for one in answer.unable],
        "more": answer.more,
    }


@router.get("/scope-lines", response={200: Page[ScopeLineOut], **problems(422)})
def list_scope_lines(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    organisation: str = Query("", max_length=13),
    item: str = Query("", max_length=60),
    family: str = Query("", max_length=40),
    activity: str = Query("", max_length=14),
    method: str = Query("", max_length=60),
    recognition: str = Query("", max_length=13),
    region: str = Query("", max_length=6, description="GB/T 2260 code of the institution's region"),
    scheme: str = Query("", max_length=12, description="CMA, CNAS, …"),
    outdated: bool | None = None,
) -> Any:
    """Scope lines in force today, newest first; ``outdated`` keeps those whose method is no longer in force."""
    rows = queries.scope_lines(
        organisation=organisation,
        item=item,
        family=family,
        activity=activity,
        method=method,
        recognition=recognition,
        region=region,
        scheme=scheme,
        outdated=outdated,
    )
    return page_of(rows, cursor, limit, show=_line)


@router.get("/scope-lines/{uid}", response={200: ScopeLineOut, **problems(404)})
def get_scope_line(request: ActorRequest, uid: str) -> Any:
    """One scope line."""
    return _line(queries.scope_line_by_uid(uid))


@router.get("/organisations/{uid}/scope", response={200: Page[ScopeLineOut], **problems(404, 422)})
def scope_of(request: ActorRequest, uid: str, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """The scope of one organisation as of today."""
    holder = by_uid(Organisation.objects.all(), uid, request.actor)
    return page_of(queries.scope_lines(organisation=holder.uid), cursor, limit, show=_line)


@router.get("/recognitions", response={200: Page[RecognitionOut], **problems(422)})
def list_recognitions(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    organisation: str = Query("", max_length=13),
    scheme: str = Query("", max_length=12),
    state: str = Query("", max_length=10),
) -> Any:
    """Recognitions, newest entries first."""
    rows = queries.recognitions(organisation=organisation, scheme=scheme, state=state)
    return page_of(rows, cursor, limit)


@router.get("/recognitions/{uid}", response={200: RecognitionOut, **problems(404)})
def get_recognition(request: ActorRequest, uid: str) -> Any:
    """One recognition."""
    return queries.recognition_by_uid(uid)


_ACTED = problems(401, 403, 404, 409, 422)


@router.post("/recognitions", response={200: RecognitionOut, **_ACTED})
def register_recognition(request: ActorRequest, body: RecognitionIn) -> Any:
    """Enter a recognition in the register, as the regulator of the holder's region."""
    holder = by_uid(Organisation.objects.all(), body.organisation, request.actor)
    facts = RecognitionFacts(**body.model_dump(exclude={"organisation"}))
    return services.register_recognition(request.actor, holder, facts=facts)


class WithdrawIn(ReasonIn):
    """Why, and from which day where that is before today."""

    since: date | None = None


_TURNS = {
    "suspend": services.suspend_recognition,
    "reinstate": services.reinstate_recognition,
    "cancel": services.cancel_recognition,
}


def _turn(request: ActorRequest, uid: str, turn: str, reason: str) -> Recognition:
    _TURNS[turn](request.actor, queries.recognition_by_uid(uid), reason=reason)
    return queries.recognition_by_uid(uid)


@router.post("/recognitions/{uid}/suspend", response={200: RecognitionOut, **_ACTED})
def suspend(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Suspend a recognition: nothing under it counts until it is reinstated."""
    return _turn(request, uid, "suspend", body.reason)


@router.post("/recognitions/{uid}/reinstate", response={200: RecognitionOut, **_ACTED})
def reinstate(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Lift a suspension."""
    return _turn(request, uid, "reinstate", body.reason)


@router.post("/recognitions/{uid}/withdraw", response={200: RecognitionOut, **waits(), **_ACTED})
def withdraw(request: ActorRequest, uid: str, body: WithdrawIn) -> Any:
    """Take a recognition away for good; ``since``: from an earlier day, on which it should not have been held."""
    services.withdraw_recognition(
        request.actor, queries.recognition_by_uid(uid), reason=body.reason, **body.model_dump(include={"since"})
    )
    return queries.recognition_by_uid(uid)


@router.post("/recognitions/{uid}/cancel", response={200: RecognitionOut, **_ACTED})
def cancel(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Give a recognition up, as its holder."""
    return _turn(request, uid, "cancel", body.reason)


@router.post("/recognitions/{uid}/scope-lines", response={200: ScopeLineOut, **_ACTED})
def add_scope_line(request: ActorRequest, uid: str, body: ScopeIn) -> Any:
    """Enter a line of scope under a recognition of your organisation."""
    facts = ScopeFacts(**body.model_dump())
    made = services.add_scope_line(request.actor, queries.recognition_by_uid(uid), facts=facts)
    return _line(queries.scope_line_by_uid(made.uid))


@router.post("/scope-lines/{uid}/change", response={200: ScopeLineOut, **_ACTED})
def change_scope_line(request: ActorRequest, uid: str, body: ScopeChangeIn) -> Any:
    """State a line anew; the trail keeps what it was."""
    facts = ScopeFacts(**body.model_dump(exclude={"reason"}))
    services.change_scope_line(request.actor, queries.scope_line_by_uid(uid), facts=facts, reason=body.reason)
    return _line(queries.scope_line_by_uid(uid))


@router.post("/scope-lines/{uid}/end", response={200: ScopeLineOut, **_ACTED})
def end_scope_line(request: ActorRequest, uid: str, body: EndIn) -> Any:
    """End a line of scope on a day."""
    services.end_scope_line(request.actor, queries.scope_line_by_uid(uid), on=body.on, reason=body.reason)
    return _line(queries.scope_line_by_uid(uid))
