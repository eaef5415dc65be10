"""Reading scope lines: every statement of a line is checked before the line exists."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.cells import Cells
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.competence.models import Activity, Recognition, ScopeLine
from quanheng.kernel.requirements.loading import fitting, number_table
from quanheng.kernel.requirements.models import Item, ProductFamily, Standard
from quanheng.kernel.requirements.queries import successors
from quanheng.science.quantities import Range, Unit, decimal_of, decimal_text, parse_range, to_si
from quanheng.science.uncertainty.formula import Formula, parse_formula

# Columns of ScopeLine that a reader of rows sets; what a change may change.
STATED = (
    *("activity", "family_id", "item_id", "method_id", "method_clause", "quantity", "unit", "range_lower"),
    *("range_upper", "lower_open", "upper_open", "dimension", "lower_si", "upper_si", "uncertainty", "k"),
    *("u_min_si", "u_max_si", "u_constant_si", "u_slope", "restriction_zh", "restriction_en", "valid_from"),
    *("valid_until", "price_cents", "days"),
)
# Coverage factor to which uncertainties are brought before they are compared.
COMMON_K = Decimal(2)
MAX_PRICE_CENTS = 100_000_000
_ACTIVITIES = tuple(Activity.values)


@dataclass(frozen=True)
class ScopeFacts:
    """What is stated of a scope line, as text.

    ``range`` as written, "(0~60) MPa", or else ``lower`` and ``upper`` with ``unit``; an empty end is unbounded.
    ``uncertainty`` is a formula of the value, "0.05% x + 0.002 MPa", at coverage factor ``k``. Dates left out
    are those of the recognition.
    """

    activity: str
    item: str
    method: str
    family: str = ""
    method_clause: str = ""
    range: str = ""
    lower: str = ""
    upper: str = ""
    unit: str = ""
    uncertainty: str = ""
    k: str = ""
    restriction_zh: str = ""
    restriction_en: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    price_cents: int = 0
    days: int = 5


@dataclass(frozen=True)
class Registers:
    """The registers that a batch of lines refers to, read once for all of its rows."""

    items: Mapping[str, Item]
    families: Mapping[str, ProductFamily]
    methods: Mapping[str, Standard]
    successors: Mapping[int, list[Standard]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], on: date) -> Registers:
        """What the rows name, four queries however many they are."""
        named: dict[str, set[str]] = {
            name: {str(row.get(name) or "").strip() for row in rows} for name in ("item", "family", "method")
        }
        methods = number_table(named["method"])
        gone = {one.pk for one in methods.values() if one.status_on(on) in ("superseded", "withdrawn")}
        return cls(
            items={one.code: one for one in Item.objects.filter(code__in=named["item"])},
            families={one.code: one for one in ProductFamily.objects.filter(code__in=named["family"])},
            methods=methods,
            successors=successors(gone),
        )


def dimension_of(unit: Unit) -> str:
    """What ranges must share to be compared: hardness scales, levels and CFU per mass or volume do not mix."""
    return " ".join(f"{base}{power}" for base, power in unit.dimension) or "1"


def si_ends(found: Range) -> tuple[float | None, float | None]:
    """Both ends in SI as stored: None = unbounded, an excluded end moved to the next number within."""
    low, high = found.si
    if found.lower_open:
        low = math.nextafter(low, math.inf)
    if found.upper_open:
        high = math.nextafter(high, -math.inf)
    return (None if math.isinf(low) else low), (None if math.isinf(high) else high)


def best_uncertainty(formula: Formula, k: Decimal, over: Range) -> tuple[float, float]:
    """Least and greatest U over a range, in SI at the common coverage factor. Raises FormulaRefused."""
    low, high = formula.bounds_si(over)
    scale = float(COMMON_K / k)
    return low * scale, high * scale


def as_sum(formula: Formula, k: Decimal) -> tuple[float, float] | None:
    """(constant in SI, slope) at the common coverage factor of a formula constant + slope × |x|, slope ≥ 0.

    None for other formulas, and where zero in the unit is not zero in SI (℃).
    """
    if len(formula.parts) != 1 or formula.parts[0].slope < 0 or formula.unit.offset:
        return None
    part, scale = formula.parts[0], COMMON_K / k
    return to_si(part.constant * scale, formula.unit), float(part.slope * scale)


def read_line(cells: Cells, recognition: Recognition | None, registers: Registers, on: date) -> ScopeLine:
    """The line that a row states under a recognition; what is wrong with it, as of a day, stays in ``cells``."""
    stated = read_columns(cells, recognition, registers, on)
    line = ScopeLine(**stated)
    if recognition:
        line.recognition = recognition
    return line


def read_columns(cells: Cells, recognition: Recognition | None, registers: Registers, on: date) -> dict[str, Any]:
    """The same as columns by name: a load of many lines has no use for so many objects."""
    item = cells.known("item", registers.items)
    method = cells.known("method", registers.methods)
    family = cells.known("family", registers.families, required=False)
    columns: dict[str, Any] = {
        "activity": cells.choice("activity", _ACTIVITIES),
        "family_id": family.pk if family else None,
        "item_id": item.pk if item else None,
        "method_id": method.pk if method else None,
        "method_clause": cells.text("method_clause", 60, required=False),
        "quantity": item.quantity if item else "",
        "restriction_zh": cells.text("restriction_zh", 300, required=False),
        "restriction_en": cells.text("restriction_en", 400, required=False),
        "price_cents": cells.integer("price_cents", 0, MAX_PRICE_CENTS, default=0),
        "days": cells.integer("days", 1, 365, default=5),
        **_UNMEASURED,
    }
    if method:
        _check_method(cells, method, registers, on)
    if item:
        row = cells.row
        texts = tuple([str(row.get(name) or "").strip() for name in _MEASURED])
        measured, wrong = _measured(item.unit, item.quantity, texts)
        columns.update(measured)
        for name, message in wrong:
            cells.wrong(name, message)
    if recognition:
        columns["recognition_id"], columns["organisation_id"] = recognition.pk, recognition.organisation_id
        columns["scheme"], columns["region_code"] = recognition.scheme, recognition.organisation.region_code
        columns["valid_from"], columns["valid_until"] = _validity(cells, recognition, on)
    return columns


class Scale(NamedTuple):
    """What a range and an uncertainty have to fit: an item's unit and kind of quantity."""

    unit: str
    quantity: str


