"""The printed code: read from the page, verified with no network, and what is not the issuer's is found."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.kernel.attestations.cli import verify_main
from quanheng.kernel.attestations.credentials import codes
from quanheng.kernel.attestations.credentials.codes import BadCode, belongs, facts_of, made, opened
from quanheng.kernel.attestations.credentials.codeverify import CodeVerdict, verify_code
from quanheng.kernel.attestations.credentials.trust import StatusEntry
from quanheng.kernel.attestations.credentials.verifyfile import verify_file
from quanheng.kernel.attestations.keys import multikey, sealing
from quanheng.kernel.attestations.pdf.rendering import renderer
from quanheng.kernel.attestations.tests import samples
from quanheng.kernel.base.qr import qr_svg

DOCUMENT = samples.document()
CODE = made(DOCUMENT, samples.SIGNER.sign)
BUNDLE = samples.bundle()
PDF = renderer().render(DOCUMENT, signing=samples.SIGNING, code=CODE)


def outcomes(found: CodeVerdict) -> dict[str, str]:
    return {check.code: check.outcome for check in found.checks}


def test_it_is_read_from_the_page_and_verifies_with_no_network() -> None:
    image = pypdfium2.PdfDocument(PDF)[0].render(scale=4).to_pil().convert("L")
    (scanned,) = zxingcpp.read_barcodes(image)
    assert scanned.text == CODE
    found = verify_code(scanned.text, BUNDLE, samples.NOW)
    assert found.genuine and found.in_force and set(outcomes(found).values()) == {"pass"}
    assert found.facts == facts_of(DOCUMENT)
    told = "\n".join(found.lines(chinese=True))
    for word in ("TJZJ-2026-000123", "检测报告", "电动自行车 TDT-101Z", "符合", "2026-03-02 09:30"):
        assert word in told


def test_any_telephone_opens_the_report_s_page() -> None:
    address, _sign, fragment = CODE.partition("#")
    assert address == samples.ID
    assert re.fullmatch(r"[0-9A-Z$*+\-./:]+", fragment), "characters that an address may hold as they are"


def test_the_longest_facts_make_a_code_about_two_centimetres_wide() -> None:
    """Modules of 0.29 mm at least on the 22 mm that the page gives it: telephones read 0.25 mm."""
    thing = replace(samples.statement().object, name_zh="检" * 200)
    longest = made(
        samples.document(number="JC2026-MB0X0001X-000123", object=thing, valid_until=datetime(2031, 1, 1, tzinfo=UTC)),
        samples.SIGNER.sign,
    )
    modules = int(re.findall(r'viewBox="2 2 (\d+)', qr_svg(longest, quiet_zone=2))[0])
    assert 22 / modules >= 0.29, modules


def test_the_pdf_is_genuine_and_its_page_is_compared_with_the_code_on_it() -> None:
    verdict = verify_file(PDF, BUNDLE, samples.NOW)
    assert verdict.genuine
    assert verify_file(renderer().render(DOCUMENT, code=CODE), BUNDLE, samples.NOW).genuine


@pytest.mark.parametrize("other", ["of another report", "of another key", "another text"])
def test_a_foreign_code_on_the_page_is_found(other: str) -> None:
    new = sealing.generate(samples.DID, samples.KEK)
    forger = sealing.unseal_signer(new.key_id, new.sealed, samples.KEK, samples.VALIDITY)
    foreign = {
        "of another report": made(samples.document(number="TJZJ-2026-000124"), samples.SIGNER.sign),
        "of another key": made(DOCUMENT, forger.sign),
        "another text": "https://quanheng.example/r/other",
    }[other]
    check = verify_file(renderer().render(DOCUMENT, code=foreign), BUNDLE, samples.NOW).check("printed")
    assert check is not None and check.outcome == "fail" and "二维码" in check.zh


def test_a_code_drawn_over_the_genuine_one_is_found() -> None:
    with pikepdf.open(io.BytesIO(renderer().render(DOCUMENT))) as file, io.BytesIO() as out:
        file.attachments["code.txt"] = pikepdf.AttachedFileSpec(file, CODE.encode())
        file.save(out)
        changed = out.getvalue()
    assert not verify_file(changed, BUNDLE, samples.NOW).genuine, "the page has the plain code, not the one it names"


@given(st.integers(len(samples.ID) + 1, len(CODE) - 1), st.sampled_from(codes.DIGITS))
@settings(max_examples=300, deadline=None)
def test_one_changed_character_is_found(position: int, other: str) -> None:
    changed = CODE[:position] + other + CODE[position + 1 :]
    assert verify_code(changed, BUNDLE, samples.NOW).genuine is (changed == CODE)


@pytest.mark.parametrize("change", [
    lambda code: code.replace("/r/7", "/r/8"),
    lambda code: code[:-1],
    lambda code: code + "0",
    lambda code: code.partition("#")[0],
    lambda code: code.lower(),
    lambda code: code.replace("#", "#0"),
    lambda code: "",
])  # fmt: skip
def test_what_is_changed_or_cut_is_not_genuine(change) -> None:  # type: ignore[no-untyped-def]
    assert not verify_code(change(CODE), BUNDLE, samples.NOW).genuine


@given(st.text(max_size=100))
def test_no_text_crashes_the_reader(text: str) -> None:
    with pytest.raises(BadCode):
        opened(f"{samples.ID}#{text}")


def test_the_forgers_own_key_is_not_in_the_bundle() -> None:
    new = sealing.generate(samples.DID, samples.KEK)
    forger = sealing.unseal_signer(new.key_id, new.sealed, samples.KEK, samples.VALIDITY)
    own = made(DOCUMENT | {"proof": DOCUMENT["proof"] | {"verificationMethod": new.key_id}}, forger.sign)
    found = verify_code(own, BUNDLE, samples.NOW)
    assert not found.genuine and outcomes(found)["key"] == "fail"
    borrowed = verify_code(made(DOCUMENT, forger.sign), BUNDLE, samples.NOW)
    assert outcomes(borrowed)["signature"] == "fail"


def test_a_signature_over_a_document_is_none_over_a_code() -> None:
    facts, message, _signature = opened(CODE)
    assert facts.sha256 and len(message) > 64, "documents are signed by a message of 64 bytes"
    assert belongs(CODE, DOCUMENT) and not belongs(CODE, samples.document(1))


def test_status_key_and_age_of_the_bundle() -> None:
    withdrawn = samples.bundle(StatusEntry(samples.ID, "withdrawn", samples.NOW - timedelta(days=2)))
    found = verify_code(CODE, withdrawn, samples.NOW)
    assert found.genuine and found.in_force is False and outcomes(found)["status"] == "fail"
    assert verify_code(CODE, BUNDLE, samples.NOW + timedelta(days=9)).in_force is None
    late = made(samples.document(valid_until=samples.NOW - timedelta(days=1)), samples.SIGNER.sign)
    assert outcomes(verify_code(late, BUNDLE, samples.NOW))["status"] == "fail"
    (key,) = samples.issuer().keys
    for changed, outcome in (
        (replace(key, compromised=samples.NOW), "not-evaluated"),
        (replace(key, validity=sealing.Validity(samples.NOW)), "fail"),
    ):
        found = verify_code(CODE, samples.bundle(keys=(changed,)), samples.NOW)
        assert not found.genuine and outcomes(found)["key"] == outcome
    nothing = verify_code(CODE, None, samples.NOW)
    assert not nothing.genuine and outcomes(nothing)["format"] == "pass" and nothing.facts


def test_the_command_line_reads_it(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    trust = tmp_path / "trust.json"
    trust.write_bytes(replace(BUNDLE, generated=datetime.now(UTC)).signed_bytes(samples.SIGNER))
    assert verify_main(["--code", CODE, "--trust", str(trust), "--lang", "zh"]) == 0
    told = capsys.readouterr().out
    assert "TJZJ-2026-000123" in told and "纸面" in told and "演示数据" in told
    assert verify_main(["--code", CODE[:-2] + "00", "--trust", str(trust), "--json"]) == 1
    with pytest.raises(SystemExit):
        verify_main([])


def test_a_code_by_a_p256_key_verifies_and_by_another_one_does_not() -> None:
    signer, key = samples.p256()
    document = DOCUMENT | {"proof": DOCUMENT["proof"] | {"verificationMethod": signer.key_id}}
    trusted = samples.bundle(keys=(key,))
    assert verify_code(made(document, signer.sign), trusted, samples.NOW).genuine
    other, _key = samples.p256()
    assert outcomes(verify_code(made(document, other.sign), trusted, samples.NOW))["signature"] == "fail"
    # No point of the curve, though of the right length.
    off = multikey.encode("p256-pub", b"\x02" + bytes(31) + b"\x05")
    spoilt = samples.bundle(keys=(replace(key, public_multikey=off),))
    assert not verify_code(made(document, signer.sign), spoilt, samples.NOW).genuine
