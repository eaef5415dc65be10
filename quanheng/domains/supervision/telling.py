"""Comparisons and inquiries in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.supervision.measures import Measure, measures
from quanheng.domains.supervision.models import Inquiry
from quanheng.domains.testing.gate.rules import all_rules
from quanheng.domains.testing.models import GateRecord
from quanheng.kernel.base.errors import bilingual
from quanheng.kernel.base.texts import filled


def measure_told(measure: Measure, numbers: Mapping[str, Any]) -> dict[str, Any]:
    """A measure with its numbers: what was counted, what would be expected, whether it is more than chance."""
    return {
        "key": measure.key,
        "title": bilingual(measure.title_zh, measure.title_en),
        "told": _counted(measure, numbers),
        "found": bilingual(measure.found_zh, measure.found_en),
        "looked": bilingual(measure.looked_zh, measure.looked_en),
        "innocent": bilingual(measure.innocent_zh, measure.innocent_en),
        "source": measure.source,
        "finding": numbers["finding"],
        "tone": "bad" if numbers["finding"] else "idle" if numbers["q"] is None else "ok",
        "word": _("线索") if numbers["finding"] else _("数据不足") if numbers["q"] is None else _("与同行一致"),
        "q": _chance(numbers["q"]),
        "rules": _rules(measure, numbers["detail"]),
        "digits": list(enumerate(numbers["detail"].get("digits", ()))),
    }


def _counted(measure: Measure, numbers: Mapping[str, Any]) -> Any:
    looked = numbers["looked"]
    if not looked:
        return _("没有可比的数据")
    if measure.against == "digits":
        return filled(
            _("%(looked)s 个末位数字，最常见的出现 %(found)s 次，均匀时各 %(expected)s 次"), **_figures(numbers)
        )
    return filled(_("%(looked)s 中有 %(found)s，按同行应为 %(expected)s"), **_figures(numbers))


def _figures(numbers: Mapping[str, Any]) -> dict[str, str]:
    expected = numbers["expected"]
    return {
        "looked": f"{numbers['looked']:,}",
        "found": f"{numbers['found']:,}",
        "expected": f"{expected:,.1f}" if expected < 100 else f"{expected:,.0f}",
    }


def _chance(q: float | None) -> str:
    """The share of false findings, as people read it."""
    if q is None:
        return "—"
    return f"{q:.2g}" if q >= 1e-3 else f"{q:.0e}" if q >= 1e-10 else "< 1e-10"


def _rules(measure: Measure, detail: Mapping[str, Any]) -> list[tuple[Any, int]]:
    """The rules of the gate behind a measure with how often, the most frequent first."""
    outcome = {"explained": "fail", "unrecorded": "not-evaluated"}.get(measure.key)
    if outcome is None:
        return []
    titles = _titles()
    found = [(titles.get(key, key), counts.get(outcome, 0)) for key, counts in detail.items()]
    return sorted((one for one in found if one[1]), key=lambda one: -one[1])[:5]


def gate_told(row: GateRecord) -> dict[str, Any]:
    """A report with the rules that were not kept, and the signatory's reasons."""
    return {"report": row.attestation, "failed": _failed(row.outcomes, row.reasons), "missing": row.missing}


def _failed(outcomes: Mapping[str, str], reasons: Mapping[str, str]) -> list[tuple[Any, str]]:
    titles = _titles()
    return [(titles.get(key, key), reasons.get(key, "")) for key, outcome in outcomes.items() if outcome == "fail"]


def _titled(outcomes: Mapping[str, str], wanted: str) -> list[Any]:
    """The rules that came out so, by their titles."""
    titles = _titles()
    return [titles.get(key, key) for key, outcome in outcomes.items() if outcome == wanted]


def _titles() -> dict[str, Any]:
    return {rule.key: bilingual(rule.title_zh, rule.title_en) for rule in all_rules()}


def evidence_told(inquiry: Inquiry) -> dict[str, list[dict[str, Any]]]:
    """What an inquiry is about, as it was frozen: measures and reports."""
    known = measures()
    spans = [one for one in inquiry.evidence if one["kind"] == "measure"]
    return {
        "measures": [
            measure_told(known[one["key"]], one) | {name: _day(one[name]) for name in ("since", "until")}
            for one in spans
            if one["key"] in known
        ],
        "reports": [
            {
                "number": one["number"],
                "uid": one["uid"],
                "failed": _failed(one["outcomes"], one["reasons"]),
                "missing": _titled(one["outcomes"], "not-evaluated"),
            }
            for one in inquiry.evidence
            if one["kind"] == "report"
        ],
    }


def _day(moment: str) -> Any:
    return timezone.localdate(datetime.fromisoformat(moment))


def said(inquiry: Inquiry) -> list[tuple[Any, str]]:
    """What was said on either side, in the order in which it is said; what was not said yet is left out."""
    told = (
        (_("要求说明的事项"), inquiry.question),
        (_("机构说明"), inquiry.answer),
        (_("追问"), inquiry.further),
        (_("再次说明"), inquiry.second_answer),
        (_("责令改正的内容"), inquiry.ordered),
        (_("改正情况"), inquiry.corrected),
        (_("结论"), inquiry.get_outcome_display() if inquiry.outcome else ""),
        (_("结论理由"), inquiry.conclusion),
    )
    return [one for one in told if one[1]]