_MEASURED = ("range", "lower", "upper", "unit", "uncertainty", "k")
_UNMEASURED: dict[str, Any] = {
    **dict.fromkeys(("unit", "range_lower", "range_upper", "dimension", "uncertainty", "k"), ""),
    **dict.fromkeys(("lower_open", "upper_open"), False),
    **dict.fromkeys(("lower_si", "upper_si", "u_min_si", "u_max_si", "u_constant_si", "u_slope"), None),
}


@lru_cache(maxsize=16384)  # the lines of a scope repeat their ranges and formulas again and again
def _measured(unit: str, quantity: str, texts: tuple[str, ...]) -> tuple[dict[str, Any], tuple[tuple[str, Any], ...]]:
    """The columns that range and uncertainty state, and what is wrong with them: it depends on nothing else."""
    cells, scale = Cells(dict(zip(_MEASURED, texts, strict=True))), Scale(unit, quantity)
    columns: dict[str, Any] = {}
    found = _range(cells, scale)
    if found:
        _put_range(cells, columns, found)
    _put_uncertainty(cells, columns, found)
    return columns, tuple((error.field, error.message) for error in cells.errors)


def _check_method(cells: Cells, method: Standard, registers: Registers, on: date) -> None:
    status = method.status_on(on)
    if status == "superseded":
        by = listed(one.number for one in registers.successors.get(method.pk, ()))
        sentence = _("方法标准 %(old)s 自 %(day)s 起已被 %(new)s 代替，请改用现行版本。")
        cells.wrong("method", filled(sentence, old=method.number, day=method.superseded_on, new=by))
    elif status == "withdrawn":
        sentence = _("方法标准 %(old)s 已于 %(day)s 废止，请改用现行方法。")
        cells.wrong("method", filled(sentence, old=method.number, day=method.withdrawn))


