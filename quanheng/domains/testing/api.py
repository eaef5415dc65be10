"""Orders over the API: the same services and queries as the pages."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from ninja import Query, Router

from quanheng.domains.testing import queries, services
from quanheng.domains.testing.gate.shown import gate_of, gate_out
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.refund_api import refund_out
from quanheng.domains.testing.schemas import (
    AbandonIn,
    AcceptIn,
    AmendIn,
    BillIn,
    ConfirmPaymentIn,
    GateOut,
    HandOverIn,
    IssuedOut,
    IssueIn,
    IssueManyIn,
    MoveSampleIn,
    OrderDetail,
    OrderOut,
    PayIn,
    PostponeIn,
    QuoteIn,
    ReceiveIn,
    ResultsIn,
    ReturnSampleIn,
    SignedOut,
    UsableOut,
)
from quanheng.domains.testing.stack import chosen
from quanheng.kernel.attestations.queries import chain
from quanheng.kernel.base.api import ActorRequest, Page, ReasonIn, problems
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.cases.api import moves_out
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.cases.services import options
from quanheng.kernel.objects import custody
from quanheng.kernel.results.services import Entered

router = Router(tags=["orders"])


def _row(order: Order) -> dict[str, Any]:
    case = order.case
    process = PROCESSES[case.process]
    return {
        "uid": case.uid,
        "number": case.number,
        "title": case.title,
        "activity": order.activity,
        "state": case.state,
        "state_label": str(process.by_state[case.state].label),
        "client": case.client,
        "institution": case.handler,
        "price_cents": order.price_cents,
        "days": order.days,
        "promised_on": order.promised_on,
        "due_at": case.due_at,
        "closed_at": case.closed_at,
        "report": order.attestation.uid if order.attestation else None,
        "amendment_reason": order.amendment_reason,
    }


def _detail(request: ActorRequest, uid: str) -> dict[str, Any]:
    order = queries.order_by_uid(request.actor, uid)
    return {
        **_row(order),
        "first_promised_on": order.first_promised_on,
        "ending": order.ending,
        "quotes": queries.quotes_of(order),
        "settlement": getattr(order, "settlement", None),
        "refunds": [refund_out(request.actor, one) for one in queries.refunds_of(request.actor, order)],
        "reports": chain(order.attestation)[::-1] if order.attestation else [],
        "samples": _samples(request, order),
        "results": [
            {
                **{name: getattr(one, name) for name in _PLAIN},
                "item_zh": one.item.name_zh,
                "item_en": one.item.name_en,
                "quantity": one.item.quantity,
                "method": one.method.number,
                "standard": one.standard.number if one.standard else None,
                "instruments": list(one.instruments.all()),
            }
            for one in queries.results_of(order.case_id)
        ],
        "moves": moves_out(options(request.actor, order)),
    }


def _samples(request: ActorRequest, order: Order) -> list[dict[str, Any]]:
    chains = queries.custody(request.actor, order)
    names = ("label", "name", "state", "quantity", "condition", "received_at")
    return [
        {
            **{name: getattr(one, name) for name in names},
            "custody": [
                {**{name: getattr(step, name) for name in _LINK}, "institution": step.sample.case.handler}
                for step in chains.get(one.pk, [])
            ],
        }
        for one in order.case.samples.all()
    ]


_LINK = ("at", "kind", "party", "to", "place", "condition")
_PLAIN = (
    *("position", "clause", "limit", "lower", "upper", "limit_unit", "limit_text_zh", "limit_text_en"),
    *("value", "unit", "uncertainty", "k", "verdict", "measured_on", "pieces", "environment", "remark"),
)


@router.get("/", response={200: Page[OrderOut], **problems(422)})
def list_orders(
    request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100), state: str = Query("", max_length=24)
) -> Any:
    """Orders that concern you, newest first."""
    rows = queries.orders(request.actor).select_related("attestation").defer("attestation__document")
    if state:
        rows = rows.filter(case__state=state)
    return page_of(rows, cursor, limit, key="case_id", show=_row)


@router.post("/issue", response={200: SignedOut, **problems(401, 403, 422)})
def issue_many(request: ActorRequest, body: IssueManyIn) -> Any:
    """Sign a stack: each report is issued as by itself, as far as nothing speaks against it; the others are left."""
    signed = services.issue_reports(request.actor, chosen(request.actor, body.orders))
    return {
        "issued": [{"order": one.order.case.uid, "report": one.report} for one in signed if one.report],
        "left": [{"order": one.order.case.uid, "problem": one.refusal.problem()} for one in signed if one.refusal],
    }


@router.get("/{uid}", response={200: OrderDetail, **problems(404)})
def get_order(request: ActorRequest, uid: str) -> Any:
    """One order: samples, results, and what you can do now."""
    return _detail(request, uid)


@router.get("/{uid}/instruments", response={200: list[UsableOut], **problems(404)})
def list_instruments(request: ActorRequest, uid: str) -> Any:
    """The institution's instruments that results of this order may name today; empty for who may not see them."""
    order = queries.order_by_uid(request.actor, uid)
    return queries.usable_instruments(request.actor, order, timezone.localdate())[:500]


