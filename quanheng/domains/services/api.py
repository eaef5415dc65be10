"""The one-stop service over the API: the same services and queries as the pages."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from ninja import Query, Router, Status

from quanheng.domains.services import queries, services
from quanheng.domains.services import schemas as shapes
from quanheng.domains.services.across import standings
from quanheng.domains.services.chains import chains
from quanheng.domains.services.models import Commission, Need, Plan, PlanLine
from quanheng.domains.services.revising import ChipIn, Revision, understand
from quanheng.domains.testing.queries import order_by_uid
from quanheng.kernel.base.api import ActorRequest, Page, ReasonIn, problems
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.cases.api import moves_out
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.competence.queries import scope_line_by_uid
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid, groups_of

router = Router(tags=["one-stop"])
_ACTED = problems(401, 403, 404, 409, 422)


def _need(need: Need) -> dict[str, Any]:
    names = ("uid", "created_at", "organisation", "text", "family", "product_name", "product_model")
    return {name: getattr(need, name) for name in (*names, "budget_cents", "deadline")}


def _need_detail(request: ActorRequest, uid: str) -> dict[str, Any]:
    need = queries.need_by_uid(request.actor, uid)
    plans = [
        {
            **{name: getattr(plan, name) for name in _PLAN},
            "lines": plan.size,  # type: ignore[attr-defined]
            "commission": _commission_of(plan),
        }
        for plan in queries.plans_of(need)[:50]
    ]
    return {**_need(need), "understanding": need.understanding, "plans": plans}


_PLAN = ("uid", "proposed_at", "valid_until", "prefer", "total_cents", "days", "ready_on")


def _commission_of(plan: Plan) -> str | None:
    commission = getattr(plan, "commission", None)
    return commission.case.uid if commission else None


def _revision(body: shapes.ChoicesIn, text: str | None = None) -> Revision:
    chosen = (
        "family",
        "items",
        "activities",
        "budget_cents",
        "deadline",
        "distance_km",
        "product_name",
        "product_model",
    )
    return Revision(
        text=text,
        **{name: getattr(body, name) for name in chosen},
        add=[ChipIn(one.kind, one.code, one.count) for one in body.add],
        remove=[(one.kind, one.code) for one in body.remove],
    )


@router.post("/needs/understand", response={200: shapes.UnderstandingOut, **problems(422)})
def understand_text(request: ActorRequest, body: shapes.TextIn) -> Any:
    """What the platform understands of a text. Needs no account and stores nothing."""
    return understand(body.text)


@router.get("/needs", response={200: Page[shapes.NeedOut], **problems(422)})
def list_needs(request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """Needs of your organisations, newest first."""
    return page_of(queries.needs(request.actor), cursor, limit, show=_need)


@router.post("/needs", response={201: shapes.NeedDetail, **_ACTED})
def state_need(request: ActorRequest, body: shapes.NeedIn) -> Any:
    """State a need in your own words."""
    organisation = by_uid(Organisation.objects.all(), body.organisation)
    need = services.state_need(request.actor, organisation, text=body.text, revision=_revision(body))
    return Status(201, _need_detail(request, need.uid))


@router.get("/needs/{uid}", response={200: shapes.NeedDetail, **problems(404)})
def get_need(request: ActorRequest, uid: str) -> Any:
    """One need: what was understood of it, and the plans that answer it."""
    return _need_detail(request, uid)


@router.patch("/needs/{uid}", response={200: shapes.NeedDetail, **_ACTED})
def revise_need(request: ActorRequest, uid: str, body: shapes.NeedPatch) -> Any:
    """Change what is wanted: other words, chips added or removed."""
    need = queries.need_by_uid(request.actor, uid)
    services.revise_need(request.actor, need, revision=_revision(body, body.text))
    return _need_detail(request, uid)


@router.post("/needs/{uid}/proposals", response={201: shapes.PlanOut, **_ACTED})
def propose(request: ActorRequest, uid: str, body: shapes.ProposalIn) -> Any:
    """Have a plan proposed."""
    need = queries.need_by_uid(request.actor, uid)
    plan = services.propose_plan(request.actor, need, prefer=body.prefer)
    return Status(201, _plan(queries.plan_page(request.actor, plan.uid)))


def _plan(page: queries.PlanPage) -> dict[str, Any]:
    plan = page.plan
    return {
        **{
            name: getattr(plan, name)
            for name in (*_PLAN, "gap", "organisation", "family", "gaps", "warnings", "advice", "certification")
        },
        "need": plan.need.uid,
        "lines": [_line(line) for line in page.lines],
        "commission": page.commission.case.uid if page.commission else None,
    }


def _line(line: PlanLine) -> dict[str, Any]:
    requirement = line.requirement
    plain = ("uid", "clause", "limit", "lower", "upper", "unit", "limit_text_zh", "limit_text_en", "mandatory")
    recognition = line.scope_line.recognition
    return {
        **{name: getattr(line, name) for name in ("position", "activity", "item", "institution", "count")},
        "price_cents": line.price_cents,
        "days": line.days,
        "wait_days": line.wait_days,
        "requirement": {
            **{name: getattr(requirement, name) for name in (*plain, "sample_size", "source", "confidence")},
            "standard": requirement.standard.number,
        }
        if requirement
        else None,
        "method": line.method.number,
        "scope_line": line.scope_line.uid,
        "recognition": f"{recognition.scheme} {recognition.number}",
        "considered": [
            {**one, "reasons_for": one["for"], "reasons_against": one["against"]} for one in line.considered
        ],
    }


@router.get("/proposals/{uid}", response={200: shapes.PlanOut, **problems(404)})
def get_proposal(request: ActorRequest, uid: str) -> Any:
    """One plan: who does what, when and for how much."""
    return _plan(queries.plan_page(request.actor, uid))


@router.post("/proposals/{uid}/choose", response={200: shapes.PlanOut, **_ACTED})
def choose(request: ActorRequest, uid: str, body: shapes.ChooseIn) -> Any:
    """Give one line of the plan to another competent institution."""
    plan = queries.plan_page(request.actor, uid).plan
    line = scope_line_by_uid(body.scope_line)
    services.choose_institution(request.actor, plan, position=body.position, scope_line=line)
    return _plan(queries.plan_page(request.actor, uid))


@router.post("/proposals/{uid}/confirm", response={201: shapes.CommissionDetail, **_ACTED})
def confirm(request: ActorRequest, uid: str, body: shapes.ConfirmIn) -> Any:
    """Commission the plan: orders go out to its institutions."""
    plan = queries.plan_page(request.actor, uid).plan
    commission = services.confirm_plan(request.actor, plan, **body.model_dump())
    return Status(201, _commission_detail(request, commission.case.uid))


def _commission(commission: Commission) -> dict[str, Any]:
    case = commission.case
    return {
        **{name: getattr(case, name) for name in ("uid", "number", "title", "state", "client")},
        "state_label": str(PROCESSES[case.process].by_state[case.state].label),
        "total_cents": commission.plan.total_cents,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
    }


def _commission_detail(request: ActorRequest, uid: str) -> dict[str, Any]:
    page = queries.commission_page(request.actor, uid)
    return {
        **_commission(page.commission),
        "plan": page.commission.plan.uid,
        "contact": page.commission.contact,
        "outlook": page.outlook,
        "orders": [_order(row) for row in page.orders],
        "story": [
            {
                "when": told.when,
                "what": str(told.what),
                "who": str(told.who),
                "detail": told.detail,
                "state_from": str(told.state[0]) if told.state else None,
                "state_to": str(told.state[1]) if told.state else None,
            }
            for told in page.story
        ],
        "moves": moves_out(page.options),
    }


def _order(row: queries.OrderRow) -> dict[str, Any]:
    order, case = row.order, row.order.case
    return {
        **{name: getattr(case, name) for name in ("uid", "number", "title", "state", "due_at")},
        **{name: getattr(order, name) for name in ("activity", "price_cents", "days", "promised_on")},
        "state_label": str(PROCESSES[case.process].by_state[case.state].label),
        "institution": case.handler,
        "report": order.attestation.uid if order.attestation else None,
        "lost": row.lost,
        "stars": row.rating.stars if row.rating else None,
    }


@router.get("/commissions", response={200: Page[shapes.CommissionOut], **problems(422)})
def list_commissions(
    request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100), state: str = Query("", max_length=24)
) -> Any:
    """Commissions of your organisations, newest first."""
    rows = queries.commissions(request.actor)
    if state:
        rows = rows.filter(case__state=state)
    return page_of(rows, cursor, limit, key="case_id", show=_commission)


@router.get("/commissions/{uid}", response={200: shapes.CommissionDetail, **problems(404)})
def get_commission(request: ActorRequest, uid: str) -> Any:
    """One commission: its orders, its story, what you can do now."""
    return _commission_detail(request, uid)


@router.get("/commissions/{uid}/replacements", response={200: list[shapes.ReplacementOut], **problems(404, 409)})
def list_replacements(request: ActorRequest, uid: str, order: str = Query(max_length=13)) -> Any:
    """Who could take over a declined or cancelled order; those who can do all of it first."""
    return queries.replacements_for(request.actor, uid, order)[1]


@router.post("/commissions/{uid}/replace", response={200: shapes.CommissionDetail, **_ACTED})
def replace(request: ActorRequest, uid: str, body: shapes.ReplaceIn) -> Any:
    """Give the work of a declined or cancelled order to another institution."""
    commission = queries.commission_by_uid(request.actor, uid)
    institution = by_uid(Organisation.objects.all(), body.institution)
    services.replace_order(request.actor, commission, order=body.order, institution=institution)
    return _commission_detail(request, uid)


@router.get("/commissions/{uid}/replan", response={200: shapes.ReplannedOut, **problems(404, 409)})
def show_replan(request: ActorRequest, uid: str, order: str = Query(max_length=13)) -> Any:
    """How a lost order would be placed again today: by one institution, or by several where nobody does all of it."""
    found = queries.replanned_for(request.actor, uid, order)
    parts = [
        {"institution": one.institution, "items": len(one.ordered), "price_cents": one.price_cents, "days": one.days}
        for one in found.parts
    ]
    return {"parts": parts, "price_cents": found.price_cents, "days": found.days, "missing": found.missing}


@router.post("/commissions/{uid}/replan", response={200: shapes.CommissionDetail, **_ACTED})
def replan(request: ActorRequest, uid: str, body: shapes.LostOrderIn) -> Any:
    """Have a lost order placed again by whoever does it best today."""
    services.replan_order(request.actor, queries.commission_by_uid(request.actor, uid), order=body.order)
    return _commission_detail(request, uid)


@router.post("/commissions/{uid}/forgo", response={200: shapes.CommissionDetail, **_ACTED})
def forgo(request: ActorRequest, uid: str, body: shapes.ForgoIn) -> Any:
    """Do without a lost order; the commission is complete once the others are."""
    commission = queries.commission_by_uid(request.actor, uid)
    services.forgo_order(request.actor, commission, order=body.order, reason=body.reason)
    return _commission_detail(request, uid)


@router.post("/commissions/{uid}/close", response={200: shapes.CommissionDetail, **_ACTED})
def close(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """End a commission of which not all was delivered."""
    services.close_commission(request.actor, queries.commission_by_uid(request.actor, uid), reason=body.reason)
    return _commission_detail(request, uid)


@router.post("/orders/{uid}/rating", response={201: shapes.RatingOut, **_ACTED})
def rate(request: ActorRequest, uid: str, body: shapes.RatingIn) -> Any:
    """Rate the work of a delivered order, once."""
    order = order_by_uid(request.actor, uid)
    return Status(201, services.rate_order(request.actor, order.case, stars=body.stars, comment=body.comment))


@router.get("/groups/{uid}/standing", response={200: list[shapes.StandingOut], **problems(404)})
def group_standing(request: ActorRequest, uid: str) -> Any:
    """Each member of a group that you lead: needs, orders, what waits for it, what is late, what it spends."""
    led = groups_of(request.actor).filter(lead__in=request.actor.all_organisations)
    return standings(request.actor, by_uid(led, uid).members.all(), timezone.now())


@router.get("/chains", response=shapes.ChainsOut)
def chain_list(request: ActorRequest) -> dict[str, Any]:
    """Industrial chains: their products, what each has to be tested for, and what nobody here can do."""
    counted_at, found = chains()
    return {
        "counted_at": counted_at,
        "chains": [
            {
                **{name: getattr(chain, name) for name in ("code", "name_zh", "name_en", "items", "covered")},
                "links": [
                    {
                        "family": link.family.code,
                        "name_zh": link.family.name_zh,
                        "name_en": link.family.name_en,
                        "standards": link.standards,
                        "items": link.items,
                        "covered": link.covered,
                        "missing": link.missing,
                    }
                    for link in chain.links
                ],
            }
            for chain in found
        ],
    }
