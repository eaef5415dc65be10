"""Loading facts of the registers: idempotent, all or nothing, every bad cell named with its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.cells import CONFIDENCE, Cells, Row, once, read_rows
from quanheng.kernel.base.texts import filled
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard
from quanheng.kernel.search.services import reindex
from quanheng.science.errors import ScienceError
from quanheng.science.identifiers.standard_number import StandardNumber, parse_standard_number
from quanheng.science.quantities import Unit, convert, decimal_of, kind, parse_unit, require_fit


def _provenance(cells: Cells) -> dict[str, str]:
    return {"source": cells.text("source", 300), "confidence": cells.choice("confidence", CONFIDENCE)}


def read_number(cells: Cells, name: str = "number") -> StandardNumber | None:
    """A standard's number in any spelling."""
    text = cells.text(name, 60)
    return cells.science(name, lambda: parse_standard_number(text)) if text else None


def read_standard(cells: Cells) -> Standard:
    """A standard as a row states it, its predecessors aside."""
    number = read_number(cells)
    published, effective, withdrawn = cells.day("published"), cells.day("effective"), cells.day("withdrawn")
    if published and effective and effective < published:
        cells.wrong("effective", _("实施日期早于发布日期，请核对。"))
    if withdrawn and (first := effective or published) and withdrawn < first:
        cells.wrong("withdrawn", _("废止日期早于发布或实施日期，请核对。"))
    return Standard(
        number=number.text if number else "",
        key=number.key if number else "",
        title_zh=cells.text("title_zh", 300),
        title_en=cells.text("title_en", 400, required=False),
        kind=cells.choice("kind", Standard.Kind.values),
        mandatory=cells.flag("mandatory"),
        published=published,
        effective=effective,
        withdrawn=withdrawn,
        **_provenance(cells),
    )


def number_table(numbers: Iterable[str]) -> dict[str, Standard]:
    """Standards by every spelling of their numbers in ``numbers``; those not registered are left out."""
    normal: dict[str, str] = {}
    for text in set(numbers):
        try:
            normal[text] = parse_standard_number(text).text
        except ScienceError:
            continue
    found = {one.number: one for one in Standard.objects.filter(number__in=set(normal.values()))}
    return {text: found[number] for text, number in normal.items() if number in found}


@transaction.atomic
def load_standards(rows: Iterable[Row]) -> int:
    """Upsert standards by number, and the replacements that they name. Raises Invalid.

    Replacements recorded earlier stay: a file adds facts and takes none away.
    """
    given = list(rows)
    wanted: dict[str, list[str]] = {}

    def build(cells: Cells) -> Standard:
        standard = read_standard(cells)
        if standard.number in wanted:
            cells.wrong("number", filled(_("标准 %(number)s 重复出现，请只保留一行。"), number=standard.number))
        elif standard.number:
            wanted[standard.number] = cells.many("replaces")
        return standard

    standards = read_rows(given, build)
    facts = ["key", "title_zh", "title_en", "kind", "mandatory", "published", "effective", "withdrawn"]
    Standard.objects.bulk_create(
        standards, update_conflicts=True, unique_fields=["number"], update_fields=[*facts, "source", "confidence"]
    )
    table = number_table([*wanted, *(old for olds in wanted.values() for old in olds)])

    def replaced(cells: Cells) -> list[tuple[int, int]]:
        number = read_number(cells)
        successor = table[number.text] if number else None
        pairs = []
        for old in cells.many("replaces"):
            predecessor = table.get(old)
            if successor is None or predecessor is None:
                cells.wrong("replaces", filled(_("登记册中没有标准“%(number)s”，请先登记或改正编号。"), number=old))
            elif predecessor.pk == successor.pk:
                cells.wrong("replaces", _("标准不能代替它自己，请改正编号。"))
            else:
                pairs.append((successor.pk, predecessor.pk))
        return pairs

    pairs = {pair for found in read_rows(given, replaced) for pair in found}
    through = Standard.replaces.through
    through.objects.bulk_create(
        [through(from_standard_id=new, to_standard_id=old) for new, old in pairs], ignore_conflicts=True
    )
    date_supersession(standard.pk for standard in table.values())
    reindex(Standard, (table[number].pk for number in wanted))
    return len(standards)


def date_supersession(keys: Iterable[int]) -> None:
    """Set from when each of the standards, and each that they replace, is superseded.

    The earliest day on which one of its successors took, or takes, effect.
    """
    keys = list(keys)
    touched = Standard.objects.filter(pk__in=keys) | Standard.objects.filter(replaced_by__in=keys)
    changed = []
    for standard in touched.distinct().prefetch_related("replaced_by"):
        days = [day for successor in standard.replaced_by.all() if (day := successor.takes_effect())]
        superseded_on = min(days, default=None)
        if standard.superseded_on != superseded_on:
            standard.superseded_on = superseded_on
            changed.append(standard)
    Standard.objects.bulk_update(changed, ["superseded_on"], batch_size=500)


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
        **_provenance(cells),
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
        **_provenance(cells),
    )


@transaction.atomic
def load_items(rows: Iterable[Row]) -> int:
    """Upsert items by code; a unit must fit its kind of quantity. Raises Invalid."""
    items = read_rows(rows, once("code", _item, lambda item: item.code))
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


def fitting(unit: str, item: Item) -> Unit:
    """The unit, where it fits the item; raises UnknownUnit or UnitMismatch."""
    if item.quantity:
        return require_fit(unit, item.quantity)
    if item.unit:
        convert(Decimal(1), unit, item.unit)
    return parse_unit(unit)


# What makes a requirement the same one.
_SAME = ("family_id", "item_id", "standard_id", "clause", "limit_text_zh")


def load_requirements(rows: Iterable[Row]) -> int:
    """Upsert requirements by family, item, standard, clause and limit text. Raises Invalid.

    Families, items and standards that they name are registered before.
    """
    given = list(rows)
    families: Mapping[str, ProductFamily] = {one.code: one for one in ProductFamily.objects.all()}
    items: Mapping[str, Item] = {one.code: one for one in Item.objects.all()}
    standards = number_table(str(row.get(name) or "").strip() for row in given for name in ("standard", "method"))
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
            **_provenance(cells),
        )
        same = tuple(getattr(requirement, name) for name in _SAME)
        if same in seen:
            cells.wrong("item", _("这一要求重复出现，请只保留一行。"))
        seen.add(same)
        return requirement

    requirements = read_rows(given, build)
    facts = ["method", "method_clause", "limit", "lower", "upper", "unit", "limit_text_en", "mandatory"]
    Requirement.objects.bulk_create(
        requirements,
        update_conflicts=True,
        unique_fields=["family", "item", "standard", "clause", "limit_text_zh"],
        update_fields=[*facts, "sample_size", "usual_days", "source", "confidence"],
    )
    return len(requirements)
