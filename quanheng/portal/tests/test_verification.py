"""Verification as the public meets it: by number, by address, by file; nothing false is ever called genuine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.pdf.rendering import renderer
from quanheng.kernel.attestations.pdf.typesetter import typesetter
from quanheng.kernel.attestations.queries import document_of
from quanheng.kernel.attestations.services import suspend_attestation, withdraw_attestation
from quanheng.portal.tests.town import Town

GENUINE, NOT_GENUINE = "Genuine and valid; it concludes: conforms", "Cannot be confirmed as genuine"


def headline(page: str) -> str:
    return page.split('id="statement">', 1)[1].split("<", 1)[0]


def upload(client: Client, data: bytes, name: str = "report.json") -> tuple[int, str]:
    answer = client.post("/verify/", {"file": SimpleUploadedFile(name, data)}, headers={"accept-language": "en"})
    return answer.status_code, answer.content.decode()


def show(client: Client, report: Attestation) -> str:
    answer = client.get(f"/r/{report.uid}", headers={"accept-language": "en"})
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_page_says_genuine_valid_recognised_and_concluded_apart(town: Town, client: Client) -> None:
    page = show(client, town.report)
    assert headline(page) == GENUINE
    for question in ("Is it genuine?", "Is it valid now?", "Is the issuer recognised?", "What does it conclude?"):
        assert question in page
    assert town.report.number in page and "24.1" in page
    assert "demonstration" in page.lower() or "synthetic" in page.lower()


@pytest.mark.parametrize(
    ("change", "told", "word"),
    [
        (withdraw_attestation, "Genuine, but withdrawn", "Withdrawn"),
        (suspend_attestation, "Genuine, but suspended", "Suspended"),
    ],
)
def test_status_stands_in_the_first_line(town: Town, client: Client, change, told: str, word: str) -> None:
    change(town.book.officer, town.report, reason="originals are missing")
    page = show(client, town.report)
    assert headline(page) == told
    assert f">{word}</span>" in page
    assert "originals are missing" in page
    by_number = client.get(f"/verify/?number={town.report.number.lower()}").content.decode()
    assert "originals are missing" in by_number


def test_number_tells_the_status_and_nothing_else(town: Town, client: Client) -> None:
    page = client.get(f"/verify/?number={town.report.number}", headers={"accept-language": "en"}).content.decode()
    assert town.book.institution.uscc in page or "lab " in page
    # Neither the client nor a result, nor the address that would show them: numbers can be counted.
    for secret in (town.book.client.name_zh, town.book.client.uscc, "24.1", town.report.uid):
        assert secret not in page


def test_files_are_judged(town: Town, client: Client) -> None:
    original = town.report.document.encode()
    status, page = upload(client, original)
    assert (status, headline(page)) == (200, GENUINE)
    assert f"/r/{town.report.uid}" in page
    changed = original.replace(b'"24.1"', b'"24.0"')
    assert changed != original
    status, page = upload(client, changed)
    assert (status, headline(page)) == (200, NOT_GENUINE)
    assert "not confirmed" in page


def test_pdf_is_judged_by_its_page_too(town: Town, client: Client) -> None:
    pdf = renderer().render(document_of(town.report))
    status, page = upload(client, pdf, "report.pdf")
    assert (status, headline(page)) == (200, GENUINE)


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"[" * 100_000,
        b'{"credentialSubject": {"number": 1}, "issuer": null}',
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\n" + bytes(range(256)) * 20,
        "\ud55c\u0000报告".encode(),
        b"\xff\xfe\x00",
        b"<script>alert(1)</script>",
    ],
)
def test_junk_is_no_failure_and_never_genuine(db: None, client: Client, data: bytes) -> None:
    status, page = upload(client, data, "<script>x.pdf")
    assert (status, headline(page)) == (200, NOT_GENUINE)
    assert "<script>x" not in page and "<script>alert" not in page


def test_too_large_or_missing_is_refused_with_the_mend(db: None, client: Client) -> None:
    status, page = upload(client, os.urandom(5 * 1024 * 1024 + 1))
    assert status == 422 and "5 MB" in page
    answer = client.post("/verify/", {"file": ""}, headers={"accept-language": "en"})
    assert answer.status_code == 422 and "Choose a file" in answer.content.decode()
    assert upload(client, b"")[0] == 422


def test_a_file_signed_elsewhere_is_not_taken_for_ours(town: Town, client: Client) -> None:
    from quanheng.kernel.attestations.credentials.canonical import canonical_bytes
    from quanheng.kernel.attestations.tests import samples

    status, page = upload(client, canonical_bytes(samples.document(2)))
    assert (status, headline(page)) == (200, NOT_GENUINE)


def test_originals_can_be_taken_away(town: Town, client: Client) -> None:
    data = client.get(f"/r/{town.report.uid}/json")
    assert data.content.decode() == town.report.document
    pdf = client.get(f"/r/{town.report.uid}/pdf")
    assert pdf.content.startswith(b"%PDF-") and pdf["Content-Type"] == "application/pdf"
    assert client.get(f"/r/{town.report.uid}/").status_code == 301


def test_a_pdf_that_cannot_be_laid_out_is_told_and_no_failure(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QUANHENG_FONT_DIR", str(tmp_path))
    typesetter().end()
    page = Client().get(f"/r/{town.report.uid}/pdf")
    assert page.status_code == 503 and "缺少中文字体" in page.content.decode()
    answer = Client().get(f"/api/v1/attestations/{town.report.uid}/pdf")
    assert answer.status_code == 503 and answer.json()["type"] == "/problems/font-missing"
    typesetter().end()
