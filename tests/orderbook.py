"""Rows for tests of the case engine: two organisations, people in every role, orders under a commission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

import quanheng.kernel.cases
from quanheng.domains.services.models import Commission, Need, Plan
from quanheng.domains.services.process import COMMISSION
from quanheng.domains.testing import services
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.services import Ordered, place_order
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.cases.clocks import SHANGHAI
from quanheng.kernel.cases.loading import load_holidays, load_rules
from quanheng.kernel.cases.services import open_case
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.objects.models import Instrument
from quanheng.kernel.parties.models import Membership, Organisation, Person, SignatoryField
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.region.models import Region
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard
from quanheng.kernel.results.services import Entered
from quanheng.science.identifiers.credit_code import make_credit_code

DATA = Path(quanheng.kernel.cases.__file__).parent / "data"
LONG_AGO, FAR_OFF = date(2020, 1, 1), date(2035, 1, 1)


@dataclass
class Book:
    """A client and an institution of one district, an outsider of another, and a regulator of the city."""

    client: Organisation
    institution: Organisation
    outsider: Organisation
    regulator: Organisation
    people: dict[tuple[int, str], Person]
    line: ScopeLine
    requirement: Requirement
    instrument: Instrument
    family: ProductFamily

    def actor(self, organisation: Organisation, *roles: str) -> Actor:
        """A person of an organisation in some roles; the same person each time for the same first role."""
        key = (organisation.pk, roles[0])
        if key not in self.people:
            count = len(self.people)
            self.people[key] = Person.objects.create(username=f"p{count}", name_zh=f"人员{count}")
        region = organisation.region_code if organisation.kind == "regulator" else ""
        posts = tuple(Post(organisation.pk, role, region) for role in roles)
        person = self.people[key]
        if Role.SIGNATORY in roles:
            self._authorise(person, organisation)
        return Actor(person_id=person.pk, name=person.name_zh, posts=posts)

    def _authorise(self, person: Person, organisation: Organisation) -> None:
        membership, made = Membership.objects.get_or_create(
            person=person, organisation=organisation, role=Role.SIGNATORY
        )
        if made:
            SignatoryField.objects.create(membership=membership, category="*", valid_from=LONG_AGO)

    @property
    def buyer(self) -> Actor:
        return self.actor(self.client, Role.MEMBER)

    @property
    def operator(self) -> Actor:
        return self.actor(self.institution, Role.OPERATOR)

    @property
    def reviewer(self) -> Actor:
        return self.actor(self.institution, Role.REVIEWER)

    @property
    def signatory(self) -> Actor:
        return self.actor(self.institution, Role.SIGNATORY)

    @property
    def officer(self) -> Actor:
        return self.actor(self.regulator, Role.CASE_OFFICER)

    @transaction.atomic
    def commission(self) -> Commission:
        """A commission without orders."""
        need = Need.objects.create(organisation=self.client, text="检测")
        plan = Plan.objects.create(need=need, organisation=self.client, proposed_at=timezone.now(), valid_until=FAR_OFF)
        case = open_case(COMMISSION, title="检测", client=self.client)
        return Commission.objects.create(case=case, plan=plan)

    def order(self, commission: Commission | None = None, *, days: int = 5) -> Order:
        """An order of one item, offered to the institution."""
        commission = commission or self.commission()
        return place_order(
            self.buyer,
            commission.case,
            institution=self.institution,
            activity="testing",
            family=self.family,
            object_name="电动自行车",
            object_model="T1",
            items=[Ordered(self.line, self.requirement)],
            price_cents=10000,
            days=days,
        )

    def enter(self, order: Order, value: str = "24.1") -> None:
        """Record the one result of an order."""
        row = Entered(
            position=1,
            value=value,
            unit="km/h",
            uncertainty="0.2",
            k="2",
            instruments=(self.instrument.uid,),
            measured_on=timezone.localdate(),
        )
        services.enter_results(self.operator, order, rows=[row])

    def bring(self, order: Order, state: str) -> Order:
        """Move an order, act by act, until it is in a state on the way to its delivery."""
        steps = {
            "offered": lambda: services.accept_order(self.operator, order),
            "accepted": lambda: services.receive_samples(self.operator, order, quantity="1", condition="good"),
            "working": lambda: (self.enter(order), services.submit_results(self.operator, order)),
            "in_review": lambda: services.review_results(self.reviewer, order),
            "for_decision": lambda: services.issue_report(self.signatory, order),
            "issued": lambda: services.deliver_report(self.operator, order),
        }
        order.case.refresh_from_db()
        if state == "quoted":
            services.quote_order(self.operator, order, price_cents=12000, days=7, reason="需另制夹具")
            order.case.refresh_from_db()
        while order.case.state != state:
            steps[order.case.state]()
            order.case.refresh_from_db()
        return order


def freeze(monkeypatch: pytest.MonkeyPatch, moment: str) -> datetime:
    """Let it be a moment of China Standard Time ("2026-09-28 10:00"), for the platform as for the test."""
    now = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


def load_facts() -> None:
    """The rule table and the holidays as shipped."""
    load_rules(read_csv(DATA / "rules.csv"))
    load_holidays(read_csv(DATA / "holidays.csv"))


def open_book() -> Book:
    """Make the rows."""
    load_facts()
    city, _made = Region.objects.get_or_create(
        code="120000", defaults={"name_zh": "天津市", "name_en": "Tianjin", "level": "province", "source": "GB/T 2260"}
    )
    districts = [
        Region.objects.get_or_create(
            code=code, defaults={"name_zh": zh, "name_en": en, "level": "county", "parent": city, "source": "GB/T 2260"}
        )[0]
        for code, zh, en in (("120101", "和平区", "Heping"), ("120116", "滨海新区", "Binhai"))
    ]

    def organisation(number: int, name: str, kind: str, region: Region) -> Organisation:
        return Organisation.objects.create(
            uscc=make_credit_code(f"ACTE{number:04d}", region.code),
            name_zh=name,
            kind=kind,
            region=region,
            region_code=region.code,
            synthetic=True,
        )

    client = organisation(1, "示范企业", "enterprise", districts[0])
    institution = organisation(2, "示范检测机构", "laboratory", districts[0])
    outsider = organisation(3, "另一检测机构", "laboratory", districts[1])
    regulator = organisation(4, "示范市场监管委", "regulator", city)
    facts = {"source": "test", "confidence": "confirmed"}
    standard = Standard.objects.create(
        number="T/QHT 1-2018", key="t/qht1", title_zh="试验用团体标准", kind="national", **facts
    )
    family = ProductFamily.objects.create(code="e-bike-t", name_zh="电动自行车", name_en="e-bike", **facts)
    item = Item.objects.create(
        code="max_speed_t", name_zh="最高车速", name_en="maximum speed", quantity="speed", unit="km/h", **facts
    )
    requirement = Requirement.objects.create(
        family=family,
        item=item,
        standard=standard,
        clause="6.1.1",
        method=standard,
        limit="max",
        upper="25",
        unit="km/h",
        **facts,
    )
    recognition = Recognition.objects.create(
        organisation=institution, scheme="CMA", number="T-1", valid_from=LONG_AGO, valid_until=FAR_OFF
    )
    line = ScopeLine.objects.create(
        organisation=institution,
        recognition=recognition,
        activity="testing",
        family=family,
        item=item,
        method=standard,
        quantity="speed",
        unit="km/h",
        valid_from=LONG_AGO,
        valid_until=FAR_OFF,
    )
    instrument = Instrument.objects.create(
        owner=institution,
        name_zh="测速仪",
        serial="S1",
        calibrated_on=LONG_AGO,
        calibrated_until=FAR_OFF,
    )
    return Book(client, institution, outsider, regulator, {}, line, requirement, instrument, family)
