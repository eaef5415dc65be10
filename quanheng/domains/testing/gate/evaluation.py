"""Asking every rule that is in force, and what follows: a refusal, reasons that are wanted, or a clear way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

# Each registers what it finds.
from quanheng.domains.testing.gate import (  # noqa: F401
    completeness,
    instruments,
    likeness,
    people,
    samples,
    scopes,
)
from quanheng.domains.testing.gate.finding import FINDERS, Finding, missing
from quanheng.domains.testing.gate.records import Records, records_of
from quanheng.domains.testing.gate.rules import Rule, digest_on, rules_on
from quanheng.domains.testing.models import GateRecord, Order
from quanheng.kernel.attestations.credentials import statement as st
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.acts import remark
from quanheng.kernel.base.checks import REASON_LENGTH, checked_text
from quanheng.kernel.base.errors import Conflict, FieldError, Invalid, bilingual
from quanheng.kernel.results.models import Result


@dataclass(frozen=True)
class Asked:
    """A rule with what it finds."""

    rule: Rule
    found: Finding

    @property
    def field(self) -> str:
        """The name of the input in which its reason is given."""
        return field_of(self.rule.key)


@dataclass(frozen=True)
class Evaluation:
    """Every rule in force on a day, asked of one order."""

    day: date
    rules: str
    asked: tuple[Asked, ...]
    records: Records

    def failing(self, grade: str) -> list[Asked]:
        """Rules of a grade that are not kept."""
        return [one for one in self.asked if one.rule.grade == grade and one.found.outcome == "fail"]

    def count(self, outcome: str) -> int:
        """How many rules came out so."""
        return sum(one.found.outcome == outcome for one in self.asked)


def field_of(key: str) -> str:
    """The name of the input for the reason of a rule.

    >>> field_of("raw.copied")
    'gate_raw_copied'
    """
    return f"gate_{key.replace('.', '_')}"


def evaluate(order: Order, results: Sequence[Result], *, day: date, signatory: int | None = None) -> Evaluation:
    """Ask every rule in force on ``day``; stores nothing. ``signatory`` is the person about to sign, if anybody is."""
    records = records_of(order, results, day=day, signatory=signatory)
    return Evaluation(day, digest_on(day), tuple(Asked(rule, _find(rule, records)) for rule in rules_on(day)), records)


def _find(rule: Rule, records: Records) -> Finding:
    find = FINDERS.get(rule.key)
    if find is None:
        return missing("本平台版本没有这条规则的程序。", "This version of the platform has no code for the rule.")
    return find(records, rule.parameters)


def require(evaluation: Evaluation, reasons: Mapping[str, str]) -> dict[str, str]:
    """The signatory's reasons by rule, checked. Raises Conflict for a hard rule, Invalid for a reason that is missing.

    Reasons for rules that are kept are left out: a report explains what there is to explain.
    """
    if hard := evaluation.failing("hard"):
        zh = "".join(f"{one.rule.title_zh}：{one.found.zh}{one.found.mend_zh}" for one in hard)
        en = " ".join(f"{one.rule.title_en}: {one.found.en} {one.found.mend_en}" for one in hard)
        raise Conflict(
            bilingual(f"签发前核查不通过，不能签发。{zh}", f"Refused by the checks before issue. {en}"), code="gate"
        )
    errors: list[FieldError] = []
    given: dict[str, str] = {}
    for one in evaluation.failing("soft"):
        try:
            given[one.rule.key] = checked_text(
                one.field, str(reasons.get(one.rule.key) or ""), REASON_LENGTH, missing=_wanted(one)
            )
        except Invalid as refusal:
            errors += refusal.errors
    if errors:
        told = _("签发前核查有规则不符合。请退回修改，或逐条写明仍然签发的理由；理由写进报告，查验的人都能看到。")
        raise Invalid(told, errors=[FieldError(one.field, one.message) for one in errors])
    return given


def _wanted(one: Asked) -> Any:
    return bilingual(
        f"{one.rule.title_zh}：{one.found.zh}{one.found.mend_zh}",
        f"{one.rule.title_en}: {one.found.en} {one.found.mend_en}",
    )


def frozen(evaluation: Evaluation, at: datetime, reasons: Mapping[str, str]) -> st.Gate:
    """The evaluation as a statement holds it."""
    return st.Gate(
        rules=evaluation.rules,
        evaluated=at,
        checks=tuple(
            st.GateCheck(
                rule=one.rule.key,
                version=one.rule.valid_from,
                grade=one.rule.grade,
                outcome=one.found.outcome,
                title_zh=one.rule.title_zh,
                title_en=one.rule.title_en,
                source=one.rule.source,
                reason_zh=one.found.zh,
                reason_en=one.found.en,
                looked_at=one.found.looked_at,
                explanation_zh=reasons.get(one.rule.key, "") if one.found.outcome == "fail" else "",
            )
            for one in evaluation.asked
        ),
    )


def keep(attestation: Attestation, evaluation: Evaluation, reasons: Mapping[str, str]) -> GateRecord:
    """Keep what came out beside the report, so that reports can be compared and laboratories ranked."""
    if reasons:
        remark(gate=dict(reasons))
    record = GateRecord(
        attestation=attestation,
        failed=evaluation.count("fail"),
        missing=evaluation.count("not-evaluated"),
        outcomes={one.rule.key: one.found.outcome for one in evaluation.asked},
        reasons=dict(reasons),
        likeness=evaluation.records.likeness,
    )
    record.save(force_insert=True)
    return record
