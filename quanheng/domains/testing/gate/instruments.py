"""Instruments on the day of use: in calibration, not out for repair, not used for more than a day holds.

SAMR Order 39, Article 13; ISO/IEC 17025 6.4.
"""

from __future__ import annotations

from collections.abc import Mapping

from quanheng.domains.testing.gate.finding import Finding, failed, finds, missing, passed
from quanheng.domains.testing.gate.records import Records
from quanheng.kernel.objects.models import Instrument

_NAME = (
    "请在录入结果时选定所用设备和检测日期。",
    "Name the instrument and the day of use when results are entered.",
)


@finds("instrument.calibrated")
def calibrated(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """Each instrument was in calibration on each day on which it was used."""
    uses = records.uses
    if not uses:
        return missing("没有记录所用设备或使用日期。", "No instrument, or no day of use, is recorded.", _NAME)
    wrong, looked = {}, []
    for result, instrument, day in uses:
        known = records.calibrations.get(instrument.pk, [])
        one = next((one for one in known if one.first <= day <= one.last), None)
        if one is not None:
            looked.append(f"{instrument.uid} {one.number} {one.first}–{one.last}")
            continue
        last = max((one.last for one in known if one.last < day), default=None)
        ended = (
            (f"校准 {last} 已到期", f"calibration ended on {last}")
            if last
            else ("没有校准记录", "no calibration known")
        )
        wrong[instrument.pk, day] = (
            f"第 {result.position} 项于 {day} 用“{instrument}”，{ended[0]}",
            f"item {result.position} of {day} used {_called(instrument)}, {ended[1]}",
        )
        looked.append(instrument.uid)
    if wrong:
        mend = (
            "请在测量设备台账登记当日有效的校准，或更换设备重新检测。",
            "Record the calibration that was valid that day with the instrument, or test again with another.",
        )
        return failed(wrong.values(), mend, looked)
    return passed(
        f"所用 {len(records.calibrations)} 台设备在检测之日均在校准有效期内。",
        f"All {len(records.calibrations)} instrument(s) were in calibration on the day of use.",
        looked,
    )


@finds("instrument.in_service")
def in_service(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """No instrument was used on a day on which it was out of service, as for repair."""
    uses = records.uses
    if not uses:
        return missing("没有记录所用设备或使用日期。", "No instrument, or no day of use, is recorded.", _NAME)
    wrong, looked = {}, []
    for result, instrument, day in uses:
        out = next(
            (
                one
                for one in records.outages.get(instrument.pk, [])
                if one.since <= day and (one.until is None or day < one.until)
            ),
            None,
        )
        gone = instrument.retired_on is not None and instrument.retired_on < day
        looked.append(f"{instrument.uid} {day}")
        if out is None and not gone:
            continue
        until = out.until if out else None
        zh = f"{out.since} 至 {until or '今'} 停用或送修" if out else f"{instrument.retired_on} 已注销"
        en = f"out of service {out.since} to {until or 'now'}" if out else f"retired on {instrument.retired_on}"
        wrong[instrument.pk, day] = (
            f"第 {result.position} 项写明 {day} 用“{instrument}”，该设备{zh}",
            f"item {result.position} names {_called(instrument)} on {day}: {en}",
        )
    if wrong:
        mend = (
            "请核对检测日期与所用设备，退回修改；停用期间登记有误的，先在测量设备台账更正。",
            "Check day and instrument and send the results back; mend the outage first where that is wrong.",
        )
        return failed(wrong.values(), mend, looked)
    return passed("所用设备在检测之日都没有停用或送修。", "No instrument was out of service on the day of use.", looked)


@finds("instrument.volume")
def volume(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """No instrument determined more results on a day than its owner says that it can (``Instrument.tests_a_day``).

    All results of that day count, of whichever order: an instrument has one day, however many clients it has.
    """
    uses = records.uses
    if not uses:
        return missing("没有记录所用设备或使用日期。", "No instrument, or no day of use, is recorded.", _NAME)
    used = {instrument.pk: instrument for _result, instrument, _day in uses}
    stated = {key: one.tests_a_day for key, one in used.items() if one.tests_a_day}
    if not stated:
        mend = (
            "请在测量设备台账写明设备每日最多检测项数。",
            "State with the instrument how many determinations it can do on a day.",
        )
        return missing(
            f"所用 {len(used)} 台设备都没有写明每日最多检测项数。",
            f"Of none of the {len(used)} instrument(s) used is a daily capacity stated.",
            mend,
        )
    loads = sorted(one for one in records.loads if one.instrument in stated)
    looked = [f"{used[key].uid} {day} {count}/{stated[key]}" for key, day, count in loads]
    wrong = [
        (
            f"“{used[key]}”于 {day} 用于 {count} 项检测，超过其每日能力 {stated[key]} 项",
            f"{_called(used[key])} was used for {count} determinations on {day}, above the {stated[key]} it can do",
        )
        for key, day, count in loads
        if count > stated[key]
    ]
    if wrong:
        mend = (
            "请核对所用设备与检测日期；属实的，写明如何在一天内完成。",
            "Check instrument and day; where they are right, say how that was done in a day.",
        )
        return failed(wrong, mend, looked)
    open_zh = f"；另 {len(used) - len(stated)} 台没有写明" if len(used) > len(stated) else ""
    open_en = f"; of {len(used) - len(stated)} more none is stated" if len(used) > len(stated) else ""
    return passed(
        f"{len(stated)} 台设备当日用量不超过其每日能力{open_zh}。",
        f"{len(stated)} instrument(s) used within their daily capacity{open_en}.",
        looked,
    )


def _called(instrument: Instrument) -> str:
    return f"{instrument.name_en or instrument.name_zh} {instrument.serial}"
