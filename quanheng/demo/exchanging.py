"""Technical needs and results of the reference city, and contacts between them in every state: all of it invented."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from django.utils import timezone

from quanheng.demo.bodies import Bodies, staff_bodies
from quanheng.demo.names import Namer
from quanheng.demo.story import actor_with, as_of
from quanheng.domains.exchange import services
from quanheng.domains.exchange.finding import weigh
from quanheng.domains.exchange.models import Contact, Offering, TechnicalNeed
from quanheng.domains.exchange.stating import NeedFacts, OfferingFacts
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import OrganisationKind as Kind
from quanheng.kernel.parties.services import register_organisation
from quanheng.kernel.region.models import Region

DATA = Path(__file__).parent / "data"
# Credit codes of the reserved range that the rest of the city does not reach.
FIRST_CODE = 900_000
# How the contact on each of the first needs stands, and who began it. The first is the demonstration account's.
_CONTACTS = (
    ("asks_need", "result"),
    ("asks_need", "result"),
    ("contracted", "result"),
    ("asks_result", "need"),
    ("talks", "result"),
    ("declined", "result"),
    ("to_confirm", "need"),
    ("unanswered", "need"),
    ("ended", "result"),
    ("contracted", "need"),
    ("withdrawn", "result"),
    ("ended", "need"),
)


def found_research(seed: int, bodies: Bodies) -> list[Organisation]:
    """Two research bodies with their people, beside the bodies that do the work."""
    random = Random(seed)
    namer, platform = Namer(random, FIRST_CODE), Actor.platform()
    where = Region.objects.get(code=bodies.city.region_code)
    made = []
    for tail in (("质量技术研究院", "Institute of Quality Technology"), ("理工大学", "University of Technology")):
        name_zh, name_en = namer.organisation(*tail)
        made.append(
            register_organisation(
                platform,
                where,
                uscc=namer.credit_code(where.code),
                name_zh=name_zh,
                name_en=name_en,
                kind=Kind.RESEARCH,
                address=namer.address(where.name_zh),
                synthetic=True,
            )
        )
    staff_bodies(random, Bodies(made[0], [], {Kind.RESEARCH: made[1:]}), timezone.localdate())
    bodies.by_kind[Kind.RESEARCH] = made
    return made


def open_exchange(seed: int, bodies: Bodies, maker: Organisation, now: datetime) -> None:
    """Post what the city needs and offers, over the last two months, and bring contacts to where they stand.

    ``maker`` is the enterprise of the demonstration accounts: the first need is its own.
    """
    with as_of(now - timedelta(days=60)):
        research = found_research(seed, bodies)
    others = [one for one in bodies.of(Kind.ENTERPRISE) if one.pk != maker.pk]
    houses = [research[0], bodies.of(Kind.METROLOGY_INSTITUTE)[0], research[1], bodies.of(Kind.LABORATORY)[0]]
    with as_of(now - timedelta(days=50)):
        wanted, offered = read_csv(DATA / "technical_needs.csv"), read_csv(DATA / "offerings.csv")
        needs = [_need(maker if place == 0 else others[place % len(others)], row) for place, row in enumerate(wanted)]
        offerings = [_offering(houses[place % 4], row, now) for place, row in enumerate(offered)]
        weigh()
    for place, (end, began) in enumerate(_CONTACTS):
        _contact(place, needs[place], offerings[place], end, began, now)


def _actor(post: TechnicalNeed | Offering) -> Actor:
    return actor_with(post.organisation, "administrator")


def _need(owner: Organisation, row: dict[str, str]) -> TechnicalNeed:
    facts = NeedFacts(
        **{name: row[name] for name in ("title", "text", "field", "family")},
        named=row["named"] == "yes",
        budget_cents=_cents(row["budget"]),
        deadline=timezone.localdate() + timedelta(days=int(row["days"])) if row["days"] else None,
    )
    return services.post_need(actor_with(owner, "administrator"), owner, facts=facts)


def _offering(owner: Organisation, row: dict[str, str], now: datetime) -> Offering:
    facts = OfferingFacts(
        **{name: row[name] for name in ("title", "text", "field", "kind", "terms", "identifier")},
        maturity=int(row["maturity"]),
        families=tuple(filter(None, row["families"].split(";"))),
        price_cents=_cents(row["price"]),
        open_until=now.date() + timedelta(days=500),
    )
    return services.post_offering(actor_with(owner, "administrator"), owner, facts=facts)


def _cents(yuan: str) -> int | None:
    return int(yuan) * 100 if yuan else None


def _contact(place: int, need: TechnicalNeed, offering: Offering, end: str, began: str, now: datetime) -> None:
    """One contact, begun long ago where it has gone far."""
    waiting = end.startswith("asks_")
    with as_of(now - timedelta(days=2 if waiting else 40 - place)):
        if began == "need":
            text = "看到贵单位的成果，想了解能否用在我们的产线上。"
            contact = services.ask_offerer(_actor(need), need, offering=offering, message=text)
        else:
            text = "我们做过类似的项目，可以先带样品来试。"
            contact = services.ask_needer(_actor(offering), offering, need=need, message=text)
    if waiting:
        return
    asker, asked = (_actor(need), _actor(offering)) if began == "need" else (_actor(offering), _actor(need))
    with as_of(now - timedelta(days=20 - place)):
        _answered(contact, end, asker, asked)
    if end in ("contracted", "ended", "to_confirm"):
        with as_of(now - timedelta(days=1 if end == "to_confirm" else 8 - place % 4)):
            _concluded(contact, end, _actor(need), _actor(offering), place)


def _answered(contact: Contact, end: str, asker: Actor, asked: Actor) -> None:
    if end == "declined":
        services.decline_contact(asked, contact, why_not="price", reason="报价高于预算，暂不考虑。")
    elif end == "withdrawn":
        services.withdraw_contact(asker, contact, reason="近期任务已满，稍后再联系。")
    elif end == "unanswered":
        services.lapse_contact(Actor.platform(), contact)
    else:
        services.accept_contact(asked, contact)
        services.write_to_contact(asker, contact, reason="本周四下午可以到贵单位现场看工况。")


def _concluded(contact: Contact, end: str, needer: Actor, offerer: Actor, place: int) -> None:
    if end == "ended":
        reason, text = (("unfit", "现场振动大，重复性达不到。"), ("terms", "知识产权归属没有谈拢。"))[place % 2]
        services.end_contact(needer, contact, why_not=reason, reason=text)
        return
    services.sign_contact(
        needer,
        contact,
        amount_cents=(80_000 + 37_000 * place) * 100,
        signed_on=timezone.localdate(),
        contract_number=f"示范-2026-{place + 1:03d}",
    )
    if end == "contracted":
        services.confirm_contract(offerer, contact)
