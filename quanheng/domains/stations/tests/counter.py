"""A district with its bureau, a station run by a service organisation, firms that come: the world of these tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from quanheng.domains.services.tests.shop import Shop
from quanheng.domains.stations import services
from quanheng.domains.stations.models import Mandate, Staff, Station, Visit, Zone
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.parties.models import Membership, Organisation, Person
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.region.models import Region
from tests.world import make_actor, make_organisation


@dataclass
class Counter:
    """``shop.client`` is the firm that comes, ``shop.buyer`` somebody there."""

    shop: Shop
    operator: Organisation = field(init=False)
    bureau: Organisation = field(init=False)
    officer: Actor = field(init=False)
    clerk: Actor = field(init=False)
    manager: Actor = field(init=False)
    elsewhere: Actor = field(init=False)
    region: Region = field(init=False)

    def __post_init__(self) -> None:
        self.operator = make_organisation("service_station", "120101", "示范服务中心")
        self.bureau = make_organisation("regulator", "120101", "示范区局")
        self.region = Region.objects.get(code="120101")
        self.officer = make_actor((self.bureau, Role.DISTRICT_OFFICER))
        self.clerk = make_actor((self.operator, Role.MEMBER))
        self.manager = make_actor((self.operator, Role.ADMINISTRATOR))
        self.elsewhere = make_actor((make_organisation("regulator", "120102", "邻区局"), Role.DISTRICT_OFFICER))

    def station(self, name: str = "示范站", **facts: Any) -> Station:
        given = {"kind": "physical", "address": "示范路 1 号", "offers": ["testing", "consulting"]}
        given |= {"opened_on": date(2026, 1, 5), "phone": "022-1234", **facts}
        made = services.register_station(self.officer, self.region, operator=self.operator, name_zh=name, **given)
        self.staff(made)
        return made

    def staff(self, station: Station, actor: Actor | None = None, role: str = "adviser", **facts: Any) -> Staff:
        """Somebody of the operator (the clerk, where nobody is named) works at a station."""
        actor = actor or self.clerk
        person = Person.objects.get(pk=actor.person_id or 0)
        for post in actor.posts:
            Membership.objects.get_or_create(person=person, organisation_id=post.organisation_id, role=post.role)
        return services.assign_staff(self.manager, station, person=person, role=role, **facts)

    def visit(self, station: Station, client: Organisation | None = None, **facts: Any) -> Visit:
        given = {"channel": "on_site", "topic": "testing", "question": "电动自行车出口要做什么检测？", **facts}
        return services.record_visit(self.clerk, station, client=client, **given)

    def mandate(self, station: Station, days: int = 30) -> Mandate:
        until = timezone.localdate() + timedelta(days=days)
        return services.give_mandate(self.shop.buyer, self.shop.client, station=station, valid_until=until)

    def zone(self, name: str = "示范园区") -> Zone:
        return services.register_zone(self.officer, self.region, operator=self.operator, name_zh=name, hectares=120)
