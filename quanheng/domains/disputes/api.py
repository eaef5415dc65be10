"""Complaints and objections over the API: the same services and queries as the pages; lists are the registers'."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Router, Status
from pydantic import Field, StringConstraints

from quanheng.domains.disputes import queries, services
from quanheng.domains.disputes.models import TEXT_LENGTH, Complaint, DisputedItem, Objection
from quanheng.domains.disputes.telling import complaint_told, marks, objection_told
from quanheng.domains.testing.queries import order_by_uid, refunds_of
from quanheng.domains.testing.refund_api import refund_out
from quanheng.domains.testing.schemas import RefundOut
from quanheng.kernel.base.api import ActorRequest, OrganisationRef, ReasonIn, Shape, problems
from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.cases.api import MoveOut, moves_out
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid

router = Router(tags=["disputes"])
_ACTED = problems(401, 403, 404, 409, 422)
Text = Annotated[str, StringConstraints(max_length=TEXT_LENGTH)]


class DisputeOut(Shape):
    """What a complaint and an objection have in common; ``told`` says who waits until when and what it changes."""

    uid: str
    number: str
    title: str
    state: str
    state_label: str
    told: str
    order: str = Field(description="Public name of the order's case")
    client: OrganisationRef
    institution: OrganisationRef
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    moves: list[MoveOut]


class ComplaintOut(DisputeOut):
    topic: Complaint.Topic
    text: str
    reply: str
    question: str = Field(description="Not empty: asked once more, which is once at most")
    second_reply: str


class ComplaintIn(Shape):
    topic: Complaint.Topic
    text: Text


class ReplyIn(Shape):
    text: Text


class ConcedeIn(Shape):
    text: str = Field(max_length=REASON_LENGTH, description="Also the reason of the amendment")
    suspend: bool = Field(False, description="Nobody shall rely on the report until the next one is issued")


class ObjectionIn(Shape):
    positions: list[Annotated[int, Field(ge=1, le=32767)]] = Field(max_length=500)
    grounds: Text


class StatedOut(Shape):
    """A result as its report states it; numbers are decimal strings."""

    value: str
    unit: str
    uncertainty: str
    k: str
    verdict: str


class DisputedOut(Shape):
    """One result objected to and what the retest found; ``score`` is E_n (ISO 13528:2022, 9.7)."""

    position: int
    item_zh: str
    item_en: str
    first: StatedOut
    retest: StatedOut | None
    basis: DisputedItem.Basis | None
    score: str
    agrees: bool | None = Field(None, description="Null: not compared yet, or not comparable")


class RetestOut(Shape):
    number: str
    order: str | None = Field(None, description="Public name, for who may see the order")
    institution: OrganisationRef
    state: str
    sample: Objection.SampleChoice
    price_cents: int
    days: int
    report: str | None
    borne_by: str = Field(description='Who bears the price in the end: "client", "institution", "" while undecided')
    refunds: list[RefundOut] = Field(description="What the two sides owe each other of the price, for them to settle")


class JudgedOut(Shape):
    """One item of an earlier judgement."""

    position: int
    first: StatedOut
    retest: StatedOut
    basis: str
    score: str
    agrees: bool | None


class JudgementOut(Shape):
    """A judgement whose reports were amended or withdrawn later; the one in force stands in ``items``."""

    until: datetime
    first: str = Field(description="Number of the report objected to")
    retest: str = Field(description="Number of the retest's report")
    outcome: str
    items: list[JudgedOut]


class ObjectionOut(DisputeOut):
    report: str = Field(description="Public name of the report objected to")
    grounds: str
    answer: str
    outcome: str
    proposed: str = Field(description="Not empty: the outcome by the reports as they stand now, to be confirmed")
    marks: list[str] = Field(description="What has become of the reports that this rests on")
    items: list[DisputedOut]
    judgements: list[JudgementOut] = Field(description="Those that do not hold any more, the first first")
    retest: RetestOut | None


class ItemRef(Shape):
    code: str
    name_zh: str
    name_en: str


class RetestOfferOut(Shape):
    """An institution that could do the retest; ``missing``: disputed items that it cannot do."""

    institution: OrganisationRef
    price_cents: int
    days: int
    missing: list[ItemRef]


class RetestIn(Shape):
    institution: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    sample: Objection.SampleChoice


def _dispute(row: Complaint | Objection, told: Any, options: Any) -> dict[str, Any]:
    case: Case = row.case
    return {
        **{name: getattr(case, name) for name in ("uid", "number", "title", "state", "client")},
        **{name: getattr(case, name) for name in ("opened_at", "due_at", "closed_at")},
        "state_label": str(PROCESSES[case.process].by_state[case.state].label),
        "told": str(told),
        "order": row.order.case.uid,
        "institution": case.handler,
        "moves": moves_out(options),
    }


def _complaint(request: ActorRequest, uid: str) -> dict[str, Any]:
    page = queries.complaint_page(request.actor, uid)
    row = page.complaint
    said = {name: getattr(row, name) for name in ("topic", "text", "reply", "question", "second_reply")}
    return {**_dispute(row, complaint_told(row), page.options), **said}


def _stated(item: DisputedItem, prefix: str = "") -> dict[str, str]:
    return {name: getattr(item, f"{prefix}{name}") for name in StatedOut.model_fields}


def _objection(request: ActorRequest, uid: str) -> dict[str, Any]:
    page = queries.objection_page(request.actor, uid)
    row = page.objection
    return {
        **_dispute(row, objection_told(row), page.options),
        **{name: getattr(row, name) for name in ("grounds", "answer", "outcome", "proposed", "judgements")},
        "marks": [str(one) for one in marks(row)],
        "report": row.report.uid,
        "items": [
            {
                "position": one.position,
                "item_zh": one.item.name_zh,
                "item_en": one.item.name_en,
                "first": _stated(one),
                "retest": _stated(one, "retest_") if one.basis else None,
                "basis": one.basis or None,
                "score": one.score,
                "agrees": one.agrees,
            }
            for one in page.items
        ],
        "retest": _retest(request, row),
    }


def _retest(request: ActorRequest, row: Objection) -> dict[str, Any] | None:
    order = row.retest
    if order is None:
        return None
    return {
        **{name: getattr(order.case, name) for name in ("number", "state")},
        "order": order.case.uid if Case.visible_to.allows(request.actor, order.case) else None,
        "institution": order.case.handler,
        "sample": row.sample,
        "price_cents": order.price_cents,
        "days": order.days,
        "report": order.attestation.uid if order.attestation else None,
        "borne_by": row.borne_by,
        "refunds": [refund_out(request.actor, one) for one in refunds_of(request.actor, row.order, order)],
    }


@router.post("/orders/{uid}/complaints", response={201: ComplaintOut, **_ACTED})
def complain(request: ActorRequest, uid: str, body: ComplaintIn) -> Any:
    """Complain of how an order is served, while it runs or soon after."""
    made = services.complain(request.actor, order_by_uid(request.actor, uid), **body.model_dump())
    return Status(201, _complaint(request, made.case.uid))


@router.get("/complaints/{uid}", response={200: ComplaintOut, **problems(404)})
def get_complaint(request: ActorRequest, uid: str) -> Any:
    """One complaint: what was said, who has to answer until when, what you can do now."""
    return _complaint(request, uid)


@router.post("/complaints/{uid}/reply", response={200: ComplaintOut, **_ACTED})
def reply(request: ActorRequest, uid: str, body: ReplyIn) -> Any:
    """Answer a complaint on behalf of the institution."""
    row = queries.complaint_page(request.actor, uid).complaint
    services.reply_to_complaint(request.actor, row, text=body.text)
    return _complaint(request, uid)


@router.post("/complaints/{uid}/settle", response={200: ComplaintOut, **_ACTED})
def settle(request: ActorRequest, uid: str) -> Any:
    """Be content with the answer."""
    services.settle_complaint(request.actor, queries.complaint_page(request.actor, uid).complaint)
    return _complaint(request, uid)


@router.post("/complaints/{uid}/ask-again", response={200: ComplaintOut, **_ACTED})
def ask_again(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Ask once more, with what is still missing."""
    services.ask_again(request.actor, queries.complaint_page(request.actor, uid).complaint, reason=body.reason)
    return _complaint(request, uid)


