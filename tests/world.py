"""Small worlds for tests: each function makes one row and what it stands on; nothing is made that was not asked for."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from pathlib import Path

from django.utils import timezone

import quanheng.kernel.cases
from quanheng.domains.services.dictionary import forget_dictionary
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.cases.loading import load_rules
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.competence.scope import ScopeFacts
from quanheng.kernel.competence.services import add_scope_line
from quanheng.kernel.objects.models import Instrument
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.tests.world import actor as make_actor
from quanheng.kernel.parties.tests.world import organisation as make_organisation
from quanheng.kernel.parties.tests.world import person as make_person
from quanheng.kernel.parties.tests.world import region as make_region
from quanheng.kernel.requirements.loading import load_standards
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard

__all__ = [
    "make_actor",
    "make_family",
    "make_instrument",
    "make_item",
    "make_organisation",
    "make_person",
    "make_recognition",
    "make_region",
    "make_requirement",
    "make_rules",
    "make_scope_line",
    "make_standard",
]

_FACTS = {"source": "test", "confidence": "confirmed"}
_RULES = Path(quanheng.kernel.cases.__file__).parent / "data/rules.csv"
_numbers = count(1)


def make_rules(prefix: str = "one_stop.") -> None:
    """The shipped rules whose key begins so."""
    load_rules([row for row in read_csv(_RULES) if row["key"].startswith(prefix)])


def make_standard(
    number: str, *, replaces: str = "", effective: str = "2020-01-01", mandatory: bool = False
) -> Standard:
    """A standard in force since 2020; ``replaces`` names a standard made before, superseded from ``effective``."""
    row = {"number": number, "title_zh": f"标准 {number}", "title_en": f"Standard {number}", "kind": "gb"}
    row |= {"effective": effective, "replaces": replaces, "mandatory": "yes" if mandatory else "no", **_FACTS}
    load_standards([row])
    forget_dictionary()
    return Standard.objects.get(number=number)


def make_family(code: str = "ebike", name: str = "电动自行车", *, schemes: tuple[str, ...] = ()) -> ProductFamily:
    """A product family."""
    forget_dictionary()
    return ProductFamily.objects.create(code=code, name_zh=name, name_en=code, schemes=list(schemes), **_FACTS)


def make_item(code: str, name: str = "", *, quantity: str = "", unit: str = "") -> Item:
    """An item; qualitative unless it has a kind of quantity and a unit."""
    forget_dictionary()
    return Item.objects.create(
        code=code, name_zh=name or f"项目{code}", name_en=code, quantity=quantity, unit=unit, **_FACTS
    )


def make_requirement(
    family: ProductFamily,
    item: Item,
    standard: Standard,
    *,
    method: Standard | None = None,
    upper: str = "",
    text: str = "",
    mandatory: bool = True,
) -> Requirement:
    """A requirement: at most ``upper`` in the item's unit, or else qualitative."""
    forget_dictionary()
    return Requirement.objects.create(
        family=family,
        item=item,
        standard=standard,
        clause="5.1",
        method=method or standard,
        limit="max" if upper else "qualitative",
        upper=upper,
        unit=item.unit if upper else "",
        limit_text_zh=text or f"{item.name_zh}符合要求",
        limit_text_en=text or f"{item.name_en} conforms",
        mandatory=mandatory,
        **_FACTS,
    )


def make_recognition(organisation: Organisation, scheme: str = "CMA", *, days: int = 1000) -> Recognition:
    """A recognition that ends in ``days``."""
    today = timezone.localdate()
    return Recognition.objects.create(
        organisation=organisation,
        scheme=scheme,
        number=f"{scheme}-{next(_numbers):06d}",
        valid_from=date(2020, 1, 1),
        valid_until=today + timedelta(days=days),
    )


def make_scope_line(
    recognition: Recognition,
    item: Item,
    method: Standard,
    *,
    family: ProductFamily | None = None,
    activity: str = "testing",
    price_cents: int = 10000,
    days: int = 5,
    lower: str = "",
    upper: str = "",
    unit: str = "",
    uncertainty: str = "",
) -> ScopeLine:
    """A line of scope, entered as an institution enters it."""
    facts = ScopeFacts(
        activity=activity,
        item=item.code,
        method=method.number,
        family=family.code if family else "",
        lower=lower,
        upper=upper,
        unit=unit,
        uncertainty=uncertainty,
        k="2" if uncertainty else "",
        price_cents=price_cents,
        days=days,
    )
    return add_scope_line(Actor.platform(), recognition, facts=facts)


def make_instrument(owner: Organisation, *, usable: bool = True) -> Instrument:
    """A measuring instrument, calibrated unless told otherwise."""
    today = timezone.localdate()
    return Instrument.objects.create(
        owner=owner,
        name_zh="数字万用表",
        serial=f"S{next(_numbers)}",
        calibrated_on=today - timedelta(days=30) if usable else None,
        calibrated_until=today + timedelta(days=300) if usable else None,
    )
