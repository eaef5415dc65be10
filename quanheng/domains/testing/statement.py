"""What an order's report states: the order, its samples and its results as an attestation's statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from quanheng.domains.testing.amending import amending
from quanheng.domains.testing.models import Order
from quanheng.kernel.attestations.credentials import statement as st
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.services import Issuance
from quanheng.kernel.base.statements import Asked, prefetched, read_related
from quanheng.kernel.competence.models import Activity
from quanheng.kernel.objects.models import Instrument, Sample
from quanheng.kernel.requirements.models import Requirement
from quanheng.kernel.results.models import RawFile, Result
from quanheng.science.quantities import convert, decimal_of, decimal_text

KINDS: dict[str, str] = {
    Activity.TESTING: Attestation.Kind.TEST_REPORT,
    Activity.INSPECTION: Attestation.Kind.INSPECTION,
    Activity.CALIBRATION: Attestation.Kind.CALIBRATION,
    Activity.VERIFICATION: Attestation.Kind.VERIFICATION,
}

_VERDICTS: dict[str, st.ItemVerdict] = {
    Result.Verdict.PASS: "pass",
    Result.Verdict.FAIL: "fail",
    Result.Verdict.CONDITIONAL_PASS: "conditional-pass",
    Result.Verdict.CONDITIONAL_FAIL: "conditional-fail",
    Result.Verdict.REPORTED: "not-judged",
}

_RULE_WORDS: dict[str, str] = {
    Order.DecisionRule.SIMPLE: "simple acceptance, ILAC-G8:09/2019 4.2.1",
    Order.DecisionRule.GUARDED: "guarded acceptance, w = U, ILAC-G8:09/2019 4.2.2",
}


def verdict_of(results: Sequence[Result]) -> str:
    """The verdict of the whole: the worst of its parts; reported where nothing was judged."""
    order = (
        Result.Verdict.FAIL,
        Result.Verdict.CONDITIONAL_FAIL,
        Result.Verdict.CONDITIONAL_PASS,
        Result.Verdict.PASS,
    )
    found = {result.verdict for result in results}
    return next((verdict for verdict in order if verdict in found), Result.Verdict.REPORTED)


def _decision(verdict: str, results: Sequence[Result]) -> tuple[st.Decision, str, str]:
    """The decision in words: to which results it applies, and which requirements they meet (ISO/IEC 17025 7.8.6.2)."""
    if verdict in (Result.Verdict.PASS, Result.Verdict.CONDITIONAL_PASS):
        judged = [one for one in results if one.verdict != Result.Verdict.REPORTED]
        standards, listed = _standards(judged)
        if len(judged) < len(results):
            return (
                "conforms",
                f"所判定的项目符合 {standards} 的要求；其余项目只给出结果。",
                f"The items judged conform to {listed}; the others are reported only.",
            )
        return "conforms", f"所检项目符合 {standards} 的要求。", f"The items determined conform to {listed}."
    if verdict in (Result.Verdict.FAIL, Result.Verdict.CONDITIONAL_FAIL):
        bad = [one for one in results if one.verdict in (Result.Verdict.FAIL, Result.Verdict.CONDITIONAL_FAIL)]
        standards, listed = _standards(bad)
        names = "、".join(one.item.name_zh for one in bad)
        names_en = ", ".join(one.item.name_en for one in bad)
        return "does-not-conform", f"{names} 不符合 {standards} 的要求。", f"{names_en}: not conforming to {listed}."
    return "not-judged", "本报告只给出结果，不作符合性判定。", "Results are reported without a statement of conformity."


def _standards(results: Sequence[Result]) -> tuple[str, str]:
    """The standards of some results, each once, joined in Chinese and in English."""
    numbers = dict.fromkeys(one.standard.number for one in results if one.standard)
    return "、".join(numbers), ", ".join(numbers)


Raw = dict[int, tuple[st.RawFile, ...]]


class Evidence(NamedTuple):
    """What an order's results rest on: its raw files, none withdrawn, and its samples, in the order of their coming."""

    files: list[RawFile]
    samples: list[Sample]

    @property
    def determined_on(self) -> list[Sample]:
        """The samples that came, whatever became of them since."""
        return [one for one in self.samples if one.state in Sample.DETERMINED_ON]


_FILES = Asked(lambda case: RawFile.objects.filter(case=case, withdrawn_at=None).order_by("id"))
_SAMPLES = Asked(lambda case: Sample.objects.filter(case=case).order_by("id"))


def evidence_of(case_id: int) -> Evidence:
    """Read once, for what is checked and for what is reported; two queries."""
    return Evidence(_FILES(case_id), _SAMPLES(case_id))


def _raw(files: Sequence[RawFile]) -> Raw:
    """Raw files by the position of their item (0: the whole order)."""
    found: dict[int, list[st.RawFile]] = {}
    for one in files:
        found.setdefault(one.position or 0, []).append(st.RawFile(one.name, one.media_type, one.sha256, one.size))
    return {position: tuple(some) for position, some in found.items()}


