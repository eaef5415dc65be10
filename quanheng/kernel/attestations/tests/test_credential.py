"""The credential: structure, errors that name their field, JSON-LD vocabulary."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pyld import jsonld
from pyld.documentloader.frozen import BUNDLED_CONTEXTS, FrozenDocumentLoader

from quanheng.kernel.attestations.credentials import credential
from quanheng.kernel.attestations.credentials.canonical import canonical_bytes, loads
from quanheng.kernel.attestations.credentials.statement import Gate, GateCheck, Item, RawFile, Requirement, Supersedes
from quanheng.kernel.attestations.errors import KeyNotValid, StatementError
from quanheng.kernel.attestations.keys import sealing
from quanheng.kernel.attestations.tests import samples


def build(**changes: Any) -> dict[str, Any]:
    return credential.build(samples.statement(2, **changes), id=samples.ID, site=samples.SITE)


def test_bytes_are_canonical_and_signed_at_the_time_of_issue() -> None:
    raw = credential.issue_bytes(build(), samples.SIGNER)
    document = loads(raw)
    assert canonical_bytes(document) == raw
    assert document["proof"]["created"] == document["credentialSubject"]["issued"]
    assert document["credentialSubject"]["issued"] == "2026-03-02T09:30:00+08:00"
    assert document["credentialSubject"]["items"][0]["value"] == "6.10"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "credentialSubject.number"),
        ({"kind": "diploma"}, "type[1]"),
        ({"decision": "maybe"}, "credentialSubject.decision"),
        ({"requirements": ()}, "credentialSubject.requirements"),
        ({"signatory": ""}, "credentialSubject.signatory"),
        ({"valid_until": datetime(2026, 1, 1, tzinfo=UTC)}, "validUntil"),
        ({"issued": datetime(2026, 3, 2)}, "issued"),
    ],
)
def test_wrong_statement_names_the_member(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(StatementError) as refusal:
        credential.issue(build(**changes), samples.SIGNER)
    assert field in [problem.field for problem in refusal.value.problems]
    assert all(problem.zh and problem.en for problem in refusal.value.problems)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": "6,1"}, "value"),
        ({"value": "NaN"}, "value"),
        ({"value": "006"}, "value"),
        ({"unit": ""}, "unit"),
        ({"coverage_factor": ""}, "coverageFactor"),
        ({"value": "", "unit": ""}, ""),
        ({"observation_zh": "无裂纹"}, ""),
        ({"equipment": ("EQ-999",)}, "equipment"),
        ({"sample": "S-0"}, "sample"),
        ({"verdict": "good"}, "verdict"),
    ],
)
def test_wrong_item_names_its_row(changes: dict[str, Any], field: str) -> None:
    items = samples.statement(2).items
    with pytest.raises(StatementError) as refusal:
        credential.issue(build(items=(items[0], replace(items[1], **changes))), samples.SIGNER)
    path = "credentialSubject.items[1]" + (f".{field}" if field else "")
    assert path in [problem.field for problem in refusal.value.problems]


def test_key_of_another_issuer_or_outside_its_validity_does_not_sign() -> None:
    other = sealing.generate("did:web:other.example", samples.KEK)
    signer = sealing.unseal_signer(other.key_id, other.sealed, samples.KEK, samples.VALIDITY)
    with pytest.raises(StatementError, match="不属于"):
        credential.issue(build(), signer)
    with pytest.raises(KeyNotValid):
        credential.issue(build(issued=datetime(2025, 12, 31, tzinfo=UTC)), samples.SIGNER)


@pytest.mark.parametrize("kind", list(credential.TYPES))
def test_every_kind_builds_and_may_stand_without_items(kind: str) -> None:
    document = build(kind=kind, items=(), equipment=(), environment=())
    credential.require_valid(document)
    assert document["type"] == ["VerifiableCredential", credential.TYPES[kind]]


GATE = Gate(
    "a" * 64,
    samples.ISSUED,
    tuple(
        GateCheck(
            "raw.copied", date(2021, 6, 1), "soft", outcome, "原始记录", "Raw data", "总局令第39号", "见下", "below",
            ("eq1",), "同一批次" if outcome == "fail" else "",
        )
        for outcome in ("pass", "fail", "not-evaluated")
    ),
)  # fmt: skip


def test_every_member_is_a_term_of_the_vocabulary() -> None:
    """An independent JSON-LD processor, told to refuse unknown terms, finds none."""
    observation = Item("外观", Requirement("GB 17761-2024"), observation_zh="无裂纹", name_en="appearance")
    document = credential.issue(
        build(
            items=(*samples.statement(2).items, observation),
            raw_data=(RawFile("curve.csv", "text/plain", "0" * 64, 5),),
            valid_until=datetime(2027, 1, 1, tzinfo=UTC),
            supersedes=Supersedes(f"{samples.SITE}/r/old", "TJZJ-2026-000001", "更正单位"),
            gate=GATE,
        ),
        samples.SIGNER,
    )
    frozen = FrozenDocumentLoader(BUNDLED_CONTEXTS)

    def loader(url: str, options: dict[str, Any]) -> dict[str, Any]:
        if url == samples.SITE + credential.CONTEXT_PATH:
            body = credential.context_document(samples.SITE)
            return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": body}
        loaded: dict[str, Any] = frozen(url, options)
        return loaded

    expanded = jsonld.expand(document, {"documentLoader": loader})
    text = json.dumps(expanded, ensure_ascii=False)

    def leaves(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [leaf for name, member in value.items() if name != "@context" for leaf in leaves(member)]
        if isinstance(value, list):
            return [leaf for member in value for leaf in leaves(member)]
        return [str(value)]

    lost = [
        leaf
        for leaf in leaves({name: value for name, value in document.items() if name not in ("@context", "proof")})
        if json.dumps(leaf, ensure_ascii=False)[1:-1] not in text and leaf not in ("True", "False")
    ]
    assert not lost
    assert "quanheng.example/contexts/attestation/v1#uncertainty" in text
    assert "quanheng.example/contexts/attestation/v3#" in text, "what the last edition added has terms of its own"
