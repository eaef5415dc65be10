"""A small city in which every kind of record belongs to somebody, with a word planted in every text that must not leak.

The client lives in the district 120102, its laboratory in 120101; each has a lead of its group, a rival, and
regulators of its district, of the city, of another district and of another province.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from quanheng.domains.capacity.models import Capacity
from quanheng.domains.disputes.models import DisputedItem
from quanheng.domains.disputes.services import complain, object_to
from quanheng.domains.exchange.models import Contact, Corpus, Offering, TechnicalNeed, Word
from quanheng.domains.exchange.process import CONTACT
from quanheng.domains.governance.models import Reading
from quanheng.domains.governance.services import take_readings
from quanheng.domains.services.models import Commission, Gap, Need, Plan, PlanLine, Rating
from quanheng.domains.services.process import COMMISSION
from quanheng.domains.services.services import state_need
from quanheng.domains.stations.models import Contest, Mandate, Staff, Station, Visit, Zone, ZoneMember
from quanheng.domains.stations.process import CONTEST as VISIT_CONTEST
from quanheng.domains.supervision.models import Scrutiny
from quanheng.domains.supervision.services import open_inquiry, scrutinise
from quanheng.domains.testing import services as testing
from quanheng.domains.testing.models import GateRecord, Order, Settlement, Subcontract
from quanheng.domains.testing.subcontracting import SUBCONTRACT
from quanheng.kernel.attestations.keys.issuers import key_at
from quanheng.kernel.attestations.models import Follow, RetentionHold
from quanheng.kernel.audit.models import Delivery, Entry, Letter, Mailbox, MailHead, Notice, Webhook
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Proposed
from quanheng.kernel.cases.models import Case, Clock
from quanheng.kernel.cases.services import open_case
from quanheng.kernel.changes.models import Proposal, Switch
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.imports.models import Batch, Block, Matching, StagedRow
from quanheng.kernel.imports.reading.frames import compress
from quanheng.kernel.objects.models import CalibrationVoid, HandOver, Outage, PastCalibration, Product
from quanheng.kernel.opendata.feed import publish
from quanheng.kernel.opendata.models import Feed, Touched
from quanheng.kernel.parties.models import (
    ApiToken,
    DuplicatePair,
    Group,
    Membership,
    Merger,
    Organisation,
    OrganisationName,
    Person,
    SignatoryField,
    Usage,
)
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.parties.services import correct_registration, merge_organisation
from quanheng.kernel.region.models import Region
from quanheng.kernel.registers.models import Export, SavedView
from quanheng.kernel.requirements.models import Conflict, Watch
from quanheng.kernel.results.models import RawKey
from quanheng.kernel.results.services import Entered, attach_raw_file
from quanheng.kernel.search.models import Document
from quanheng.kernel.signals.models import Signal
from quanheng.kernel.statuslists.models import StatusList
from quanheng.kernel.statuslists.signing import sign_lists
from quanheng.kernel.translog import growing
from quanheng.kernel.translog.models import Head, LogCheckpoint, LogEntry, NoteKey, Peer, Tile, Tree
from quanheng.kernel.translog.note import LOG, Signer
from tests import world

# No word of any page contains it, and it survives folding to lower case.
CANARY = "kanarienvogel"
CLIENT_DISTRICT, LAB_DISTRICT, OTHER_DISTRICT, OTHER_PROVINCE = "120102", "120101", "120103", "210000"
# place -> (kind, region code)
PLACES = {
    "client": ("enterprise", CLIENT_DISTRICT),
    "lab": ("laboratory", LAB_DISTRICT),
    "client's lead": ("enterprise", CLIENT_DISTRICT),
    "lab's lead": ("laboratory", LAB_DISTRICT),
    "other client": ("enterprise", CLIENT_DISTRICT),
    "other lab": ("laboratory", LAB_DISTRICT),
    "client's district": ("regulator", CLIENT_DISTRICT),
    "lab's district": ("regulator", LAB_DISTRICT),
    "other district": ("regulator", OTHER_DISTRICT),
    "city": ("regulator", "120000"),
    "other province": ("regulator", OTHER_PROVINCE),
}


@dataclass
class Scene:
    """Who there is, one row of each kind by its model's label, and the ``secrets`` of those ``kept`` for some only."""

    places: dict[str, Organisation] = field(default_factory=dict)
    people: dict[tuple[str, str], Person] = field(default_factory=dict)
    actors: dict[tuple[str, str], Actor] = field(default_factory=dict)
    rows: dict[str, models.Model] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    kept: list[models.Model] = field(default_factory=list)

    def person(self, place: str, role: str) -> Person:
        """Somebody who holds one role in one place; the same person each time (all are made by ``build``)."""
        if (place, role) not in self.people:
            made = world.make_person((self.places[place], role))
            if role == Role.SIGNATORY:
                post = Membership.objects.get(person=made)
                SignatoryField.objects.create(membership=post, category="*", valid_from=timezone.localdate())
            self.people[place, role] = made
        return self.people[place, role]

    def actor(self, place: str, role: str) -> Actor:
        """What that person may act as today."""
        if (place, role) not in self.actors:
            self.actors[place, role] = actor_of(self.person(place, role))
        return self.actors[place, role]

    def keep(self, row: models.Model, *secrets: str) -> Any:
        """Remember a row as the one of its kind, with what of it must not leak: its uid and the named columns."""
        label = row._meta.label
        self.rows.setdefault(label, row)
        self.kept.append(row)
        for name in ("uid", *secrets):
            value = str(getattr(row, name, "") or "")
            if value:
                self.secrets[value] = f"{label}.{name}"
        return row