def _range(cells: Cells, item: Scale) -> Range | None:
    """The range as written in one cell, or in two with a unit."""
    text, unit = cells.text("range", 120, required=False), cells.text("unit", 20, required=False)
    ends = [cells.text(name, 40, required=False) for name in ("lower", "upper")]
    if not text and not any(ends):
        return None
    if text and any(ends):
        cells.wrong("range", _("范围只填一处：要么写在 range 列，要么写在 lower、upper 列。"))
        return None
    if not item.unit:
        cells.wrong("range" if text else "lower", _("定性项目没有数值范围，请留空，限制写在限制说明中。"))
        return None
    if unit and cells.science("unit", lambda: fitting(unit, item)) is None:
        return None
    kind = item.quantity or None
    if text:
        found = cells.science("range", lambda: parse_range(text, unit or item.unit, kind))
        if found and cells.science("range", lambda: fitting(found.unit.symbol, item)) is None:
            return None
        return found

    def two_ends() -> Range:
        lower, upper = (decimal_of(end) if end else None for end in ends)
        return Range(lower, upper, fitting(unit or item.unit, item), kind)

    return cells.science("lower" if ends[0] else "upper", two_ends)


def _put_range(cells: Cells, line: dict[str, Any], found: Range) -> None:
    lower, upper = ("" if end is None else decimal_text(end) for end in (found.lower, found.upper))
    if max(len(lower), len(upper)) > 40 or len(found.unit.symbol) > 20:
        cells.wrong("range", _("范围的数字过长，请换用合适的单位。"))
        return
    line["range_lower"], line["range_upper"], line["unit"] = lower, upper, found.unit.symbol
    line["lower_open"], line["upper_open"] = found.lower_open, found.upper_open
    line["dimension"] = dimension_of(found.unit)
    line["lower_si"], line["upper_si"] = si_ends(found)


def _put_uncertainty(cells: Cells, line: dict[str, Any], over: Range | None) -> None:
    text, k_text = cells.text("uncertainty", 200, required=False), cells.text("k", 10, required=False)
    if not text:
        if k_text:
            cells.wrong("k", _("没有不确定度就不填包含因子。"))
        return
    if over is None:
        if not cells.errors:
            cells.wrong("uncertainty", _("不确定度须与测量范围一起给出，请先填写范围。"))
        return
    formula = cells.science("uncertainty", lambda: parse_formula(text, over.unit))
    k = cells.science("k", lambda: decimal_of(k_text)) if k_text else (formula.k if formula else None)
    if formula is None or k is None:
        return
    if not Decimal("0.1") <= k <= 10:
        cells.wrong("k", _("包含因子应在 0.1 到 10 之间，通常为 2。"))
        return
    if k != formula.k and formula.k != COMMON_K:
        cells.wrong("k", filled(_("公式中写有 k = %(k)s，与此列不一致，请只写一处。"), k=formula.k))
        return
    bounds = cells.science("uncertainty", lambda: best_uncertainty(formula, k, over))
    if bounds:
        line["uncertainty"], line["k"] = text, decimal_text(k)
        line["u_min_si"] = bounds[0]
        line["u_max_si"] = None if math.isinf(bounds[1]) else bounds[1]
        line["u_constant_si"], line["u_slope"] = as_sum(formula, k) or (None, None)


def _validity(cells: Cells, recognition: Recognition, on: date) -> tuple[date, date]:
    """First and last day of the line: its own, within those of the recognition, or else those."""
    first = cells.day("valid_from") or recognition.valid_from
    last = cells.day("valid_until") or recognition.valid_until
    if recognition.state != Recognition.State.VALID or recognition.valid_until < on:
        sentence = _("资质 %(number)s 当前为“%(state)s”，有效期至 %(day)s，不能在其下登记能力。")
        facts = {"number": recognition.number, "state": recognition.get_state_display(), "day": recognition.valid_until}
        cells.wrong("recognition", filled(sentence, **facts))
    if first > last:
        cells.wrong("valid_until", _("截止日期早于起始日期，请对调。"))
    elif first < recognition.valid_from or last > recognition.valid_until:
        sentence = _("能力的有效期须在资质有效期 %(first)s 至 %(last)s 之内。")
        cells.wrong(
            "valid_from" if first < recognition.valid_from else "valid_until",
            filled(sentence, first=recognition.valid_from, last=recognition.valid_until),
        )
    return first, last
