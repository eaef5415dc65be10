"""Worklists over the API, and the act by which a calibration falls."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import Field

from quanheng.kernel.attestations.api import StatusOut
from quanheng.kernel.attestations.falls import worklists
from quanheng.kernel.attestations.falls.voiding import void_calibration
from quanheng.kernel.attestations.keeping.retention import SEEN_BY, hold_records, kept
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.acts import require
from quanheng.kernel.base.api import ActorRequest, Page, ReasonIn, Shape, problems
from quanheng.kernel.base.errors import SignInNeeded, in_language
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.objects.queries import instrument_by_uid
from quanheng.kernel.parties.queries import by_uid

router = Router(tags=["attestations"])


class FallOut(Shape):
    """Something fell on which reports rest; its worklist is at ``/worklists/{kind}/{uid}``."""

    kind: str = Field(description="calibration, certificate, key or recognition")
    uid: str
    what: str
    title_zh: str
    title_en: str
    since: date
    reason: str


class DependentOut(StatusOut):
    level: int = Field(description="Over how many steps it depends; 0: it fell itself")
    title: str = Field(description="Empty where you only asked to be told of it")


class VoidIn(ReasonIn):
    """From which day the calibration is not to be relied on, and why."""

    since: date


class VoidOut(Shape):
    uid: str
    number: str
    calibrated_on: date
    since: date
    reason: str


class HoldOut(Shape):
    until: date
    reason: str
    created_at: datetime


class RetentionOut(Shape):
    """Until when the records are kept; ``until`` null: no term is on record, so they are kept."""

    until: date | None
    by_rule: date | None
    source: str
    holds: list[HoldOut]


class HoldIn(ReasonIn):
    until: date


def _clock(found: Attestation) -> dict[str, Any]:
    told = kept(found)
    source = f"{told.rule.source} {told.rule.article}".strip() if told.rule else ""
    return {"until": told.until, "by_rule": told.by_rule, "source": source, "holds": list(found.holds.order_by("-id"))}


@router.get("/attestations/{uid}/retention", response={200: RetentionOut, **problems(401, 403, 404)})
def retention_clock(request: ActorRequest, uid: str) -> Any:
    """How long the records behind a report are kept: for its issuer and those who oversee it."""
    found = by_uid(Attestation.objects.select_related("issuer"), uid, request.actor)
    require(request.actor, SEEN_BY, found)
    return _clock(found)


@router.post("/attestations/{uid}/retention", response={200: RetentionOut, **problems(401, 403, 404, 409, 422)})
def keep_longer(request: ActorRequest, uid: str, body: HoldIn) -> Any:
    """Have the records kept longer, as a regulator. It cannot be shortened."""
    found = by_uid(Attestation.objects.select_related("issuer"), uid, request.actor)
    hold_records(request.actor, found, until=body.until, reason=body.reason)
    return _clock(found)


@router.get("/worklists", response={200: list[FallOut], **problems(401)})
def list_worklists(request: ActorRequest) -> Any:
    """What fell that concerns your organisations or region: of each kind the latest fifty."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录查看复核清单。"))
    return [
        {
            "kind": one.kind,
            "uid": one.uid,
            "what": str(one.what),
            "title_zh": in_language(one.title, "zh-hans"),
            "title_en": in_language(one.title, "en"),
            "since": one.since,
            "reason": one.reason,
        }
        for one in worklists.falls(request.actor)
    ]


def _read(kind: worklists.Kind, request: ActorRequest, uid: str, cursor: str, limit: int) -> Any:
    _fall, found, rows = worklists.worklist(request.actor, kind, uid)

    def shown(one: Attestation) -> dict[str, Any]:
        told = {name: getattr(one, name) for name in StatusOut.model_fields if name != "superseded_by"}
        title = one.title if Attestation.visible_to.allows(request.actor, one) else ""
        return {**told, "replacement": one.replacement, "level": found.links[one.pk].level, "title": title}

    return page_of(rows, cursor, limit, show=shown)


@router.get("/worklists/{kind}/{uid}", response={200: Page[DependentOut], **problems(401, 404, 422)})
def worklist(
    request: ActorRequest, kind: worklists.Kind, uid: str, cursor: str = "", limit: int = Query(50, ge=1, le=100)
) -> Any:
    """The reports that depend on what fell: your own, those of your region, or those of which you asked to be told."""
    return _read(kind, request, uid, cursor, limit)


@router.post("/instruments/{uid}/void", response={200: VoidOut, **problems(401, 403, 404, 409, 422)})
def void(request: ActorRequest, uid: str, body: VoidIn) -> Any:
    """Declare that the calibration which an instrument has is not to be relied on from a day. For good."""
    instrument = instrument_by_uid(request.actor, uid)
    return void_calibration(request.actor, instrument, since=body.since, reason=body.reason)