def build(prefix: str = "") -> Scene:
    """Make everything through the services where a service makes it. ``prefix`` goes before every planted text."""
    scene = Scene()
    world.make_rules("one_stop.")
    world.make_rules("testing_body_supervision.")
    for code in ("120000", CLIENT_DISTRICT, LAB_DISTRICT, OTHER_DISTRICT, OTHER_PROVINCE):
        world.make_region(code)
    for place, (kind, code) in PLACES.items():
        scene.places[place] = world.make_organisation(kind, code)
    for member in ("client", "lab"):
        group = Group.objects.create(lead=scene.places[f"{member}'s lead"], name_zh=f"{prefix}{CANARY} 集团")
        group.members.add(scene.places[member])
        scene.keep(group, "name_zh")
    _registers(scene)
    _commission(scene, prefix)
    _report(scene, prefix)
    _disputes(scene, f"{prefix}{CANARY}")
    _inquiry(scene, f"{prefix}{CANARY}")
    _around(scene, prefix)
    _station(scene, prefix)
    _import(scene, prefix)
    _exchange(scene, prefix)
    scene.secrets[CANARY] = "a planted text"
    return scene


def _registers(scene: Scene) -> None:
    lab = scene.places["lab"]
    scene.rows["region.Region"] = Region.objects.get(code=LAB_DISTRICT)
    scene.rows["parties.Organisation"] = lab
    for place in PLACES:
        for role in Role.values:
            scene.person(place, role)
    person = scene.person("lab", Role.OPERATOR)
    scene.keep(person, "username")
    scene.keep(Membership.objects.get(person=person))
    scene.keep(SignatoryField.objects.get(membership__person=scene.person("lab", Role.SIGNATORY)))
    family, item = world.make_family(), world.make_item("max_speed", "最高车速", quantity="speed", unit="km/h")
    standard = world.make_standard("GB 17761-2018")
    scene.rows["requirements.Standard"] = standard
    scene.rows["requirements.Conflict"] = Conflict.objects.create(
        standard=standard, field="title_zh", kept=standard.title_zh, other="另一名称", kept_source="a", other_source="b"
    )
    scene.keep(Watch.objects.create(organisation=lab, standard=standard))
    scene.rows["requirements.Requirement"] = world.make_requirement(family, item, standard, upper="25")
    recognition = world.make_recognition(lab)
    scene.rows["competence.Recognition"] = recognition
    scene.rows["competence.ScopeLine"] = world.make_scope_line(
        recognition, item, standard, family=family, lower="0", upper="100", unit="km/h"
    )
    scene.keep(
        Capacity.objects.create(organisation=lab, activity="testing", per_week=9, outside_on=timezone.localdate())
    )
    scene.keep(world.make_instrument(lab))


