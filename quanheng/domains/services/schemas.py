"""Shapes of the one-stop service over the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from quanheng.domains.services.revising import MAX_CENTS, MAX_TEXT
from quanheng.kernel.base.api import OrganisationRef, Shape
from quanheng.kernel.cases.api import MoveOut

Code = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00]*$")]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]


class Sentence(Shape):
    """A sentence in both languages."""

    zh: str
    en: str


class Named(Shape):
    """A product family or an item by its code."""

    code: str
    name_zh: str
    name_en: str


class ChipOut(Shape):
    """A thing understood; ``words`` are the writer's own at text[start:end], empty for a chip added by hand."""

    kind: str
    code: str
    label: str
    label_en: str
    words: str
    start: int
    end: int
    count: int | None = Field(None, description="Pieces, for an instrument")


class SpanOut(Shape):
    words: str
    start: int
    end: int


class UnderstandingOut(Shape):
    """What was understood of a text, and the words that were not."""

    chips: list[ChipOut]
    unknown: list[SpanOut]


class TextIn(Shape):
    text: Text


class ChipAdd(Shape):
    kind: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    code: Code
    count: int = Field(1, ge=1, le=50)


class ChipRemove(Shape):
    kind: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    code: Code


class ChoicesIn(Shape):
    """What is chosen beside the words. A thing left out stays as it is."""

    family: Code | None = Field(None, description="Code of a product family")
    items: list[Code] | None = Field(None, max_length=80, description="Codes of items; replaces those there were")
    activities: list[Code] | None = Field(None, max_length=5, description="Replaces those there were")
    budget_cents: int | None = Field(None, gt=0, le=MAX_CENTS)
    deadline: date | None = None
    distance_km: float | None = Field(
        None, gt=0, le=20_037, description="Kilometres from the enterprise; nobody farther"
    )
    product_name: Annotated[str, StringConstraints(max_length=120)] | None = None
    product_model: Annotated[str, StringConstraints(max_length=120)] | None = None
    add: list[ChipAdd] = Field(default_factory=list, max_length=80)
    remove: list[ChipRemove] = Field(default_factory=list, max_length=120)


class NeedIn(ChoicesIn):
    organisation: Code = Field(description="The enterprise's uid")
    text: Text


class NeedPatch(ChoicesIn):
    text: Text | None = Field(None, description="Read anew; earlier edits are discarded")


class PlanRef(Shape):
    """A plan as the list of a need's plans shows it."""

    uid: str
    proposed_at: datetime
    valid_until: date
    prefer: str
    total_cents: int
    days: int
    ready_on: date | None
    lines: int
    commission: str | None = Field(description="Uid of the commission that it became")


class NeedOut(Shape):
    """A need as a list shows it."""

    uid: str
    created_at: datetime
    organisation: OrganisationRef
    text: str
    family: Named | None
    product_name: str
    product_model: str
    budget_cents: int | None
    deadline: date | None


class NeedDetail(NeedOut):
    understanding: UnderstandingOut
    plans: list[PlanRef]


class ProposalIn(Shape):
    prefer: str = Field("", max_length=10, description="balanced, cheapest, fastest or fewest; empty for the usual")


class ConsideredOut(Shape):
    """An institution considered for a line, with the reasons for and against it."""

    scope_line: str | None = None
    institution: str
    name_zh: str
    name_en: str
    price_cents: int | None = None
    days: int | None = None
    able: bool
    chosen: bool
    reasons_for: list[Sentence]
    reasons_against: list[Sentence]


class PlannedRequirementOut(Shape):
    """The requirement that an item is judged by; limits are decimal strings."""

    uid: str
    standard: str
    clause: str
    limit: str
    lower: str
    upper: str
    unit: str
    limit_text_zh: str
    limit_text_en: str
    mandatory: bool
    sample_size: str
    source: str
    confidence: str


class PlanLineOut(Shape):
    position: int
    activity: str
    item: Named
    requirement: PlannedRequirementOut | None
    method: str
    institution: OrganisationRef
    scope_line: str
    recognition: str
    count: int
    price_cents: int
    days: int
    wait_days: int = Field(description="How many of the days are because of the institution's queue and its capacity")
    considered: list[ConsideredOut]


