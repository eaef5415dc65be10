"""What orders look like over the API."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from quanheng.kernel.base.api import OrganisationRef, ProblemOut, ReasonIn, Shape
from quanheng.kernel.cases.api import MoveOut


class OrderOut(Shape):
    """An order as a list shows it."""

    uid: str
    number: str
    title: str
    activity: str
    state: str
    state_label: str
    client: OrganisationRef
    institution: OrganisationRef
    price_cents: int
    days: int
    promised_on: date | None
    due_at: datetime | None
    closed_at: datetime | None
    report: str | None = Field(None, description="Public name of the attestation that stands for this order")
    amendment_reason: str = Field("", description="Not empty while the report is being amended")


class UsedInstrumentOut(Shape):
    uid: str
    name_zh: str
    serial: str


class UsableOut(UsedInstrumentOut):
    """An instrument in service and in calibration today."""

    name_en: str
    model: str
    quantity: str
    calibration_number: str
    calibrated_until: date


class ResultOut(Shape):
    """One planned or recorded result. Numbers are decimal strings, as entered and as signed."""

    position: int
    item_zh: str
    item_en: str
    quantity: str
    method: str
    standard: str | None
    clause: str
    limit: str
    lower: str
    upper: str
    limit_unit: str
    limit_text_zh: str
    limit_text_en: str
    value: str
    unit: str
    uncertainty: str
    k: str
    verdict: str
    measured_on: date | None
    pieces: int | None
    environment: str
    remark: str
    instruments: list[UsedInstrumentOut]


class HandOverOut(Shape):
    """One link of a sample's chain of custody."""

    at: datetime
    kind: str
    institution: OrganisationRef = Field(description="Whose link it is: a retained sample's chain goes over two")
    party: OrganisationRef | None = Field(None, description="Of a hand-over between institutions: the other one")
    to: str
    place: str
    condition: str


class SampleOut(Shape):
    label: str
    name: str
    state: str
    quantity: str
    condition: str
    received_at: datetime | None
    custody: list[HandOverOut] = Field(
        description="The first link first; within an institution for itself and its regulators alone"
    )


class ReportOut(Shape):
    """A report of an order: the one that stands, or one that was amended."""

    uid: str
    number: str
    state: str
    state_reason: str
    issued_at: datetime


class QuoteOut(Shape):
    """Other terms than the plan's: frozen, answered once."""

    uid: str
    created_at: datetime
    price_cents: int
    days: int
    was_cents: int = Field(description="The agreed price when the quote was made")
    was_days: int
    reason: str
    valid_until: date
    state: str


class SettlementOut(Shape):
    """What an order is charged at, and how far it is paid. The money itself moves outside the platform."""

    uid: str
    amount_cents: int
    note: str
    invoice: str
    paid_on: date | None
    reference: str
    state: str = Field(description="billed, paid (as the client says) or settled")


class RefundOut(Shape):
    """What one side owes the other of a retest's fee: the institution (refund) or the client (reclaim)."""

    uid: str
    kind: str = Field(description="refund: the institution returns the fee; reclaim: the client returns the refund")
    amount_cents: int
    reason: str
    order: str = Field(description="Public name of the first order, whose sides settle with each other")
    retest: str = Field(description="Number of the retest's order")
    paid_on: date | None
    reference: str
    state: str = Field(description="billed, paid (as the payer says), settled, or void")
    acts: list[str] = Field(description="What you can do now: pay, confirm, miss")


class OrderDetail(OrderOut):
    settlement: SettlementOut | None
    refunds: list[RefundOut] = Field(description="Of retests' fees, on the first order and on the retest")
    first_promised_on: date | None = Field(description="Past this day the client may leave at no cost")
    ending: str = Field(description="Whose cause it was that the work came to nothing: institution, client or empty")
    quotes: list[QuoteOut] = Field(description="The latest first")
    reports: list[ReportOut] = Field(description="The latest first; each but the last replaces the next")
    samples: list[SampleOut]
    results: list[ResultOut]
    moves: list[MoveOut]


class AcceptIn(Shape):
    promised_on: date | None = None


