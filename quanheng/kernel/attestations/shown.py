"""A verified attestation as its page tells it: one statement, the answers kept apart, the checks in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations.credentials.gated import gated
from quanheng.kernel.attestations.credentials.rawdata import raw_entries
from quanheng.kernel.attestations.credentials.verdict import Check, Verdict
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.pdf.view import DECISIONS, VERDICTS
from quanheng.kernel.base.errors import bilingual

# status -> (tone of its badge, its word, what it means for whoever holds the document)
STATUS: dict[str, tuple[str, Any, Any]] = {
    "valid": ("ok", _("有效"), _("现在可以作为依据。")),
    "suspended": ("wait", _("暂停"), _("暂停期间不得作为依据，请等待签发机构恢复或另行索取。")),
    "withdrawn": ("bad", _("撤销"), _("已被签发机构撤销，不得再作为依据。")),
    "superseded": ("ended", _("被代替"), _("已由新的文件代替，请索取并使用新的文件。")),
    "expired": ("ended", _("过期"), _("有效期已满，请索取有效的文件。")),
    "not-yet-valid": ("wait", _("尚未生效"), _("生效日期未到，请在生效后使用。")),
    "unknown": ("idle", _("不能判断"), _("没有足够信息判断现在是否有效。")),
}
# change of status -> what it means, told before it is made
MEANING: dict[str, Any] = {
    "suspend": _("暂停期间不得以这份文件为依据。文件本身不变，可以随时恢复。"),
    "reinstate": _("恢复后，这份文件重新可以作为依据。"),
    "withdraw": _("撤销后不能恢复，这份文件永远不得再作为依据。内容有误而仍有需要的，请在任务单上更正报告。"),
}
_OUTCOMES: dict[str, tuple[str, Any]] = {
    "pass": ("ok", _("通过")),
    "fail": ("bad", _("不通过")),
    "not-evaluated": ("idle", _("未判断")),
}
# What came out of a rule before issue.
_GATED: dict[str, Any] = {"pass": _("符合"), "fail": _("不符合"), "not-evaluated": _("未判断")}
_TONES = {"pass": "ok", "fail": "bad", "conditional-pass": "wait", "conditional-fail": "wait"}
# Where the check itself tells the day.
_DATED = ("expired", "not-yet-valid")
# The document may be as genuine as can be and say that the product fails: both belong in the first line.
_GENUINE: dict[str, Any] = {
    "conforms": _("真实，有效；结论为符合"),
    "does-not-conform": _("真实，有效；结论为不符合"),
    "not-judged": _("真实，有效；未作符合性判定"),
}
_DECISION_TONES = {"conforms": "ok", "does-not-conform": "bad"}


def status_of(attestation: Attestation) -> str:
    """The register's status of an attestation, as ``STATUS`` and the documents call it."""
    return "valid" if attestation.state == Attestation.State.ISSUED else str(attestation.state)


@dataclass(frozen=True)
class Answer:
    """One of the questions that a holder asks, with its answer as word, shape and reason."""

    question: Any
    word: Any
    tone: str
    why: Any


@dataclass(frozen=True)
class Statement:
    """The one clear statement at the head of the page."""

    tone: str
    title: Any
    text: Any


def local(record: dict[str, Any], name: str) -> str:
    """A bilingual member (``nameZh``, ``nameEn``) in the reader's language; the other where there is only one."""
    zh, en = str(record.get(f"{name}Zh", "")), str(record.get(f"{name}En", ""))
    return (en or zh) if (get_language() or "").startswith("en") else (zh or en)