class PlanOut(Shape):
    """A plan: lines, gaps (what nobody here can do), warnings (what it misses), advice (what else is needed)."""

    uid: str
    need: str
    organisation: OrganisationRef
    family: Named | None
    proposed_at: datetime
    valid_until: date
    prefer: str
    gap: float | None = Field(
        description="No choice of institutions is better by more than this share of the plan's cost: 0 is proved to be "
        "the best; null where a person chose or nobody proved it"
    )
    total_cents: int
    days: int
    ready_on: date | None
    lines: list[PlanLineOut]
    gaps: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    advice: list[dict[str, Any]]
    certification: list[dict[str, Any]] = Field(
        description="Certification after the tests: bodies, steps with their sources, days; null where nobody knows"
    )
    commission: str | None


class ChooseIn(Shape):
    position: int = Field(ge=1, le=32767)
    scope_line: Code


class ConfirmIn(Shape):
    contact: str = Field(max_length=120, description="Name and telephone of whom the institutions may ask")
    product_name: str | None = Field(None, max_length=120)
    product_model: str | None = Field(None, max_length=120)


class CommissionOut(Shape):
    """A commission as a list shows it."""

    uid: str
    number: str
    title: str
    state: str
    state_label: str
    client: OrganisationRef
    total_cents: int
    opened_at: datetime
    closed_at: datetime | None


class OrderOfCommission(Shape):
    uid: str
    number: str
    title: str
    activity: str
    state: str
    state_label: str
    institution: OrganisationRef
    price_cents: int
    days: int
    promised_on: date | None
    due_at: datetime | None
    report: str | None
    lost: bool = Field(description="Declined or cancelled, and waiting to be replaced")
    stars: int | None


class StoryOut(Shape):
    """One entry of a story."""

    when: datetime
    what: str
    who: str
    detail: str
    state_from: str | None
    state_to: str | None


class OutlookOut(Shape):
    """Price and day of the last report, as planned and as things stand, with what has changed between them."""

    planned_cents: int
    cents: int
    planned_on: date | None
    expected_on: date | None = Field(description="Null while a lost order waits for an answer")
    workdays_later: int | None = Field(description="Working days later than planned; earlier where negative")
    deadline: date | None
    budget_cents: int | None
    unanswered: int = Field(description="Lost orders that are neither given to somebody else nor forgone")
    changes: list[Sentence]


class CommissionDetail(CommissionOut):
    plan: str
    contact: str
    outlook: OutlookOut
    orders: list[OrderOfCommission]
    story: list[StoryOut]
    moves: list[MoveOut]


class ReplacementOut(Shape):
    """Who could take over a lost order; ``missing``: items that it cannot do."""

    institution: OrganisationRef
    price_cents: int
    days: int
    missing: list[Named]


class PartOut(Shape):
    """One order of a lost order's new plan."""

    institution: OrganisationRef
    items: int = Field(description="Determinations, pieces counted one by one")
    price_cents: int
    days: int


class ReplannedOut(Shape):
    """How a lost order would be placed again; ``missing``: what nobody else here can do."""

    parts: list[PartOut]
    price_cents: int
    days: int
    missing: list[Named]


class ReplaceIn(Shape):
    order: Code
    institution: Code


class LostOrderIn(Shape):
    order: Code = Field(description="uid of the lost order")


class ForgoIn(LostOrderIn):
    """A lost order that is not wanted any more, and why."""

    reason: str = Field(max_length=300)


class StandingOut(Shape):
    """How a member of a group stands: counts, and money in cents."""

    organisation: OrganisationRef
    needs: int
    commissions: int
    under_way: int
    cents: int
    orders: int
    waiting: int
    late: int
    reports: int
    instruments: int
    instruments_due: int


class RatingIn(Shape):
    stars: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=500)


class RatingOut(Shape):
    uid: str
    stars: int
    comment: str
    created_at: datetime


class ChainLinkOut(Shape):
    """A product family as a link of its chain: what its standards in force ask for, and what nobody here can do."""

    family: str
    name_zh: str
    name_en: str
    standards: int
    items: int
    covered: int
    missing: list[Named]


class ChainOut(Shape):
    code: str
    name_zh: str
    name_en: str
    items: int
    covered: int
    links: list[ChainLinkOut]


class ChainsOut(Shape):
    """All chains, counted at most some minutes ago."""

    counted_at: datetime
    chains: list[ChainOut]