_ACTED = {200: OrderDetail, **problems(401, 403, 404, 409, 422)}


@router.post("/{uid}/accept", response=_ACTED)
def accept(request: ActorRequest, uid: str, body: AcceptIn) -> Any:
    """Take the work and promise a day."""
    order = queries.order_by_uid(request.actor, uid)
    services.accept_order(request.actor, order, promised_on=body.promised_on)
    return _detail(request, uid)


@router.post("/{uid}/quote", response=_ACTED)
def quote(request: ActorRequest, uid: str, body: QuoteIn) -> Any:
    """Offer other terms than the plan's; nothing changes until the client accepts them."""
    order = queries.order_by_uid(request.actor, uid)
    services.quote_order(request.actor, order, **body.model_dump())
    return _detail(request, uid)


@router.post("/{uid}/accept-quote", response=_ACTED)
def accept_quote(request: ActorRequest, uid: str) -> Any:
    """Accept the open quote: its terms are the order's."""
    services.accept_quote(request.actor, queries.order_by_uid(request.actor, uid))
    return _detail(request, uid)


@router.post("/{uid}/refuse-quote", response=_ACTED)
def refuse_quote(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Keep to the plan's terms; the institution takes them, quotes anew or declines."""
    services.refuse_quote(request.actor, queries.order_by_uid(request.actor, uid), reason=body.reason)
    return _detail(request, uid)


@router.post("/{uid}/postpone", response=_ACTED)
def postpone(request: ActorRequest, uid: str, body: PostponeIn) -> Any:
    """Promise a later day; past the first promise the client may leave all the same."""
    services.postpone_order(request.actor, queries.order_by_uid(request.actor, uid), **body.model_dump())
    return _detail(request, uid)


@router.post("/{uid}/give-up", response=_ACTED)
def give_up(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Say that the work cannot be finished; the client may give it to somebody else."""
    services.give_up_order(request.actor, queries.order_by_uid(request.actor, uid), reason=body.reason)
    return _detail(request, uid)


@router.post("/{uid}/withdraw", response=_ACTED)
def withdraw(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Leave an order while its work is under way."""
    services.withdraw_order(request.actor, queries.order_by_uid(request.actor, uid), reason=body.reason)
    return _detail(request, uid)


@router.post("/{uid}/report-loss", response=_ACTED)
def report_loss(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Record that the samples were lost or spoilt; the client sends others under a further label."""
    services.report_loss(request.actor, queries.order_by_uid(request.actor, uid), reason=body.reason)
    return _detail(request, uid)


@router.post("/{uid}/decline", response=_ACTED)
def decline(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Refuse the work, with the reason."""
    order = queries.order_by_uid(request.actor, uid)
    services.decline_order(request.actor, order, reason=body.reason)
    return _detail(request, uid)


@router.post("/{uid}/cancel", response=_ACTED)
def cancel(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Take an order back before its samples were received."""
    order = queries.order_by_uid(request.actor, uid)
    services.cancel_order(request.actor, order, reason=body.reason)
    return _detail(request, uid)


@router.post("/{uid}/receive", response=_ACTED)
def receive(request: ActorRequest, uid: str, body: ReceiveIn) -> Any:
    """Record that the samples have arrived."""
    order = queries.order_by_uid(request.actor, uid)
    services.receive_samples(request.actor, order, **body.model_dump())
    return _detail(request, uid)


@router.post("/{uid}/refuse-samples", response=_ACTED)
def refuse_samples(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Send the samples back; the client sends others."""
    order = queries.order_by_uid(request.actor, uid)
    services.refuse_samples(request.actor, order, reason=body.reason)
    return _detail(request, uid)


@router.post("/{uid}/results", response=_ACTED)
def enter(request: ActorRequest, uid: str, body: ResultsIn) -> Any:
    """Record results: all rows or none."""
    order = queries.order_by_uid(request.actor, uid)
    rows = [Entered(**{**row.model_dump(), "instruments": tuple(row.instruments)}) for row in body.rows]
    services.enter_results(request.actor, order, rows=rows)
    return _detail(request, uid)


@router.post("/{uid}/submit", response=_ACTED)
def submit(request: ActorRequest, uid: str) -> Any:
    """Hand the results to a second person."""
    order = queries.order_by_uid(request.actor, uid)
    services.submit_results(request.actor, order)
    return _detail(request, uid)


@router.post("/{uid}/return", response=_ACTED)
def send_back(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Back to the operator, with what is to be mended."""
    order = queries.order_by_uid(request.actor, uid)
    services.return_for_correction(request.actor, order, reason=body.reason)
    return _detail(request, uid)


@router.post("/{uid}/review", response=_ACTED)
def review(request: ActorRequest, uid: str) -> Any:
    """The second person finds the results in order."""
    order = queries.order_by_uid(request.actor, uid)
    services.review_results(request.actor, order)
    return _detail(request, uid)


@router.post("/{uid}/issue", response={200: IssuedOut, **problems(401, 403, 404, 409, 422)})
def issue(request: ActorRequest, uid: str, body: IssueIn) -> Any:
    """Decide and sign: the report is issued."""
    order = queries.order_by_uid(request.actor, uid)
    return services.issue_report(
        request.actor, order, conclusion=body.conclusion, reasons={one.rule: one.reason for one in body.reasons}
    )


@router.get("/{uid}/gate", response={200: GateOut, **problems(403, 404)})
def gate(request: ActorRequest, uid: str) -> Any:
    """What the checks before issue find as the order stands: each rule, what it looked at, and what to mend."""
    return gate_out(gate_of(request.actor, queries.order_by_uid(request.actor, uid)))


@router.post("/{uid}/deliver", response=_ACTED)
def deliver(request: ActorRequest, uid: str) -> Any:
    """Hand the report over; the order is done."""
    order = queries.order_by_uid(request.actor, uid)
    services.deliver_report(request.actor, order)
    return _detail(request, uid)


@router.post("/{uid}/amend", response=_ACTED)
def amend(request: ActorRequest, uid: str, body: AmendIn) -> Any:
    """Take the order up again to replace its report by a further one (ISO/IEC 17025 7.8.8)."""
    order = queries.order_by_uid(request.actor, uid)
    services.amend_report(request.actor, order, **body.model_dump())
    return _detail(request, uid)


@router.post("/{uid}/abandon-amendment", response=_ACTED)
def abandon_amendment(request: ActorRequest, uid: str, body: AbandonIn) -> Any:
    """Leave the report as it stands; the order is delivered again."""
    order = queries.order_by_uid(request.actor, uid)
    services.abandon_amendment(request.actor, order, **body.model_dump())
    return _detail(request, uid)


@router.post("/{uid}/bill", response=_ACTED)
def bill(request: ActorRequest, uid: str, body: BillIn) -> Any:
    """Charge for an order whose report is issued, or that the client has left midway."""
    services.bill_order(request.actor, queries.order_by_uid(request.actor, uid), **body.model_dump())
    return _detail(request, uid)


@router.post("/{uid}/pay", response=_ACTED)
def pay(request: ActorRequest, uid: str, body: PayIn) -> Any:
    """Say that you have paid, and by which reference the payment is found."""
    services.pay_order(request.actor, queries.order_by_uid(request.actor, uid), **body.model_dump())
    return _detail(request, uid)


@router.post("/{uid}/confirm-payment", response=_ACTED)
def confirm_payment(request: ActorRequest, uid: str, body: ConfirmPaymentIn) -> Any:
    """Confirm that the money is here; the order is settled."""
    services.confirm_payment(request.actor, queries.order_by_uid(request.actor, uid), paid_on=body.paid_on)
    return _detail(request, uid)


@router.post("/{uid}/miss-payment", response=_ACTED)
def miss_payment(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Say that the payment reported cannot be found."""
    services.miss_payment(request.actor, queries.order_by_uid(request.actor, uid), reason=body.reason)
    return _detail(request, uid)


@router.post("/{uid}/samples/{label}/move", response=_ACTED)
def move_sample(request: ActorRequest, uid: str, label: str, body: MoveSampleIn) -> Any:
    """Hand a sample over to another person or place of the institution."""
    sample = queries.sample_of(queries.order_by_uid(request.actor, uid), label)
    custody.move_sample(request.actor, sample, **body.model_dump())
    return _detail(request, uid)


@router.post("/{uid}/samples/{label}/hand-over", response=_ACTED)
def hand_over_sample(request: ActorRequest, uid: str, label: str, body: HandOverIn) -> Any:
    """Hand a retained sample over to the institution that retests and waits for it."""
    sample = queries.sample_of(queries.order_by_uid(request.actor, uid), label)
    custody.hand_over_sample(request.actor, sample, **body.model_dump())
    return _detail(request, uid)


@router.post("/{uid}/samples/{label}/return", response=_ACTED)
def return_sample(request: ActorRequest, uid: str, label: str, body: ReturnSampleIn) -> Any:
    """Give a sample back to the client once the order has ended."""
    sample = queries.sample_of(queries.order_by_uid(request.actor, uid), label)
    custody.return_sample(request.actor, sample, **body.model_dump())
    return _detail(request, uid)


@router.post("/{uid}/samples/{label}/dispose", response=_ACTED)
def dispose_sample(request: ActorRequest, uid: str, label: str, body: ReasonIn) -> Any:
    """Record that a sample was used up or disposed of."""
    sample = queries.sample_of(queries.order_by_uid(request.actor, uid), label)
    custody.dispose_sample(request.actor, sample, reason=body.reason)
    return _detail(request, uid)
