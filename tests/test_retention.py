"""How long records are kept: by the rule of the day of issue, lengthened by regulators, shortened by nobody."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from quanheng.domains.testing import services as testing
from quanheng.domains.testing.models import Order
from quanheng.kernel.attestations.keeping.retention import hold_records, kept, kept_of_case
from quanheng.kernel.attestations.models import Attestation, RetentionHold
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound
from quanheng.kernel.cases.models import Rule
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results.erasing import erase_raw_file, remove_erased
from quanheng.kernel.results.models import RawFile
from quanheng.kernel.results.services import attach_raw_file
from tests.browse import browse
from tests.orderbook import Book, open_book

TODAY = timezone.localdate()


@pytest.fixture
def book(db: None, single_handed: None) -> Book:
    return open_book()


@pytest.fixture
def raw(book: Book) -> RawFile:
    """A raw file under an issued report."""
    order = book.bring(book.order(), "working")
    made = attach_raw_file(book.operator, order.case, file=ContentFile(b"1,2,3\n", "a.csv"), name="a.csv")
    book.bring(order, "issued")
    return made


def report_of(raw: RawFile) -> Attestation:
    return Attestation.objects.get(case=raw.case_id)


def aged(report: Attestation, years: int) -> None:
    Attestation.objects.filter(pk=report.pk).update(issued_at=report.issued_at - timedelta(days=366 * years))


def steward(book: Book) -> Any:
    return book.actor(book.institution, Role.QUALITY_MANAGER)


def test_the_date_follows_from_the_rule_that_was_in_force_on_the_day_of_issue(raw: RawFile) -> None:
    report = report_of(raw)
    found = kept(report)
    issued = timezone.localdate(report.issued_at)
    assert found.rule is not None and found.rule.key == "testing_body_supervision.record_retention"
    assert "第39号" in found.rule.source and found.until is not None
    # Six years to the day; a last day without work goes on to the next one with.
    assert 6 * 365 <= (found.until - issued).days <= 6 * 366 + 10
    assert found.on(found.until) and not found.on(found.until + timedelta(days=1))
    # A later rule that wants less changes nothing for what was issued before.
    Rule.objects.filter(pk=found.rule.pk).update(valid_to=TODAY)
    shorter = Rule.objects.get(pk=found.rule.pk)
    shorter.pk, shorter.uid, shorter.value = None, "shorter000001", "1"
    shorter.valid_from, shorter.valid_to, shorter.loaded_at = TODAY + timedelta(days=1), None, timezone.now()
    shorter.save(force_insert=True)
    assert kept(report).until == found.until


def test_without_a_rule_it_is_kept(book: Book, raw: RawFile) -> None:
    report = report_of(raw)
    aged(report, 30)
    old = Attestation.objects.get(pk=report.pk)
    assert kept(old).until is None, "that law was not in force then"
    Attestation.objects.filter(pk=report.pk).update(kind="declaration", issued_at=report.issued_at)
    assert kept(Attestation.objects.get(pk=report.pk)).until is None
    with pytest.raises(Conflict):
        erase_raw_file(steward(book), raw, reason="清理")


def test_a_regulator_lengthens_and_nobody_shortens(book: Book, raw: RawFile) -> None:
    report = report_of(raw)
    until = kept(report).until
    assert until is not None
    for wrong in (until, until - timedelta(days=1), TODAY, date(2099, 1, 1)):
        with pytest.raises(Invalid):
            hold_records(book.officer, report, until=wrong, reason="调查")
    with pytest.raises(Invalid):
        hold_records(book.officer, report, until=until + timedelta(days=1), reason=" ")
    for actor in (steward(book), book.buyer):
        with pytest.raises(Denied):
            hold_records(actor, report, until=until + timedelta(days=1), reason="x")
    with pytest.raises(NotFound):
        hold_records(book.actor(book.outsider, Role.OPERATOR), report, until=until + timedelta(days=1), reason="不相干")
    longer = until + timedelta(days=400)
    hold_records(book.officer, report, until=longer, reason="涉案")
    assert kept(report).until == longer == kept_of_case(report.case_id or 0).until
    # Two at once: the second is measured by what the first has ordered.
    with pytest.raises(Invalid):
        hold_records(book.officer, report, until=longer - timedelta(days=1), reason="较短")
    entry = Entry.objects.get(act="attestations.retention.hold")
    assert Notice.objects.filter(entry=entry, organisation=book.institution).exists()


def test_content_is_not_deleted_before_and_goes_once_the_time_is_over(
    book: Book, raw: RawFile, django_capture_on_commit_callbacks: Any
) -> None:
    report, storage, place = report_of(raw), raw.file.storage, raw.file.name
    with pytest.raises(Conflict) as refused:
        erase_raw_file(steward(book), raw, reason="清理")
    assert refused.value.reason == "retention" and str(kept(report).until) in str(refused.value)
    aged(report, 7)
    Rule.objects.filter(key="testing_body_supervision.record_retention").update(
        valid_from=date(2010, 1, 1), loaded_at=timezone.now()
    )
    RetentionHold.objects.create(attestation=report, until=TODAY, reason="今日仍须保存")
    with pytest.raises(Conflict) as held:
        erase_raw_file(steward(book), raw, reason="清理")
    assert "监管机构" in str(held.value)
    RetentionHold.objects.filter(attestation=report).update(until=TODAY - timedelta(days=1))
    for actor in (book.operator, book.officer):
        with pytest.raises(Denied):
            erase_raw_file(actor, raw, reason="清理")
    with pytest.raises(Invalid):
        erase_raw_file(steward(book), raw, reason="")
    with django_capture_on_commit_callbacks(execute=True):
        erase_raw_file(steward(book), raw, reason="已届满")
    assert not storage.exists(place) and remove_erased() == 0
    raw.refresh_from_db()
    assert raw.sha256 and raw.name == "a.csv" and not raw.file.name, "what it was stays on record"
    with pytest.raises(Conflict):
        erase_raw_file(steward(book), raw, reason="再次")
    order = Order.objects.get(case=raw.case_id)
    page = browse(steward(book))
    assert page.get(f"/api/v1/orders/{order.case.uid}/files/{raw.uid}/content").status_code == 404
    (told,) = page.get(f"/api/v1/orders/{order.case.uid}/files").json()
    assert told["erased_at"] and told["sha256"] == raw.sha256


def test_what_a_killed_process_left_is_removed_later(book: Book, raw: RawFile) -> None:
    RawFile.objects.filter(pk=raw.pk).update(erased_at=timezone.now())
    assert remove_erased() == 1 and not raw.file.storage.exists(raw.file.name)


def test_records_of_an_amended_report_are_kept_as_long_as_those_of_the_last(book: Book, raw: RawFile) -> None:
    report = report_of(raw)
    aged(report, 7)
    Rule.objects.filter(key="testing_body_supervision.record_retention").update(
        valid_from=date(2010, 1, 1), loaded_at=timezone.now()
    )
    order = Order.objects.get(case=raw.case_id)
    testing.amend_report(steward(book), order, reason="更正型号")
    order.case.refresh_from_db()
    book.bring(order, "issued")
    with pytest.raises(Conflict):
        erase_raw_file(steward(book), raw, reason="清理")


def test_originals_and_rows_are_never_deleted(raw: RawFile) -> None:
    report = report_of(raw)
    for one in (report, raw, RetentionHold.objects.create(attestation=report, until=TODAY, reason="x")):
        with pytest.raises((Conflict, ProtectedError)), transaction.atomic():
            one.delete()
        with pytest.raises((Conflict, ProtectedError)), transaction.atomic():
            type(one)._default_manager.filter(pk=one.pk).delete()


def test_issuer_and_regulator_see_the_clock_and_others_do_not(book: Book, raw: RawFile) -> None:
    report = report_of(raw)
    path, api = f"/r/{report.uid}", f"/api/v1/attestations/{report.uid}/retention"
    until = str(kept(report).until)
    for actor in (steward(book), book.officer):
        assert f"{path}/keep/" in browse(actor).get(path).content.decode()
        text = browse(actor).get(f"{path}/keep/").content.decode()
        assert "保存期限" in text and until in text
        assert browse(actor).get(api).json()["until"] == until
    assert "延长保存期限" in browse(book.officer).get(f"{path}/keep/").content.decode()
    assert "延长保存期限" not in browse(steward(book)).get(f"{path}/keep/").content.decode()
    assert f"{path}/keep/" not in browse().get(path).content.decode()
    assert browse(book.buyer).get(f"{path}/keep/").status_code == 302
    assert browse(book.buyer).get(api).status_code == 403 and browse().get(api).status_code in (401, 404)
    officer = browse(book.officer)
    assert officer.post(f"{path}/keep/", {"until": "2020-01-01", "reason": "x"}).status_code == 422
    later = kept(report).until
    assert later is not None
    answer = officer.post(f"{path}/keep/", {"until": str(later + timedelta(days=9)), "reason": "调查"})
    assert answer.status_code == 302 and RetentionHold.objects.count() == 1
    body = {"until": str(later + timedelta(days=20)), "reason": "调查"}
    assert officer.post(api, body, content_type="application/json").status_code == 200
    assert browse(steward(book)).post(api, body, content_type="application/json").status_code == 403


def test_the_page_offers_deletion_once_the_time_is_over(book: Book, raw: RawFile) -> None:
    order = Order.objects.get(case=raw.case_id)
    page, own = browse(steward(book)), f"/orders/{order.case.uid}/"
    act = f"{own}files/{raw.uid}/erase/"
    assert act not in page.get(own).content.decode()
    told = page.get(act, follow=True).content.decode()
    assert "在此之前不能删除" in told
    aged(report_of(raw), 7)
    Rule.objects.filter(key="testing_body_supervision.record_retention").update(
        valid_from=date(2010, 1, 1), loaded_at=timezone.now()
    )
    assert act in page.get(own).content.decode() and act not in browse(book.operator).get(own).content.decode()
    assert "SHA-256" in page.get(act).content.decode()
    missing = page.post(act, {"reason": ""})
    assert missing.status_code == 422 and not RawFile.objects.get(pk=raw.pk).erased_at
    assert "内容已删除" in page.post(act, {"reason": "保存期满"}, follow=True).content.decode()
    assert RawFile.objects.get(pk=raw.pk).erased_at and act not in page.get(own).content.decode()
    assert "已经删除" in page.post(act, {"reason": "再次"}, follow=True).content.decode()
