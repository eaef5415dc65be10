"""Loading families, items and requirements: idempotent, all or nothing, every bad cell named with its row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Protocol

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.cells import Cells, Row, once, read_rows
from quanheng.kernel.base.texts import filled
from quanheng.kernel.requirements.loading.standards import number_table, provenance
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement
from quanheng.kernel.search.services import reindex
from quanheng.science.quantities import Unit, convert, decimal_of, kind, parse_unit, require_fit


def _family(cells: Cells) -> ProductFamily:
    aliases = [*cells.many("aliases"), *cells.many("aliases_zh"), *cells.many("aliases_en")]
    return ProductFamily(
        code=cells.text("code", 40),
        name_zh=cells.text("name_zh", 80),
        name_en=cells.text("name_en", 120),
        aliases=list(dict.fromkeys(aliases)),
        chain=cells.text("chain", 60, required=False),
        schemes=cells.many("schemes"),
        hs=cells.many("hs"),
        ccs=cells.many("ccs"),
        **provenance(cells),
    )


@transaction.atomic
def load_families(rows: Iterable[Row]) -> int:
    """Upsert product families by code. Raises Invalid."""
    families = read_rows(rows, once("code", _family, lambda family: family.code))
    facts = ["name_zh", "name_en", "aliases", "chain", "schemes", "hs", "ccs", "source", "confidence"]
    ProductFamily.objects.bulk_create(families, update_conflicts=True, unique_fields=["code"], update_fields=facts)
    reindex(ProductFamily, _keys(ProductFamily, (family.code for family in families)))
    return len(families)


def _keys(model: type[ProductFamily] | type[Item], codes: Iterable[str]) -> list[int]:
    """The keys of rows by their codes, read again: what an upsert changed keeps the key that it had."""
    wanted = list(codes)
    found: list[int] = []
    for at in range(0, len(wanted), 500):
        found += model.objects.filter(code__in=wanted[at : at + 500]).values_list("pk", flat=True)
    return found


def _item(cells: Cells) -> Item:
    quantity, unit = cells.text("quantity", 40, required=False), cells.text("unit", 20, required=False)
    known = cells.science("quantity", lambda: kind(quantity)) if quantity else None
    found: Unit | None = None
    if known:
        found = cells.science("unit", lambda: require_fit(unit, quantity))
    elif unit:
        found = cells.science("unit", lambda: parse_unit(unit))
    return Item(
        code=cells.text("code", 60),
        name_zh=cells.text("name_zh", 80),
        name_en=cells.text("name_en", 160),
        quantity=quantity,
        unit=found.symbol if found else "",
        aliases=list(dict.fromkeys(cells.many("aliases"))),
        **provenance(cells),
    )


def item_reader() -> Callable[[Cells], Item]:
    """Reads rows of items, each code once."""
    return once("code", _item, lambda item: item.code)


@transaction.atomic
def load_items(rows: Iterable[Row]) -> int:
    """Upsert items by code; a unit must fit its kind of quantity. Raises Invalid."""
    items = read_rows(rows, item_reader())
    facts = ["name_zh", "name_en", "quantity", "unit", "aliases", "source", "confidence"]
    Item.objects.bulk_create(items, update_conflicts=True, unique_fields=["code"], update_fields=facts)
    reindex(Item, _keys(Item, (item.code for item in items)))
    return len(items)


# Which of (lower, upper) each kind of limit has.
BOUNDS = {
    Requirement.Limit.MAX: (False, True),
    Requirement.Limit.MIN: (True, False),
    Requirement.Limit.RANGE: (True, True),
    Requirement.Limit.EXACT: (True, True),
    Requirement.Limit.QUALITATIVE: (False, False),
    Requirement.Limit.REPORT: (False, False),
}
SIDES = ("lower", "upper")


def _limits(cells: Cells, item: Item | None) -> dict[str, str]:
    """The limit of a requirement: its ends are decimals, in order, in a unit of the item."""
    limit = cells.choice("limit", Requirement.Limit.values)
    ends = {side: cells.text(side, 40, required=False) for side in SIDES}
    unit = cells.text("unit", 20, required=False)
    if limit:
        for side, wanted in zip(SIDES, BOUNDS[Requirement.Limit(limit)], strict=True):
            if bool(ends[side]) != wanted:
                label = Requirement.Limit(limit).label
                sentence = _("限值类型“%(limit)s”须填写此列。") if wanted else _("限值类型“%(limit)s”不得填写此列。")
                cells.wrong(side, filled(sentence, limit=label))
    numbers: dict[str, Decimal] = {}
    for side in SIDES:
        number = cells.science(side, partial(decimal_of, ends[side])) if ends[side] else None
        if number is not None:
            numbers[side] = number
    if len(numbers) == 2 and numbers["lower"] > numbers["upper"]:
        cells.wrong("lower", _("下限大于上限，请对调。"))
    if numbers and not unit:
        cells.wrong("unit", _("有数值的限值须写单位；量纲为一时写 1。"))
    found = cells.science("unit", lambda: fitting(unit, item)) if unit and item else None
    return {"limit": limit, **ends, "unit": found.symbol if found else unit}


class Scaled(Protocol):
    """What has a unit and a kind of quantity, or neither: an item."""

    @property
    def unit(self) -> str: ...

    @property
    def quantity(self) -> str: ...


def fitting(unit: str, item: Scaled) -> Unit:
    """The unit, where it fits the item; raises UnknownUnit or UnitMismatch."""
    if item.quantity:
        return require_fit(unit, item.quantity)
    if item.unit:
        convert(Decimal(1), unit, item.unit)
    return parse_unit(unit)


# What makes a requirement the same one.
_SAME = ("family_id", "item_id", "standard_id", "clause", "limit_text_zh")


def requirement_reader(rows: Iterable[Mapping[str, str]]) -> Callable[[Cells], Requirement]:
    """Reads rows of requirements; families, items and standards that they name are registered before."""
    families: Mapping[str, ProductFamily] = {one.code: one for one in ProductFamily.objects.all()}
    items: Mapping[str, Item] = {one.code: one for one in Item.objects.all()}
    standards = number_table(str(row.get(name) or "").strip() for row in rows for name in ("standard", "method"))
    seen: set[tuple[object, ...]] = set()

    def build(cells: Cells) -> Requirement:
        item = cells.known("item", items)
        requirement = Requirement(
            family=cells.known("family", families),
            item=item,
            standard=cells.known("standard", standards),
            clause=cells.text("clause", 60, required=False),
            method=cells.known("method", standards),
            method_clause=cells.text("method_clause", 60, required=False),
            **_limits(cells, item),
            limit_text_zh=cells.text("limit_text_zh", 300, required=False),
            limit_text_en=cells.text("limit_text_en", 400, required=False),
            mandatory=cells.flag("mandatory"),
            sample_size=cells.text("sample_size", 60, required=False),
            usual_days=cells.integer("usual_days", 1, 365, default=5),
            **provenance(cells),
        )
        same = tuple(getattr(requirement, name) for name in _SAME)
        if same in seen:
            cells.wrong("item", _("这一要求重复出现，请只保留一行。"))
        seen.add(same)
        return requirement

    return build


def load_requirements(rows: Iterable[Row]) -> int:
    """Upsert requirements by family, item, standard, clause and limit text. Raises Invalid.

    Families, items and standards that they name are registered before.
    """
    given = list(rows)
    requirements = read_rows(given, requirement_reader(given))
    facts = ["method", "method_clause", "limit", "lower", "upper", "unit", "limit_text_en", "mandatory"]
    Requirement.objects.bulk_create(
        requirements,
        update_conflicts=True,
        unique_fields=["family", "item", "standard", "clause", "limit_text_zh"],
        update_fields=[*facts, "sample_size", "usual_days", "source", "confidence"],
    )
    return len(requirements)
