"""Certificates of PDFs: made with the key, sealed, published, replaced with it; and PDFs as they are handed out."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pikepdf
import pytest
from cryptography import x509
from django.test import Client
from django.utils import timezone

from quanheng.kernel.attestations import queries
from quanheng.kernel.attestations.credentials import trust
from quanheng.kernel.attestations.credentials.codeverify import verify_code
from quanheng.kernel.attestations.credentials.verdict import Check
from quanheng.kernel.attestations.errors import MalformedKey
from quanheng.kernel.attestations.keys import issuers
from quanheng.kernel.attestations.keys.acts import declare_compromised, rotate_key
from quanheng.kernel.attestations.models import Attestation, IssuerKey
from quanheng.kernel.attestations.pdf import certificate as pdfcert
from quanheng.kernel.attestations.pdf.text import signature_of
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.translog.auditing import audit
from quanheng.kernel.translog.models import LogEntry
from quanheng.kernel.translog.tests.issuing import issue, laboratory

PLATFORM = Actor.platform()


@pytest.fixture(autouse=True)
def _kept(db: None, single_handed: None) -> None: ...


def handed_out(one: Attestation) -> bytes:
    answer = Client().get(f"/r/{one.uid}/pdf")
    assert answer.status_code == 200
    return bytes(answer.content)


def signature(pdf: bytes) -> tuple[bool, Check]:
    verdict, _stored = queries.check_file(pdf)
    check = verdict.check("pdf")
    assert check
    return verdict.genuine, check


def test_a_pdf_is_signed_by_its_issuer_and_the_same_whenever_it_is_asked_for() -> None:
    body = laboratory()
    report = issue(body)
    pdf = handed_out(report)
    found = signature_of(pdf)
    assert found and found.certificate == report.key.certificate_sha256 and found.at == report.issued_at
    genuine, check = signature(pdf)
    assert genuine and check.outcome == "pass" and body.name_zh in check.zh
    with pikepdf.open(io.BytesIO(pdf)) as file:
        code = file.attachments["code.txt"].get_file().read_bytes().decode()
    scanned = verify_code(code, trust.load(queries.whole_bundle()), timezone.now())
    assert scanned.genuine and scanned.in_force and scanned.facts and scanned.facts.sha256 == report.sha256
    rotate_key(PLATFORM, body, reason="每年更换")
    assert handed_out(report) == pdf


def test_the_certificate_names_the_issuer_and_its_key_is_sealed_and_fits() -> None:
    body = laboratory()
    key = issue(body).key
    certificate = x509.load_der_x509_certificate(bytes(key.pdf_certificate))
    assert body.name_zh in certificate.subject.rfc4514_string() and body.uscc in certificate.subject.rfc4514_string()
    uri = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert uri.get_values_for_type(x509.UniformResourceIdentifier) == [issuers.did_of(body)]
    certificate.verify_directly_issued_by(certificate)
    moved = IssuerKey.objects.get(pk=key.pk)
    moved.pdf_sealed = moved.private_sealed
    with pytest.raises(MalformedKey):
        issuers.signing_of(Attestation(key=moved, issuer=body, issued_at=timezone.now()))


def test_it_is_in_the_bundle_in_the_log_and_at_an_address() -> None:
    body = laboratory()
    key = issue(body).key
    sha256 = key.certificate_sha256
    told = json.loads(queries.whole_bundle())
    listed = [one for each in told["issuers"] for one in each["keys"] if one["id"] == key.key_id]
    assert [one["pdfCertificateSha256"] for one in listed] == [sha256]
    entered = [json.loads(one.statement) for one in LogEntry.objects.filter(kind="key")]
    assert [one["pdfCertificate"] for one in entered if one["id"] == key.key_id] == [sha256]
    (published,) = Client().get(f"/api/v1/organisations/{body.uid}/pdf-certificates").json()
    certificate = x509.load_pem_x509_certificate(published["pem"].encode())
    assert certificate.fingerprint(certificate.signature_hash_algorithm).hex() == published["sha256"] == sha256
    answer = Client().get(f"/organisations/{body.uid}/pdf-certificates.pem")
    assert published["pem"] in answer.content.decode() and sha256 in answer.content.decode()


def test_a_certificate_that_was_exchanged_behind_the_logs_back_is_found() -> None:
    key = issue(laboratory()).key
    assert list(audit()) == []
    other, _scalar = pdfcert.generate(pdfcert.Named("did:web:x", "某检测公司"), timezone.now())
    IssuerKey.objects.filter(pk=key.pk).update(pdf_certificate=other)
    assert {one.kind for one in audit()} == {"key"}


def test_a_key_of_before_gets_its_certificate_with_the_first_pdf() -> None:
    body = laboratory()
    report = issue(body)
    IssuerKey.objects.filter(pk=report.key_id).update(pdf_certificate=b"", pdf_sealed="")
    assert Client().get(f"/organisations/{body.uid}/pdf-certificates.pem").status_code == 404
    pdf = handed_out(report)
    key = IssuerKey.objects.get(pk=report.key_id)
    assert key.pdf_certificate and signature(pdf)[0] and handed_out(report) == pdf
    kinds = [json.loads(one.statement) for one in LogEntry.objects.filter(kind="key").order_by("id")]
    assert [one["type"] for one in kinds if one["id"] == key.key_id] == ["key", "key-certificate"]


def test_a_new_key_has_a_certificate_of_its_own() -> None:
    body = laboratory()
    old = issue(body).key
    new = rotate_key(PLATFORM, body, reason="每年更换")
    assert new.certificate_sha256 and new.certificate_sha256 != old.certificate_sha256
    told = Client().get(f"/api/v1/organisations/{body.uid}/pdf-certificates").json()
    assert [one["key_id"] for one in told] == [new.key_id, old.key_id]


def test_where_others_may_have_the_key_the_next_one_signs_or_none() -> None:
    body = laboratory()
    report = issue(body)
    before = handed_out(report)
    key = IssuerKey.objects.get(pk=report.key_id)
    declare_compromised(PLATFORM, body, key=key.uid, since=timezone.now() + timedelta(seconds=-1), reason="失窃")
    report = Attestation.objects.get(pk=report.pk)
    check = signature(before)[1]
    assert check.outcome == "not-evaluated" and "他人" in check.zh
    assert signature_of(handed_out(report)) is None, "there is no key yet that proves anything"
    later = issue(body).key
    found = signature_of(handed_out(report))
    assert found and found.certificate == later.certificate_sha256
    assert signature(handed_out(report))[1].outcome == "pass"
