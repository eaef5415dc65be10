"""What a document says was checked before it was issued: each rule, what came out, and the signatory's reasons.

It is the issuer's and the platform's statement at that time, signed with the results; nobody who verifies can ask
the records again. So a rule that was not kept is shown as such, with the reason for issuing all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from quanheng.kernel.attestations.credentials.verdict import Check

MARKS = {"pass": "✓", "fail": "✗", "not-evaluated": "○"}
GRADES: dict[str, tuple[str, str]] = {"hard": ("硬性", "hard"), "soft": ("说明", "explained")}
GATED = (
    "要求机构说明签发前核查了什么，或向主管监管机构反映。",
    "Ask the issuer what was checked before issue, or tell its regulator.",
)
WEIGH = (
    "请看签字人写明的理由是否成立；有疑问的，向出具机构或其主管监管机构核实。",
    "Judge the signatory's reason for yourself; in doubt ask the issuer or its regulator.",
)
OPEN = (
    "没有判断的规则缺少记录，请按需要向出具机构索取。",
    "For what was not evaluated a record is missing: ask the issuer for it where it matters to you.",
)


@dataclass(frozen=True)
class Gated:
    """One rule as the document states it."""

    rule: str
    version: str
    grade: str
    outcome: str
    title_zh: str
    title_en: str
    source: str
    reason_zh: str
    reason_en: str
    looked_at: tuple[str, ...]
    explanation_zh: str


def gated(document: dict[str, Any]) -> list[Gated]:
    """The rules that were asked, in their order; none in editions 1 and 2, or where the records are kept elsewhere."""
    gate = document["credentialSubject"].get("gate", {})
    return [
        Gated(
            rule=one["rule"],
            version=one["version"],
            grade=one["grade"],
            outcome=one["outcome"],
            title_zh=one["titleZh"],
            title_en=one["titleEn"],
            source=one["source"],
            reason_zh=one["reasonZh"],
            reason_en=one["reasonEn"],
            looked_at=tuple(one.get("lookedAt", ())),
            explanation_zh=one.get("explanationZh", ""),
        )
        for one in gate.get("checks", ())
    ]


def gate_check(document: dict[str, Any]) -> Check:
    """The check "gate" of a document that keeps its schema."""
    asked = gated(document)
    if not asked:
        zh = "签发前核查：未记录（此版文件不含，或签发时没有可对照的记录）。"
        en = "Gate: not recorded; this edition of documents does not hold it, or there were no records to ask."
        return Check("gate", "not-evaluated", zh, en, *GATED)
    counts = {outcome: sum(one.outcome == outcome for one in asked) for outcome in MARKS}
    failed = [one for one in asked if one.outcome == "fail"]
    if failed:
        zh = "；".join(f"{one.title_zh}：{one.reason_zh}{_said_zh(one)}" for one in failed)
        en = "; ".join(f"{one.title_en}: {one.reason_en}{_said_en(one)}" for one in failed)
        zh = f"{len(asked)} 条规则中 {len(failed)} 条不符合。{zh}"
        en = f"{len(failed)} of {len(asked)} rules were not kept. {en}"
        return Check("gate", "fail", zh, en, *WEIGH)
    if counts["not-evaluated"]:
        zh = f"{len(asked)} 条规则中 {counts['pass']} 条符合，{counts['not-evaluated']} 条缺少记录、没有判断。"
        en = f"{counts['pass']} of {len(asked)} rules were kept; for {counts['not-evaluated']} a record is missing."
        # What nothing speaks against has passed as far as it could be asked; the rows say how far that is.
        return Check("gate", "pass" if counts["pass"] else "not-evaluated", zh, en, *OPEN)
    zh = f"签发时对照平台记录核查的 {len(asked)} 条规则全部符合。"
    en = f"All {len(asked)} rules that were checked against the platform's records at issue were kept."
    return Check("gate", "pass", zh, en)


def _said_zh(one: Gated) -> str:
    return f"签字人理由：{one.explanation_zh}" if one.explanation_zh else ""


def _said_en(one: Gated) -> str:
    return f" Signatory's reason: {one.explanation_zh}" if one.explanation_zh else ""


def gate_lines(document: dict[str, Any], *, chinese: bool) -> list[str]:
    """The rules line by line, for a terminal."""
    return [
        f"{MARKS[one.outcome]} {one.title_zh if chinese else one.title_en} [{one.rule} {one.version}]"
        f"{'：' if chinese else ': '}{one.reason_zh if chinese else one.reason_en}"
        f"{_said_zh(one) if chinese else _said_en(one)}"
        for one in gated(document)
    ]


def gate_summary(document: dict[str, Any]) -> str:
    """What stands of it on a printed page: how many of each, and every rule that was not kept with the reason."""
    asked = gated(document)
    if not asked:
        return ""
    words = {"pass": "符合", "not-evaluated": "未判断", "fail": "不符合"}
    counts = [(word, sum(one.outcome == outcome for one in asked)) for outcome, word in words.items()]
    told = [f"{len(asked)} 条规则：" + "，".join(f"{word} {count}" for word, count in counts if count)]
    told += [f"{one.title_zh}：{one.reason_zh}{_said_zh(one)}" for one in asked if one.outcome == "fail"]
    return "\n".join(told)
