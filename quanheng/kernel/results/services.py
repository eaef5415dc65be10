"""Planning and recording results. Called inside an act on the case (entering, correcting)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import FieldError, Invalid
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.models import Case
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.objects.models import Instrument, Sample
from quanheng.kernel.requirements.models import Requirement
from quanheng.kernel.results import judging
from quanheng.kernel.results.erasing import erase_raw_file
from quanheng.kernel.results.models import Result
from quanheng.kernel.results.rawfiles import attach_raw_file, share_raw_file, withdraw_raw_file

__all__ = [
    "MAX_ROWS",
    "Entered",
    "attach_raw_file",
    "erase_raw_file",
    "plan_result",
    "record",
    "share_raw_file",
    "withdraw_raw_file",
]

MAX_ROWS = 500
MAX_PIECES = 30_000
_LONGEST = {"value": 60, "unit": 20, "uncertainty": 40, "k": 10, "environment": 120, "remark": 300}


@dataclass(frozen=True)
class Entered:
    """One row as it was typed, pasted or sent: everything is text."""

    position: int
    value: str = ""
    unit: str = ""
    uncertainty: str = ""
    k: str = ""
    instruments: tuple[str, ...] = ()
    measured_on: date | None = None
    environment: str = ""
    remark: str = ""
    pieces: str = ""


@dataclass
class _Known:
    """What the rows of one case are checked against, read once."""

    results: dict[int, Result]
    instruments: dict[str, Instrument]
    received: date | None
    rule: str
    errors: list[FieldError] = field(default_factory=list)


def plan_result(case: Case, position: int, scope_line: ScopeLine, requirement: Requirement | None) -> Result:
    """One result to be determined, its limit and method frozen as they stand today."""
    result = Result(
        case=case,
        position=position,
        requirement=requirement,
        item=scope_line.item,
        method_id=scope_line.method_id,
        scope_line=scope_line,
        limit=requirement.limit if requirement else Requirement.Limit.REPORT,
    )
    if requirement:
        result.standard_id = requirement.standard_id
        result.clause = requirement.clause
        result.lower, result.upper, result.limit_unit = requirement.lower, requirement.upper, requirement.unit
        result.limit_text_zh, result.limit_text_en = requirement.limit_text_zh, requirement.limit_text_en
    return result


def record(actor: Actor, case: Case, rows: Sequence[Entered], *, rule: str) -> list[Result]:
    """Check every row, then store them all; with any error, store none and name each (row, field, mend).

    ``rule`` is the decision rule agreed for the case. Raises Invalid.
    """
    if not rows:
        raise Invalid(_("没有可保存的结果，请至少填写一行。"))
    if len(rows) > MAX_ROWS:
        raise Invalid(filled(_("一次最多保存 %(limit)s 行，请分批保存。"), limit=MAX_ROWS))
    known = _known(case, rows, rule)
    changed: list[tuple[Result, tuple[str, ...]]] = []
    seen: set[int] = set()
    for row in rows:
        result = known.results.get(row.position)
        if result is None:
            known.errors.append(FieldError("position", _("本单没有这一项，请核对序号。"), row.position))
        elif result.provider_id:
            told = _("该项已分包，结果由分包方的报告得出，不在此录入。")
            known.errors.append(FieldError("position", told, row.position))
        elif row.position in seen:
            known.errors.append(FieldError("position", _("同一项出现了两次，请只保留一行。"), row.position))
        else:
            seen.add(row.position)
            _fill(actor, result, row, known)
            changed.append((result, row.instruments))
    if known.errors:
        message = filled(_("有 %(count)s 处需要修改，全部结果尚未保存。"), count=len(known.errors))
        raise Invalid(message, errors=known.errors)
    for result, _used in changed:
        result.save()
    _name_instruments({(result.pk, known.instruments[uid].pk) for result, used in changed for uid in used}, changed)
    return [result for result, _used in changed]


def _name_instruments(used: set[tuple[int, int]], changed: Sequence[tuple[Result, Any]]) -> None:
    """Which instruments each result was determined with, in three statements for all rows."""
    links = Result.instruments.through._default_manager
    stored = links.filter(result__in=[result.pk for result, _used in changed])
    known = {
        (result, instrument): key for key, result, instrument in stored.values_list("pk", "result_id", "instrument_id")
    }
    links.filter(pk__in=[key for pair, key in known.items() if pair not in used]).delete()
    new = sorted(used - known.keys())
    links.bulk_create([Result.instruments.through(result_id=result, instrument_id=one) for result, one in new])


def _known(case: Case, rows: Iterable[Entered], rule: str) -> _Known:
    uids = {uid for row in rows for uid in row.instruments}
    received = (
        Sample.objects.filter(case=case, state__in=Sample.DETERMINED_ON)
        .order_by("received_at")
        .values_list("received_at", flat=True)
        .first()
    )
    return _Known(
        results={
            result.position: result
            for result in Result.objects.select_for_update(of=("self",), no_key=True)
            .filter(case=case)
            .select_related("item", "scope_line")
        },
        instruments={row.uid: row for row in Instrument.objects.filter(owner_id=case.handler_id, uid__in=uids)},
        received=timezone.localtime(received).date() if received else None,
        rule=rule,
    )


def _fill(actor: Actor, result: Result, row: Entered, known: _Known) -> None:
    """Put a checked row into its result; what is wrong goes into ``known.errors``."""
    found = judging.judge(
        limit=judging.LimitOf.result(result), quantity=result.item.quantity, entered=row, rule=known.rule
    )
    errors: list[tuple[str, Any]] = list(found.errors)
    day = row.measured_on
    if day is None:
        errors.append(("measured_on", _("请填写检测日期。")))
    else:
        if day > timezone.localdate():
            errors.append(("measured_on", _("检测日期在今天之后，请核对。")))
        if known.received and day < known.received:
            errors.append(("measured_on", filled(_("检测日期早于收样日期 %(day)s，请核对。"), day=known.received)))
        errors += _instrument_errors(row, day, known, needed=found.measured)
    errors += _scope_errors(result, found)
    known.errors += [FieldError(name, message, result.position) for name, message in errors]
    result.value, result.unit = found.value, found.unit
    result.uncertainty, result.k = found.uncertainty, found.k
    result.verdict, result.decision_rule = found.verdict, found.rule
    result.operator_id, result.measured_on = actor.person_id, day
    result.environment, result.remark = row.environment.strip(), row.remark.strip()
    result.pieces = _pieces(row.pieces.strip(), result, known)
    for name, longest in _LONGEST.items():
        if len(getattr(result, name)) > longest:
            known.errors.append(
                FieldError(name, filled(_("最多 %(longest)s 个字，请缩短。"), longest=longest), result.position)
            )


def _pieces(text: str, result: Result, known: _Known) -> int | None:
    """On how many pieces it was determined; None where that is left out."""
    if not text:
        return None
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1 <= count <= MAX_PIECES:
        told = filled(_("检测件数应为 1 到 %(most)s 的整数，不计件的请留空。"), most=MAX_PIECES)
        known.errors.append(FieldError("pieces", told, result.position))
        return None
    return count


def _instrument_errors(row: Entered, day: date, known: _Known, *, needed: bool) -> list[tuple[str, Any]]:
    """ISO/IEC 17025 6.4.9, 7.5.1: the equipment used is named, in service and calibrated on the day."""
    if needed and not row.instruments:
        return [("instruments", _("请选择所用的测量设备。"))]
    errors: list[tuple[str, Any]] = []
    for uid in row.instruments:
        instrument = known.instruments.get(uid)
        if instrument is None:
            errors.append(("instruments", _("所选设备不属于本机构，请重新选择。")))
        elif not instrument.usable_on(day):
            errors.append(
                (
                    "instruments",
                    filled(
                        _("设备“%(name)s”在 %(day)s 不在校准有效期内或已停用，不能用于出具结果。请更换设备或先校准。"),
                        name=str(instrument),
                        day=day,
                    ),
                )
            )
    return errors


def _scope_errors(result: Result, found: judging.Judged) -> list[tuple[str, Any]]:
    """The value lies within the range for which competence is recognised."""
    line = result.scope_line
    if found.si is None or line is None:
        return []
    # An empty end is unbounded. Equal quantities give equal floats, whatever unit they were written in.
    lower = -math.inf if line.lower_si is None else line.lower_si
    upper = math.inf if line.upper_si is None else line.upper_si
    # A deviation has a sign; scopes state its size, from zero on.
    deviation = lower >= 0 and any(limit.startswith("-") for limit in (result.lower, result.upper))
    if lower <= (abs(found.si) if deviation else found.si) <= upper:
        return []
    return [
        (
            "value",
            filled(
                _("结果超出本机构能力范围 %(lower)s～%(upper)s %(unit)s，不能出具。请核对数值与单位，或将该项分包。"),
                lower=line.range_lower,
                upper=line.range_upper,
                unit=line.unit,
            ),
        )
    ]
