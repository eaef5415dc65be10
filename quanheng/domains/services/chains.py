"""Industrial chains: their products as links, what can be tested here along them, and where capacity is missing.

Counted anew every few minutes by each process: a chain changes slowly, and what it holds is read through thousands of
scope lines.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.models import Gap
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.competence.models import Activity, Recognition, ScopeLine
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement
from quanheng.kernel.requirements.queries import with_status

DATA = Path(__file__).parent / "data" / "chains.csv"
MAX_AGE = 600.0


@dataclass(frozen=True)
class Link:
    """One product family of a chain: the items that its standards in force lay down, and those nobody here can do."""

    family: ProductFamily
    items: int
    missing: tuple[Item, ...]
    standards: int

    @property
    def covered(self) -> int:
        return self.items - len(self.missing)


@dataclass(frozen=True)
class Chain:
    """A chain of industry with its links."""

    code: str
    name_zh: str
    name_en: str
    links: tuple[Link, ...]

    @property
    def items(self) -> int:
        return sum(link.items for link in self.links)

    @property
    def covered(self) -> int:
        return sum(link.covered for link in self.links)

    @property
    def weak(self) -> Sequence[Link]:
        """Links with items that nobody here can do, most first."""
        return sorted((link for link in self.links if link.missing), key=lambda link: -len(link.missing))


_kept: tuple[float, datetime, tuple[Chain, ...]] | None = None


def chains() -> tuple[datetime, tuple[Chain, ...]]:
    """When it was counted, and all chains in their order."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > MAX_AGE:
        now = timezone.now()
        _kept = (time.monotonic(), now, _counted(timezone.localdate(now)))
    return _kept[1:]


def forget_chains() -> None:
    """Count them anew when they are next asked for."""
    global _kept
    _kept = None


def chain_by_code(code: str) -> Chain:
    """One chain. Raises NotFound."""
    found = next((one for one in chains()[1] if one.code == code), None)
    if found is None:
        raise NotFound(_("没有这条产业链，请从列表中选择。"))
    return found


def waiting(actor: Actor) -> dict[int, int]:
    """Family → how many enterprises wait for something that nobody here can do, as far as the actor may see it."""
    rows = restrict(Gap.objects.filter(met_on=None, family__isnull=False), actor)
    return dict(rows.values_list("family").annotate(enterprises=Count("organisation", distinct=True)))


@lru_cache(maxsize=1)
def _rows() -> list[dict[str, str]]:
    return read_csv(DATA)


def _counted(day: date) -> tuple[Chain, ...]:
    families: dict[str, list[ProductFamily]] = {}
    for family in ProductFamily.objects.only("code", "name_zh", "name_en", "chain").order_by("id"):
        families.setdefault(family.chain, []).append(family)
    wanted: dict[int, dict[int, bool]] = {}
    standards: dict[int, set[int]] = {}
    for family_id, item, standard, able in _requirements(day):
        found = wanted.setdefault(family_id, {})
        found[item] = found.get(item, False) or able
        standards.setdefault(family_id, set()).add(standard)
    missing = {item for found in wanted.values() for item, able in found.items() if not able}
    items = Item.objects.only("code", "name_zh", "name_en").in_bulk(missing)

    def link(family: ProductFamily) -> Link:
        found = wanted.get(family.pk, {})
        nobody = tuple(items[item] for item, able in found.items() if not able)
        return Link(family, len(found), nobody, len(standards.get(family.pk, ())))

    return tuple(
        Chain(row["code"], row["name_zh"], row["name_en"], tuple(map(link, families.get(row["name_zh"], ()))))
        for row in _rows()
    )


def _requirements(day: date) -> Any:
    """(family, item, standard, whether somebody here can do it) of each requirement in force on a day."""
    able = ScopeLine.objects.filter(
        Q(family=OuterRef("family")) | Q(family=None),
        with_status("in_force", day, "method__"),
        item=OuterRef("item"),
        activity__in=(Activity.TESTING, Activity.INSPECTION),
        valid_from__lte=day,
        valid_until__gte=day,
        recognition__state=Recognition.State.VALID,
        recognition__valid_from__lte=day,
        recognition__valid_until__gte=day,
    )
    in_force = Requirement.objects.filter(
        with_status("in_force", day, "standard__"), with_status("in_force", day, "method__")
    )
    rows = in_force.annotate(able=Exists(able)).order_by("id")
    return rows.values_list("family", "item", "standard", "able")
