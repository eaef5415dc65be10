"""Something falls: what rests on it is found over the graph, verifiers are warned, nothing is rewritten."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from quanheng.domains.testing import services
from quanheng.domains.testing.models import Order
from quanheng.kernel.attestations.falls import graph, worklists
from quanheng.kernel.attestations.falls.amended import changed
from quanheng.kernel.attestations.falls.doubts import doubts_of
from quanheng.kernel.attestations.falls.voiding import void_calibration
from quanheng.kernel.attestations.following import acts as following
from quanheng.kernel.attestations.keys.acts import declare_compromised
from quanheng.kernel.attestations.models import Attestation, Follow
from quanheng.kernel.attestations.services import suspend_attestation, withdraw_attestation
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.audit.queries import notices_for
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Invalid, NotFound, SignInNeeded
from quanheng.kernel.cases.models import Case
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.competence.services import withdraw_recognition
from quanheng.kernel.objects.models import CalibrationVoid, Instrument
from quanheng.kernel.objects.services import CalibrationFacts, record_calibration_of_instrument
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results.services import Entered
from quanheng.kernel.translog.tests.issuing import issue
from tests.browse import browse
from tests.orderbook import FAR_OFF, Book, open_book

PLATFORM = Actor.platform()
TODAY = timezone.localdate()


@pytest.fixture
def book(db: None, single_handed: None) -> Book:
    return open_book()


def reported(book: Book, day: date | None = None) -> Attestation:
    """A report of an order, measured with the book's instrument on a day."""
    order: Order = book.bring(book.order(), "issued")
    order.refresh_from_db()
    if day is not None:
        order.case.results.update(measured_on=day)
    return Attestation.objects.get(order=order)


def chained(book: Book, length: int) -> list[Attestation]:
    """A report, the certificate of its instrument, the certificate of the standard used for that, and so on up."""
    report = reported(book, TODAY - timedelta(days=1))
    found, used = [report], book.instrument
    for level in range(length):
        certificate = reported(book)
        standard = Instrument.objects.create(
            owner=book.outsider, name_zh=f"标准器{level}", serial=str(level), calibrated_on=date(2020, 1, 1),
            calibrated_until=date(2035, 1, 1), calibrated_by="上级", calibration_number="外部证书",
        )  # fmt: skip
        Attestation.objects.filter(pk=certificate.pk).update(kind="calibration_certificate")
        Instrument.objects.filter(pk=used.pk).update(calibration_number=certificate.number)
        result = Case.objects.get(pk=certificate.case_id or 0).results.get()
        result.instruments.set([standard])
        found.append(certificate)
        used = standard
    return found


def steward(book: Book) -> Actor:
    return book.actor(book.institution, Role.QUALITY_MANAGER)


def kinds(one: Attestation) -> list[tuple[int, str]]:
    return [(doubt.level, doubt.kind) for doubt in doubts_of(Attestation.objects.get(pk=one.pk))]


def test_a_void_calibration_puts_reports_since_that_day_in_doubt_and_no_others(book: Book) -> None:
    before, after = reported(book, TODAY - timedelta(days=9)), reported(book, TODAY - timedelta(days=3))
    frozen = Attestation.objects.values_list("document", "state").get(pk=after.pk)
    void = void_calibration(steward(book), book.instrument, since=TODAY - timedelta(days=5), reason="跌落受损")
    assert kinds(before) == [] and kinds(after) == [(0, "calibration")]
    _fall, found, rows = worklists.worklist(steward(book), "calibration", void.uid)
    assert [one.pk for one in rows] == [after.pk] and found.links[after.pk].instrument == book.instrument.pk
    assert Attestation.objects.values_list("document", "state").get(pk=after.pk) == frozen
    entry = Entry.objects.get(act="attestations.calibration.void")
    assert (entry.reason, entry.facts["dependents"]) == ("跌落受损", 1)
    assert set(Notice.objects.filter(entry=entry).values_list("organisation_id", flat=True)) == {book.institution.pk}
    told = Entry.objects.get(act="attestations.doubt.party")
    assert told.facts["about"]["path"] == f"/worklists/calibration/{void.uid}/" and told.reason == ""
    (notice,) = [one for one in notices_for(book.buyer) if one.act == told.act]
    assert notice.path == told.facts["about"]["path"]


