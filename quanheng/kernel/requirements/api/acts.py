"""Acts on the register of standards over the API."""

from __future__ import annotations

from typing import Any

from quanheng.kernel.base.api import ActorRequest, problems, waits
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.requirements import queries, services
from quanheng.kernel.requirements.api import schemas
from quanheng.kernel.requirements.api.reading import detail
from quanheng.kernel.requirements.api.routing import router

_ACTED = problems(401, 403, 404, 409, 422)


@router.post("/standards", response={200: schemas.StandardDetail, **_ACTED})
def register(request: ActorRequest, body: schemas.StandardIn) -> Any:
    """Enter a standard in the register."""
    registrar = by_uid(Organisation.objects.all(), body.registrar)
    facts = services.StandardFacts(**body.model_dump(exclude={"registrar"}))
    return detail(services.register_standard(request.actor, registrar, facts=facts).uid)


@router.post("/standards/{uid}/correct", response={200: schemas.StandardDetail, **_ACTED})
def correct(request: ActorRequest, uid: str, body: schemas.CorrectionIn) -> Any:
    """Correct facts of a standard; a date given as null is taken away."""
    facts = body.model_dump(exclude={"reason"}, exclude_unset=True)
    services.correct_standard(request.actor, queries.standard_by_uid(uid), facts=facts, reason=body.reason)
    return detail(uid)


@router.post("/standards/{uid}/replace", response={200: schemas.StandardDetail, **waits(), **_ACTED})
def replace(request: ActorRequest, uid: str, body: schemas.ReplacementIn) -> Any:
    """Record that this standard replaces another."""
    predecessor = queries.standard_by_uid(body.predecessor)
    services.record_replacement(
        request.actor, queries.standard_by_uid(uid), predecessor=predecessor, reason=body.reason
    )
    return detail(uid)


@router.post("/standards/{uid}/undo-replacement", response={200: schemas.StandardDetail, **_ACTED})
def undo_replacement(request: ActorRequest, uid: str, body: schemas.ReplacementIn) -> Any:
    """Take a recorded replacement back; files that state it again are not believed."""
    predecessor = queries.standard_by_uid(body.predecessor)
    services.undo_replacement(request.actor, queries.standard_by_uid(uid), predecessor=predecessor, reason=body.reason)
    return detail(uid)


@router.post("/standards/{uid}/withdraw", response={200: schemas.StandardDetail, **waits(), **_ACTED})
def withdraw(request: ActorRequest, uid: str, body: schemas.WithdrawalIn) -> Any:
    """Withdraw a standard that has no successor."""
    services.withdraw_standard(request.actor, queries.standard_by_uid(uid), on=body.on, reason=body.reason)
    return detail(uid)


@router.post("/standards/{uid}/adopt", response={200: schemas.StandardDetail, **_ACTED})
def adopt(request: ActorRequest, uid: str, body: schemas.AdoptionIn) -> Any:
    """Record that this standard adopts an international one."""
    services.record_adoption(
        request.actor, queries.standard_by_uid(uid), number=body.number, degree=body.degree, reason=body.reason
    )
    return detail(uid)


@router.post("/standard-conflicts/{uid}/settle", response={200: schemas.ConflictOut, **_ACTED})
def settle(request: ActorRequest, uid: str, body: schemas.SettlementIn) -> Any:
    """Decide which of two values holds."""
    conflict = queries.conflict_by_uid(uid)
    settled = services.settle_conflict(request.actor, conflict, choice=body.choice, reason=body.reason)
    return schemas.shown_conflict(settled)
