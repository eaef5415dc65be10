"""Stations, zones and groups of a reference city, and who came to the counters: through the ordinary services.

It draws from a chance of its own, so that what is told here changes nothing of the rest of the city.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any

from django.utils import timezone

from quanheng.demo.bodies import Bodies, staffed
from quanheng.demo.story import MEETING_TRADE, Story, actor_with, as_of, office_hours_after, office_time
from quanheng.domains.stations import services
from quanheng.domains.stations.models import Staff, Station, Visit, Zone
from quanheng.domains.stations.offers import offers
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.parties.roles import OrganisationKind as Kind
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.parties.services import create_group, invite_to_group, join_group, register_organisation
from quanheng.kernel.requirements.models import ProductFamily
from quanheng.science.identifiers.credit_code import make_credit_code

SEED = 20260102
# No city has more counters in its story than a person looks at.
COUNTERS, VISITS = 10, 24
# The documents name 天津港集团 and 国网天津市电力公司 for their pilots; these two are made up.
LEADS = (
    (
        "渤湾示范港务集团有限公司（合成）",
        "Bowan Demonstration Port Group Co., Ltd. (synthetic)",
        "港口供应链",
        "Port supply chain",
    ),
    (
        "津门示范供电有限公司（合成）",
        "Jinmen Demonstration Power Supply Co., Ltd. (synthetic)",
        "供电设备供应商",
        "Power suppliers",
    ),
)
_ASKED = (
    (
        "testing",
        "想给新产品做检测，不知道按哪个标准、找哪家机构。",
        "已说明适用标准和检测项目，可在平台生成方案比较价格。",
    ),
    ("standards", "出口前想确认国内标准与国际标准的差异。", "已提供现行标准清单，并说明采标关系。"),
    ("metrology", "车间压力表到期，想就近检定。", "已列出能检定的计量机构和预约方式。"),
    ("certification", "产品是否属于强制性认证目录？", "已对照目录说明，并给出可受理的认证机构。"),
    ("training", "新来的检验员想参加不确定度培训。", "已登记，培训通知发出后联系。"),
    ("consulting", "客户投诉批次不稳定，想请专家看看。", "已约专家上门，先收集近三批检验记录。"),
    ("equipment_sharing", "小批试制，想借用盐雾试验箱。", "已联系实验室开放时段，按小时收费。"),
)
_COMMENTS = ("讲得清楚，当场就明白了。", "等的时间有点长，但问题解决了。", "态度很好。", "", "希望周六也开门。")
_ENDS = ("behalf_rated", "answered", "rated", "closed", "walk_in", "rated", "asked", "open", "behalf", "rated")
_STARS = (5, 4, 5, 3, 5, 4)


@dataclass
class Counters:
    """What there is before anybody comes."""

    stations: list[Station] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)
    leads: list[Organisation] = field(default_factory=list)


def open_counters(bodies: Bodies) -> Counters:
    """Zones with members, a station for each service organisation and one online, two groups with suppliers."""
    random = Random(SEED)
    made = Counters()
    operators = bodies.of(Kind.SERVICE_STATION)[:COUNTERS]
    enterprises = bodies.of(Kind.ENTERPRISE)
    for place, operator in enumerate(operators[:2]):
        made.zones.append(_zone(random, bodies, operator, enterprises[place::5][:8]))
    for place, operator in enumerate(operators):
        made.stations.append(_station(random, operator, made.zones[place] if place < len(made.zones) else None))
    made.stations.append(_online(operators[0]))
    for station in made.stations:
        _staff(station)
    for place, lead in enumerate(LEADS):
        made.leads.append(_group(bodies, place, lead))
    return made


def _zone(random: Random, bodies: Bodies, operator: Organisation, firms: list[Organisation]) -> Zone:
    region = operator.region
    zone = services.register_zone(
        Actor.platform(),
        region,
        operator=operator,
        name_zh=f"{region.name_zh}检验检测认证公共服务平台示范区（合成）",
        name_en=f"{region.name_en} Model Zone of Testing and Certification Services (synthetic)",
        address=operator.address,
        hectares=random.randint(40, 400),
        introduction_zh="合成的示范区：企业与机构自愿加入，成效从平台记录计数。",
        introduction_en="A made-up zone: firms and institutions join by consent, outcomes are counted from records.",
        synthetic=True,
    )
    manager = actor_with(operator, Role.ADMINISTRATOR)
    for place, organisation in enumerate([*firms, *bodies.of(Kind.LABORATORY)[:2]]):
        boss = actor_with(organisation, Role.ADMINISTRATOR)
        open_about_it = place % 3 != 0 or organisation.kind != Kind.ENTERPRISE
        if place % 2:
            asked = services.ask_to_join(boss, organisation, zone=zone, named=open_about_it)
            services.admit_member(manager, asked)
        else:
            invited = services.invite_to_zone(manager, zone, organisation=organisation)
            services.join_zone(boss, invited, named=open_about_it, shown=place % 4 == 0)
    return zone


def _station(random: Random, operator: Organisation, zone: Zone | None) -> Station:
    region, codes = operator.region, list(offers())
    return services.register_station(
        Actor.platform(),
        region,
        operator=operator,
        name_zh=f"{region.name_zh}质量基础设施“一站式”服务站（合成）",
        name_en=f"{region.name_en} One-stop Quality Service Station (synthetic)",
        kind=Station.Kind.PHYSICAL,
        zone=zone.name_zh if zone else "",
        address=operator.address,
        latitude=operator.latitude,
        longitude=operator.longitude,
        hours="工作日 9:00–17:00",
        phone=f"022-{random.randint(20000000, 29999999)}",
        offers=[*codes[:4], *random.sample(codes[4:], 3)],
        opened_on=timezone.localdate() - timedelta(days=random.randint(90, 700)),
        synthetic=True,
    )


def _online(operator: Organisation) -> Station:
    return services.register_station(
        Actor.platform(),
        operator.region,
        operator=operator,
        name_zh="质量基础设施“一站式”线上平台（合成）",
        name_en="One-stop Quality Platform Online (synthetic)",
        kind=Station.Kind.ONLINE,
        website="https://station.example/",
        hours="全天",
        offers=["consulting", "standards", "testing", "certification"],
        opened_on=timezone.localdate() - timedelta(days=120),
        synthetic=True,
    )


def _staff(station: Station) -> None:
    """The operator's people at its counters: its administrator runs each, its member serves there."""
    manager = actor_with(station.operator, Role.ADMINISTRATOR)
    for role, post in ((Role.ADMINISTRATOR, Staff.Role.HEAD), (Role.MEMBER, Staff.Role.ADVISER)):
        person = Person.objects.get(pk=actor_with(station.operator, role).person_id or 0)
        services.assign_staff(manager, station, person=person, role=post)


