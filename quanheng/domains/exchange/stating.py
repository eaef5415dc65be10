"""What is stated of a need or a result, checked before it is kept: every wrong input is named, then nothing counts."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.exchange.models import Offering, Posting, TechnicalNeed
from quanheng.domains.exchange.vocabulary import fields
from quanheng.kernel.base.cells import Cells
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.base.words import with_words
from quanheng.kernel.competence.scope import best_uncertainty, dimension_of, si_ends
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.loading import fitting
from quanheng.kernel.requirements.models import Item, ProductFamily
from quanheng.science.quantities import Range, decimal_of, decimal_text, parse_unit
from quanheng.science.uncertainty.formula import parse_formula

MAX_TEXT = 2000
MAX_CENTS = 100_000_000_000  # a thousand million yuan
MAX_FAMILIES = 10
# A post is looked at again after so many years at most.
MAX_YEARS = 5


@dataclass(frozen=True)
class NeedFacts:
    """What is stated of a technical need. ``item`` is a code or a name; ``lower``, ``upper`` and ``uncertainty`` (U,
    k = 2, a number or a formula of the value) are text, in ``unit`` or in the usual unit of the item."""

    title: str
    text: str
    field: str
    named: bool = True
    family: str = ""
    item: str = ""
    lower: str = ""
    upper: str = ""
    unit: str = ""
    uncertainty: str = ""
    budget_cents: int | None = None
    deadline: date | None = None


@dataclass(frozen=True)
class OfferingFacts:
    """What is stated of a result or a capacity; measured facts as of a need."""

    title: str
    text: str
    field: str
    kind: str
    maturity: int
    terms: str
    open_until: date
    identifier: str = ""
    families: tuple[str, ...] = ()
    item: str = ""
    lower: str = ""
    upper: str = ""
    unit: str = ""
    uncertainty: str = ""
    price_cents: int | None = None


def write_need(need: TechnicalNeed, facts: NeedFacts) -> None:
    """Put the facts into a need in memory. Raises Invalid, naming each wrong input."""
    cells = Cells(asdict(facts))
    _shared(cells, need)
    need.named = facts.named
    need.family = cells.known("family", _families([facts.family]), required=False)
    need.budget_cents = _cents(cells, "budget_cents")
    need.deadline = cells.day("deadline")
    if need.deadline and need.deadline < timezone.localdate():
        cells.wrong("deadline", _("日期已过，请填写今天或以后的日期。"))
    if not need.named:
        check_anonymous(cells, need.organisation, "title", "text")
    _refuse(cells)


def write_offering(offering: Offering, facts: OfferingFacts) -> list[ProductFamily]:
    """Put the facts into a result in memory; returns its product families. Raises Invalid, naming each wrong input."""
    cells = Cells(asdict(facts))
    _shared(cells, offering)
    offering.kind = cells.choice("kind", Offering.Kind.values)
    offering.terms = cells.choice("terms", Offering.Terms.values)
    offering.maturity = cells.integer("maturity", 1, 9, default=1)
    offering.identifier = cells.text("identifier", 60, required=False)
    offering.price_cents = _cents(cells, "price_cents")
    until = cells.day("open_until", required=True)
    today = timezone.localdate()
    if until and until < today:
        cells.wrong("open_until", _("日期已过，请填写今天或以后的日期。"))
    elif until and until.year > today.year + MAX_YEARS:
        cells.wrong("open_until", filled(_("最多公开 %(years)s 年，到期可以重新发布。"), years=MAX_YEARS))
    elif until:
        offering.open_until = until
    if len(facts.families) > MAX_FAMILIES:
        cells.wrong("families", filled(_("最多选 %(most)s 个产品类别。"), most=MAX_FAMILIES))
    known = _families(facts.families)
    if unknown := [code for code in facts.families if code not in known]:
        sentence = _("没有这些产品类别：%(codes)s。请从列表中选择。")
        cells.wrong("families", filled(sentence, codes=listed(one[:40] for one in unknown[:5])))
    _refuse(cells)
    return sorted(known.values(), key=lambda one: one.pk)


def _refuse(cells: Cells) -> None:
    if cells.errors:
        raise Invalid(cells.errors[0].message, errors=cells.errors)


def _families(codes: Any) -> dict[str, ProductFamily]:
    return {one.code: one for one in ProductFamily.objects.filter(code__in=[code for code in codes if code])}


def _cents(cells: Cells, name: str) -> int | None:
    if cells.row.get(name) is None:
        return None
    return cells.integer(name, 1, MAX_CENTS, default=0) or None


def check_anonymous(cells: Cells, firm: Organisation, *names: str) -> None:
    """A firm that does not show its name does not write it into its texts either."""
    known = [firm.name_zh, firm.name_en, firm.uscc, *firm.names.values_list("text", flat=True)]
    for name in names:
        text = str(cells.row.get(name) or "").lower()
        if any(one and one.lower() in text for one in known):
            cells.wrong(name, _("已选择不公开企业名称，但这里写有企业名称或代码，请删去。"))


def _shared(cells: Cells, post: Posting) -> None:
    post.title, post.text = cells.text("title", 80), cells.text("text", MAX_TEXT)
    post.field = cells.choice("field", fields())
    post.item = _item(cells)
    if cells.row.get("item") and post.item is None:
        return
    _measured(cells, post)


def _item(cells: Cells) -> Item | None:
    """An item by its code or by one of its names; where there is none, those that the words could mean are told."""
    text = cells.text("item", 160, required=False)
    if not text:
        return None
    for condition in ({"code": text}, {"name_zh": text}, {"name_en__iexact": text}):
        found = Item.objects.filter(**condition).order_by("id").first()
        if found:
            return found
    like = list(with_words(Item.objects.order_by("id"), text, "name_zh", "name_en")[:3])
    if like:
        sentence = _("没有名为“%(text)s”的项目。是否指：%(names)s？")
        cells.wrong("item", filled(sentence, text=text[:40], names=listed(one.name_zh for one in like)))
    else:
        cells.wrong("item", filled(_("没有名为“%(text)s”的项目，请核对，或留空。"), text=text[:40]))
    return None


def _measured(cells: Cells, post: Posting) -> None:
    """The range and the uncertainty, as written and in SI."""
    ends = {name: cells.text(name, 40, required=False) for name in ("lower", "upper")}
    unit, spread = cells.text("unit", 20, required=False), cells.text("uncertainty", 100, required=False)
    post.lower = post.upper = post.unit = post.uncertainty = post.dimension = ""
    post.lower_si = post.upper_si = post.uncertainty_si = None
    if not any(ends.values()):
        for name, given in (("uncertainty", spread), ("unit", unit)):
            if given:
                cells.wrong(name, _("请先填写所需的范围：下限、上限或两者。"))
        return
    item = post.item
    usual = item.unit if item else ""
    if not unit and not usual:
        cells.wrong("unit", _("请填写范围的单位，例如 MPa。"))
        return
    read = cells.science("unit", lambda: fitting(unit or usual, item) if item and usual else parse_unit(unit))
    low, high = (_number(cells, name, end) for name, end in ends.items())
    if read is None or cells.errors:
        return
    kind = (item.quantity or None) if item else None
    found = cells.science("lower" if ends["lower"] else "upper", lambda: Range(low, high, read, kind))
    if found is None:
        return
    post.lower, post.upper = ("" if end is None else decimal_text(end) for end in (found.lower, found.upper))
    post.unit, post.dimension = found.unit.symbol, dimension_of(found.unit)
    post.lower_si, post.upper_si = si_ends(found)
    if max(len(post.lower), len(post.upper)) > 40 or len(post.unit) > 20:
        cells.wrong("lower" if ends["lower"] else "upper", _("范围的数字过长，请换用合适的单位。"))
    if spread:
        _spread(cells, post, spread, found)


def _number(cells: Cells, name: str, text: str) -> Decimal | None:
    return cells.science(name, lambda: decimal_of(text)) if text else None


def _spread(cells: Cells, post: Posting, text: str, over: Range) -> None:
    formula = cells.science("uncertainty", lambda: parse_formula(text, over.unit))
    bounds = cells.science("uncertainty", lambda: best_uncertainty(formula, formula.k, over)) if formula else None
    if bounds is None:
        return
    if not math.isfinite(bounds[1]):
        cells.wrong("uncertainty", _("随量值变化的不确定度须给出范围的两端。"))
        return
    post.uncertainty, post.uncertainty_si = text, bounds[1]


def money(text: Any) -> int | None:
    """Yuan as cents; None for none."""
    return None if text in (None, "") else int(Decimal(text) * 100)
