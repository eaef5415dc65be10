"""A signatory's stack: each report is issued as by itself, and what speaks against one stops that one alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanheng.domains.testing import services
from quanheng.domains.testing.models import GateRecord, Order
from quanheng.domains.testing.services import deciding
from quanheng.domains.testing.stack import MOST, chosen, stack_of
from quanheng.kernel.attestations.credentials.canonical import loads
from quanheng.kernel.attestations.models import Attestation, IssuerKey
from quanheng.kernel.attestations.queries import check
from quanheng.kernel.audit.chain import prove
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, SignInNeeded
from quanheng.kernel.cases.models import Case
from quanheng.kernel.objects.models import Outage
from quanheng.kernel.parties.models import SignatoryField
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.results.models import RawFile, Result
from quanheng.kernel.translog import growing
from quanheng.kernel.translog.auditing import audit
from quanheng.kernel.translog.models import LogEntry
from tests.browse import browse
from tests.orderbook import Book, open_book


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


def ready(book: Book, count: int) -> list[Order]:
    commission = book.commission()
    return [book.bring(book.order(commission), "for_decision") for _ in range(count)]


def own_work(book: Book, order: Order) -> None:
    """The signatory has determined it: nobody signs what is his own."""
    Result.objects.filter(case=order.case_id).update(operator_id=book.signatory.person_id)


def copied(order: Order, digest: str = "a" * 64) -> None:
    facts = {"name": "曲线.csv", "media_type": "text/csv", "size": 4, "sha256": digest}
    RawFile.objects.create(case=order.case, file=ContentFile(b"t,v\n", name="x"), **facts)


def state(order: Order) -> str:
    return Case.objects.get(pk=order.case_id).state


def stated(report: Attestation) -> dict[str, Any]:
    """What a report says, without what no two have alike: number, time, sample and address."""
    subject = loads(report.document)["credentialSubject"]
    told = json.dumps(subject, ensure_ascii=False, sort_keys=True)
    for name in (report.number, subject["issued"], subject["gate"]["evaluated"]):
        told = told.replace(name, "…")
    for sample in subject["object"]["samples"]:
        told = told.replace(sample["identifier"], "…")
    found: dict[str, Any] = json.loads(told)
    return found


def test_each_report_of_a_stack_is_what_it_would_be_by_itself(book: Book) -> None:
    alone, *orders = ready(book, deciding.TOGETHER + 3)
    single = services.issue_report(book.signatory, alone)
    signed = services.issue_reports(book.signatory, orders)
    assert [one.order for one in signed] == orders and not any(one.refusal for one in signed)
    reports = [one.report for one in signed if one.report]
    assert [one.number[-6:] for one in reports] == [f"{place:06d}" for place in range(2, len(orders) + 2)]
    assert all(check(one).genuine for one in reports)
    assert {json.dumps(stated(one)) for one in reports} == {json.dumps(stated(single))}
    assert {state(order) for order in orders} == {"issued"}
    assert IssuerKey.objects.filter(organisation=book.institution).count() == 1


def test_each_has_its_own_entry_in_the_trail_and_in_the_log_and_both_sides_are_told_of_it(book: Book) -> None:
    orders = ready(book, 3)
    services.issue_reports(book.signatory, orders)
    entries = list(Entry.objects.filter(act="testing.order.issue").order_by("id"))
    assert [one.subject_id for one in entries] == [order.pk for order in orders]
    assert len({one.errand for one in entries}) == 3
    assert Notice.objects.filter(entry__in=entries).count() == 6
    assert prove().sound
    assert LogEntry.objects.filter(kind="issue").count() == 3
    growing.make_checkpoint()
    assert not list(audit())
    assert GateRecord.objects.count() == 3


def test_what_speaks_against_one_stops_that_one_and_takes_no_number(book: Book) -> None:
    first, mine, other, twin, last = ready(book, 5)
    own_work(book, mine)
    for one in (other, twin):
        copied(one)
    signed = services.issue_reports(book.signatory, [first, mine, twin, last, first])
    assert [one.report is not None for one in signed] == [True, False, False, True, False]
    assert isinstance(signed[1].refusal, Conflict) and "自己录入" in str(signed[1].refusal)
    # A reason could be given, which is not done for a whole stack: the report waits for it.
    assert isinstance(signed[2].refusal, Invalid) and signed[2].refusal.errors[0].field == "gate_raw_copied"
    # The same order named twice is issued once.
    assert isinstance(signed[4].refusal, Conflict) and signed[4].refusal.reason == "wrong-state"
    assert [one.number[-6:] for one in Attestation.objects.order_by("id")] == ["000001", "000002"]
    assert [state(one) for one in (first, mine, other, twin, last)] == [
        *("issued", "for_decision", "for_decision", "for_decision", "issued")
    ]
    assert Entry.objects.filter(act="testing.order.issue").count() == LogEntry.objects.filter(kind="issue").count() == 2


def test_a_hard_rule_stops_every_report_that_rests_on_the_instrument(book: Book) -> None:
    orders = ready(book, 2)
    Outage.objects.create(instrument=book.instrument, since=book.instrument.calibrated_on, reason="修理")
    signed = services.issue_reports(book.signatory, orders)
    assert all(isinstance(one.refusal, Conflict) and one.refusal.reason == "gate" for one in signed)
    assert not Attestation.objects.exists() and not LogEntry.objects.filter(kind="issue").exists()


def test_two_reports_of_one_stack_are_held_against_each_other(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    from quanheng.domains.testing.gate import records

    # As if their one value were enough values to be like no other's.
    monkeypatch.setattr(records, "likeness_of", lambda _results, _least: "b" * 64)
    signed = services.issue_reports(book.signatory, ready(book, 2))
    assert signed[0].report and isinstance(signed[1].refusal, Invalid)
    assert signed[1].refusal.errors[0].field == "gate_results_alike"


def test_an_accident_takes_back_those_that_share_its_transaction_and_no_others(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = ready(book, deciding.TOGETHER + 2)
    keep, kept = deciding.keep, []

    def breaking(*arguments: Any) -> Any:
        kept.append(arguments)
        if len(kept) == deciding.TOGETHER + 2:
            raise RuntimeError("power")
        return keep(*arguments)

    monkeypatch.setattr(deciding, "keep", breaking)
    with pytest.raises(RuntimeError, match="power"):
        services.issue_reports(book.signatory, orders)
    done = [order for order in orders if state(order) == "issued"]
    assert done == orders[: deciding.TOGETHER]
    assert Attestation.objects.count() == LogEntry.objects.filter(kind="issue").count() == deciding.TOGETHER
    monkeypatch.setattr(deciding, "keep", keep)
    again = services.issue_reports(book.signatory, orders[deciding.TOGETHER :])
    assert [one.report.number[-6:] for one in again if one.report] == ["000011", "000012"]
    assert prove().sound


def test_what_a_stack_asks_alike_is_asked_once(book: Book) -> None:
    one, *orders = ready(book, deciding.TOGETHER)
    services.issue_report(book.signatory, one)
    counts = []
    for some in (orders[:1], orders[1:]):
        with CaptureQueriesContext(connection) as asked:
            services.issue_reports(book.signatory, some)
        counts.append(len(asked))
    # 15; 24 where nothing is kept, 41 one by one.
    assert (counts[1] - counts[0]) / (len(orders) - 2) <= 16


def test_the_stack_shows_what_waits_and_why_somebody_cannot_sign(book: Book) -> None:
    orders = ready(book, 3)
    own_work(book, orders[1])
    waiting, more = stack_of(book.signatory)
    assert [one.order for one in waiting] == orders and not more
    assert [bool(one.why_not) for one in waiting] == [False, True, False]
    assert {one.results for one in waiting} == {1} and {one.verdict for one in waiting} == {"pass"}
    SignatoryField.objects.update(category="other")
    assert all("授权签字领域" in str(one.why_not) for one in stack_of(book.signatory)[0])
    # Whoever does not sign has no stack, whatever else he is in the institution.
    for actor in (book.reviewer, book.operator, book.buyer, book.officer):
        assert stack_of(actor) == ([], False)
    with pytest.raises(SignInNeeded):
        stack_of(Actor.nobody())


def test_the_stack_costs_the_same_however_high_it_is(book: Book) -> None:
    page = browse(book.signatory)
    counts = []
    for count in (1, 6):
        ready(book, count)
        page.get("/orders/signing/")
        with CaptureQueriesContext(connection) as asked:
            assert page.get("/orders/signing/").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 15


def test_names_that_are_wrong_stop_everything_before_anything_is_done(book: Book) -> None:
    (order,) = ready(book, 1)
    uid = order.case.uid
    assert chosen(book.signatory, [uid, uid]) == [order]
    with pytest.raises(Invalid) as refused:
        chosen(book.signatory, [uid, "nothing"])
    assert [one.row for one in refused.value.errors] == [2]
    for named in ([], [f"{place}" for place in range(MOST + 1)]):
        with pytest.raises(Invalid):
            chosen(book.signatory, named)
    with pytest.raises(Denied):
        chosen(book.reviewer, [uid])
    stranger = book.actor(book.outsider, Role.SIGNATORY)
    with pytest.raises(Invalid):
        chosen(stranger, [uid])
    with pytest.raises(SignInNeeded):
        chosen(Actor.nobody(), [uid])
    assert state(order) == "for_decision"


def test_the_page_issues_what_is_ticked_and_tells_why_the_rest_was_left(book: Book) -> None:
    orders = ready(book, 3)
    copied(orders[0]), copied(orders[2])
    page = browse(book.signatory, "en")
    shown = page.get("/orders/signing/").content.decode()
    assert shown.count('name="uid"') == 3 and "Tick all 3" in shown
    sent = page.post("/orders/signing/", {"uid": [one.case.uid for one in orders[:2]]})
    assert sent.status_code == 302 and sent["location"] == "/orders/signing/?done=1"
    report = Attestation.objects.get()
    # Told again on a reload, in the language then read, and not to whoever else uses the browser.
    for _time in range(2):
        text = page.get(sent["location"]).content.decode()
        assert "1 report issued" in text and "1 report not issued" in text
        assert report.number in text and f"/orders/{orders[0].case.uid}/" in text
        assert "Raw data not identical" in text
    assert "原始记录不与其他报告相同" in page.get(sent["location"], HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    assert "1 report issued" not in page.get("/orders/signing/").content.decode()
    empty = page.post("/orders/signing/", {})
    assert empty.status_code == 422 and "Tick at least one report" in empty.content.decode()
    assert browse().get("/orders/signing/").status_code == 302
    assert "No report waits" in browse(book.operator, "en").get("/orders/signing/").content.decode()


def test_the_api_issues_a_stack_and_gives_each_refusal_as_a_problem(book: Book) -> None:
    orders = ready(book, 2)
    own_work(book, orders[1])
    client = browse(book.signatory)

    def post(*uids: str) -> Any:
        body = json.dumps({"orders": uids})
        return client.post("/api/v1/orders/issue", body, content_type="application/json")

    told = post(*(one.case.uid for one in orders)).json()
    assert told["issued"] == [
        {"order": orders[0].case.uid, "report": {"uid": report.uid, "number": report.number, "verdict": "pass"}}
        for report in Attestation.objects.all()
    ]
    (left,) = told["left"]
    assert left["order"] == orders[1].case.uid and left["problem"]["type"] == "/problems/guard-second-person"
    assert left["problem"]["detail_en"]
    assert post().status_code == 422 and post("nothing").status_code == 422
    assert post(*(str(place) for place in range(MOST + 1))).status_code == 422
    client = browse(book.reviewer)
    assert post(orders[1].case.uid).status_code == 403
    client = browse()
    assert post(orders[1].case.uid).status_code == 401
