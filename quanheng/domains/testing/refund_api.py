"""Refunds and reclaims of retests' fees over the API; the list is the register of settlements."""

from __future__ import annotations

from typing import Any

from ninja import Router

from quanheng.domains.testing import queries, services
from quanheng.domains.testing.models import Settlement
from quanheng.domains.testing.schemas import ConfirmPaymentIn, PayIn, RefundOut
from quanheng.domains.testing.services.refunding import acts_of, why_owed
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.api import ActorRequest, ReasonIn, problems
from quanheng.kernel.base.errors import NotFound

router = Router(tags=["orders"])
_ACTED: dict[Any, Any] = {200: RefundOut, **problems(401, 403, 404, 409, 422)}


def refund_out(actor: Actor, one: Settlement) -> dict[str, Any]:
    """A refund or a reclaim as the API tells it; its retest and both cases are read."""
    names = ("uid", "kind", "amount_cents", "paid_on", "reference", "state")
    return {
        **{name: getattr(one, name) for name in names},
        "reason": str(why_owed(one)),
        "order": one.case.uid,
        "retest": one.retest.case.number if one.retest else "",
        "acts": list(acts_of(actor, one)),
    }


def _found(request: ActorRequest, uid: str) -> Settlement:
    found = queries.settlement_by_uid(request.actor, uid)
    if found.kind == Settlement.Kind.CHARGE:
        raise NotFound(queries.NO_REFUND)
    return found


@router.get("/{uid}", response={200: RefundOut, **problems(404)})
def get_refund(request: ActorRequest, uid: str) -> Any:
    """One refund or reclaim: who owes how much of which retest's fee, and why."""
    return refund_out(request.actor, _found(request, uid))


@router.post("/{uid}/pay", response=_ACTED)
def pay(request: ActorRequest, uid: str, body: PayIn) -> Any:
    """Say that you have paid what you owe, and by which reference the payment is found."""
    services.pay_settlement(request.actor, _found(request, uid), **body.model_dump())
    return get_refund(request, uid)


@router.post("/{uid}/confirm", response=_ACTED)
def confirm(request: ActorRequest, uid: str, body: ConfirmPaymentIn) -> Any:
    """Confirm that the money is here."""
    services.confirm_settlement(request.actor, _found(request, uid), paid_on=body.paid_on)
    return get_refund(request, uid)


@router.post("/{uid}/miss", response=_ACTED)
def miss(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Say that the payment reported cannot be found."""
    services.miss_settlement(request.actor, _found(request, uid), reason=body.reason)
    return get_refund(request, uid)
