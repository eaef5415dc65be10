"""Signals over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router
from pydantic import Field

from quanheng.kernel.base.api import ActorRequest, Page, Shape, problems
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.signals import queries, services
from quanheng.kernel.signals.models import Signal

router = Router(tags=["signals"])


class SignalOut(Shape):
    """Something that surveillance noticed, and what became of it."""

    uid: str
    kind: Signal.Kind
    kind_label: str
    organisation: str = Field(description="Public name of the organisation concerned")
    organisation_name_zh: str
    organisation_name_en: str
    case: str | None = Field(None, description="Public name of the case it was noticed in")
    case_number: str
    region_code: str
    evidence: dict[str, Any]
    noticed_at: datetime
    settled_at: datetime | None
    settlement: str


class SettleIn(Shape):
    reason: str = Field(max_length=300, description="What was found and done")


def _show(signal: Signal) -> dict[str, Any]:
    return {
        "uid": signal.uid,
        "kind": signal.kind,
        "kind_label": str(signal.get_kind_display()),
        "organisation": signal.organisation.uid,
        "organisation_name_zh": signal.organisation.name_zh,
        "organisation_name_en": signal.organisation.name_en,
        "case": signal.case.uid if signal.case else None,
        "case_number": signal.case.number if signal.case else "",
        "region_code": signal.region_code,
        "evidence": signal.evidence,
        "noticed_at": signal.noticed_at,
        "settled_at": signal.settled_at,
        "settlement": signal.settlement,
    }


@router.get("/", response={200: Page[SignalOut], **problems(422)})
def list_signals(
    request: ActorRequest,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    kind: Signal.Kind | None = None,
    settled: bool | None = None,
) -> Any:
    """Signals of your organisations, or of the region you oversee, newest first."""
    return page_of(queries.signals(request.actor, kind=kind or "", settled=settled), cursor, limit, show=_show)


@router.get("/{uid}", response={200: SignalOut, **problems(404)})
def get_signal(request: ActorRequest, uid: str) -> Any:
    """One signal with its evidence."""
    return _show(queries.signal_by_uid(request.actor, uid))


@router.post("/{uid}/settle", response={200: SignalOut, **problems(401, 403, 404, 409, 422)})
def settle(request: ActorRequest, uid: str, body: SettleIn) -> Any:
    """Say what was found and done; for regulators of the region."""
    services.settle_signal(request.actor, queries.signal_by_uid(request.actor, uid), reason=body.reason)
    return _show(queries.signal_by_uid(request.actor, uid))
