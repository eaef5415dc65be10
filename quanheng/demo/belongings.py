"""What the enterprises of a city make and measure with."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from quanheng.demo.bodies import Bodies
from quanheng.demo.storing import store
from quanheng.domains.services.knowledge import SHIPPED
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.objects.models import Instrument, Product
from quanheng.kernel.parties.roles import OrganisationKind
from quanheng.kernel.requirements.models import ProductFamily

# Organisations whose things are stored together: what is in memory at once.
TOGETHER = 2000


def furnish_enterprises(random: Random, bodies: Bodies, today: date) -> tuple[int, int]:
    """One to four products and one to five instruments for each; how many of either. One in nine is overdue."""
    families = {one.code: one for one in ProductFamily.objects.all()}
    kinds = read_csv(SHIPPED["instruments"])
    enterprises = bodies.of(OrganisationKind.ENTERPRISE)
    made = [0, 0]
    for start in range(0, len(enterprises), TOGETHER):
        products: list[Product] = []
        instruments: list[Instrument] = []
        for owner in enterprises[start : start + TOGETHER]:
            family = families[bodies.trades[owner.pk]]
            for serial in range(random.randint(1, 4)):
                model = f"SF-{random.randint(100, 999)}{'ABCD'[serial]}"
                products.append(Product(owner=owner, family=family, name=family.name_zh, model=model, brand="示范"))
            for serial, kind in enumerate(random.sample(kinds, random.randint(1, 5)), start=1):
                calibrated = today - timedelta(days=400 if random.randrange(9) == 0 else random.randint(5, 340))
                instruments.append(
                    Instrument(
                        owner=owner,
                        name_zh=kind["name_zh"],
                        name_en=kind["name_en"],
                        serial=f"{owner.uscc[-6:]}-{serial:03d}",
                        quantity=kind["quantity"],
                        range_text=f"{kind['lower']}～{kind['upper']} {kind['unit']}".strip(),
                        accuracy=kind["max_error"],
                        calibration_number=f"XZ{calibrated.year}-SF{owner.pk:05d}{serial:02d}",
                        calibrated_on=calibrated,
                        calibrated_until=calibrated + timedelta(days=365),
                        calibrated_by="（示范）计量技术研究院",
                        in_service=random.randrange(20) > 0,
                    )
                )
        store(products)
        store(instruments)
        made = [made[0] + len(products), made[1] + len(instruments)]
    return made[0], made[1]
