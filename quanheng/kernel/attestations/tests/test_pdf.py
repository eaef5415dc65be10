"""Renditions: what is printed, that it is the same each time, and that every change is found."""

import hashlib
import io
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.kernel.attestations.credentials import credential
from quanheng.kernel.attestations.credentials.canonical import canonical_bytes
from quanheng.kernel.attestations.credentials.statement import Item, Recognition, Requirement, Sample
from quanheng.kernel.attestations.credentials.verifyfile import verify_file
from quanheng.kernel.attestations.errors import RenderingError, UnreadablePdf
from quanheng.kernel.attestations.pdf.rendering import Renderer, font_dir, renderer
from quanheng.kernel.attestations.pdf.text import attached_original, check_printed, page_texts
from quanheng.kernel.attestations.pdf.view import REPEATING
from quanheng.kernel.attestations.tests import samples

DOCUMENT = samples.document()
PDF = renderer().render(DOCUMENT)
BUNDLE = samples.bundle()


def test_two_pages_with_everything_on_them() -> None:
    pages = page_texts(PDF)
    assert len(pages) == 2
    text = " ".join(" ".join(pages).split())
    for word in ("检测报告", "TEST REPORT", "TJZJ-2026-000123", "天津市示范检测研究院", "CMA 260212340001", "李四",
                 "6.10 m", "± 0.05 m, k = 2", "≤ 7.00 m", "EQ-014", "2026-12-31", "温度 −1.5 °C",
                 samples.ID):  # fmt: skip
        assert word in text, word
    for number, page in enumerate(pages, 1):
        assert f"第 {number} 页 共 2 页" in page
        assert "TJZJ-2026-000123" in page
        assert "演示数据，不具有证明作用" in page
        assert "Characteristic" in page


@pytest.mark.parametrize("length", [80, 99, 100, 101, 1_500, 4_000])
def test_a_text_of_any_length_stands_whole_on_the_pages(length: int) -> None:
    item = replace(samples.statement(1).items[0], value="", unit="", uncertainty="", coverage_factor="",
                   observation_zh="观" * (length - 1) + "竟")  # fmt: skip
    file = pypdfium2.PdfDocument(renderer().render(samples.document(1, items=(item,))))
    printed = ""
    for page in file:
        text = page.get_textpage()
        printed += text.get_text_range()
        width, height = page.get_size()
        for index in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(index)
            assert 0 <= left <= right <= width and 0 <= bottom <= top <= height
    assert (printed.count("观"), printed.count("竟")) == (length - 1, 1)


def test_real_data_carry_no_banner() -> None:
    assert "演示数据" not in "".join(page_texts(renderer().render(samples.document(1, synthetic=False))))


def test_attached_original_is_byte_for_byte_the_signed_one() -> None:
    assert attached_original(PDF) == canonical_bytes(DOCUMENT)


def test_claims_pdf_a_3b_and_embeds_its_fonts() -> None:
    with pikepdf.open(io.BytesIO(PDF)) as file:
        metadata = file.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
        for page in file.pages:
            for font in page.Resources.Font.values():
                descriptor = font.DescendantFonts[0].FontDescriptor
                assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
        assert file.Root.AF[0].AFRelationship == "/Source"


def test_qr_code_on_the_page_leads_to_the_verification_address() -> None:
    image = pypdfium2.PdfDocument(PDF)[0].render(scale=3).to_pil().convert("L")
    found = zxingcpp.read_barcodes(image)
    assert [code.text for code in found] == [samples.ID]


