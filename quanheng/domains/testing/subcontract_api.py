"""Subcontracts over the API: the same services and queries as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Query, Router, Status
from pydantic import Field

from quanheng.domains.testing import queries, services
from quanheng.domains.testing.models import Subcontract
from quanheng.domains.testing.services.subcontracting import providers
from quanheng.kernel.base.api import ActorRequest, OrganisationRef, ReasonIn, Shape, problems
from quanheng.kernel.cases.api import MoveOut, moves_out
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.cases.services import options
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid

router = Router(tags=["orders"])
Position = Annotated[int, Field(ge=1, le=32767)]
_ACTED = problems(401, 403, 404, 409, 422)


class ProviderOut(Shape):
    """Who could determine all of the items today, at its own prices."""

    institution: OrganisationRef
    price_cents: int
    days: int


class SubcontractIn(ReasonIn):
    positions: list[Position] = Field(min_length=1, max_length=500)
    provider: str = Field(max_length=13, description="Public name of the institution")


class SubcontractOut(Shape):
    """Items of an order that another institution determines, with the client's consent."""

    uid: str
    number: str
    state: str
    state_label: str
    order: str
    provider: OrganisationRef
    positions: list[int]
    days: int
    price_cents: int | None = Field(description="For the institution and its regulators alone")
    provider_order: str | None
    reason: str
    opened_at: datetime
    closed_at: datetime | None
    moves: list[MoveOut]


def _out(request: ActorRequest, subcontract: Subcontract) -> dict[str, Any]:
    case = subcontract.case
    inside = Case.inside.allows(request.actor, case)
    return {
        **{name: getattr(case, name) for name in ("uid", "number", "state", "opened_at", "closed_at")},
        **{name: getattr(subcontract, name) for name in ("provider", "positions", "days", "reason")},
        "state_label": str(PROCESSES[case.process].by_state[case.state].label),
        "order": subcontract.order.case.uid,
        "price_cents": subcontract.price_cents if inside else None,
        "provider_order": subcontract.provider_order.case.uid if inside and subcontract.provider_order else None,
        "moves": moves_out(options(request.actor, subcontract)),
    }


@router.get("/orders/{uid}/providers", response={200: list[ProviderOut], **problems(404, 422)})
def list_providers(
    request: ActorRequest, uid: str, position: Annotated[list[Position], Query(min_length=1, max_length=500)]
) -> Any:
    """Who could take over all of some items of an order today, by price."""
    return providers(queries.order_by_uid(request.actor, uid), position)


@router.post("/orders/{uid}/subcontracts", response={201: SubcontractOut, **_ACTED})
def propose(request: ActorRequest, uid: str, body: SubcontractIn) -> Any:
    """Ask the client to let another institution determine some items."""
    order = queries.order_by_uid(request.actor, uid)
    provider = by_uid(Organisation.objects.all(), body.provider)
    made = services.propose_subcontract(
        request.actor, order, positions=body.positions, provider=provider, reason=body.reason
    )
    return Status(201, _out(request, queries.subcontract_by_uid(request.actor, made.case.uid)))


@router.get("/subcontracts/{uid}", response={200: SubcontractOut, **problems(404)})
def get_subcontract(request: ActorRequest, uid: str) -> Any:
    """One subcontract, and what you can do now."""
    return _out(request, queries.subcontract_by_uid(request.actor, uid))


@router.post("/subcontracts/{uid}/agree", response={200: SubcontractOut, **_ACTED})
def agree(request: ActorRequest, uid: str) -> Any:
    """Agree: the provider gets its order from the institution."""
    services.agree_subcontract(request.actor, queries.subcontract_by_uid(request.actor, uid))
    return _out(request, queries.subcontract_by_uid(request.actor, uid))


@router.post("/subcontracts/{uid}/refuse", response={200: SubcontractOut, **_ACTED})
def refuse(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Refuse: the institution does it itself, or not at all."""
    services.refuse_subcontract(request.actor, queries.subcontract_by_uid(request.actor, uid), reason=body.reason)
    return _out(request, queries.subcontract_by_uid(request.actor, uid))


@router.post("/subcontracts/{uid}/withdraw", response={200: SubcontractOut, **_ACTED})
def withdraw(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Take a proposal back."""
    services.withdraw_subcontract(request.actor, queries.subcontract_by_uid(request.actor, uid), reason=body.reason)
    return _out(request, queries.subcontract_by_uid(request.actor, uid))
