"""Signed PDFs: others agree that the signature holds, every change is found, and whoever signed is told."""

import io
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from quanheng.kernel.attestations.credentials.trust import TrustBundle
from quanheng.kernel.attestations.credentials.verdict import Check
from quanheng.kernel.attestations.credentials.verifyfile import verify_file
from quanheng.kernel.attestations.errors import MalformedKey
from quanheng.kernel.attestations.pdf import certificate as pdfcert
from quanheng.kernel.attestations.pdf import cms
from quanheng.kernel.attestations.pdf.rendering import renderer
from quanheng.kernel.attestations.pdf.signed import BadSignature
from quanheng.kernel.attestations.pdf.text import attached_original, signature_of
from quanheng.kernel.attestations.pdf.typesetter import Typesetter
from quanheng.kernel.attestations.pdf.view import REPEATING
from quanheng.kernel.attestations.tests import samples

DOCUMENT = samples.document()
PAGE = renderer().render(DOCUMENT)
PDF = renderer().render(DOCUMENT, signing=samples.SIGNING)
BUNDLE = samples.bundle()
FINGERPRINT = pdfcert.fingerprint(samples.CERTIFICATE)


def found(pdf: bytes, trust: TrustBundle | None = BUNDLE) -> tuple[bool, Check, Check]:
    """Whether it is genuine, what is said of the PDF signature and of the printed page."""
    verdict = verify_file(pdf, trust, samples.NOW)
    signature, printed = verdict.check("pdf"), verdict.check("printed")
    assert signature and printed
    return verdict.genuine, signature, printed


def forger(name: str = "天津市示范检测研究院") -> pdfcert.Signing:
    certificate, scalar = pdfcert.generate(pdfcert.Named(samples.DID, name), samples.VALIDITY.start)
    return pdfcert.Signing(certificate, samples.ISSUED, pdfcert.CertifiedSigner(certificate, scalar).sign)


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed (Debian: poppler-utils, qpdf)")
    return path


def test_a_signed_pdf_is_genuine_and_tells_who_signed_it() -> None:
    genuine, signature, printed = found(PDF)
    assert genuine and (signature.outcome, printed.outcome) == ("pass", "pass")
    assert "天津市示范检测研究院" in signature.zh and FINGERPRINT in signature.zh and FINGERPRINT in signature.en
    assert attached_original(PDF) == attached_original(PAGE)


def test_the_page_stands_in_it_byte_for_byte_and_it_is_the_same_each_time() -> None:
    assert PDF.startswith(PAGE)
    assert renderer().render(DOCUMENT, signing=samples.SIGNING) == PDF
    setter = Typesetter()
    try:
        assert setter.render(DOCUMENT, signing=samples.SIGNING) == PDF
        assert setter.render(DOCUMENT) == PAGE
    finally:
        setter.end()


def test_a_key_that_cannot_sign_is_told_and_the_next_document_is_laid_out() -> None:
    def fails(message: bytes) -> bytes:
        raise OSError("the token was taken out")

    setter = Typesetter()
    try:
        with pytest.raises(OSError, match="token"):
            setter.render(DOCUMENT, signing=replace(samples.SIGNING, sign=fails))
        assert setter.render(DOCUMENT, signing=samples.SIGNING) == PDF
    finally:
        setter.end()


def test_pyhanko_agrees() -> None:
    embedded = PdfFileReader(io.BytesIO(PDF)).embedded_signatures[0]
    # It begins an event loop, of which a thread has one at most: that of a browser may run in this one.
    trusted = ValidationContext(trust_roots=[embedded.signer_cert])
    with ThreadPoolExecutor(1) as thread:
        status = thread.submit(validate_pdf_signature, embedded, trusted).result()
    assert status.bottom_line and status.docmdp_ok
    assert status.coverage.name == "ENTIRE_FILE"
    assert embedded.docmdp_level.name == "NO_CHANGES"
    assert embedded.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert embedded.self_reported_timestamp == samples.ISSUED


