"""A client, two laboratories and what they can do: the world of these tests."""

from __future__ import annotations

from dataclasses import dataclass

from quanheng.domains.services.models import Commission, Need, Plan
from quanheng.domains.services.revising import Revision
from quanheng.domains.services.services import confirm_plan, propose_plan, state_need
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.queries import orders_of
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.models import Item, ProductFamily, Standard
from tests.world import (
    make_actor,
    make_family,
    make_item,
    make_organisation,
    make_recognition,
    make_requirement,
    make_rules,
    make_scope_line,
    make_standard,
)


@dataclass
class Shop:
    """``near`` does speed and mass, ``far`` does speed, mass and brake cheaper but slower."""

    client: Organisation
    other: Organisation
    near: Organisation
    far: Organisation
    buyer: Actor
    stranger: Actor
    family: ProductFamily
    items: dict[str, Item]
    standard: Standard
    lines: dict[tuple[str, str], ScopeLine]

    def need(self, text: str = "电动自行车做检测", **changes: object) -> Need:
        return state_need(self.buyer, self.client, text=text, revision=Revision(**changes))  # type: ignore[arg-type]

    def plan(self, prefer: str = "cheapest", **changes: object) -> Plan:
        return propose_plan(self.buyer, self.need(**changes), prefer=prefer)  # type: ignore[arg-type]

    def commission(self, prefer: str = "cheapest", **changes: object) -> Commission:
        return confirm_plan(self.buyer, self.plan(prefer, **changes), contact="张工 13800000000")

    def orders(self, commission: Commission) -> list[Order]:
        return list(orders_of(commission.case_id))


def open_shop() -> Shop:
    """Make the rows."""
    make_rules()
    client, other = make_organisation(name="示范车业"), make_organisation(name="另一车业", code="120102")
    near, far = make_organisation("laboratory", name="近检测"), make_organisation("laboratory", "120116", name="远检测")
    standard, family = make_standard("GB 17761-2024", mandatory=True), make_family(schemes=("CCC CNCA-C11-16",))
    items = {
        "speed": make_item("speed", "最高车速", quantity="speed", unit="km/h"),
        "mass": make_item("mass", "整车质量", quantity="mass", unit="kg"),
        "brake": make_item("brake", "制动性能"),
    }
    for code, upper in (("speed", "25"), ("mass", "55"), ("brake", "")):
        make_requirement(family, items[code], standard, upper=upper)
    lines = {}
    for name, laboratory, days, prices in (
        ("near", near, 4, {"speed": 20000, "mass": 15000}),
        ("far", far, 9, {"speed": 15000, "mass": 16000, "brake": 30000}),
    ):
        recognition = make_recognition(laboratory)
        for code, price in prices.items():
            lines[name, code] = make_scope_line(
                recognition, items[code], standard, family=family, price_cents=price, days=days
            )
    buyer, stranger = make_actor((client, "member")), make_actor((other, "administrator"))
    return Shop(client, other, near, far, buyer, stranger, family, items, standard, lines)