def _group(bodies: Bodies, place: int, names: tuple[str, str, str, str]) -> Organisation:
    """A lead that exists for its group alone, with suppliers that have joined."""
    region = bodies.districts[-1 - place].region
    lead = register_organisation(
        Actor.platform(),
        region,
        uscc=make_credit_code(f"QH{900_001 + place:06d}", region.code, "Y", "1"),
        name_zh=names[0],
        name_en=names[1],
        kind=Kind.ENTERPRISE,
        synthetic=True,
    )
    staffed(Random(SEED + place), lead, (Role.ADMINISTRATOR, Role.MEMBER), timezone.localdate())
    boss = actor_with(lead, Role.ADMINISTRATOR)
    group = create_group(boss, lead, name_zh=names[2], name_en=names[3])
    for supplier in _suppliers(bodies)[place * 6 :][:6]:
        invite_to_group(boss, group, organisation=supplier)
        join_group(actor_with(supplier, Role.ADMINISTRATOR), supplier, group=group)
    return lead


def _suppliers(bodies: Bodies) -> list[Organisation]:
    """Those who have orders first: a lead wants to see something."""
    enterprises = bodies.of(Kind.ENTERPRISE)
    meeting = [one for one in enterprises if bodies.trades[one.pk] == MEETING_TRADE][:8]
    return [*meeting[1:], *(one for one in enterprises if one not in meeting)]


