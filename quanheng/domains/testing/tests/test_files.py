"""Raw files of an order: who adds, who gets them, that nothing is replaced and nothing lies about half written."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from quanheng.domains.testing import services
from quanheng.domains.testing.models import Order
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results import jobs, rawfiles
from quanheng.kernel.results.models import RawFile
from quanheng.kernel.results.services import attach_raw_file, share_raw_file, withdraw_raw_file
from quanheng.kernel.results.sniffing import media_type
from tests.browse import browse
from tests.orderbook import Book, open_book

PDF = b"%PDF-1.7 raw"


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def book(db: None, media: Path) -> Book:
    return open_book()


@pytest.fixture
def order(book: Book) -> Order:
    order = book.order()
    book.bring(order, "working")
    return order


def attach(book: Book, order: Order, data: bytes = PDF, name: str = "记录 1.pdf", **more: Any) -> RawFile:
    return attach_raw_file(book.operator, order.case, file=ContentFile(data), name=name, **more)


def stored(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def sees(actor: Actor, raw: RawFile) -> bool:
    """Both ways of asking agree."""
    listed = restrict(RawFile.objects.filter(pk=raw.pk), actor).exists()
    assert RawFile.visible_to.allows(actor, RawFile.objects.get(pk=raw.pk)) == listed
    return listed


def url(order: Order, rest: str = "") -> str:
    return f"/orders/{order.case.uid}/files/{rest}"


def test_a_file_is_kept_as_it_came_with_all_that_a_record_says(book: Book, order: Order, media: Path) -> None:
    raw = attach(book, order, position=1)
    assert (raw.name, raw.media_type, raw.size, raw.position) == ("记录 1.pdf", "application/pdf", len(PDF), 1)
    assert raw.sha256 == hashlib.sha256(PDF).hexdigest()
    assert raw.attached_by_id == book.operator.person_id
    (path,) = stored(media)
    assert path.read_bytes() == PDF
    assert "记录" not in str(path)
    entry = Entry.objects.latest("id")
    assert (entry.act, entry.facts["sha256"], entry.case_id) == ("results.file.attach", raw.sha256, order.case_id)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"<!DOCTYPE html><script>", "text/plain"),
        (b"<svg onload=alert(1)>", "text/plain"),
        ("时间,值\n".encode("gb18030"), "text/plain"),
        (("啊" * 2000).encode()[:4096], "text/plain"),
        (b"PK\x03\x04....xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"MZ\x90\0\3", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_what_a_file_is_follows_from_its_content(head: bytes, kind: str) -> None:
    assert media_type(head) == kind


def test_only_the_operator_adds_and_only_while_results_are_entered(book: Book, order: Order, media: Path) -> None:
    file = ContentFile(PDF)
    for actor in (book.reviewer, book.buyer, book.officer):
        with pytest.raises(Denied):
            attach_raw_file(actor, order.case, file=file, name="a")
    with pytest.raises(NotFound):
        attach_raw_file(book.actor(book.outsider, Role.OPERATOR), order.case, file=file, name="a")
    raw = attach(book, order)
    book.bring(order, "in_review")
    for late in (
        lambda: attach(book, order, b"more"),
        lambda: share_raw_file(book.operator, raw, shared=True),
        lambda: withdraw_raw_file(book.operator, raw, reason="错"),
    ):
        with pytest.raises(Conflict):
            late()
    assert len(stored(media)) == 1


def test_what_cannot_be_kept_is_refused_kindly_and_leaves_nothing(
    book: Book, order: Order, media: Path, settings: Any
) -> None:
    attach(book, order)
    with pytest.raises(Conflict, match=r"内容完全相同的文件已于 .*记录 1\.pdf"):
        attach(book, order, name="另一个名字.pdf")
    with pytest.raises(Invalid, match="空的"):
        attach(book, order, b"")
    with pytest.raises(Invalid, match="没有这一项"):
        attach(book, order, b"x", position=9)
    settings.RAW_FILE_MAX_BYTES = 3
    with pytest.raises(Invalid, match="超过"):
        attach(book, order, b"four")
    settings.RAW_FILES_MOST = 1
    with pytest.raises(Conflict, match="不能再添加"):
        attach(book, order, b"two")
    assert len(stored(media)) == RawFile.objects.count() == 1


def test_a_file_is_withdrawn_with_a_reason_and_stays(book: Book, order: Order, media: Path) -> None:
    raw = attach(book, order)
    with pytest.raises(Invalid):
        withdraw_raw_file(book.operator, raw, reason=" ")
    withdraw_raw_file(book.actor(book.institution, Role.QUALITY_MANAGER), raw, reason="传错了单子")
    raw.refresh_from_db()
    assert raw.withdrawn_reason == "传错了单子"
    assert stored(media)
    with pytest.raises(Conflict, match="已撤下"):
        share_raw_file(book.operator, raw, shared=True)
    # What was withdrawn by mistake is added once more; both are on record.
    attach(book, order)
    assert RawFile.objects.filter(sha256=raw.sha256).count() == 2
    page = browse(book.operator).get(f"/orders/{order.case.uid}/").content.decode()
    assert "传错了单子" in page


def test_the_client_gets_what_is_meant_for_it_and_only_with_the_report(book: Book, order: Order) -> None:
    inside, shared = attach(book, order), attach(book, order, b"a,b\n1,2\n", "数据.csv", shared=True)
    gone = attach(book, order, b"c", "c.txt", shared=True)
    withdraw_raw_file(book.operator, gone, reason="不是这一批")
    assert not any(sees(book.buyer, raw) for raw in (inside, shared, gone))
    assert all(sees(actor, inside) for actor in (book.reviewer, book.officer))
    assert not sees(book.actor(book.outsider, Role.OPERATOR), shared)
    assert browse(book.buyer).get(url(order, f"{shared.uid}/")).status_code == 404
    book.bring(order, "issued")
    assert sees(book.buyer, shared)
    assert not sees(book.buyer, inside)
    assert not sees(book.buyer, gone)
    client = browse(book.buyer)
    page = client.get(f"/orders/{order.case.uid}/").content.decode()
    assert "数据.csv" in page
    assert "记录 1.pdf" not in page
    assert client.get(url(order, f"{inside.uid}/")).status_code == 404
    assert client.get(url(order, f"{shared.uid}/")).status_code == 200


def test_what_is_meant_for_the_client_in_an_amendment_waits_for_the_next_report(book: Book, order: Order) -> None:
    raw = attach(book, order)
    book.bring(order, "delivered")
    quality = book.actor(book.institution, Role.QUALITY_MANAGER)
    services.amend_report(quality, order, reason="补充附件")
    # The report was issued a while ago.
    order.case.attestations.update(issued_at=timezone.now() - timedelta(hours=1))
    share_raw_file(book.operator, raw, shared=True)
    assert not sees(book.buyer, raw)
    order.case.attestations.update(issued_at=timezone.now() + timedelta(seconds=1))
    assert sees(book.buyer, raw)


def test_a_file_is_handed_over_to_be_saved_and_never_to_be_shown(book: Book, order: Order) -> None:
    raw = attach(book, order, b"<script>alert(1)</script>", '../a"b\r\n报告.html')
    answer = browse(book.operator).get(url(order, f"{raw.uid}/"))
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    disposition = answer.headers["Content-Disposition"]
    assert disposition == "attachment; filename=\"a_b__.html\"; filename*=UTF-8''a%22b%E6%8A%A5%E5%91%8A.html"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_page_takes_several_files_and_tells_of_each_that_is_refused(book: Book, order: Order) -> None:
    client = browse(book.operator)
    assert 'enctype="multipart/form-data"' in client.get(f"/orders/{order.case.uid}/").content.decode()
    files = [SimpleUploadedFile("a.csv", b"1"), SimpleUploadedFile("b.csv", b"1"), SimpleUploadedFile("c.csv", b"2")]
    answer = client.post(url(order), {"file": files, "position": "1", "shared": "on"}, follow=True)
    told = " ".join(str(message) for message in answer.context["messages"])
    assert "已添加 2 个" in told
    assert "b.csv：内容完全相同" in told
    assert set(RawFile.objects.values_list("position", flat=True)) == {1}
    raw = RawFile.objects.filter(name="a.csv").get()
    client.post(url(order, f"{raw.uid}/share/"), {})
    raw.refresh_from_db()
    assert raw.shared_at is None
    assert client.get(url(order, f"{raw.uid}/withdraw/")).status_code == 200
    client.post(url(order, f"{raw.uid}/withdraw/"), {"reason": "重复"})
    raw.refresh_from_db()
    assert raw.withdrawn_reason == "重复"
    assert "请先选择文件" in client.post(url(order), {}, follow=True).content.decode()


def test_the_same_over_the_api(book: Book, order: Order) -> None:
    client, api = browse(book.operator), f"/api/v1/orders/{order.case.uid}/files"
    answer = client.post(api, {"file": SimpleUploadedFile("测.pdf", PDF, "text/html"), "shared": "true"})
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["name"], made["media_type"], made["shared"]) == ("测.pdf", "application/pdf", True)
    assert client.post(api, {"file": SimpleUploadedFile("x", PDF)}).status_code == 409
    assert client.post(api, {"position": "1"}).status_code == 422
    assert [one["uid"] for one in client.get(api).json()] == [made["uid"]]
    content = client.get(f"{api}/{made['uid']}/content")
    assert b"".join(content.streaming_content) == PDF
    assert content.headers["Repr-Digest"].startswith("sha-256=:")
    share = client.post(f"{api}/{made['uid']}/share", {"shared": False}, content_type="application/json")
    assert share.json()["shared"] is False
    gone = client.post(f"{api}/{made['uid']}/withdraw", {"reason": "错"}, content_type="application/json")
    assert gone.json()["withdrawn_reason"] == "错"
    assert browse(book.buyer).get(api).json() == []
    assert browse(book.actor(book.outsider, Role.OPERATOR)).get(api).status_code == 404


def test_a_full_disk_leaves_nothing_half_written(
    book: Book, order: Order, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_off(self: FileSystemStorage, name: str, content: Any) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "_save", breaks_off)
        with pytest.raises(rawfiles.NoRoom):
            attach(book, order)
        client, upload = browse(book.operator), {"file": SimpleUploadedFile("a", PDF)}
        answer = client.post(f"/api/v1/orders/{order.case.uid}/files", upload)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert stored(media) == []
    assert RawFile.objects.count() == 0
    attach(book, order)


def test_files_without_a_record_are_swept_up_after_a_day(
    book: Book, order: Order, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attach(book, order)
    # The process is killed between the file and its record: nobody is left to remove it.
    monkeypatch.setattr(rawfiles, "_forget", lambda place: None)
    with pytest.raises(Invalid):
        attach(book, order, b"orphan", position=9)
    assert len(stored(media)) == 2
    assert jobs.sweep_orphans() == 0
    for path in stored(media):
        os.utime(path, (0, (timezone.now() - timedelta(days=2)).timestamp()))
    assert jobs.sweep_orphans() == 1
    assert [path.read_bytes() for path in stored(media)] == [PDF]


def test_two_hundred_files_are_one_question_to_the_database(
    book: Book, order: Order, django_assert_max_num_queries: Any
) -> None:
    for number in range(200):
        RawFile.objects.create(
            case=order.case, file=f"raw/{number}", name="n", media_type="t", size=1, sha256=f"{number:064x}"
        )
    client = browse(book.operator)
    client.get(f"/orders/{order.case.uid}/")
    with django_assert_max_num_queries(15):
        assert client.get(f"/orders/{order.case.uid}/").status_code == 200


def test_a_report_names_the_raw_data_it_rests_on(book: Book, order: Order) -> None:
    of_item, of_whole = attach(book, order, position=1), attach(book, order, b"1,2", "曲线.csv")
    wrong = attach(book, order, b"wrong", "错.csv")
    withdraw_raw_file(book.operator, wrong, reason="另一台样品的")
    book.bring(order, "delivered")
    order.refresh_from_db()
    report = order.attestation
    assert report is not None
    subject = json.loads(report.document)["credentialSubject"]
    told = {"name": "记录 1.pdf", "mediaType": "application/pdf", "sha256": of_item.sha256, "size": len(PDF)}
    assert subject["items"][0]["rawData"] == [told]
    assert [one["sha256"] for one in subject["rawData"]] == [of_whole.sha256]
    # Whoever holds the report compares a file with it: on its page, and by its digest.
    page, anybody = f"/r/{report.uid}", Client()
    assert of_item.sha256 in anybody.get(page).content.decode()
    same = anybody.post(f"{page}/raw/", {"file": SimpleUploadedFile("mine.pdf", PDF)})
    assert same.status_code == 200 and "逐字节一致" in same.content.decode()
    other = anybody.post(f"{page}/raw/", {"file": SimpleUploadedFile("mine.pdf", PDF + b"x")})
    assert "不是报告所列的原始记录" in other.content.decode()
    assert anybody.post(f"{page}/raw/").status_code == 422
    api = f"/api/v1/attestations/{report.uid}/raw-data"
    assert [one["position"] for one in anybody.get(api).json()] == [0, 1]
    assert [one["name"] for one in anybody.get(api, {"sha256": of_item.sha256}).json()] == ["记录 1.pdf"]
    assert anybody.get(api, {"sha256": wrong.sha256}).json() == []
    assert anybody.get("/contexts/attestation/v2").json()["@context"]["rawData"].endswith("/v2#rawData")
    assert anybody.get("/contexts/attestation/v9").status_code == 404


def test_what_lies_under_a_report_does_not_hinder_giving_up_its_amendment(book: Book, order: Order) -> None:
    attach(book, order, position=1)
    book.bring(order, "delivered")
    services.amend_report(book.signatory, order, reason="型号有误")
    services.abandon_amendment(book.signatory, order, reason="无误")
    order.case.refresh_from_db()
    assert order.case.state == "delivered"