def _item(result: Result, raw: Raw) -> st.Item:
    judged = result.limit not in (Requirement.Limit.REPORT, "")
    plain_number = bool(result.value) and bool(result.unit or result.uncertainty) and not result.value.startswith("<")
    return st.Item(
        name_zh=result.item.name_zh,
        name_en=result.item.name_en,
        method=st.Requirement(result.method.number, title_zh=result.method.title_zh),
        value=result.value if plain_number else "",
        unit=result.unit,
        observation_zh="" if plain_number else f"{result.value} {result.unit}".strip(),
        uncertainty=result.uncertainty,
        coverage_factor=result.k,
        limits=_limits(result) if judged else None,
        requirement=st.Requirement(result.standard.number, result.clause) if result.standard else None,
        decision_rule=_RULE_WORDS.get(result.decision_rule, ""),
        verdict=_VERDICTS.get(result.verdict, "not-judged"),
        sample=result.sample.label if result.sample else "",
        equipment=tuple(one.uid for one in prefetched(result, "instruments")),
        operator=f"operator:{result.operator.uid}" if result.operator else "",
        determined=result.measured_on,
        raw_data=raw.get(result.position, ()),
        pieces=result.pieces,
    )


def items_of(results: Sequence[Result], raw: Raw | None = None) -> tuple[st.Item, ...]:
    """The determined characteristics as a report states them, with the raw files of each where they are given."""
    return tuple(_item(result, raw or {}) for result in results)


def result_notes(results: Sequence[Result]) -> list[str]:
    """What a report says of its results beside the table: environment and remarks."""
    notes = [f"环境条件：{text}" for text in dict.fromkeys(r.environment for r in results if r.environment)]
    return notes + _subcontracted(results) + [f"第 {r.position} 项：{r.remark}" for r in results if r.remark]


def _subcontracted(results: Sequence[Result]) -> list[str]:
    """What somebody else has determined, named as SAMR Order 163, Article 10, and ISO/IEC 17025 7.8.2.1 p ask."""
    groups: dict[tuple[str, str], list[int]] = {}
    for one in results:
        if one.provider is not None:
            groups.setdefault((one.provider.name_zh, one.provider_report), []).append(one.position)
    return [
        f"第 {'、'.join(map(str, positions))} 项分包至 {name}，结果取自其报告 {report}。"
        for (name, report), positions in groups.items()
    ]


def _limits(result: Result) -> st.Limits:
    """The limit in the unit of the result, which is how a statement gives it: 0.4 MPa beside 380 kPa is 400 kPa."""
    lower = result.lower if result.limit != Requirement.Limit.MAX else ""
    upper = result.upper if result.limit != Requirement.Limit.MIN else ""
    if result.unit and result.limit_unit:
        kind = result.item.quantity or None
        lower, upper = (
            decimal_text(convert(decimal_of(end), result.limit_unit, result.unit, kind)) if end else ""
            for end in (lower, upper)
        )
    return st.Limits(lower, upper, result.limit_text_zh, result.limit_text_en)


def _equipment(results: Sequence[Result]) -> tuple[st.Equipment, ...]:
    used: dict[str, Instrument] = {one.uid: one for result in results for one in prefetched(result, "instruments")}
    return tuple(
        st.Equipment(
            identifier=one.uid,
            name_zh=f"{one.name_zh} {one.model} {one.serial}".strip(),
            calibrated_until=one.calibrated_until,
            calibration=one.calibration_number,
        )
        for one in used.values()
    )


def statement_of(
    order: Order, results: Sequence[Result], evidence: Evidence, issuance: Issuance, gate: st.Gate | None = None
) -> st.Statement:
    """The statement of an order's report. ``issuance`` brings number, issuer, recognitions and time.

    ``gate`` is what was checked before issue; a draft has none yet.
    """
    read_related(order.case, "client", "handler")
    read_related(order, "family", "signed_by", "reviewed_by")
    client = order.case.client
    decision, decision_zh, decision_en = _decision(verdict_of(results), results)
    raw = _raw(evidence.files)
    days = sorted(result.measured_on for result in results if result.measured_on)
    standards = {r.standard.number: r.standard for r in results if r.standard}
    calibrating = order.activity in (Activity.CALIBRATION, Activity.VERIFICATION)
    notes = result_notes(results)
    if order.conclusion:
        notes.append(order.conclusion)
    statement = st.Statement(
        kind=issuance.kind,
        number=issuance.number,
        issuer=issuance.issuer,
        client=st.Client(client.name_zh, client.name_en, client.uscc, client.address),
        object=st.AssessedObject(
            category="instrument" if calibrating else "product",
            name_zh=order.object_name,
            name_en=order.family.name_en if order.family and order.object_name == order.family.name_zh else "",
            model=order.object_model,
            samples=tuple(
                st.Sample(
                    identifier=one.label,
                    received=one.received_at.date() if one.received_at else None,
                    quantity=one.quantity,
                    state_zh=one.condition,
                )
                for one in evidence.determined_on
            ),
        ),
        requirements=tuple(st.Requirement(one.number, title_zh=one.title_zh) for one in standards.values()),
        decision=decision,
        decision_zh=decision_zh,
        decision_en=decision_en,
        decision_rule=_RULE_WORDS[order.decision_rule],
        signatory=order.signed_by.name_zh if order.signed_by else "",
        reviewed_by=order.reviewed_by.name_zh if order.reviewed_by else "",
        issued=issuance.issued,
        recognitions=issuance.recognitions,
        items=items_of(results, raw),
        raw_data=raw.get(0, ()),
        equipment=_equipment(results),
        determined_from=days[0] if days else None,
        determined_until=days[-1] if days else None,
        notes_zh=tuple(notes),
        gate=gate,
        synthetic=client.synthetic or order.case.handler.synthetic if order.case.handler else client.synthetic,
    )
    if order.amendment_reason and order.attestation:
        return amending(statement, order.attestation, order.amendment_reason)
    return statement
