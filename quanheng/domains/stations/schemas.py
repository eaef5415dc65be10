"""What the API takes and answers about stations, visits, mandates and zones."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from quanheng.domains.stations.models import LONG_REASON, Contest
from quanheng.kernel.base.api import OrganisationRef, ReasonIn, Shape
from quanheng.kernel.cases.api import MoveOut

UID = 13


class OfferOut(Shape):
    """A kind of service that a station can offer, with the document that names it."""

    code: str
    name_zh: str
    name_en: str
    source: str
    confidence: str


class ZoneRef(Shape):
    uid: str
    name_zh: str
    name_en: str


class StationRef(Shape):
    uid: str
    name_zh: str
    name_en: str
    operator: OrganisationRef


class StationOut(Shape):
    """A station with what is counted of it; ``satisfaction`` is the mean of ``ratings`` ratings of 1 to 5."""

    uid: str
    name_zh: str
    name_en: str
    kind: str
    operator: OrganisationRef
    zone: ZoneRef | None
    region_code: str
    address: str
    latitude: float | None
    longitude: float | None
    website: str
    hours: str
    phone: str
    offers: list[str]
    opened_on: date
    closed_on: date | None
    closing_reason: str
    synthetic: bool
    staff: int
    visits: int
    on_behalf: int
    ratings: int
    satisfaction: float | None


class NearOut(Shape):
    """A station and how far it is from the middle of a region."""

    station: StationOut
    kilometres: float


class _Facts(Shape):
    name_zh: str = Field(max_length=120)
    name_en: str = Field("", max_length=200)
    kind: str = Field(max_length=10, description="physical or online")
    zone: str = Field("", max_length=120, description="Chinese name of a zone")
    address: str = Field("", max_length=200)
    latitude: float | None = None
    longitude: float | None = None
    website: str = Field("", max_length=300)
    hours: str = Field("", max_length=200)
    phone: str = Field("", max_length=40)
    offers: list[str] = Field(max_length=40, description="Codes of GET /stations/offers")
    opened_on: date


class StationIn(_Facts):
    region: str = Field(max_length=6, description="GB/T 2260 code")
    operator: str = Field(max_length=UID, description="Public name of the organisation that runs it")


class StationPatch(ReasonIn):
    """What is left out stays as it is."""

    name_zh: str | None = Field(None, max_length=120)
    name_en: str | None = Field(None, max_length=200)
    kind: str | None = Field(None, max_length=10)
    zone: str | None = Field(None, max_length=120)
    address: str | None = Field(None, max_length=200)
    latitude: float | None = None
    longitude: float | None = None
    website: str | None = Field(None, max_length=300)
    hours: str | None = Field(None, max_length=200)
    phone: str | None = Field(None, max_length=40)
    offers: list[str] | None = Field(None, max_length=40)
    opened_on: date | None = None


class ClosingIn(ReasonIn):
    on: date | None = None


class StaffOut(Shape):
    """Somebody who works or worked at a station; ``person`` is null except to the operator's administrators."""

    uid: str
    person: str | None = Field(description="Public name of the person")
    name_zh: str
    name_en: str
    role: str
    valid_from: date
    valid_until: date | None
    in_force: bool


class StaffIn(Shape):
    person: str = Field(max_length=UID, description="Public name of somebody who holds a post at the operator")
    role: str = Field("adviser", max_length=10, description="head, adviser or expert")
    valid_from: date | None = None
    valid_until: date | None = None


class VisitOut(Shape):
    """A visit; ``need`` is what was stated in the firm's name."""

    uid: str
    station: StationRef
    client: OrganisationRef | None
    client_name: str
    contact: str
    channel: str
    topic: str
    question: str
    answer: str
    state: str
    visited_on: date
    answered_at: datetime | None
    closed_at: datetime | None
    need: str | None
    plans: list[str] = Field(description="Plans made for the need, newest first, as far as you may see them")
    stars: int | None
    comment: str
    standing: str = Field(description="counts, contested or struck: only the first is in the station's counts")
    contest: str | None = Field(description="The latest contest of the record")


class ContestIn(Shape):
    ground: Contest.Ground
    text: str = Field(max_length=LONG_REASON)


class SayIn(Shape):
    text: str = Field(max_length=LONG_REASON)


class VisitCorrectionIn(ReasonIn):
    """What is left out stays as it is."""

    contact: str | None = Field(None, max_length=120)
    channel: str | None = Field(None, max_length=8)
    topic: str | None = Field(None, max_length=30)
    question: str | None = Field(None, max_length=2000)
    answer: str | None = Field(None, max_length=2000)
    on: date | None = None