def test_rendering_again_in_another_process_gives_the_same_bytes(tmp_path: Path) -> None:
    source, target = tmp_path / "in.json", tmp_path / "out.pdf"
    source.write_bytes(canonical_bytes(DOCUMENT))
    program = (
        "import sys, pathlib\n"
        "from quanheng.kernel.attestations.pdf.rendering import renderer\n"
        "from quanheng.kernel.attestations.credentials.canonical import loads\n"
        "document = loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "pathlib.Path(sys.argv[2]).write_bytes(renderer().render(document))\n"
        "assert 'django' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program, str(source), str(target)], check=True, timeout=60)
    assert target.read_bytes() == PDF


def test_what_was_laid_out_before_leaves_no_trace() -> None:
    """The compiler keeps what stands in a like place of the next report and says the same."""
    other = samples.document(20, number="TJZJ-2026-000124")
    alone = Renderer(font_dir()).render(other)
    assert renderer().render(DOCUMENT) == PDF
    assert renderer().render(other) == alone
    assert renderer().render(DOCUMENT) == PDF


def test_untouched_pdf_is_genuine() -> None:
    verdict = verify_file(PDF, BUNDLE, samples.NOW)
    assert verdict.genuine and verdict.check("printed").outcome == "pass"  # type: ignore[union-attr]


def with_original(forged: bytes) -> bytes:
    """A page with the genuine data attached instead of its own."""
    with pikepdf.open(io.BytesIO(forged)) as file, io.BytesIO() as out:
        file.attachments["credential.json"] = pikepdf.AttachedFileSpec(file, canonical_bytes(DOCUMENT))
        file.save(out)
        return out.getvalue()


def test_printed_value_changed_on_the_page_is_named() -> None:
    """The page of another result, carrying the genuine data: the classic forged report."""
    forged = renderer().render(samples.document(20, number="TJZJ-2026-000124"))
    check = verify_file(with_original(forged), BUNDLE, samples.NOW).check("printed")
    assert check is not None and check.outcome == "fail"
    assert "TJZJ-2026-000123" in check.zh and "TJZJ-2026-000124" in check.zh


def test_a_recognition_mark_that_only_the_page_bears_is_named() -> None:
    """The genuine data of whoever holds one recognition, under a page that shows another beside it."""
    claimed = (Recognition("CMA", "260212340001"), Recognition("CNAS", "L99999"))
    forged = renderer().render(samples.document(20, recognitions=claimed))
    check = verify_file(with_original(forged), BUNDLE, samples.NOW).check("printed")
    assert check is not None and check.outcome == "fail" and "L99999" in check.zh


@given(st.integers(0, len(PDF) - 1), st.integers(1, 255))
@settings(max_examples=40, deadline=None)
def test_one_changed_byte_anywhere_in_the_pdf_is_found(position: int, mask: int) -> None:
    changed = bytearray(PDF)
    changed[position] ^= mask
    assert not verify_file(bytes(changed), BUNDLE, samples.NOW).genuine


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_bytes_behind_a_pdf_head_crash_the_verifier(data: bytes) -> None:
    assert not verify_file(b"%PDF-1.7\n" + data, BUNDLE, samples.NOW).genuine


def test_another_edition_passes_only_when_the_platform_knows_the_file() -> None:
    appended = PDF + b"\n"
    assert check_printed(appended, DOCUMENT, renderer()).outcome == "fail"
    known = frozenset({hashlib.sha256(appended).hexdigest()})
    assert check_printed(appended, DOCUMENT, renderer(), known).outcome == "pass"


def test_a_page_of_an_older_edition_is_held_against_what_it_had_to_say() -> None:
    older = renderer().render(DOCUMENT, REPEATING)
    assert check_printed(older, DOCUMENT, renderer()).outcome == "not-evaluated"
    forged = renderer().render(samples.document(20, number="TJZJ-2026-000124"), REPEATING)
    assert check_printed(forged, DOCUMENT, renderer()).outcome == "fail"


def test_what_all_rows_say_stands_once() -> None:
    first, second = samples.statement(2).items
    alike = "".join(page_texts(renderer().render(samples.document(2))))
    assert (alike.count("S-2026-0107"), alike.count("EQ-014"), alike.count("operator:41")) == (1, 1, 1)
    differing = (first, replace(second, sample="S-2026-0108", equipment=(), operator="operator:42"))
    both = replace(samples.statement().object, samples=(Sample("S-2026-0107"), Sample("S-2026-0108")))
    told = "".join(page_texts(renderer().render(samples.document(2, items=differing, object=both))))
    assert (told.count("S-2026-0107"), told.count("S-2026-0108"), told.count("EQ-014")) == (2, 2, 2)
    assert (told.count("operator:41"), told.count("operator:42")) == (1, 1)


def test_pdf_without_original_is_refused() -> None:
    empty = pikepdf.new()
    out = io.BytesIO()
    empty.save(out)
    with pytest.raises(UnreadablePdf, match=r"credential\.json"):
        attached_original(out.getvalue())


@pytest.mark.parametrize("kind", list(credential.TYPES))
def test_every_kind_renders_with_and_without_items(kind: str) -> None:
    bare = samples.document(0, kind=kind, equipment=(), environment=(), valid_until=datetime(2029, 1, 1, tzinfo=UTC))
    assert "2029-01-01" in "".join(page_texts(renderer().render(bare)))
    observed = Item("外观", Requirement("JJG 52"), observation_zh="无裂纹")
    text = "".join(page_texts(renderer().render(samples.document(1, kind=kind, items=(observed,)))))
    assert "无裂纹" in text and "判定" not in text


def test_markup_in_the_data_is_printed_not_run() -> None:
    hostile = '#panic("x") $x$ <script>*_`@ \\ "'
    text = "".join(page_texts(renderer().render(samples.document(1, decision_zh=hostile))))
    assert '#panic("x") $x$ <script>*_`@ \\ "' in text


def test_missing_font_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenderingError, match="字体"):
        Renderer(tmp_path)
