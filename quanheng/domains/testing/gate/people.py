"""People: who signs, where the operators were, and whether they can have done that much (SAMR Order 39, Article 11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from quanheng.domains.testing.gate.finding import Finding, failed, finds, missing, passed
from quanheng.domains.testing.gate.records import Records

_OPERATORS = ("没有记录检测人员或检测日期。", "No operator, or no day of determination, is recorded.")


@finds("signatory.authorised")
def authorised(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """Whoever signs is authorised for the field of the order on the day of issue."""
    if records.signatory is None:
        return missing("尚未签发，签字人未定。", "Not signed yet: nobody is named.")
    order = records.order
    field = order.family.code if order.family_id and order.family else order.activity
    held = [one for one in records.fields if one in (field, "*")]
    if held == ["*"]:
        return passed(
            f"签字人 {records.day} 获授权签发全部领域，包括“{field}”。",
            f"Authorised on {records.day} for all fields, {field} among them.",
            held,
        )
    if held:
        return passed(
            f"签字人 {records.day} 获授权签发“{field}”。", f"Authorised on {records.day} for {field}.", (f"{held[0]}",)
        )
    mend = (
        "请由有相应授权的签字人签发，或先在机构人员中登记授权领域。",
        "Let a signatory with that field sign, or record the authorisation with the institution's people first.",
    )
    wrong = (f"签字人 {records.day} 没有“{field}”的签字授权", f"not authorised for {field} on {records.day}")
    return failed([wrong], mend, records.fields)


@finds("operator.one_place")
def one_place(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """No operator recorded results for another institution on the same day."""
    if not records.work:
        return missing(*_OPERATORS)
    here = records.order.case.handler_id
    elsewhere: dict[tuple[int, date], int] = defaultdict(int)
    for one in records.work:
        if one.institution != here:
            elsewhere[one.operator, one.day] += one.results
    if elsewhere:
        wrong = [
            (
                f"{day} 同一检测人员还在其他机构录入 {count} 项结果",
                f"on {day} the same operator recorded {count} result(s) for another institution",
            )
            for (_person, day), count in sorted(elsewhere.items())
        ]
        mend = (
            "请核对检测人员与日期；属实的，写明该人员与两机构的关系。",
            "Check operator and day; where it is so, say how the person belongs to both.",
        )
        return failed(wrong, mend)
    people = len({one.operator for one in records.work})
    return passed(
        f"{people} 名检测人员当日没有在其他机构录入结果。", f"{people} operator(s): none at work elsewhere that day."
    )


@finds("operator.volume")
def volume(records: Records, numbers: Mapping[str, float]) -> Finding:
    """No operator recorded more results on one day than the rule holds possible (``most``)."""
    if not records.work:
        return missing(*_OPERATORS)
    counts: dict[tuple[int, date], int] = defaultdict(int)
    for one in records.work:
        counts[one.operator, one.day] += one.results
    most = int(numbers["most"])
    wrong = [
        (
            f"{day} 一名检测人员录入 {count} 项结果，超过 {most} 项",
            f"{count} results by one operator on {day}, above {most}",
        )
        for (_person, day), count in sorted(counts.items())
        if count > most
    ]
    if wrong:
        mend = (
            "请核对是否由本人检测；属实的，写明如何在一天内完成。",
            "Check who determined them; where it is so, say how that was done in a day.",
        )
        return failed(wrong, mend)
    highest = max(counts.values())
    return passed(
        f"单人单日最多 {highest} 项，不超过 {most} 项。", f"At most {highest} a person and day, not above {most}."
    )
