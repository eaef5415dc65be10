"""Results within what the institution is recognised for: range, and no uncertainty below its best capability."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from quanheng.domains.testing.gate.finding import Finding, failed, finds, missing, passed
from quanheng.domains.testing.gate.records import Records
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.results.models import Result
from quanheng.science.errors import ScienceError
from quanheng.science.quantities import decimal_of, difference_kind, parse_unit, to_si
from quanheng.science.uncertainty.formula import parse_formula

# What was written with fewer digits than it was computed with is not below its bound.
_SLACK = 1e-9
# Printed capabilities are rounded to two digits (GUM 7.2.6): a result rounded likewise may lie half a step below.
_ROUNDED = 0.05


@finds("scope.range")
def within_range(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """Each measured value lies in the range of the scope line that it rests on."""

    def wrong(result: Result, line: ScopeLine) -> tuple[str, str] | None:
        value = to_si(decimal_of(result.value), result.unit, result.item.quantity or None)
        lower = -math.inf if line.lower_si is None else line.lower_si
        upper = math.inf if line.upper_si is None else line.upper_si
        # A deviation has a sign; scopes state its size, from zero on.
        deviation = lower >= 0 and any(limit.startswith("-") for limit in (result.lower, result.upper))
        size = abs(value) if deviation else value
        if lower <= size <= upper:
            return None
        ends = f"{line.range_lower}～{line.range_upper} {line.unit}"
        return (
            f"第 {result.position} 项 {result.value} {result.unit} 超出能力范围 {ends}",
            f"item {result.position}: {result.value} {result.unit} is outside the scope {ends}",
        )

    mend = (
        "请核对数值与单位，退回修改；确实超出的，谢绝或分包该项目。",
        "Check value and unit and send the results back; what lies outside is declined or subcontracted.",
    )
    ranged = [one for one in _measured(records) if one.scope_line and one.scope_line.range() is not None]
    none = ("没有带量程的能力范围可对照。", "No scope line with a range to compare with.")
    return _each(ranged, wrong, none, mend, ("个结果都在能力范围之内。", "result(s) within the scope."))


@finds("scope.uncertainty")
def not_below_capability(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """No stated U is smaller than the best that the scope line claims at that value, both brought to k = 2."""

    def wrong(result: Result, line: ScopeLine) -> tuple[str, str] | None:
        best = parse_formula(line.uncertainty, parse_unit(line.unit)).at_si(decimal_of(result.value), result.unit)
        best *= 2 / float(line.k or 2)
        stated = _interval_si(result) * 2 / float(result.k or 2)
        if stated >= best * (1 - _ROUNDED) - _SLACK * best:
            return None
        u, claimed = f"U = {result.uncertainty} {result.unit}", line.uncertainty
        return (
            f"第 {result.position} 项 {u}（k = {result.k}）小于能力范围所载 {claimed}",
            f"item {result.position}: {u} (k = {result.k}) is below the scope's {claimed}",
        )

    mend = (
        "请按实际评定填写扩展不确定度，退回修改。",
        "State the expanded uncertainty as it was evaluated and send the results back.",
    )
    claimed = [one for one in _measured(records) if one.uncertainty and one.scope_line and one.scope_line.uncertainty]
    none = ("没有写明最佳能力的能力范围可对照。", "No scope line states a best capability to compare with.")
    return _each(
        claimed, wrong, none, mend, ("个不确定度都不小于最佳能力。", "uncertainty(ies) not below the best capability.")
    )


def _interval_si(result: Result) -> float:
    """U in SI: an interval, so that the zero of a scale (℃) does not enter."""
    unit = parse_unit(result.unit)
    return to_si(decimal_of(result.uncertainty), unit, difference_kind(unit))


def _measured(records: Records) -> list[Result]:
    """Results that are numbers with a unit; a bound ("<0.5") is none."""
    return [one for one in records.own if one.value and one.unit and one.item.quantity and one.value[0] not in "<＜"]


def _each(
    results: Iterable[Result],
    wrong: Callable[[Result, ScopeLine], tuple[str, str] | None],
    none: tuple[str, str],
    mend: tuple[str, str],
    kept: tuple[str, str],
) -> Finding:
    found, looked, unreadable = [], [], []
    for one in results:
        line = one.scope_line
        assert line is not None  # the caller has chosen those with one
        try:
            told = wrong(one, line)
        except (ScienceError, ValueError, OverflowError):
            unreadable.append(one.position)
            continue
        looked.append(line.uid)
        if told:
            found.append(told)
    if found:
        return failed(found, mend, looked)
    if unreadable or not looked:
        rows = "、".join(map(str, unreadable))
        if unreadable:
            none = (f"第 {rows} 项无法与能力范围比较。", f"Item(s) {rows} cannot be compared with the scope.")
        return missing(*none)
    return passed(f"{len(looked)} {kept[0]}", f"{len(looked)} {kept[1]}", looked)
