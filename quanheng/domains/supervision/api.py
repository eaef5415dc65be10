"""Comparisons and inquiries over the API: the same services and queries as the pages; lists are the registers'."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from ninja import Router, Status
from pydantic import Field, StringConstraints

from quanheng.domains.supervision import queries, services, telling
from quanheng.domains.supervision.models import TEXT_LENGTH, Inquiry
from quanheng.domains.supervision.process import INQUIRY
from quanheng.kernel.base.api import ActorRequest, OrganisationRef, Shape, problems
from quanheng.kernel.cases.api import MoveOut, moves_out

router = Router(tags=["supervision"])
_ACTED = problems(401, 403, 404, 409, 422)
Text = Annotated[str, StringConstraints(max_length=TEXT_LENGTH)]


class MeasureOut(Shape):
    """One measure of a laboratory: ``found`` of ``looked``, where ``expected`` would be as all others have it."""

    key: str
    title: str
    told: str
    found: int
    looked: int
    expected: float
    p: float | None = Field(description="The chance of it where all laboratories are alike; null: too little data")
    q: float | None = Field(description="The least share of false findings at which it would be one")
    finding: bool
    innocent: str = Field(description="An honest reason that there may be")
    source: str


class ComparisonOut(Shape):
    laboratory: OrganisationRef
    reports: int
    weight: float = Field(description="Sum over the findings of −log10 q, each at most 10")
    since: datetime
    until: datetime
    measures: list[MeasureOut]


class EvidenceMeasureOut(Shape):
    key: str
    title: str
    told: str
    since: str
    until: str


class NotKeptOut(Shape):
    rule: str
    reason: str = Field(description="The signatory's reason for issuing all the same")


class EvidenceReportOut(Shape):
    number: str
    uid: str
    not_kept: list[NotKeptOut]
    not_evaluated: list[str] = Field(description="Rules for which a record was missing at issue")


class InquiryOut(Shape):
    uid: str
    number: str
    state: str
    state_label: str
    regulator: OrganisationRef
    laboratory: OrganisationRef
    question: str
    answer: str
    further: str = Field(description="Not empty: asked once more, which is once at most")
    second_answer: str
    ordered: str
    corrected: str
    outcome: str
    conclusion: str
    measures: list[EvidenceMeasureOut]
    reports: list[EvidenceReportOut]
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    moves: list[MoveOut]


class InquiryIn(Shape):
    question: Text
    measures: list[Annotated[str, StringConstraints(max_length=30)]] = Field(default=[], max_length=50)
    reports: list[Annotated[str, StringConstraints(max_length=60)]] = Field(
        default=[], max_length=1000, description="Numbers of reports of the laboratory"
    )


class TextIn(Shape):
    text: Text


@router.get("/supervision/laboratories/{uid}", response={200: ComparisonOut, **problems(404)})
def get_comparison(request: ActorRequest, uid: str) -> Any:
    """How a laboratory compares with all others; for its regulators. Lists: GET /registers/laboratory-comparisons."""
    row = queries.scrutiny_of(request.actor, uid)
    return {
        **{name: getattr(row, name) for name in ("reports", "weight", "since", "until")},
        "laboratory": row.organisation,
        "measures": [_measure(one) for one in queries.seen(row)],
    }


def _measure(one: queries.Seen) -> dict[str, Any]:
    told = telling.measure_told(one.measure, one.numbers)
    numbers = {name: one.numbers[name] for name in ("found", "looked", "expected", "p", "q", "finding")}
    words = {name: str(told[name]) for name in ("key", "title", "told", "innocent", "source")}
    return {**words, **numbers}


def _inquiry(request: ActorRequest, uid: str) -> dict[str, Any]:
    page = queries.inquiry_page(request.actor, uid)
    row, case, evidence = page.inquiry, page.inquiry.case, telling.evidence_told(page.inquiry)
    said = ("question", "answer", "further", "second_answer", "ordered", "corrected", "outcome", "conclusion")
    return {
        **{name: getattr(case, name) for name in ("uid", "number", "state", "opened_at", "due_at", "closed_at")},
        **{name: getattr(row, name) for name in said},
        "state_label": str(INQUIRY.by_state[case.state].label),
        "regulator": case.client,
        "laboratory": case.handler,
        "measures": [
            {name: str(one[name]) for name in EvidenceMeasureOut.model_fields} for one in evidence["measures"]
        ],
        "reports": [
            {
                "number": one["number"],
                "uid": one["uid"],
                "not_kept": [{"rule": str(rule), "reason": reason} for rule, reason in one["failed"]],
                "not_evaluated": [str(rule) for rule in one["missing"]],
            }
            for one in evidence["reports"]
        ],
        "moves": moves_out(page.options),
    }


@router.post("/supervision/laboratories/{uid}/inquiries", response={201: InquiryOut, **_ACTED})
def open_inquiry(request: ActorRequest, uid: str, body: InquiryIn) -> Any:
    """Ask a laboratory to account for measures and reports; what is known of them is frozen into the inquiry."""
    place = queries.scrutiny_of(request.actor, uid).organisation
    made = services.open_inquiry(request.actor, place, **body.model_dump())
    return Status(201, _inquiry(request, made.case.uid))


@router.get("/inquiries/{uid}", response={200: InquiryOut, **problems(404)})
def get_inquiry(request: ActorRequest, uid: str) -> Any:
    """One inquiry. Lists: GET /registers/inquiries."""
    return _inquiry(request, uid)


def _moved(request: ActorRequest, uid: str, act: Callable[..., Inquiry], body: TextIn) -> dict[str, Any]:
    act(request.actor, queries.inquiry_page(request.actor, uid).inquiry, text=body.text)
    return _inquiry(request, uid)


@router.post("/inquiries/{uid}/answer", response={200: InquiryOut, **_ACTED})
def answer_inquiry(request: ActorRequest, uid: str, body: TextIn) -> Any:
    """The laboratory accounts for what it was asked."""
    return _moved(request, uid, services.answer_inquiry, body)


@router.post("/inquiries/{uid}/ask-again", response={200: InquiryOut, **_ACTED})
def ask_further(request: ActorRequest, uid: str, body: TextIn) -> Any:
    """The account leaves something open: asked once more, which is once at most."""
    return _moved(request, uid, services.ask_further, body)


@router.post("/inquiries/{uid}/clear", response={200: InquiryOut, **_ACTED})
def clear_inquiry(request: ActorRequest, uid: str, body: TextIn) -> Any:
    """There is an honest reason, or nothing in it: the inquiry ends."""
    return _moved(request, uid, services.clear_inquiry, body)


@router.post("/inquiries/{uid}/order-correction", response={200: InquiryOut, **_ACTED})
def order_correction(request: ActorRequest, uid: str, body: TextIn) -> Any:
    """The laboratory has to put something right within the period of the rule."""
    return _moved(request, uid, services.order_correction, body)


@router.post("/inquiries/{uid}/report-correction", response={200: InquiryOut, **_ACTED})
def report_correction(request: ActorRequest, uid: str, body: TextIn) -> Any:
    """The laboratory says what it has put right."""
    return _moved(request, uid, services.report_correction, body)


@router.post("/inquiries/{uid}/accept-correction", response={200: InquiryOut, **_ACTED})
def accept_correction(request: ActorRequest, uid: str, body: TextIn) -> Any:
    """What was ordered has been done: the inquiry ends."""
    return _moved(request, uid, services.accept_correction, body)


@router.post("/inquiries/{uid}/refuse-correction", response={200: InquiryOut, **_ACTED})
def refuse_correction(request: ActorRequest, uid: str, body: TextIn) -> Any:
    """What was ordered has not been done: a new period begins."""
    return _moved(request, uid, services.refuse_correction, body)


@router.post("/inquiries/{uid}/hand-over", response={200: InquiryOut, **_ACTED})
def hand_over(request: ActorRequest, uid: str, body: TextIn) -> Any:
    """The matter goes on as a case of enforcement: the inquiry ends."""
    return _moved(request, uid, services.hand_over, body)
