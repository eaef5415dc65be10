"""What was checked before issue, read from documents alone; documents of the edition before verify as ever."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from quanheng.kernel.attestations.credentials import credential, trust
from quanheng.kernel.attestations.credentials.canonical import loads
from quanheng.kernel.attestations.credentials.gated import gate_check, gate_lines, gate_summary, gated
from quanheng.kernel.attestations.credentials.statement import Gate, GateCheck
from quanheng.kernel.attestations.credentials.verifyfile import verify_file
from quanheng.kernel.attestations.errors import StatementError
from quanheng.kernel.attestations.pdf.rendering import renderer
from quanheng.kernel.attestations.pdf.text import page_texts
from quanheng.kernel.attestations.pdf.view import view_of
from quanheng.kernel.attestations.tests import samples

KEPT = GateCheck(
    rule="instrument.calibrated",
    version=date(2021, 6, 1),
    grade="hard",
    outcome="pass",
    title_zh="设备校准有效",
    title_en="Instruments in calibration",
    source="总局令第39号第 13 条",
    reason_zh="1 台设备在有效期内。",
    reason_en="1 instrument in calibration.",
    looked_at=("eq1 2026-01-01–2027-01-01",),
)
OPEN = replace(KEPT, rule="raw.copied", grade="soft", outcome="not-evaluated", looked_at=(), reason_zh="没有原始记录。")
BROKEN = replace(KEPT, rule="method.in_force", grade="soft", outcome="fail", explanation_zh="委托方指定旧版")


def document(*checks: GateCheck) -> dict[str, Any]:
    return samples.document(2, gate=Gate("a" * 64, samples.ISSUED, checks))


def test_a_document_of_the_edition_before_verifies_byte_for_byte() -> None:
    vector = json.loads((Path(__file__).parent / "vectors" / "attestation_edition_2.json").read_text("utf-8"))
    key = trust.IssuerKey(vector["keyId"], vector["publicMultikey"], samples.VALIDITY)
    verdict = verify_file(vector["document"].encode(), samples.bundle(keys=(key,)), samples.NOW)
    assert (verdict.genuine, verdict.status, verdict.competent) == (True, "valid", "pass")
    read = loads(vector["document"].encode())
    assert read["@context"][1].endswith("/v2") and gated(read) == [] and gate_summary(read) == ""
    assert (gate := verdict.check("gate")) and gate.outcome == "not-evaluated"
    assert "Checked before issue" not in json.dumps(view_of(read, ""))


@pytest.mark.parametrize("edition", ["v1", "v2"])
def test_the_editions_before_stay_closed(edition: str) -> None:
    read = document(KEPT)
    read["@context"][1] = samples.SITE + credential.CONTEXT_PATHS[edition]
    assert {problem.code for problem in credential.problems(read)} == {"additionalProperties"}


@pytest.mark.parametrize(
    ("checks", "outcome"),
    [((KEPT,), "pass"), ((KEPT, OPEN), "pass"), ((OPEN,), "not-evaluated"), ((KEPT, OPEN, BROKEN), "fail")],
)
def test_the_answer_follows_from_the_worst_rule(checks: tuple[GateCheck, ...], outcome: str) -> None:
    read = document(*checks)
    told = gate_check(read)
    assert told.outcome == outcome and told.zh and told.en
    verdict = verify_file(json.dumps(read).encode(), samples.bundle(), samples.NOW)
    assert (found := verdict.check("gate")) and found.outcome == outcome
    assert len(gate_lines(read, chinese=True)) == len(checks)


RANGE = replace(KEPT, rule="scope.range", title_zh="结果在量程之内", reason_zh="12 个结果都在能力范围之内。")


@pytest.mark.parametrize(
    ("checks", "outcome"),
    [
        ((KEPT,), "not-evaluated"),
        ((replace(RANGE, outcome="not-evaluated"),), "not-evaluated"),
        ((RANGE, replace(RANGE, rule="scope.uncertainty", outcome="not-evaluated")), "pass"),
        ((RANGE, replace(RANGE, rule="scope.uncertainty", outcome="fail")), "fail"),
    ],
)
def test_scope_is_answered_by_what_was_compared_at_issue(checks: tuple[GateCheck, ...], outcome: str) -> None:
    verdict = verify_file(json.dumps(document(*checks)).encode(), samples.bundle(), samples.NOW)
    assert (found := verdict.check("scope")) and found.outcome == outcome and found.todo_zh
    assert ("能力范围之内" in found.zh) == (outcome != "not-evaluated")
    assert "。；" not in found.zh, "sentences end once"


def test_a_rule_that_was_not_kept_stands_on_the_page_with_its_reason() -> None:
    read = document(KEPT, BROKEN)
    assert "委托方指定旧版" in gate_check(read).zh and "委托方指定旧版" in gate_check(read).en
    pdf = renderer().render(read)
    assert "委托方指定旧版" in "".join(page_texts(pdf)).replace("\n", "")
    assert verify_file(pdf, samples.bundle(), samples.NOW).genuine


@pytest.mark.parametrize("wrong", [{"outcome": "maybe"}, {"grade": "mild"}, {"rule": "Raw"}, {"reason_zh": ""}])
def test_a_check_that_is_none_is_refused_by_its_place(wrong: dict[str, Any]) -> None:
    with pytest.raises(StatementError) as refused:
        document(replace(KEPT, **wrong))
    assert refused.value.problems[0].field.startswith("credentialSubject.gate.checks[0]")
