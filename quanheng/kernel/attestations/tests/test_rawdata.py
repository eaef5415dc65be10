"""Raw data named by their digests; and documents of the edition before, which knows none, verify as ever."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quanheng.kernel.attestations.cli import verify_main
from quanheng.kernel.attestations.credentials import credential, trust
from quanheng.kernel.attestations.credentials.canonical import canonical_bytes, loads
from quanheng.kernel.attestations.credentials.rawdata import check_raw, raw_entries
from quanheng.kernel.attestations.credentials.statement import RawFile
from quanheng.kernel.attestations.credentials.verifyfile import verify_file
from quanheng.kernel.attestations.errors import StatementError
from quanheng.kernel.attestations.pdf.rendering import renderer
from quanheng.kernel.attestations.pdf.text import page_texts
from quanheng.kernel.attestations.pdf.view import view_of
from quanheng.kernel.attestations.tests import samples

DATA = b"t,v\n0,24.1\n"
SHA256 = hashlib.sha256(DATA).hexdigest()
CURVE = RawFile("curve.csv", "text/plain", SHA256, len(DATA))
SHEET = RawFile("记录表.pdf", "application/pdf", "0" * 64, 5)


def named() -> dict[str, Any]:
    """A report whose second item and whole rest on a file each."""
    items = samples.statement(2).items
    return samples.document(2, items=(items[0], replace(items[1], raw_data=(CURVE,))), raw_data=(SHEET,))


def test_a_document_of_the_edition_before_verifies_byte_for_byte() -> None:
    vector = json.loads((Path(__file__).parent / "vectors" / "attestation_edition_1.json").read_text("utf-8"))
    original = vector["document"].encode()
    key = trust.IssuerKey(vector["keyId"], vector["publicMultikey"], samples.VALIDITY)
    verdict = verify_file(original, samples.bundle(keys=(key,)), samples.NOW)
    assert (verdict.genuine, verdict.status, verdict.competent) == (True, "valid", "pass")
    document = loads(original)
    assert document["@context"][1].endswith("/v1") and raw_entries(document) == []
    # Its page is what it was: nothing of raw data stands on it.
    assert "Raw data" not in json.dumps(view_of(document, ""))
    assert check_raw(document, SHA256, "curve.csv").outcome == "not-evaluated"
    assert verify_file(original.replace(b"6.10", b"6.11"), samples.bundle(keys=(key,)), samples.NOW).genuine is False


def test_the_edition_before_stays_closed() -> None:
    document = named()
    document["@context"][1] = samples.SITE + credential.CONTEXT_PATHS["v1"]
    assert {problem.code for problem in credential.problems(document)} == {"additionalProperties"}


def test_digests_are_signed_with_the_results() -> None:
    document = named()
    assert document["@context"][1] == f"{samples.SITE}/contexts/attestation/v3"
    assert [(one.position, one.name, one.sha256, one.size) for one in raw_entries(document)] == [
        (0, "记录表.pdf", "0" * 64, 5),
        (2, "curve.csv", SHA256, len(DATA)),
    ]
    original = canonical_bytes(document)
    assert verify_file(original, samples.bundle(), samples.NOW).genuine
    forged = original.replace(SHA256.encode(), ("1" * 64).encode())
    assert not verify_file(forged, samples.bundle(), samples.NOW).genuine


@pytest.mark.parametrize("wrong", [{"sha256": "xyz"}, {"size": 0}, {"name": ""}])
def test_a_digest_that_is_none_is_refused_by_its_place(wrong: dict[str, Any]) -> None:
    with pytest.raises(StatementError) as refused:
        samples.document(2, raw_data=(replace(CURVE, **wrong),))
    assert refused.value.problems[0].field.startswith("credentialSubject.rawData[0]")


def test_a_file_in_hand_is_one_of_them_or_not() -> None:
    assert check_raw(named(), SHA256, "x").outcome == "pass" and "第 2 项" in check_raw(named(), SHA256, "x").zh
    assert "整份报告" in check_raw(named(), "0" * 64, "x").zh
    assert check_raw(named(), "2" * 64, "x").outcome == "fail"


def test_the_page_names_few_and_counts_many() -> None:
    (line,) = [row[2] for row in view_of(named(), "")["facts"] if row[1] == "Raw data"]
    assert line.startswith("2 个文件：") and f"curve.csv {SHA256[:8]}…" in line
    many = samples.document(2, raw_data=tuple(replace(CURVE, sha256=f"{n:064}") for n in range(40)))
    (line,) = [row[2] for row in view_of(many, "")["facts"] if row[1] == "Raw data"]
    assert line == "40 个文件（SHA-256 全文见所附数据）"
    pdf = renderer().render(named())
    assert SHA256[:8] in "".join(page_texts(pdf))
    assert verify_file(pdf, samples.bundle(), samples.NOW).genuine


def test_the_command_compares_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, curve, other = tmp_path / "report.json", tmp_path / "a.csv", tmp_path / "b.csv"
    report.write_bytes(canonical_bytes(named()))
    curve.write_bytes(DATA)
    other.write_bytes(DATA + b"1")
    arguments = [str(report), "--lang", "en"]
    assert verify_main([*arguments, "--raw", str(curve)]) == 1  # without a bundle nobody is known
    told = capsys.readouterr().out
    assert f"SHA-256 {SHA256}" in told and "byte for byte (item 2 braking distance, run 2)" in told
    assert verify_main([*arguments, "--json", "--raw", str(other), "--raw", str(tmp_path / "none")]) == 2
    (machine,) = json.loads(capsys.readouterr().out)
    assert [one["outcome"] for one in machine["rawChecks"]] == ["fail", "not-evaluated"]
    assert machine["rawData"][1]["sha256"] == SHA256
