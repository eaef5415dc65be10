"""Methods in force and items complete (SAMR Order 39, Articles 13 and 14)."""

from __future__ import annotations

from collections.abc import Mapping

from quanheng.domains.testing.gate.finding import Finding, failed, finds, missing, passed
from quanheng.domains.testing.gate.records import Records

_STATES = {
    "superseded": ("已被代替", "superseded"),
    "withdrawn": ("已废止", "withdrawn"),
    "upcoming": ("尚未实施", "not yet in force"),
    "draft": ("尚未发布", "not published"),
}


@finds("method.in_force")
def in_force(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """Each method was in force on the day of determination."""
    asked = [(one.method, one.measured_on) for one in records.own if one.measured_on]
    if not asked:
        return missing("没有记录检测日期。", "No day of determination is recorded.")
    wrong = {}
    for method, day in asked:
        state = method.status_on(day)
        if state != "in_force":
            zh, en = _STATES.get(state, (state, state))
            wrong[method.number] = (f"{method.number} 于 {day} {zh}", f"{method.number} was {en} on {day}")
    looked = [method.number for method, _day in asked]
    if wrong:
        mend = (
            "请改用现行方法重新检测；委托方指定旧版的，写明理由。",
            "Test again by the method in force; where the client has asked for the earlier edition, say so.",
        )
        return failed(wrong.values(), mend, looked)
    return passed(
        f"{len(set(looked))} 个方法在检测之日现行有效。", f"{len(set(looked))} method(s) in force on the day.", looked
    )


@finds("items.planned")
def planned(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """Every item that was accepted has a result: none was dropped on the way."""
    empty = [one for one in records.results if not one.verdict]
    if not records.results:
        return missing("任务单没有项目。", "The order has no items.")
    if empty:
        mend = ("请退回补齐结果。", "Send the order back for the results that are missing.")
        wrong = [
            (f"第 {one.position} 项{one.item.name_zh}没有结果", f"item {one.position} {one.item.name_en} has no result")
            for one in empty
        ]
        return failed(wrong, mend)
    count = len(records.results)
    return passed(f"受理的 {count} 项都有结果。", f"All {count} accepted item(s) have a result.")


@finds("items.mandatory")
def mandatory(records: Records, _numbers: Mapping[str, float]) -> Finding:
    """No mandatory item that was ordered was dropped: it is determined in this order or beside it in the commission.

    Where the client has commissioned a part from the beginning that is no fake, since the conclusion is on the items
    determined alone; the report names what is not among them.
    """
    if not records.required:
        return missing(
            "登记的标准要求中没有该产品的强制性项目可对照。",
            "No mandatory items of these standards are registered for the product.",
        )
    looked = [zh for _key, _standard, zh, _en in records.required]
    absent = [one for one in records.required if one[0] not in records.determined]
    if dropped := [one for one in absent if one[0] in records.ordered]:
        mend = (
            "请补检或改派，或写明为什么没有检测。",
            "Determine them or let somebody else do so, or say why they are not determined.",
        )
        wrong = [
            (f"委托的强制性项目“{zh}”没有检测", f"mandatory item commissioned and not determined: {en}")
            for _key, _of, zh, en in dropped
        ]
        return failed(wrong, mend, looked)
    if absent:
        names, english = [one[2] for one in absent[:10]], [one[3] for one in absent[:10]]
        return missing(
            f"委托不含强制性项目：{'、'.join(names)}。结论只及所检项目。",
            f"Not commissioned: {', '.join(english)}. The conclusion is on the items determined alone.",
        )
    count = len(records.required)
    return passed(f"{count} 个强制性项目齐全。", f"All {count} mandatory item(s) are determined.", looked)
