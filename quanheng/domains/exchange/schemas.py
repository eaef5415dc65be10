"""Shapes of needs, results and contacts over the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from quanheng.domains.exchange.stating import MAX_CENTS, MAX_FAMILIES, MAX_TEXT
from quanheng.kernel.base.api import OrganisationRef, ReasonIn, Shape
from quanheng.kernel.cases.api import MoveOut

Uid = Annotated[str, StringConstraints(min_length=1, max_length=13)]
Code = Annotated[str, StringConstraints(max_length=60)]
Number = Annotated[str, StringConstraints(max_length=40)]
No = Literal["unfit", "price", "time", "maturity", "terms", "elsewhere", "no_longer", "other"]


class ExchangeFamilyRef(Shape):
    """A product family by its code."""

    code: str
    name_zh: str
    name_en: str


class ExchangeItemRef(Shape):
    """An item by its code."""

    code: str
    name_zh: str
    name_en: str


class ExchangeMeasuredIn(Shape):
    """What is measured, as text; ``unit`` may be left out where the item has a usual one."""

    item: Annotated[str, StringConstraints(max_length=160)] = Field("", description="Code or name of an item")
    lower: Number = ""
    upper: Number = ""
    unit: Annotated[str, StringConstraints(max_length=20)] = ""
    uncertainty: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description="Expanded uncertainty, k = 2: a number in the unit, or a formula of the value x"
    )


class TechnicalNeedIn(ExchangeMeasuredIn):
    """A technical need. With ``named`` false nobody but you and your regulators is told whose it is."""

    title: Annotated[str, StringConstraints(max_length=80)]
    text: Annotated[str, StringConstraints(max_length=MAX_TEXT)]
    field: Code
    named: bool = True
    family: Code = ""
    budget_cents: int | None = Field(None, gt=0, le=MAX_CENTS)
    deadline: date | None = None


class TechnicalNeedPost(TechnicalNeedIn):
    organisation: Uid = Field(description="The enterprise's uid")
    gap: Annotated[str, StringConstraints(max_length=13)] = Field("", description="Missing capacity it is posted from")


class OfferingIn(ExchangeMeasuredIn):
    """A result or a capacity."""

    title: Annotated[str, StringConstraints(max_length=80)]
    text: Annotated[str, StringConstraints(max_length=MAX_TEXT)]
    field: Code
    kind: Code
    maturity: int = Field(ge=1, le=9, description="Level of technology readiness")
    terms: Code
    open_until: date
    identifier: Annotated[str, StringConstraints(max_length=60)] = ""
    families: list[Code] = Field(default_factory=list, max_length=MAX_FAMILIES)
    price_cents: int | None = Field(None, gt=0, le=MAX_CENTS)


class OfferingPost(OfferingIn):
    organisation: Uid = Field(description="The institution's uid")


class ExchangeReasonOut(Shape):
    """A reason for (points > 0) or against (< 0); the score is their sum."""

    kind: str
    points: int
    zh: str
    en: str


class ExchangeMatchOut(Shape):
    """A post of the other side that fits. ``organisation`` is null where it is anonymous to you."""

    uid: str
    title: str
    organisation: OrganisationRef | None
    score: int
    words: list[str]
    reasons: list[ExchangeReasonOut]


class _PostOut(Shape):
    uid: str
    created_at: datetime
    title: str
    text: str
    field: str
    item: ExchangeItemRef | None
    lower: str
    upper: str
    unit: str
    uncertainty: str
    open_until: date
    state: str
    matches: list[ExchangeMatchOut] = Field(description="To those who keep it; to others those among their own posts")


class TechnicalNeedOut(_PostOut):
    """A technical need. ``organisation`` is null where the firm is anonymous to you."""

    organisation: OrganisationRef | None
    named: bool
    family: ExchangeFamilyRef | None
    budget_cents: int | None
    deadline: date | None
    gap: str | None = Field(description="The missing capacity it was posted from, for who may see that")


class OfferingOut(_PostOut):
    organisation: OrganisationRef
    kind: str
    maturity: int
    terms: str
    identifier: str
    families: list[ExchangeFamilyRef]
    price_cents: int | None


class ExchangeAskIn(Shape):
    """Asks the other side of a match for a contact."""

    other: Uid = Field(description="Uid of the result, or of the need, on the other side")
    message: Annotated[str, StringConstraints(max_length=500)]


class ExchangeNoIn(ReasonIn):
    why_not: No


class ExchangeContractIn(Shape):
    """The contract that came of a contact."""

    amount_cents: int = Field(gt=0, le=MAX_CENTS)
    signed_on: date
    contract_number: Annotated[str, StringConstraints(max_length=60)]


class ExchangeContactOut(Shape):
    """A contact. ``need_organisation`` is null while the firm is anonymous to you."""

    uid: str
    number: str
    state: str
    state_label: str
    need: str
    need_title: str
    need_organisation: OrganisationRef | None
    offering: str
    offering_title: str
    offering_organisation: OrganisationRef
    asked_by: Literal["need", "offering"]
    message: str
    opened_at: datetime
    due_at: datetime | None
    why_not: str
    remark: str
    amount_cents: int | None
    signed_on: date | None
    contract_number: str
    confirmed_at: datetime | None = Field(description="Until the side with the result has confirmed, it is no contract")


class ExchangeContactDetail(ExchangeContactOut):
    match: dict[str, Any] = Field(description="The match when the contact was proposed: score, reasons, words")
    moves: list[MoveOut]


class ExchangeFieldOut(Shape):
    """What happened in one technical field."""

    field: str
    name_zh: str
    name_en: str
    needs: int
    open_needs: int
    offerings: int
    contacts: int
    talks: int
    contracts: int
    amount_cents: int
    noes: int


class ExchangeWhyNotOut(Shape):
    reason: str
    count: int


class ExchangeFiguresOut(Shape):
    """Counts by technical field of the regions that you oversee, and why contacts came to nothing."""

    fields: list[ExchangeFieldOut]
    why_not: list[ExchangeWhyNotOut]


class TechnicalFieldOut(Shape):
    """A technical field with its neighbours."""

    code: str
    name_zh: str
    name_en: str
    near: list[str]