def test_what_was_measured_after_it_was_calibrated_anew_is_not_in_doubt(book: Book) -> None:
    yesterday = TODAY - timedelta(days=1)
    old, new = reported(book, TODAY - timedelta(days=3)), reported(book)
    void = void_calibration(steward(book), book.instrument, since=TODAY - timedelta(days=5), reason="超差")
    assert kinds(new) == [(0, "calibration")]
    facts = CalibrationFacts("NEW-1", yesterday, TODAY + timedelta(days=300), "国家院")
    record_calibration_of_instrument(book.operator, book.instrument, facts=facts)
    assert kinds(new) == [] and kinds(old) == [(0, "calibration")]
    _fall, found, _rows = worklists.worklist(PLATFORM, "calibration", void.uid)
    assert set(found.links) == {old.pk}


def test_the_fault_of_a_standard_reaches_reports_over_any_number_of_certificates(book: Book) -> None:
    chain = chained(book, 4)
    top = Instrument.objects.get(serial="3")
    assert [kinds(one) for one in chain] == [[]] * 5
    void = void_calibration(PLATFORM, top, since=date(2021, 1, 1), reason="国家基准比对不符")
    assert [kinds(one) for one in chain] == [[(level, "calibration")] for level in (4, 3, 2, 1, 0)]
    _fall, found, _rows = worklists.worklist(PLATFORM, "calibration", void.uid)
    assert {key: link.level for key, link in found.links.items()} == {
        one.pk: level for one, level in zip(chain, (5, 4, 3, 2, 1), strict=True)
    }
    told = " ".join(str(doubt.told) for doubt in doubts_of(chain[0]))
    assert top.name_zh not in told and "第 4 级" in told, "whose standard it is stays with those concerned"


def test_a_circle_of_wrong_numbers_comes_to_an_end(book: Book) -> None:
    report = reported(book)
    Attestation.objects.filter(pk=report.pk).update(kind="calibration_certificate")
    Instrument.objects.filter(pk=book.instrument.pk).update(calibration_number=report.number)
    void_calibration(PLATFORM, book.instrument, since=TODAY, reason="循环")
    assert kinds(report) == [(0, "calibration")]


def test_a_certificate_withdrawn_or_suspended_warns_below_it(book: Book) -> None:
    report, certificate = chained(book, 1)
    suspend_attestation(PLATFORM, certificate, reason="核查")
    assert kinds(report) == [(1, "suspended")]
    withdraw_attestation(PLATFORM, certificate, reason="不实")
    assert kinds(report) == [(1, "withdrawn")] and kinds(certificate) == []
    path = f"/worklists/certificate/{certificate.uid}/"
    assert path in {one.path for one in notices_for(book.buyer)} & {one.path for one in notices_for(steward(book))}
    _fall, _found, rows = worklists.worklist(book.officer, "certificate", certificate.uid)
    assert [one.pk for one in rows] == [report.pk]


def amend(book: Book, certificate: Attestation) -> Attestation:
    """The certificate's case is amended, its result stated otherwise, and issued anew."""
    order = Order.objects.get(case=certificate.case)
    services.amend_report(book.signatory, order, reason="复核发现有误")
    standard = Instrument.objects.create(
        owner=book.institution, name_zh="另一标准器", serial="s", calibrated_on=date(2020, 1, 1),
        calibrated_until=date(2035, 1, 1), calibrated_by="上级", calibration_number="外部证书",
    )  # fmt: skip
    row = Entered(1, "24.0", "km/h", "0.2", "2", (standard.uid,), TODAY)
    services.enter_results(book.operator, order, rows=[row])
    services.submit_results(book.operator, order)
    services.review_results(book.reviewer, order)
    services.issue_report(book.signatory, Order.objects.get(pk=order.pk))
    return Attestation.objects.get(supersedes=certificate)