def statement(verdict: Verdict, *, in_doubt: bool = False) -> Statement:
    """What a customs officer reads first: whether to rely on the document, and why.

    ``in_doubt``: something fell on which it rests (``doubts``). It is as genuine as before, and not to be relied on
    without asking.
    """
    if not verdict.genuine:
        return Statement(
            "bad", _("不能证实这份文件是真实的"), _("请勿采信。请看下面未通过的核验，并向签发机构核实或索取原件。")
        )
    if verdict.status != "valid":
        titles = {
            "suspended": _("真实，但已暂停"),
            "withdrawn": _("真实，但已撤销"),
            "superseded": _("真实，但已被代替"),
            "expired": _("真实，但已过期"),
            "not-yet-valid": _("真实，但尚未生效"),
        }
        tone, _word, text = STATUS[verdict.status]
        return Statement(tone, titles.get(verdict.status, _("真实，是否有效不能判断")), text)
    if verdict.competent == "fail":
        return Statement(
            "wait", _("真实，有效；机构资质不能证实"), _("文件未被改动，但签发日不能证实签发机构具有所声明的资质。")
        )
    traced = verdict.check("metrology")
    if traced is not None and traced.outcome == "fail":
        return Statement(
            "wait",
            _("真实，有效；但计量溯源不能证实"),
            _("文件未被改动，但所用设备检测时已超出校准有效期。请先向签发机构核实。"),
        )
    logged = verdict.check("log")
    if logged is not None and logged.outcome == "fail":
        return Statement(
            "wait", _("真实，有效；但日志不能证实"), _("签名相符，但透明日志中没有与之相符的条目。请先向平台核实。")
        )
    if in_doubt:
        return Statement(
            "wait",
            _("真实，有效；但所依据的记录存疑"),
            _("文件未被改动，签发后其所依据的校准或文件被宣布无效。请先向签发机构核实，再决定是否采信。"),
        )
    decision = (verdict.document or {})["credentialSubject"]["decision"]
    text = _("由所示机构签发，签发后未被改动，现在有效。真实说的是文件，合格与否说的是结论。")
    return Statement("ok", _GENUINE[decision], text)


IN_DOUBT = _("状态没有变，但所依据的记录存疑，请先核实。")


def answers(verdict: Verdict, *, in_doubt: bool = False) -> list[Answer]:
    """Genuine, in force, recognised, and what it concludes: words that are never melted into one."""
    failed = next((one for one in verdict.checks if one.outcome == "fail"), None)
    signature = verdict.check("signature")
    if verdict.genuine and signature:
        genuine = Answer(_("是真的吗"), _("真实"), "ok", bilingual(signature.zh, signature.en))
    else:
        why = bilingual(failed.zh, failed.en) if failed else _("有核验项目未能完成，见下。")
        genuine = Answer(_("是真的吗"), _("不能证实"), "bad", why)
    tone, word, text = STATUS[verdict.status]
    if in_doubt and verdict.status == "valid":
        text = IN_DOUBT
    status = verdict.check("status")
    force = Answer(
        _("现在有效吗"),
        word,
        tone if verdict.genuine or tone != "ok" else "idle",
        bilingual(status.zh, status.en) if status and verdict.status in _DATED else text,
    )
    found = verdict.check("recognition")
    words = {"pass": _("签发日具有资质"), "fail": _("资质不能证实"), "not-evaluated": _("未判断")}
    held = Answer(
        _("机构有资质吗"),
        words[verdict.competent],
        _OUTCOMES[verdict.competent][0],
        bilingual(found.zh, found.en) if found else "",
    )
    return [genuine, force, held, *_conclusion(verdict)]


def _conclusion(verdict: Verdict) -> list[Answer]:
    if verdict.document is None:
        return []
    subject = verdict.document["credentialSubject"]
    decision = subject["decision"]
    tone = _DECISION_TONES.get(decision, "idle") if verdict.genuine else "idle"
    return [Answer(_("结论是什么"), bilingual(*DECISIONS[decision]), tone, local(subject, "decision"))]


def checks(verdict: Verdict) -> list[dict[str, Any]]:
    """The checks in their order: title, outcome as word and shape, reason, what to do."""
    rows = []
    for one in verdict.checks:
        told = one.as_json()
        tone, word = _OUTCOMES[one.outcome]
        row = {"title": local(told, "title"), "tone": tone, "word": word, "why": local(told, "reason"), "todo": ""}
        if one.outcome != "pass":
            row["todo"] = local(told, "todo")
        if one.code == "trust" and one.outcome == "not-evaluated" and verdict.status != "unknown":
            # Here the registers themselves were asked; a list of them is for those who do not trust this page.
            row |= {
                "tone": "info",
                "word": _("本平台登记"),
                "why": _("直接对照本平台登记的机构、密钥与状态。"),
                "todo": _("不愿只信本页时，可下载数据原件与信任清单，用 ./qh verify 离线核验。"),
            }
        rows.append(row)
    return rows


def raw_told(check: Check) -> dict[str, Any]:
    """Whether a file is one of a report's raw data, as its page tells it."""
    told = check.as_json()
    tone = {"pass": "success", "fail": "error", "not-evaluated": "warning"}[check.outcome]
    return {"tone": tone, "why": local(told, "reason"), "todo": local(told, "todo")}