def _commission(scene: Scene, prefix: str) -> None:
    client, lab, line = scene.places["client"], scene.places["lab"], scene.rows["competence.ScopeLine"]
    text = f"{prefix}{CANARY}"
    scene.keep(
        Product.objects.create(owner=client, family=line.family, name=f"{text} 产品", model=text)  # type: ignore[attr-defined]
    )
    need = scene.keep(state_need(scene.actor("client", Role.MEMBER), client, text=f"{text} 电动自行车要做检测"))
    Need.objects.filter(pk=need.pk).update(product_name=text, product_model=text)
    today = timezone.localdate()
    scene.keep(
        Gap.objects.create(
            need=need,
            organisation=client,
            region_code=client.region_code,
            item=line.item,  # type: ignore[attr-defined]
            family=line.family,  # type: ignore[attr-defined]
            activity="inspection",
            since=today,
        )
    )
    plan = scene.keep(
        Plan.objects.create(
            need=need, organisation=client, proposed_at=timezone.now(), valid_until=today + timedelta(days=30)
        )
    )
    PlanLine.objects.create(
        plan=plan,
        position=1,
        activity="testing",
        requirement=scene.rows["requirements.Requirement"],
        item=line.item,  # type: ignore[attr-defined]
        method=line.method,  # type: ignore[attr-defined]
        institution=lab,
        scope_line=line,
        price_cents=10000,
        days=5,
    )
    case = open_case(COMMISSION, title=text, client=client)
    scene.keep(case, "number")
    scene.rows["commission case"] = case
    scene.keep(Commission.objects.create(case=case, plan=plan, contact=f"{text} 022-12345678"), "contact")