def test_a_certificate_whose_result_was_amended_warns_below_it(book: Book) -> None:
    report, certificate = chained(book, 1)
    later = amend(book, certificate)
    assert kinds(report) == [(1, "amended")] and kinds(later) == []
    assert "result" in Attestation.objects.get(pk=certificate.pk).amended.split(",")
    path = f"/worklists/certificate/{certificate.uid}/"
    assert path in {one.path for one in notices_for(book.buyer)} & {one.path for one in notices_for(steward(book))}
    fall, _found, rows = worklists.worklist(book.officer, "certificate", certificate.uid)
    assert [one.pk for one in rows] == [report.pk] and "已更正" in str(fall.title)
    assert certificate.uid in {one.uid for one in worklists.falls(book.officer)}
    # Recorded anew with its instrument, it changes nothing in what was issued before.
    facts = CalibrationFacts(later.number, book.instrument.calibrated_on or TODAY, FAR_OFF, "计量院")
    record_calibration_of_instrument(book.operator, Instrument.objects.get(pk=book.instrument.pk), facts=facts)
    assert kinds(report) == [(1, "amended")]
    after = reported(book)
    # Documents carry their time to the second.
    Attestation.objects.filter(pk=after.pk).update(issued_at=timezone.now() + timedelta(seconds=1))
    assert kinds(after) == []


def test_an_amendment_of_what_nobody_rests_on_is_no_fall() -> None:
    items = [{"nameZh": "示值", "value": "1", "operator": "甲"}]
    one = {"credentialSubject": {"items": items, "client": {"nameZh": "乙"}}, "validFrom": "2026-01-01T00:00:00+08:00"}
    other = {"credentialSubject": {"items": [items[0] | {"operator": "丙"}], "client": {"nameZh": "丁"}}}
    assert changed(one, other) == ()
    assert changed(one, other | {"validUntil": "2027-01-01T00:00:00+08:00"}) == ("validity",)
    assert changed(one, {"credentialSubject": {"items": items, "object": {"serialNumber": "9"}}}) == ("instrument",)


def test_a_subcontractor_s_report_that_is_withdrawn_warns_below_it(book: Book) -> None:
    report, theirs = reported(book), issue(book.outsider)
    Case.objects.get(pk=report.case_id or 0).results.update(provider_report=theirs.number)
    withdraw_attestation(PLATFORM, theirs, reason="虚假")
    assert kinds(report) == [(1, "withdrawn")]
    assert set(graph.below(numbers=[theirs.number]).links) == {report.pk}


def test_a_key_that_others_have_and_a_recognition_that_falls_reach_below_too(book: Book) -> None:
    report, certificate = chained(book, 1)
    declare_compromised(
        PLATFORM, book.institution, key=certificate.key.uid, since=certificate.key.valid_from, reason="失窃"
    )
    assert (1, "key") in kinds(report)
    _fall, found, _rows = worklists.worklist(PLATFORM, "key", certificate.key.uid)
    assert {report.pk, certificate.pk} <= set(found.links)
    held = Recognition.objects.filter(organisation=book.institution).earliest("id")
    withdraw_recognition(PLATFORM, held, reason="骗取", since=TODAY)
    assert (1, "recognition") in kinds(report)
    _fall, found, _rows = worklists.worklist(PLATFORM, "recognition", held.uid)
    assert {report.pk, certificate.pk} <= set(found.links)
    for wrong in (TODAY + timedelta(days=1), date(1990, 1, 1)):
        Recognition.objects.filter(pk=held.pk).update(state="valid")
        with pytest.raises(Invalid):
            withdraw_recognition(PLATFORM, held, reason="骗取", since=wrong)


def test_what_cannot_be_declared(book: Book) -> None:
    with pytest.raises(Invalid):
        void_calibration(steward(book), book.instrument, since=TODAY + timedelta(days=1), reason="x")
    with pytest.raises(Invalid):
        void_calibration(steward(book), book.instrument, since=TODAY, reason=" ")
    # Two at once: the second finds what the first has declared, and only an earlier day says more.
    first = void_calibration(steward(book), book.instrument, since=TODAY, reason="受损")
    with pytest.raises(Conflict):
        void_calibration(book.officer, book.instrument, since=TODAY, reason="受损")
    earlier = void_calibration(book.officer, book.instrument, since=TODAY - timedelta(days=2), reason="更早")
    assert earlier.pk == first.pk and CalibrationVoid.objects.count() == 1
    bare = Instrument.objects.create(owner=book.institution, name_zh="未校准", serial="z")
    with pytest.raises(Conflict):
        void_calibration(steward(book), bare, since=TODAY, reason="x")


