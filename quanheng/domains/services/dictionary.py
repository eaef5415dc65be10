"""The dictionary that needs are read with: from the registers of this deployment, kept by each process for a while."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from quanheng.domains.services.knowledge import SHIPPED, Knowledge, Meaning
from quanheng.kernel.base.actor import region_prefix
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.cases.models import Holiday
from quanheng.kernel.region.models import Region
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard

# Another process may load facts too: nobody reads with an older dictionary than this many seconds.
MAX_AGE = 300.0


@dataclass(frozen=True)
class Dictionary:
    """Words with their meanings, and the usual kinds of instruments (rows of instruments.csv by code)."""

    knowledge: Knowledge
    instruments: dict[str, dict[str, str]]

    def meaning(self, kind: str, code: str) -> Meaning | None:
        """What a chip of that kind and code means; None where there is no such thing."""
        return self.knowledge.meanings.get((kind, code))


_kept: tuple[float, Dictionary] | None = None


def dictionary() -> Dictionary:
    """The dictionary, read anew when it is old or was forgotten."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > MAX_AGE:
        _kept = (time.monotonic(), _read())
    return _kept[1]


def forget_dictionary() -> None:
    """Facts have changed: read them anew."""
    global _kept
    _kept = None


def _read() -> Dictionary:
    instruments = {row["code"]: row for row in read_csv(SHIPPED["instruments"])}
    names = ("code", "name_zh", "name_en")
    items = Item.objects.exclude(code__in=instruments).order_by("id").values(*names, "aliases")
    prefix = region_prefix(settings.PACK["deployment"]["region"])
    knowledge = Knowledge.of(
        families=ProductFamily.objects.order_by("id").values(*names, "aliases"),
        instruments=instruments.values(),
        items=items,
        intents=read_csv(SHIPPED["intents"]),
        regions=Region.objects.filter(code__startswith=prefix).order_by("code").values(*names),
        standards=list(_standards()),
        requirements=[
            {"family": family, "item": item, "standard": standard}
            for family, item, standard in Requirement.objects.order_by("id").values_list(
                "family__code", "item__code", "standard__number"
            )
        ],
        holidays=Holiday.objects.order_by("date").values("date", "kind", "name_zh"),
    )
    return Dictionary(knowledge, instruments)


def _standards() -> Iterator[dict[str, Any]]:
    replaced: dict[int, list[str]] = {}
    for successor, number in Standard.replaces.through.objects.values_list("from_standard_id", "to_standard__number"):
        replaced.setdefault(successor, []).append(number)
    names = ("id", "number", "title_zh", "title_en", "effective")
    for row in Standard.objects.order_by("id").values(*names):
        yield {**row, "replaces": replaced.get(row["id"], [])}
