"""The numbers that the plans promise, and what the registers say of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.domains.governance.measures import Measure, measures
from quanheng.domains.governance.models import Reading
from quanheng.domains.governance.queries import latest_readings
from quanheng.domains.governance.standing import Goal, Standing
from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.html import MINUS
from quanheng.portal.coverage import DATA, Document, documents, named

# What kind of number it is.
KINDS: dict[str, Any] = {
    "baseline": _("现状"),
    "target": _("目标值"),
    "expected": _("预期性指标"),
    "increment": _("新增量"),
    "reduction": _("降低幅度"),
    "annual": _("每年完成数"),
    "scope": _("工作范围"),
    "rule": _("规则"),
}
SIGNS = {">=": "≥", ">": ">", "=": "=", "<=": "≤", "<": "<", "": ""}
# Where it stands: the standings of a number beside its target, or why there is none.
STATES: dict[str, tuple[Any, str]] = {
    Standing.REACHED: (_("已达到"), "ok"),
    Standing.ON_THE_WAY: (_("进度正常"), "info"),
    Standing.BEHIND: (_("落后"), "bad"),
    Standing.SHORT: (_("未达到"), "wait"),
    Standing.OPEN: (_("尚不能判断"), "idle"),
    "counted": (_("可计数，规划未设目标"), "info"),
    "uncounted": (_("等待首次计数"), "wait"),
    "elsewhere": (_("其他地区的规划"), "ended"),
    "waiting": (_("登记簿尚未记录"), "idle"),
}
# The states in which there is a live value.
COUNTED = (*Standing, "counted")


@dataclass(frozen=True)
class Waits:
    """The register that would be needed to count an indicator."""

    id: str
    name_zh: str
    name_en: str
    detail_zh: str
    detail_en: str


@dataclass(frozen=True)
class Indicator:
    """One number of a plan: what it was in the base year, what it shall be in the target year.

    ``wording`` is the plan's own sentence. A target that is no number is text (``target_zh``, ``target_en``).
    """

    id: str
    document: Document
    section: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    base_year: int | None
    base: Decimal | None
    target_year: int | None
    target: Decimal | None
    target_zh: str
    target_en: str
    comparator: str
    kind: str
    wording: str
    confidence: str
    note_zh: str
    note_en: str
    waits: Waits | None

    @property
    def goal(self) -> Goal | None:
        """What is asked for; None where the plan sets no number."""
        if self.target is None:
            return None
        return Goal(self.comparator, self.target, self.target_year, self.base, self.base_year)


@dataclass(frozen=True)
class Told:
    """An indicator with what the registers say of it; ``state`` is one of ``STATES``."""

    indicator: Indicator
    state: str
    measure: Measure | None = None
    reading: Reading | None = None

    @property
    def value(self) -> Decimal | None:
        return self.worth(self.reading.count) if self.reading else None

    def worth(self, count: int) -> Decimal:
        """A count in the indicator's unit."""
        return Decimal(count) / (self.measure.per if self.measure else 1)

    @property
    def due(self) -> Decimal | None:
        """What the straight line from base to target has on the day of the reading, to a tenth."""
        goal = self.indicator.goal
        path = goal.path(self.reading.day) if goal and self.reading else None
        return None if path is None else round(path, 1)

    @property
    def missing(self) -> Decimal | None:
        """How much less than the target it is; negative where it is more."""
        value, target = self.value, self.indicator.target
        return None if value is None or target is None else target - value

    @property
    def change(self) -> Decimal | None:
        """How much more than in the base year."""
        value, base = self.value, self.indicator.base
        return None if value is None or base is None else value - base


@cache
def indicators() -> dict[str, Indicator]:
    """Every indicator by its code, in the order of the plans."""
    waits = {row["id"]: Waits(**row) for row in read_csv(DATA / "waits.csv")}
    found = {row["id"]: _read(row, waits) for row in read_csv(DATA / "indicators.csv")}
    for code, measure in measures().items():
        if found[code].waits is not None or found[code].document.region != measure.region:
            raise ValueError(f"{code}: counted, and yet waits for a register, or is of another region")
    if silent := [code for code, one in found.items() if one.waits is None and code not in measures()]:
        raise ValueError(f"neither counted nor said what they wait for: {silent}")
    return found


def written(number: Decimal) -> str:
    """A number with thousands' separators and no zeros at its end.

    >>> written(Decimal("49978.0")), written(Decimal("-0.0103"))
    ('49,978', '−0.0103')
    """
    return f"{number.normalize():,f}".replace("-", MINUS)


def _read(row: Mapping[str, str], waits: Mapping[str, Waits]) -> Indicator:
    texts = ("id", "section", "name_zh", "name_en", "unit_zh", "unit_en", "target_zh", "target_en", "comparator")
    return Indicator(
        document=documents()[row["doc"]],
        base_year=int(row["base_year"]) if row["base_year"] else None,
        base=Decimal(row["base"]) if row["base"] else None,
        target_year=int(row["target_year"]) if row["target_year"] else None,
        target=Decimal(row["target"]) if row["target"] else None,
        waits=waits[row["waits"]] if row["waits"] else None,
        **{name: row[name] for name in (*texts, "kind", "wording", "confidence", "note_zh", "note_en")},
    )


def tell(indicator: Indicator, reading: Reading | None) -> Told:
    """What the registers said of an indicator when it was last counted."""
    measure = measures().get(indicator.id)
    if measure is None:
        return Told(indicator, "waiting")
    if not measure.here:
        return Told(indicator, "elsewhere", measure)
    if reading is None:
        return Told(indicator, "uncounted", measure)
    goal = indicator.goal
    value = Decimal(reading.count) / measure.per
    state = goal.standing(value, reading.day, measure.fit) if goal else "counted"
    return Told(indicator, state, measure, reading)


def find_indicators(*, q: str = "", document: str = "", state: str = "") -> list[Told]:
    """Indicators by name or code, plan, and state ("live": any with a value); what is empty narrows nothing."""
    readings = latest_readings()
    found = [tell(one, readings.get(one.id)) for one in indicators().values()]
    return [
        one
        for one in found
        if named(one.indicator, q)
        and document in ("", one.indicator.document.id)
        and (not state or one.state == state or (state == "live" and one.state in COUNTED))
    ]


def indicator_by_code(code: str) -> Told:
    """One indicator. Raises NotFound."""
    indicator = indicators().get(code.upper())
    if indicator is None:
        raise NotFound(_("没有这项指标，请从指标列表中选择。"))
    return tell(indicator, latest_readings().get(indicator.id))
