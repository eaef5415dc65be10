"""Samples: a chain of custody without a gap, and as many pieces tested as received (SAMR Order 39, Articles 13, 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from quanheng.domains.testing.gate.finding import Finding, failed, finds, missing, passed
from quanheng.domains.testing.gate.records import Link, Records, local_day
from quanheng.kernel.objects.models import HandOver, Sample

_ENDS = (HandOver.Kind.RETURNED, HandOver.Kind.DISPOSED, HandOver.Kind.SENT, HandOver.Kind.LOST)
_COUNT = re.compile(r"\s*(\d{1,6})")


@finds("sample.chain")
def unbroken(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """Each sample was received before the first determination, and was in hand until the last."""
    determined_on = records.evidence.determined_on
    days = [one.measured_on for one in records.own if one.measured_on]
    if not determined_on or not days:
        return missing("没有登记收样或检测日期。", "No sample received, or no day of determination, is recorded.")
    wrong = [told for one in determined_on if (told := _gap(one, records.links, min(days), max(days)))]
    looked = [one.label for one in determined_on]
    if wrong:
        mend = (
            "请核对样品流转记录与检测日期，退回修改；样品不是所收样品的，不得出具报告。",
            "Check the chain of custody against the days and send the results back; no report without its sample.",
        )
        return failed(wrong, mend, looked)
    links = sum(one.sample in {piece.pk for piece in determined_on} for one in records.links)
    return passed(
        f"{len(looked)} 个样品、{links} 次流转，检测期间均在机构手中。",
        f"{len(looked)} sample(s), {links} link(s): in hand while determined.",
        looked,
    )


def _gap(piece: Sample, links: tuple[Link, ...], first: date, last: date) -> tuple[str, str] | None:
    chain = [one for one in links if one.sample == piece.pk]
    received = next((one for one in chain if one.kind == HandOver.Kind.RECEIVED), None)
    if received is None or chain[0] != received:
        return f"样品 {piece.label} 没有收样记录", f"sample {piece.label} has no record of receipt"
    if (came := local_day(received.at)) > first:
        return (
            f"样品 {piece.label} {came} 才收到，检测写明 {first}",
            f"sample {piece.label} came on {came}, after {first}",
        )
    gone = next((one for one in chain if one.kind in _ENDS), None)
    if gone is not None and (left := local_day(gone.at)) < last:
        return (
            f"样品 {piece.label} {left} 已离开机构，检测写明 {last}",
            f"sample {piece.label} left on {left}, before {last}",
        )
    return None


@finds("sample.counted")
def counted(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """As many pieces were determined as were received, item by item, where both numbers are recorded."""
    received = [_pieces(one) for one in records.evidence.determined_on]
    tested = [(one, one.pieces) for one in records.own if one.pieces is not None]
    if not received or None in received or not tested:
        return missing(
            "没有记录各项检测的件数，或收样数量不是件数。",
            "The number of pieces determined, or received, is not recorded.",
            ("请在录入结果时填写“检测件数”。", "State the pieces when results are entered."),
        )
    claimed = sum(one for one in received if one is not None)
    wrong = [
        (
            f"第 {one.position} 项检测 {count} 件，收样 {claimed} 件",
            f"item {one.position}: {count} piece(s) determined of {claimed} received",
        )
        for one, count in tested
        if count != claimed
    ]
    if wrong:
        mend = (
            "请核对件数；方法只要求部分件数的，写明依据的条款。",
            "Check the numbers; where the method asks for fewer, cite its clause.",
        )
        return failed(wrong, mend)
    return passed(f"收样 {claimed} 件，全部检测。", f"All {claimed} piece(s) received were determined.")


def _pieces(piece: Sample) -> int | None:
    """The number that a quantity begins with: "3 件" is 3; None where it begins otherwise."""
    found = _COUNT.match(piece.quantity)
    return int(found[1]) if found else None