@router.post("/complaints/{uid}/give-up", response={200: ComplaintOut, **_ACTED})
def give_up(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """End a complaint unresolved; regulators of the region find it so in their register."""
    row = queries.complaint_page(request.actor, uid).complaint
    services.give_up_complaint(request.actor, row, reason=body.reason)
    return _complaint(request, uid)


@router.post("/complaints/{uid}/withdraw", response={200: ComplaintOut, **_ACTED})
def withdraw_complaint(request: ActorRequest, uid: str) -> Any:
    """Take a complaint back."""
    services.withdraw_complaint(request.actor, queries.complaint_page(request.actor, uid).complaint)
    return _complaint(request, uid)


@router.post("/orders/{uid}/objections", response={201: ObjectionOut, **_ACTED})
def object_to(request: ActorRequest, uid: str, body: ObjectionIn) -> Any:
    """Object to results of the report that stands, by their positions."""
    made = services.object_to(request.actor, order_by_uid(request.actor, uid), **body.model_dump())
    return Status(201, _objection(request, made.case.uid))


@router.get("/objections/{uid}", response={200: ObjectionOut, **problems(404)})
def get_objection(request: ActorRequest, uid: str) -> Any:
    """One objection: the disputed results, the retest and its comparison, what you can do now."""
    return _objection(request, uid)


@router.post("/objections/{uid}/concede", response={200: ObjectionOut, **_ACTED})
def concede(request: ActorRequest, uid: str, body: ConcedeIn) -> Any:
    """Admit that the report is wrong, and begin to amend it."""
    services.concede(request.actor, queries.objection_page(request.actor, uid).objection, **body.model_dump())
    return _objection(request, uid)


@router.post("/objections/{uid}/uphold", response={200: ObjectionOut, **_ACTED})
def uphold(request: ActorRequest, uid: str, body: ReplyIn) -> Any:
    """Stand by the results, and say why."""
    services.uphold(request.actor, queries.objection_page(request.actor, uid).objection, text=body.text)
    return _objection(request, uid)


@router.post("/objections/{uid}/accept", response={200: ObjectionOut, **_ACTED})
def accept(request: ActorRequest, uid: str) -> Any:
    """Accept the results after all."""
    services.accept_results(request.actor, queries.objection_page(request.actor, uid).objection)
    return _objection(request, uid)


@router.get("/objections/{uid}/institutions", response={200: list[RetestOfferOut], **problems(404, 409)})
def list_institutions(request: ActorRequest, uid: str) -> Any:
    """Who could determine the disputed items again today; those who can do all of them first."""
    return queries.retest_institutions(queries.objection_page(request.actor, uid).objection)


@router.post("/objections/{uid}/retest", response={200: ObjectionOut, **_ACTED})
def retest(request: ActorRequest, uid: str, body: RetestIn) -> Any:
    """Order the retest elsewhere; the platform judges once its report is delivered."""
    row = queries.objection_page(request.actor, uid).objection
    institution = by_uid(Organisation.objects.all(), body.institution)
    services.ask_retest(request.actor, row, institution=institution, sample=body.sample)
    return _objection(request, uid)


@router.post("/objections/{uid}/adopt", response={200: ObjectionOut, **_ACTED})
def adopt(request: ActorRequest, uid: str) -> Any:
    """Confirm the outcome that a judgement made again comes to; after the deadline the platform does."""
    services.adopt(request.actor, queries.objection_page(request.actor, uid).objection)
    return _objection(request, uid)


@router.post("/objections/{uid}/close", response={200: ObjectionOut, **_ACTED})
def close(request: ActorRequest, uid: str) -> Any:
    """End an objection whose report was amended or withdrawn; without it the platform does, within a minute."""
    services.close_corrected(request.actor, queries.objection_page(request.actor, uid).objection)
    return _objection(request, uid)


@router.post("/objections/{uid}/withdraw", response={200: ObjectionOut, **_ACTED})
def withdraw_objection(request: ActorRequest, uid: str) -> Any:
    """Take an objection back."""
    services.withdraw_objection(request.actor, queries.objection_page(request.actor, uid).objection)
    return _objection(request, uid)
