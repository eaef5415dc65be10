"""One byte changed anywhere is found: in the JSON file, on the PDF's page, in its QR code, in the database."""

from __future__ import annotations

import io
import re
from random import Random

import pikepdf
import pytest
from django.db import connection
from django.test import Client

from quanheng.kernel.attestations import queries
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.pdf import rendering as pdf
from quanheng.kernel.attestations.pdf.rendering import renderer
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.services import prove
from quanheng.kernel.audit.tests.triggers import drop_triggers
from tests.security.scene import build

pytestmark = [pytest.mark.django_db, pytest.mark.faults]


@pytest.fixture
def report() -> Attestation:
    """An issued report, read from the database."""
    return Attestation.objects.get(pk=build().rows["attestations.Attestation"].pk)


def test_a_byte_of_the_file(report: Attestation) -> None:
    """300 places, one bit each: never genuine, and never a failure of the verifier."""
    original, random = report.document.encode(), Random(4)
    assert queries.check_file(original)[0].genuine
    for _try in range(300):
        changed = bytearray(original)
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
        assert not queries.check_file(bytes(changed))[0].genuine, bytes(changed)


def page_changed(document: bytes) -> bytes:
    """The PDF with two glyphs of its first page exchanged and nothing else touched."""
    with pikepdf.open(io.BytesIO(document)) as file:
        page = file.pages[0]
        content = page.Contents.read_bytes()
        shown = re.search(rb"<([0-9a-fA-F]{8,})>|\(([^()\\]{4,})\)", content)
        assert shown is not None, "no text on the page"
        text = shown[1] or shown[2]
        half = 4 if shown[1] else 2
        swapped = text[half : 2 * half] + text[:half] + text[2 * half :]
        assert swapped != text
        start = shown.start() + 1
        page.Contents = file.make_stream(content[:start] + swapped + content[start + len(text) :])
        out = io.BytesIO()
        file.save(out)
    return out.getvalue()


def test_a_glyph_of_the_page(report: Attestation) -> None:
    printed = renderer().render(queries.document_of(report))
    assert queries.check_file(printed)[0].genuine
    verdict = queries.check_file(page_changed(printed))[0]
    assert not verdict.genuine
    assert {check.code: check.outcome for check in verdict.checks}["printed"] == "fail"


def test_another_qr_code(report: Attestation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page whose code leads elsewhere, the signed original attached as it was."""
    drawn = pdf.qr_svg
    document = queries.document_of(report)
    monkeypatch.setattr(pdf, "qr_svg", lambda url: drawn(url[:-1] + ("0" if url[-1] != "0" else "1")))
    forged = renderer().render(document)
    monkeypatch.undo()
    verdict = queries.check_file(forged)[0]
    assert not verdict.genuine
    assert {check.code: check.outcome for check in verdict.checks}["printed"] == "fail"


def test_a_byte_of_the_stored_document(report: Attestation) -> None:
    """By whoever rules the database: page and API say so at once."""
    page, api = f"/r/{report.uid}", f"/api/v1/attestations/{report.uid}/verification"
    client = Client(headers={"accept-language": "zh-hans"})
    assert client.get(api).json()["genuine"] is True
    genuine = client.get(page).content.decode()
    changed = report.document.replace('"value":"26"', '"value":"24"')
    assert changed != report.document
    Attestation.objects.filter(pk=report.pk).update(document=changed)
    verdict = client.get(api).json()
    assert verdict["genuine"] is False
    assert [one["code"] for one in verdict["checks"] if one["outcome"] == "fail"] == ["signature", "log"]
    told = client.get(page).content.decode()
    assert told != genuine
    assert "签名" in told
    assert Client().get("/verify/", {"number": report.number}).status_code == 200


def test_a_byte_of_the_trail() -> None:
    """By whoever rules the database and has taken the triggers away."""
    build()
    assert prove().sound
    entry = Entry.objects.filter(act="testing.order.enter").latest("id")
    drop_triggers()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET actor_name = %s WHERE id = %s", [entry.actor_name[:-1] + "某", entry.pk])
    proof = prove()
    assert (proof.sound, proof.broken_at, proof.why) == (False, entry.pk, "content")