def test_pdfsig_agrees(tmp_path: Path) -> None:
    command = tool("pdfsig")
    for name, pdf in (("good", PDF), ("flipped", flipped(PDF, len(PAGE) // 2, 0))):
        (tmp_path / f"{name}.pdf").write_bytes(pdf)
    told = {
        name: subprocess.run([command, str(tmp_path / f"{name}.pdf")], capture_output=True, text=True).stdout
        for name in ("good", "flipped")
    }
    assert "Signature is Valid" in told["good"] and "Total document signed" in told["good"]
    assert "ETSI.CAdES.detached" in told["good"] and "SHA-256" in told["good"]
    assert "Signature is Valid" not in told["flipped"]


def test_qpdf_agrees(tmp_path: Path) -> None:
    (tmp_path / "signed.pdf").write_bytes(PDF)
    told = subprocess.run([tool("qpdf"), "--check", str(tmp_path / "signed.pdf")], capture_output=True, text=True)
    assert told.returncode == 0 and "No syntax or stream encoding errors" in told.stdout


def test_it_is_still_pdf_a_3b() -> None:
    """ISO 19005-3 6.2.10, 6.4.3: metadata and attachment as they were; an invisible widget that would be printed."""
    with pikepdf.open(io.BytesIO(PDF)) as file, pikepdf.open(io.BytesIO(PAGE)) as page:
        metadata = file.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
        assert file.Root.Metadata.read_bytes() == page.Root.Metadata.read_bytes()
        assert file.docinfo["/ModDate"] == page.docinfo["/ModDate"] if "/ModDate" in page.docinfo else True
        assert file.trailer.ID[0] == page.trailer.ID[0]
        assert not file.check_pdf_syntax()
        assert file.Root.AF[0].AFRelationship == "/Source"
        assert "/NeedAppearances" not in file.Root.AcroForm and file.Root.AcroForm.SigFlags == 3
        (widget,) = file.pages[0].Annots
        assert int(widget.F) & 0b100110111 == 0b100, "printed; neither hidden nor invisible nor without view"
        assert [float(one) for one in widget.Rect] == [0, 0, 0, 0]
        assert file.Root.Perms.DocMDP.objgen == widget.V.objgen


def flipped(pdf: bytes, position: int, bit: int) -> bytes:
    changed = bytearray(pdf)
    changed[position] ^= 1 << bit
    return bytes(changed)


@given(st.integers(0, len(PDF) - 1), st.integers(0, 7))
@settings(max_examples=40, deadline=None)
def test_one_flipped_bit_anywhere_is_found(position: int, bit: int) -> None:
    assert not verify_file(flipped(PDF, position, bit), BUNDLE, samples.NOW).genuine


@given(st.integers(len(PAGE), len(PDF) - 1), st.integers(0, 7))
@settings(max_examples=400, deadline=None)
def test_one_flipped_bit_in_the_signature_is_found(position: int, bit: int) -> None:
    """Its padding and the spelling of its digits included, which the signature itself does not cover."""
    try:
        signature = signature_of(flipped(PDF, position, bit))
    except ValueError:
        return
    assert signature is None or signature.certificate != FINGERPRINT


def appended_note(pdf: bytes) -> bytes:
    """A later revision with another text in the document's properties, as an editor writes it."""
    from pyhanko.pdf_utils.generic import pdf_name, pdf_string
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.root[pdf_name("/Lang")] = pdf_string("en")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def hidden(pdf: bytes) -> bytes:
    """A later revision without the form that holds the signature."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    for name in ("/AcroForm", "/Perms"):
        del writer.root[name]
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("change", [appended_note, hidden, lambda pdf: pdf + b"\n", lambda pdf: pdf + b"%note\n"])
def test_what_is_appended_after_the_signature_is_found(change: Callable[[bytes], bytes]) -> None:
    genuine, signature, printed = found(change(PDF))
    assert not genuine and (signature.outcome, printed.outcome) == ("fail", "fail")
    assert "追加" in signature.zh and signature.todo_zh


def test_a_revision_before_the_signature_that_the_issuer_did_not_sign_is_found() -> None:
    """The forger appends to the page and signs the whole with a certificate in the issuer's name."""
    from quanheng.kernel.attestations.pdf.signing import signed

    genuine, signature, printed = found(signed(appended_note(PAGE), forger()))
    assert not genuine and (signature.outcome, printed.outcome) == ("fail", "fail")
    assert "不是该机构的证书" in signature.zh


def test_the_certificate_of_another_does_not_pass_for_the_issuers() -> None:
    genuine, signature, _printed = found(renderer().render(DOCUMENT, signing=forger("某检测公司")))
    assert not genuine and signature.outcome == "fail" and "某检测公司" in signature.zh


def test_a_signature_taken_from_another_document_does_not_hold() -> None:
    other = renderer().render(samples.document(1), signing=samples.SIGNING)
    hole = slice(PDF.rindex(b"/Contents <"), PDF.rindex(b"/Contents <") + 2000)
    moved = other[: (start := other.rindex(b"/Contents <"))] + PDF[hole] + other[start + 2000 :]
    assert not found(moved)[0]


def test_a_pdf_without_signature_is_told_as_such_and_verifies_as_ever() -> None:
    genuine, signature, printed = found(PAGE)
    assert genuine and (signature.outcome, printed.outcome) == ("not-evaluated", "pass")
    assert "没有签名" in signature.zh and signature.todo_zh
    assert signature_of(PAGE) is None


def test_a_bundle_without_certificates_leaves_open_who_signed() -> None:
    bare = samples.bundle(keys=tuple(replace(one, certificate="") for one in samples.issuer().keys))
    for trust in (bare, None):
        genuine, signature, printed = found(PDF, trust)
        assert not genuine and (signature.outcome, printed.outcome) == ("not-evaluated", "not-evaluated")
        assert signature.todo_zh and FINGERPRINT in signature.zh


def test_a_certificate_whose_key_others_may_have_proves_nothing() -> None:
    since = datetime(2026, 3, 20, tzinfo=UTC)
    doubtful = samples.bundle(keys=tuple(replace(one, compromised=since) for one in samples.issuer().keys))
    _genuine, signature, printed = found(PDF, doubtful)
    assert (signature.outcome, printed.outcome) == ("not-evaluated", "not-evaluated")
    assert "他人" in signature.zh


def test_a_time_at_which_the_certificate_was_not_valid_fails() -> None:
    late = replace(samples.SIGNING, at=datetime(2029, 1, 1, tzinfo=UTC))
    genuine, signature, _printed = found(renderer().render(DOCUMENT, signing=late))
    assert not genuine and signature.outcome == "fail" and "2029" in signature.zh


def test_a_signed_page_of_an_older_edition_is_proven_by_its_signature() -> None:
    older = renderer().render(DOCUMENT, REPEATING, samples.SIGNING)
    genuine, _signature, printed = found(older)
    assert genuine and printed.outcome == "pass"
    wrong = renderer().render(samples.document(20, number="TJZJ-2026-000124"), REPEATING)
    with pikepdf.open(io.BytesIO(wrong)) as file, io.BytesIO() as out:
        file.attachments["credential.json"] = pikepdf.AttachedFileSpec(file, attached_original(PDF))
        file.save(out)
        changed = out.getvalue()
    from quanheng.kernel.attestations.pdf.signing import signed

    genuine, signature, printed = found(signed(changed, samples.SIGNING))
    assert not genuine and (signature.outcome, printed.outcome) == ("pass", "fail"), "signed is not yet in agreement"


def test_the_container_is_what_pyhanko_makes_of_it_too() -> None:
    embedded = PdfFileReader(io.BytesIO(PDF)).embedded_signatures[0]
    container = cms.first(embedded.pkcs7_content)
    certificate, signature = cms.opened(container)
    assert certificate == samples.CERTIFICATE == embedded.signer_cert.dump()
    assert embedded.signer_info["signature"].native == signature
    assert cms.container(certificate, embedded.compute_digest(), signature) == container


@given(st.binary(max_size=60))
def test_no_bytes_crash_the_reader_of_containers(data: bytes) -> None:
    with pytest.raises(ValueError):
        cms.opened(data)


def test_the_longest_names_find_room() -> None:
    certificate, scalar = pdfcert.generate(pdfcert.Named(samples.DID, "检" * 200, "X" * 18), samples.VALIDITY.start)
    signing = pdfcert.Signing(certificate, samples.ISSUED, pdfcert.CertifiedSigner(certificate, scalar).sign)
    assert signature_of(renderer().render(DOCUMENT, signing=signing)) is not None


def test_a_key_that_does_not_fit_its_certificate_is_refused() -> None:
    other, _scalar = pdfcert.generate(pdfcert.Named(samples.DID, "甲"), samples.VALIDITY.start)
    for scalar in (bytes(32), b"\xff" * 32, b"\x01" * 32):
        with pytest.raises(MalformedKey, match="PDF"):
            pdfcert.CertifiedSigner(other, scalar)


def test_a_damaged_signature_is_bad_and_not_absent() -> None:
    with pytest.raises(BadSignature):
        signature_of(PDF.replace(b"/P 1", b"/P 2"))
