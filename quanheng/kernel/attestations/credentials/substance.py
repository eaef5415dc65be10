"""Checks of what a document says of its own making: scope, metrology, and the checks that were made before issue.

They are judged by what is signed in the document itself. A document can be genuine and fail every one of them; one that
passes them is not proven to be true.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from quanheng.kernel.attestations.credentials.gated import gate_check, gated
from quanheng.kernel.attestations.credentials.verdict import Check

LOOK = (
    "请在平台上查该机构的能力范围，对照项目、方法与量程。",
    "Look up the issuer's scope on the platform: item, method and range.",
)
ENQUIRE = ("请向出具机构索取所用设备的校准证书。", "Ask the issuer for the calibration certificates of the equipment.")


def substance(document: dict[str, Any]) -> tuple[Check, Check, Check]:
    """The checks "scope", "metrology" and "gate" of a document that keeps its schema."""
    return _scope(document), _metrology(document["credentialSubject"]), gate_check(document)


def _scope(document: dict[str, Any]) -> Check:
    """What came out when each result was held against the issuer's scope before issue: range, best uncertainty.

    The document names the lines that were looked at, not what they say: so it is the answer of that time that is told.
    """
    asked = [one for one in gated(document) if one.rule.startswith("scope.")]
    answered = [one for one in asked if one.outcome != "not-evaluated"]
    if not answered:
        zh = "文件没有记录结果与能力范围的对照，离线不能判断。"
        en = "The document does not record that results were held against the scope, so it cannot be judged from it."
        return Check("scope", "not-evaluated", zh, en, *LOOK)
    failed = any(one.outcome == "fail" for one in answered)
    zh = "签发时对照机构能力范围：" + "".join(f"{one.title_zh}：{one.reason_zh}" for one in answered)
    en = "Held against the issuer's scope at issue: " + " ".join(f"{one.title_en}: {one.reason_en}" for one in answered)
    return Check("scope", "fail" if failed else "pass", zh, en, *LOOK)


def _metrology(subject: dict[str, Any]) -> Check:
    """Whether each instrument was in calibration on the day it was used (ISO/IEC 17025, 6.4.6 and 6.4.9)."""
    equipment = {one["identifier"]: one for one in subject.get("equipment", ())}
    used = [
        (item, equipment[name])
        for item in subject.get("items", ())
        for name in item.get("equipment", ())
        if name in equipment
    ]
    if not used:
        zh, en = (
            "文件没有写明结果所用的测量设备。",
            "The document does not say which instruments its results come from.",
        )
        return Check("metrology", "not-evaluated", zh, en, *ENQUIRE)
    unknown = set()
    for item, instrument in used:
        until, day = _day(instrument, "calibratedUntil"), _day(item, "determined") or _day(subject, "determinedUntil")
        if until is None or day is None:
            unknown.add(instrument["identifier"])
        elif until < day:
            zh = f"{item['nameZh']}于 {day} 检测，所用“{instrument['nameZh']}”的校准 {until} 已到期。"
            en = f"Determined on {day}, when the calibration of {instrument['nameZh']} had ended on {until}."
            return Check("metrology", "fail", zh, en, *ENQUIRE)
    if unknown:
        zh = f"{len(unknown)} 台所用设备没有写明校准有效期或使用日期。"
        en = f"For {len(unknown)} instrument(s) the end of calibration or the day of use is not stated."
        return Check("metrology", "not-evaluated", zh, en, *ENQUIRE)
    count = len({one["identifier"] for _item, one in used})
    zh = f"所用 {count} 台设备在检测之日均在校准有效期内（按文件所写）。"
    en = f"All {count} instrument(s) used were in calibration on the day, by what the document states."
    return Check("metrology", "pass", zh, en)


def _day(record: dict[str, Any], name: str) -> date | None:
    """A date as the record states it; None where it states none, or one that is in no calendar."""
    try:
        return date.fromisoformat(record[name])
    except (KeyError, ValueError):
        return None
