"""Proposals, the rules of second persons, and acts on many rows over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import Field

from quanheng.kernel.audit.queries import label_of
from quanheng.kernel.base.api import ActorRequest, Page, ReasonIn, Shape, problems, waits
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.changes import many, queries, services
from quanheng.kernel.changes.bulk import MOST
from quanheng.kernel.changes.models import Proposal
from quanheng.kernel.changes.views import shown
from quanheng.kernel.parties.models import Organisation

router = Router(tags=["changes"])


class ProposalOut(Shape):
    """An act that waits, or waited, for a second person."""

    uid: str
    act: str
    label: str
    subject_type: str
    subject_name: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    decision: str


class ProposedChange(Shape):
    """One column before and after."""

    field: str
    label: str
    before: str
    after: str


class EffectOut(Shape):
    """One row that changes. ``changes`` and ``facts`` are empty where the row is not yours to see."""

    kind: str
    name: str
    act: str
    changes: list[ProposedChange]
    facts: dict[str, str]


class ProposalDetail(ProposalOut):
    """With what changes: while it waits, as it would be now; ``outdated`` names what changed since it was proposed."""

    effects: list[EffectOut]
    outdated: list[ProposedChange]
    refusal: str = Field(description="Why it could not take effect now; empty where it could")


class DecisionIn(Shape):
    reason: str = Field("", max_length=300)


class SecondPersonRuleOut(Shape):
    """An act that can need a second person; ``default`` is the packaged setting."""

    act: str
    label: str
    required: bool
    default: bool
    reason_zh: str
    reason_en: str
    source_zh: str
    source_en: str
    confidence: str


class SwitchIn(ReasonIn):
    required: bool


class BulkIn(ReasonIn):
    """One act over many rows: ``rows`` are public names, ``arguments`` those of the act besides its reason."""

    act: str = Field(max_length=80)
    rows: list[str] = Field(min_length=1, max_length=MOST)
    arguments: dict[str, str | bool | None] = Field(default_factory=dict, description="Dates as YYYY-MM-DD")


class BulkOut(Shape):
    """``errand`` is shared by the entries of the trail; ``proposals`` wait for a second person."""

    errand: str
    done: int
    proposals: list[str]


_ACTED = problems(401, 403, 404, 409, 422)


def _out(one: Proposal) -> dict[str, Any]:
    facts = ("uid", "act", "subject_type", "subject_name", "reason", "state", "decided_at", "decision")
    return {
        **{name: getattr(one, name) for name in facts},
        "label": str(label_of(one.act)),
        "proposed_by": one.proposer.name_zh,
        "proposed_at": one.created_at,
        "decided_by": one.decided_by.name_zh if one.decided_by else None,
    }


def _change(field: Any, label: Any, before: Any, after: Any) -> dict[str, str]:
    return {"field": str(field), "label": str(label), "before": str(before), "after": str(after)}


def _detail(request: ActorRequest, uid: str) -> dict[str, Any]:
    proposal = queries.proposal_by_uid(request.actor, uid)
    told = shown(request.actor, proposal)
    return {
        **_out(proposal),
        "effects": [
            {
                "kind": str(effect.kind),
                "name": str(effect.name),
                "act": str(effect.what),
                "changes": [_change(one.field, one.label, one.before, one.after) for one in effect.changes],
                "facts": {str(name): str(value) for name, value in effect.facts},
            }
            for effect in told["effects"]
        ],
        "outdated": [_change(label, label, then, now) for label, then, now in told["shifted"]],
        "refusal": str(told["refusal"] or ""),
    }


@router.get("/changes", response={200: Page[ProposalOut], **problems(422)})
def list_proposals(
    request: ActorRequest,
    show: str = Query("waiting", pattern="^(waiting|mine|decided)$"),
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
) -> Any:
    """Proposals that wait for you, that you made, or that were decided; newest first."""
    return page_of(queries.proposals(request.actor, show), cursor, limit, show=_out)


@router.get("/changes/{uid}", response={200: ProposalDetail, **problems(404)})
def get_proposal(request: ActorRequest, uid: str) -> Any:
    """One proposal with exactly what it changes."""
    return _detail(request, uid)


@router.post("/changes/{uid}/approve", response={200: ProposalDetail, **_ACTED})
def approve(request: ActorRequest, uid: str, body: DecisionIn) -> Any:
    """Approve: the act is done now, as it was proposed. Never by the proposer."""
    services.approve_proposal(request.actor, queries.proposal_by_uid(request.actor, uid), reason=body.reason)
    return _detail(request, uid)


@router.post("/changes/{uid}/decline", response={200: ProposalDetail, **_ACTED})
def decline(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Decline, with the reason: nothing changes."""
    services.decline_proposal(request.actor, queries.proposal_by_uid(request.actor, uid), reason=body.reason)
    return _detail(request, uid)


@router.post("/changes/{uid}/take-back", response={200: ProposalDetail, **_ACTED})
def take_back(request: ActorRequest, uid: str, body: DecisionIn) -> Any:
    """Take your own proposal back."""
    services.take_back_proposal(request.actor, queries.proposal_by_uid(request.actor, uid), reason=body.reason)
    return _detail(request, uid)


def _rule(view: queries.RuleView) -> dict[str, Any]:
    names = ("act", "reason_zh", "reason_en", "source_zh", "source_en", "confidence")
    facts = {name: getattr(view.demand, name) for name in names}
    return {**facts, "label": str(view.act.label), "required": view.required, "default": view.demand.required}


@router.get("/second-person-rules", response={200: list[SecondPersonRuleOut]})
def list_rules(request: ActorRequest) -> Any:
    """Which acts need a second person here, with reason and source."""
    return [_rule(view) for view in queries.rules()]


@router.post("/second-person-rules/{code}", response={200: SecondPersonRuleOut, **waits(), **_ACTED})
def switch(request: ActorRequest, code: str, body: SwitchIn) -> Any:
    """Set whether an act needs a second person; for the administrator of the city's regulator."""
    here = Organisation.objects.filter(kind="regulator", region_code=settings.PACK["deployment"]["region"])
    mine = here.filter(pk__in=request.actor.organisations("administrator")).order_by("id").first()
    office = mine or here.order_by("id").first()
    if office is None:
        raise NotFound(_("本平台尚未登记本级监管部门，无法设定。"))
    services.switch_rule(request.actor, office, act=code, required=body.required, reason=body.reason)
    return next(_rule(view) for view in queries.rules() if view.demand.act == code)


@router.post("/bulk", response={200: BulkOut, **problems(401, 403, 409, 422)})
def act_on_many(request: ActorRequest, body: BulkIn) -> Any:
    """Do one act on many rows, all or none, with one reason. A problem names every row that refuses."""
    found = many.act_on_many(request.actor, body.act, body.rows, body.arguments, body.reason)
    return {
        "errand": found.errand,
        "done": len(found.done),
        "proposals": [proposal.uid for proposal in found.proposed],
    }
