"""One typed row against its limit: is it a value of the right kind, and does it conform?"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import bilingual
from quanheng.kernel.requirements.models import Requirement
from quanheng.kernel.results.models import Result
from quanheng.science.errors import ScienceError
from quanheng.science.quantities import Range, Unit, decimal_of, decimal_text, parse_unit, require_fit, to_si
from quanheng.science.uncertainty.decision import decide, decide_bounded, decide_qualitative

if TYPE_CHECKING:
    from quanheng.kernel.results.services import Entered

Limit = Requirement.Limit
Verdict = Result.Verdict

# GUM 6.3.3: k = 2 unless stated otherwise; beyond 5 a coverage factor is a slip of the pen.
USUAL_K = "2"
GREATEST_K = Decimal(5)


@dataclass(frozen=True)
class LimitOf:
    """A frozen limit, as a planned result carries it."""

    kind: str
    lower: str
    upper: str
    unit: str

    @classmethod
    def result(cls, result: Result) -> LimitOf:
        return cls(result.limit, result.lower, result.upper, result.limit_unit)

    def range(self, quantity: str) -> Range:
        """The values that conform."""
        lower = decimal_of(self.lower) if self.lower else None
        upper = decimal_of(self.upper) if self.upper else None
        if self.kind == Limit.MAX:
            lower = None
        elif self.kind == Limit.MIN:
            upper = None
        elif self.kind == Limit.EXACT:
            lower = upper = lower if lower is not None else upper
        return Range(lower, upper, parse_unit(self.unit or "1"), quantity or None)


@dataclass
class Judged:
    """A row as it will be stored, or what is wrong with it. ``si`` is the value in SI, None if not a number."""

    value: str = ""
    unit: str = ""
    uncertainty: str = ""
    k: str = ""
    verdict: str = ""
    rule: str = ""
    measured: bool = False
    si: float | None = None
    errors: list[tuple[str, Any]] = field(default_factory=list)

    def wrong(self, name: str, message: Any) -> None:
        self.errors.append((name, message))


def judge(*, limit: LimitOf, quantity: str, entered: Entered, rule: str) -> Judged:
    """Check a row and decide on conformity by ``rule`` (``simple`` or ``guarded``).

    A row of a quantity needs a number (or "<number", below the limit of detection) with a unit that fits, and
    its expanded uncertainty; any other row is an observation, judged by its words.
    """
    found = Judged(value=entered.value.strip())
    if not found.value:
        found.wrong("value", _("请填写结果；未检测的项目请整行留空，不要保存。"))
    elif quantity:
        _measured(found, limit, quantity, entered, rule)
    else:
        _observed(found, limit)
    return found


def _observed(found: Judged, limit: LimitOf) -> None:
    if limit.kind == Limit.REPORT:
        found.verdict = Verdict.REPORTED
        return
    try:
        found.verdict = decide_qualitative(found.value, ["符合"], ["不符合"]).verdict
    except ScienceError as error:
        found.wrong("value", bilingual(error.zh, error.en))


def _measured(found: Judged, limit: LimitOf, quantity: str, entered: Entered, rule: str) -> None:
    found.measured = True
    below = found.value[:1] in "<＜"
    number = _number(found, "value", found.value[1:] if below else found.value)
    unit = _unit(found, entered.unit.strip() or limit.unit, quantity)
    expanded = None if below else _uncertainty(found, entered)
    if number is None or unit is None or found.errors:
        return
    found.value = f"<{decimal_text(number)}" if below else decimal_text(number)
    found.unit = unit.symbol
    try:
        found.si = to_si(number, unit, quantity)
        if limit.kind == Limit.REPORT:
            found.verdict = Verdict.REPORTED
        elif below:
            bounded = Range(None, number, unit, quantity, upper_open=True)
            found.verdict = decide_bounded(bounded, limit.range(quantity)).verdict
        else:
            decision = decide(number, expanded, limit.range(quantity), rule, found.k, unit)
            found.verdict, found.rule = decision.verdict, rule
        if below:
            # A bound is not a value: it is not compared with the range of the scope.
            found.si = None
    except ScienceError as error:
        found.wrong("value", bilingual(error.zh, error.en))


def _number(found: Judged, name: str, text: str) -> Decimal | None:
    try:
        return decimal_of(text)
    except ScienceError as error:
        found.wrong(name, bilingual(error.zh, error.en))
        return None


def _unit(found: Judged, text: str, quantity: str) -> Unit | None:
    if not text:
        found.wrong("unit", _("请填写单位。"))
        return None
    try:
        return require_fit(parse_unit(text), quantity)
    except ScienceError as error:
        found.wrong("unit", bilingual(error.zh, error.en))
        return None


def _uncertainty(found: Judged, entered: Entered) -> Decimal | None:
    """ISO/IEC 17025 7.8.3.1 c: U with its k, in the unit of the value."""
    if not entered.uncertainty.strip():
        found.wrong("uncertainty", _("请填写扩展不确定度 U（与结果同单位）。"))
        return None
    expanded = _number(found, "uncertainty", entered.uncertainty)
    k = _number(found, "k", entered.k.strip() or USUAL_K)
    if expanded is not None and expanded <= 0:
        found.wrong("uncertainty", _("扩展不确定度必须大于 0，请核对。"))
        return None
    if k is not None and not 0 < k <= GREATEST_K:
        found.wrong("k", _("包含因子 k 应大于 0 且不大于 5，通常为 2。"))
        return None
    if expanded is not None and k is not None:
        found.uncertainty, found.k = decimal_text(expanded), decimal_text(k)
    return expanded