class RulingIn(SayIn):
    struck: bool = Field(description="True: the record is struck; false: it stands")


class ContestOut(Shape):
    """A contested record: what each side says, whom it waits for, how it ended."""

    uid: str
    number: str
    visit: str
    station: StationRef
    client: OrganisationRef
    decider: OrganisationRef | None = Field(description="Who rules, once a ruling was asked for")
    state: str
    state_label: str
    ground: str
    text: str
    answer: str
    rejoinder: str
    ruling: str
    standing: str = Field(description="Of the visit: counts, contested or struck")
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    moves: list[MoveOut]


class VisitIn(Shape):
    client: str = Field("", max_length=UID, description="Public name of the firm, where it is on the platform")
    client_name: str = Field("", max_length=120, description="What the firm calls itself, where it is not")
    contact: str = Field("", max_length=120)
    channel: str = Field(max_length=8, description="on_site, phone, online or at_firm")
    topic: str = Field(max_length=30, description="A code of GET /stations/offers")
    question: str = Field(max_length=2000)
    answer: str = Field("", max_length=2000)
    on: date | None = None


class AnswerIn(Shape):
    answer: str = Field(max_length=2000)


class FirmIn(Shape):
    client: str = Field(max_length=UID)


class StarsIn(Shape):
    stars: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=500)


class BehalfIn(Shape):
    text: str = Field(max_length=2000, description="The need, in the firm's words")


class ReplanIn(Shape):
    text: str = Field("", max_length=2000, description="Other words for the need; empty: as it was")
    prefer: str = Field("", max_length=10, description="balanced, cheapest, fastest or fewest")


class MandateOut(Shape):
    """A firm's consent that a station acts for it. It never covers confirming a plan."""

    uid: str
    station: StationRef
    client: OrganisationRef
    state: str
    in_force: bool
    given_at: datetime | None
    valid_until: date | None
    ended_at: datetime | None


class MandateIn(Shape):
    client: str = Field(max_length=UID, description="Your own organisation")
    valid_until: date


class OutcomesOut(Shape):
    """Counted from the members' records; sums only."""

    needs: int
    commissions: int
    reports: int
    gaps: int
    ratings: int
    mean_stars: float | None


class ReleaseOut(Shape):
    """The outcomes of one closed quarter, over those who were members for all of it; counted once. Figures are null
    where they are withheld: too few members, or the same as of another zone but one or two."""

    quarter: date = Field(description="First day of the quarter")
    state: str = Field(description="published, few or close")
    members: int | None
    needs: int | None
    commissions: int | None
    reports: int | None
    gaps: int | None
    ratings: int | None
    mean_stars: float | None = Field(description="Null also where fewer than three organisations rated")


class ZoneOut(Shape):
    """A zone. ``outcomes`` are those of its closed quarters, the latest first."""

    uid: str
    name_zh: str
    name_en: str
    operator: OrganisationRef
    region_code: str
    address: str
    hectares: int | None
    introduction_zh: str
    introduction_en: str
    members: int
    named_members: list[OrganisationRef]
    institutions: list[OrganisationRef]
    stations: list[StationRef]
    outcomes: list[ReleaseOut]


class ZoneIn(Shape):
    region: str = Field(max_length=6, description="GB/T 2260 code")
    operator: str = Field(max_length=UID)
    name_zh: str = Field(max_length=120)
    name_en: str = Field("", max_length=200)
    address: str = Field("", max_length=200)
    hectares: int | None = Field(None, ge=1, le=1_000_000)
    introduction_zh: str = Field("", max_length=10_000)
    introduction_en: str = Field("", max_length=10_000)


class ZonePatch(ReasonIn):
    """What is left out stays as it is."""

    name_zh: str | None = Field(None, max_length=120)
    name_en: str | None = Field(None, max_length=200)
    address: str | None = Field(None, max_length=200)
    hectares: int | None = Field(None, ge=1, le=1_000_000)
    introduction_zh: str | None = Field(None, max_length=10_000)
    introduction_en: str | None = Field(None, max_length=10_000)


class InviteIn(Shape):
    organisation: str = Field(max_length=UID)


class ApplyIn(InviteIn):
    named: bool = Field(False, description="The public page may name the organisation")


class ConsentIn(Shape):
    named: bool = Field(False, description="The public page may name the organisation")
    shown: bool = Field(False, description="The zone's operator may see the organisation's own figures")


class ZoneMemberOut(Shape):
    uid: str
    zone: ZoneRef
    organisation: OrganisationRef
    state: str
    named: bool
    shown: bool
    joined_on: date | None
    left_on: date | None