def _report(scene: Scene, prefix: str) -> None:
    """An order carried through to a delivered report that says "fail", so that there is a signal too."""
    text = f"{prefix}{CANARY}"
    member, operator = scene.actor("client", Role.MEMBER), scene.actor("lab", Role.OPERATOR)
    line: Any = scene.rows["competence.ScopeLine"]
    order: Order = testing.place_order(
        member,
        scene.rows["commission case"],  # type: ignore[arg-type]
        institution=scene.places["lab"],
        activity="testing",
        family=line.family,
        object_name=f"{text} 车",
        object_model=text,
        items=[testing.Ordered(line, scene.rows["requirements.Requirement"])],  # type: ignore[arg-type]
        price_cents=10000,
        days=5,
    )
    scene.keep(testing.quote_order(operator, order, price_cents=12000, days=6, reason=text))
    testing.accept_quote(member, order)
    testing.receive_samples(operator, order, quantity="3 辆", condition=f"{text} 完好", batch=text)
    row = Entered(
        position=1,
        value="26",
        unit="km/h",
        uncertainty="0.2",
        k="2",
        instruments=(scene.rows["objects.Instrument"].uid,),  # type: ignore[attr-defined]
        measured_on=timezone.localdate(),
        environment=text,
        remark=text,
    )
    testing.enter_results(operator, order, rows=[row])
    picture = ContentFile(text.encode(), f"{text}.csv")
    raw = scene.keep(attach_raw_file(operator, order.case, file=picture, name=picture.name or ""), "name", "sha256")
    scene.keep(RawKey.objects.create(raw=raw, key=1))
    testing.submit_results(operator, order)
    testing.return_for_correction(scene.actor("lab", Role.REVIEWER), order, reason=f"{text} 请核对")
    testing.submit_results(operator, order)
    testing.review_results(scene.actor("lab", Role.REVIEWER), order)
    attestation = testing.issue_report(scene.actor("lab", Role.SIGNATORY), order, conclusion=text)
    testing.deliver_report(operator, order)
    scene.keep(testing.bill_order(operator, order, amount_cents=9000, invoice=text[:40], note=text))
    order = Order.objects.select_related("case").get(pk=order.pk)
    # As if the order were its own retest: who may settle a fee is a matter of the two sides alone.
    scene.rows["refund"] = Settlement.objects.create(case=order.case, kind="refund", retest=order, amount_cents=1)
    scene.rows["order case"] = scene.keep(order.case, "number")
    scene.rows[Case._meta.label] = order.case
    scene.rows[Order._meta.label] = order
    scene.keep(attestation, "number", "sha256")
    scene.rows[GateRecord._meta.label] = attestation.gate
    scene.keep(RetentionHold.objects.create(attestation=attestation, until=date(2090, 1, 1), reason=text))
    now, asker = timezone.now(), scene.person("lab", Role.OPERATOR)
    scene.rows[Follow._meta.label] = Follow.objects.create(attestation=attestation, person=asker, asked_at=now)
    used, day = order.case.results.get().instruments.get(), date(2020, 1, 1)
    scene.rows[Outage._meta.label] = Outage.objects.create(instrument=used, since=day, until=day, reason=text)
    scene.rows[PastCalibration._meta.label] = PastCalibration.objects.create(
        instrument=used, number=text[:80], calibrated_on=day, calibrated_until=day
    )
    since = {"calibrated_on": day, "since": day, "reason": text}
    scene.keep(CalibrationVoid.objects.create(instrument=used, **since))
    scene.keep(order.case.results.get())
    sample = scene.keep(order.case.samples.get(), "label")
    scene.rows[HandOver._meta.label] = sample.hand_overs.get()
    scene.keep(Signal.objects.get())
    case = open_case(SUBCONTRACT, title=text, client=scene.places["client"], handler=scene.places["lab"])
    scene.rows[Subcontract._meta.label] = Subcontract.objects.create(
        case=case, order=order, provider=scene.places["other lab"], positions=[1], price_cents=1, days=1, reason=text
    )
    scene.rows[Clock._meta.label] = order.case.clocks.first()
    scene.keep(
        Rating.objects.create(
            order_case=order.case,
            organisation=scene.places["client"],
            institution=scene.places["lab"],
            stars=2,
            comment=text,
        )
    )


def _station(scene: Scene, prefix: str) -> None:
    """A zone and a station that the laboratory runs; the client came, and lets the station act for it."""
    text, lab, client = f"{prefix}{CANARY}", scene.places["lab"], scene.places["client"]
    place: dict[str, Any] = {"operator": lab, "region": lab.region, "region_code": lab.region_code}
    zone = Zone.objects.create(name_zh="示范区", **place)
    today = timezone.localdate()
    facts = {"name_zh": "服务站", "kind": "physical", "address": "路 1 号", "offers": " testing ", "opened_on": today}
    station = Station.objects.create(**place, **facts, zone=zone)
    scene.rows[Zone._meta.label], scene.rows[Station._meta.label] = zone, station
    worker = scene.person("lab", Role.OPERATOR)
    scene.keep(Staff.objects.create(station=station, person=worker, role="adviser", valid_from=today))
    scene.keep(ZoneMember.objects.create(zone=zone, organisation=client, state="joined", joined_on=today))
    mandate = Mandate.objects.create(
        station=station, client=client, state="given", given_at=timezone.now(), valid_until=today + timedelta(days=9)
    )
    visit = Visit.objects.create(
        station=station,
        client=client,
        contact=f"{text} 13800000000",
        channel="on_site",
        topic="testing",
        question=text,
        answer=text,
        state="answered",
        answered_at=timezone.now(),
        visited_on=today,
        need=scene.rows["services.Need"],
        mandate=mandate,
        comment=text,
    )
    scene.keep(mandate)
    scene.keep(visit, "contact")
    # What is contested is another visit: this one counts.
    told = {"station": station, "client": client, "channel": "phone", "topic": "testing", "visited_on": today}
    other = Visit.objects.create(**told, question=text, standing="contested", told_at=timezone.now())
    case = open_case(VISIT_CONTEST, title=station.name_zh, client=client, handler=lab, region_code=lab.region_code)
    decider = scene.places["other province"]
    contest = Contest.objects.create(case=case, visit=other, ground="wrong", text=text, decider=decider)
    scene.keep(case, "number")
    scene.rows[Contest._meta.label] = contest


