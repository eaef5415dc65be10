"""The organisations of a reference city, and the people in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password

from quanheng.demo.names import Namer
from quanheng.demo.scale import Scale
from quanheng.demo.storing import store
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import in_language
from quanheng.kernel.base.models import new_uid
from quanheng.kernel.parties.models import Membership, Organisation, Person, SignatoryField
from quanheng.kernel.parties.roles import OrganisationKind, Role
from quanheng.kernel.parties.services import load_organisations, register_organisation
from quanheng.kernel.region.models import Region

Kind = OrganisationKind

_TAILS = {
    Kind.LABORATORY: ("检测技术有限公司", "Testing Co., Ltd."),
    Kind.METROLOGY_INSTITUTE: ("计量技术研究院", "Institute of Metrology"),
    Kind.CERTIFICATION_BODY: ("认证中心", "Certification Centre"),
    Kind.INSPECTION_BODY: ("检验服务有限公司", "Inspection Services Co., Ltd."),
    Kind.STANDARDS_BODY: ("标准化研究院", "Institute of Standardisation"),
    Kind.SCHEME_PROVIDER: ("能力验证中心", "Proficiency Testing Centre"),
    Kind.SERVICE_STATION: ("质量基础设施服务站", "Quality Service Station"),
}
# What an enterprise makes decides its name; the first are the commonest.
_TRADES = [
    ("电动自行车制造有限公司", "E-bike Manufacturing Co., Ltd.", "ebike"),
    ("充电设备有限公司", "Charging Equipment Co., Ltd.", "ev_charger"),
    ("光伏科技有限公司", "Photovoltaic Technology Co., Ltd.", "pv_module"),
    ("米业有限公司", "Rice Co., Ltd.", "rice"),
    ("线缆有限公司", "Cable Co., Ltd.", "cable"),
    ("玩具有限公司", "Toys Co., Ltd.", "toy"),
    ("阀门制造有限公司", "Valve Manufacturing Co., Ltd.", "valve"),
    ("仪表有限公司", "Instruments Co., Ltd.", "pressure_gauge"),
    ("塑料制品有限公司", "Plastics Co., Ltd.", "fcm_plastic"),
    ("医疗用品有限公司", "Medical Supplies Co., Ltd.", "surgical_mask"),
    ("焊接材料有限公司", "Welding Materials Co., Ltd.", "welding_electrode"),
    ("抗震支架有限公司", "Seismic Bracing Co., Ltd.", "seismic_bracing"),
]
# Trades that only a larger city has besides.
_MORE_TRADES = [
    ("自行车有限公司", "Bicycle Co., Ltd.", "bicycle"),
    ("动力电池有限公司", "Traction Battery Co., Ltd.", "traction_battery"),
    ("汽车零部件有限公司", "Auto Parts Co., Ltd.", "brake_lining"),
    ("医疗器械有限公司", "Medical Devices Co., Ltd.", "infusion_set"),
    ("粮油食品有限公司", "Grain and Oil Co., Ltd.", "wheat_flour"),
    ("调味品有限公司", "Condiments Co., Ltd.", "vinegar"),
    ("电器有限公司", "Electrical Appliances Co., Ltd.", "electric_kettle"),
    ("照明有限公司", "Lighting Co., Ltd.", "luminaire"),
    ("机器人有限公司", "Robotics Co., Ltd.", "industrial_robot"),
    ("钟表有限公司", "Watch Co., Ltd.", "watch"),
    ("电机有限公司", "Electric Motors Co., Ltd.", "induction_motor"),
    ("钢管有限公司", "Steel Pipe Co., Ltd.", "welded_steel_pipe"),
    ("建材有限公司", "Building Materials Co., Ltd.", "cement"),
    ("轴承有限公司", "Bearings Co., Ltd.", "rolling_bearing"),
    ("家具有限公司", "Furniture Co., Ltd.", "wooden_furniture"),
    ("服装有限公司", "Clothing Co., Ltd.", "childrens_textile"),
]
_MANY_ENTERPRISES = 200
_STAFF = {
    "institution": (
        Role.ADMINISTRATOR,
        Role.QUALITY_MANAGER,
        Role.OPERATOR,
        Role.OPERATOR,
        Role.REVIEWER,
        Role.SIGNATORY,
    ),
    "enterprise": (Role.ADMINISTRATOR, Role.MEMBER),
    "regulator": (Role.ADMINISTRATOR, Role.CASE_OFFICER, Role.PLANNER),
    "district": (Role.ADMINISTRATOR, Role.DISTRICT_OFFICER),
}


@dataclass
class Bodies:
    """The organisations by what they are, with the trade of each enterprise (family code)."""

    city: Organisation
    districts: list[Organisation] = field(default_factory=list)
    by_kind: dict[str, list[Organisation]] = field(default_factory=dict)
    trades: dict[int, str] = field(default_factory=dict)

    def of(self, kind: str) -> list[Organisation]:
        return self.by_kind.get(kind, [])

    @property
    def everyone(self) -> list[Organisation]:
        return [self.city, *self.districts, *(one for some in self.by_kind.values() for one in some)]


Drawn = tuple[Region, dict[str, Any]]


def found_bodies(random: Random, scale: Scale, pack: dict[str, Any]) -> Bodies:
    """Register every organisation through the ordinary services, as the platform: a whole city in bulk."""
    namer = Namer(random)
    deployment = pack["deployment"]
    region = Region.objects.get(code=deployment["region"])
    below = list(Region.objects.filter(parent=region).order_by("code"))
    drawn: list[Drawn] = []

    def draw(where: Region, kind: str, names: tuple[str, str]) -> None:
        around = where if where.latitude is not None else region
        facts: dict[str, Any] = {
            "uscc": namer.credit_code(where.code),
            "name_zh": names[0],
            "name_en": names[1],
            "kind": kind,
            "address": namer.address(where.name_zh),
            "latitude": round((around.latitude or 0) + random.uniform(-0.05, 0.05), 5),
            "longitude": round((around.longitude or 0) + random.uniform(-0.05, 0.05), 5),
            "synthetic": True,
        }
        drawn.append((where, facts))

    draw(region, Kind.REGULATOR, (f"{deployment['regulator_zh']}（示范）", f"{deployment['regulator_en']} (demo)"))
    for one in below:
        names = (f"{one.name_zh}市场监督管理局（示范）", f"{one.name_en} Market Regulation Bureau (demo)")
        draw(one, Kind.REGULATOR, names)
    counts = {
        Kind.LABORATORY: scale.laboratories,
        Kind.METROLOGY_INSTITUTE: scale.metrology_institutes,
        Kind.CERTIFICATION_BODY: scale.certification_bodies,
        Kind.INSPECTION_BODY: scale.inspection_bodies,
        Kind.STANDARDS_BODY: scale.standards_bodies,
        Kind.SCHEME_PROVIDER: scale.scheme_providers,
        Kind.SERVICE_STATION: scale.stations,
    }
    for kind, count in counts.items():
        for place in range(count):
            draw(below[place % len(below)], kind, namer.organisation(*_TAILS[kind]))
    trades = [*_TRADES, *_MORE_TRADES] if scale.enterprises >= _MANY_ENTERPRISES else _TRADES
    for place in range(scale.enterprises):
        trade_zh, trade_en, _family = trades[place % len(trades)]
        draw(random.choice(below), Kind.ENTERPRISE, namer.organisation(trade_zh, trade_en))
    city, *made = _register_in_bulk(drawn) if scale.wide else _register(drawn)
    bodies = Bodies(city, made[: len(below)])
    for organisation in made[len(below) :]:
        bodies.by_kind.setdefault(organisation.kind, []).append(organisation)
    for place, organisation in enumerate(bodies.of(Kind.ENTERPRISE)):
        bodies.trades[organisation.pk] = trades[place % len(trades)][2]
    return bodies


def _register(drawn: Sequence[Drawn]) -> list[Organisation]:
    platform = Actor.platform()
    return [register_organisation(platform, where, **facts) for where, facts in drawn]


def _register_in_bulk(drawn: Sequence[Drawn]) -> list[Organisation]:
    (city,) = _register(drawn[:1])
    rows = [{**facts, "region": where.code} for where, facts in drawn[1:]]
    load_organisations(Actor.platform(), city, rows=rows)
    made = {one.uscc: one for one in Organisation.objects.all()}
    return [made[facts["uscc"]] for _where, facts in drawn]


def staff_bodies(random: Random, bodies: Bodies, today: date) -> None:
    """People for every organisation. They have no password: only the demonstration accounts can sign in."""
    namer = Namer(random)
    since = date(today.year - 2, 1, 1)
    held = [
        (organisation, place, role)
        for organisation in bodies.everyone
        for place, role in enumerate(_STAFF[_staffing(bodies, organisation)])
    ]
    _employ(namer, held, since)


def staffed(random: Random, organisation: Organisation, roles: Sequence[Role], today: date) -> None:
    """People for one organisation that came later."""
    held = [(organisation, place, role) for place, role in enumerate(roles)]
    _employ(Namer(random), held, date(today.year - 2, 1, 1))


def _employ(namer: Namer, held: Sequence[tuple[Organisation, int, Role]], since: date) -> None:
    people: list[Person] = []
    for organisation, place, _role in held:
        name_zh, name_en = namer.person()
        person = Person(
            uid=new_uid(),
            username=f"{organisation.uscc.lower()}-{place}",
            password=f"{UNUSABLE_PASSWORD_PREFIX}{new_uid()}",
            name_zh=name_zh,
            name_en=name_en,
            synthetic=True,
        )
        people.append(person)
    store(people)
    posts = [
        Membership(person=person, organisation=organisation, role=role, valid_from=since)
        for person, (organisation, _place, role) in zip(people, held, strict=True)
    ]
    store(posts)
    signing = (post for post in posts if post.role == Role.SIGNATORY)
    store([SignatoryField(membership=post, category="*", valid_from=since) for post in signing])


def _staffing(bodies: Bodies, organisation: Organisation) -> str:
    if organisation.pk == bodies.city.pk:
        return "regulator"
    if organisation.kind == Kind.REGULATOR:
        return "district"
    return "enterprise" if organisation.kind in (Kind.ENTERPRISE, Kind.SERVICE_STATION) else "institution"


def open_account(organisation: Organisation, role: str, username: str, password: str) -> dict[str, str]:
    """Give one of the organisation's people a known name and password; what the account list shows of it."""
    post = (
        Membership.objects.filter(organisation=organisation, role=role).select_related("person").order_by("id").first()
    )
    if post is None:
        raise LookupError(f"{organisation} has nobody in the role {role}")
    person = post.person
    person.username = username
    person.password = make_password(password)
    person.save(update_fields=["username", "password"])
    return {
        "username": username,
        "password": password,
        "role": role,
        "role_zh": in_language(Role(role).label, "zh-hans"),
        "role_en": in_language(Role(role).label, "en"),
        "organisation": organisation.name_zh,
        "organisation_uid": organisation.uid,
    }