class QuoteIn(ReasonIn):
    """Other terms than those placed."""

    price_cents: int = Field(ge=1, le=2_000_000_000)
    days: int = Field(ge=1, le=365)


class BillIn(Shape):
    """What an order is charged at; null: what was agreed."""

    amount_cents: int | None = Field(None, ge=0, le=2_000_000_000)
    invoice: str = Field("", max_length=40)
    note: str = Field("", max_length=300, description="Needed where it is less than agreed")


class PayIn(Shape):
    paid_on: date
    reference: str = Field("", max_length=80, description="By which the institution finds the payment")


class ConfirmPaymentIn(Shape):
    paid_on: date | None = Field(None, description="Where the client has not said when it paid")


class MoveSampleIn(Shape):
    """To whom or where a sample goes."""

    to: str = Field("", max_length=60)
    place: str = Field("", max_length=80)
    condition: str = Field("", max_length=200)


class HandOverIn(Shape):
    """Who takes a retained sample to the institution that retests, and in which state it leaves."""

    to: str = Field(max_length=60, description="Who took it, or the number of the parcel")
    condition: str = Field(max_length=200)


class ReturnSampleIn(Shape):
    to: str = Field(max_length=60, description="Who took it, or the number of the parcel")
    condition: str = Field("", max_length=200)


class PostponeIn(ReasonIn):
    """The day that is promised now."""

    promised_on: date


class ReceiveIn(Shape):
    quantity: str = Field(max_length=40)
    condition: str = Field(max_length=200)
    batch: str = Field("", max_length=80)


class EnteredIn(Shape):
    """One row of results; every number as text, so that no digit is lost."""

    position: int = Field(ge=1, le=32767)
    value: str = Field(max_length=60)
    unit: str = Field("", max_length=20)
    uncertainty: str = Field("", max_length=40)
    k: str = Field("", max_length=10)
    instruments: list[str] = Field(default_factory=list, max_length=20)
    measured_on: date | None = None
    pieces: str = Field("", max_length=5, description="On how many pieces of the sample it was determined")
    environment: str = Field("", max_length=120)
    remark: str = Field("", max_length=300)


class ResultsIn(Shape):
    rows: list[EnteredIn] = Field(max_length=500)


class AmendIn(ReasonIn):
    """Why the report is wrong; what the object is rightly called, null for as it is."""

    suspend: bool = Field(False, description="Nobody shall rely on the report until the next one is issued")
    object_name: str | None = Field(None, max_length=120)
    object_model: str | None = Field(None, max_length=120)


class AbandonIn(ReasonIn):
    """Why the report stands after all."""

    reinstate: bool = Field(False, description="End the suspension of the report that stands")


class GateReasonIn(Shape):
    """Why a report is issued although a soft rule is not kept; it goes into the report."""

    rule: str = Field(max_length=60)
    reason: str = Field(max_length=300)


class IssueIn(Shape):
    conclusion: str = Field("", max_length=300)
    reasons: list[GateReasonIn] = Field(default_factory=list, max_length=100)


class IssueManyIn(Shape):
    orders: list[str] = Field(min_length=1, max_length=50, description="Public names of orders that wait for decision")


class GateRowOut(Shape):
    """One rule asked of a report; ``hard`` ones that fail stop it, others want a reason."""

    rule: str
    version: str
    hard: bool
    outcome: str
    title: str
    why: str
    mend: str
    source: str
    looked_at: list[str]


class GateOut(Shape):
    rules: str = Field(description="SHA-256 of the rules in force today")
    hard: int = Field(description="Hard rules that are not kept")
    soft: int = Field(description="Soft rules that are not kept")
    rows: list[GateRowOut]


class IssuedOut(Shape):
    uid: str
    number: str
    verdict: str


class IssuedOrderOut(Shape):
    order: str
    report: IssuedOut


class LeftOrderOut(Shape):
    order: str
    problem: ProblemOut = Field(description="Why no report was issued, and how to mend it")


class SignedOut(Shape):
    """What became of a stack, in the order in which it was given."""

    issued: list[IssuedOrderOut]
    left: list[LeftOrderOut]