def _disputes(scene: Scene, text: str) -> None:
    """A complaint and an objection about the order, answered by nobody yet."""
    order: Any = scene.rows[Order._meta.label]
    member = scene.actor("client", Role.MEMBER)
    complaint = complain(member, order, topic="other", text=f"{text} 投诉")
    scene.keep(complaint.case, "number")
    scene.keep(complaint, "text")
    objection = object_to(member, order, positions=[1], grounds=f"{text} 异议")
    scene.keep(objection.case, "number")
    scene.keep(objection, "grounds")
    scene.rows[DisputedItem._meta.label] = objection.items.get()


def _inquiry(scene: Scene, text: str) -> None:
    """The city asks the laboratory about its report, which it has not answered yet."""
    lab, report = scene.places["lab"], scene.rows["attestations.Attestation"]
    scrutinise()
    scene.rows[Scrutiny._meta.label] = Scrutiny.objects.get(organisation=lab)
    officer = scene.actor("city", Role.CASE_OFFICER)
    number: str = report.number  # type: ignore[attr-defined]
    inquiry = open_inquiry(officer, lab, question=f"{text} 核查", reports=[number])
    scene.keep(inquiry.case, "number")
    scene.keep(inquiry, "question")


def _log(scene: Scene) -> None:
    """The transparency log of what was issued, and a log of others that the city's regulator has watched."""
    # The platform's own key is made when the trust bundle is first asked for, and enters the log.
    key_at(None, timezone.now())
    growing.signer("witness")
    sign_lists()
    growing.make_checkpoint()
    key = Signer("other.example/log", LOG, Ed25519PrivateKey.from_private_bytes(bytes(32))).verifier
    scene.rows[Peer._meta.label] = Peer.objects.create(
        organisation=scene.places["city"], role="watched", name=key.name, key=str(key), url="https://other.example/log"
    )
    kinds: tuple[Any, ...] = (Head, Tree, NoteKey, LogEntry, LogCheckpoint, Tile, StatusList)
    for kind in kinds:
        scene.rows[kind._meta.label] = kind.objects.order_by("id")[0]


def _around(scene: Scene, prefix: str) -> None:
    lab, admin = scene.places["lab"], scene.person("lab", Role.ADMINISTRATOR)
    hook = scene.keep(Webhook.objects.create(organisation=lab, url=f"https://hooks.example/{CANARY}", acts=[]), "url")
    entry = Entry.objects.filter(notices__organisation=lab).latest("id")
    delivery = Delivery.objects.create(webhook=hook, entry=entry, next_try_at=timezone.now(), last_error=CANARY)
    scene.rows[Delivery._meta.label] = delivery
    scene.rows[Notice._meta.label] = Notice.objects.filter(organisation=lab).latest("id")
    token = ApiToken.objects.create(
        person=admin, name=f"{prefix}{CANARY}", digest="0" * 64, expires_at=timezone.now() + timedelta(days=9)
    )
    scene.keep(token)
    operator = scene.person("lab", Role.OPERATOR)
    view = SavedView.objects.create(person=operator, register="instruments", name=f"{prefix}{CANARY}", query="q=x")
    scene.keep(view, "name")
    scene.keep(Export.objects.create(person=operator, register="instruments", format="csv", language="zh-hans"))
    scene.keep(Letter.objects.create(person=operator, kind="at_once", state="given_up", last_error=CANARY))
    scene.rows[Mailbox._meta.label] = Mailbox.objects.create(person=operator)
    scene.rows[MailHead._meta.label] = MailHead.objects.get()
    Usage.objects.create(name="address 192.0.2.1", span=60, start=0, used=1)
    publish()
    Touched.objects.create(dataset="regions", key=LAB_DISTRICT)
    scene.rows[Feed._meta.label] = Feed.objects.get(name="holidays")
    Recognition.objects.filter(organisation=lab).update(state="valid")
    _judged(scene, f"{prefix}{CANARY}")