def test_each_sees_of_a_worklist_what_is_his_own(book: Book) -> None:
    report, certificate = chained(book, 1)
    standard = Instrument.objects.get(serial="0")
    void = void_calibration(PLATFORM, standard, since=date(2021, 1, 1), reason="比对不符")
    path = f"/worklists/calibration/{void.uid}/"
    holder = browse(book.actor(book.outsider, Role.QUALITY_MANAGER))
    page = holder.get(path)
    assert page.status_code == 200 and "比对不符" in page.content.decode()
    assert report.number not in page.content.decode(), "the holder of the standard sees no reports of others"
    for actor in (book.buyer, book.operator):
        text = browse(actor).get(path).content.decode()
        assert report.number in text and certificate.number in text
        assert "比对不符" not in text and standard.name_zh not in text
    text = browse(book.officer).get(path).content.decode()
    assert report.number in text and "比对不符" in text and standard.name_zh in text
    stranger = book.actor(book.outsider, Role.OPERATOR)
    other = CalibrationVoid.objects.create(instrument=book.instrument, calibrated_on=TODAY, since=TODAY, reason="x")
    with pytest.raises(NotFound):
        worklists.worklist(stranger, "calibration", other.uid)
    with pytest.raises(SignInNeeded):
        worklists.worklist(Actor.nobody(), "calibration", void.uid)
    assert "校准已宣布无效" in browse(book.officer).get("/worklists/").content.decode()
    api = browse(book.officer).get(f"/api/v1/worklists/calibration/{void.uid}").json()
    assert {one["number"]: one["level"] for one in api["items"]} == {report.number: 2, certificate.number: 1}
    assert [one["kind"] for one in browse(book.officer).get("/api/v1/worklists").json()] == ["calibration"] * 2


def test_verifiers_are_warned_on_every_way(book: Book) -> None:
    client = browse()
    report = reported(book)
    assert client.get(f"/api/v1/attestations/by-number/{report.number}").json()["doubts"] == []
    void_calibration(steward(book), book.instrument, since=TODAY, reason="内部调查：张三跌落")
    for path in (f"/verify/?number={report.number}", f"/r/{report.uid}"):
        text = client.get(path).content.decode()
        assert "所依据的记录存疑" in text and "内部调查" not in text, path
    assert "真实，有效；但所依据的记录存疑" in client.get(f"/r/{report.uid}").content.decode()
    for path in (f"by-number/{report.number}", f"by-digest/{report.sha256}", f"{report.uid}/verification"):
        (doubt,) = client.get(f"/api/v1/attestations/{path}").json()["doubts"]
        assert doubt["kind"] == "calibration" and doubt["level"] == 0 and doubt["since"] == TODAY.isoformat()
        assert doubt["reasonEn"] and "校准" in doubt["reasonZh"]


def test_whoever_asked_is_told_that_a_report_is_in_doubt(book: Book) -> None:
    report, other = reported(book), reported(book, TODAY - timedelta(days=40))
    asker = book.actor(book.outsider, Role.OPERATOR)
    person = browse(asker) and asker.person_id
    for one in (report, other):
        following.follow(PLATFORM, _person(person), attestation=one)
    Follow.objects.create(
        attestation=report, email="a@example.com", asked_at=timezone.now(), confirmed_at=timezone.now()
    )
    void_calibration(steward(book), book.instrument, since=TODAY, reason="受损")
    (notice,) = notices_for(asker)
    assert notice.number == report.number and notice.path == f"/verify/?number={report.number}"
    assert "受损" not in notice.reason
    assert Follow.objects.get(email="a@example.com").owed_at is not None


def _person(key: int | None) -> Any:
    from quanheng.kernel.parties.models import Person

    return Person.objects.get(pk=key or 0)


def test_warnings_and_worklists_cost_no_query_for_each_row(book: Book, django_assert_max_num_queries: Any) -> None:
    reports = [reported(book) for _ in range(12)]
    void = void_calibration(PLATFORM, book.instrument, since=TODAY, reason="受损")
    with django_assert_max_num_queries(5):
        doubts_of(Attestation.objects.get(pk=reports[0].pk))
    page = browse(book.officer)
    page.get(f"/worklists/calibration/{void.uid}/")
    with django_assert_max_num_queries(20):
        assert page.get(f"/worklists/calibration/{void.uid}/").content.decode().count("row-link") == 12