def visits(bodies: Bodies, counters: Counters, now: datetime) -> Iterator[tuple[datetime, Story]]:
    """When each visit begins, and how it goes on."""
    random = Random(SEED + 7)
    families = {one.code: one.name_zh for one in ProductFamily.objects.all()}
    firms, ends, asked = cycle(_suppliers(bodies)), cycle(_ENDS), cycle(_ASKED)
    for place in range(min(VISITS, 4 * len(counters.stations))):
        station, end = counters.stations[place % len(counters.stations)], next(ends)
        days = random.randint(0, 4) if end in ("open", "asked", "answered") else random.randint(3, 60)
        start = office_time(now - timedelta(days=days, hours=random.randint(0, 5)))
        firm = next(firms)
        product = families[bodies.trades[firm.pk]]
        yield start, _visit(random, station, firm, product, end, next(asked))


def _visit(
    random: Random, station: Station, firm: Organisation, product: str, end: str, asked: tuple[str, str, str]
) -> Story:
    topic, question, answer = asked
    clerk = actor_with(station.operator, Role.MEMBER)
    online = station.kind == Station.Kind.ONLINE
    facts: dict[str, Any] = {"topic": topic, "question": question, "contact": "合成联系人"}
    channel = Visit.Channel.ONLINE if online else random.choice(("on_site", "on_site", "phone", "at_firm"))
    if end == "walk_in":
        named = f"路过的小店 {random.randint(1, 99)}（合成）"
        services.record_visit(clerk, station, client_name=named, channel=channel, answer=answer, **facts)
        return
    visit = services.record_visit(clerk, station, client=firm, channel=channel, **facts)
    if end == "open":
        return
    yield office_hours_after(random, 0.1)
    services.answer_visit(clerk, visit, answer=answer)
    if end == "asked":
        services.ask_mandate(clerk, visit)
    if end in ("behalf", "behalf_rated"):
        yield from _on_behalf(random, clerk, visit, firm, product)
    if end in ("rated", "behalf_rated"):
        yield office_hours_after(random, 1)
        member, comment = actor_with(firm, Role.MEMBER), random.choice(_COMMENTS)
        services.rate_visit(member, visit, stars=random.choice(_STARS), comment=comment)
    if end in ("closed", "rated", "behalf_rated"):
        services.close_visit(clerk, visit)


def _on_behalf(random: Random, clerk: Actor, visit: Visit, firm: Organisation, product: str) -> Story:
    """The firm is asked, gives its mandate, and a need with its plan is made for it."""
    services.ask_mandate(clerk, visit)
    yield office_hours_after(random, 0.5)
    until = timezone.localdate() + timedelta(days=180)
    member = actor_with(firm, Role.MEMBER)
    services.give_mandate(member, firm, station=visit.station, valid_until=until)
    yield office_hours_after(random, 0.1)
    services.state_need_for(clerk, visit, text=f"我厂生产{product}，想做产品检测，要求有CMA资质。")


def greet(counters: Counters, maker: Organisation, now: datetime) -> None:
    """What the demonstration accounts find waiting: a visit to rate, a mandate to decide on, invitations to answer."""
    station, zone, lead = counters.stations[0], counters.zones[0], counters.leads[-1]
    clerk, manager = actor_with(station.operator, Role.MEMBER), actor_with(station.operator, Role.ADMINISTRATOR)
    topic, question, answer = _ASKED[0]
    with as_of(now):
        visit = services.record_visit(
            clerk, station, client=maker, channel="on_site", topic=topic, question=question, answer=answer
        )
        if not maker.mandates.filter(station=station).exclude(state="ended").exists():
            services.ask_mandate(clerk, visit)
        if not maker.zones.filter(zone=zone).exists():
            services.invite_to_zone(manager, zone, organisation=maker)
        group = lead.led_groups.get()
        if not group.members.filter(pk=maker.pk).exists():
            invite_to_group(actor_with(lead, Role.ADMINISTRATOR), group, organisation=maker)