def summary(document: dict[str, Any]) -> dict[str, Any]:
    """What the document says of itself: kind, number, issuer, client, object, decision, people, dates."""
    subject, issuer = document["credentialSubject"], document["issuer"]
    thing, client = subject["object"], subject["client"]
    decision = subject["decision"]
    return {
        "kind": Attestation.Kind(subject["kind"].replace("-", "_")).label,
        "number": subject["number"],
        "issuer": local(issuer, "name"),
        "issuer_code": issuer["uscc"],
        "recognitions": [f"{one['scheme']} {one['number']}" for one in subject.get("recognitions", ())],
        "client": local(client, "name"),
        "client_code": client.get("uscc", ""),
        "object": local(thing, "name"),
        "model": " · ".join(str(thing[name]) for name in ("model", "serialNumber", "batch") if name in thing),
        "manufacturer": thing.get("manufacturerZh", ""),
        "samples": [
            " · ".join(part for part in (one["identifier"], one.get("quantity"), one.get("stateZh")) if part)
            for one in thing.get("samples", ())
        ],
        "requirements": [_cited(one) for one in subject["requirements"]],
        "decision": bilingual(*DECISIONS[decision]),
        "decision_tone": _DECISION_TONES.get(decision, "idle"),
        "decision_text": local(subject, "decision"),
        "decision_rule": subject.get("decisionRule", ""),
        "signatory": subject["signatory"],
        "reviewer": subject["reviewedBy"],
        "issued": datetime.fromisoformat(subject["issued"]),
        "valid_until": datetime.fromisoformat(document["validUntil"]).date() if "validUntil" in document else None,
        "determined": [_day(subject.get(name)) for name in ("determinedFrom", "determinedUntil")],
        "supersedes": subject.get("supersedes"),
        "notes": subject.get("notesZh", []),
        "items": items(subject),
        "raw": raw_entries(document),
        "gate": gate_rows(document),
    }


def looked_at(names: Iterable[str]) -> list[Any]:
    """What a rule has looked at, in words: a signatory who may sign in every field is recorded as ``*``."""
    return [_("全部领域") if one == "*" else one for one in names]


def gate_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules that were checked before issue: what came out as word and shape, what was looked at, the reasons."""
    return [
        {
            "rule": one.rule,
            "title": bilingual(one.title_zh, one.title_en),
            "why": bilingual(one.reason_zh, one.reason_en),
            "source": one.source,
            "version": one.version,
            "hard": one.grade == "hard",
            "tone": _OUTCOMES[one.outcome][0],
            "word": _GATED[one.outcome],
            "looked_at": looked_at(one.looked_at),
            "said": one.explanation_zh,
        }
        for one in gated(document)
    ]


def items(subject: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of the results table, with the values as they were signed."""
    equipment = {one["identifier"]: one["nameZh"] for one in subject.get("equipment", ())}
    return [
        {
            "name": local(one, "name"),
            "method": _cited(one["method"]),
            "requirement": _cited(one["requirement"]) if "requirement" in one else "",
            "limit": _limit(one),
            "value": one.get("value", ""),
            "unit": "" if one.get("unit") == "1" else one.get("unit", ""),
            "uncertainty": one.get("uncertainty", ""),
            "k": one.get("coverageFactor", ""),
            "observation": one.get("observationZh", ""),
            "verdict": bilingual(*VERDICTS[one["verdict"]]) if _TONES.get(one["verdict"]) else "",
            "tone": _TONES.get(one["verdict"], "idle"),
            "equipment": [equipment.get(key) or key for key in one.get("equipment", ())],
        }
        for one in subject.get("items", ())
    ]


def _cited(one: dict[str, Any]) -> str:
    return f"{one['standard']} {one.get('clause', '')}".strip()


def _limit(item: dict[str, Any]) -> str:
    limits = item.get("limits")
    if not limits:
        return ""
    if words := local(limits, "text"):
        return words
    unit = "" if item.get("unit") in (None, "1") else f" {item['unit']}"
    lower, upper = limits.get("lower"), limits.get("upper")
    if lower and upper:
        return f"{lower} ~ {upper}{unit}"
    if upper:
        return f"≤ {upper}{unit}"
    return f"≥ {lower}{unit}" if lower else ""


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