def _judged(scene: Scene, text: str) -> None:
    """A correction that waits for a second person, a pair that may be one organisation, and one that was merged."""
    lab = scene.places["lab"]
    with pytest.raises(Proposed):
        correct_registration(scene.actor("city", Role.ADMINISTRATOR), lab, name_zh="更正名称", reason=text)
    scene.keep(Proposal.objects.get())
    other, twin = (world.make_organisation("laboratory", LAB_DISTRICT) for _ in range(2))
    scene.keep(DuplicatePair.objects.create(first=lab, second=other, score=70, reasons=["name"], rank=1))
    merge_organisation(Actor.platform(), twin, survivor=other, reason="同一主体")
    scene.keep(Merger.objects.get())
    scene.rows[OrganisationName._meta.label] = OrganisationName.objects.get(organisation=other)
    _log(scene)
    scene.rows[Switch._meta.label] = Switch.objects.create(act="changes.rule.switch", required=False)
    scene.rows[Document._meta.label] = Document.objects.latest("id")
    take_readings()
    scene.rows[Reading._meta.label] = Reading.objects.latest("id")


def _exchange(scene: Scene, prefix: str) -> None:
    """A need of the client and a result of the laboratory, neither open to others, and the contact between them."""
    text, client, lab, today = f"{prefix}{CANARY}", scene.places["client"], scene.places["lab"], timezone.localdate()
    shared: dict[str, Any] = {"title": text, "text": text, "field": "energy", "open_until": today, "state": "withdrawn"}
    need = scene.keep(TechnicalNeed.objects.create(organisation=client, named=False, **shared))
    offering = scene.keep(
        Offering.objects.create(organisation=lab, kind="method", maturity=5, terms="service", identifier=text, **shared)
    )
    # The client asks: the laboratory is asked, and each sees the other.
    case = open_case(CONTACT, title=text, client=client, handler=lab, region_code=client.region_code)
    contact = Contact.objects.create(
        case=case, need=need, offering=offering, proposer=client, asked=lab, message=text, remark=text
    )
    scene.keep(case, "number")
    scene.rows[Contact._meta.label] = contact
    scene.rows[Word._meta.label] = Word.objects.create(side="n", word="毛刺", post=need.pk)
    scene.rows[Corpus._meta.label] = Corpus.objects.create(made_at=timezone.now(), size=1)


def _import(scene: Scene, prefix: str) -> None:
    """Scope lines that the laboratory's quality manager has staged: one row is wrong, none is committed."""
    text, lab = f"{prefix}{CANARY}", scene.places["lab"]
    head = ["scheme", "number", "activity", "item", "method", "restriction_zh"]
    cells = ["CMA", "x", "testing", text, "GB 17761-2018", text]
    batch = Batch.objects.create(
        owner=lab,
        kind="scope-lines",
        state=Batch.State.STAGED,
        file_name=f"{text}.csv",
        size=1,
        sha256=f"{CANARY}-digest",
        head=head,
        mapping={name: {"column": place} for place, name in enumerate(head)},
        remarks=[{"zh": text, "en": text}],
        total=2,
        bad=1,
        uploaded_by=scene.person("lab", Role.QUALITY_MANAGER),
    )
    scene.keep(batch, "sha256")
    rows = [[2, cells], [3, cells]]
    scene.keep(Block.objects.create(batch=batch, first=2, last=3, count=2, data=compress(rows)))
    error = {"field": "item", "zh": text, "en": text}
    scene.keep(StagedRow.objects.create(batch=batch, number=2, cells=cells, wrong=True, errors=[error]))
    scene.keep(Matching.objects.create(owner=lab, kind=batch.kind, head_digest="0" * 64, mapping={}))
