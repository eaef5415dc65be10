"""Loading the packaged facts into the registers: one transaction, and again without harm."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from quanheng.domains.services.dictionary import forget_dictionary
from quanheng.domains.services.knowledge import SHIPPED
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.base.planner import refresh_statistics
from quanheng.kernel.cases.loading import load_holidays, load_rules
from quanheng.kernel.region.services import load_regions
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard
from quanheng.kernel.requirements.services import load_families, load_items, load_requirements, load_standards

_KERNEL = Path(__file__).parent.parent.parent / "kernel"


def _inside_a_sentence(name: str) -> str:
    """ "Torque wrench" → "torque wrench"; what is an abbreviation ("AC digital wattmeter") stays one."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def instrument_items() -> list[dict[str, str]]:
    """The indication of each usual kind of instrument as an item: what calibration determines (VIM 2.39, 4.1)."""
    return [
        {
            "code": row["code"],
            "name_zh": f"{row['name_zh']}示值",
            "name_en": f"Indication of {_inside_a_sentence(row['name_en'])}",
            "quantity": row["quantity"],
            "unit": row["unit"],
            "aliases": "",
            "source": row["source"],
            "confidence": row["confidence"],
        }
        for row in read_csv(SHIPPED["instruments"])
    ]


@transaction.atomic
def load_facts() -> dict[str, int]:
    """Load regions, rules, holidays, standards, families, items and requirements; rows read of each. Raises Invalid."""
    counts = {
        "regions": load_regions(read_csv(SHIPPED["regions"])),
        "rules": load_rules(read_csv(_KERNEL / "cases/data/rules.csv")),
        "holidays": load_holidays(read_csv(SHIPPED["holidays"])),
        "standards": load_standards(read_csv(SHIPPED["standards"])),
        "families": load_families(read_csv(SHIPPED["families"])),
        "items": load_items([*read_csv(SHIPPED["items"]), *instrument_items()]),
        "requirements": load_requirements(read_csv(SHIPPED["requirements"])),
    }
    refresh_statistics(Standard, Item, ProductFamily, Requirement)
    forget_dictionary()
    return counts
