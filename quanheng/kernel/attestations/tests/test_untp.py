"""The UNTP projection: it keeps UNTP's schema, says what it is, invents nothing and names its original."""

import hashlib
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import base58
import jsonschema
import pytest
from django.test import Client

from quanheng.kernel.attestations.credentials import credential
from quanheng.kernel.attestations.credentials.canonical import known_bytes
from quanheng.kernel.attestations.credentials.statement import Item, Limits, Requirement
from quanheng.kernel.attestations.credentials.untp import KINDS, NotProjectable, projected
from quanheng.kernel.attestations.tests import samples
from quanheng.kernel.translog.tests.issuing import issue, laboratory

# Test input under GPL-3.0, not part of the project: a copy of uncefact/spec-untp, state of April 2026.
UNTP = Path(os.environ.get("QUANHENG_UNTP", Path(__file__).parents[5] / "shared" / "data" / "untp"))
EDITION = UNTP / "v0.7.0-rc-2026-04"
needs_untp = pytest.mark.skipif(
    not EDITION.is_dir(), reason="UNTP's schema is not here (uncefact/spec-untp; its folder in QUANHENG_UNTP)"
)
DOCUMENT = samples.document()
PROJECTION = projected(DOCUMENT)


def schema() -> Any:
    loaded = json.loads((EDITION / "schema" / "dcc" / "ConformityCredential.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(loaded, format_checker=jsonschema.FormatChecker())


def wrong(projection: dict[str, Any]) -> list[str]:
    return [f"{one.json_path}: {one.message}" for one in schema().iter_errors(projection)]


@needs_untp
def test_untp_s_own_samples_keep_the_schema_and_what_is_no_credential_does_not() -> None:
    for path in (EDITION / "samples" / "dcc").glob("*.json"):
        assert wrong(json.loads(path.read_text("utf-8"))) == [], path.name
    assert wrong({})
    assert wrong(PROJECTION | {"issuer": {"name": "x"}})


@needs_untp
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_keeps_the_schema(kind: str) -> None:
    until = datetime(2029, 1, 1, tzinfo=UTC)
    observed = Item("外观", Requirement("JJG 52"), observation_zh="无裂纹")
    for document in (
        samples.document(kind=kind, valid_until=until),
        samples.document(0, kind=kind, equipment=(), recognitions=()),
        samples.document(1, kind=kind, items=(observed,), decision="not-judged"),
    ):
        assert wrong(projected(document)) == []


@needs_untp
@pytest.mark.parametrize("category", ["product", "instrument", "process", "system", "service", "person", "body"])
def test_every_object_keeps_the_schema(category: Any) -> None:
    thing = replace(samples.statement().object, category=category, serial_number="7")
    assert wrong(projected(samples.document(object=thing))) == []


@needs_untp
def test_its_members_are_those_of_untp_s_samples() -> None:
    """No member that UNTP does not know, down to the last: their schema would let some through."""

    def members(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {name for one in value.values() for name in members(one)}
        return {name for one in value for name in members(one)} if isinstance(value, list) else set()

    def known(value: Any) -> set[str]:
        if isinstance(value, dict):
            named = set(value["properties"]) if isinstance(value.get("properties"), dict) else set()
            return named | {name for one in value.values() for name in known(one)}
        return {name for one in value for name in known(one)} if isinstance(value, list) else set()

    vc_2_0 = {"relatedResource", "digestMultibase", "mediaType"}
    assert members(PROJECTION) <= known(schema().schema) | vc_2_0


def test_it_says_that_it_is_a_projection_and_names_the_original_with_its_digest() -> None:
    original = known_bytes(DOCUMENT)
    assert "proof" not in PROJECTION and PROJECTION["id"] != DOCUMENT["id"]
    assert "projection" in PROJECTION["name"] and "not signed" in PROJECTION["name"]
    (related,) = PROJECTION["relatedResource"]
    assert related["id"] == f"{samples.ID}/json"
    digest = base58.b58decode(related["digestMultibase"][1:])
    assert digest == bytes.fromhex("1220") + hashlib.sha256(original).digest()
    described = PROJECTION["credentialSubject"]["description"]
    assert hashlib.sha256(original).hexdigest() in described and samples.ID in described
    assert described.startswith("SYNTHETIC DATA, PROVES NOTHING.")
    assert PROJECTION["credentialSubject"]["auditableEvidence"]["digestMultibase"] == related["digestMultibase"]


def test_what_the_report_says_stands_where_untp_has_a_place_for_it() -> None:
    subject = PROJECTION["credentialSubject"]
    assert (PROJECTION["issuer"]["id"], PROJECTION["issuer"]["name"]) == (
        samples.DID,
        "Tianjin Model Testing Institute",
    )
    assert subject["issuedToParty"]["registeredId"] == "91120000MA0X0002XB"
    assert (subject["attestationType"], subject["assessmentLevel"]) == ("testing", "authority-mandate")
    decision, first, *rest = subject["conformityAssessment"]
    assert len(rest) == 19 and decision["conformance"] is True and decision["assessmentDate"] == "2026-03-02"
    assert first["conformance"] is True and first["assessmentDate"] == "2026-02-26"
    assert first["assessedPerformance"][0]["measure"] == {"type": ["Measure"], "value": 6.1, "unit": "MTR"}
    assert first["description"] == "6.10 m (U = 0.05 m, k = 2)"
    assert first["assessmentCriteria"][0]["name"] == "GB 17761-2024 6.1.2"
    assert first["specifiedCondition"] == ["<= 7.00 m", "simple acceptance"]
    product = first["assessedProduct"][0]["product"]
    assert (product["modelNumber"], product["batchNumber"]) == ("TDT-101Z", "20260115")


def test_what_is_not_known_is_left_out() -> None:
    item = samples.statement(1).items[0]
    bare = replace(item, determined=None, requirement=None, limits=None, verdict="not-judged", unit="CFU/g",
                   uncertainty="", coverage_factor="", decision_rule="")  # fmt: skip
    told = projected(samples.document(1, items=(bare,), recognitions=(), decision="not-judged"))["credentialSubject"]
    decision, first = told["conformityAssessment"]
    assert "conformance" not in decision and "conformance" not in first
    assert first["assessmentCriteria"] == [] == first["assessedPerformance"] and "specifiedCondition" not in first
    assert first["assessmentDate"] == "2026-02-27", "the last day of the determination"
    assert told["assessmentLevel"] == "no-endorsement" and told["assessorLevel"] == "unspecified"
    undated = samples.document(1, items=(bare,), determined_from=None, determined_until=None)
    assert len(projected(undated)["credentialSubject"]["conformityAssessment"]) == 1
    assert "authorisation" not in told, "who recognises is not said in the report"


def test_what_fails_and_what_is_not_whole_does_not_pass() -> None:
    item = samples.statement(1).items[0]
    failed = replace(item, verdict="fail", limits=Limits(lower="6.20", upper="7.00"))
    unsure = replace(item, verdict="conditional-pass")
    document = samples.document(2, items=(failed, unsure), decision="does-not-conform", decision_zh="不符合。")
    decision, first, second = projected(document)["credentialSubject"]["conformityAssessment"]
    assert (decision["conformance"], first["conformance"]) == (False, False) and "conformance" not in second
    assert first["specifiedCondition"][0] == ">= 6.20 m; <= 7.00 m"


def test_the_status_list_is_that_of_the_original() -> None:
    places = [
        {
            "id": f"{samples.SITE}/status/1/{purpose}#94567",
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose,
            "statusListIndex": "94567",
            "statusListCredential": f"{samples.SITE}/status/1/{purpose}",
        }
        for purpose in ("revocation", "suspension")
    ]
    document = credential.build(samples.statement(1), id=samples.ID, site=samples.SITE, status=places)
    told = projected(document)["credentialStatus"]
    assert told["statusListIndex"] == 94567 and told["statusPurpose"] == "revocation"


def test_untp_has_no_form_for_a_qualification() -> None:
    with pytest.raises(NotProjectable, match="UNTP"):
        projected(samples.document(kind="qualification"))


@pytest.mark.django_db
def test_it_is_offered_beside_the_original_by_page_and_api() -> None:
    report = issue(laboratory())
    page = Client().get(f"/r/{report.uid}")
    assert f"/r/{report.uid}/untp" in page.content.decode()
    for address in (f"/r/{report.uid}/untp", f"/api/v1/attestations/{report.uid}/untp"):
        answer = Client().get(address)
        assert answer["Content-Type"] == "application/ld+json"
        assert answer["Link"] == f'<{report.address}/json>; rel="canonical"; type="application/vc"'
        told = answer.json()
        digest = base58.b58decode(told["relatedResource"][0]["digestMultibase"][1:])[2:]
        assert digest.hex() == report.sha256
        if EDITION.is_dir():
            assert wrong(told) == []
    assert Client().get("/api/v1/attestations/none/untp").status_code == 404
